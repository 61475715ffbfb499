"""The exact command that lets a user capture."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pcapflow.capture import rights
from tests.cli.program import DEADLINE, INTERPRETED, REPOSITORY, command
from tests.conftest import need_root, need_tool


def test_a_linked_interpreter_is_copied_before_it_gets_the_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As venv lays them out: python3.11 → python3 → the system's."""
    system = tmp_path / "usr" / "python3.11"
    bin_ = tmp_path / "my venv" / "bin"
    for folder in (system.parent, bin_):
        folder.mkdir(parents=True)
    system.touch()
    (bin_ / "python3").symlink_to(system)
    (bin_ / "python").symlink_to("python3")
    monkeypatch.setattr(sys, "prefix", str(bin_.parent))
    monkeypatch.setattr(sys, "executable", str(bin_ / "python"))

    assert rights.grant() == (
        f"sudo cp --remove-destination {system} '{bin_}/python3' && "
        f"sudo setcap cap_net_raw=eip '{bin_}/python3'"
    )
    assert rights.way_to_capture("eth0").startswith(
        f"Either run: sudo '{bin_}/python' -m pcapflow watch -i eth0 or, once: sudo cp "
    )


def test_a_copied_interpreter_only_gets_the_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python").touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    assert rights.grant() == f"sudo setcap cap_net_raw=eip {tmp_path}/python"


def test_the_systems_interpreter_never_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)

    assert rights.grant() is None
    assert "setcap" not in rights.way_to_capture("eth0")


def test_without_the_right_watching_says_how_to_get_it() -> None:
    need_root()
    setpriv = need_tool("setpriv")
    done = subprocess.run(
        [setpriv, "--bounding-set=-net_raw", "--inh-caps=-net_raw", *command("watch", "-i", "lo")],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=DEADLINE,
        check=False,
    )
    (line,) = (line for line in done.stderr.splitlines() if INTERPRETED not in line)

    assert (done.returncode, done.stdout) == (2, "")
    assert line.startswith("pcapflow: lo: capturing needs rights. Either run: sudo ")
    assert "setcap cap_net_raw=eip " in line or sys.prefix == sys.base_prefix
