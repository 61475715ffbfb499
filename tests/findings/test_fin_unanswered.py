"""fin-unanswered: FINs without any acknowledgement."""

from tests.findings.transcript import SERVED, case

REPEATED = "3 C FIN\n3.2 C FIN_AGAIN\n3.6 C FIN_AGAIN\n"


def test_a_fin_repeated_in_vain() -> None:
    finding = case(SERVED + REPEATED + "4.4 C FIN_AGAIN UNANSWERED", until=5).only("fin-unanswered")

    assert (finding.severity, finding.end, finding.confidence) == ("warning", "path", "certain")
    assert finding.message == (
        "10.0.0.5:51234 sent its FIN at 12:00:03.000 (frame 6) and 3 times more until "
        "12:00:04.400; no acknowledgement of it was captured. Either 10.0.0.9:8080 is gone, or "
        "the path drops one of the two. The same segments also show fin-retransmit."
    )
    assert "ss -tano state fin-wait-1 dst 10.0.0.9:8080" in finding.advice
    assert finding.frames == (6, 7, 8, 9)


def test_two_repeats_leave_a_doubt() -> None:
    assert case(SERVED + REPEATED, until=5).only("fin-unanswered").confidence == "likely"


def test_the_last_fin_of_an_otherwise_complete_close() -> None:
    closing = "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.4 S FIN_AGAIN"
    finding = case(SERVED + closing, until=5).only("fin-unanswered")

    assert finding.message.startswith("10.0.0.9:8080 sent its FIN")
    assert "state last-ack dst 10.0.0.5:51234" in finding.advice


def test_a_single_fin_counts_once_the_capture_runs_on() -> None:
    assert case(SERVED + "3 C FIN", until=5.9).codes() == []
    finding = case(SERVED + "3 C FIN", until=6).only("fin-unanswered")
    assert (finding.severity, finding.confidence) == ("info", "possible")


def test_a_repeat_for_the_sake_of_another_ack_is_no_repeat() -> None:
    carried = case(SERVED + "3 C FIN\n3.1 C FIN_AGAIN_NEW_ACK", until=5)

    assert "fin-unanswered" not in carried.codes()


def test_nearly_a_reset_answered_it() -> None:
    assert "fin-unanswered" not in case(SERVED + REPEATED + "4 S RST_ABORT", until=50).codes()


def test_nearly_the_acknowledgement_came_at_last() -> None:
    assert "fin-unanswered" not in case(SERVED + REPEATED + "9 S ACK_OF_FIN", until=50).codes()


def test_cannot_tell_where_only_one_direction_was_captured() -> None:
    half = case("3 C FIN", until=50, marks={"one-sided", "mid-stream"})

    assert half.codes() == ["one-sided", "mid-stream"]
    repeated = case(REPEATED, until=50, marks={"one-sided", "mid-stream"}).only("fin-unanswered")
    assert repeated.confidence == "possible"
    assert "Only the client's direction was captured" in repeated.message
