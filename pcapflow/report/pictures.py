"""Which connections are worth a picture, one for each finding and shape, and an index of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from os.path import splitext
from typing import TYPE_CHECKING, NamedTuple

from pcapflow.findings.words import plural
from pcapflow.report.shapes import compact, compact_of
from pcapflow.report.source import ReportLike
from pcapflow.report.table import ranked

if TYPE_CHECKING:
    from pcapflow.model import Connection, Severity

_LANGUAGES = {".mmd": "mermaid", ".puml": "plantuml"}
"""What Markdown pages call the forms that some of them draw."""
MOST = 24
"""So many pictures: nobody looks at more of one capture."""


class Reason(NamedTuple):
    """Why a connection is shown: a finding or, where ``severity`` is None, a shape; how many."""

    name: str
    severity: Severity | None
    connections: int


class Shown(NamedTuple):
    """A connection to draw, and all that it is the clearest example of."""

    flow: int
    reasons: tuple[Reason, ...]


class Picture(NamedTuple):
    """One that was drawn: its file, what it says at its top, and the connection.

    ``words`` are the file's where it holds text.
    """

    file: str
    verdict: str
    shown: Shown
    connection: Connection
    words: str = ""


def worth_showing(report: ReportLike) -> tuple[list[Shown], int]:
    """Examples of each finding, worst first, then of each shape that none of them has.

    At most ``MOST``; also how many shapes were left out for that.
    """
    reasons: dict[int, list[Reason]] = {}
    counts: Counter[str] = Counter()
    for (code, _), count in report.findings.items():
        counts[code] += count
    told: set[str] = set()
    for found in ranked(report):
        if found.flow is not None and found.code not in told:
            told.add(found.code)
            # What was found across connections is counted there, all else over its severities.
            count = found.connections if found.across else counts[found.code]
            reason = Reason(found.code, found.severity, count)
            reasons.setdefault(found.flow, []).append(reason)

    seen = {shape_of(report.examples[flow]) for flow in reasons}
    shapes: Counter[str] = Counter()
    examples: dict[str, int] = {}
    for group in report.groups:
        shapes[compact(group)] += group.connections
        examples.setdefault(compact(group), group.examples[0])
    others = [shape for shape, _ in shapes.most_common() if shape not in seen]
    room = max(0, MOST - len(reasons))
    for shape in others[:room]:
        reasons.setdefault(examples[shape], []).append(Reason(shape, None, shapes[shape]))
    chosen = [Shown(flow, tuple(why)) for flow, why in reasons.items()]
    return chosen, len(others[room:])


def shape_of(connection: Connection) -> str:
    """A connection's shape as the table of shapes shows it."""
    return compact_of(connection.shape, connection.opening, connection.ending)


def file_name(number: int, shown: Shown, connection: Connection, suffix: str) -> str:
    """``03-lost-final-ack-flow12.png``."""
    reason = shown.reasons[0]
    name = reason.name if reason.severity is not None else connection.ending
    return f"{number:02}-{name}-flow{shown.flow}{suffix}"


def index(report: ReportLike, pictures: Sequence[Picture], left_out: int, title: str) -> str:
    """A Markdown page that shows the pictures, ``title`` being the captures' names."""
    return "".join(f"{line}\n" for line in _lines(report, pictures, left_out, title))


def _lines(
    report: ReportLike, pictures: Sequence[Picture], left_out: int, title: str
) -> Iterator[str]:
    yield f"# {title}"
    yield ""
    found = plural(sum(bool(p.shown.reasons[0].severity) for p in pictures), "picture")
    yield (
        f"{plural(report.info.packets, 'packet')}, {plural(report.total, 'TCP connection')}; "
        f"{report.healthy:,} without a finding. {found} of findings, worst first, then of the "
        "other ways in which connections ended."
    )
    for picture in pictures:
        yield from _section(picture, report.total)
    if left_out:
        yield ""
        yield f"Not drawn: {plural(left_out, 'more shape')}."
    yield ""
    digests = ", ".join(digest for digest in report.info.sha256 if digest)
    yield f"pcapflow {report.version}" + (f" · sha256 {digests}" if digests else "")


def _section(picture: Picture, total: int) -> Iterator[str]:
    shown, connection = picture.shown, picture.connection
    yield ""
    yield f"## {picture.verdict}"
    yield ""
    for reason in shown.reasons:
        many = f"{reason.connections:,} of {plural(total, 'connection')}"
        if reason.severity is not None:
            yield f"- **{reason.name}** ({reason.severity}): {many}"
        else:
            yield f"- `{reason.name}`: {many}"
    ends = f"{connection.client} to {connection.server}"
    yield f"- flow {shown.flow}, {ends}: `{shape_of(connection)}`"
    yield ""
    drawn = picture.file.endswith((".png", ".svg"))
    yield f"{'!' if drawn else ''}[{picture.verdict if drawn else picture.file}]({picture.file})"
    if picture.words:
        yield ""
        yield f"```{_LANGUAGES.get(splitext(picture.file)[1], '')}"
        yield picture.words.rstrip("\n")
        yield "```"
