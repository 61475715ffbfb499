"""One line a connection, for spreadsheets and cut."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Literal

from pcapflow.model import SEVERITIES, Connection, Fin
from pcapflow.report.source import ReportLike
from pcapflow.report.times import iso

COLUMNS = (
    "id",
    "client_ip",
    "client_port",
    "server_ip",
    "server_port",
    "first",
    "last",
    "opening",
    "ending",
    "ended_by",
    "first_closer",
    "client_state",
    "server_state",
    "client_fins",
    "server_fins",
    "final_ack",
    "worst",
    "codes",
    "conn_state",
    "history",
    "shape",
)


def lines(report: ReportLike, delimiter: Literal[",", "\t"] = ",") -> Iterator[str]:
    """A line of column names, then one for each connection; tsv with a tab.

    ``worst`` is the greatest severity, ``codes`` are separated by spaces, the worst first; what
    does not apply is empty.
    """
    line = io.StringIO()
    writer = csv.writer(line, delimiter=delimiter, lineterminator="\n")
    writer.writerow(COLUMNS)
    yield line.getvalue()
    for connection in report.connections():
        line.seek(0)
        line.truncate()
        writer.writerow(row(connection))
        yield line.getvalue()


def row(connection: Connection) -> tuple[object, ...]:
    """The values of one connection, in the order of ``COLUMNS``."""
    severities = {finding.severity for finding in connection.findings}
    codes = dict.fromkeys(finding.code for finding in connection.findings)
    return (
        connection.id,
        connection.client.ip,
        connection.client.port,
        connection.server.ip,
        connection.server.port,
        iso(connection.first),
        iso(connection.last),
        connection.opening,
        connection.ending,
        connection.ended_by,
        connection.first_closer,
        *connection.states,
        *(_sent(fin) for fin in connection.fin),
        connection.final_ack,
        next((s for s in SEVERITIES if s in severities), None),
        " ".join(codes),
        connection.conn_state,
        connection.history,
        connection.shape,
    )


def _sent(fin: Fin | None) -> int:
    return 0 if fin is None else fin.sent
