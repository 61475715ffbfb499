"""slow-close: the peer's FIN is acknowledged, and the own one comes much later."""

import pytest

from pcapflow.tcp.timers import SECOND, Settings
from tests.findings.kernels import found, recorded
from tests.findings.transcript import OPENED, REQUEST, SERVED, case

SERVER_CLOSED = "3.120 S FIN\n3.130 C ACK_OF_FIN\n"
CLIENT_CLOSED = "3.120 C FIN\n3.130 S ACK_OF_FIN\n"


def test_a_pool_that_closes_late() -> None:
    finding = case(SERVED + SERVER_CLOSED + "69.93 C FIN\n69.94 S ACK_OF_FIN", until=70).only(
        "slow-close"
    )

    assert (finding.severity, finding.end, finding.confidence) == ("warning", "client", "likely")
    assert finding.message == (
        "10.0.0.5:51234 acknowledged the server's FIN at 12:00:03.130 and closed its own side at "
        "12:01:09.930 (frame 8), after 66.8 s of silence in CLOSE_WAIT."
    )
    assert "ss -tanp state close-wait dst 10.0.0.9:8080" in finding.advice
    assert finding.frames == (6, 7, 8)


def test_a_server_that_goes_on_after_end_of_file() -> None:
    late = SERVED + CLIENT_CLOSED + "5 S DATA\n80 S FIN\n80.01 C ACK_OF_FIN"
    finding = case(late, until=90).only("slow-close")

    assert finding.end == "server"
    assert "sent its last octet at 12:00:05.000 and closed" in finding.message
    assert "after 75 s of silence" in finding.message
    assert "in the log of 10.0.0.9 from 12:00:03.130 to 12:01:20.000 UTC" in finding.advice


def test_a_farewell_of_the_client_does_not_hide_the_silence_before_it() -> None:
    late = case(SERVED + SERVER_CLOSED + "80 C DATA FIN\n80.01 S RST_REPLY", until=81)

    assert "after 76.9 s" in late.only("slow-close").message


@pytest.mark.parametrize(("waited", "codes"), [(59.9, []), (60, ["slow-close"])])
def test_the_threshold(waited: float, codes: list[str]) -> None:
    closing = f"{3.13 + waited} C FIN\n{3.14 + waited} S ACK_OF_FIN"

    assert case(SERVED + SERVER_CLOSED + closing, until=99).codes() == codes


def test_the_threshold_is_that_of_the_leak() -> None:
    closed = case(SERVED + SERVER_CLOSED + "9 C FIN\n9.01 S ACK_OF_FIN", until=10)

    assert closed.codes() == []
    assert closed.codes(Settings(close_wait_after=5 * SECOND)) == ["slow-close"]


def test_nearly_it_never_closed() -> None:
    assert "slow-close" not in case(SERVED + SERVER_CLOSED, until=90).codes()


def test_nearly_a_late_reply_was_owed() -> None:
    late = case(REQUEST + CLIENT_CLOSED + "80 S FIN\n80.01 C ACK_OF_FIN", until=81)

    assert "slow-close" not in late.codes()


def test_nearly_it_went_on_sending() -> None:
    busy = case(OPENED + "1 C DATA\n" + CLIENT_CLOSED + "80 S DATA\n80.1 S FIN", until=81)

    assert "slow-close" not in busy.codes()


def test_cannot_tell_behind_a_closed_window() -> None:
    for shut in ("2 C ZERO_WINDOW\n" + CLIENT_CLOSED, CLIENT_CLOSED + "4 C ZERO_WINDOW\n"):
        held = case(SERVED + shut + "80 C WINDOW_OPENED\n80.1 S FIN", until=81)
        assert "slow-close" not in held.codes()


def test_cannot_tell_while_octets_go_unanswered() -> None:
    stuck = CLIENT_CLOSED + "4 S DATA\n4.2 S DATA_AGAIN\n6 S DATA_AGAIN UNANSWERED\n"

    assert "slow-close" not in case(SERVED + stuck + "80 S FIN", until=81).codes()


def test_cannot_tell_whether_it_had_closed_before_the_capture_began() -> None:
    hint = case(SERVER_CLOSED + "4 C FIN_HINT\n80 C FIN", until=81, marks={"mid-stream"})

    assert "slow-close" not in hint.codes()


def test_with_a_gap_it_is_only_possible() -> None:
    late = SERVED + SERVER_CLOSED + "69.93 C FIN\n69.94 S ACK_OF_FIN"

    assert case(late, until=70, marks={"gap"}).only("slow-close").confidence == "possible"


def test_kernels_that_left_close_wait_late_and_no_others() -> None:
    settings = Settings(close_wait_after=SECOND // 2)
    answering = {"half_close_data", "half_close_keep_alives", "starts_in_half_close"}
    slow = {
        (it.scenario, it.point, end)
        for it in recorded(settings)
        for end in ("client", "server")
        for stayed, after in it.stays(end, "CLOSE_WAIT")
        if stayed >= 0.5 and after == "LAST_ACK" and it.scenario not in answering
    }
    told = {(*where, f.end) for where, fs in found("slow-close", settings).items() for f in fs}

    assert told == slow
