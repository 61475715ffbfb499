"""A row a connection in Arrow's columns, for polars, pandas, DuckDB and all that speak Arrow.

The columns are those of csv with types, and each end's seconds in each state.  pyarrow is loaded
when somebody asks; the rows come in batches, so that all connections are never held at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from pcapflow.errors import MissingTool
from pcapflow.model import Connection, State
from pcapflow.report import csv_
from pcapflow.report.source import ReportLike
from pcapflow.tcp.timers import SECOND

if TYPE_CHECKING:
    import pyarrow

    Table: TypeAlias = pyarrow.Table

BATCH = 16_384
"""Connections that are held at once."""

_PORTS = ("client_port", "server_port")
_TIMES = ("first", "last")
_TEXTS = ("history", "shape")  # of which every connection may have its own
_DWELLS = ("client_dwell_s", "server_dwell_s")


def table(report: ReportLike) -> Table:
    """All connections, ordered by first packet.  Raises MissingTool without pyarrow."""
    return reader(report).read_all()


def reader(report: ReportLike, batch: int = BATCH) -> pyarrow.RecordBatchReader:
    """The same as a stream of batches, read once.  Raises MissingTool without pyarrow."""
    pa = _pyarrow()
    columns = schema()
    return pa.RecordBatchReader.from_batches(columns, _batches(report, columns, batch))


def schema() -> pyarrow.Schema:
    """The columns and their types."""
    pa = _pyarrow()
    words = pa.dictionary(pa.int32(), pa.string())
    dwell = pa.struct([(state, pa.float64()) for state in get_args(State)])
    types = dict.fromkeys(csv_.COLUMNS, words)
    types |= dict.fromkeys(("id", "client_fins", "server_fins"), pa.int64())
    types |= dict.fromkeys(_PORTS, pa.uint16())
    types |= dict.fromkeys(_TIMES, pa.timestamp("ns", "UTC"))
    types |= dict.fromkeys(_TEXTS, pa.string())
    types |= {"codes": pa.list_(pa.string())} | dict.fromkeys(_DWELLS, dwell)
    return pa.schema(list(types.items()))


def _batches(
    report: ReportLike, columns: pyarrow.Schema, most: int
) -> Iterator[pyarrow.RecordBatch]:
    pa = _pyarrow()
    rows = map(_row, report.connections())
    while batch := list(islice(rows, most)):
        arrays = [
            pa.array(values, kind)
            for values, kind in zip(zip(*batch, strict=True), columns.types, strict=True)
        ]
        yield pa.record_batch(arrays, schema=columns)


def _row(connection: Connection) -> tuple[object, ...]:
    """The values of csv, but those that are no text for Arrow, and the dwells behind them."""
    row = dict(zip(csv_.COLUMNS, csv_.row(connection), strict=True))
    row["first"], row["last"] = connection.first, connection.last
    row["codes"] = list(dict.fromkeys(finding.code for finding in connection.findings))
    seconds = ({s: ns / SECOND for s, ns in dwell.items()} for dwell in connection.dwell)
    return (*row.values(), *seconds)


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise MissingTool(
            "pyarrow", "a report in Arrow's columns", "pip install pcapflow[arrow]"
        ) from error
    return pyarrow
