"""duplicate-frames: packets that the capture holds twice."""

from tests.findings.transcript import SERVED, case


def test_duplicates_were_left_out() -> None:
    finding = case(SERVED, until=9, marks={"duplicates"}, duplicates=12).only("duplicate-frames")

    assert (finding.severity, finding.end, finding.confidence) == ("info", "capture", "likely")
    assert finding.message == (
        "12 packets of this connection were captured twice and left out: other programs would "
        "show them as retransmissions."
    )
    assert finding.display_filter == (
        "ip.addr == 10.0.0.5 && ip.addr == 10.0.0.9 && tcp.port == 51234 && tcp.port == 8080"
    )


def test_one_duplicate_is_told_in_the_singular() -> None:
    finding = case(SERVED, until=9, marks={"duplicates"}, duplicates=1).only("duplicate-frames")

    assert finding.message.startswith("1 packet of this connection was captured twice")


def test_nearly_a_repeat_is_no_duplicate() -> None:
    repeated = "3 C FIN\n3.3 C FIN_AGAIN\n3.31 S ACK_OF_FIN"

    assert case(SERVED + repeated, until=5).codes() == ["fin-retransmit"]


def test_cannot_tell_where_the_engine_marked_nothing() -> None:
    assert case(SERVED, until=9).codes() == []
