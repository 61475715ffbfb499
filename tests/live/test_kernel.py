"""The kernel's table beside what ``ss`` says of the same namespace."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from pcapflow.errors import KernelError
from pcapflow.live import kernel as module
from pcapflow.live.kernel import Kernel, KernelSocket, key
from pcapflow.model import Endpoint
from tests.conftest import need_library, need_root, need_tool
from tests.lab.namespaces import Namespace
from tests.live.network import ADDRESSES, PORT, Cable, say, wait_for


@pytest.fixture(autouse=True)
def _pyroute2() -> None:
    need_library("pyroute2")


@pytest.fixture
def alone() -> Iterator[Namespace]:
    """A namespace with a loopback interface."""
    need_root()
    need_tool("ip")
    made = Namespace()
    with made.entered():
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    yield made
    made.close()


def endpoint(name: tuple[str, int]) -> Endpoint:
    return Endpoint(name[0], name[1])


def found(kernel: Kernel, of: socket.socket) -> KernelSocket:
    """The line of a socket, by its own names."""
    local, peer = of.getsockname(), of.getpeername()
    return kernel.table()[key(endpoint(local[:2]), endpoint(peer[:2]))]


def connected(inside: Namespace, family: int, address: str) -> tuple[socket.socket, socket.socket]:
    with inside.entered():
        listener = socket.create_server((address, 0), family=family)
    with listener:
        with inside.entered():
            client = socket.create_connection(listener.getsockname()[:2])
        server, _ = listener.accept()
    return client, server


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
def test_sockets_are_found_by_their_ends(alone: Namespace, family: int, address: str) -> None:
    client, server = connected(alone, family, address)
    with client, server:
        kernel = Kernel([alone.path])
        for each in (client, server):
            line = found(kernel, each)
            assert (line.state, line.inode) == ("ESTABLISHED", os.fstat(each.fileno()).st_ino)
        kernel.close()


def test_ipv4_through_an_ipv6_socket_is_ipv4(alone: Namespace) -> None:
    with alone.entered():
        listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    with listener:
        port = listener.getsockname()[1]
        with alone.entered():
            client = socket.create_connection(("127.0.0.1", port))
        server, _ = listener.accept()
    with client, server:
        kernel = Kernel([alone.path])
        theirs = key(endpoint(client.getpeername()), endpoint(client.getsockname()))
        assert kernel.table()[theirs].inode == os.fstat(server.fileno()).st_ino
        kernel.close()


def test_time_wait_is_held_by_nobody(hosts: Cable) -> None:
    need_tool("ss")
    client, server = hosts.connect()
    say(client, server)
    local, peer = endpoint(client.getsockname()), endpoint(client.getpeername())
    client.close()
    assert server.recv(1) == b""
    server.close()
    wait_for(lambda: states(ss(hosts.client)) == {"TIME-WAIT": 1}, lambda: ss(hosts.client))
    kernel = Kernel([hosts.client.path])

    line = kernel.table()[key(local, peer)]
    assert (line.state, line.inode) == ("TIME_WAIT", 0)
    kernel.close()


def test_an_opening_is_half_a_socket(hosts: Cable) -> None:
    """The SYN, ACK goes to a neighbour that is not there."""
    need_tool("ss")
    lost = f"neighbour replace {ADDRESSES[0]} lladdr 02:00:00:00:00:99 dev eth0 nud permanent"
    with hosts.server.entered():
        subprocess.run(["ip", *lost.split()], check=True)
    with hosts.client.entered():
        asking = socket.socket()
    with asking:
        asking.setblocking(False)
        asking.connect_ex((ADDRESSES[1], PORT))
        half = {"LISTEN": 1, "SYN-RECV": 1}
        wait_for(lambda: states(ss(hosts.server)) == half, lambda: ss(hosts.server))
        mine, theirs = Kernel([hosts.client.path]), Kernel([hosts.server.path])
        local, peer = endpoint(asking.getsockname()), Endpoint(ADDRESSES[1], PORT)

        opening = mine.table()[key(local, peer)]
        assert (opening.state, opening.inode) == ("SYN_SENT", os.fstat(asking.fileno()).st_ino)
        answer = theirs.table()[key(peer, local)]
        assert (answer.state, answer.inode) == ("SYN_RECEIVED", 0)
        mine.close()
        theirs.close()


def test_the_namespace_is_entered_by_the_dump_alone(hosts: Cable) -> None:
    client, _ = hosts.connect()
    before = os.readlink("/proc/thread-self/ns/net")
    outside = {line.inode for line in Kernel().table().values()}
    mine = os.fstat(client.fileno()).st_ino
    assert mine not in outside
    threads = threading.active_count()
    kernel = Kernel([hosts.client.path, hosts.server.path])

    assert len(kernel.table()) == 2
    assert found(kernel, client).inode == mine
    assert os.readlink("/proc/thread-self/ns/net") == before
    assert threading.active_count() == threads
    kernel.close()


def test_a_namespace_may_be_named_by_a_process_in_it(hosts: Cable) -> None:
    client, _ = hosts.connect()
    with hosts.client.entered():
        inside = subprocess.Popen(["sleep", "60"])
    try:
        kernel = Kernel([str(inside.pid)])
        assert found(kernel, client).state == "ESTABLISHED"
        kernel.close()
    finally:
        inside.kill()
        inside.wait()


def test_one_dump_serves_all_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    dumps = Counter[object]()
    clock = [10**12]

    def dumped(namespace: object) -> list[bytes]:
        dumps[namespace] += 1
        return []

    monkeypatch.setattr(module, "_dumped", dumped)
    monkeypatch.setattr("time.monotonic_ns", lambda: clock[0])
    kernel = Kernel()

    for _ in range(100):
        kernel.table()
    assert dumps[None] == 1
    clock[0] += 999_000_000
    kernel.table()
    assert dumps[None] == 1
    clock[0] += 1_000_000
    kernel.table()
    assert dumps[None] == 2
    kernel.cost(500_000_000)  # what was done with it took half a second
    clock[0] += 9_000_000_000
    kernel.table()
    assert dumps[None] == 2
    clock[0] += 2_000_000_000
    kernel.table()
    assert dumps[None] == 3


def test_since_is_when_a_state_was_first_seen(
    hosts: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_MOST_EVERY", 0)
    monkeypatch.setattr(module, "_SHARE", 0)
    client, server = hosts.connect()
    kernel = Kernel([hosts.client.path])
    first = found(kernel, client)
    again = found(kernel, client)
    server.close()
    assert client.recv(1) == b""
    then = found(kernel, client)

    assert first.since == again.since == kernel.first
    assert then.state == "CLOSE_WAIT"
    assert first.since < then.since == kernel.at
    kernel.close()


@pytest.mark.parametrize(
    ("netns", "told"),
    [
        ("nowhere", "/run/netns/nowhere is no network namespace (No such file or directory)"),
        ("/proc/self/nothing", "/proc/self/nothing is no network namespace"),
        ("999999999", "/proc/999999999/ns/net is no network namespace"),
    ],
)
def test_what_is_no_namespace(netns: str, told: str) -> None:
    with pytest.raises(KernelError) as error:
        Kernel([netns])

    assert told in str(error.value)


def test_a_file_that_is_no_namespace() -> None:
    need_root()
    kernel = Kernel(["/etc/hostname"])

    with pytest.raises(KernelError, match="entering the namespace: Invalid argument"):
        kernel.table()
    kernel.close()


def ss(inside: Namespace) -> list[str]:
    with inside.entered():
        run = subprocess.run(["ss", "-Htan"], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def states(lines: list[str]) -> Counter[str]:
    return Counter(line.split()[0] for line in lines)


def test_ss_sees_the_same_sockets(hosts: Cable) -> None:
    need_tool("ss")
    opened = [hosts.connect() for _ in range(7)]
    for client, _ in opened[:3]:
        client.close()
    for _, server in opened[:3]:
        assert server.recv(1) == b""
    for _, server in opened[5:]:
        server.close()
    for client, _ in opened[5:]:
        assert client.recv(1) == b""
    truth = {"LISTEN": 1, "CLOSE-WAIT": 3, "ESTAB": 2, "FIN-WAIT-2": 2}
    wait_for(lambda: states(ss(hosts.server)) == truth, lambda: ss(hosts.server))
    told = ss(hosts.server)
    kernel = Kernel([hosts.server.path])

    seen = Counter(line.state for line in kernel.table().values())
    assert seen == {"CLOSE_WAIT": 3, "ESTABLISHED": 2, "FIN_WAIT_2": 2}
    ends = {line.split()[4] for line in told if "LISTEN" not in line}
    clients = {f"10.99.0.1:{where[6]}" for where in kernel.table()}
    assert clients == ends
    assert {where[3] for where in kernel.table()} == {PORT}
    kernel.close()
