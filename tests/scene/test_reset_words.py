"""What a picture says of a reset: what moved its sender, what it cost, and nothing unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcapflow.api import analyze, segments
from pcapflow.scene import scene
from pcapflow.scene.script import Act
from tests.wire import pcap, transcript

OPENING = """
    0.000  C > S  SYN
    0.010  S > C  SYN ACK
    0.010  C > S  ACK
    0.011  C > S  PSH ACK  len=100
    0.021  S > C  PSH ACK  len=100
    0.022  C > S  ACK
"""
CLOSED_BY_SERVER = f"""{OPENING}
    1.000  S > C  FIN ACK
    1.001  C > S  ACK
"""
UNHEARD = """
    3.000  C > S  FIN ACK
    3.300  C > S  again={fin}
    3.900  C > S  again={fin}
    9.000  C > S  RST ACK
"""


def told(folder: Path, wire: str) -> tuple[str, str]:
    """The sentences at the top, and the words beside the last reset."""
    path = folder / "capture.pcap"
    path.write_bytes(pcap(transcript(wire).packets))
    report = analyze([str(path)])
    of = segments([str(path)], report, (1,))[1]
    drawn = scene(report.connection(1), of, report.info, "1.0.0")
    *_, reset = (act for act in drawn.script.acts if is_reset(act))
    return drawn.title.replace("\u00a0", " "), reset.words.replace("\u00a0", " ")


def is_reset(act: Act) -> bool:
    return act.head.startswith("RST")


def test_an_end_whose_fin_nobody_acknowledged_gives_up(tmp_path: Path) -> None:
    assert told(tmp_path, CLOSED_BY_SERVER + UNHEARD.format(fin=9)) == (
        "The client sent its FIN 3 times, heard nothing, and gave up by reset. No data was lost.",
        "its FIN unacknowledged",
    )


def test_octets_before_that_fin_are_lost_too(tmp_path: Path) -> None:
    """As in CVE-2018-6794.pcap of Arkime's tests."""
    wire = CLOSED_BY_SERVER + "2.999  C > S  PSH ACK  len=409\n" + UNHEARD.format(fin=10)
    assert told(tmp_path, wire) == (
        "The client sent its FIN 3 times, heard nothing, and gave up by reset. 409 bytes were "
        "never seen acknowledged.",
        "409 bytes unacknowledged",
    )


def test_an_end_that_had_closed_did_not_reset_instead_of_closing(tmp_path: Path) -> None:
    wire = f"{OPENING}\n 1.0  C > S  FIN ACK\n 1.01  S > C  ACK\n 5.0  C > S  RST ACK"
    assert told(tmp_path, wire) == (
        "The client closed its side, and then reset the connection. No data was lost.",
        "by the client, unprovoked",
    )


def test_a_reset_that_crosses_a_fin_does_not_answer_it(tmp_path: Path) -> None:
    """The server's FIN was captured when the client had sent its reset."""
    wire = f"{OPENING}\n 1.0  C > S  RST ACK\n 1.004  S > C  FIN ACK"
    said, words = told(tmp_path, wire)
    assert said == "The client aborted with a reset instead of closing. No data was lost."
    assert words == "by the client, unprovoked"


def test_an_end_whose_probes_nobody_answers_gives_up(tmp_path: Path) -> None:
    probes = "".join(f"{at}  C > S  ACK  seq=100\n" for at in range(60, 69))
    said, words = told(tmp_path, f"{OPENING}\n{probes} 70.0  C > S  RST ACK  seq=101")
    assert said == (
        "The server stopped answering, and the client gave up with a reset. No data was lost."
    )
    assert words == "the client gives up"


def test_a_request_that_a_reset_answers_is_not_called_harmless(tmp_path: Path) -> None:
    said, words = told(tmp_path, f"{OPENING}\n 1.0  C > S  PSH ACK  len=9\n 1.5  S > C  RST ACK")
    assert said == (
        "The server aborted with a reset instead of closing. A request was never answered."
    )
    assert words == "a request unanswered"


@pytest.mark.parametrize("flags", ["RST", "RST ACK", "SYN FIN RST", "SYN FIN RST ACK"])
def test_a_reset_alone_tells_of_nothing_else(tmp_path: Path, flags: str) -> None:
    said, words = told(tmp_path, f"0.0  C > S  {flags}")
    assert said == "Only resets were captured: what they ended, and why, is not known."
    assert words in ("by the client", "by the server")


def test_of_one_direction_nobody_knows_what_was_lost(tmp_path: Path) -> None:
    wire = """
        0.0  C > S  PSH ACK  seq=1 ack=1 len=9
        9.0  C > S  RST ACK
    """
    said, words = told(tmp_path, wire)
    assert said == "The client aborted with a reset instead of closing."
    assert words == "by the client"
