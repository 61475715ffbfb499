"""A conn.log as Zeek's ASCII writer makes it: what reads Zeek's logs (zeek-cut ...) reads it.

A connection's ``uid`` is its pcapflow ``id``, so that other records of it can be found.  What a
capture of TCP headers does not tell (services, octets of IP headers, Zeek's own configuration)
is unset.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from pcapflow.model import ENDS, Connection
from pcapflow.report.source import ReportLike
from pcapflow.tcp.codes import FINS, RSTS

_SECOND = 1_000_000_000
_UNSET = "-"
_CLOSES = FINS | RSTS

COLUMNS = (
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("service", "string"),
    ("duration", "interval"),
    ("orig_bytes", "count"),
    ("resp_bytes", "count"),
    ("conn_state", "string"),
    ("local_orig", "bool"),
    ("local_resp", "bool"),
    ("missed_bytes", "count"),
    ("history", "string"),
    ("orig_pkts", "count"),
    ("orig_ip_bytes", "count"),
    ("resp_pkts", "count"),
    ("resp_ip_bytes", "count"),
    ("tunnel_parents", "set[string]"),
    ("community_id", "string"),
)
"""Names and types: those of base/protocols/conn, then that of the community-id package."""


def lines(report: ReportLike) -> Iterator[str]:
    """The header, a line for each connection, and the footer.

    The log was opened and closed when the capture was: equal captures make equal logs.
    """
    yield "#separator \\x09\n"
    yield _line("#set_separator", ",")
    yield _line("#empty_field", "(empty)")
    yield _line("#unset_field", _UNSET)
    yield _line("#path", "conn")
    yield _line("#open", _moment(report.info.first))
    yield _line("#fields", *(name for name, _ in COLUMNS))
    yield _line("#types", *(kind for _, kind in COLUMNS))
    for connection in report.connections():
        yield _line(*row(connection))
    yield _line("#close", _moment(report.info.last))


def row(connection: Connection) -> tuple[str, ...]:
    """The values of one connection, in the order of ``COLUMNS``."""
    lasted = _duration(connection)
    octets = [str(count) if lasted else _UNSET for count in connection.bytes]  # as Zeek has it
    return (
        _seconds(connection.first),
        f"C{connection.id}",
        connection.client.ip,
        str(connection.client.port),
        connection.server.ip,
        str(connection.server.port),
        "tcp",
        _UNSET,
        _seconds(lasted) if lasted else _UNSET,
        *octets,
        connection.conn_state,
        _UNSET,
        _UNSET,
        _UNSET,
        connection.history or _UNSET,
        str(connection.packets[0]),
        _UNSET,
        str(connection.packets[1]),
        _UNSET,
        _UNSET,
        connection.community_id or _UNSET,
    )


def _duration(connection: Connection) -> int:
    """Up to where both ends had closed, in ns: what follows, Zeek counts no more."""
    closed = [
        next((e.at for e in connection.events if e.end == end and e.code in _CLOSES), None)
        for end in ENDS
    ]
    known = [at for at in closed if at is not None]
    until = max(known) if len(known) == len(ENDS) else connection.last
    return max(0, until - connection.first)


def _line(*values: str) -> str:
    return "\t".join(values) + "\n"


def _seconds(ns: int) -> str:
    return f"{ns // _SECOND}.{ns % _SECOND // 1000:06}"


def _moment(at: int | None) -> str:
    return f"{datetime.fromtimestamp((at or 0) // _SECOND, UTC):%Y-%m-%d-%H-%M-%S}"
