"""accept-queue-full: the SYN, ACK comes again to a client that has gone on."""

import pytest

from tests.findings.recordings import recorded, scenes
from tests.findings.transcript import OPENED, REQUEST, case

WAITING = REQUEST + "0.9 C UNANSWERED\n1.010 S ANSWERED SYN_ACK_AGAIN\n"


def test_a_request_that_waits_and_is_reset() -> None:
    full = case(WAITING + "3 S RST_REPLY", until=9, unacknowledged=(100, 0))
    finding, *also = full.findings()

    assert finding.code == "accept-queue-full"
    assert [it.code for it in also] == ["data-lost-at-close", "reset-closed-socket"]
    assert (finding.severity, finding.end, finding.confidence) == ("error", "server", "likely")
    assert finding.frames == (3, 6, 7)
    assert finding.message == (
        "10.0.0.5:51234 completed the handshake at 12:00:00.010 (frame 3), but 10.0.0.9:8080 did "
        "not take it: it sent its SYN, ACK again once, last at 12:00:01.010 (frame 6), and gave "
        "up: RST at 12:00:03.000 (frame 7). 100 octets of the client reached nobody. Most likely "
        "its accept queue is full: the program does not accept connections in time. The same "
        "segments also show data-lost-at-close and reset-closed-socket."
    )
    assert "ss -tln sport = :8080" in finding.advice


def test_taken_up_late() -> None:
    late = case(WAITING + "3 S SYN_ACK_AGAIN\n4 S ACK\n4.1 S DATA", until=9)
    finding = late.only("accept-queue-full")

    assert (finding.severity, finding.confidence) == ("warning", "likely")
    assert "sent its SYN, ACK again twice" in finding.message
    assert "and went on after 3.99 s" in finding.message


def test_still_waiting() -> None:
    assert case(WAITING, until=9).only("accept-queue-full").severity == "warning"


@pytest.mark.parametrize(
    "lost",
    ["1 S SYN_ACK_AGAIN\n1.02 S ACK", "0.02 C DATA\n1 S SYN_ACK_AGAIN\n1.2 S ACK\n1.3 S DATA"],
)
def test_nearly_the_handshakes_ack_was_lost(lost: str) -> None:
    """The next segment of the client completes the handshake."""
    assert case(OPENED + lost, until=9).codes() == []


def test_nearly_the_syn_ack_came_again_before_its_ack() -> None:
    again = "0 C SYN\n0.01 S SYN_ACK\n1 S SYN_ACK_AGAIN\n1.01 C HANDSHAKE_ACK"

    assert case(again, until=9).codes() == []


def test_nearly_an_old_copy_of_the_syn_ack_comes_later() -> None:
    assert case(REQUEST + "0.03 S ACK DATA\n1 S SYN_ACK_AGAIN", until=9).codes() == []


def test_cannot_tell_where_the_client_has_nothing_to_say() -> None:
    """A full queue, or the handshake's ACK was lost and the answers to the repeats as well."""
    silent = case(OPENED + "1 S SYN_ACK_AGAIN\n3 S SYN_ACK_AGAIN", until=9)
    finding = silent.only("accept-queue-full")

    assert (finding.severity, finding.confidence) == ("info", "possible")
    assert "or the client's segments do not reach it" in finding.message


def test_the_recording_of_a_queue_that_was_full() -> None:
    assert scenes("accept-queue-full") == {"full_accept_queue": "client middle server"}


def test_it_leads_where_it_was_recorded() -> None:
    for (name, _), connections in recorded().items():
        if name == "full_accept_queue":
            leading = [c.findings[0] for c in connections if c.ending == "reset"]
            assert [(f.code, f.severity) for f in leading] == [("accept-queue-full", "error")]
