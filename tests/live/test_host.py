"""The capturing host's own view of what is captured there, beside ``ss`` and beside the wire."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from pcapflow.capture.feeders import capture
from pcapflow.capture.packets import Wanted
from pcapflow.errors import KernelError
from pcapflow.live.held import sentence
from pcapflow.live.holders import Holder, Holders, Process
from pcapflow.live.host import Host
from pcapflow.live.kernel import Kernel, KernelSocket, Table, key
from pcapflow.live.news import News
from pcapflow.live.stop import Stop
from pcapflow.live.watch import Limits, Watch
from pcapflow.model import Endpoint
from pcapflow.sockets import Chosen
from pcapflow.tcp.timers import DEFAULTS, SECOND
from tests.conftest import need_library, need_tool
from tests.lab.namespaces import Namespace
from tests.live.network import ADDRESSES, Cable, abort, say, wait_for

Sums = Counter[str]
SS = {  # ss(8) and RFC 9293
    "ESTAB": "ESTABLISHED",
    "SYN-SENT": "SYN_SENT",
    "SYN-RECV": "SYN_RECEIVED",
    "FIN-WAIT-1": "FIN_WAIT_1",
    "FIN-WAIT-2": "FIN_WAIT_2",
    "TIME-WAIT": "TIME_WAIT",
    "CLOSE-WAIT": "CLOSE_WAIT",
    "LAST-ACK": "LAST_ACK",
    "CLOSING": "CLOSING",
}


@pytest.fixture
def hosts(libraries: None, hosts: Cable) -> Cable:
    return hosts


class Watching:
    """A watch at the client's interface, in a thread, and what its host has said."""

    def __init__(self, watch: Watch, kernel: Kernel, said: list[str]) -> None:
        self.watch = watch
        self.kernel = kernel
        self.said = said
        self.told: list[News] = []

    def sums(self, address: str) -> Sums:
        """The states that the watch shows of a host."""
        with self.watch.lock:
            asked = self.watch.sockets(Chosen())
            hosts = asked.at(self.watch.now) if asked is not None else []
        here = [host.sums for host in hosts if host.place.ip == address]
        return Counter({str(state): n for state, n in here[0].items()} if here else {})


@contextmanager
def watching(hosts: Cable) -> Iterator[Watching]:
    with hosts.client.entered():
        live = capture(Wanted(("eth0",), "tcp"))
    said: list[str] = []
    kernel = Kernel([hosts.client.path])
    host = Host(kernel, Holders(), said.append)
    with closing(live), closing(host), Stop() as stop:
        made = Watching(Watch(live, DEFAULTS, Limits(), host=host), kernel, said)
        thread = threading.Thread(target=lambda: made.told.extend(made.watch.news(stop)))
        thread.start()
        try:
            yield made
        finally:
            signal.raise_signal(signal.SIGINT)
            thread.join()


def ss(inside: Namespace) -> Sums:
    """What ss says of a host's connections."""
    with inside.entered():
        run = subprocess.run(["ss", "-Htan"], capture_output=True, text=True, check=True)
    words = [line.split()[0] for line in run.stdout.splitlines()]
    return Counter(SS[word] for word in words if word != "LISTEN")


