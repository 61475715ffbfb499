"""port-reuse: a SYN meets an older connection that had not ended."""

import pytest

from tests.findings.recordings import findings, scenes
from tests.findings.transcript import OPENED, SERVED, case

IN_USE = SERVED.replace("0.030 S DATA", "0.030 S ACK DATA")


def test_a_connection_in_use_is_replaced() -> None:
    finding = case(IN_USE + "60.03 C REUSE", until=99).only("port-reuse")

    assert (finding.severity, finding.end, finding.confidence) == ("warning", "client", "likely")
    assert finding.frames == (6,)
    assert finding.message == (
        "10.0.0.5:51234 opened a new connection from the same port at 12:01:00.030 (frame 6), 60 s "
        "after its last octet: this one had not ended, and 10.0.0.9:8080 gave it up for the new "
        "one."
    )


def test_a_challenge_finds_out_that_the_client_lost_it() -> None:
    lost = case(IN_USE + "60 S CHALLENGE_ACK\n60.01 C RST_OF_CHALLENGE", until=99)
    finding = lost.only("port-reuse")

    assert (finding.severity, finding.end) == ("warning", "client")
    assert "its RST ended this connection" in finding.message


def test_a_stray_syn_changes_nothing() -> None:
    finding = case(IN_USE + "60 S CHALLENGE_ACK\n60.1 C DATA", until=99).only("port-reuse")

    assert finding.severity == "info"
    assert "and the connection stands" in finding.message


def test_a_connection_that_was_being_closed_is_replaced() -> None:
    finding = case(IN_USE + "3 C FIN\n3.01 S ACK_OF_FIN\n9 C REUSE", until=9).only("port-reuse")

    assert finding.severity == "info"


@pytest.mark.parametrize(
    "ended",
    [
        "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C ACK_OF_FIN\n70 C REUSE",
        "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C ACK_OF_FIN\n4 C REUSE",
        "3 C RST_ABORT\n4 C REUSE",
        "3 S RST_ABORT\n4 C REUSE",
    ],
)
def test_nearly_the_old_connection_had_ended(ended: str) -> None:
    assert "port-reuse" not in case(IN_USE + ended, until=99).codes()


def test_nearly_there_was_none() -> None:
    """Scans use one port for many SYNs."""
    assert "port-reuse" not in case("0 C SYN\n5 C REUSE", until=99).codes()
    assert "port-reuse" not in case("0 C SYN\n0.1 S SYN_ACK\n5 C REUSE", until=99).codes()
    assert "port-reuse" not in case("0 C SYN\n0.1 S RST_REFUSED\n5 C REUSE", until=99).codes()


@pytest.mark.parametrize("mark", ["mid-stream", "gap", "one-sided"])
def test_cannot_tell_where_the_close_may_have_been_missed(mark: str) -> None:
    again = case(IN_USE + "60 C REUSE", until=99, marks={mark})

    assert again.only("port-reuse").confidence == "possible"


def test_the_recording_of_a_syn_into_a_connection() -> None:
    """It came from the wire, so it is not seen at the client, whose connection stands."""
    assert scenes("port-reuse") == {"syn_in_window": "middle server"}
    assert {f.severity for each in findings("port-reuse").values() for f in each} == {"info"}
    assert case(OPENED, until=9).codes() == []
