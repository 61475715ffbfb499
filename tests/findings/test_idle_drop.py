"""idle-drop: after a long silence nobody answers, or a RST does."""

import pytest

from pcapflow.tcp.timers import MIDDLEBOXES
from tests.docs.thresholds import constants
from tests.findings.kernels import found, scenarios
from tests.findings.transcript import OPENED, SERVED, Case, case

CODE = "idle-drop"
SPOKEN = SERVED.replace("S DATA", "S ACK DATA")
VANISHED = SPOKEN + "365 C DATA\n366 C UNANSWERED\n"
RESET = SPOKEN + "365 C DATA\n365.01 S RST_REPLY"


def idle(transcript: str, seconds: float = 360, **how: object) -> Case:
    """A connection in which all was silent for so long before the client asked in vain."""
    until = how.pop("until", 400)
    return case(transcript, until=until, idle=(seconds, None), **how)  # type: ignore[arg-type]


def test_a_request_after_a_long_pause_is_not_answered() -> None:
    finding = idle(VANISHED).only(CODE)

    assert (finding.severity, finding.end, finding.confidence) == ("warning", "path", "possible")
    assert finding.message == (
        "Nothing was sent between 10.0.0.5:51234 and 10.0.0.9:8080 for 6 min; what 10.0.0.5:51234 "
        "sent then was not answered any more, though repeated: see 12:06:06.000 (frame 7). A "
        "middlebox on the path may have forgotten the connection meanwhile. Usual timers near "
        "that: AWS Network Load Balancer (350 s), AWS NAT gateway (350 s) and Azure Load Balancer "
        "(240 s). The same segments also show peer-vanished."
    )
    assert "keep-alives more often than every 4 min" in finding.advice
    assert finding.frames == (7,)


@pytest.mark.parametrize(
    ("seconds", "named"),
    [
        (29, "No usual timer is that short"),
        (61, "Usual timers near that: AWS Application Load Balancer (60 s)."),
        (59.5, "Usual timers near that: AWS Application Load Balancer (60 s)."),
        (250, "Usual timers near that: Azure Load Balancer (240 s)."),
        (700, "Google Cloud VPC (600 s), AWS Network Load Balancer (350 s)"),
        (7200, "Usual timers that had expired by then: Linux IPVS (900 s), Google Cloud VPC"),
        (432_001, "Usual timers near that: nf_conntrack_tcp_timeout_established (432,000 s)."),
    ],
)
def test_it_names_the_usual_timers_that_are_near(seconds: float, named: str) -> None:
    assert named in idle(VANISHED, seconds).only(CODE).message


def test_those_of_a_closing_connection_where_a_fin_was_seen_before() -> None:
    half = SPOKEN + "1 C FIN\n1.01 S ACK_OF_FIN\n200 S DATA\n201 S UNANSWERED"
    told = case(half, until=300, idle=(None, 130)).only(CODE).message

    assert "nf_conntrack_tcp_timeout_fin_wait (120 s)" in told
    assert "conntrack" not in idle(VANISHED, 130).only(CODE).message


def test_a_fin_that_came_too_late_is_not_answered_either() -> None:
    closed = idle(SPOKEN + "365 C FIN\n365.2 C FIN_AGAIN\n365.6 C FIN_AGAIN")

    assert closed.codes()[:2] == [CODE, "fin-unanswered"]
    assert "The same segments also show fin-unanswered" in closed.only(CODE).message


def test_a_reset_with_two_odd_marks_is_likely_the_boxs() -> None:
    finding = idle(RESET + " RST_FOREIGN").only(CODE)

    assert (finding.severity, finding.confidence) == ("warning", "likely")
    assert "for 6 min; then came a RST in the name of 10.0.0.9:8080 at" in finding.message
    assert "Most likely it is not its own." in finding.message


def test_with_one_it_is_possible() -> None:
    finding = idle(RESET + " RST_ODD").only(CODE)

    assert finding.confidence == "possible"
    assert "One of its marks (TTL, timestamps, IP id) does not fit that end." in finding.message


def test_cannot_tell_a_box_from_a_server_that_was_restarted() -> None:
    """half-open leads, whose case this is where the server's own kernel answers."""
    restarted = idle(RESET)

    assert restarted.codes()[0] == "half-open"
    assert restarted.only(CODE).confidence == "possible"


def test_cannot_tell_where_one_direction_was_not_captured() -> None:
    one = idle("1 C DATA\n365 C UNANSWERED", marks={"one-sided", "mid-stream"})

    assert CODE not in one.codes()


def test_cannot_tell_where_packets_are_missing() -> None:
    """They may have been sent in the silence."""
    assert CODE not in idle(VANISHED, marks={"gap"}).codes()


def test_nearly_a_reset_that_fits_after_a_short_pause() -> None:
    assert CODE not in idle(RESET, 29).codes()
    assert CODE not in idle(SPOKEN + "20 S RST_ABORT RST_ODD", 19).codes()
    assert idle(RESET + " RST_ODD", 29).only(CODE).severity == "info"
    assert idle(SPOKEN + "365 S RST_ABORT RST_ODD", 364).only(CODE).confidence == "possible"


def test_a_short_pause_is_no_usual_timer() -> None:
    assert idle(VANISHED, 5).only(CODE).severity == "info"
    assert idle(VANISHED, 29.9).only(CODE).severity == "info"
    assert idle(VANISHED, 30).only(CODE).severity == "warning"


def test_nearly_there_was_no_pause() -> None:
    assert CODE not in idle(VANISHED, 2.9).codes()
    assert CODE not in case(VANISHED, until=400).codes()


def test_nearly_the_peer_answered_after_all() -> None:
    assert CODE not in idle(VANISHED + "370 S ANSWERED").codes()


def test_nearly_the_server_had_closed_in_the_silence() -> None:
    """A stale connection: data-after-close."""
    stale = SPOKEN + "60 S FIN\n60.01 C ACK_OF_FIN\n365 C DATA\n365.01 S RST_REPLY"

    assert CODE not in idle(stale, 305).codes()


def test_nearly_the_server_aborted_by_itself() -> None:
    assert CODE not in idle(SPOKEN + "365 S RST_ABORT").codes()


def test_nearly_nobody_ever_answered() -> None:
    assert CODE not in idle(OPENED.splitlines()[1] + "\n1 C SYN_AGAIN").codes()


def test_the_shortest_timer_is_that_of_the_list() -> None:
    shortest = constants("findings/idle_drop.py")["SHORTEST_TIMER"]

    assert shortest == min(timer.length for timer in MIDDLEBOXES.values())


def test_the_recordings_in_which_a_middlebox_forgot_and_no_others() -> None:
    """Where the client is, or what it sends passes."""
    assert scenarios(CODE) == {
        "middlebox_forgets",
        "middlebox_forgets_after_a_minute",
        "middlebox_forgets_and_resets",
    }
    told = found(CODE)["middlebox_forgets_after_a_minute", "client"]
    (finding,) = told
    assert finding.severity == "warning"
    assert "AWS Application Load Balancer (60 s)" in finding.message
