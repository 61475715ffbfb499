"""``pcapflow analyze --cross-check``: what it prints, and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli import captures
from tests.cli.program import pcapflow, process, sample
from tests.conftest import need_tool
from tests.wire import Wire, pcap


@pytest.fixture(autouse=True)
def _tshark() -> None:
    need_tool("tshark")


def strange(folder: Path) -> Path:
    """A FIN captured twice, and a challenged SYN."""
    wire = Wire()
    wire.handshake()
    wire.c("SYN", raw_seq=500)
    wire.s("ACK", ack=1)
    wire.duplicate(wire.c("FIN ACK", seq=1))
    wire.s("ACK")
    return captures.written(folder, pcap(wire.packets, nano=True))


def test_the_section_behind_the_table(tmp_path: Path) -> None:
    done = pcapflow("analyze", strange(tmp_path), "--cross-check")

    section = done.out[done.out.index("Cross-check with tshark ") :].splitlines()
    assert done.code == 0
    assert section[1:] == [
        "    tshark -2 over the whole capture, 8 frames.",
        "",
        "                         both  only pcapflow  only tshark",
        "    connections             1              0            1",
        "    FIN retransmissions     0              0            1",
        "    resets                  0              0            0",
        "    port reuses             0              0            1",
        "",
        "    1 connection, only tshark: frame 4",
        "    1 port reuse, only tshark: frame 4",
        "        no SYN, ACK answers the SYN, and the older connection goes on or had the",
        "        last word: tshark begins a stream at any SYN with another number",
        "",
        "    1 FIN retransmission, only tshark: frame 7",
        "        one packet captured twice, with the same IP id, numbers and checksum:",
        "        tshark counts both, pcapflow one",
        "",
        "    Of 3 differences, none is unexplained.",
    ]


def test_they_agree() -> None:
    assert pcapflow("analyze", sample("orderly"), "--cross-check").out.endswith(
        "    The two agree.\n"
    )


def test_filters_choose_what_is_reported_not_what_is_compared(tmp_path: Path) -> None:
    done = pcapflow(
        "analyze", strange(tmp_path), "--cross-check", "--port", "1", "-Y", "tcp.port == 1"
    )

    assert "Of 3 differences, none is unexplained." in done.out


def test_json_has_it_as_cross_check(tmp_path: Path) -> None:
    done = pcapflow("analyze", strange(tmp_path), "--cross-check", "--format", "json")

    told = json.loads(done.out)["cross_check"]
    assert told["connections"] == {"both": 1, "only_pcapflow": 0, "only_tshark": 1}
    assert (told["frames"], told["stopped"], told["unexplained"]) == (8, None, 0)
    assert [(d["subject"], d["only"], d["frames"]) for d in told["differences"]] == [
        ("connections", "tshark", [4]),
        ("port_reuses", "tshark", [4]),
        ("fin_retransmissions", "tshark", [7]),
    ]
    assert "cross_check" not in json.loads(
        pcapflow("analyze", sample("orderly"), "--format", "json").out
    )


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_forms_of_a_record_a_line_stay_as_they_are(tmp_path: Path, form: str) -> None:
    capture = strange(tmp_path)
    plain = pcapflow("analyze", capture, "--format", form)
    checked = pcapflow("analyze", capture, "--format", form, "--cross-check")

    assert checked.out == plain.out
    assert "Of 3 differences, none is unexplained." in checked.err


@pytest.mark.parametrize("form", ["table", "ndjson"])
def test_it_needs_a_file(form: str) -> None:
    done = process("analyze", "-", "--cross-check", "--format", form)

    assert (done.code, done.out) == (2, "")
    assert "--cross-check reads a capture twice: write standard input to a file" in done.err


def test_without_tshark_it_says_what_to_install() -> None:
    done = process("analyze", sample("orderly"), "--cross-check", env={"PATH": "/nowhere"})

    assert done.code == 2
    assert done.err == (
        "pcapflow: --cross-check needs tshark, which is not installed. "
        "Try: sudo apt-get install tshark\n"
    )
