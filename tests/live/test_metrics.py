"""Metrics as Prometheus would fetch them, and what docs/ makes of them."""

from __future__ import annotations

import json
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
from urllib.request import urlopen

import pytest

from pcapflow.errors import UsageError
from pcapflow.live.metrics import Metrics, address
from pcapflow.live.stop import Stop
from pcapflow.live.watch import Limits, Watch
from pcapflow.tcp.timers import DEFAULTS
from tests.cli.captures import leaking, orderly
from tests.cli.program import DEADLINE, REPOSITORY, pcapflow
from tests.conftest import need_library, need_root, need_tool
from tests.live.network import PORT, Cable, abort, cable, hang_up, say
from tests.live.test_incidents import until
from tests.live.test_live import watching
from tests.live.test_watch import Tape
from tests.wire import Wire, in_time_order, pcap

Labels = tuple[tuple[str, str], ...]
Samples = dict[tuple[str, Labels], float]


@pytest.fixture(autouse=True)
def library() -> None:
    need_library("prometheus_client")


def fetched(url: str) -> Samples:
    """All samples, as Prometheus' own reader understands the page."""
    from prometheus_client.parser import text_string_to_metric_families

    with urlopen(url, timeout=DEADLINE) as page:
        text = page.read().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def sockets(samples: Samples) -> dict[tuple[str, str, str], int]:
    found = {}
    for (name, labels), value in samples.items():
        if name == "pcapflow_sockets":
            told = dict(labels)
            found[told["host"], told["service"], told["state"]] = int(value)
    return found


def watched(*wires: Wire, most: int = 100) -> tuple[Samples, Samples]:
    """What is told of these packets: when all have been read, and when the watch is over."""
    tape = Tape([pcap([packet])[24:] for packet in in_time_order(*wires)])
    count = sum(len(wire.packets) for wire in wires)
    try:
        with Metrics("127.0.0.1:0", most) as metrics:
            watch = Watch(tape, DEFAULTS, Limits(packets=count), [metrics])
            with Stop() as stop:
                list(watch.news(stop))
            while_open = fetched(metrics.url)
            list(watch.end())
            return while_open, fetched(metrics.url)
    finally:
        tape.close()


def test_nothing_is_told_before_the_watch_begins() -> None:
    with Metrics("127.0.0.1:0", 100) as metrics:
        assert {name for name, _ in fetched(metrics.url)} == {"pcapflow_build_info"}


def test_who_breaks_off_his_question_leaves_no_traceback(
    capfd: pytest.CaptureFixture[str],
) -> None:
    before = threading.active_count()
    with Metrics("127.0.0.1:0", 100) as metrics:
        address, _, port = metrics.url.split("/")[2].rpartition(":")
        broken = socket.create_connection((address, int(port)))
        broken.send(b"GET /me")
        fetched(metrics.url)  # by now somebody reads the first one
        broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        broken.close()
        until(lambda: threading.active_count() == before + 1)
    assert capfd.readouterr().err == ""


def test_packets_connections_and_findings_are_counted() -> None:
    wires = [orderly(), leaking()]
    _, samples = watched(*wires)
    packets = sum(len(wire.packets) for wire in wires)
    assert samples["pcapflow_packets_total", ()] == packets
    assert samples["pcapflow_tcp_packets_total", ()] == packets
    assert samples["pcapflow_dropped_packets_total", ()] == 3  # as the tape says
    assert samples["pcapflow_evicted_connections_total", ()] == 0
    assert samples["pcapflow_connections_ended_total", (("ending", "orderly"),)] == 1
    leak = (("code", "close-wait-leak"), ("severity", "warning"))
    assert samples["pcapflow_findings_total", leak] == 1


def test_sockets_are_told_by_host_service_and_state() -> None:
    six = Wire(client="[fd00::5]:51237", server="[fd00::9]:443")
    six.handshake()
    told = sockets(watched(leaking(), leaking(port=51236), six)[0])
    assert told["10.0.0.5", "10.0.0.9:8080", "CLOSE_WAIT"] == 2
    assert told["10.0.0.9", "10.0.0.9:8080", "FIN_WAIT_2"] == 2
    assert told["fd00::5", "[fd00::9]:443", "ESTABLISHED"] == 1


