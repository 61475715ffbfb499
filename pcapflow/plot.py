"""The picture of states over time: what it marks, and what it says beside the areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pcapflow import _version
from pcapflow.findings.words import duration, number, plural
from pcapflow.model import RANKS, SEVERITIES, CaptureInfo, Layers, Severity
from pcapflow.report.table import Found, ranked
from pcapflow.report.times import moment
from pcapflow.scene import Chart, Subject, Told, chart
from pcapflow.scene.facts import Fact
from pcapflow.scene.measure import Measure, plex
from pcapflow.scene.sheet import Size
from pcapflow.tcp.timers import KERNELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pcapflow.fold import Report

PLACES = 6
"""Panels, if nobody asks for more; what is left is one more."""
_MARKED = 8
_TEXT = 230  # letters of a finding


def picture(
    report: Report,
    layers: Sequence[Layers],
    moments: Sequence[int],
    meant: Callable[[str], bool] | None = None,
    size: Size = "report",
    measure: Measure = plex,
) -> Chart:
    """The picture; findings are marked where ``meant`` takes one of their ends."""
    found = [each for each in ranked(report) if _concerns(report, each, meant)]
    shown = [alike for alike in _alike(found) if alike[0].across or alike[0].flow is not None]
    told = [_told(report, alike[0], len(alike)) for alike in shown]
    seen = [each for each in told if moments[0] <= each.at <= moments[-1]]
    marked = seen[:_MARKED]
    first = report.info.first or moments[0]
    worst = min((RANKS[each.severity] for each in seen), default=None)
    subject = Subject(
        verdict=_verdict(report, layers, moments, found),
        severity=None if worst is None else SEVERITIES[worst],
        scope=plural(report.total, "connection"),
        facts=_facts(moments),
        more=_more(found, marked),
        cannot=_cannot(report, layers),
        source=source(report.info),
    )
    return chart(layers, moments, first, marked, subject, size=size, measure=measure)


def _alike(found: Sequence[Found]) -> list[list[Found]]:
    """Findings of one code and severity together, the worst first."""
    groups: dict[tuple[str, Severity], list[Found]] = {}
    for each in found:
        groups.setdefault((each.code, each.severity), []).append(each)
    return list(groups.values())


def _concerns(report: Report, found: Found, meant: Callable[[str], bool] | None) -> bool:
    if meant is None:
        return True
    if found.across is not None:
        return meant(found.across.host) or meant(found.across.service.ip)
    if found.flow is None:
        return False
    connection = report.examples[found.flow]
    return meant(connection.client.ip) or meant(connection.server.ip)


def _told(report: Report, found: Found, alike: int) -> Told:
    """A finding, and when it is marked: a pile's oldest socket, the example's first frame.

    It stands for so many that are ``alike``.
    """
    if found.across is not None:
        at = (report.info.last or 0) - found.across.oldest
        more = f" There {'is' if alike == 2 else 'are'} {number(alike - 1)} more like it."
        text = f"{found.across.head}.{more if alike > 1 else ''}"
        return Told(at, found.severity, found.code, text)
    connection = report.examples[found.flow or 0]
    text = found.finding.message if found.finding is not None else ""
    frames = found.finding.frames if found.finding is not None else ()
    at = next((e.at for e in connection.events if e.frame in frames), connection.last)
    count = ""
    if found.connections > 1:
        count = f"{plural(found.connections, 'connection')}, such as flow {connection.id}: "
    return Told(at, found.severity, found.code, count + _short(text))


def _short(text: str) -> str:
    """As many whole sentences as have room."""
    while len(text) > _TEXT and ". " in text:
        text = text[: text.rindex(". ") + 1]
    return text


def _verdict(
    report: Report, layers: Sequence[Layers], moments: Sequence[int], found: Sequence[Found]
) -> str:
    """The worst pile; else what stands at the end."""
    when = "when the capture ends" if moments[-1] == report.info.last else "at the end of this span"
    pile = next((each.across for each in found if each.across is not None), None)
    if pile is not None:
        return f"{pile.head}."
    for state in ("CLOSE_WAIT", "TIME_WAIT", "ESTABLISHED"):
        most = max(layers, key=lambda each: _last(each, state), default=None)
        if most is not None and _last(most, state):
            count = plural(_last(most, state), "socket")
            return f"{count} of {most} in {state} {when}."
    return f"No socket is left {when}."


def _last(layers: Layers, state: str) -> int:
    return next((counts[-1] for name, counts in layers.counts.items() if name == state), 0)


def _facts(moments: Sequence[int]) -> tuple[Fact, ...]:
    step = moments[1] - moments[0] if len(moments) > 1 else 0
    return (
        Fact("from", moment(moments[0])),
        Fact("length", duration(moments[-1] - moments[0])),
        Fact("counted every", duration(step)),
        Fact("moments", number(len(moments))),
    )


def _more(found: Sequence[Found], marked: Sequence[Told]) -> str:
    codes = dict.fromkeys(each.code for each in found)
    left = [code for code in codes if code not in {each.code for each in marked}]
    return f"Not marked: {', '.join(left)}. pcapflow analyze tells of all." if left else ""


def _cannot(report: Report, layers: Sequence[Layers]) -> str:
    said = "Listening sockets, and sockets that sent and got nothing meanwhile."
    states = {state for each in layers for state in each.counts}
    if "TIME_WAIT" in states:
        said += f" When TIME_WAIT ends: taken from {report.settings.assumption}."
    if "FIN_WAIT_2" in states:
        kernel = duration(KERNELS["linux-fin-wait-2"].length)
        said += (
            f" Whether a socket in FIN_WAIT_2 still exists: Linux drops an orphan’s after {kernel}."
        )
    if "UNKNOWN" in states:
        said += " UNKNOWN: ends that had not shown their state yet."
    return said


def source(info: CaptureInfo) -> tuple[str, ...]:
    """Where a picture of a whole capture comes from."""
    names = [name.replace("\\", "/").rpartition("/")[2] for name in info.files]
    name = names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")
    digest = next(iter(info.sha256), None)
    skipped = sum(info.skipped.values())
    return (
        name,
        *([f"sha256 {digest[:8]}"] if digest else []),  # None where nobody asked for it
        f"{plural(info.packets, 'packet')} read, {skipped:,} skipped",
        "times UTC",
        f"pcapflow {_version.__version__}",
    )
