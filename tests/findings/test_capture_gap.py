"""capture-gap: an acknowledgement of octets that nobody captured."""

from tests.findings.recordings import scenes
from tests.findings.transcript import SERVED, case


def test_octets_that_were_acknowledged_and_not_captured() -> None:
    finding = case(SERVED + "1 C ACK_UNSEEN", until=9, marks={"gap"}).only("capture-gap")

    assert (finding.severity, finding.end, finding.confidence) == ("info", "capture", "likely")
    assert finding.frames == (6,)
    assert finding.message == (
        "10.0.0.5:51234 acknowledged octets of 10.0.0.9:8080 that were not captured, first at "
        "12:00:01.000 (frame 6): packets are missing from the capture."
    )


def test_nearly_the_ack_number_hints_at_a_fin() -> None:
    assert "capture-gap" not in case(SERVED + "1 C FIN_HINT", until=9).codes()


def test_nearly_a_whole_direction_is_missing() -> None:
    one = case("0 C ACK DATA\n1 C ACK_UNSEEN", until=9, marks={"one-sided"})

    assert one.codes() == ["one-sided"]


def test_cannot_tell_a_hole_from_packets_that_were_lost_before_the_capture_point() -> None:
    """Octets came out of order: they may have been lost, and come again, before they came by."""
    assert case(SERVED, until=9, marks={"gap"}).codes() == []


def test_the_recordings_lack_nothing() -> None:
    assert scenes("capture-gap") == {}
