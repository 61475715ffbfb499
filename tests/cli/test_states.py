"""`pcapflow states --at`: what ss would have shown of a capture at a moment."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from textwrap import dedent

import pytest

from tests.cli.captures import cut_short, damaged, leaking, mixed, written
from tests.cli.program import Result, pcapflow, process, sample
from tests.wire import Wire, in_time_order, pcap

START = "2026-01-01T00:00:00Z"


def told(result: Result) -> str:
    assert (result.code, result.err) == (0, "")
    return result.out


def refused(result: Result) -> str:
    assert (result.code, result.out) == (2, "")
    return result.err.removeprefix("pcapflow: ").rstrip()


def shown(text: str) -> str:
    return dedent(text).removeprefix("\n")


def half_closed(tmp_path: Path) -> Path:
    """One second open, three half-closed, then done; a last SYN ten seconds after the first."""
    wire = Wire(client="10.0.0.5:51234", server="10.0.0.9:80", start=START)
    wire.handshake()
    wire.at(1)
    wire.c("FIN ACK")
    wire.s("ACK")
    wire.at(3)
    wire.s("FIN ACK")
    wire.c("ACK")
    last = Wire(client="10.0.0.5:51235", server="10.0.0.9:80", start=START)
    last.at(10)
    last.c("SYN")
    return written(tmp_path, pcap(in_time_order(wire, last)))


def pool(tmp_path: Path, sockets: int = 12) -> Path:
    """A server closes all connections; the client closes none."""
    wires = [leaking(40_000 + i, server="10.0.1.9:8080") for i in range(sockets)]
    return written(tmp_path, pcap(in_time_order(*wires)), "pool.pcap")


def test_both_ends_of_a_half_closed_connection(tmp_path: Path) -> None:
    assert told(pcapflow("states", half_closed(tmp_path), "--at", "+2s")) == shown("""
        As ss -tan would have shown at 2026-01-01 00:00:02.000 UTC (+2 s)

        10.0.0.9  (server)  CLOSE_WAIT 1
        State       Local        Peer             Since  Sure
        CLOSE_WAIT  10.0.0.9:80  10.0.0.5:51234  990 ms  likely

        10.0.0.5  (client)  FIN_WAIT_2 1
        State       Local           Peer          Since  Sure
        FIN_WAIT_2  10.0.0.5:51234  10.0.0.9:80  985 ms  likely

        A capture shows no listening sockets, and neither Recv-Q nor Send-Q. An orphan's
        FIN_WAIT_2 may be gone, unseen, after 60 s (Linux).
        """)


def test_what_is_closed_is_not_there_and_what_waits_is(tmp_path: Path) -> None:
    path = half_closed(tmp_path)
    assert told(pcapflow("states", path, "--at", "2026-01-01T00:00:09Z")) == shown("""
        As ss -tan would have shown at 2026-01-01 00:00:09.000 UTC (+9 s)

        10.0.0.5  (client)  TIME_WAIT 1
        State      Local           Peer          Since  Sure
        TIME_WAIT  10.0.0.5:51234  10.0.0.9:80  4.98 s  certain

        A capture shows no listening sockets, and neither Recv-Q nor Send-Q.
        """)


def test_the_end_is_the_last_packet_and_stands_where_nothing_is_named(tmp_path: Path) -> None:
    path = half_closed(tmp_path)
    at_the_end = told(pcapflow("states", path, "--at", "end"))
    assert (
        at_the_end
        == told(pcapflow("states", path))
        == told(pcapflow("states", path, "--at", "+10s"))
    )
    assert "SYN_SENT   10.0.0.5:51235  10.0.0.9:80     0 s  likely" in at_the_end
    assert "UNKNOWN: 1 end that had shown no state by then." in " ".join(at_the_end.split())


def test_time_wait_is_over_when_its_host_says_so(tmp_path: Path) -> None:
    path = half_closed(tmp_path)
    assert "TIME_WAIT" in told(pcapflow("states", path, "--time-wait", "6"))
    assert "TIME_WAIT" not in told(pcapflow("states", path, "--time-wait", "5"))


def test_sums_alone_as_ss_s(tmp_path: Path) -> None:
    assert told(pcapflow("states", half_closed(tmp_path), "-s", "--at", "+2s")) == shown("""
        As ss -s would have shown at 2026-01-01 00:00:02.000 UTC (+2 s)

        10.0.0.9  (server)  CLOSE_WAIT 1
        10.0.0.5  (client)  FIN_WAIT_2 1

        A capture shows no listening sockets, and neither Recv-Q nor Send-Q. An orphan's
        FIN_WAIT_2 may be gone, unseen, after 60 s (Linux).
        """)


def test_many_alike_fold_and_all_lists_them(tmp_path: Path) -> None:
    path = pool(tmp_path)
    folded = told(pcapflow("states", path)).splitlines()
    assert sum(line.startswith("CLOSE_WAIT  10.0.0.5:") for line in folded) == 10
    assert "CLOSE_WAIT  ... and 2 more" in folded
    assert "--all lists every socket" in " ".join(folded)
    whole = told(pcapflow("states", path, "--all")).splitlines()
    assert sum(line.startswith("CLOSE_WAIT  10.0.0.5:") for line in whole) == 12
    assert "--all" not in " ".join(whole)


def test_one_machine_alone(tmp_path: Path) -> None:
    path = half_closed(tmp_path)
    for host in ("10.0.0.9", "10.0.0.8/31"):
        out = told(pcapflow("states", path, "--at", "+2s", "--host", host))
        assert "CLOSE_WAIT" in out
        assert "10.0.0.5  (client)" not in out
    assert "No sockets." in told(pcapflow("states", path, "--host", "10.0.0.77"))


def test_one_port_alone() -> None:
    path = sample("leaking_pool")
    assert "CLOSE_WAIT 1\n" in told(pcapflow("states", path, "--port", "54683"))
    assert "No sockets." in told(pcapflow("states", path, "--port", "1"))


@pytest.mark.parametrize(
    "name", ["close-wait", "CLOSE_WAIT", "CLOSE-WAIT", "closewait", "close_wait"]
)
def test_states_are_known_in_every_spelling(name: str) -> None:
    out = told(pcapflow("states", sample("leaking_pool"), "--state", name))
    assert "CLOSE_WAIT 10" in out
    assert "ESTABLISHED" not in out


@pytest.mark.parametrize("name", ["ESTAB", "established"])
def test_short_names_of_states(name: str) -> None:
    assert "ESTABLISHED 1\n" in told(pcapflow("states", sample("leaking_pool"), "--state", name))


def test_what_is_no_state_is_refused() -> None:
    error = refused(pcapflow("states", sample("orderly"), "--state", "waiting"))
    assert error == "'waiting' is no state of TCP. Try: close-wait, TIME_WAIT, ESTAB ..."


@pytest.mark.parametrize(
    ("at", "side"),
    [("+11s", "after the last"), ("2025-12-31T23:59:59Z", "before the first")],
)
def test_a_moment_outside_is_refused_with_what_the_capture_has(
    tmp_path: Path, at: str, side: str
) -> None:
    assert refused(pcapflow("states", half_closed(tmp_path), "--at", at)) == (
        f"--at is {side} TCP packet of the capture, which goes from "
        "2026-01-01T00:00:00.000000000Z to 2026-01-01T00:00:10.000000000Z (+10 s)"
    )


def test_what_is_no_time_is_refused_before_anything_is_read() -> None:
    assert refused(pcapflow("states", "nowhere.pcap", "--at", "noon")).startswith(
        "'noon' is no time"
    )


def test_csv_has_a_line_a_socket(tmp_path: Path) -> None:
    out = told(pcapflow("states", half_closed(tmp_path), "--at", "+2s", "--format", "csv"))
    first, second = csv.DictReader(out.splitlines())
    assert first == {
        "host": "10.0.0.9",
        "state": "CLOSE_WAIT",
        "local_ip": "10.0.0.9",
        "local_port": "80",
        "peer_ip": "10.0.0.5",
        "peer_port": "51234",
        "since": "2026-01-01T00:00:01.010020000Z",
        "seconds": "0.989980000",
        "evidence": "acked",
        "confidence": "likely",
        "id": "1",
    }
    assert (second["host"], second["state"]) == ("10.0.0.5", "FIN_WAIT_2")


def test_json_is_one_object(tmp_path: Path) -> None:
    out = told(pcapflow("states", half_closed(tmp_path), "--at", "+2s", "--format", "json"))
    whole = json.loads(out)
    assert (whole["schema"], whole["at"], whole["after_s"]) == (
        *(1, "2026-01-01T00:00:02.000000000Z", 2.0),
    )
    assert whole["hosts"][0] == {
        "host": "10.0.0.9",
        "ends": ["server"],
        "sums": {"CLOSE_WAIT": 1},
        "sockets": [
            {
                "state": "CLOSE_WAIT",
                "local": {"ip": "10.0.0.9", "port": 80},
                "peer": {"ip": "10.0.0.5", "port": 51234},
                "since": "2026-01-01T00:00:01.010020000Z",
                "seconds": 0.98998,
                "evidence": "acked",
                "confidence": "likely",
                "id": 1,
            }
        ],
    }


def test_the_file_says_the_form_and_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "sockets.csv"
    assert told(pcapflow("states", half_closed(tmp_path), "--at", "+2s", "-o", target)) == ""
    assert target.read_text().startswith("host,state,local_ip")
    again = pcapflow("states", half_closed(tmp_path), "--at", "+2s", "-o", target)
    assert "--force" in refused(again)


def test_standard_input_is_read(tmp_path: Path) -> None:
    result = process("states", "-", "--at", "+2s", stdin=half_closed(tmp_path).read_bytes())
    assert "CLOSE_WAIT 1" in told(result)


def test_several_files_are_one_capture() -> None:
    several = pcapflow("states", sample("leaking_pool"), sample("orderly"), "-s")
    assert "10.77.4.1  (client)  CLOSE_WAIT 10 · ESTABLISHED 1" in told(several)


def test_nothing_to_look_at(tmp_path: Path) -> None:
    empty = written(tmp_path, pcap([]))
    assert refused(pcapflow("states", empty)) == "there is no TCP connection"


def test_a_cut_and_a_damaged_capture_are_told_of(tmp_path: Path) -> None:
    cut = pcapflow("states", cut_short(tmp_path))
    assert cut.code == 0
    assert "75 octets are left over" in cut.err
    assert pcapflow("states", cut_short(tmp_path), "--strict").code == 2
    broken = pcapflow("states", damaged(tmp_path))
    assert broken.code == 2
    assert "As ss -tan would have shown" in broken.out
    assert "damaged" in broken.err


def test_an_end_under_way_is_unknown_until_it_shows_itself(tmp_path: Path) -> None:
    first = Wire(client="10.0.0.5:51000", server="10.0.0.9:80", start=START)
    first.handshake()
    under_way = Wire(client="10.0.0.5:51001", server="10.0.0.9:80", start=START)
    under_way.at(5)
    under_way.c("PSH ACK", data=10)
    under_way.s("ACK")
    path = written(tmp_path, pcap(in_time_order(first, under_way)))
    early = told(pcapflow("states", path, "--at", "+1s", "-s"))
    assert "10.0.0.5  (client)  ESTABLISHED 1 · UNKNOWN 1" in early
    assert "UNKNOWN: 2 ends that had shown no state by then." in " ".join(early.split())
    assert "10.0.0.5  (client)  ESTABLISHED 2" in told(pcapflow("states", path, "-s"))


def test_addresses_of_ipv6_are_written_as_ss_writes_them(tmp_path: Path) -> None:
    wire = Wire(client="[2001:db8::5]:51000", server="[2001:db8::9]:443", start=START)
    wire.handshake()
    out = told(pcapflow("states", written(tmp_path, pcap(wire.packets))))
    assert "ESTABLISHED  [2001:db8::5]:51000  [2001:db8::9]:443" in out


def test_mixed_capture_at_its_beginning(tmp_path: Path) -> None:
    path = written(tmp_path, mixed())
    assert "SYN_SENT 3" in told(pcapflow("states", path, "--at", "+0s", "-s"))
