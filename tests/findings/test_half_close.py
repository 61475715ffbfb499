"""half-close: one direction is closed, the other in use or awaited."""

from tests.findings.transcript import REQUEST, SERVED, case

CLIENT_CLOSED = "3.000 C FIN\n3.010 S ACK_OF_FIN\n"


def test_data_after_the_acknowledged_fin() -> None:
    finding = case(REQUEST + CLIENT_CLOSED + "4 S DATA\n7 S DATA", until=8).only("half-close")

    assert (finding.severity, finding.end, finding.confidence) == ("info", "client", "certain")
    assert finding.message == (
        "10.0.0.5:51234 closed its direction at 12:00:03.000 (frame 5) and 10.0.0.9:8080 went on "
        "sending until 12:00:07.000, 4 s longer: a half-close, which TCP allows."
    )


def test_an_orderly_close_can_have_been_a_half_close() -> None:
    orderly = case(REQUEST + CLIENT_CLOSED + "4 S DATA\n5 S FIN\n5.01 C ACK_OF_FIN", until=100)

    assert orderly.story.ending == "orderly"
    assert orderly.codes() == ["half-close"]


def test_a_reply_owed_is_no_leak_however_long_it_takes() -> None:
    owed = case(REQUEST + CLIENT_CLOSED, until=3600)

    assert owed.codes() == ["half-close"]
    finding = owed.only("half-close")
    assert (finding.severity, finding.confidence) == ("info", "likely")
    assert "has not answered for 59 min 57 s" in finding.message
    assert "ss -tanp state close-wait src 10.0.0.9:8080" in finding.advice


def test_where_the_ends_are_guessed_owing_is_only_possible() -> None:
    spoken = "1 S DATA\n2 C DATA\n"
    owed = case(spoken + CLIENT_CLOSED, until=20, marks={"mid-stream"})

    assert owed.only("half-close").confidence == "possible"


def test_cannot_tell_in_mid_stream_whether_the_silent_end_had_closed_before() -> None:
    late = case("2 C DATA\n" + CLIENT_CLOSED, until=99, marks={"mid-stream"})

    assert late.codes() == ["mid-stream"]


def test_nearly_the_reply_had_come_before() -> None:
    assert "half-close" not in case(SERVED + CLIENT_CLOSED, until=100).codes()


def test_nearly_data_under_way_when_the_fin_came() -> None:
    crossing = case(REQUEST + "3 C FIN\n3.001 S DATA\n3.01 S ACK_OF_FIN FIN", until=4)

    assert "half-close" not in crossing.codes()


def test_nearly_the_closer_had_closed_both_directions() -> None:
    codes = case(REQUEST + CLIENT_CLOSED + "4 S DATA\n4.01 C RST_REPLY", until=9).codes()

    assert codes == ["data-after-close", "reset-closed-socket"]


def test_cannot_tell_without_an_acknowledgement_of_the_fin() -> None:
    assert "half-close" not in case(REQUEST + "3 C FIN", until=4).codes()
