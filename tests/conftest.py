"""What all tests share: tools they may need, and a run that says what it tested and skipped.

On a user's machine a test whose tool is missing is skipped, with a reason.  Where ``CI`` is set
nothing is skipped unless ``allowed_skips.txt`` names it: a check that quietly stops running is
worse than one that fails.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest

from pcapflow import __version__
from pcapflow.engine import FORM, stale

# A run under CI must not fail by luck: rare counterexamples are searched for elsewhere.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")

ALLOWED_SKIPS = Path(__file__).with_name("allowed_skips.txt")


def need_tool(name: str) -> str:
    """The path of the program `name`; without it the test is skipped, and fails under CI."""
    return shutil.which(name) or _cannot_run(f"{name} is not installed")


def need_library(name: str) -> None:
    """Skip the test without the library `name`; under CI it fails."""
    if importlib.util.find_spec(name) is None:
        _cannot_run(f"{name} is not installed; ./do setup installs it")


def need_root() -> None:
    """Skip the test unless it runs as root; under CI it fails."""
    if os.geteuid() != 0:
        _cannot_run("only root may do this")


def _cannot_run(reason: str) -> NoReturn:
    if _under_ci():
        pytest.fail(f"{reason}, and CI must run this test")
    pytest.skip(reason)


def _under_ci() -> bool:
    return bool(os.environ.get("CI"))


def pytest_report_header() -> str:
    return f"pcapflow {__version__}, engine {FORM}"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuse to test a compiled module that shadows a newer source."""
    if old := stale():
        pytest.exit(
            f"compiled from other sources than those here: {', '.join(old)}. "
            "Run ./do build, or PCAPFLOW_PURE=1 pytest",
            returncode=pytest.ExitCode.USAGE_ERROR,
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _under_ci() and _forbidden_skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    skipped = _skipped(config)
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} skipped (engine {FORM})", yellow=True)
    if _under_ci():
        for name in _forbidden_skips(config):
            terminalreporter.write_line(
                f"FAILED {name}: skipped, but not in {ALLOWED_SKIPS.name}", red=True
            )


def _skipped(config: pytest.Config) -> list[str]:
    """Node ids of skipped tests and modules; a worker of xdist has no reporter and knows none."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return [report.nodeid for report in reporter.stats.get("skipped", [])] if reporter else []


def _forbidden_skips(config: pytest.Config) -> list[str]:
    lines = ALLOWED_SKIPS.read_text(encoding="utf-8").splitlines()
    allowed = {line.partition("#")[0].strip() for line in lines}
    return [
        name
        for name in _skipped(config)
        if name not in allowed and name.partition("[")[0] not in allowed
    ]
