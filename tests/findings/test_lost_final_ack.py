"""lost-final-ack: the last FIN comes again after a captured ACK of it."""

from tests.findings.transcript import SERVED, case

CLOSED = "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C ACK_OF_FIN\n"


def test_the_last_fin_comes_again_and_is_answered_again() -> None:
    lost = case(SERVED + CLOSED + "3.23 S FIN_AGAIN_LATE\n3.24 C ACK_OF_FIN_AGAIN", until=9)
    finding = lost.only("lost-final-ack")

    assert (finding.severity, finding.end, finding.confidence) == ("info", "path", "likely")
    assert finding.message == (
        "10.0.0.5:51234 acknowledged the server's last FIN at 12:00:03.020 (frame 8), yet "
        "10.0.0.9:8080 sent that FIN again 210 ms later (frame 9): the acknowledgement was lost "
        "between the capture point and the server. It was acknowledged again at 12:00:03.240; no "
        "octet was lost. The same segments also show fin-retransmit."
    )
    assert finding.frames == (8, 9, 10)
    assert lost.codes() == ["lost-final-ack", "fin-retransmit"]


def test_without_a_second_answer_the_end_may_still_wait() -> None:
    finding = case(SERVED + CLOSED + "3.23 S FIN_AGAIN_LATE", until=9).only("lost-final-ack")

    assert "the server may wait in LAST_ACK" in finding.message


def test_crossed_fins_have_two_last_acks() -> None:
    crossed = "3 C FIN\n3.001 S FIN_CROSSING\n3.01 S ACK_OF_FIN\n3.02 C ACK_OF_FIN\n"
    codes = case(SERVED + crossed + "3.3 C FIN_AGAIN_LATE", until=9).codes()

    assert codes == ["lost-final-ack", "fin-retransmit", "simultaneous-close"]


def test_nearly_the_fin_and_its_ack_crossed() -> None:
    crossed = case(SERVED + CLOSED + "3.021 S FIN_AGAIN_CROSSED", until=9)

    assert crossed.codes() == ["fin-retransmit"]


def test_nearly_it_was_the_first_fin() -> None:
    first = "3 C FIN\n3.01 S ACK_OF_FIN\n3.3 C FIN_AGAIN_LATE\n3.31 S ACK_OF_FIN_AGAIN"

    assert "lost-final-ack" not in case(SERVED + first, until=9).codes()


def test_cannot_tell_where_no_ack_was_captured() -> None:
    silent = "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.3 S FIN_AGAIN"

    assert "lost-final-ack" not in case(SERVED + silent, until=9).codes()
