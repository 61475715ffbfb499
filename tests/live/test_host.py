"""The capturing host's own view of what is captured there, beside ``ss`` and beside the wire."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import pytest
from msgspec.structs import replace

from pcapflow.capture.live import Live
from pcapflow.live.doubts import Doubts
from pcapflow.live.held import Held, sentence
from pcapflow.live.holders import Holder, Holders, Process
from pcapflow.live.host import Host
from pcapflow.live.kernel import Kernel, KernelSocket, Table, key
from pcapflow.live.news import News
from pcapflow.live.stop import Stop
from pcapflow.live.watch import Limits, Watch
from pcapflow.model import Endpoint, State
from pcapflow.sockets import Chosen
from pcapflow.tcp.timers import DEFAULTS, SECOND
from tests.cli import captures
from tests.conftest import need_library, need_root, need_tool
from tests.lab.namespaces import Namespace
from tests.live.network import ADDRESSES, Cable, abort, cable, say
from tests.live.test_watch import Tape
from tests.wire import Wire, pcap

DEADLINE = 30.0
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
def hosts() -> Iterator[Cable]:
    need_root()
    need_tool("ip")
    for name in ("psutil", "pyroute2"):
        need_library(name)
    with cable() as made:
        yield made


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
        live = Live("eth0")
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


def wait_for(true: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


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


@pytest.fixture
def seen() -> Iterator[Watch]:
    """A leak, an orderly close and twelve more leaks have been captured, all long ago."""
    wires = [leaking(51235), captures.orderly(), *(leaking(port) for port in range(52000, 52012))]
    packets = [packet for wire in wires for packet in wire.packets]
    tape = Tape([pcap([packet])[24:] for packet in packets])
    watch = Watch(tape, DEFAULTS, Limits(packets=len(packets)))
    with Stop() as stop:
        assert list(watch.news(stop)) == []
    yield watch
    tape.close()


def leaking(port: int) -> Wire:
    """The server closes; the client acknowledges."""
    wire = Wire(client=f"10.0.0.5:{port}", server="10.0.0.9:8080")
    wire.handshake()
    wire.s("FIN ACK")
    wire.c("ACK")
    return wire


def kernel(*ports: int, state: State) -> Table:
    """The client's sockets, all in one state."""
    server = Endpoint("10.0.0.9", 8080)
    return {key(Endpoint("10.0.0.5", port), server): KernelSocket(state, 7, 0, 0) for port in ports}


def test_what_differs_for_longer_than_a_round_trip_is_told_once(seen: Watch) -> None:
    doubts = Doubts()
    other = kernel(51235, state="LAST_ACK")

    assert doubts.look(other, 100 * SECOND, seen) == []
    assert doubts.look(other, 101 * SECOND, seen) == []
    (told,) = doubts.look(other, 102 * SECOND, seen)
    assert "10.0.0.5:51235 → 10.0.0.9:8080: the kernel says LAST_ACK, the capture " in told
    assert "CLOSE_WAIT since 00:00:00." in told
    assert doubts.look(other, 103 * SECOND, seen) == []
    assert doubts.look(other, 200 * SECOND, seen) == []


def test_what_differs_for_a_moment_is_not_told(seen: Watch) -> None:
    doubts = Doubts()
    late, right = kernel(51235, state="ESTABLISHED"), kernel(51235, state="CLOSE_WAIT")

    for at, table in enumerate([late, late, right, late, late, right]):
        assert doubts.look(table, at * SECOND, seen) == []


def test_an_end_without_a_socket_here_is_not_of_this_host(seen: Watch) -> None:
    """Translated addresses, and those of other namespaces, were never in this kernel's table."""
    doubts = Doubts()

    for at in range(5):
        assert doubts.look({}, at * SECOND, seen) == []


def test_a_socket_that_is_gone_is_closed(seen: Watch) -> None:
    doubts = Doubts()

    assert doubts.look(kernel(51235, state="CLOSE_WAIT"), 0, seen) == []
    assert doubts.look({}, 1 * SECOND, seen) == []
    (told,) = doubts.look({}, 3 * SECOND, seen)
    assert "the kernel says CLOSED, the capture CLOSE_WAIT" in told


def test_of_many_of_a_kind_ten_are_told(seen: Watch) -> None:
    doubts = Doubts()
    other = kernel(*range(52000, 52012), state="ESTABLISHED")

    doubts.look(other, 0, seen)
    told = doubts.look(other, 2 * SECOND, seen)
    assert len(told) == 11
    assert told[-1] == "further sockets that are ESTABLISHED and not CLOSE_WAIT are not told"


def test_a_connection_that_has_ended_is_to_be_gone_from_the_kernel_too(seen: Watch) -> None:
    """Its last ACK was captured, and never arrived."""
    doubts = Doubts()
    with Stop() as stop:
        ended = [news.connection for news in [*seen.news(stop), *seen.end()]]
    orderly = next(each for each in ended if each.ending == "orderly")
    doubts.ended(orderly)
    waiting: Table = {key(orderly.server, orderly.client): KernelSocket("LAST_ACK", 0, 0, 0)}

    assert doubts.look(waiting, 0, seen) == []
    (told,) = doubts.look(waiting, 2 * SECOND, seen)
    assert "the kernel says LAST_ACK, the capture CLOSED since " in told


def test_the_words_for_who_holds_a_socket() -> None:
    held = Held("CLOSE_WAIT", 77, 0, 0, (Holder(process(4711), 1),), False, 412, 29.7)

    assert sentence(held) == (
        "held by java (pid 4711), 412 sockets in CLOSE_WAIT, growing 30 a minute"
    )
    forked = replace(
        held, holders=(*held.holders, Holder(process(4712, container="3f2a91c0b7d4" + "e" * 52), 1))
    )
    assert sentence(forked) == (
        "held by java (pid 4711) and java (pid 4712, container 3f2a91c0b7d4), 412 sockets in "
        "CLOSE_WAIT, growing 30 a minute; it stays open until all of them have closed it"
    )
    hidden = Held("CLOSE_WAIT", 77, 1000, 0, hidden=True)
    assert sentence(hidden) == ("held by a process of another user (run with sudo to see which)")
    assert sentence(replace(hidden, inode=0)) == "held by no process any more"
    assert sentence(replace(hidden, hidden=False)) == (
        "held by no process that can be seen from here"
    )


def process(pid: int, container: str | None = None) -> Process:
    return Process(pid, "java", "java -jar pool.jar", "app", 0, "/", container, None)
