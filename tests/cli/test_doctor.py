"""What works here, and the fix for what does not."""

from __future__ import annotations

import pytest

from pcapflow.cli import doctor
from tests.cli.program import pcapflow, process


def test_everything_is_looked_at() -> None:
    done = pcapflow("doctor")

    assert done.code == 0
    for name in ("Python", "engine", "tshark", "capturing", "processes", "pictures"):
        assert f" {name} " in done.out


def test_a_missing_tshark_has_a_fix() -> None:
    done = process("doctor", env={"PATH": "/nowhere"})

    assert "✗ tshark      not installed: -Y and --cross-check cannot work" in done.out
    assert "→ sudo apt-get install tshark" in done.out


def test_an_interpreted_engine_says_why() -> None:
    done = process("doctor", env={"PCAPFLOW_PURE": "1"})

    assert "✗ engine      interpreted, as PCAPFLOW_PURE=1 asks" in done.out
    assert "→ unset PCAPFLOW_PURE" in done.out


def test_a_stale_engine_is_told_with_its_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pcapflow.engine.FORM", "compiled")
    monkeypatch.setattr("pcapflow.engine.stale", lambda: ["track"])
    monkeypatch.delenv("PCAPFLOW_PURE", raising=False)

    check = doctor.engine()
    assert not check.works
    assert "track" in check.found
    assert "pip install -e" in check.fix


def test_without_the_right_to_capture_there_is_a_way(monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("rights", "feeders"):
        monkeypatch.setattr(f"pcapflow.capture.{room}.may_capture", lambda: False)
    monkeypatch.setattr("pcapflow.capture.feeders.may_itself", lambda path: False)

    check = doctor.rights()
    assert not check.works
    assert "sudo" in check.fix


def test_without_the_libraries_no_process_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    check = doctor.processes()
    assert not check.works
    assert check.found.startswith("psutil and pyroute2 not installed")
    assert check.fix.endswith("-m pip install 'pcapflow[live]'")
