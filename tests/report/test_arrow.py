"""Arrow's columns hold what csv says, with types."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pcapflow.api import analyze
from pcapflow.errors import MissingTool
from pcapflow.fold import Report
from pcapflow.model import Connection
from pcapflow.report import arrow, csv_
from tests.conftest import need_library
from tests.lab.fixtures import captures, fixture_names
from tests.report import reports

POOL = Path(__file__).parents[2] / "samples" / "leaking_pool.pcap"
_SECOND = 1_000_000_000


@pytest.fixture
def pa() -> Any:
    need_library("pyarrow")
    import pyarrow

    return pyarrow


def pool() -> Report:
    return analyze([str(POOL)])


def as_csv(name: str, column: Any) -> list[str]:
    """A column's values as csv writes them; whole nanoseconds, which pyarrow alone cannot print."""
    if name in ("first", "last"):
        column = column.cast("string")
        return [f"{value.replace(' ', 'T').removesuffix('Z')}Z" for value in column.to_pylist()]
    if name == "codes":
        return [" ".join(codes) for codes in column.to_pylist()]
    return ["" if value is None else str(value) for value in column.to_pylist()]


@pytest.mark.parametrize("name", fixture_names()[::9])
def test_the_values_are_those_of_csv(pa: Any, name: str) -> None:
    _, path = next(captures(name))
    report = analyze([str(path)])
    table = report.to_arrow()

    rows = list(csv.DictReader(csv_.lines(report)))
    assert table.num_rows == len(rows) == report.total
    for column in csv_.COLUMNS:
        assert as_csv(column, table[column]) == [row[column] for row in rows], column


def test_the_types(pa: Any) -> None:
    types = {field.name: str(field.type) for field in pool().to_arrow().schema}

    assert tuple(types)[: len(csv_.COLUMNS)] == csv_.COLUMNS
    assert types["id"] == types["client_fins"] == "int64"
    assert types["client_port"] == types["server_port"] == "uint16"
    assert types["first"] == types["last"] == "timestamp[ns, tz=UTC]"
    assert types["codes"].startswith("list<")
    assert types["client_ip"].startswith("dictionary<values=string")
    assert types["client_state"].startswith("dictionary<values=string")
    assert types["client_dwell_s"].startswith("struct<")


def test_the_seconds_in_each_state(pa: Any) -> None:
    report = pool()
    leaked = report.to_arrow().slice(3, 1)

    (spent,) = leaked["client_dwell_s"].to_pylist()
    known = {state: seconds for state, seconds in spent.items() if seconds is not None}
    assert known == {s: ns / _SECOND for s, ns in report.connection(4).dwell[0].items()}
    assert round(known["CLOSE_WAIT"], 1) == 75.8
    assert spent["TIME_WAIT"] is None  # it never was in that state


def test_any_reader_of_arrow_streams_takes_a_report(pa: Any) -> None:
    report = pool()

    assert pa.RecordBatchReader.from_stream(report).read_all() == report.to_arrow()
    assert pa.table(report).num_rows == 13


def test_batches_hold_no_more_than_they_should(pa: Any) -> None:
    """They are made when they are asked for, of connections that are read then."""
    asked = 0

    def counted() -> Iterator[Connection]:
        nonlocal asked
        for connection in whole.all_connections:
            asked += 1
            yield connection

    class Counting(reports.HandMade):
        def connections(self) -> Iterator[Connection]:
            return counted()

    whole = reports.leaking_pool()
    reader = arrow.reader(Counting(**vars(whole)), batch=7)
    sizes = []
    for batch in reader:
        sizes.append(batch.num_rows)
        assert asked <= 7 * len(sizes)
    assert sizes == [7] * 8 + [4]
    assert whole.total == 60


def test_no_connection_is_a_table_without_rows(pa: Any) -> None:
    empty = replace(reports.nothing())

    assert arrow.table(empty).num_rows == 0
    assert arrow.table(empty).schema == arrow.schema()


def test_pyarrow_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    report = pool()
    for ask in (report.to_arrow, report.__arrow_c_stream__):
        with pytest.raises(MissingTool) as caught:
            ask()
        assert str(caught.value) == (
            "a report in Arrow's columns needs pyarrow, which is not installed. "
            "Try: pip install pcapflow[arrow]"
        )
