"""The published record, against its schema and field by field."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pcapflow.model import Fin, Finding, Transition
from pcapflow.report import csv_, json_, ndjson
from pcapflow.report.records import record
from pcapflow.tcp.timers import SECOND, Settings
from pcapflow.values import replace
from tests.findings.test_catalogue import of_every_code
from tests.report import reports

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "record.schema.json").read_text(encoding="utf-8")
)
ORDER = [
    "schema id community_id client server roles first last vantage packets bytes opening ending",
    "ended_by first_closer states state_evidence fin rst final_ack transitions dwell_s findings",
    "shape conn_state history",
]
LONG = tuple(range(1, 101))
SHORT = [*range(1, 33), *range(69, 101)]


@pytest.fixture(scope="module")
def validator() -> Any:
    return jsonschema.Draft202012Validator(SCHEMA)


def test_every_record_is_valid(validator: Any) -> None:
    told = [json.loads(line) for line in ndjson.lines(reports.leaking_pool())]

    assert len(told) == 60
    for each in told:
        validator.validate(each)


def test_records_with_every_code_are_valid(validator: Any) -> None:
    for ipv6 in (False, True):
        for each in of_every_code(ipv6):
            validator.validate(record(replace(each.connection, findings=each.findings())))


def test_fields_come_in_the_order_of_the_contract() -> None:
    told = record(reports.LEAK.connection)

    assert list(told) == " ".join(ORDER).split()
    assert set(SCHEMA["required"]) <= set(told)


def test_a_record_says_what_the_connection_does() -> None:
    leak = replace(
        reports.LEAK.connection,
        dwell=({"ESTABLISHED": 3_120_000_000, "CLOSE_WAIT": 66_800_000_001}, {}),
        findings=reports.LEAK.findings(),
    )
    told = record(leak)

    assert told["client"] == {"ip": "10.0.0.5", "port": 51234}
    assert told["first"] == "2026-11-22T12:00:00.000000000Z"
    assert told["states"] == {"client": "CLOSE_WAIT", "server": "FIN_WAIT_2"}
    assert told["fin"] == {
        "client": None,
        "server": {"sent": 1, "retransmitted": 0, "acked": 7, "frames": [6]},
    }
    assert told["transitions"][-1] == {
        "end": "server",
        "from": "FIN_WAIT_1",
        "to": "FIN_WAIT_2",
        "at": "2026-11-22T12:00:03.130000000Z",
        "frame": 7,
        "evidence": "presumed",
    }
    assert told["dwell_s"]["client"]["CLOSE_WAIT"] == pytest.approx(66.800000001)
    assert told["findings"][0]["code"] == "close-wait-leak"
    assert told["findings"][0]["frames"] == [6, 7]


def test_what_time_alone_shows_names_its_assumption(validator: Any) -> None:
    expired = Transition(
        "client",
        "TIME_WAIT",
        "CLOSED",
        1,
        None,
        "timer",
        Settings(time_wait=30 * SECOND).assumption,
    )
    leak = reports.LEAK.connection
    told = record(replace(leak, transitions=(*leak.transitions, expired)))

    validator.validate(told)
    assert told["transitions"][-1]["assumption"] == "2MSL of 30 s, as given"
    assert all("assumption" not in each for each in told["transitions"][:-1])


def test_long_lists_of_frames_keep_both_ends(validator: Any) -> None:
    finding = Finding("half-close", "info", "client", "certain", LONG, "m" * 20, "a", "frame")
    connection = replace(
        reports.LEAK.connection,
        fin=(Fin(100, None, LONG), Fin(64, 7, LONG[:64])),
        rst=(LONG, ()),
        rst_total=(100, 0),
        findings=(finding,),
    )
    told = record(connection)

    validator.validate(told)
    assert told["fin"]["client"]["frames"] == SHORT
    assert told["fin"]["client"]["frames_total"] == 100
    assert "frames_total" not in told["fin"]["server"]
    assert told["rst"]["client"] == SHORT
    assert told["rst_total"] == {"client": 100, "server": 0}
    assert told["findings"][0]["frames"] == SHORT
    assert told["findings"][0]["frames_total"] == 100


def test_totals_count_what_was_not_kept() -> None:
    told = record(replace(reports.LEAK.connection, rst=(LONG[:40], ()), rst_total=(70, 0)))

    assert told["rst"]["client"] == list(LONG[:40])
    assert told["rst_total"]["client"] == 70


def test_files_are_named_where_there_are_several(validator: Any) -> None:
    connection = reports.LEAK.connection
    told = record(connection, [("a.pcap", 1), ("b\udcff.pcap", 101)])

    validator.validate(told)
    assert told["files"] == [
        {"name": "a.pcap", "first_frame": 1},
        {"name": r"b\udcff.pcap", "first_frame": 101},
    ]
    assert "files" not in record(connection, [("a.pcap", 1)])


def test_json_is_one_object_with_all_records(validator: Any) -> None:
    told = json.loads(b"".join(json_.chunks(reports.leaking_pool())))

    assert list(told) == [
        "schema", "tool", "capture", "summary", "shapes", "findings", "connections",
    ]  # fmt: skip
    assert told["tool"] == {"name": "pcapflow", "version": "0.1.0", "engine": "compiled"}
    assert told["capture"]["first"] == "2026-11-22T12:00:00.000000000Z"
    assert told["capture"]["truncated"] is None
    assert len(told["connections"]) == 60
    for each in told["connections"]:
        validator.validate(each)


def test_the_summary_counts() -> None:
    summary = json.loads(b"".join(json_.chunks(reports.leaking_pool())))["summary"]

    assert summary["connections"] == 60
    assert summary["healthy"] == 6
    assert summary["ending"]["half-closed"] == 44
    assert summary["states"]["client"]["CLOSE_WAIT"] == 44
    assert summary["findings"]["close-wait-leak"] == {"warning": 44}
    assert summary["findings"]["fin-retransmit"] == {"info": 2, "warning": 4}


def test_shapes_name_services_findings_and_examples() -> None:
    shape = json.loads(b"".join(json_.chunks(reports.leaking_pool())))["shapes"][0]

    assert shape["service"] == {"ip": "10.77.67.2", "port": 8080}
    assert shape["connections"] == 44
    assert shape["findings"] == [
        {"code": "close-wait-leak", "severity": "warning", "connections": 44},
        {"code": "fin-wait-2-timeout", "severity": "info", "connections": 44},
    ]
    assert shape["examples"] == [1]
    assert shape["dwell"] == {"end": "client", "state": "CLOSE_WAIT", "median_s": 91.88}


def test_findings_across_connections_say_who_holds_them() -> None:
    (found,) = json.loads(b"".join(json_.chunks(reports.piled())))["findings"]

    assert found.pop("message").startswith("44 sockets of 10.77.67.1 towards 10.77.67.2:8080 stuck")
    assert found.pop("advice").startswith("on 10.77.67.1: ss -tanp state close-wait")
    assert found == {
        "code": "close-wait-pileup",
        "severity": "error",
        "end": "client",
        "confidence": "likely",
        "host": "10.77.67.1",
        "service": {"ip": "10.77.67.2", "port": 8080},
        "connections": 44,
        "per_minute": 120.0,
        "oldest_s": 22.0,
        "examples": [1, 2, 3],
        "display_filter": "ip.addr == 10.77.67.1 && ip.addr == 10.77.67.2 && tcp.port == 8080",
    }


def test_an_empty_capture_is_an_object_too() -> None:
    info = replace(reports.INFO, first=None, last=None, files=("\udcff",), truncated="cut")
    told = json.loads(b"".join(json_.chunks(reports.report(info=info, fault="damaged"))))

    assert told["connections"] == []
    assert told["shapes"] == []
    assert told["capture"]["first"] is None
    assert told["capture"]["files"] == [r"\udcff"]
    assert (told["capture"]["truncated"], told["capture"]["fault"]) == ("cut", "damaged")


def test_csv_has_a_line_a_connection() -> None:
    head, *rows = csv_.lines(reports.leaking_pool())

    assert head.strip().split(",") == list(csv_.COLUMNS)
    assert len(rows) == 60
    values = dict(zip(csv_.COLUMNS, rows[0].strip().split(","), strict=True))
    assert values["id"] == "1"
    assert values["client_ip"] == "10.0.0.5"
    assert values["ended_by"] == ""
    assert (values["client_fins"], values["server_fins"]) == ("0", "1")
    assert (values["worst"], values["codes"]) == (
        "warning",
        "close-wait-leak fin-wait-2-timeout",
    )
    assert values["shape"].startswith("C:SYN S:SYN_ACK")


def test_tsv_separates_by_tabs_and_codes_by_blanks() -> None:
    unanswered = reports.report((reports.UNANSWERED, 1, reports.WEB))
    _, row = csv_.lines(unanswered, "\t")
    values = dict(zip(csv_.COLUMNS, row.rstrip("\n").split("\t"), strict=True))

    assert values["codes"] == "fin-unanswered fin-retransmit"
    assert values["final_ack"] == ""
