"""``pcapflow doctor``: what works here, and the exact fix for what does not."""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import click

from pcapflow import _version
from pcapflow.cli import output
from pcapflow.report.text import Line, Span, wrapped

_LABEL = 12


class Check(NamedTuple):
    """One thing looked at: what was found, and what to type where it does not work."""

    name: str
    works: bool
    found: str
    fix: str = ""


@click.command("doctor", short_help="What works here, how to mend the rest.")
def command() -> int:
    """Tell what works on this machine, and how to mend what does not."""
    width, letters = output.width(None), output.letters(None)
    told: list[Line] = []
    for look in CHECKS:
        told += _lines(look(), width, letters)
    output.write(None, False, told)
    return 0


def _lines(check: Check, width: int, letters: bool) -> Iterator[Line]:
    mark = ("✓" if check.works else "✗") if letters else ("ok" if check.works else "no")
    head = f"{mark} {check.name:<{_LABEL}}"
    blank = " " * len(head)
    first, *rest = wrapped(check.found, width, head, blank)
    text = first[0].text
    yield (
        Span(head[: len(mark)], "" if check.works else "error"),
        Span(head[len(mark) :], "strong"),
        Span(text[len(head) :]),
    )
    yield from rest
    if check.fix:
        yield from wrapped(check.fix, width, f"{blank}→ ", f"{blank}  ")


def python() -> Check:
    """The interpreter."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("Python", True, f"{version} at {sys.executable}")


def engine() -> Check:
    """The engine's form, and whether it was made of the sources that lie here."""
    from pcapflow.engine import FORM, stale

    if os.environ.get("PCAPFLOW_PURE") == "1":
        return Check(
            "engine", False, "interpreted, as PCAPFLOW_PURE=1 asks: slower", "unset PCAPFLOW_PURE"
        )
    if FORM == "interpreted":
        found = "interpreted: same results, several hundred times slower"
        return Check("engine", False, found, f"sudo apt-get install gcc python3-dev && {_build()}")
    old = stale()
    if old:
        found = f"compiled, but of other sources than those here: {', '.join(old)}"
        return Check("engine", False, found, _build())
    return Check("engine", True, f"compiled, pcapflow {_version.__version__}")


def tshark() -> Check:
    """tshark, for display filters and cross-checks."""
    from pcapflow.annotate.tshark import INSTALL, version

    found = version()
    if found is None:
        return Check("tshark", False, "not installed: -Y and --cross-check cannot work", INSTALL)
    return Check("tshark", True, f"{found}, for -Y and --cross-check")


def rights() -> Check:
    """Who may capture, for watching."""
    from pcapflow.capture.feeders import chosen
    from pcapflow.capture.packets import ANY, Wanted
    from pcapflow.capture.rights import may_capture, once

    feeder = chosen(Wanted((ANY,), ""))
    if feeder != "sockets":
        return Check("capturing", True, f"{feeder} may capture: watch works")
    if may_capture():
        return Check("capturing", True, "raw sockets may be opened: watch works")
    found = "no right to open raw sockets: watch works only with sudo"
    return Check("capturing", False, found, once() or "run pcapflow watch with sudo")


def processes() -> Check:
    """What names the processes that hold a socket."""
    missing = [name for name in ("psutil", "pyroute2") if importlib.util.find_spec(name) is None]
    if missing:
        found = f"{' and '.join(missing)} not installed: watch names nobody who holds a socket"
        return Check("processes", False, found, _install("'pcapflow[live]'"))
    whose = "" if os.geteuid() == 0 else ", of other users with sudo"
    return Check("processes", True, f"watch names those that hold a socket{whose}")


def pictures() -> Check:
    """The drawing library and its fonts."""
    try:
        from pcapflow.draw import fonts
    except ImportError as error:
        return Check("pictures", False, f"cannot be drawn: {error}", _install("matplotlib"))
    if not fonts.shipped():
        return Check(
            "pictures", False, "the fonts are missing", _install("--force-reinstall pcapflow")
        )
    return Check("pictures", True, "matplotlib and the fonts are there")


def _build() -> str:
    source = os.path.dirname(os.path.dirname(os.path.abspath(_version.__file__)))
    if os.path.isfile(os.path.join(source, "setup.py")):
        return f"{shlex.quote(sys.executable)} -m pip install -e {shlex.quote(source)}"
    return _install("--force-reinstall --no-binary pcapflow pcapflow")


def _install(what: str) -> str:
    return f"{shlex.quote(sys.executable)} -m pip install {what}"


CHECKS: tuple[Callable[[], Check], ...] = (
    python,
    engine,
    tshark,
    rights,
    processes,
    pictures,
)
