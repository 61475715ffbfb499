"""reset-closed-socket: a segment meets an end whose application had closed."""

from tests.findings.transcript import OPENED, REQUEST, SERVED, case

SERVER_CLOSED = "3 S FIN\n3.01 C ACK_OF_FIN\n"


def test_a_write_to_a_closed_peer() -> None:
    lost = case(
        SERVED + SERVER_CLOSED + "3.2 C DATA\n3.21 S RST_REPLY", until=9, unacknowledged=(512, 0)
    )
    finding = lost.only("reset-closed-socket")

    assert lost.codes() == ["data-after-close", "data-lost-at-close", "reset-closed-socket"]
    assert (finding.severity, finding.end, finding.confidence) == ("info", "server", "certain")
    assert finding.message == (
        "The application at 10.0.0.9:8080 had closed (FIN at 12:00:03.000); a data segment of "
        "10.0.0.5:51234 (frame 8), 200 ms later, was answered by RST at 12:00:03.210 (frame 9). "
        "512 octets of the client reached nobody."
    )
    assert finding.frames == (8, 9)
    assert "data-after-close" in finding.advice


def test_the_reply_comes_to_a_client_that_hung_up() -> None:
    finding = case(
        REQUEST + "3 C FIN\n3.01 S ACK_OF_FIN\n3.2 S DATA\n3.21 C RST_REPLY", until=9
    ).only("reset-closed-socket")

    assert (finding.severity, finding.end) == ("info", "client")
    assert "Octets of the server reached nobody." in finding.message


def test_data_and_fin_in_one_segment_are_data() -> None:
    both = case(SERVED + SERVER_CLOSED + "4 C DATA FIN\n4.01 S RST_REPLY", until=9)

    assert "a data segment" in both.only("reset-closed-socket").message


def test_a_request_to_a_server_that_forgot_the_connection() -> None:
    """Nothing was closed there: half-open tells of the octets, and this one claims no close."""
    forgot = case(REQUEST + "0.03 S RST_REPLY", until=9)
    finding = forgot.only("reset-closed-socket")

    assert forgot.only("half-open").severity == "error"
    assert (finding.severity, finding.confidence) == ("info", "likely")
    assert finding.message.startswith("10.0.0.9:8080 had no socket for it; ")
    assert finding.advice == "as half-open says, which tells of the same octets"


def test_a_reset_in_place_of_the_last_ack_loses_nothing() -> None:
    finding = case(SERVED + "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C RST_REPLY", until=9).only(
        "reset-closed-socket"
    )

    assert (finding.severity, finding.end) == ("info", "client")
    assert "a FIN segment of 10.0.0.9:8080 (frame 7), 10 ms later," in finding.message
    assert "No octet was lost." in finding.message


def test_a_keep_alive_finds_the_connection_gone() -> None:
    finding = case(SERVED + "60 C KEEP_ALIVE\n60.01 S RST_REPLY", until=99).only(
        "reset-closed-socket"
    )

    assert finding.severity == "info"
    assert "a keep-alive segment of 10.0.0.5:51234" in finding.message


def test_many_segments_in_flight_make_one_finding() -> None:
    in_flight = "3.2 S DATA\n3.21 C RST_REPLY\n3.22 S DATA\n3.23 C RST_REPLY"
    finding = case(REQUEST + "3 C FIN\n3.01 S ACK_OF_FIN\n" + in_flight, until=9).only(
        "reset-closed-socket"
    )

    assert finding.frames == (7, 8)


def test_octets_captured_before_the_fin_that_they_crossed_are_data_too() -> None:
    race = SERVED + "2.99 C DATA\n3 S FIN\n3.01 C ACK_OF_FIN\n3.02 S RST_AT_FIN"
    finding = case(race, until=9, unacknowledged=(40, 0)).only("reset-closed-socket")

    assert "a data segment of 10.0.0.5:51234 was answered by RST" in finding.message
    assert "40 octets of the client reached nobody." in finding.message
    assert finding.frames == (9,)


def test_what_was_not_acknowledged_before_is_not_called_safe() -> None:
    closing = "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C RST_REPLY"
    finding = case(SERVED + closing, until=9, unacknowledged=(0, 41)).only("reset-closed-socket")

    assert "40 octets of the server had not been acknowledged before." in finding.message


def test_nearly_the_reset_is_unprovoked() -> None:
    assert case(SERVED + SERVER_CLOSED + "9 S RST_ABORT", until=10).codes() == ["reset-abort"]


def test_nearly_the_reset_answers_a_syn() -> None:
    assert case("0 C SYN\n0.01 S RST_REFUSED", until=10).codes() == ["connection-refused"]


def test_cannot_tell_where_what_provoked_it_was_not_captured() -> None:
    finding = case(OPENED + "3 S RST_REPLY", until=9, marks={"gap"}).only("reset-closed-socket")

    assert finding.confidence == "possible"
    assert "a segment of 10.0.0.5:51234" in finding.message
