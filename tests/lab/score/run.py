"""Runs pcapflow over recordings and judges what it says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pcapflow.api import analyze

from ..fixtures import FIXTURES, captures, load
from .items import Item
from .judge import Judge


def judged(names: Iterable[str], directory: Path = FIXTURES) -> list[Item]:
    """The items of the recordings of these names, of all points."""
    items: list[Item] = []
    for name in names:
        told = load(name, directory)
        for point, path in captures(name, directory):
            report = analyze([str(path)])
            if report.fault is not None:
                raise report.fault
            items += Judge(told, point).items(list(report.connections()))
    return items
