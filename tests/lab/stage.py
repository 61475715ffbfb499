"""What a scenario plays with: two hosts, their sockets, and the wire between them."""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from . import LabError
from .namespaces import Network
from .segment import Ports, Role
from .sockdiag import Prober
from .wire import Matches, Wire

SERVER_PORT = 8080
REQUEST = b"GET /health HTTP/1.1\r\nHost: lab.test\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
DEADLINE_S = 30.0
LOOK_AGAIN_S = 0.005
QUIET_S = 0.15

# From <linux/tcp.h>; Python's socket module lacks them.
TCP_REPAIR = 19
TCP_REPAIR_QUEUE = 20
TCP_QUEUE_SEQ = 21
TCP_SEND_QUEUE = 2


def wait_until(condition: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Return when the condition holds; LabError when it does not within the deadline."""
    give_up = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > give_up:
            raise LabError(f"waited {deadline_s} s in vain until {what}")
        time.sleep(LOOK_AGAIN_S)


def wait_readable(end: socket.socket) -> None:
    """Return when octets, or an end of file, wait unread in the socket."""
    if not select.select([end], [], [], DEADLINE_S)[0]:
        raise LabError("nothing arrived to be read")


def receive_all(end: socket.socket, octets: int) -> None:
    """Read exactly that many octets."""
    while octets:
        got = len(end.recv(octets))
        if not got:
            raise LabError(f"the peer closed with {octets} octets still expected")
        octets -= got


def read_to_end(end: socket.socket) -> None:
    """Read until the peer's FIN."""
    while end.recv(65536):
        pass


def abort(end: socket.socket) -> None:
    """Close with SO_LINGER on and 0 s: a RST in place of the FIN, and nothing is waited for."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


class Connection:
    """An established connection, seen from both of its applications at once."""

    def __init__(self, client: socket.socket, server: socket.socket, prober: Prober) -> None:
        self.client = client
        self.server = server
        self.ports = Ports(client.getsockname()[1], server.getsockname()[1])
        self._prober = prober

    def exchange(self) -> None:
        """One request of the client and its response, both read to the end."""
        self.request()
        self.server.sendall(RESPONSE)
        receive_all(self.client, len(RESPONSE))

    def request(self) -> None:
        """A request only, which the server reads and has not answered yet."""
        self.client.sendall(REQUEST)
        receive_all(self.server, len(REQUEST))

    def until(
        self,
        *,
        client: str | None = None,
        server: str | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        """Wait until the ends are in these states: `until(client="TIME_WAIT")`."""
        wanted: dict[Role, str | None] = {"client": client, "server": server}
        for role, state in wanted.items():
            if state is not None:
                is_there = partial(self._is_in, role, state)
                wait_until(is_there, f"the {role} is in {state}", deadline_s)

    def _is_in(self, role: Role, state: str) -> bool:
        return self._prober.state(role, self.ports) == state


class Stage:
    """The two hosts and the wire, as handed to a scenario's script.

    The script drives both applications from one thread; it holds no socket open by accident,
    since every socket made here lives until the recording has ended or the script closes it.
    """

    def __init__(self, net: Network, wire: Wire, prober: Prober) -> None:
        self.wire = wire
        self.inodes: dict[tuple[Role, Ports], int] = {}
        self.capture_from: int = 0
        self.capture_until: int | None = None
        self._net = net
        self._prober = prober
        self._sockets: list[socket.socket] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        self._listener: socket.socket | None = None

    @property
    def server_address(self) -> tuple[str, int]:
        return self._net.address("server"), SERVER_PORT

    # ------------------------------------------------------------------ sockets

    def make_socket(self, role: Role, port: int | None = None) -> socket.socket:
        """A TCP socket on that host, bound to its address; on the client to a free port or `port`.

        The port is taken before connect(), or the kernel's first event would not show it.
        """
        with self._net.hosts[role].entered():
            made = socket.socket(self._net.family, socket.SOCK_STREAM)
        self._sockets.append(made)
        made.settimeout(DEADLINE_S)
        if port is not None:  # one that may still be in TIME_WAIT
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own_port = port or (0 if role == "client" else SERVER_PORT)
        made.bind((self._net.address(role), own_port))
        if role == "client":
            self.inodes[role, Ports(made.getsockname()[1], SERVER_PORT)] = _inode(made)
        return made

    def listen(self, backlog: int = 128) -> socket.socket:
        """The server's listening socket, made by the first call."""
        if self._listener is None:
            self._listener = self.make_socket("server")
            self._listener.listen(backlog)
        return self._listener

    def connect(self, client: socket.socket | None = None) -> Connection:
        """A new connection of the client to the server, which begins to listen if need be."""
        self.listen()
        client = client or self.make_socket("client")
        client.connect(self.server_address)
        return self.accept(client)

    def dial(self, client: socket.socket | None = None) -> socket.socket:
        """Begin to connect the client and do not wait for what becomes of it."""
        client = client or self.make_socket("client")
        client.setblocking(False)
        client.connect_ex(self.server_address)
        client.settimeout(DEADLINE_S)
        return client

    def accept(self, client: socket.socket) -> Connection:
        """The server accepts the next connection, which must be that of this client."""
        server, _ = self.listen().accept()
        server.settimeout(DEADLINE_S)
        self._sockets.append(server)
        return self.pair(client, server)

    def pair(self, client: socket.socket, server: socket.socket) -> Connection:
        """The two sockets as the ends of one connection."""
        connection = Connection(client, server, self._prober)
        self.inodes["server", connection.ports] = _inode(server)
        return connection

    def hand_to_process(self, end: socket.socket) -> subprocess.Popen[bytes]:
        """Let a child process, which never reads, be the only one that holds the socket."""
        child = subprocess.Popen(["sleep", "600"], pass_fds=[end.fileno()])
        self._processes.append(child)
        end.close()
        return child

    @contextmanager
    def server_unreachable(self, kind: str) -> Iterator[None]:
        """Within it the server's host refuses what comes, by ICMP: `Network.unreachable`."""
        with self._net.unreachable("server", kind):
            yield

    # ------------------------------------------------------------------ what passes the wire

    def until_sent(self, matches: Matches, times: int = 1, deadline_s: float = DEADLINE_S) -> None:
        """Wait until the hosts have sent that many segments which match."""

        def count() -> int:
            return sum(map(matches, self.wire.everything()))

        wait_until(lambda: count() >= times, f"{times} such segments were sent", deadline_s)

    def until_quiet(self) -> None:
        """Wait until nothing is under way."""
        wait_until(lambda: self.wire.is_quiet(QUIET_S), "the wire is quiet")

    def begin_capture(self) -> None:
        """What was sent up to now is not in the captures."""
        self.until_quiet()
        self.capture_from = time.time_ns()

    def end_capture(self) -> None:
        """What is sent from now on is not in the captures."""
        self.until_quiet()
        self.capture_until = time.time_ns()

    def close(self) -> None:
        """End what the script has left, at once: no socket goes on sending FINs afterwards."""
        for child in self._processes:
            child.kill()
            child.wait()
        for made in self._sockets:
            if made.fileno() >= 0:
                abort(made)


def kill_9(process: subprocess.Popen[bytes]) -> None:
    """End the process the hard way; its sockets are the kernel's to close."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def choose_isn(client: socket.socket, isn: int) -> None:
    """Let connect() begin at this sequence number.

    tcp_v4_connect() draws a number only where none is set, and TCP_REPAIR sets one.
    """
    client.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    client.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE)
    client.setsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ, struct.pack("=I", isn & 0xFFFFFFFF))
    client.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 0)


def _inode(made: socket.socket) -> int:
    return os.fstat(made.fileno()).st_ino
