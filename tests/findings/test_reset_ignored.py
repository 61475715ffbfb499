"""reset-ignored: a RST whose number is not taken, and life after it."""

import pytest

from tests.findings.kernels import found, recorded
from tests.findings.transcript import SERVED, case

CLOSED = "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C ACK_OF_FIN\n"


def test_a_reset_in_the_window_draws_only_a_challenge() -> None:
    ignored = case(SERVED + "1 S RST_IN_WINDOW\n1.5 C LIVES_ON\n" + CLOSED, until=9)
    finding = ignored.only("reset-ignored")

    assert ignored.codes() == ["reset-ignored"]
    assert (finding.severity, finding.end, finding.confidence) == ("info", "server", "certain")
    assert finding.message == (
        "The RST at 12:00:01.000 (frame 6) bears the address of 10.0.0.9:8080. Its number lies in "
        "the window of 10.0.0.5:51234 but is not the next one, so it was ignored (a challenge ACK "
        "is all that it draws): 10.0.0.5:51234 went on 500 ms later (frame 7). No harm was done."
    )
    assert finding.frames == (6, 7)


def test_a_reset_outside_the_window() -> None:
    finding = case(SERVED + "1 C RST_OUTSIDE\n1.5 S LIVES_ON", until=9).only("reset-ignored")

    assert finding.end == "client"
    assert "lies outside the window of 10.0.0.9:8080, so it was ignored" in finding.message


@pytest.mark.parametrize("mark", ["RST_FOREIGN", "RST_DISOWNED"])
def test_somebody_on_the_path_sent_it(mark: str) -> None:
    injected = case(SERVED + f"1 C RST_OUTSIDE {mark}\n1.5 S LIVES_ON", until=9)

    assert injected.only("reset-ignored").end == "path"


def test_nearly_it_was_exact_and_taken() -> None:
    assert "reset-ignored" not in case(SERVED + "1 C RST_ABORT", until=9).codes()


def test_nearly_the_connection_was_over_already() -> None:
    """Copies of old segments meet closed sockets, whose RSTs nobody needs to ignore."""
    late = CLOSED + "4 S RST_OUTSIDE\n5 C LIVES_ON"
    assert "reset-ignored" not in case(SERVED + late, until=9).codes()

    reset = "1 C RST_ABORT\n1.1 C RST_OUTSIDE\n2 C LIVES_ON"
    assert "reset-ignored" not in case(SERVED + reset, until=9).codes()


def test_cannot_tell_without_a_sign_of_its_receiver() -> None:
    assert case(SERVED + "1 S RST_OUTSIDE", until=9).codes() == []
    assert case(SERVED + "1 S RST_OUTSIDE\n1.5 S LIVES_ON", until=9).codes() == []


def test_with_a_gap_it_is_only_possible() -> None:
    gap = case(SERVED + "1 S RST_OUTSIDE\n1.5 C LIVES_ON", until=9, marks={"gap"})

    assert gap.only("reset-ignored").confidence == "possible"


def test_recordings_whose_kernels_took_no_reset_and_no_others() -> None:
    told = found("reset-ignored")
    forged = {
        (it.scenario, it.point)
        for it in recorded()
        if it.scenario in ("rst_in_window", "rst_outside_window")
        and it.kernel["seen"][it.point]["forged"]
    }

    assert set(told) == forged
    for it in recorded():
        if (it.scenario, it.point) in forged:
            assert it.kernel["resets_taken"] == {"client": [], "server": []}
