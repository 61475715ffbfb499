"""data-lost-at-close: octets that nobody had acknowledged when the connection ended."""

import pytest

from tests.findings.kernels import found, recorded
from tests.findings.transcript import OPENED, REQUEST, SERVED, Case, case

CODE = "data-lost-at-close"
STALE = SERVED + "3 S FIN\n3.01 C ACK_OF_FIN\n"


def lost(transcript: str, *, until: float = 9, octets: int = 512, **how: object) -> Case:
    """A connection in which so many octets of the client were never acknowledged."""
    return case(transcript, until=until, unacknowledged=(octets, 0), **how)  # type: ignore[arg-type]


def test_the_server_aborts_and_takes_no_more() -> None:
    finding = lost(REQUEST + "3 S RST_ABORT_LOSS").only(CODE)

    assert (finding.severity, finding.end, finding.confidence) == ("error", "client", "likely")
    assert finding.message == (
        "512 octets of 10.0.0.5:51234 were never acknowledged: 10.0.0.9:8080 ended the connection "
        "by RST at 12:00:03.000 (frame 5) and did not acknowledge them. The same segments also "
        "show reset-abort."
    )
    assert finding.frames == (5,)


def test_what_is_lost_leads_how_it_was_lost() -> None:
    assert lost(REQUEST + "3 S RST_ABORT_LOSS").codes() == [CODE, "reset-abort"]


def test_a_request_behind_a_fin_is_judged_as_the_request_is() -> None:
    stale = lost(STALE + "3.5 C DATA\n3.51 S RST_REPLY")
    leader, finding, _ = stale.findings()

    assert (leader.code, finding.code) == ("data-after-close", CODE)
    assert (finding.severity, finding.confidence) == ("error", "certain")
    assert "10.0.0.9:8080 had closed, and answered by RST" in finding.message
    assert "They reached no program." in finding.message


def test_a_farewell_to_a_closed_door_is_info() -> None:
    bye = lost(STALE + "3.05 C DATA\n3.06 S RST_REPLY", octets=24)

    assert bye.only(CODE).severity == "info"
    assert bye.only("data-after-close").severity == "info"


def test_a_server_without_the_connection() -> None:
    forgot = SERVED.replace("S DATA", "S ACK DATA") + "60 C DATA\n60.01 S RST_REPLY"
    finding = lost(forgot, until=90).only(CODE)

    assert (finding.severity, finding.confidence) == ("error", "likely")
    assert "answered by RST at 12:01:00.010 (frame 7) in place of" in finding.message


def test_a_sender_that_gave_up_by_reset() -> None:
    finding = lost(REQUEST + "9 C UNANSWERED\n20 C RST_ABORT_LOSS", until=21).only(CODE)

    assert (finding.severity, finding.confidence) == ("error", "likely")
    assert "repeated itself without an answer, and gave up by RST" in finding.message


def test_its_own_reset_long_after_the_octets() -> None:
    """An acknowledgement would have come in a second."""
    finding = lost(REQUEST + "3 C RST_ABORT_LOSS").only(CODE)

    assert (finding.severity, finding.confidence) == ("error", "likely")
    assert "2.98 s after it had sent the last of them." in finding.message
    assert "SO_LINGER" in finding.advice


def test_cannot_tell_what_its_own_reset_left_on_the_way() -> None:
    """The RST follows the octets so closely that no acknowledgement can have come."""
    finding = lost(REQUEST + "0.025 C RST_ABORT_LOSS").only(CODE)

    assert (finding.severity, finding.confidence) == ("warning", "possible")
    assert "they may have arrived, and been read before the RST." in finding.message


def test_one_octet_was() -> None:
    finding = lost(REQUEST + "3 S RST_ABORT_LOSS", octets=1).only(CODE)

    assert finding.message.startswith("1 octet of 10.0.0.5:51234 was never acknowledged: ")


def test_the_ports_were_used_again() -> None:
    finding = lost(REQUEST + "60 C REUSE", until=90).only(CODE)

    assert (finding.severity, finding.confidence) == ("error", "likely")
    assert "a new SYN took the ports over at 12:01:00.000 (frame 5)" in finding.message


