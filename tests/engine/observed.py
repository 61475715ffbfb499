"""Captures in memory through the engine, and what it saw of them, short enough for a test."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from pcapflow.engine import FORM
from pcapflow.engine.batch import Batch
from pcapflow.engine.pump import Fault, Feed, Pump
from pcapflow.engine.segments import Decoder
from pcapflow.engine.track import Tracker
from pcapflow.fold import Report
from pcapflow.model import CaptureInfo, Connection, End, Group
from pcapflow.tcp.timers import DEFAULTS, Settings
from tests.wire import Frame, Packet, Wire, in_time_order, pcap


class Read(NamedTuple):
    """What reading a capture gave: rows of columns by name, and where it was damaged."""

    records: list[dict[str, int]]
    segments: list[dict[str, int]]
    skipped: dict[str, int]
    fault: Fault | None
    form: str
    links: tuple[str, ...]


def read(octets: bytes, sizes: Iterable[int] = (), *, capacity: int = 64) -> Read:
    """Feed the octets in pieces of these sizes (the rest in one) and keep all columns."""
    decoder, records, segments = Decoder(), [], []
    feed = Feed(decoder)
    batch = Batch(capacity)
    for piece in pieces(octets, sizes):
        for filled in feed.feed(piece, lambda: batch):
            records += [filled.record(i) for i in range(filled.records)]
            segments += [_decoded(filled.segment(i)) for i in range(filled.count)]
    feed.close()
    return Read(records, segments, decoder.skipped(), feed.fault, feed.form, feed.links)


_NOT_DECODED = {
    "tag",
    "order",
    "conn",
    "end",
    "duplicate",
    "codes",
}  # a random hash, and the tracker's


def _decoded(segment: dict[str, int]) -> dict[str, int]:
    return {name: value for name, value in segment.items() if name not in _NOT_DECODED}


def pieces(octets: bytes, sizes: Iterable[int]) -> Iterable[memoryview]:
    """The octets as views of these sizes; what is left over comes last, in one piece."""
    whole, at = memoryview(octets), 0
    for size in sizes:
        yield whole[at : at + size]
        at += size
    yield whole[at:]


def report(
    octets: bytes,
    sizes: Iterable[int] = (),
    *,
    settings: Settings = DEFAULTS,
    node_limit: int = 65_536,
    keep: bool = True,
    plain: bool = True,
    thorough: bool = False,
    awake: int | None = None,
    on_batch: Callable[[Batch], None] = lambda _: None,
) -> Report:
    """Analyse one capture, fed in pieces of these sizes; without ``plain``, past the hot loop.

    ``thorough``: what passes it is asked everything, even if it just goes on.  ``awake``: rows that
    may be awake whether they are spoken on or not.  ``on_batch`` is called with each tracked batch.
    """
    tracker, decoder = Tracker(node_limit), Decoder()
    tracker.plain.idle, tracker.events.stream.thorough = not plain, thorough
    tracker.rows.most = settings.max_connections
    if awake is not None:
        tracker.rows.awake = awake
    result = Report(tracker, settings, keep=keep)

    def take_in(batch: Batch) -> None:
        on_batch(batch)
        result.fold()

    pump = Pump(tracker, decoder, on_batch=take_in)
    for piece in pieces(octets, sizes):
        pump.feed(piece)
    pump.close()
    tracker.close()
    info = CaptureInfo(
        files=("memory",),
        formats=(pump.form,),
        link_types=pump.links,
        sha256=(None,),
        packets=decoder.packets,
        tcp_packets=decoder.tcp_packets,
        skipped=decoder.skipped(),
        first=tracker.clock.first if tracker.clock.first >= 0 else None,
        last=tracker.clock.now if tracker.clock.now >= 0 else None,
        truncated=None if pump.fault is None else pump.fault.kind,
        duplicates=tracker.events.duplicates,
        drops=None,
        octets=len(octets),
        closed_early=tracker.rows.evicted,
    )
    result.finish(info, (), FORM)
    return result


def groups(report: Report) -> list[Group]:
    """The report's groups as records, which compare by value."""
    fields = Group._fields
    return [Group(**{name: getattr(each, name) for name in fields}) for each in report.groups]


def connections(
    *wires: Wire | Packet | Frame | bytes,
    settings: Settings = DEFAULTS,
    node_limit: int = 65_536,
) -> list[Connection]:
    """All connections of a capture: its octets, or one made of these wires and packets."""
    if len(wires) == 1 and isinstance(wires[0], bytes):
        octets = wires[0]
    else:
        octets = pcap(_in_order(wires), nano=True)
    return list(report(octets, settings=settings, node_limit=node_limit).connections())


def _in_order(items: Iterable[Wire | Packet | Frame | bytes]) -> list[Packet | Frame]:
    wires = [item for item in items if isinstance(item, Wire)]
    loose = [item for item in items if isinstance(item, Packet | Frame)]
    return sorted([*in_time_order(*wires), *loose], key=lambda item: item.time)


def path(connection: Connection, end: End) -> str:
    """An end's way through its states: ``STATE@frame evidence``, one after the other."""
    return ", ".join(
        f"{t.after}@{t.frame} {t.evidence}" if t.frame else f"{t.after} {t.evidence}"
        for t in connection.transitions
        if t.end == end
    )
