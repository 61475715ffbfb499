"""zero-window-at-close: a FIN waits until its receiver reads on."""

from pcapflow.tcp.timers import SECOND
from tests.findings.kernels import found, recorded
from tests.findings.transcript import OPENED, SERVED, case

UPLOAD = OPENED + "0.020 C DATA\n1 S ZERO_WINDOW\n8 S WINDOW_OPENED\n"


def test_a_fin_that_waited() -> None:
    held = case(UPLOAD + "8.2 C FIN\n8.3 S ACK_OF_FIN FIN\n8.31 C ACK_OF_FIN", until=9)
    finding = held.only("zero-window-at-close")

    assert held.codes() == ["zero-window-at-close"]
    assert (finding.severity, finding.end, finding.confidence) == ("info", "server", "likely")
    assert finding.message == (
        "10.0.0.9:8080 let its receive window close once, for 7 s (from 12:00:01.000); "
        "10.0.0.5:51234's FIN (frame 7) followed 200 ms after it last opened. So the FIN, or the "
        "octets before it, had to wait until the application read on."
    )
    assert "on 10.0.0.9: ss -tanmp src 10.0.0.9:8080" in finding.advice
    assert finding.frames == (5, 6, 7)


def test_a_window_that_closes_again_and_again() -> None:
    again = "8.1 S ZERO_WINDOW\n8.2 S WINDOW_OPENED\n8.3 C FIN"
    finding = case(UPLOAD + again, until=9).only("zero-window-at-close")

    assert "close twice, for at most 7 s (from 12:00:01.000)" in finding.message
    assert "followed 100 ms after it last opened" in finding.message


def test_a_reply_that_waits_for_the_client_that_has_closed() -> None:
    half = SERVED + "1 C FIN\n1.1 S ACK_OF_FIN\n1.2 S DATA\n2 C ZERO_WINDOW\n5 C WINDOW_OPENED\n"
    finding = case(half + "5.5 S FIN", until=6).only("zero-window-at-close")

    assert finding.end == "client"
    assert "ss -tanmp dst 10.0.0.9:8080" in finding.advice


def test_nearly_the_transfer_went_on_for_long() -> None:
    assert "zero-window-at-close" not in case(UPLOAD + "9 C FIN", until=10).codes()
    assert "zero-window-at-close" in case(UPLOAD + "8.999 C FIN", until=10).codes()


def test_nearly_the_fin_answers_the_receivers_own() -> None:
    answer = "8.1 S FIN\n8.2 C ACK_OF_FIN FIN\n8.3 S ACK_OF_FIN"

    assert "zero-window-at-close" not in case(UPLOAD + answer, until=10).codes()


def test_nearly_a_server_that_begins_with_a_closed_window() -> None:
    """Some balancers do so until they have found a server: nothing waited that was said."""
    balancer = "0.02 S ZERO_WINDOW\n0.03 S WINDOW_OPENED\n0.04 C DATA\n0.1 C FIN"

    assert "zero-window-at-close" not in case(OPENED + balancer, until=1).codes()


def test_cannot_tell_while_the_window_is_closed() -> None:
    """close() has perhaps been called, but no FIN shows it."""
    shut = OPENED + "0.020 C DATA\n1 S ZERO_WINDOW\n"

    assert "zero-window-at-close" not in case(shut, until=99).codes()


def test_with_a_gap_it_is_only_possible() -> None:
    held = case(UPLOAD + "8.2 C FIN", until=9, marks={"gap"})

    assert held.only("zero-window-at-close").confidence == "possible"


def test_recordings_whose_kernels_closed_before_the_fin_left_and_no_others() -> None:
    """The kernel tells when close() was called, and its own host's capture when the FIN left."""
    held = set()
    for it in recorded():
        if it.point not in ("client", "server") or it.scenario.startswith("silent_path"):
            continue  # there the octets before the FIN are lost, not held back
        left = [e.at for e in it.connection.events if e.end == it.point and e.code == "FIN"]
        closed = [
            step["at"]
            for step in it.kernel["timeline"][it.point]
            if step["state"] in ("FIN_WAIT_1", "LAST_ACK")
        ]
        if left and closed and left[0] - closed[0] > SECOND // 10:
            held.add(it.scenario)

    assert {scenario for scenario, _ in found("zero-window-at-close")} == held
