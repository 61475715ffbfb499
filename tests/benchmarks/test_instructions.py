"""How counts of instructions are added up by room, and told apart; on made-up figures."""

from collections import Counter

from tests.benchmarks.instructions import rooms_of, shares_of, table
from tests.benchmarks.page import lines

TOLD = """\
Ir
1,626,260,488 (100.0%)  PROGRAM TOTALS

Ir                    file:function
154,788,300 ( 9.52%)  ???:goes_on [/a/pcapflow/engine/plain.cpython-311-x86_64-linux-gnu.so]
  1,000,000 ( 0.06%)  ???:run [/a/pcapflow/engine/plain.cpython-311-x86_64-linux-gnu.so]
 72,293,004 ( 4.45%)  Python/ceval.c:_PyEval_EvalFrameDefault'2 [/usr/lib/libpython3.11.so.1.0]
  7,000,000 ( 0.43%)  ???:main [/usr/bin/python3.11]
 17,371,525 ( 1.07%)  ./string/memcpy.S:memcpy [/usr/lib/x86_64-linux-gnu/libc.so.6]
"""


def test_counts_are_added_up_by_room() -> None:
    assert rooms_of(TOLD.splitlines()) == {
        "plain": 155_788_300,
        "Python": 79_293_004,
        "other libraries": 17_371_525,
    }


def test_what_a_packet_a_connection_and_a_run_cost_is_told_apart() -> None:
    counted = {
        (packets, each): Counter(
            plain=packets * 400, log=packets // each * 9000, Python=5_000_000, track=packets
        )
        for packets in (100_000, 1_000_000)
        for each in (50, 500)
    }
    found = {s.room: (round(s.packet), round(s.connection), s.once) for s in shares_of(counted)}
    assert found == {
        "plain": (400, 0, 0),
        "log": (0, 9000, 0),
        "track": (1, 0, 0),
        "Python": (0, 0, 5000),
    }
    assert list(found) == ["plain", "log", "track", "Python"]  # what matters most first
    assert table(shares_of(counted))[-1].split() == ["all", "401.0", "9,000", "5,000"]


def test_the_page_has_the_counts() -> None:
    each = {"room": "plain", "packet": 200.4, "connection": 12.0, "once": 3.0}
    machine = {"processors": 2, "python": "3.11", "date": "2026-01-01"}
    page = "\n".join(lines([{"machine": machine, "instructions": [each]}], "benchmark.svg"))
    assert "## Where the instructions go" in page
    assert "| plain | 200.4 | 12 | 3 |" in page
    assert "| **all** | 200.4 | 12 | 3 |" in page
