"""syn-unanswered: a SYN, and no word of the other end."""

from tests.findings.recordings import scenes
from tests.findings.transcript import OPENED, case

REPEATED = "0 C SYN\n1 C SYN_AGAIN\n3 C SYN_AGAIN\n"


def test_a_repeated_syn() -> None:
    finding = case(REPEATED, until=9).only("syn-unanswered")

    assert (finding.severity, finding.end, finding.confidence) == ("warning", "path", "likely")
    assert finding.frames == (1, 2, 3)
    assert finding.message == (
        "10.0.0.5:51234 sent a SYN to 10.0.0.9:8080 at 12:00:00.000 (frame 1) and repeated it "
        "twice within 3 s; no answer was captured. Either 10.0.0.9 is down, or a firewall or route "
        "drops one of the two."
    )


def test_two_syns_are_enough_however_short_the_capture() -> None:
    assert case("0 C SYN\n1 C SYN_AGAIN", until=1).codes() == ["syn-unanswered"]


def test_with_data_on_the_syn() -> None:
    assert case("0 C SYN_DATA\n1 C SYN_AGAIN", until=2).codes() == ["syn-unanswered"]


def test_a_single_syn_may_be_a_scan() -> None:
    finding = case("0 C SYN", until=3).only("syn-unanswered")

    assert (finding.severity, finding.confidence) == ("info", "possible")


def test_cannot_tell_before_three_seconds() -> None:
    assert case("0 C SYN", until=2.9).codes() == []


def test_cannot_tell_where_the_client_gave_up_or_began_anew_at_once() -> None:
    assert case("0 C SYN\n0.5 C RST_ABORT", until=60).codes() == []
    assert case("0 C SYN\n0.5 C REUSE", until=60).codes() == []


def test_nearly_the_second_syn_is_answered() -> None:
    assert (
        case("0 C SYN\n1 C SYN_AGAIN\n1.01 S SYN_ACK\n1.01 C HANDSHAKE_ACK", until=9).codes() == []
    )


def test_nearly_a_refusal_is_an_answer() -> None:
    assert (
        "syn-unanswered" not in case("0 C SYN\n1 C SYN_AGAIN\n1.01 S RST_REFUSED", until=9).codes()
    )


def test_nearly_any_word_of_the_server_is_an_answer() -> None:
    assert (
        "syn-unanswered" not in case("0 C SYN\n0.01 S RST_OUTSIDE\n1 C SYN_AGAIN", until=9).codes()
    )
    assert case(OPENED, until=9).codes() == []


def test_the_recordings_where_every_syn_was_lost() -> None:
    """At the server nothing was captured."""
    assert scenes("syn-unanswered") == {"syn_unanswered": "client middle"}
