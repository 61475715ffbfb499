"""fin-retransmit: how often, at which intervals, needed or not."""

import pytest

from pcapflow.model import Fin
from pcapflow.values import replace
from tests.findings.transcript import OPENED, SERVED, Case, case


def test_repeats_without_any_acknowledgement() -> None:
    repeated = "3 C FIN\n3.2 C FIN_AGAIN\n3.6 C FIN_AGAIN\n4.4 C FIN_AGAIN"
    finding = case(SERVED + repeated, until=5).only("fin-retransmit")

    assert (finding.severity, finding.end, finding.confidence) == ("warning", "path", "likely")
    assert finding.message == (
        "10.0.0.5:51234 sent its FIN at 12:00:03.000 and again 3 times, after 200 ms, 400 ms and "
        "800 ms. No acknowledgement of any of them was captured."
    )
    assert finding.frames == (6, 7, 8, 9)


@pytest.mark.parametrize(
    ("repeat", "end", "confidence", "words"),
    [
        ("3.3 C FIN_AGAIN\n3.31 S ACK_OF_FIN", "path", "likely", "acknowledged only then"),
        (
            "3.005 C FIN_AGAIN\n3.01 S ACK_OF_FIN\n3.02 S ACK_OF_FIN_DSACK",
            "client",
            "certain",
            "reported (D-SACK)",
        ),
        ("3.01 S ACK_OF_FIN\n3.011 C FIN_AGAIN_CROSSED", "client", "likely", "on its way already"),
        ("3.1 C FIN_AGAIN_NEW_ACK\n3.2 S ACK_OF_FIN", "client", "likely", "another ACK number"),
        ("3.01 S ACK_OF_FIN\n3.4 C FIN_AGAIN_LATE", "path", "likely", "lost on its way to the cli"),
        ("3.3 C FIN_AGAIN\n3.31 S RST_ABORT", "path", "likely", "ended by RST before"),
    ],
)
def test_harmless_repeats(repeat: str, end: str, confidence: str, words: str) -> None:
    finding = case(SERVED + "3 C FIN\n" + repeat, until=5).only("fin-retransmit")

    assert (finding.severity, finding.end, finding.confidence) == ("info", end, confidence)
    assert words in finding.message


def test_many_repeats_name_the_first_and_last_intervals() -> None:
    times = [3.0 + 2**i for i in range(9)]
    lines = "".join(f"{at} C FIN_AGAIN\n" for at in times)
    finding = case(OPENED + "3 C FIN\n" + lines, until=600).only("fin-retransmit")

    assert "again 9 times, after 1 s, 1 s, 2 s, 4 s, 8 s, ... and 2 min 8 s." in (finding.message)


def test_nearly_each_end_sent_one_fin() -> None:
    orderly = "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C ACK_OF_FIN"

    assert case(SERVED + orderly, until=5).codes() == []


def test_cannot_tell_the_lost_one_where_the_capture_has_gaps() -> None:
    repeat = "3 C FIN\n3.3 C FIN_AGAIN\n3.31 S ACK_OF_FIN"

    assert case(SERVED + repeat, until=5, marks={"gap"}).only("fin-retransmit").confidence == (
        "possible"
    )


def test_repeats_that_were_not_kept_are_counted() -> None:
    repeated = case(SERVED + "3 C FIN\n3.2 C FIN_AGAIN", until=5)
    many = Case(replace(repeated.connection, fin=(Fin(200, None, (6, 7)), None)), repeated.story)

    assert "again 199 times" in many.only("fin-retransmit").message
    assert "199 times more until" in many.only("fin-unanswered").message