def test_of_very_many_services_the_others_are_added_up() -> None:
    wires = [leaking(port=50_000, server="10.0.0.9:8080"), leaking(50_001)]
    for number in range(2000):
        wire = Wire(client="10.0.0.5:40000", server=f"10.1.{number // 250}.{number % 250 + 1}:80")
        wire.handshake()
        wires.append(wire)
    told = sockets(watched(*wires, most=10)[0])
    assert len({(host, service) for host, service, _ in told}) == 11
    assert told["10.0.0.5", "10.0.0.9:8080", "CLOSE_WAIT"] == 2  # trouble is told apart first
    assert sum(told.values()) == 2 * len(wires)


def test_what_a_leak_looks_like_as_ss_sees_it() -> None:
    need_root()
    need_tool("ip")
    need_tool("ss")
    with cable() as hosts, watching(hosts, "--plain", "--metrics", ":0") as watch:
        leaks = [hosts.connect() for _ in range(3)]
        for held, closed in leaks:
            say(held, closed)
            closed.close()
        client, server = hosts.connect()
        say(client, server)
        abort(client)
        server.close()
        client, server = hosts.connect()
        hang_up(client, server)
        url = watch.said("metrics at ")
        with hosts.client.entered():
            until(lambda: fetched(url)["pcapflow_connections_ended_total", (("ending", "reset"),)])
            samples = fetched(url)
        as_ss = [line for line in listed(hosts).splitlines() if "CLOSE-WAIT" in line]
        assert len(as_ss) == 3
        assert sockets(samples)["10.99.0.1", f"10.99.0.2:{PORT}", "CLOSE_WAIT"] == len(as_ss)
        assert 0 <= samples["pcapflow_lag_seconds", ()] < DEADLINE
        watch.stop()


def listed(hosts: Cable) -> str:
    command = ["nsenter", f"--net={hosts.client.path}", "ss", "-tan"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("named", "served"),
    [
        (":9436", "127.0.0.1:9436"),
        ("9436", "127.0.0.1:9436"),
        ("0.0.0.0:9436", "0.0.0.0:9436"),
        ("[::1]:9436", "[::1]:9436"),
    ],
)
def test_only_this_machine_may_fetch_unless_an_address_is_given(named: str, served: str) -> None:
    assert str(address(named)) == served


@pytest.mark.parametrize(
    "named", ["", ":", "web", "web:80", ":70000", "[::1]", "::1:9436", "1.2:3"]
)
def test_what_is_no_address_is_refused(named: str) -> None:
    with pytest.raises(UsageError, match="--metrics"):
        address(named)


def test_a_port_that_is_taken_is_told_in_a_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = pcapflow("watch", "-i", "lo", "--metrics", f":{port}")
    assert done.code == 2
    assert done.err == f"pcapflow: --metrics: 127.0.0.1:{port}: Address already in use\n"


def test_without_the_library_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    done = pcapflow("watch", "-i", "lo", "--metrics", ":0")
    assert done.code == 2
    assert done.err == (
        "pcapflow: --metrics needs prometheus-client, which is not installed. "
        "Try: pip install pcapflow[live]\n"
    )


def exported() -> set[str]:
    while_open, over = watched(orderly(), leaking())
    return {name for name, _ in (*while_open, *over)}


@pytest.mark.parametrize("page", ["grafana.json", "alerts.yml"])
def test_dashboard_and_alerts_use_only_what_there_is(page: str) -> None:
    text = (REPOSITORY / "docs" / page).read_text()
    named = set(re.findall(r"\bpcapflow_[a-z_]+", text))
    assert named
    assert named <= exported()


def test_the_dashboard_shows_everything_there_is() -> None:
    dashboard = json.loads((REPOSITORY / "docs" / "grafana.json").read_text())
    shown = json.dumps([panel["targets"] for panel in dashboard["panels"]])
    assert {name for name in exported() if name not in shown} == {"pcapflow_build_info"}


def test_there_are_three_alerts_which_say_what_to_do() -> None:
    text = (REPOSITORY / "docs" / "alerts.yml").read_text()
    rules = text.split("- alert: ")[1:]
    assert len(rules) == 3
    for rule in rules:
        for part in ("expr:", "for:", "severity:", "summary:", "description:"):
            assert part in rule


def test_prometheus_understands_the_alerts() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    page = REPOSITORY / "docs" / "alerts.yml"
    subprocess.run([promtool, "check", "rules", str(page)], check=True, capture_output=True)
