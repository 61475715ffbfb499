"""Capture filters, as tcpdump and libpcap compile them."""

from __future__ import annotations

import shutil
import sys

import pytest

from pcapflow.capture import filters
from pcapflow.errors import UsageError
from tests.conftest import need_tool

FILTERS = (filters.TCP, filters.TEARDOWNS, "tcp port 80 or host 10.0.0.1", "")


@pytest.mark.parametrize("text", FILTERS)
@pytest.mark.parametrize("link", [filters.ETHERNET, filters.RAW])
def test_tcpdump_and_libpcap_make_the_same_program(
    text: str, link: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_tool("tcpdump")
    made = filters.program(text, link)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    by_libpcap = filters.program(text, link)

    # How much of a packet is kept is tcpdump's snap length, not the filter's.
    assert [each[:3] for each in by_libpcap] == [each[:3] for each in made]
    jumps = [each for each in made if each[0] != 6]  # BPF_RET
    assert [each for each in by_libpcap if each[0] != 6] == jumps


def test_both_refuse_what_is_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    need_tool("tcpdump")
    with pytest.raises(UsageError, match=r"is no capture filter: .*syntax error"):
        filters.program("tcp and nonsense here", filters.ETHERNET)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(UsageError, match=r"is no capture filter: .*syntax error"):
        filters.program("tcp and nonsense here", filters.ETHERNET)


def test_without_either_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "scapy.libs.winpcapy", None)
    with pytest.raises(filters.NoCompiler):
        filters.program("tcp", filters.ETHERNET)


def test_teardowns_are_those_of_what_was_asked_for() -> None:
    assert filters.combined(None, teardowns=False) == filters.TCP
    assert filters.combined("", teardowns=False) == ""
    assert filters.combined("port 80", teardowns=False) == "port 80"
    assert filters.combined("port 80", teardowns=True) == f"(port 80) and {filters.TEARDOWNS}"
    assert filters.combined("", teardowns=True) == filters.TEARDOWNS
