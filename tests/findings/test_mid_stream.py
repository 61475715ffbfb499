"""mid-stream: a connection without its opening."""

from tests.findings.recordings import scenes
from tests.findings.transcript import OPENED, SERVED, case


def test_the_opening_was_not_captured() -> None:
    finding = case("0 C ACK DATA\n1 S ACK DATA", until=9, marks={"mid-stream"}).only("mid-stream")

    assert (finding.severity, finding.end, finding.confidence) == ("info", "capture", "certain")
    assert finding.message == (
        "The connection was open already when its first packet was captured, at 12:00:00.000: what "
        "came before is not known, and that 10.0.0.5:51234 is the client is a guess from the ports."
    )


def test_it_names_what_is_less_sure_for_it() -> None:
    leak = case("1 C DATA\n3 S FIN\n3.1 C ACK_OF_FIN\n4 C DATA", until=90, marks={"mid-stream"})

    assert "That makes close-wait-leak less sure." in leak.only("mid-stream").message


def test_nearly_the_syn_alone_is_missing() -> None:
    """The SYN, ACK tells who is who."""
    assert case(OPENED.replace("0.000 C SYN", ""), until=9).codes() == []


def test_cannot_tell_who_had_closed_before() -> None:
    """Only that is said; no end is blamed for its silence."""
    closed = "0 S FIN\n0.1 C ACK_OF_FIN"

    assert case(closed, until=90, marks={"mid-stream"}).codes() == ["mid-stream"]
    assert case(SERVED, until=9).codes() == []


def test_the_recordings_that_begin_late() -> None:
    """Each of them at all points, and no other."""
    late = (
        "starts_after_first_fin",
        "starts_before_close",
        "starts_in_half_close",
        "starts_mid_connection",
    )

    assert scenes("mid-stream") == dict.fromkeys(late, "client middle server")
