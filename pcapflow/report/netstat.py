"""The sockets of each host at a moment, as ``ss -tan`` and ``ss -s`` would have shown them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.json import Encoder

from pcapflow.findings.words import duration, number, plural
from pcapflow.model import Host, Socket, State
from pcapflow.report.records import SCHEMA, Json, endpoint
from pcapflow.report.text import Line, Span, wrapped
from pcapflow.report.times import iso, moment
from pcapflow.tcp.stays import WORST_FIRST
from pcapflow.tcp.timers import KERNELS
from pcapflow.values import Record

IN_FULL = 4
"""Hosts whose sockets are listed; of some more the sums are told."""
_SUMMED = 16
_MOST = (10, 5)  # sockets of one state that are listed: of one or two hosts, of more
_GAP = "  "
_HEADS = ("State", "Local", "Peer", "Since", "Sure")
COLUMNS = (
    "host",
    "state",
    "local_ip",
    "local_port",
    "peer_ip",
    "peer_port",
    "since",
    "seconds",
    "evidence",
    "confidence",
    "id",
)

Listed = Callable[[Host], Iterator[Socket]]
"""Gives a host's sockets, sorted."""


class Moment(Record):
    """When (ns), in a capture that began at ``first``."""

    at: int
    first: int

    def __str__(self) -> str:
        return f"{moment(self.at)} (+{duration(self.at - self.first)})"


def most(hosts: Sequence[Host]) -> int:
    """How many sockets of one state and host a table lists."""
    return _MOST[len(hosts) > 2]


def lines(
    hosts: Sequence[Host],
    listed: Listed,
    when: Moment,
    width: int,
    *,
    everything: bool = False,
    sums_only: bool = False,
) -> list[Line]:
    """The sockets of each host; ``everything`` lists each, where else many of a kind fold.

    ``listed`` may leave sockets out: how many there are the host's sums say.
    """
    what = "ss -s" if sums_only else "ss -tan"
    told: list[Line] = [
        *wrapped(f"As {what} would have shown at {when}", width, rest=_GAP, style="strong"),
        (),
    ]
    if not hosts:
        told += [(Span("No sockets."),), ()]
    full = len(hosts) if everything else 0 if sums_only else IN_FULL
    name = max((len(_name(host)) for host in hosts[:_SUMMED]), default=0)
    for host in hosts[:full]:
        told += [*_head(host, name, width), *([] if sums_only else _table(host, listed, when)), ()]
    some = hosts[full:_SUMMED]
    for host in some:
        told += _head(host, name, width)
    rest = hosts[max(full, _SUMMED) :]
    if rest:
        told += wrapped(f"and {plural(len(rest), 'more host')}: {_sums(_total(rest))}", width)
    if some or rest:
        told.append(())
    return [*told, *_notes(hosts, width, everything or sums_only)]


def _head(host: Host, name: int, width: int) -> list[Line]:
    head, *rest = wrapped(f"{_name(host):<{name}}{_GAP}{_sums(host.sums)}", width, rest=" " * 4)
    text = head[0].text
    place = str(host.place)
    return [(Span(place, "strong"), Span(text[len(place) :])), *rest]


def _name(host: Host) -> str:
    return f"{host.place}{_GAP}({' and '.join(host.ends)})"


def _sums(sums: dict[State, int]) -> str:
    return " · ".join(f"{state} {number(sums[state])}" for state in WORST_FIRST if state in sums)


def _total(hosts: Iterable[Host]) -> dict[State, int]:
    total: Counter[State] = Counter()
    for host in hosts:
        total.update(host.sums)
    return total


def _table(host: Host, listed: Listed, when: Moment) -> Iterator[Line]:
    rows: dict[State, list[tuple[str, ...]]] = {}
    for socket in listed(host):
        since = duration(when.at - socket.since)
        cells = socket.state, str(socket.local), str(socket.peer), since, socket.confidence
        rows.setdefault(socket.state, []).append(cells)
    lists = [_HEADS, *(row for group in rows.values() for row in group)]
    widths = [max(map(len, column)) for column in zip(*lists, strict=True)]
    yield (Span(_row(_HEADS, widths), "muted"),)
    for state, group in rows.items():
        for row in group:
            yield (Span(_row(row, widths)),)
        left = host.sums[state] - len(group)
        if left:
            yield (Span(f"{state:<{widths[0]}}{_GAP}... and {number(left)} more", "muted"),)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    state, local, peer, since, sure = cells
    return _GAP.join(
        (
            f"{state:<{widths[0]}}",
            f"{local:<{widths[1]}}",
            f"{peer:<{widths[2]}}",
            f"{since:>{widths[3]}}",
            sure,
        )
    )


def _notes(hosts: Sequence[Host], width: int, whole: bool) -> Iterator[Line]:
    sums = _total(hosts)
    said = "A capture shows no listening sockets, and neither Recv-Q nor Send-Q."
    if "FIN_WAIT_2" in sums:
        kernel = duration(KERNELS["linux-fin-wait-2"].length)
        said += f" An orphan's FIN_WAIT_2 may be gone, unseen, after {kernel} (Linux)."
    if "UNKNOWN" in sums:
        said += f" UNKNOWN: {plural(sums['UNKNOWN'], 'end')} that had shown no state by then."
    largest = max((n for host in hosts for n in host.sums.values()), default=0)
    if not whole and (len(hosts) > IN_FULL or largest > most(hosts)):
        said += " --all lists every socket, --host one machine's."
    yield from wrapped(said, width, style="muted")


def csv_lines(hosts: Sequence[Host], listed: Listed, when: Moment) -> Iterator[str]:
    """A line of column names, then one for each socket."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow(COLUMNS)
    for host in hosts:
        for socket in listed(host):
            writer.writerow(
                (
                    host.place,
                    socket.state,
                    socket.local.ip,
                    socket.local.port,
                    socket.peer.ip,
                    socket.peer.port,
                    iso(socket.since),
                    _seconds(when.at - socket.since),
                    socket.evidence,
                    socket.confidence,
                    socket.connection,
                )
            )
            yield line.getvalue()
            line.seek(0)
            line.truncate()
    yield line.getvalue()


def json_chunks(hosts: Sequence[Host], listed: Listed, when: Moment) -> Iterator[bytes]:
    """One object, host by host, so that it need not fit into memory."""
    encode = Encoder().encode
    head = {"schema": SCHEMA, "at": iso(when.at), "after_s": (when.at - when.first) / 1e9}
    yield encode(head)[:-1] + b',"hosts":['
    for place, host in enumerate(hosts):
        told = {"host": str(host.place), "ends": host.ends, "sums": host.sums}
        yield (b",\n" if place else b"\n") + encode(told)[:-1] + b',"sockets":['
        for count, socket in enumerate(listed(host)):
            yield (b",\n" if count else b"\n") + encode(_socket(socket, when))
        yield b"]}"
    yield b"]}\n"


def _socket(socket: Socket, when: Moment) -> Json:
    return {
        "state": socket.state,
        "local": endpoint(socket.local),
        "peer": endpoint(socket.peer),
        "since": iso(socket.since),
        "seconds": (when.at - socket.since) / 1e9,
        "evidence": socket.evidence,
        "confidence": socket.confidence,
        "id": socket.connection,
    }


def _seconds(ns: int) -> str:
    return f"{ns // 10**9}.{ns % 10**9:09}"
