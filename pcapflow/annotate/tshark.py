"""The tshark program: whether it is there, and which."""

from __future__ import annotations

import re
import shutil
import subprocess

from pcapflow.errors import MissingTool

INSTALL = "sudo apt-get install tshark"
_VERSION = re.compile(r"\b\d+\.\d+\.\d+\b")


def need(what_for: str) -> str:
    """The path of tshark; MissingTool where it is not installed."""
    path = shutil.which("tshark")
    if path is None:
        raise MissingTool("tshark", what_for, INSTALL)
    return path


def version() -> str | None:
    """The version of tshark in words; None where it is not installed."""
    path = shutil.which("tshark")
    if path is None:
        return None
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = _VERSION.search(told)
    return found.group() if found else "of an unknown version"
