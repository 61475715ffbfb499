"""zero-window-stall: a receiver whose window stays closed."""

import pytest

from tests.findings.kernels import found
from tests.findings.transcript import OPENED, SERVED, case

SHUT = OPENED + "0.020 C DATA\n1 S ZERO_WINDOW\n"


def test_a_server_that_has_stopped_reading() -> None:
    stalled = case(SHUT, until=91)
    finding = stalled.only("zero-window-stall")

    assert stalled.story.ending == "stalled"
    assert stalled.codes() == ["zero-window-stall"]
    assert (finding.severity, finding.end, finding.confidence) == ("warning", "server", "likely")
    assert finding.message == (
        "10.0.0.9:8080 let its receive window close at 12:00:01.000 (frame 5) and did not open it "
        "again for 90 s: its application has stopped reading. What 10.0.0.5:51234 still has to "
        "send waits, its FIN too if it has closed."
    )
    assert "ss -tanmp src 10.0.0.9:8080" in finding.advice
    assert finding.frames == (5,)


@pytest.mark.parametrize(("waited", "severity"), [(4.9, None), (5, "info"), (60, "warning")])
def test_the_thresholds(waited: float, severity: str | None) -> None:
    found_ = [f.severity for f in case(SHUT, until=1 + waited).findings()]

    assert found_ == ([severity] if severity else [])


def test_until_somebody_gave_up() -> None:
    stalled = case(SHUT + "70 C RST_ABORT_LOSS", until=99)
    finding = stalled.only("zero-window-stall")

    assert stalled.codes() == ["reset-abort", "zero-window-stall"]
    assert "for 69 s, until the client's RST ended the connection (frame 6)" in finding.message
    assert finding.frames == (5, 6)


def test_nearly_it_reads_on() -> None:
    assert case(SHUT + "30 S WINDOW_OPENED", until=99).codes() == []


def test_nearly_the_peer_has_said_everything() -> None:
    """Some kernels answer the last FIN with a window of 0."""
    done = SERVED + "1 C FIN\n1.01 S ZERO_WINDOW ACK_OF_FIN"

    assert "zero-window-stall" not in case(done, until=99).codes()


def test_nearly_the_receiver_itself_has_closed() -> None:
    closed = SERVED + "1 S FIN ZERO_WINDOW\n1.1 C ACK_OF_FIN"

    assert "zero-window-stall" not in case(closed, until=99).codes()


def test_nearly_nothing_was_ever_sent_to_it() -> None:
    assert case(OPENED + "0.02 S ZERO_WINDOW", until=99).codes() == []


def test_cannot_tell_in_a_short_capture() -> None:
    assert case(SHUT, until=3).codes() == []


def test_with_a_gap_it_is_only_possible() -> None:
    assert case(SHUT, until=91, marks={"gap"}).only("zero-window-stall").confidence == "possible"


def test_the_recording_of_a_server_that_never_reads_and_no_other() -> None:
    """``zero_window_given_up`` ends after 2 s, when the client's kernel has given up."""
    told = {
        where: {(f.end, f.severity) for f in fs} for where, fs in found("zero-window-stall").items()
    }

    assert told == {
        ("zero_window_forever", point): {("server", "info")}
        for point in ("client", "server", "middle")
    }
