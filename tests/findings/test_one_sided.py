"""one-sided: the packets of one end are missing."""

import pytest

from tests.findings.recordings import scenes
from tests.findings.transcript import SERVED, case

ONE_SIDED = {"one-sided"}


@pytest.mark.parametrize(
    ("transcript", "frames"),
    [
        ("0 C ACK DATA\n1 C ACK_UNSEEN", (2,)),
        ("0 C SYN\n0.1 C ACK\n1 C DATA", (2,)),
        ("0 C ACK DATA\n1 S FIN_HINT", (2,)),
        ("0 C ACK\n1 C ACK_OF_FIN", (2,)),
    ],
)
def test_what_an_end_cannot_say_unheard(transcript: str, frames: tuple[int, ...]) -> None:
    finding = case(transcript, until=9, marks=ONE_SIDED).only("one-sided")

    assert (finding.severity, finding.end, finding.confidence) == ("info", "capture", "certain")
    assert finding.frames == frames
    assert "Only packets of 10.0.0.5:51234 were captured, none of 10.0.0.9:8080" in finding.message


def test_nearly_the_other_end_was_captured_too() -> None:
    assert case(SERVED + "1 C ACK_UNSEEN", until=9, marks={"gap"}).codes() == ["capture-gap"]


def test_cannot_tell_a_missing_direction_from_a_silent_peer() -> None:
    silent = "0 C ACK DATA\n1 C DATA_AGAIN\n2 C DATA_AGAIN\n4 C DATA_AGAIN UNANSWERED"
    finding = case(silent, until=9, marks=ONE_SIDED).only("one-sided")

    assert finding.confidence == "possible"
    assert "cannot be told from here" in finding.message


def test_the_recordings_of_one_direction() -> None:
    """Each of them at all points, and no other."""
    halves = ("client_direction_of_abort", "client_direction_only", "server_direction_only")

    assert scenes("one-sided") == dict.fromkeys(halves, "client middle server")
