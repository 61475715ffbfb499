"""States over time: each end's bands follow from each other without gaps."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pcapflow.model import ENDS, End
from pcapflow.scene import scene
from pcapflow.scene.marks import Band
from tests.scene.demo import DEMOS
from tests.scene.tape import Tape


def bands(name: str, end: End) -> list[Band]:
    drawn = scene(*DEMOS[name](), "1.0.0")
    return [m for m in drawn.marks if isinstance(m, Band) and m.end == end and m.spine != "none"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", DEMOS)
def test_bands_touch_and_are_tall_enough_for_a_name(name: str, end: End) -> None:
    found = bands(name, end)
    assert all(above.bottom == below.top for above, below in pairwise(found))
    inner = found[:-1] if found and found[-1].state in ("CLOSED", "TIME_WAIT") else found
    assert all(band.bottom - band.top >= 20 for band in inner)


def test_an_orderly_close_walks_through_the_states() -> None:
    assert [(b.state, b.certainty) for b in bands("orderly", "client")] == [
        ("SYN_SENT", "certain"),
        ("ESTABLISHED", "certain"),
        ("FIN_WAIT_1", "certain"),
        ("FIN_WAIT_2", "certain"),
        ("TIME_WAIT", "certain"),
        ("TIME_WAIT", "presumed"),
    ]
    assert [(b.state, b.certainty) for b in bands("orderly", "server")][-2:] == [
        ("LAST_ACK", "certain"),
        ("CLOSED", "presumed"),
    ]


def test_turns_that_crossing_segments_made_come_in_the_order_of_the_end() -> None:
    states = [b.state for b in bands("simultaneous-close", "client")]
    assert states[1:4] == ["ESTABLISHED", "FIN_WAIT_1", "CLOSING"]


def test_a_state_that_is_come_back_to_keeps_its_place() -> None:
    tape = Tape(opening="refused")
    tape.send("client", 0, "SYN", 0, None, codes="SYN", client="SYN_SENT")
    tape.send("server", 11, "RST, ACK", 0, 1, 0, "RST_REFUSED", client="CLOSED?")
    drawn = scene(*tape.cut("refused", ended_by="server"), "1.0.0")
    client = [m.state for m in drawn.marks if isinstance(m, Band) and m.end == "client"]
    assert client[:2] == ["SYN_SENT", "CLOSED"]


def test_a_leak_has_a_wedge_a_large_figure_and_the_pill() -> None:
    drawn = scene(*DEMOS["close-wait-leak-long"](), "1.0.0")
    (leak,) = [m for m in drawn.marks if isinstance(m, Band) and m.wedge]
    assert (leak.end, leak.state) == ("client", "CLOSE_WAIT")
    assert [(t.words.replace("\u00a0", " "), t.type.size) for t in leak.texts] == [
        ("CLOSE_WAIT", 21),
        ("66.8 s", 44),
        ("and counting", 17.5),
    ]
    words = [t.words for m in drawn.marks for t in getattr(m, "texts", ())]
    assert words.count("ITS TURN TO CLOSE") == 1
