"""time-wait-refused: a SYN draws the old connection's numbers out of TIME_WAIT."""

from tests.findings.recordings import findings, scenes
from tests.findings.transcript import SERVED, case

CLOSED = SERVED + "3 S FIN\n3.01 C ACK_OF_FIN FIN\n3.02 S ACK_OF_FIN\n"
REFUSED = CLOSED + "4 S CHALLENGE_ACK\n4.01 C RST_OF_CHALLENGE\n"


def test_refused_at_first() -> None:
    finding = case(REFUSED + "5 C REUSE", until=9).only("time-wait-refused")

    assert (finding.severity, finding.end, finding.confidence) == ("info", "server", "likely")
    assert finding.frames == (9, 10, 11)
    assert finding.message == (
        "10.0.0.5:51234 asked for a new connection from the same port while 10.0.0.9:8080 still "
        "held this one in TIME_WAIT, and was answered with the old numbers at 12:00:04.000 (frame "
        "9); its SYN opened the connection 1 s later."
    )


def test_refused_for_good() -> None:
    refused = case(REFUSED + "5 S CHALLENGE_ACK\n5.01 S LIVES_ON\n5.02 C RST_REPLY", until=9)
    finding = refused.findings()[0]

    assert (finding.code, finding.severity) == ("time-wait-refused", "warning")
    assert "its connect() fails" in finding.message
    assert "also show reset-closed-socket" in finding.message


def test_nearly_the_new_connection_opens_at_once() -> None:
    assert case(CLOSED + "4 C REUSE", until=9).codes() == ["time-wait-reuse"]


def test_nearly_the_old_connection_had_not_ended() -> None:
    challenged = case(SERVED + "4 S CHALLENGE_ACK\n4.01 C RST_OF_CHALLENGE", until=9)

    assert "time-wait-refused" not in challenged.codes()


def test_cannot_tell_for_certain_with_gaps() -> None:
    gap = case(REFUSED, until=9, marks={"gap"})

    assert gap.only("time-wait-refused").confidence == "possible"


def test_the_recordings_of_syns_that_were_refused() -> None:
    """One opened in the end, the other (RFC 1337) did not."""
    severities = {
        name: {f.severity for f in found}
        for (name, _), found in findings("time-wait-refused").items()
    }

    assert severities == {
        "time_wait_reuse_refused": {"info"},
        "time_wait_reuse_refused_for_good": {"warning"},
    }
    assert set(scenes("time-wait-refused").values()) == {"client middle server"}
