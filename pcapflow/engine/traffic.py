"""What a row's segments show of its connection, as everybody reads it: a ``Traffic``.

Nothing here is judged, so it costs little: rules tell of a connection by it alone.
"""

from __future__ import annotations

from functools import lru_cache

from pcapflow.engine.facts import Facts
from pcapflow.engine.layout import LETTERS, MARK_CLOSED_EARLY, MARK_GUESSED, TUNNELS
from pcapflow.model import ENDS, End, Endpoint, Event, Fin, Traffic, Unreachable
from pcapflow.tcp.codes import CODES, FINS, RSTS
from pcapflow.tcp.timers import MS
from pcapflow.values import of

NAMED: dict[int, tuple[str, End]] = {
    code << 1 | i: (name, end) for name, code in CODES.items() for i, end in enumerate(ENDS)
}
"""The engine's events (``code << 1 | end``) as (code name, end)."""
FIN_EVENTS, RST_EVENTS = (
    tuple(frozenset(CODES[name] << 1 | end for name in codes) for end in range(len(ENDS)))
    for codes in (FINS, RSTS)
)
"""Those of them that are FINs of the client, and of the server; and RSTs."""


def traffic(row: Facts) -> Traffic:
    """Decode what a row has seen; the id is the tracker's number."""
    one, two = row.sides
    return of(
        Traffic,
        (
            row.number,
            of(Endpoint, (address(row.version, *row.client), row.ports >> 16)),
            of(Endpoint, (address(row.version, *row.server), row.ports & 0xFFFF)),
            "guessed" if row.marks & MARK_GUESSED else "handshake",
            row.first,
            row.last,
            (one.packets, two.packets),
            (one.octets, two.octets),
            (_fin(row, 0), _fin(row, 1)),
            (
                _frames(row, RST_EVENTS[0]) if one.rsts else (),
                _frames(row, RST_EVENTS[1]) if two.rsts else (),
            ),
            (one.rsts, two.rsts),
            history(*row.history),
            _events(row),
            row.duplicates,
            (one.unacknowledged, two.unacknowledged),
            (known(one.last_data), known(two.last_data)),
            (known(one.last), known(two.last)),
            one.rtt + two.rtt if one.rtt >= 0 and two.rtt >= 0 else None,
            row.end,
            TUNNELS[row.tunnel],
            bool(row.marks & MARK_CLOSED_EARLY),
            (_ns(one.idle), _ns(two.idle)),
            (_unreachable(row, 0), _unreachable(row, 1)),
        ),
    )


@lru_cache(maxsize=4096)
def address(version: int, high: int, low: int) -> str:
    """Two 64-bit words as an address in text: ``ipaddress`` would do, and takes long to import."""
    if version == 4:
        return f"{low >> 24}.{low >> 16 & 255}.{low >> 8 & 255}.{low & 255}"
    words = [word >> shift & 0xFFFF for word in (high, low) for shift in (48, 32, 16, 0)]
    text = "".join([f":{word:x}" for word in words]) + ":"
    for length in range(8, 1, -1):  # RFC 5952 §4.2: the longest run of zeros, the first of equals
        before, zeros, behind = text.partition(":0" * length + ":")
        if zeros:
            return f"{before[1:]}::{behind[:-1]}"
    return text[1:-1]


def known(number: int) -> int | None:
    """A time or a number of a row; None where it is not known."""
    return None if number < 0 else number


@lru_cache(maxsize=4096)
def history(low: int, high: int, count: int) -> str:
    """Zeek's letters; ^ where the first of them is the server's, which Zeek takes for a flip."""
    letters = []
    for i in range(count):
        value = (low >> 5 * i if i < 12 else high >> 5 * (i - 12)) & 31
        letter = LETTERS[value >> 1]
        letters.append(letter if value & 1 else letter.upper())
    return "^" * (low & min(count, 1)) + "".join(letters)


def _events(row: Facts) -> tuple[Event, ...]:
    """What happened, repeats included."""
    return tuple(
        [of(Event, (*NAMED[what], at, frame or None)) for what, at, frame, _ in row.events]
    )


def _fin(row: Facts, end: int) -> Fin | None:
    side = row.sides[end]
    if side.fin_count == 0:
        return None
    return Fin(side.fin_count, known(side.fin_acked_frame), _frames(row, FIN_EVENTS[end]))


def _frames(row: Facts, codes: frozenset[int]) -> tuple[int, ...]:
    return tuple([frame for what, _, frame, _ in row.events if frame and what in codes])


def _ns(ticks: int) -> int | None:
    return None if ticks < 0 else ticks * 10 * MS


def _unreachable(row: Facts, end: int) -> Unreachable | None:
    report = row.reports[end]
    return None if report is None else Unreachable(report[0], address(row.version, *report[1:]))
