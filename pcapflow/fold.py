"""What came of an analysis: groups of connections, examples, counts, and each connection.

Rules run once a shape; where a rule waits for a span of time, the engine measures that of each row.
Connections are decoded when somebody asks for them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from pcapflow import _version
from pcapflow.engine.groups import EXAMPLES, Groups
from pcapflow.engine.spans import Span, Waits
from pcapflow.engine.track import Tracker
from pcapflow.hints import TYPE_CHECKING
from pcapflow.values import replace

if TYPE_CHECKING:
    from collections import Counter

    from pcapflow.draw.themes import ThemeName
    from pcapflow.errors import CaptureError
    from pcapflow.judging import Judging
    from pcapflow.model import Across, CaptureInfo, Connection, End, Ending, State, Vantage
    from pcapflow.notebook import Picture
    from pcapflow.report.arrow import Table
    from pcapflow.scene.sheet import Size
    from pcapflow.shapes import Code, Shapes
    from pcapflow.tally import Folded
    from pcapflow.tcp.timers import Settings
    from pcapflow.timeline import Timeline

_LOOKED_AT = 8192  # connections whose shapes are judged before the capture has been read


class Report:
    """The result of one analysis; complete after ``finish``.

    ``groups`` fold all connections by shape and service, those with the worst findings first, then
    the largest; ``across`` is what was found across connections; ``examples`` decodes connections
    that either names; ``connections`` gives all of them, ordered by first packet, where they were
    kept.  ``healthy`` connections have no finding at all.
    """

    info: CaptureInfo
    faults: tuple[CaptureError, ...]
    engine: str
    groups: Sequence[Folded]
    across: tuple[Across, ...]

    def __init__(self, tracker: Tracker, settings: Settings, *, keep: bool) -> None:
        self.version = _version.__version__
        self.settings = settings
        self.examples = _Examples(self)
        self._tracker = tracker
        self._groups = Groups(tracker, settings.two_msl, self._waits, EXAMPLES, whole=keep)
        self._made: Judging | None = None
        self._keep = keep
        self._rows: dict[int, int] = {}
        self._held: array[int] = array("q")
        self._alone: list[int] = []
        self._dissolved: list[int] = []

    @property
    def _judging(self) -> Judging:
        if self._made is None:
            from pcapflow.judging import Judging  # takes longer to load than reading takes to begin

            self._made = Judging(self._tracker, self._groups, self.settings, self)
        return self._made

    @property
    def _shapes(self) -> Shapes:
        return self._judging.shapes

    @property
    def total(self) -> int:
        return self._judging.tally.total

    @property
    def whole(self) -> int:
        """As ``total``: nothing was left out."""
        return self.total

    @property
    def healthy(self) -> int:
        return self._judging.tally.healthy

    @property
    def endings(self) -> Counter[Ending]:
        return self._judging.tally.endings

    @property
    def states(self) -> tuple[Counter[State], Counter[State]]:
        return self._judging.tally.states

    @property
    def findings(self) -> Counter[Code]:
        return self._judging.tally.findings

    @property
    def fault(self) -> CaptureError | None:
        """The first of ``faults``: what is wrong with captures that are damaged."""
        return self.faults[0] if self.faults else None

    def fold(self) -> None:
        """Take the rows that the tracker has finished while the capture is read."""
        finished = self._tracker.rows.finished
        if self._keep:
            self._held += finished
        elif finished:
            for index in self._groups.take(finished, False):
                if not self._judging.tally.add_row(index, self.settings.two_msl):
                    self._tracker.rows.release(index)  # its memory is needed
        del finished[:]

    def ahead(self) -> list[Callable[[], object]]:
        """What can be done for the report now: to judge the shapes that there are so far.

        To be asked while no segment is tracked; any thread may do each, at any time.
        """
        from functools import partial  # loaded by now

        judge = self._shapes.at
        return [partial(judge, *shape) for shape in self._groups.shapes(_LOOKED_AT)]

    def finish(self, info: CaptureInfo, faults: tuple[CaptureError, ...], engine: str) -> None:
        """The capture is read: take the rest of the rows, and judge the groups."""
        self.info, self.faults, self.engine = info, faults, engine
        self._shapes.over(truncated=info.truncated is not None, damaged=bool(faults))
        self._held += self._tracker.rows.finished
        del self._tracker.rows.finished[:]
        if self._keep:  # by first packet: when the sweep came by each must make no difference
            self._held = array("q", sorted(self._held, key=self._tracker.rows.number))
        self._alone = self._groups.take(self._held, True)
        self._dissolved = sorted(self._tracker.dissolved)
        tally, piles = self._judging.tally, self._judging.piles
        tally.add(self._groups, piles)
        for index in self._alone:
            tally.add_row(index, self.settings.two_msl)
        self.across = piles.judged(self._example)
        self.groups = tally.groups()

    def connections(self) -> Iterator[Connection]:
        """All connections with their findings, ordered by first packet."""
        if not self._keep:
            raise RuntimeError("this analysis did not keep its connections")
        for index in self._held:
            yield self.decode(index)

    def records(self, files: Sequence[tuple[str, int]] = ()) -> Iterator[bytes]:
        """The same as records in JSON (docs/contract.md); ``files`` as ``report.records`` says."""
        from pcapflow.lines import Lines  # and OpenSSL: only for those who ask

        if not self._keep:
            raise RuntimeError("this analysis did not keep its connections")
        lines = Lines(self._tracker, self._shapes, self.settings, files, self.flow)
        return map(lines.of, self._held)

    def connection(self, flow: int) -> Connection:
        """The connection with this id; LookupError where it is not held."""
        number = self.number(flow)
        for index in self._held:
            if self._tracker.rows.number(index) == number:
                return self.decode(index)
        return self.decode(self.row_of(flow))

    def decode(self, index: int) -> Connection:
        """The tracker's row ``index`` as a connection with findings."""
        told, _ = self._shapes.told(index)
        if self._dissolved:
            told = replace(told, id=self.flow(told.id))
        told.__dict__["report"] = self  # see ``Connection``
        return told

    def timeline(self) -> Timeline | None:
        """Which end was in which state when; None where there is no connection.

        RuntimeError where connections were not kept.
        """
        from pcapflow.timeline import Timeline  # and numpy: only for those who ask

        if not self._keep:
            raise RuntimeError("this analysis did not keep its connections")
        if self.info.first is None or self.info.last is None:
            return None
        return Timeline(
            self._tracker,
            self._groups,
            self._shapes,
            self._alone,
            self.settings,
            self.info.first,
            self.info.last,
        )

    def diagram(
        self,
        flow: int | Connection,
        *,
        around: str | None = None,
        size: Size = "report",
        theme: ThemeName = "light",
        dpi: int = 100,
    ) -> Picture:
        """One connection's sequence diagram; its captures are read once more.

        ``around`` is the code of a finding whose segments alone are drawn in full.  UsageError
        where there is no such connection, CaptureError where its file is gone or another one.
        """
        from pcapflow import notebook

        return notebook.diagram(self, flow, around=around, size=size, theme=theme, dpi=dpi)

    def plot(self, *, size: Size = "report", theme: ThemeName = "light", dpi: int = 100) -> Picture:
        """How many sockets were in which state over time; RuntimeError as ``timeline``."""
        from pcapflow import notebook

        return notebook.plot(self, size=size, theme=theme, dpi=dpi)

    def to_arrow(self) -> Table:
        """A row a connection, in typed columns.  MissingTool without pyarrow."""
        from pcapflow.report import arrow

        return arrow.table(self)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The same rows in batches, for what reads Arrow's C stream: ``polars.DataFrame(report)``.

        https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
        """
        from pcapflow.report import arrow

        return arrow.reader(self).__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        from pcapflow.report.table import facts

        return f"<Report: {' · '.join(facts(self))}>" if hasattr(self, "info") else "<Report>"

    def _repr_html_(self) -> str:
        from pcapflow.report.html import report_page

        return report_page(self)

    def _repr_png_(self) -> bytes | None:
        from pcapflow import notebook

        return notebook.report_png(self)

    def flow(self, number: int) -> int:
        """A connection's id from the tracker's number, which counts dissolved ones as well."""
        if not self._dissolved:
            return number
        from bisect import bisect_left

        return number - bisect_left(self._dissolved, number)

    def number(self, flow: int) -> int | None:
        """The tracker's number of a connection's id; None where there is no such id."""
        if not 1 <= flow <= self.total:
            return None
        number = flow
        for gone in self._dissolved:
            if gone <= number:
                number += 1
        return number

    @property
    def dissolved(self) -> Sequence[int]:
        """The tracker's numbers that belong to no connection, ascending."""
        return self._dissolved

    def parts_of(self, number: int) -> frozenset[int]:
        """The tracker's numbers whose segments belong to connection ``number``."""
        parts = {number}
        for gone in self._dissolved:
            if self._tracker.dissolved[gone] in parts:
                parts.add(gone)
        return frozenset(parts)

    def examples_of(self, folded: Folded) -> tuple[int, ...]:
        """Ids of a few connections of a group, the clearest first."""
        rows = folded.rows[:EXAMPLES]
        for _, group, clearest in sorted(folded.parts):  # the worst first, then the earliest
            if len(rows) == EXAMPLES:
                break
            held = self._groups.rows(group, EXAMPLES)
            if clearest >= 0:
                held = [clearest, *(row for row in held if row != clearest)]
            rows += held[: EXAMPLES - len(rows)]
        return tuple(map(self._example, rows))

    def dwell_of(self, folded: Folded) -> tuple[End, State, int] | None:
        """The median time in CLOSE_WAIT, the state that tells most."""
        states: tuple[State, ...] = ("CLOSE_WAIT",)
        found = self.dwells((folded,), states)
        return next(((*key, median) for key, (median, _) in found.items()), None)

    def dwells(
        self, members: Iterable[Folded], states: Collection[State]
    ) -> dict[tuple[End, State], tuple[int, int]]:
        """The median time (ns) of ends in these states, and in how many connections of groups.

        Only those that are held can be looked at, and whose shape is.
        """
        lengths: dict[tuple[End, State], list[int]] = {}
        for folded in members:
            for _, group, _ in folded.parts:
                steps = self._shapes.at(*self._groups.key(group)[0]).story.steps
                for i, entered in enumerate(steps):
                    if entered.after in states:
                        # An end reads what crossed its own segment only after that one.
                        since = tuple(s.event for s in steps[: i + 1] if s.end == entered.end)
                        left = next((s.event for s in steps[i + 1 :] if s.end == entered.end), -1)
                        found = self._groups.lengths(group, Span(since, until=left))
                        known = lengths.setdefault((entered.end, entered.after), [])
                        known += [length for length in found if length >= 0]
        return medians(lengths)

    def row_of(self, flow: int) -> int:
        """The row of an example; KeyError where the flow is none."""
        if flow not in self._rows:  # no reader has asked for its group's examples yet
            for folded in self.groups:
                self.examples_of(folded)
        return self._rows[flow]

    def _example(self, row: int) -> int:
        """The id of a row that becomes an example."""
        flow = self.flow(self._tracker.rows.number(row))
        self._rows[flow] = row
        return flow

    def vantage(self, flow: int) -> Vantage:
        """Where the capture was made, as far as an example tells."""
        from pcapflow.engine.decode import vantage
        from pcapflow.engine.facts import facts

        row = facts(self._tracker, self.row_of(flow))
        rtts = (row.sides[0].rtt, row.sides[1].rtt)
        return vantage(rtts, self._shapes.of(row).story.opening)

    def _waits(self, node: int, marks: int) -> Waits | None:
        """What is to be measured of the connections of a shape."""
        return self._shapes.at(node, marks).measured


class _Examples(Mapping[int, "Connection"]):
    """Connections by id, decoded when asked for."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._decoded: dict[int, Connection] = {}

    def __getitem__(self, flow: int) -> Connection:
        if flow not in self._decoded:
            self._decoded[flow] = self._report.decode(self._report.row_of(flow))
        return self._decoded[flow]

    def __iter__(self) -> Iterator[int]:
        return (flow for group in self._report.groups for flow in group.examples)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def medians(
    lengths: Mapping[tuple[End, State], Sequence[int]],
) -> dict[tuple[End, State], tuple[int, int]]:
    """The median of each that has any, and of how many it is."""
    return {key: (middle(found), len(found)) for key, found in lengths.items() if found}


def middle(values: Iterable[int]) -> int:
    """The median, of two in the middle the lower: ``statistics`` takes long to load."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2]
