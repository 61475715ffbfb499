"""time-wait-reuse: a SYN takes over the ports of a connection in TIME_WAIT."""

from pcapflow.tcp.timers import PROFILES, SECOND, Settings
from tests.findings.recordings import scenes
from tests.findings.transcript import SERVED, case

SERVER_FIRST = SERVED + "3 S FIN\n3.01 C ACK_OF_FIN FIN\n3.02 S ACK_OF_FIN\n"
CLIENT_FIRST = SERVED + "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C ACK_OF_FIN\n"


def test_the_servers_time_wait_gives_way() -> None:
    finding = case(SERVER_FIRST + "3.52 C REUSE", until=9).only("time-wait-reuse")

    assert (finding.severity, finding.end, finding.confidence) == ("info", "server", "likely")
    assert finding.frames == (9,)
    assert finding.message == (
        "500 ms after this connection had closed, 10.0.0.5:51234 opened a new one from the same "
        "port at 12:00:03.520 (frame 9), while 10.0.0.9:8080 held the old one in TIME_WAIT; it let "
        "go of that, as it may."
    )


def test_the_client_leaves_its_own() -> None:
    finding = case(CLIENT_FIRST + "4 C REUSE", until=9).only("time-wait-reuse")

    assert finding.end == "client"
    assert "out of its own TIME_WAIT (net.ipv4.tcp_tw_reuse" in finding.message


def test_time_wait_begins_anew_with_each_repeated_fin() -> None:
    late = CLIENT_FIRST + "50 S FIN_AGAIN_LATE\n50.01 C ACK_OF_FIN_AGAIN\n90 C REUSE"

    assert "time-wait-reuse" in case(late, until=99).codes()


def test_nearly_time_wait_was_over() -> None:
    """How long it lasts is the profile's."""
    after = case(SERVER_FIRST + "63.1 C REUSE", until=99)

    assert after.codes() == []
    assert after.codes(Settings(profile=PROFILES["rfc9293"])) == ["time-wait-reuse"]
    assert after.codes(Settings(time_wait=61 * SECOND)) == ["time-wait-reuse"]


def test_nearly_the_old_connection_had_not_ended() -> None:
    assert case(SERVED + "60 C REUSE", until=99).codes() == ["port-reuse"]


def test_nearly_a_reset_had_ended_it() -> None:
    assert "time-wait-reuse" not in case(SERVED + "3 C RST_ABORT\n4 C REUSE", until=9).codes()


def test_cannot_tell_for_certain_with_gaps() -> None:
    gap = case(SERVER_FIRST + "4 C REUSE", until=9, marks={"gap"})

    assert gap.only("time-wait-reuse").confidence == "possible"


def test_the_recordings_of_ports_used_again() -> None:
    again = ("time_wait_left_by_client", "time_wait_reuse", "time_wait_reuse_by_isn")

    assert scenes("time-wait-reuse") == dict.fromkeys(again, "client middle server")
