"""Whose reset was it: marks that do not fit, and ends that go on."""

from __future__ import annotations

from tests.engine.observed import connections
from tests.wire import transcript

OPENED = """
    0.000 C > S SYN
    0.010 S > C SYN ACK
    0.020 C > S ACK
    0.030 C > S PSH ACK len=100
    0.040 S > C PSH ACK len=100
    0.050 C > S ACK
"""


def told(text: str, *, timestamps: bool = True) -> tuple[str, str | None, tuple[str, str]]:
    """The events after the opening, who ended it, and the last states."""
    (found,) = connections(transcript(OPENED + text, timestamps=timestamps))
    return " ".join(found.shape.split()[6:]), found.ended_by, found.states


def test_an_ends_own_reset_fits() -> None:
    assert told("0.5 C > S RST ACK") == ("C:RST_ABORT", "client", ("CLOSED", "CLOSED"))


def test_another_ttl_alone_proves_nothing() -> None:
    shape, who, _ = told("0.5 C > S RST ACK ttl=50")
    assert (shape, who) == ("C:RST_ABORT C:RST_ODD", "client")


def test_two_odd_marks_are_somebody_elses() -> None:
    shape, who, states = told("0.5 C > S RST ACK ttl=50 id=40000")
    assert (shape, who) == ("C:RST_ABORT C:RST_FOREIGN", "path")
    assert states == ("ESTABLISHED", "CLOSED"), "the client knows nothing of it"


def test_a_proxy_that_opens_and_resets_by_itself_has_a_ttl_of_its_own() -> None:
    """Captured behind a load balancer: SYN and RST are its own, what is between passes through."""
    opened = OPENED.replace("C > S SYN", "C > S SYN ttl=251")
    (found,) = connections(transcript(opened + "0.5 C > S RST ACK ttl=251 id=40000"))
    assert found.ended_by == "client"


def test_an_ip_id_of_zero_proves_nothing() -> None:
    assert told("0.5 C > S RST ACK id=0")[1] == "client"


def test_an_end_that_goes_on_has_not_sent_it() -> None:
    shape, who, _ = told("""
        0.5 C > S RST ACK
        1.0 C > S PSH ACK len=10
        1.02 S > C RST
    """)
    assert "C:RST_DISOWNED" in shape
    assert who == "path"


def test_octets_that_crossed_the_reset_prove_nothing() -> None:
    shape, _, _ = told("""
        0.5 C > S RST ACK
        0.501 C > S PSH ACK len=10
    """)
    assert "RST_DISOWNED" not in shape