def test_ss_agrees_at_ten_moments_and_so_nothing_is_doubted(hosts: Cable) -> None:
    """An orderly pool, a leak and an abort storm; each moment is looked at when all is quiet."""
    need_tool("ss")
    with watching(hosts) as seen:
        moments = 0

        def moment(client: dict[str, int], server: dict[str, int]) -> None:
            """The kernels have come to this, as ss tells; the watch shows the same."""
            nonlocal moments
            moments += 1
            agreed(hosts.client, ADDRESSES[0], client)
            agreed(hosts.server, ADDRESSES[1], server)

        def agreed(space: Namespace, address: str, sums: dict[str, int]) -> None:
            wait_for(lambda: ss(space) == sums, lambda: (moments, sums, ss(space)))
            wait_for(
                lambda: seen.sums(address) == sums, lambda: (moments, sums, seen.sums(address))
            )

        pool = [hosts.connect() for _ in range(6)]
        moment({"ESTABLISHED": 6}, {"ESTABLISHED": 6})
        for client, server in pool:
            say(client, server)
            say(server, client)
        for client, _ in pool[:2]:
            client.close()
        moment({"ESTABLISHED": 4, "FIN_WAIT_2": 2}, {"ESTABLISHED": 4, "CLOSE_WAIT": 2})
        for _, server in pool[:2]:
            server.close()
        moment({"ESTABLISHED": 4, "TIME_WAIT": 2}, {"ESTABLISHED": 4})

        for _, server in pool[2:]:  # the clients leak
            server.close()
        moment({"CLOSE_WAIT": 4, "TIME_WAIT": 2}, {"FIN_WAIT_2": 4})
        pool[2][0].close()
        moment({"CLOSE_WAIT": 3, "TIME_WAIT": 2}, {"FIN_WAIT_2": 3, "TIME_WAIT": 1})
        client, server = hosts.connect()
        client.shutdown(socket.SHUT_WR)
        moment(
            {"CLOSE_WAIT": 3, "TIME_WAIT": 2, "FIN_WAIT_2": 1},
            {"FIN_WAIT_2": 3, "TIME_WAIT": 1, "CLOSE_WAIT": 1},
        )

        storm = [hosts.connect() for _ in range(8)]
        for each in storm:
            say(*each)
        quiet = {"CLOSE_WAIT": 3, "TIME_WAIT": 2, "FIN_WAIT_2": 1}
        quiet_there = {"FIN_WAIT_2": 3, "TIME_WAIT": 1, "CLOSE_WAIT": 1}
        moment({**quiet, "ESTABLISHED": 8}, {**quiet_there, "ESTABLISHED": 8})
        for client, _ in storm[:4]:
            abort(client)
        moment({**quiet, "ESTABLISHED": 4}, {**quiet_there, "ESTABLISHED": 4})
        for _, server in storm[4:]:
            abort(server)
        moment(quiet, quiet_there)
        hosts.refused(81)
        for client, _ in pool[3:]:
            client.close()
        moment({"TIME_WAIT": 2, "FIN_WAIT_2": 1}, {"TIME_WAIT": 4, "CLOSE_WAIT": 1})

        assert moments == 10
        quiet_since = time.time_ns()  # what differed would be told after two seconds
        wait_for(lambda: seen.kernel.at > quiet_since + 4 * SECOND, lambda: seen.kernel.at)
        assert seen.said == []


def test_a_fin_that_waits_behind_data_is_seen_by_the_kernel_alone(hosts: Cable) -> None:
    """The server reads nothing; the client writes what fits, closes, and is in FIN_WAIT_1."""
    with watching(hosts) as seen:
        client, server = hosts.connect()
        ends = Endpoint(*client.getsockname()), Endpoint(*server.getsockname())
        client.setblocking(False)
        with suppress(BlockingIOError):
            while client.send(bytes(65536)):
                pass
        client.close()

        wait_for(lambda: bool(seen.said), lambda: seen.sums(ADDRESSES[0]))
        (said,) = seen.said
        assert said.startswith(f"flow 1  {ends[0]} → {ends[1]}: the kernel says FIN_WAIT_1, ")
        assert "the capture ESTABLISHED since " in said
        assert said.endswith("its FIN waits behind data that the peer does not take")
        host = seen.watch.host
        assert host is not None
        held = host.of(*ends, "client")
        assert held is not None
        assert (held.state, held.inode, held.holders) == ("FIN_WAIT_1", 0, ())
        assert host.of(*ends, "server") is None  # its kernel is another one


def test_what_came_before_the_watch_is_known_to_the_kernel_alone(hosts: Cable) -> None:
    """The server's FIN came before; the client goes on sending, which is legal."""
    client, server = hosts.connect()
    server.shutdown(socket.SHUT_WR)
    assert client.recv(1) == b""
    with watching(hosts) as seen:
        for _ in range(3):
            say(client, server)

        wait_for(lambda: bool(seen.said), lambda: seen.sums(ADDRESSES[0]))
        assert "the kernel says CLOSE_WAIT, the capture ESTABLISHED since " in seen.said[0]
        assert seen.said[0].endswith("what passed before the watch began was not captured")


