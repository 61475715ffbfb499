"""Generated traffic as columns: one row a packet, in the order of time."""

import random
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.script import ACK, ENDINGS, FIN, OPENING, RST, SYN, Step, exchange, parse

COLUMNS = ("time", "connection", "end", "flags", "seq", "ack", "length", "echoed", "count")
OPEN_AT_ONCE = 3000
FULL_SEGMENT = 1428
MICROSECOND, MILLISECOND, SECOND = 1_000, 1_000_000, 1_000_000_000
OPENING_STEPS = parse(OPENING)
ENDING_STEPS = {name: parse(script) for name, (_, script) in ENDINGS.items()}
START = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z


@dataclass(frozen=True, slots=True)
class Traffic:
    """Packets as columns, and what each connection is.

    columns       int64 arrays by the names of COLUMNS: `time` and `echoed` (when the peer's last
                  packet was sent, for TSecr) in ns since the epoch, `end` 0 client 1 server,
                  `length` octets of payload, `count` packets that this end has sent before
    endings       how many connections end in which way
    """

    columns: dict[str, NDArray[np.int64]]
    connections: int
    endings: Counter[str]


def make_traffic(packets: int, connections: int, seed: int) -> Traffic:
    """Exactly `packets` packets in `connections` connections, the same ones for the same seed."""
    rng = random.Random(seed)
    endings = _choose_endings(rng, connections)
    rows = array("q")
    lifetimes = []
    for number, body in enumerate(_body_sizes(rng, endings, packets)):
        refused = endings[number] == "refused"
        opening = [] if refused else OPENING_STEPS
        steps = [*opening, *exchange(rng, body), *ENDING_STEPS[endings[number]]]
        lifetimes.append(_play(rng, rows, number, steps))
    table = np.frombuffer(rows, np.int64).reshape(-1, len(COLUMNS))
    columns = {name: table[:, at].copy() for at, name in enumerate(COLUMNS)}
    starts = START + _starts(seed, np.array(lifetimes))
    columns["time"] += starts[columns["connection"]]
    columns["echoed"] += starts[columns["connection"]]
    order = np.argsort(columns["time"], kind="stable")
    sorted_columns = {name: column[order] for name, column in columns.items()}
    return Traffic(sorted_columns, connections, Counter(endings))


def _choose_endings(rng: random.Random, connections: int) -> list[str]:
    """Each ending in its exact share, in random order."""
    shares = [share for share, _ in ENDINGS.values()]
    bounds = np.cumsum(shares) * connections / sum(shares)
    kinds = np.searchsorted(bounds, np.arange(connections) + 0.5)
    names = list(ENDINGS)
    endings = [names[kind] for kind in kinds]
    rng.shuffle(endings)
    return endings


def _body_sizes(rng: random.Random, endings: list[str], packets: int) -> list[int]:
    """Packets between opening and ending: few in most connections, very many in some."""
    fixed = sum(
        len(ENDING_STEPS[name]) + (0 if name == "refused" else len(OPENING_STEPS))
        for name in endings
    )
    weights = [0.0 if name == "refused" else rng.lognormvariate(0, 1.2) for name in endings]
    rest = packets - fixed
    if rest < 0 or not any(weights):
        raise ValueError(f"{packets} packets are too few for {len(endings)} connections")
    bounds = np.rint(np.cumsum(weights) / sum(weights) * rest).astype(int)
    sizes: list[int] = np.diff(bounds, prepend=0).tolist()
    return sizes


def _starts(seed: int, lifetimes: NDArray[np.int64]) -> NDArray[np.int64]:
    """When connections begin, spread so that a few thousand are open at any time."""
    open_at_once = min(OPEN_AT_ONCE, max(1, len(lifetimes) // 10))
    span = max(SECOND, int(lifetimes.sum()) // open_at_once)
    return np.random.default_rng(seed).integers(0, span, len(lifetimes))


def _play(rng: random.Random, rows: "array[int]", connection: int, steps: list[Step]) -> int:
    """Append the packets of one connection, times from 0 on; return the time of the last.

    Both ends follow the same rules, so every list has one place for each end.
    """
    snd_nxt = [rng.getrandbits(32), rng.getrandbits(32)]
    rcv_nxt = [0, 0]
    heard = [0, 0]  # when the last packet that reached this end was seen
    counts = [0, 0]
    last_sent = [(0, 0), (0, 0)]  # sequence number and length
    crossing: tuple[int, int] | None = None  # time and next sequence number, not yet received
    time = 0
    for step, time in zip(steps, _times(rng, steps), strict=True):
        end, peer, flags = step.end, 1 - step.end, step.flags
        if step.again:
            seq, length = last_sent[end]
        elif flags & RST and not counts[end]:
            seq, length = 0, 0  # a closed port answers a SYN: RFC 9293 §3.10.7.1
        else:
            seq, length = snd_nxt[end], _length(rng, step)
        next_seq = (seq + length + bool(flags & (SYN | FIN))) & 0xFFFFFFFF
        ack = rcv_nxt[end] if flags & ACK else 0
        rows.extend((time, connection, end, flags, seq, ack, length, heard[end], counts[end]))
        counts[end] += 1
        if next_seq != seq:
            snd_nxt[end] = next_seq
            last_sent[end] = (seq, length)
        if crossing:
            heard[end], rcv_nxt[end] = crossing
            crossing = None
        if step.crosses:
            crossing = (time, next_seq)
        elif not step.lost:
            heard[peer] = time
            rcv_nxt[peer] = next_seq if next_seq != seq else rcv_nxt[peer]
    return time


def _times(rng: random.Random, steps: list[Step]) -> Iterator[int]:
    """When each packet passes the capture point, half way between the ends."""
    one_way = int(MILLISECOND * 10 ** rng.uniform(-0.5, 1.5))
    first_timeout = 200 * MILLISECOND + 2 * one_way
    timeout = first_timeout
    time, speaker, crosses = 0, steps[0].end, False
    for step in steps:
        time += rng.randrange(5, 80) * MICROSECOND
        if step.end != speaker and not crosses:
            time += one_way
        if step.before == "think":
            time += rng.randrange(2000) * MILLISECOND
        if step.before == "timeout":
            time += timeout
            timeout *= 2  # RFC 6298 §5.5
        else:
            timeout = first_timeout
        speaker, crosses = step.end, step.crosses
        yield time


def _length(rng: random.Random, step: Step) -> int:
    if step.size == "none":
        return 0
    return FULL_SEGMENT if step.size == "full" else rng.randrange(100, FULL_SEGMENT)
