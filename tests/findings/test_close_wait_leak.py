"""close-wait-leak: the peer's FIN is acknowledged, and then silence."""

import pytest

from pcapflow.tcp.timers import SECOND, Settings
from tests.findings.transcript import OPENED, REQUEST, SERVED, case

SERVER_CLOSED = "3.120 S FIN\n3.130 C ACK_OF_FIN\n"
MID_STREAM = {"mid-stream"}


def test_a_client_that_never_closes() -> None:
    finding = case(SERVED + SERVER_CLOSED, until=69.93).only("close-wait-leak")

    assert (finding.severity, finding.end, finding.confidence) == ("warning", "client", "likely")
    assert finding.message == (
        "10.0.0.5:51234 acknowledged the server's FIN at 12:00:03.130 and has not closed for "
        "66.8 s; most likely its application never called close(). "
        "The same segments also show fin-wait-2-timeout."
    )
    assert finding.advice.splitlines()[0] == (
        "on 10.0.0.5: ss -tanp state close-wait dst 10.0.0.9:8080"
    )
    assert finding.frames == (6, 7)


def test_a_server_that_never_closes_and_owes_nothing() -> None:
    finding = case(SERVED + "3 C FIN\n3.01 S ACK_OF_FIN", until=69.93).only("close-wait-leak")

    assert (finding.severity, finding.end) == ("warning", "server")
    assert "ss -tanp state close-wait src 10.0.0.9:8080" in finding.advice


def test_without_any_data_nothing_is_owed() -> None:
    assert "close-wait-leak" in case(OPENED + "3 C FIN\n3.01 S ACK_OF_FIN", until=90).codes()


def test_an_unanswered_client_owes_a_closing_server_nothing() -> None:
    assert "close-wait-leak" in case(REQUEST + SERVER_CLOSED, until=90).codes()


def test_keep_alives_are_silence() -> None:
    finding = case(SERVED + SERVER_CLOSED + "33 S KEEP_ALIVE\n63 S KEEP_ALIVE", until=69.93).only(
        "close-wait-leak"
    )

    assert "for 66.8 s" in finding.message
    assert "Only keep-alives" in finding.message


@pytest.mark.parametrize(
    ("waited", "codes", "severity"),
    [
        (9, [], None),
        (10, ["close-wait-leak"], "info"),
        (60, ["close-wait-leak"], "warning"),
    ],
)
def test_the_thresholds(waited: float, codes: list[str], severity: str | None) -> None:
    leak = case(SERVED + SERVER_CLOSED, until=3.13 + waited)

    found = [f for f in leak.findings() if f.code == "close-wait-leak"]
    assert [f.code for f in found] == codes
    assert [f.severity for f in found] == ([severity] if severity else [])


def test_a_warning_threshold_below_the_notice_leaves_no_notice() -> None:
    leak = case(SERVED + SERVER_CLOSED, until=3.13 + 6)

    assert leak.only("close-wait-leak", Settings(close_wait_after=5 * SECOND)).severity == "warning"
    assert leak.codes(Settings(close_wait_after=8 * SECOND)) == []


def test_after_data_the_wait_begins_with_the_last_octet() -> None:
    leak = case(SERVED + SERVER_CLOSED + "4 C DATA\n9 C DATA", until=100)

    assert leak.codes() == ["close-wait-leak", "half-close"]
    finding = leak.only("close-wait-leak")
    assert "sent its last octet at 12:00:09.000 and has been silent for 91 s" in finding.message
    assert finding.message.endswith("The same segments also show half-close.")


def test_nearly_the_client_closes_late() -> None:
    late = case(SERVED + SERVER_CLOSED + "80 C FIN\n80.01 S ACK_OF_FIN", until=200)

    assert late.codes() == ["slow-close"]


def test_nearly_a_reset_frees_it() -> None:
    reset = case(SERVED + SERVER_CLOSED + "80 C RST_ABORT", until=200)

    assert reset.codes() == ["reset-abort"]


def test_nearly_octets_wait_for_a_peer_that_is_gone() -> None:
    stuck = SERVER_CLOSED + "4 C DATA\n4.2 C DATA_AGAIN\n5 C DATA_AGAIN UNANSWERED"

    assert "close-wait-leak" not in case(SERVED + stuck, until=200).codes()


def test_behind_a_closed_window_it_is_only_possible() -> None:
    finding = case(SERVED + "3 S FIN ZERO_WINDOW\n3.1 C ACK_OF_FIN", until=90).only(
        "close-wait-leak"
    )

    assert finding.confidence == "possible"
    assert "may wait behind data" in finding.message


def test_with_a_gap_in_the_capture_it_is_only_possible() -> None:
    leak = case(SERVED + SERVER_CLOSED, until=90, marks={"gap"})

    assert leak.only("close-wait-leak").confidence == "possible"


def test_cannot_tell_whether_the_end_had_closed_before_the_capture_began() -> None:
    assert case(SERVER_CLOSED, until=90, marks=MID_STREAM).codes() == ["mid-stream"]


@pytest.mark.parametrize("proof", ["1 C DATA\n2 S DATA\n", "1 C DATA\n"])
def test_data_in_mid_stream_proves_that_it_had_not(proof: str) -> None:
    leak = case(proof + SERVER_CLOSED + "4 C DATA", until=90, marks=MID_STREAM)

    assert "close-wait-leak" in leak.codes()


def test_a_keep_alive_of_the_open_end_proves_it_too() -> None:
    leak = case(SERVER_CLOSED + "20 C KEEP_ALIVE", until=90, marks=MID_STREAM)

    assert leak.codes() == ["close-wait-leak", "mid-stream"]
