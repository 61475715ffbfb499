"""Runs pcapflow: in this process, or as a user would, in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pcapflow.cli.entry import run

REPOSITORY = Path(__file__).parents[2]
SAMPLES = REPOSITORY / "samples"
DEADLINE = 60.0
INTERPRETED = "the engine runs interpreted"


@dataclass(frozen=True)
class Result:
    """What a run left; ``err`` without the note that the engine is interpreted."""

    code: int
    out: str
    err: str


def sample(name: str) -> str:
    return str(SAMPLES / f"{name}.pcap")


def pcapflow(*arguments: str | Path) -> Result:
    """Run in this process, with standard output and standard error apart and no terminal."""
    out, err = _Stream(), _Stream()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        patch.delenv("COLUMNS", raising=False)
        code = run([str(argument) for argument in arguments])
    return Result(code, out.text(), _without_form(err.text()))


def process(
    *arguments: str | Path, stdin: bytes = b"", env: dict[str, str] | None = None
) -> Result:
    """Run ``python -m pcapflow`` to its end."""
    done = subprocess.run(
        command(*arguments),
        input=stdin,
        capture_output=True,
        env={**os.environ, **(env or {})},
        cwd=REPOSITORY,
        timeout=DEADLINE,
        check=False,
    )
    return Result(done.returncode, done.stdout.decode(), _without_form(done.stderr.decode()))


def python(program: str) -> Result:
    """Run a Python program, which must end well, in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=DEADLINE,
        check=True,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def loaded_by(*arguments: str) -> set[str]:
    """The modules that a run of pcapflow imports, beside those that the interpreter has anyway."""
    done = python(
        "import sys; before = set(sys.modules)\n"
        f"import pcapflow.cli; pcapflow.cli.main({list(arguments)!r})\n"
        "print(*(set(sys.modules) - before), file=sys.stderr)"
    )
    return set(done.err.splitlines()[-1].split())


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "pcapflow", *map(str, arguments)]


def _without_form(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if INTERPRETED not in line)


class _Stream(io.TextIOWrapper):
    def __init__(self) -> None:
        self._octets = io.BytesIO()
        super().__init__(self._octets, encoding="utf-8")

    def text(self) -> str:
        self.flush()
        return self._octets.getvalue().decode()
