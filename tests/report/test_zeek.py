"""The conn.log, read as zeek-cut reads it: by the header's separator, fields and types."""

from __future__ import annotations

import json
from typing import Any

from pcapflow.cli.analysis import FORMATS
from pcapflow.report import zeek
from pcapflow.tcp.timers import SECOND
from pcapflow.values import replace
from tests.cli.program import pcapflow, sample
from tests.findings.transcript import NOON
from tests.report import reports

CONN = [
    *("ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service"),
    *("duration", "orig_bytes", "resp_bytes", "conn_state", "local_orig", "local_resp"),
    *("missed_bytes", "history", "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes"),
    "tunnel_parents",
]


def cut(log: str) -> list[dict[str, str | None]]:
    """Rows by field; None where a value is unset.  Every line must have a value for each field."""
    separator = unset = ""
    fields: list[str] = []
    rows: list[dict[str, str | None]] = []
    for line in log.splitlines():
        if line.startswith("#separator "):
            separator = chr(int(line.removeprefix("#separator \\x"), 16))
        elif line.startswith("#"):
            key, *values = line.split(separator)
            if key == "#unset_field":
                (unset,) = values
            elif key == "#fields":
                fields = values
            elif key == "#types":
                assert len(values) == len(fields)
        else:
            values = line.split(separator)
            rows.append({f: None if v == unset else v for f, v in zip(fields, values, strict=True)})
    return rows


def test_fields_are_those_of_conn_log_in_its_order() -> None:
    names = [name for name, _ in zeek.COLUMNS]
    assert names == [*CONN, "community_id"]
    assert "zeek" in FORMATS


def test_the_header_and_footer_are_zeeks() -> None:
    lines = "".join(zeek.lines(reports.leaking_pool())).splitlines()

    assert [line.partition("\t")[0] for line in lines if line.startswith("#")] == [
        "#separator \\x09",
        *("#set_separator", "#empty_field", "#unset_field", "#path", "#open", "#fields", "#types"),
        "#close",
    ]
    assert lines[4] == "#path\tconn"
    assert lines[6].startswith("#fields\tts\tuid\t")
    assert lines[7].startswith("#types\ttime\tstring\taddr\tport\taddr\tport\tenum\t")
    assert lines[-1].startswith("#close\t")


def test_every_connection_has_a_line_healthy_or_not() -> None:
    assert len(cut("".join(zeek.lines(reports.leaking_pool())))) == reports.leaking_pool().total


def test_a_real_close() -> None:
    (row,) = cut(pcapflow("analyze", sample("orderly"), "--format", "zeek").out)
    (told,) = _ndjson("orderly")

    assert row["uid"] == f"C{told['id']}"
    assert (row["proto"], row["conn_state"], row["history"]) == ("tcp", "SF", told["history"])
    assert row["community_id"] == told["community_id"]
    assert (row["orig_pkts"], row["resp_pkts"]) == tuple(map(str, told["packets"].values()))
    assert (row["orig_bytes"], row["resp_bytes"]) == tuple(map(str, told["bytes"].values()))
    unknown = {name for name, value in row.items() if value is None}
    assert unknown == {
        *("service", "local_orig", "local_resp", "missed_bytes", "orig_ip_bytes"),
        *("resp_ip_bytes", "tunnel_parents"),
    }


def test_duration_leaves_out_what_follows_both_closes() -> None:
    """conn.log: for a four-way teardown it does not include the final ACK."""
    closed = reports.ORDERLY.connection  # FIN at 3 s, FIN at 3.01 s, ACK at 3.02 s
    assert zeek.row(closed)[8] == "3.010000"
    assert zeek.row(reports.LEAK.connection)[8] == _seconds(reports.LEAK.connection.last)


def test_times_are_seconds_with_six_decimals() -> None:
    (began,) = {zeek.row(reports.LEAK.connection)[0]}
    assert began == f"{NOON // SECOND}.000000"


def test_a_single_packet_lasted_nothing() -> None:
    alone = reports.LEAK.connection
    alone = replace(alone, events=(), last=alone.first)
    assert zeek.row(alone)[8:11] == ("-", "-", "-")


def _seconds(last: int) -> str:
    return f"{(last - reports.LEAK.connection.first) / SECOND:.6f}"


def _ndjson(name: str) -> list[dict[str, Any]]:
    done = pcapflow("analyze", sample(name), "--format", "ndjson")
    return [json.loads(line) for line in done.out.splitlines()]
