"""truncated: the file breaks off before the connection ended."""

import pytest

from tests.findings.transcript import SERVED, case

ORDERLY = "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C ACK_OF_FIN"


def test_the_file_breaks_off_in_an_open_connection() -> None:
    finding = case(SERVED, until=9, marks={"truncated"}).only("truncated")

    assert (finding.severity, finding.end, finding.confidence) == ("info", "capture", "certain")
    assert "last whole one: 12:00:09.000" in finding.message


@pytest.mark.parametrize("ending", [ORDERLY, "3 C RST_ABORT", "3 C REUSE"])
def test_nearly_it_had_ended_before(ending: str) -> None:
    assert "truncated" not in case(SERVED + ending, until=9, marks={"truncated"}).codes()


def test_cannot_tell_what_a_leak_did_after_the_cut() -> None:
    leak = case(SERVED + "3 S FIN\n3.01 C ACK_OF_FIN", until=90, marks={"truncated"})

    assert leak.codes()[0] == "close-wait-leak"
    assert leak.codes()[-1] == "truncated"