def test_a_reset_of_neither_end() -> None:
    finding = lost(REQUEST + "3 S RST_ABORT_LOSS RST_FOREIGN").only(CODE)

    assert finding.end == "client"
    assert "a RST that neither end seems to have sent" in finding.message


def test_silence_longer_than_any_pause_is_the_end() -> None:
    finding = lost(REQUEST + "9 C UNANSWERED", until=140).only(CODE)

    assert (finding.severity, finding.confidence) == ("error", "likely")
    assert "has stopped trying for the last 2 min 11 s of the capture." in finding.message


@pytest.mark.parametrize(
    "trying", ["9 C UNANSWERED", "3 C FIN\n3.2 C FIN_AGAIN\n3.6 C FIN_AGAIN\n4.4 C FIN_AGAIN"]
)
def test_cannot_tell_whether_it_has_given_up_yet(trying: str) -> None:
    finding = lost(REQUEST + trying, until=21).only(CODE)

    assert (finding.severity, finding.confidence) == ("warning", "possible")
    assert "had not given up for sure when the capture ended" in finding.message


def test_cannot_tell_where_the_capture_ends_in_mid_flight() -> None:
    assert CODE not in lost(REQUEST, until=1).codes()
    assert CODE not in lost(REQUEST + "3 C FIN", until=3.1, octets=513).codes()


def test_cannot_tell_where_the_acknowledging_direction_was_not_captured() -> None:
    one = lost("1 C DATA\n3 C RST_ABORT_LOSS", marks={"one-sided", "mid-stream"})

    assert CODE not in one.codes()


def test_cannot_tell_for_sure_where_the_capture_has_gaps() -> None:
    gap = lost(REQUEST + "3 S RST_ABORT_LOSS", marks={"gap"}).only(CODE)

    assert (gap.severity, gap.confidence) == ("warning", "possible")
    assert "Packets are missing from the capture: it may have been fewer, or none." in gap.message


def test_cannot_tell_an_octet_from_a_fin_that_was_not_captured() -> None:
    assert CODE not in lost(SERVED + "3 C FIN_HINT\n4 S RST_ABORT", octets=1).codes()


def test_nearly_all_was_acknowledged_before_the_reset() -> None:
    assert CODE not in case(REQUEST + "3 S RST_ABORT_LOSS", until=9).codes()


def test_nearly_the_reset_was_not_taken() -> None:
    ignored = REQUEST + "3 S RST_ABORT_LOSS\n4 C LIVES_ON\n4 C DATA"

    assert CODE not in lost(ignored).codes()


def test_nearly_only_the_fin_was_not_acknowledged() -> None:
    assert CODE not in lost(SERVED + "3 C FIN\n3.2 S RST_ABORT", octets=1).codes()


def test_nearly_it_closed_in_order_and_a_reset_came_late() -> None:
    closed = OPENED + "1 C DATA\n3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C ACK_OF_FIN\n3.1 S RST_ABORT"

    assert CODE not in case(closed, until=9).codes()


def test_the_recordings_in_which_a_kernel_left_octets_unacknowledged() -> None:
    """What the scenario did, and the kernel's word on how each connection ended."""
    severe = {
        scenario
        for (scenario, point), told in found(CODE).items()
        if point == "client" and any(it.severity == "error" for it in told)
    }
    unsettled = {scenario for (scenario, _), told in found(CODE).items()} - severe

    assert {"abort_with_octets_lost", "close_while_peer_sends", "half_open"} <= severe
    assert {"write_to_closed_peer", "full_accept_queue"} <= severe
    assert {"abort_right_behind_octets", "silent_path", "silent_path_then_close"} <= unsettled


def test_no_connection_that_its_kernels_closed_in_order_lost_an_octet() -> None:
    """Both ended without a RST, and neither had to send anything again."""
    calm = [
        it
        for it in recorded()
        if set(it.kernel["states"].values()) <= {"CLOSED", "TIME_WAIT"}
        and all(it.kernel["fins"].values())
        and not any(it.kernel["resets"].values())
        and not any(it.kernel["retransmissions"].values())
    ]

    assert len(calm) >= 50
    assert [it.scenario for it in calm for f in it.connection.findings if f.code == CODE] == []