class Asked(Kernel):
    """A kernel that says what a test tells it to, a minute after the first time."""

    def __init__(self, said: Table) -> None:
        super().__init__()
        self.said = said
        self.fault: KernelError | None = None
        self.first, self.at = 1_000 * SECOND, 1_060 * SECOND

    def table(self) -> Table:
        if self.fault is not None:
            raise self.fault
        return self.said


class Found(Holders):
    """A /proc that shows what a test puts there: inodes by pid."""

    def __init__(self, held: dict[int, set[int]]) -> None:
        super().__init__()
        self._all = held

    def scan(self) -> None:
        self.scans = getattr(self, "scans", 0) + 1

    def of(self, inode: int) -> tuple[Holder, ...]:
        return tuple(Holder(process(pid), 1) for pid in sorted(self._all) if self.holds(pid, inode))

    def holds(self, pid: int, inode: int) -> bool:
        return inode in self._all[pid]


SERVER = Endpoint("10.0.0.9", 8080)


def leaks(ports: range, since: int) -> Table:
    """Sockets whose inodes are their ports, in CLOSE_WAIT since then (s)."""
    return {
        key(Endpoint("10.0.0.5", port), SERVER): KernelSocket("CLOSE_WAIT", port, 0, since * SECOND)
        for port in ports
    }


def test_the_sockets_of_one_process_for_one_service_are_counted() -> None:
    """400 since before the watch, 30 in its minute; of another process, state and service more."""
    need_library("pyroute2")
    need_library("psutil")
    elsewhere = key(Endpoint("10.0.0.5", 7), Endpoint("10.0.0.9", 443))
    table = {
        **leaks(range(1_000, 1_400), 1_000),
        **leaks(range(2_000, 2_030), 1_030),
        **leaks(range(3_000, 3_007), 1_030),
        elsewhere: KernelSocket("CLOSE_WAIT", 4_000, 0, 1_030 * SECOND),
        key(Endpoint("10.0.0.5", 5_000), SERVER): KernelSocket("ESTABLISHED", 5_000, 0, 0),
    }
    found = Found({4711: {*range(1_000, 3_000), 4_000, 5_000}, 4712: {*range(3_000, 3_007)}})
    said: list[str] = []
    host = Host(Asked(table), found, said.append)

    held = host.of(Endpoint("10.0.0.5", 1_399), SERVER, "client")
    assert held is not None
    assert sentence(held) == (
        "held by java (pid 4711), 430 sockets in CLOSE_WAIT, growing 30 a minute"
    )
    other = host.of(Endpoint("10.0.0.5", 3_000), SERVER, "client")
    assert other is not None
    assert (other.sockets, other.per_minute, other.holders[0].process.pid) == (7, 7.0, 4712)
    assert found.scans == 1
    assert host.of(Endpoint("10.0.0.5", 1_399), SERVER, "server") is None


def test_a_kernel_that_cannot_be_asked_any_more_is_told_once() -> None:
    need_library("pyroute2")
    need_library("psutil")
    kernel = Asked(leaks(range(1_000, 1_001), 1_000))
    said: list[str] = []
    host = Host(kernel, Found({1: {1_000}}), said.append)
    mine = Endpoint("10.0.0.5", 1_000)

    assert host.of(mine, SERVER, "client") is not None
    kernel.fault = KernelError("the kernel's sockets cannot be asked for (no memory)")
    host._doubts._known.add(key(mine, SERVER))  # that it was there says nothing of now
    assert host.of(mine, SERVER, "client") is None
    assert host.of(mine, SERVER, "client") is None
    assert said == ["the kernel's sockets cannot be asked for (no memory)"]


def process(pid: int, container: str | None = None) -> Process:
    return Process(pid, "java", "java -jar pool.jar", "app", 0, "/", container, None)
