"""The records of a tracker's rows as lines of JSON: what json and ndjson are made of.

``report.records`` says what a record is; but to make the objects of one costs several times what
its octets do, and connections of one shape have records that differ only in times, frames and
counts.  So one of them is written the long way, what may differ is cut out of it, and for the
others the engine fills in the gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

from msgspec.json import Encoder

from pcapflow.community import id_of
from pcapflow.engine.decode import DECIDING_MARKS, captured_at, vantage
from pcapflow.engine.facts import Facts, Outline, facts, outline
from pcapflow.engine.layout import MARK_CLOSED_EARLY, MARK_GUESSED
from pcapflow.engine.lines import Template, Writer
from pcapflow.engine.track import Tracker
from pcapflow.engine.traffic import address, history, traffic
from pcapflow.findings import catalogue
from pcapflow.model import Connection, Vantage
from pcapflow.report.records import MOST_FRAMES, Json, finding, record, seconds
from pcapflow.report.templates import LISTS, template_of
from pcapflow.report.times import whole
from pcapflow.shapes import Shape, Shapes
from pcapflow.tcp import zeek
from pcapflow.tcp.timers import Settings
from pcapflow.values import replace

_KEPT = 2_048  # templates, of some 6 KB; more are hostile, and their records are made the long way
_REMEMBERED = 16_384  # kinds that were met once
_TOLD = DECIDING_MARKS | MARK_GUESSED | MARK_CLOSED_EARLY
"""The marks that a record shows, findings apart."""
_encode = Encoder().encode

_Kind: TypeAlias = tuple[int, int, tuple[int, ...], Vantage, tuple[bool, bool]]
"""What decides, beside its numbers, how a row's record reads: its node, the marks that are told,
of which kind its outline is, where the capture was made, and whether on the very host of each
end."""


class Lines:
    """Writes records; ``flow`` tells a connection's id from the tracker's number.

    ``files`` are as ``record`` takes them.
    """

    def __init__(
        self,
        tracker: Tracker,
        shapes: Shapes,
        settings: Settings,
        files: Sequence[tuple[str, int]] = (),
        flow: Callable[[int], int] = int,
    ) -> None:
        self._tracker = tracker
        self._shapes = shapes
        self._two_msl = settings.two_msl
        self._files = files
        self._flow = flow
        self._writer = Writer(
            tracker,
            self._two_msl,
            LISTS,
            MOST_FRAMES,
            clock=lambda at: whole(at).encode(),
            seconds=lambda span: _encode(seconds(span)),
        )
        self._met: set[_Kind] = set()
        self._templates: dict[_Kind, Template] = {}

    def of(self, index: int) -> bytes:
        """The record of the tracker's row ``index`` as it stands now, without a line end."""
        seen = outline(self._tracker, index, self._two_msl, MOST_FRAMES)
        if seen is None:
            row = facts(self._tracker, index)
            return _encode(self._record(row, self._shapes.of(row))[0])
        node, marks, rtts = seen.node, seen.marks, seen.rtts
        shape = self._shapes.at(node, marks)
        near = vantage(rtts, shape.story.opening)
        kind = (node, marks & _TOLD, seen.kind, near, captured_at(rtts, near))
        template = self._templates.get(kind)
        if template is not None:
            line = self._writer.line(template, index, self._given(index, seen, shape))
            if line is not None:
                return line
        told, connection = self._record(facts(self._tracker, index), shape)
        line = _encode(told)
        if template is None and len(self._templates) < _KEPT:
            self._learn(kind, told, connection, shape)
        return line

    def _learn(self, kind: _Kind, told: Json, connection: Connection, shape: Shape) -> None:
        """Make a template when a kind is met again: most kinds of small captures are met once."""
        if kind in self._met:
            made = template_of(told, connection, shape.story, self._two_msl)
            if made is not None:
                self._templates[kind] = made
            return
        if len(self._met) == _REMEMBERED:
            self._met.clear()  # what is common comes again before it is full
        self._met.add(kind)

    def _record(self, row: Facts, shape: Shape) -> tuple[Json, Connection]:
        found = self._shapes.decoded(row, shape)
        findings = catalogue.findings(found, shape.signs)
        connection = replace(found, id=self._flow(found.id), findings=findings)
        return record(connection, self._files), connection

    def _given(self, index: int, seen: Outline, shape: Shape) -> tuple[bytes, ...]:
        """What is not looked up by the engine: ``templates.GIVEN``."""
        client, server = address(*seen.client), address(*seen.server)
        ports = seen.ports
        return (
            b"%d" % self._flow(seen.number),
            b'"%b"' % id_of(client, ports >> 16, server, ports & 0xFFFF).encode(),
            b'"%b"' % client.encode(),
            b'"%b"' % server.encode(),
            self._findings(index, shape),
            *_letters(*seen.letters),
        )

    def _findings(self, index: int, shape: Shape) -> bytes:
        if not shape.always and not self._waited(index, shape):
            return b"[]"
        seen = traffic(facts(self._tracker, index))
        return _encode([finding(each) for each in catalogue.findings(seen, shape.signs)])

    def _waited(self, index: int, shape: Shape) -> bool:
        """Whether there is a finding that depends on a span of time."""
        return shape.measured is not None and self._writer.waited(index, shape.measured)


@lru_cache(maxsize=4096)
def _letters(low: int, high: int, count: int, payload: bool) -> tuple[bytes, bytes]:
    """Zeek's ``conn_state`` and ``history``."""
    letters = history(low, high, count)
    return _encode(zeek.conn_state(letters, payload)), _encode(letters)
