"""The records of a tracker's rows as lines of JSON: what json and ndjson are made of.

``report.records`` says what a record is; but to make the objects of one costs several times what
its octets do, and connections of one shape have records that differ only in times, frames and
counts.  So one of them is written the long way, what may differ is cut out of it, and for the
others the engine fills in the gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec.json import Encoder

from pcapflow.community import community_id
from pcapflow.engine.decode import (
    DECIDING_MARKS,
    captured_at,
    has_node,
    vantage,
)
from pcapflow.engine.facts import Facts, facts
from pcapflow.engine.layout import MARK_CLOSED_EARLY, MARK_GUESSED
from pcapflow.engine.lines import Template, Writer
from pcapflow.engine.track import Tracker
from pcapflow.engine.traffic import address, history, traffic, unacknowledged
from pcapflow.findings import catalogue
from pcapflow.model import Connection, Endpoint, Vantage
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


class _Kind(NamedTuple):
    """What decides, beside its numbers, how a row's record reads."""

    node: int
    marks: int
    tunnel: int
    expired: bool
    captured_at: tuple[bool, bool]
    waiting: bool
    client_fin: bool
    server_fin: bool


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
        row = facts(self._tracker, index)
        shape = self._shapes.of(row)
        if not has_node(row) or max(_frames(row)) > MOST_FRAMES:
            return _encode(self._record(row, shape)[0])
        near = vantage(row.sides, shape.story.opening)
        kind = self._kind(row, near)
        template = self._templates.get(kind)
        if template is not None:
            line = self._writer.line(template, index, self._given(index, row, shape, near))
            if line is not None:
                return line
        told, connection = self._record(row, shape)
        line = _encode(told)
        if template is None and len(self._templates) < _KEPT:
            self._learn(kind, told, connection, shape)
        return line

    def _learn(self, kind: _Kind, told: Json, connection: Connection, shape: Shape) -> None:
        """Make a template when a kind is met again: most kinds of small captures are met once."""
        if kind in self._met:
            made = template_of(
                told, connection, shape.story, expired=kind.expired, two_msl=self._two_msl
            )
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

    def _kind(self, row: Facts, near: Vantage) -> _Kind:
        client, server = row.sides
        return _Kind(
            row.node,
            row.marks & _TOLD,
            row.tunnel,
            row.last + self._two_msl <= row.end,
            captured_at(row.sides, near),
            any(unacknowledged(row.sides)),
            client.fin_count > 0,
            server.fin_count > 0,
        )

    def _given(self, index: int, row: Facts, shape: Shape, near: Vantage) -> tuple[bytes, ...]:
        """What is not looked up by the engine: ``templates.GIVEN``."""
        client = Endpoint(address(row.version, *row.client), row.ports >> 16)
        server = Endpoint(address(row.version, *row.server), row.ports & 0xFFFF)
        letters = history(row)
        return (
            _encode(self._flow(row.number)),
            _encode(community_id(client, server)),
            _encode(client.ip),
            _encode(server.ip),
            _encode(near),
            self._findings(index, row, shape),
            _encode(zeek.conn_state(letters, (row.sides[0].octets, row.sides[1].octets))),
            _encode(letters),
        )

    def _findings(self, index: int, row: Facts, shape: Shape) -> bytes:
        if not shape.always and not self._waited(index, row, shape):
            return b"[]"
        found = catalogue.findings(traffic(row), shape.signs)
        return _encode([finding(each) for each in found])

    def _waited(self, index: int, row: Facts, shape: Shape) -> bool:
        """Whether there is a finding that depends on a span of time."""
        return shape.measured is not None and self._writer.waited(index, shape.measured)


def _frames(row: Facts) -> tuple[int, ...]:
    """How many frames a record lists."""
    client, server = row.sides
    return client.fin_count, server.fin_count, client.rsts, server.rsts
