"""Puts a score into lines: what is open, the table, and what nobody could have known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby

from .items import KINDS, OPEN, Item, Tally


def lines(items: list[Item]) -> Iterator[str]:
    """The whole report, the worst first."""
    yield from _open(items)
    yield from _table(items)
    yield ""
    yield from _not_knowable(items)


def _open(items: list[Item]) -> Iterator[str]:
    for verdict in OPEN:
        found = [item for item in items if item.verdict == verdict]
        yield f"{verdict}: {len(found) or 'none'}"
        yield from (f"  {item}" for item in found)
    yield ""


def _table(items: list[Item]) -> Iterator[str]:
    """Right of knowable; behind a plus what cannot be known there."""
    width = max(len(item.scenario) for item in items) + 2
    yield f"{'':{width}}{'':8}" + "".join(f"{kind:>17}" for kind in (*KINDS, "all"))
    for (scenario, point), group in groupby(items, key=lambda item: (item.scenario, item.point)):
        yield f"{scenario:{width}}{point:8}" + _cells(list(group))
    yield ""
    for point in dict.fromkeys(item.point for item in items):
        yield f"{'total':{width}}{point:8}" + _cells([it for it in items if it.point == point])
    yield f"{'total':{width}}{'all':8}" + _cells(items)


def _cells(items: list[Item]) -> str:
    of_kinds = [Tally(item for item in items if item.kind == kind) for kind in KINDS]
    return "".join(f"{cell!s:>17}" for cell in (*of_kinds, Tally(items)))


def _not_knowable(items: list[Item]) -> Iterator[str]:
    found = [item for item in items if item.verdict == "not knowable"]
    yield f"not knowable: {len(found)}"
    by_scenario: Callable[[Item], tuple[str, str]] = lambda it: (it.scenario, it.point)  # noqa: E731
    for (scenario, point), group in groupby(found, key=by_scenario):
        reasons: dict[str, Counter[str]] = {}
        for item in group:
            reasons.setdefault(item.note, Counter())[item.name] += 1
        for reason, names in reasons.items():
            told = ", ".join(name if n == 1 else f"{name} ({n})" for name, n in names.items())
            yield f"  {scenario} {point}: {told}: {reason}"
