"""The comparison with Zeek, on connections whose conn_state and history conn.log's documentation
tells: a row is equal, a difference is told, and one that a rule explains is told with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.wire import Wire, in_time_order, pcap, transcript
from tests.witness import zeek

CLOSED = """
    0.000  C > S  SYN
    0.005  S > C  SYN ACK
    0.010  C > S  ACK
    0.011  C > S  PSH ACK  len=100
    0.016  S > C  PSH ACK  len=200
    0.021  C > S  FIN ACK
    0.026  S > C  FIN ACK
    0.031  C > S  ACK
"""
REFUSED = "1.0 C > S SYN\n 1.005 S > C RST ACK"


def written(directory: Path, *rows: dict[str, Any]) -> Path:
    wires = [transcript(CLOSED), transcript(REFUSED, "10.0.0.5:51235"), Wire("10.0.0.6:51234")]
    wires[2].at_since_start(2)
    wires[2].c("SYN")
    (directory / "three.pcap").write_bytes(pcap(in_time_order(*wires)))
    (directory / zeek.ROWS).write_text(json.dumps(rows))
    return directory


def row(client: str, state: str, history: str, **more: Any) -> dict[str, Any]:
    host, _, port = client.partition(":")
    ends = {"orig_h": host, "orig_p": int(port), "resp_h": "10.0.0.9", "resp_p": 8080}
    told = {"conn_state": state, "history": history, "baselines_agree": True}
    return {"pcap": "three.pcap", **ends, **told, **more}


def test_rows_that_agree(tmp_path: Path) -> None:
    found = zeek.compared(
        written(
            tmp_path,
            row("10.0.0.5:51234", "SF", "ShADdFf"),
            row("10.0.0.5:51235", "REJ", "Sr"),
            row("10.0.0.6:51234", "S0", "S"),
        )
    )
    assert zeek.lines(found, {}) == ["3 of 3 equal"]


def test_rows_on_which_zeek_does_not_agree_with_itself_are_left_out(tmp_path: Path) -> None:
    directory = written(tmp_path, row("10.0.0.6:51234", "OTH", "D", baselines_agree=False))
    assert zeek.compared(directory) == []


def test_each_row_needs_a_connection_of_its_own(tmp_path: Path) -> None:
    again = row("10.0.0.6:51234", "S0", "S")
    assert [each.equal for each in zeek.compared(written(tmp_path, again, again))] == [True, False]


def test_a_miss_is_told_with_its_rule(tmp_path: Path) -> None:
    (miss,) = zeek.compared(written(tmp_path, row("10.0.0.6:51234", "SH", "SF")))
    told = "three.pcap 10.0.0.6:51234-10.0.0.9:8080 SH SF"
    assert str(miss) == told
    assert zeek.lines([miss], {}) == ["0 of 1 equal", f"{told}, here S0 S: NOT EXPLAINED"]
    assert zeek.lines([miss], {told: "timeouts"})[1] == f"{told}, here S0 S: timeouts"


def test_every_listed_miss_names_a_rule_of_the_list() -> None:
    text = zeek.MISSES.read_text()
    for told in zeek.rules(zeek.MISSES).values():
        for rule in told.partition(":")[0].split(", "):
            assert f"\n# {rule}  " in text, rule


@pytest.mark.parametrize("explained", [True, False])
def test_the_command_fails_only_where_a_miss_has_no_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, explained: bool
) -> None:
    directory = written(tmp_path, row("10.0.0.6:51234", "SH", "SF"))
    list_of_misses = tmp_path / "misses.txt"
    miss = "three.pcap 10.0.0.6:51234-10.0.0.9:8080 SH SF # timeouts\n"
    list_of_misses.write_text(miss if explained else "")
    monkeypatch.setattr("sys.argv", ["zeek", str(directory)])
    monkeypatch.setattr(zeek, "MISSES", list_of_misses)

    assert zeek.main() == (0 if explained else 1)
