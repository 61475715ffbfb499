"""simultaneous-close: the FINs crossed, and each was acknowledged."""

from tests.findings.transcript import SERVED, case

CROSSED = "3 C FIN\n3.001 S FIN_CROSSING\n3.01 S ACK_OF_FIN\n3.02 C ACK_OF_FIN\n"


def test_crossed_fins() -> None:
    crossed = case(SERVED + CROSSED, until=9)
    finding = crossed.only("simultaneous-close")

    assert crossed.codes() == ["simultaneous-close"]
    assert (finding.severity, finding.end, finding.confidence) == ("info", "path", "certain")
    assert finding.message.startswith(
        "10.0.0.5:51234 closed at 12:00:03.000 (frame 6) and 10.0.0.9:8080 closed at "
        "12:00:03.001 (frame 7): the FINs crossed"
    )


def test_nearly_the_second_fin_acknowledges_the_first() -> None:
    orderly = "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C ACK_OF_FIN"

    assert "simultaneous-close" not in case(SERVED + orderly, until=9).codes()


def test_cannot_tell_where_one_of_the_two_is_not_acknowledged() -> None:
    half = "3 C FIN\n3.001 S FIN_CROSSING\n3.02 C ACK_OF_FIN\n"

    assert "simultaneous-close" not in case(SERVED + half, until=4).codes()


def test_gaps_leave_a_doubt() -> None:
    finding = case(SERVED + CROSSED, until=9, marks={"gap"}).only("simultaneous-close")

    assert finding.confidence == "likely"
