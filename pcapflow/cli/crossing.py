"""``analyze --cross-check``: what tshark thinks of the same captures."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from pcapflow.annotate.both import ENDING, Judged
from pcapflow.annotate.cross import cross_check
from pcapflow.annotate.tshark import INSTALL, need, version
from pcapflow.annotate.view import OPTION, View
from pcapflow.cli.packed import unpacked
from pcapflow.engine.batch import Batch
from pcapflow.engine.traffic import NAMED
from pcapflow.errors import MissingTool, UsageError
from pcapflow.fold import Report
from pcapflow.model import CrossCheck
from pcapflow.tcp.codes import FIN_REPEATS, FIRST_FINS
from pcapflow.values import replace

_OCTETS = 1 << 16


class Crossing:
    """Collects from tracked batches what there is to compare, then asks tshark.

    All of the captures is compared, whatever part of it is reported.  Raises MissingTool where
    there is no tshark.
    """

    def __init__(self, files: Sequence[str]) -> None:
        self._files = files
        need(OPTION)
        self._judged: dict[int, Judged] = {}
        self._segments = bytearray()
        self._opened = 0
        self._pairs: dict[int, tuple[int, ...]] = {}

    def collect(self, batch: Batch) -> None:
        """Note the segments with SYN, FIN or RST, and the first of each connection."""
        for i, (frame, _, number, codes) in enumerate(batch.tracked()):
            if frame >= len(self._segments):
                self._segments.extend(bytes(frame + _OCTETS - len(self._segments)))
            self._segments[frame] = 1
            segment = batch.segment(i)
            if number > self._opened or segment["flags"] & ENDING:
                self._judged[frame] = self._judge(segment, codes)

    def ask(self, report: Report, dissolved: Mapping[int, int]) -> CrossCheck:
        """Ask tshark about the captures of a report.

        ``dissolved`` are connections that turned out to be part of older ones, by number.
        """
        self._settle(dissolved)
        damaged = [fault.frame - 1 for fault in report.faults if fault.frame is not None]
        with _readable(self._files) as capture:
            return cross_check(
                View(capture),
                version() or "",
                self._judged,
                self._segments,
                min(damaged, default=None),
            )

    def _judge(self, segment: dict[str, int], codes: int) -> Judged:
        events = set()
        while codes:
            events.add(NAMED[codes & 0xFFFF][0])
            codes >>= 16
        ports = segment["ports"]
        source = (segment["src_hi"], segment["src_lo"], ports >> 16)
        target = (segment["dst_hi"], segment["dst_lo"], ports & 0xFFFF)
        begins = segment["conn"] > self._opened
        if begins:
            self._opened = segment["conn"]
            self._pairs[segment["frame"]] = (*min(source, target), *max(source, target))
        return Judged(
            frame=segment["frame"],
            connection=segment["conn"],
            forth=source < target,
            flags=segment["flags"],
            seq=segment["seq"],
            length=segment["length"],
            begins=begins,
            reuses=False,
            taken_back=False,
            first_fin=not events.isdisjoint(FIRST_FINS),
            fin_again=not events.isdisjoint(FIN_REPEATS),
            duplicate=bool(segment["duplicate"]),
        )

    def _settle(self, dissolved: Mapping[int, int]) -> None:
        """What a segment's connection has turned out to be, and whose four-tuple was used before.

        An IPv4 address and an IPv6 address are never the same: their words lie apart.
        """
        used: set[tuple[int, ...]] = set()
        for frame, judged in self._judged.items():
            number = judged.connection
            while number in dissolved:
                number = dissolved[number]
            begins = judged.begins and number == judged.connection
            pair = self._pairs.get(frame, ())
            self._judged[frame] = replace(
                judged,
                connection=number,
                begins=begins,
                reuses=begins and pair in used,
                taken_back=judged.begins and not begins,
            )
            if begins:
                used.add(pair)


@contextmanager
def _readable(names: Sequence[str]) -> Iterator[str]:
    """One capture that tshark can read: several are merged, and numbered, by mergecap."""
    with ExitStack() as stack:
        plain = [stack.enter_context(unpacked(name)) for name in names]
        if len(plain) == 1:
            yield plain[0]
            return
        mergecap = shutil.which("mergecap")
        if mergecap is None:
            raise MissingTool("mergecap", f"{OPTION} of several captures", INSTALL)
        whole = os.path.join(stack.enter_context(tempfile.TemporaryDirectory()), "all.pcapng")
        command = [mergecap, "-w", whole, *plain]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise UsageError(f"{OPTION}: {run.stderr.strip().splitlines()[-1]}")
        yield whole
