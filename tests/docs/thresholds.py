"""Every number at which a judgement turns: what it decides, and why it is that number.

The numbers themselves are read from the modules' text, since the hot ones are C variables once
they are compiled: what a page shows is what the code does.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

from pcapflow.tcp.timers import MS, SECOND

UNITS = {"MS": MS, "SECOND": SECOND, "MINUTE": 60 * SECOND}
PACKAGE = Path(__file__).parents[2] / "pcapflow"


class Threshold(NamedTuple):
    """The constant ``name`` of ``module``; ``unit`` is ns, or the word for what is counted."""

    module: str
    name: str
    unit: str
    meaning: str
    source: str


THRESHOLDS = (
    Threshold(
        "engine/resets.py",
        "_UNKNOWN_ROUND_TRIP",
        "ns",
        "the round trip, where the capture does not show it",
        "own choice, as Linux's TCP_RTO_MIN; RFC 6298 would wait longer still",
    ),
    Threshold(
        "engine/resets.py",
        "_MS",
        "ns",
        "what is added to one and a half measured round trips, for a kernel's own delay",
        "own choice",
    ),
    Threshold(
        "engine/resets.py",
        "_ID_STEP",
        "ids",
        "an IP id so far from the sender's last does not fit that end (RST only)",
        "own choice: far beyond what one busy host counts between two of one connection's segments",
    ),
    Threshold(
        "engine/duplicates.py",
        "_SAME_WIRE",
        "ns",
        "the same packet again on one interface, known by its IP id: a capture duplicate",
        "own choice; at another interface any distance is one",
    ),
    Threshold(
        "engine/duplicates.py",
        "_SAME_WIRE_NO_ID",
        "ns",
        "the same without a usable IP id (IPv6, or id 0)",
        "own choice, far below any retransmission timeout",
    ),
    Threshold(
        "engine/duplicates.py",
        "_IDS_BEHIND",
        "ids",
        "a packet from another interface with an IP id so far behind the sender's last is a copy",
        "own choice: more than are on their way between two interfaces at once",
    ),
    Threshold(
        "engine/stream.py",
        "FAR",
        "octets",
        "numbers further ahead are believed only when they come twice",
        "own choice: garbled captures",
    ),
    Threshold(
        "engine/sequence.py",
        "UNANSWERED_LIMIT",
        "in a row",
        "repeats or probes that prove that nobody answers",
        "own choice: fewer may just be lost",
    ),
    Threshold(
        "engine/rows.py",
        "QUIET",
        "ns",
        "an ended connection is let go after this silence",
        "RFC 9293 §3.4.2: 2MSL, the longest of all profiles",
    ),
    Threshold(
        "engine/rows.py",
        "_SYN_QUIET",
        "ns",
        "a SYN never answered is let go after this silence",
        "Linux gives up after 127 s (net.ipv4.tcp_syn_retries: 6), others sooner",
    ),
    Threshold(
        "engine/rows.py",
        "_FORGOTTEN",
        "ns",
        "recent packets are forgotten after this silence where all come from one place",
        "twice what an exact copy needs at most",
    ),
    Threshold(
        "engine/rows.py",
        "AWAKE",
        "rows",
        "kept unpacked, however quiet they are",
        "own choice: 26 MB, and more than are spoken on at one time",
    ),
    Threshold(
        "engine/clock.py",
        "STITCHED",
        "ns",
        "a whole capture silent for so long, or gone back so far, is two joined",
        "own choice",
    ),
    Threshold(
        "engine/track.py",
        "_NEAR",
        "octets",
        "a SYN-ACK this near to the numbers in use belongs to the connection at hand",
        "own choice: an unscaled window",
    ),
    Threshold(
        "engine/track.py",
        "_QUOTED",
        "octets",
        "an ICMP error that quotes a number so far behind is not about this connection",
        "own choice, more than is on its way at once; RFC 5927 §4.1",
    ),
    Threshold(
        "tcp/timers.py",
        "NEAR_SHARE",
        "of a round trip",
        "an end with less than this share of the handshake is where the capture was made",
        "own choice",
    ),
    Threshold(
        "tcp/timers.py",
        "NEAR_LEAST",
        "ns",
        "round trips below this do not tell where: kernels' own delays hide it",
        "own choice",
    ),
    Threshold(
        "tcp/timers.py",
        "OWN_HOST",
        "ns",
        "an end that answers within this is on the capture's own host: nothing is lost between",
        "own choice: a kernel's own delay on a busy machine",
    ),
    Threshold(
        "findings/data_lost_at_close.py",
        "EN_ROUTE",
        "ns",
        "an end that resets sooner after its last octet may have had them acknowledged",
        "RFC 6298 §2.4: the least retransmission timeout",
    ),
    Threshold(
        "findings/data_lost_at_close.py",
        "LONGEST_PAUSE",
        "ns",
        "an end that repeated itself in vain, and is silent for so long, has given up",
        "TCP_RTO_MAX of Linux; RFC 6298 §2.5 allows no less than 60 s",
    ),
    Threshold(
        "findings/idle_drop.py",
        "LEAST",
        "ns",
        "a pause from this length on may have made a middlebox forget the connection (info)",
        "own choice: programs think for less",
    ),
    Threshold(
        "findings/idle_drop.py",
        "SHORTEST_TIMER",
        "ns",
        "... and from this one on usual ones do (warning)",
        "the shortest of the middleboxes' timers above",
    ),
    Threshold(
        "findings/idle_drop.py",
        "TOLERANCE",
        "of a silence",
        "a middlebox's timer up to this share had expired in it",
        "own choice: clocks, and segments that the capture does not show",
    ),
    Threshold(
        "findings/idle_drop.py",
        "NEAR",
        "of a silence",
        "a timer from this share on is called near it",
        "own choice",
    ),
    Threshold(
        "live/news.py",
        "SETTLE",
        "ns",
        "a live connection is judged so long after something happened to it",
        "own choice: what a close passes through on its way is no news",
    ),
)


def constants(module: str) -> dict[str, float]:
    """The numbers that a module assigns to names in capitals at its top, by their text."""
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    found: dict[str, float] = {}
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.isupper():
                number = _number(value)
                if number is not None:
                    found[name] = number
    return found


def _number(value: ast.expr) -> float | None:
    match value:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Call(
            func=ast.Attribute(attr="declare"), args=[_, ast.Constant(value=int(number))]
        ):
            return number
        case ast.Name(id=unit) if unit in UNITS:
            return UNITS[unit]
        case ast.BinOp(
            left=ast.Constant(value=int(number)), op=ast.Mult(), right=ast.Name(id=unit)
        ) if unit in UNITS:
            return number * UNITS[unit]
    return None


def written(number: float, unit: str = "ns") -> str:
    """A number with its unit, times in seconds or milliseconds: ``60 s``, ``0.3 ms``."""
    if unit != "ns":
        return f"{number:,} {unit}"
    return f"{number / SECOND:.12g} s" if number >= SECOND else f"{number / MS:g} ms"
