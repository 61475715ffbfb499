"""time-wait-assassination: a RST meets an end in TIME_WAIT."""

import pytest

from pcapflow.tcp.timers import SECOND
from tests.findings.recordings import scenes
from tests.findings.transcript import SERVED, case
from tests.lab.fixtures import fixture_names, load

CLOSED = SERVED + "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C ACK_OF_FIN\n"


@pytest.mark.parametrize("reset", ["RST_ABORT", "RST_REPLY"])
def test_a_reset_after_the_close(reset: str) -> None:
    finding = case(CLOSED + f"4 S {reset}", until=9).only("time-wait-assassination")

    assert (finding.severity, finding.end, finding.confidence) == ("info", "client", "likely")
    assert finding.frames == (9,)
    assert finding.message.startswith(
        "A RST of 10.0.0.9:8080 at 12:00:04.000 (frame 9) met 10.0.0.5:51234 in TIME_WAIT, 980 ms "
        "after the close was complete: it ends that state before its time, unless the kernel "
        "ignores it. No octet was lost."
    )


def test_nearly_the_one_in_time_wait_sends_it() -> None:
    assert "time-wait-assassination" not in case(CLOSED + "4 C RST_ABORT", until=9).codes()


def test_nearly_it_comes_in_place_of_the_last_ack() -> None:
    closing = SERVED + "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C RST_REPLY"

    assert "time-wait-assassination" not in case(closing, until=9).codes()


def test_nearly_time_wait_is_over() -> None:
    assert "time-wait-assassination" not in case(CLOSED + "64 S RST_ABORT", until=90).codes()


def test_nearly_the_reset_is_not_taken() -> None:
    assert "time-wait-assassination" not in case(CLOSED + "4 S RST_OUTSIDE", until=9).codes()


def test_nearly_it_belongs_to_a_new_connection_that_is_refused() -> None:
    refused = "4 C CHALLENGE_ACK\n4.01 S RST_OF_CHALLENGE\n5 C CHALLENGE_ACK\n5 S RST_REPLY"

    assert "time-wait-assassination" not in case(CLOSED + refused, until=9).codes()


def test_cannot_tell_for_certain_with_gaps() -> None:
    gap = case(CLOSED + "4 S RST_ABORT", until=9, marks={"gap"})

    assert gap.only("time-wait-assassination").confidence == "possible"


def test_the_recordings_where_the_kernel_left_time_wait_early() -> None:
    """All of these and no other, but for one whose kernel ignored the RST: no capture shows that.

    A forged RST is not seen at the end that it names.
    """
    early = {name for name in fixture_names() if _left_early(name)}
    found = scenes("time-wait-assassination")

    assert found.keys() == early | {"time_wait_survives"}
    assert len(early) == 6
    for name, points in found.items():
        forged = name in ("time_wait_assassination", "time_wait_survives")
        assert points == ("client middle" if forged else "client middle server")


def _left_early(name: str) -> bool:
    """Whether an end's TIME_WAIT was over before its time, and not for a new connection."""
    connections = load(name)["connections"]
    for truth in connections:
        for steps in truth["timeline"].values():
            begun = next((step["at"] for step in steps if step["state"] == "TIME_WAIT"), None)
            if begun is None or steps[-1]["state"] != "CLOSED":
                continue
            if steps[-1]["at"] - begun < 60 * SECOND and len(connections) == 1:
                return True
    return False
