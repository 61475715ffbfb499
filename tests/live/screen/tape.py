"""A recording as the packets of a watch, played as far as a test wants, on a clock of its own."""

from __future__ import annotations

import os
import struct
from types import SimpleNamespace

import pytest

from pcapflow.live.ring import Ring
from pcapflow.live.screen.source import Source
from pcapflow.live.stop import Asked
from pcapflow.live.watch import Limits, Watch
from pcapflow.tcp.timers import DEFAULTS, SECOND, Settings

HOUR = 3600 * SECOND


class Tape:
    """The packets of a pcap file up to ``until`` (ns); one more reading asks the watch to end."""

    name = "eth0"
    feeder = "tape"
    drained = True
    ended = False
    lag = 0
    local = True

    def __init__(self, octets: bytes) -> None:
        assert octets[:4] in (b"\x4d\x3c\xb2\xa1", b"\xd4\xc3\xb2\xa1"), "a pcap of a PC"
        unit = 1 if octets[:1] == b"\x4d" else 1000
        self.header, self.packets, self.until = octets[:24], 0, 0
        self.asked: Asked | None = None
        self.records: list[tuple[int, bytes]] = []
        at = 24
        while at < len(octets):
            seconds, fraction, length, _ = struct.unpack_from("<IIII", octets, at)
            record = octets[at : at + 16 + length]
            self.records.append((seconds * SECOND + fraction * unit, record))
            at += len(record)
        self._read, self._write = os.pipe()
        os.write(self._write, b"!")  # readable for ever

    def fileno(self) -> int:
        return self._read

    def read(self, most: int | None = None) -> bytes:
        left = self.records[self.packets :][:most]
        taken = [record for at, record in left if at <= self.until]
        self.packets += len(taken)
        if not taken and self.asked is not None:
            self.asked.ask()
        header, self.header = self.header, b""
        return b"".join([header, *taken])

    def stop(self) -> None:
        self.ended = True

    def drops(self) -> int | None:
        return 0

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)


class Player:
    """A watch of a tape, and what its screen asks; ``play`` moves packets and all clocks on."""

    def __init__(self, patch: pytest.MonkeyPatch, octets: bytes, ring: Ring | None = None) -> None:
        self.tape = Tape(octets)
        self.first = self.tape.records[0][0]
        self.now = self.first
        self._ticks = 0
        clock = SimpleNamespace(
            time_ns=lambda: self.now,
            monotonic_ns=self._ticked,
            monotonic=lambda: self._ticked() / SECOND,
        )
        patch.setattr("pcapflow.live.watch.time", clock)
        self.ring = Ring(HOUR, 1 << 26) if ring is None else ring
        settings: Settings = DEFAULTS
        self.watch = Watch(self.tape, settings, Limits(), [self.ring])
        self.source = Source(self.watch, self.tape, self.ring, settings, lambda: self.now)

    def play(self, after: float) -> None:
        """Up to so many seconds after the first packet."""
        self.now = self.tape.until = self.first + round(after * SECOND)
        self.tape.ended = False
        with Asked() as self.tape.asked:
            for news in self.watch.news(self.tape.asked):
                self.source.tell(news)

    def _ticked(self) -> int:
        self._ticks += SECOND
        return self._ticks
