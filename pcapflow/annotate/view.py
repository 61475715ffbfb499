"""What tshark's two-pass analysis (``tshark -2``) says of each frame of a capture.

tshark writes the fields that are asked for, a line a frame, and is read as it writes: the same
through pyshark, an object a packet, takes nine times as long.  It runs with the preferences
that it comes with, whatever its user has set: two people must see the same.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator

from pcapflow.annotate.tshark import need
from pcapflow.errors import UsageError
from pcapflow.values import Record

OPTION = "--cross-check"
NO_STREAM = -1
_AS_ROOT = "Running as user"  # tshark's warning, which is no trouble
_MASK = 0xFFFFFFFF
_SYN, _ACK = 2, 16

_RETRANSMISSIONS = (
    "tcp.analysis.retransmission",
    "tcp.analysis.fast_retransmission",
    "tcp.analysis.spurious_retransmission",
)
_BOGUS = ("tcp.bogus_header_length", "tcp.short_segment")
_FRAGMENTS = ("ip.fragment", "ipv6.fragment", "ip.reassembled_in", "ipv6.reassembled.in")
_FIELDS = (
    "frame.number",
    "frame.time_relative",
    "frame.protocols",
    "frame.len",
    "frame.cap_len",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "ip.id",
    "tcp.stream",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.flags",
    "tcp.seq_raw",
    "tcp.ack_raw",
    "tcp.len",
    "tcp.checksum",
    "tcp.options.timestamp.tsval",
    "tcp.analysis.out_of_order",
    "tcp.analysis.reused_ports",
    *_RETRANSMISSIONS,
    *_BOGUS,
    *_FRAGMENTS,
    "ip.flags.mf",
    "ipv6.fraghdr.more",
)
_YES = ("1", "True")
_JOINED = 300.0  # s
_NOTHING = (-1, -1, 0, -1)  # of an end: base, next, highest and last, as ``Seen`` has them


class Seen(Record):
    """One frame as tshark dissects it; of several TCP headers in it, the innermost or last.

    ``streams`` are its streams (``tcp.stream``), none where it has no TCP, and ``begins`` how many
    of them have their first frame here.  ``source`` is who sent the segment, ``signature`` what is
    the same in every copy of a packet.  Of the frames before it in the same stream and direction:
    ``base`` is the number that tshark counts from, ``highest`` the frame with the highest number,
    ``next`` the number after that and ``last`` after the last frame; ``peer_last`` is that of the
    other direction (all -1 where there is none).  ``quiet`` is how long the stream had been silent
    (s); time that runs backwards does not count.  ``bogus`` says that the TCP header's length
    cannot be.
    """

    frame: int
    protocols: tuple[str, ...]
    cut: bool
    streams: tuple[int, ...]
    begins: int
    source: str
    flags: int
    seq: int
    ack: int
    length: int
    signature: str
    retransmission: bool
    out_of_order: bool
    reused: bool
    bogus: bool
    fragments: bool
    more_fragments: bool
    base: int
    highest: int
    next: int
    last: int
    peer_last: int
    quiet: float

    @property
    def stream(self) -> int:
        """Its stream; the last, where it has several."""
        return self.streams[-1] if self.streams else NO_STREAM

    @property
    def mark(self) -> int:
        """The number that a FIN of it takes."""
        return (self.seq + self.length) & _MASK


class View:
    """A capture read by tshark; ``frames`` may be asked once.

    ``trouble`` is what tshark said where it did not come to the end of the capture, and ``last``
    the last frame that it has read.  Raises MissingTool where tshark is not installed, and
    ``frames`` UsageError where it cannot read anything.
    """

    def __init__(self, capture: str) -> None:
        self._capture = capture
        self._tshark = need(OPTION)
        self._streams = 0
        self._ends: dict[tuple[int, str], tuple[int, int, int, int]] = {}
        self._last_seen: dict[int, float] = {}
        self._time = self._passed = 0.0
        self.trouble: str | None = None
        self.last = 0

    def frames(self) -> Iterator[Seen]:
        """Every frame, in order."""
        command = [self._tshark, "-2", "-n", "-r", self._capture, "-T", "fields"]
        for field in _FIELDS:
            command += ["-e", field]
        with tempfile.TemporaryDirectory() as settings, tempfile.TemporaryFile("w+") as said:
            with subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                errors="backslashreplace",
                env={**os.environ, "WIRESHARK_CONFIG_DIR": settings},
            ) as process:
                assert process.stdout is not None
                try:
                    for line in process.stdout:
                        seen = self._seen(line.rstrip("\n").split("\t"))
                        self.last = seen.frame
                        yield seen
                finally:
                    process.stdout.close()  # who does not read on lets tshark end
            if process.returncode != 0:
                said.seek(0)
                lines = [line for line in said.read().splitlines() if _AS_ROOT not in line]
                why = " ".join(lines).removeprefix("tshark: ")
                self.trouble = why or f"tshark exits with {process.returncode}"
                if self.last == 0:
                    raise UsageError(f"{OPTION}: tshark reads nothing of it: {self.trouble}")

    def _seen(self, texts: list[str]) -> Seen:
        row = dict(zip(_FIELDS, texts, strict=True))
        protocols = tuple(row["frame.protocols"].split(":"))
        streams = tuple(map(int, filter(None, row["tcp.stream"].split(","))))
        begins = len({stream for stream in streams if stream >= self._streams})
        self._streams = max(self._streams, *(stream + 1 for stream in streams), 0)
        seq, flags, length = (_last(row[name]) for name in ("tcp.seq_raw", "tcp.flags", "tcp.len"))
        inner = next((name for name in reversed(protocols) if name in ("ip", "ipv6")), "ip")
        source, target = (
            f"{row[f'{inner}.{side}'].rpartition(',')[2]} {row[port].rpartition(',')[2]}"
            for side, port in (("src", "tcp.srcport"), ("dst", "tcp.dstport"))
        )
        stream = streams[-1] if streams else NO_STREAM
        base, following, highest, last = self._ends.get((stream, source), _NOTHING)
        self._tick(float(row["frame.time_relative"] or 0))
        seen = Seen(
            frame=int(row["frame.number"]),
            protocols=protocols,
            cut=row["frame.cap_len"] != row["frame.len"],
            streams=streams,
            begins=begins,
            source=source,
            flags=flags,
            seq=seq,
            ack=_last(row["tcp.ack_raw"]),
            length=length,
            signature=" ".join(
                row[name].rpartition(",")[2]
                for name in (
                    "ip.id",
                    "tcp.flags",
                    "tcp.seq_raw",
                    "tcp.ack_raw",
                    "tcp.len",
                    "tcp.checksum",
                    "tcp.options.timestamp.tsval",
                )
            ),
            retransmission=any(row[name] for name in _RETRANSMISSIONS),
            out_of_order=bool(row["tcp.analysis.out_of_order"]),
            reused=bool(row["tcp.analysis.reused_ports"]),
            bogus=any(row[name] for name in _BOGUS),
            fragments=any(row[name] for name in _FRAGMENTS),
            more_fragments=any(
                row[name].rpartition(",")[2] in _YES
                for name in ("ip.flags.mf", "ipv6.fraghdr.more")
            ),
            base=base,
            highest=highest,
            next=following,
            last=last,
            peer_last=self._ends.get((stream, target), _NOTHING)[3],
            quiet=self._passed - self._last_seen.get(stream, self._passed),
        )
        if streams and row["tcp.seq_raw"]:
            self._go_on(seen, target)
        return seen

    def _tick(self, time: float) -> None:
        """Time goes forwards; where it jumps back by minutes, another capture was joined on."""
        self._passed += max(0.0, time - self._time)
        if time > self._time or self._time - time > _JOINED:
            self._time = time

    def _go_on(self, seen: Seen, target: str) -> None:
        """Keep what the next frame of the stream is to be compared with.

        As tshark does, take the first acknowledgement of an end not seen yet for its number.
        """
        self._last_seen[seen.stream] = self._passed
        after = (seen.seq + seen.length + (1 if seen.flags & 3 else 0)) & _MASK
        base, following, highest = seen.base, seen.next, seen.highest
        if base < 0:
            base = (seen.seq - (0 if seen.flags & _SYN else 1)) & _MASK
        if following < 0 or 0 < (after - following) & _MASK < 1 << 31:
            following, highest = after, seen.frame
        self._ends[seen.stream, seen.source] = base, following, highest, after
        if seen.flags & _ACK and (seen.stream, target) not in self._ends:
            self._ends[seen.stream, target] = (seen.ack - 1) & _MASK, -1, 0, -1


def _last(text: str) -> int:
    """The last number of a field, which may be there several times; 0 without any."""
    number = text.rpartition(",")[2]
    return int(number, 0) if number else 0
