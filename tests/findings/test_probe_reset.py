"""probe-reset: opened and reset without a word."""

import pytest

from tests.findings.recordings import scenes
from tests.findings.transcript import OPENED, REQUEST, case


def test_a_health_check_that_resets_after_the_handshake() -> None:
    check = case(OPENED + "0.012 C RST_ABORT", until=9)
    finding = check.only("probe-reset")

    assert check.codes() == ["probe-reset", "reset-abort"]
    assert (finding.severity, finding.end, finding.confidence) == ("info", "client", "likely")
    assert finding.frames == (4,)
    assert finding.message == (
        "10.0.0.5:51234 opened a connection to 10.0.0.9:8080 and reset it after the handshake, 2 "
        "ms after the SYN, ACK, at 12:00:00.012 (frame 4); nothing was sent: a health check, a "
        "scan, or a connect() that was given up. The same segments also show reset-abort."
    )


@pytest.mark.parametrize("reset", ["RST_REPLY", "RST_ABORT"])
def test_a_scan_that_answers_the_syn_ack_by_rst(reset: str) -> None:
    scan = case(f"0 C SYN\n0.01 S SYN_ACK\n0.01 C {reset}", until=9)

    assert "reset it in the handshake" in scan.only("probe-reset").message
    assert {f.severity for f in scan.findings()} == {"info"}


@pytest.mark.parametrize(
    "other",
    [
        "0.02 C DATA\n0.03 C RST_ABORT",
        "0.02 S DATA\n0.03 C RST_ABORT",
        "0.02 C FIN\n0.03 C RST_ABORT",
        "0.02 S FIN\n0.03 C RST_ABORT",
        "0.02 S RST_ABORT",
        "0.02 C RST_ABORT RST_FOREIGN",
        "0.02 C FIN\n0.03 S ACK_OF_FIN FIN\n0.04 C ACK_OF_FIN",
    ],
)
def test_nearly_something_else_happened_first(other: str) -> None:
    assert "probe-reset" not in case(OPENED + other, until=9).codes()


def test_nearly_the_connection_lasted() -> None:
    assert case(OPENED + "1.010 C RST_ABORT", until=9).codes() == ["reset-abort"]


def test_cannot_tell_without_the_opening_or_where_the_request_was_missed() -> None:
    assert "probe-reset" not in case("0 C RST_ABORT", until=9, marks={"mid-stream"}).codes()
    assert "probe-reset" not in case(REQUEST + "0.03 C RST_ABORT_LOSS", until=9).codes()


def test_the_recording_of_a_connect_that_was_given_up() -> None:
    assert scenes("probe-reset") == {"connect_aborted": "client middle server"}
