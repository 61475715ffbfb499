"""data-after-close: data meets an end behind its FIN, and draws a RST."""

import pytest

from tests.findings.kernels import found
from tests.findings.transcript import OPENED, REQUEST, SERVED, case

IDLE = SERVED + "5.030 S FIN\n"
"""The server closes 5 s after its last reply."""
STALE = IDLE + "5.040 C ACK_OF_FIN\n"
HUNG_UP = "3 C FIN\n3.01 S ACK_OF_FIN\n"


def test_the_keep_alive_race_captured_at_the_server() -> None:
    race = case(
        IDLE + "5.035 C DATA\n5.035 S RST_REPLY\n5.060 C ACK_OF_FIN",
        until=9,
        unacknowledged=(512, 0),
    )
    finding = race.only("data-after-close")

    assert race.codes() == ["data-after-close", "data-lost-at-close", "reset-closed-socket"]
    assert (finding.severity, finding.end, finding.confidence) == ("error", "server", "certain")
    assert finding.message == (
        "10.0.0.9:8080 closed at 12:00:05.030 (frame 6), 5 s after its last reply; 512 octets of "
        "10.0.0.5:51234 (frame 7) were under way then, crossed the FIN and were answered by RST at "
        "12:00:05.035 (frame 8). A request is lost, and its client may not know whether it was "
        "carried out. The same segments also show data-lost-at-close and reset-closed-socket."
    )
    assert finding.advice.splitlines()[0] == (
        "on 10.0.0.9: make the keep-alive timeout (about 5 s) longer than the time for which "
        "10.0.0.5 keeps idle connections"
    )
    assert finding.frames == (6, 7, 8)


def test_the_same_race_captured_at_the_client() -> None:
    """The request is captured before the FIN that it crossed, so it is plain data there."""
    race = SERVED + "5.02 C DATA\n5.03 S FIN\n5.03 C ACK_OF_FIN\n5.05 S RST_AT_FIN"
    finding = case(race, until=9).only("data-after-close")

    assert (finding.severity, finding.end, finding.confidence) == ("error", "server", "likely")
    assert "5 s after its last reply; octets of 10.0.0.5:51234 were under way" in finding.message


def test_a_client_that_closes_while_the_reset_is_under_way() -> None:
    race = SERVED + "5.02 C DATA\n5.03 S FIN\n5.03 C ACK_OF_FIN\n5.031 C FIN\n5.05 S RST_AT_FIN"

    assert case(race, until=9).only("data-after-close").severity == "error"


def test_a_close_right_after_a_reply_is_no_timeout() -> None:
    race = SERVED + "0.04 S FIN\n0.045 C DATA\n0.045 S RST_REPLY"
    finding = case(race, until=9).only("data-after-close")

    assert "10 ms after its last reply" in finding.message
    assert "limit of requests per connection" in finding.advice


def test_a_stale_pooled_connection() -> None:
    stale = case(STALE + "60 C DATA\n60.01 S RST_REPLY", until=61, unacknowledged=(300, 0))
    finding = stale.only("data-after-close")

    assert (finding.severity, finding.end, finding.confidence) == ("error", "server", "certain")
    assert "had acknowledged that, and sent 300 octets all the same (frame 8)" in finding.message
    assert "55 s after the FIN" in finding.message
    assert "in the pool of 10.0.0.5: drop a connection" in finding.advice
    assert finding.frames == (6, 7, 8, 9)


def test_an_answer_to_a_client_that_hung_up() -> None:
    finding = case(REQUEST + HUNG_UP + "4 S DATA\n4.01 C RST_REPLY", until=9).only(
        "data-after-close"
    )

    assert (finding.severity, finding.end) == ("error", "client")
    assert "without waiting; octets of 10.0.0.9:8080 (frame 7) came 1 s later" in finding.message
    assert "The client never got its answer." in finding.message
    assert "the client's timeout must be longer" in finding.advice


def test_a_stream_whose_client_left_is_a_warning() -> None:
    finding = case(SERVED + HUNG_UP + "9 S DATA\n9.01 C RST_REPLY", until=10).only(
        "data-after-close"
    )

    assert finding.severity == "warning"
    assert "If that was an answer, the client did not wait for it." in finding.message


@pytest.mark.parametrize(
    "closing",
    [
        pytest.param("5.041 C DATA\n5.06 S RST_REPLY", id="close_notify, then the RST is there"),
        pytest.param("5.041 C DATA FIN\n5.06 S RST_REPLY", id="close_notify and FIN"),
        pytest.param("60 C DATA\n60.001 C FIN\n60.01 S RST_REPLY", id="a pool evicts it"),
    ],
)
def test_a_farewell_to_a_server_is_info(closing: str) -> None:
    case_ = case(STALE + closing, until=99, unacknowledged=(31, 0))
    finding = case_.only("data-after-close")

    assert finding.severity == "info"
    assert " octets, was answered by RST" in finding.message
    assert (
        "most likely a farewell (TLS close_notify, QUIT), which nobody misses." in finding.message
    )
    assert {f.severity for f in case_.findings() if f.code != "slow-close"} == {"info"}


def test_a_farewell_to_a_client_is_info() -> None:
    for closing in ("3.02 S DATA FIN\n3.03 C RST_REPLY", "3.02 S DATA\n3.03 C RST_REPLY"):
        assert case(SERVED + HUNG_UP + closing, until=9).only("data-after-close").severity == "info"


def test_a_banner_for_a_health_check_is_info() -> None:
    """It connects and closes; the server's greeting finds nobody, and answers nothing."""
    probe = OPENED + HUNG_UP + "3.5 S DATA\n3.51 C RST_REPLY"

    assert {f.severity for f in case(probe, until=9).findings()} == {"info"}


def test_a_long_farewell_is_named_so() -> None:
    long = case(STALE + "5.041 C DATA FIN\n5.06 S RST_REPLY", until=9, unacknowledged=(900, 0))

    assert "It is long for one" in long.only("data-after-close").message


def test_nearly_a_half_close() -> None:
    assert "data-after-close" not in case(REQUEST + HUNG_UP + "4 S DATA", until=9).codes()


def test_nearly_the_reset_answers_a_fin() -> None:
    assert "data-after-close" not in case(STALE + "60 C FIN\n60.01 S RST_REPLY", until=99).codes()


def test_nearly_a_reset_in_another_ends_name() -> None:
    forged = STALE + "60 C DATA\n60.01 S RST_REPLY RST_FOREIGN"

    assert "data-after-close" not in case(forged, until=99).codes()


def test_cannot_tell_without_the_fin() -> None:
    codes = case(SERVED + "60 C DATA\n60.01 S RST_REPLY", until=99).codes()

    assert "data-after-close" not in codes
    assert "reset-closed-socket" in codes


def test_with_a_gap_it_is_only_possible() -> None:
    stale = case(STALE + "60 C DATA\n60.01 S RST_REPLY", until=61, marks={"gap"})

    assert stale.only("data-after-close").confidence == "possible"


def test_recordings_where_data_met_a_closed_end_and_no_others() -> None:
    """Behind ``answer_crosses_fin``, captured at its server, stands no data: it left before."""
    told = {
        scenario: {
            (f.severity, f.end) for (name, _), fs in here.items() if name == scenario for f in fs
        }
        for here in [found("data-after-close")]
        for scenario, _ in here
    }

    assert told == {
        "answer_crosses_fin": {("error", "client")},
        "orphan_times_out_then_data": {("error", "server")},
        "simultaneous_close_with_data": {("info", "server")},
        "write_to_closed_peer": {("error", "client")},
    }
