"""What a scenario plays with: two hosts, their sockets, and the wire between them."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable
from functools import partial

from . import LabError
from .namespaces import Network
from .segment import Ports, Role
from .sockdiag import Prober
from .wire import Wire

SERVER_PORT = 8080
REQUEST = b"GET /health HTTP/1.1\r\nHost: lab.test\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
DEADLINE_S = 30.0
LOOK_AGAIN_S = 0.005


def wait_until(condition: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Return when the condition holds; LabError when it does not within the deadline."""
    give_up = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > give_up:
            raise LabError(f"waited {deadline_s} s in vain until {what}")
        time.sleep(LOOK_AGAIN_S)


def receive_all(end: socket.socket, octets: int) -> None:
    """Read exactly that many octets."""
    while octets:
        got = len(end.recv(octets))
        if not got:
            raise LabError(f"the peer closed with {octets} octets still expected")
        octets -= got


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

    def until(self, *, client: str | None = None, server: str | None = None) -> None:
        """Wait until the ends are in these states: `until(client="TIME_WAIT")`."""
        wanted: dict[Role, str | None] = {"client": client, "server": server}
        for role, state in wanted.items():
            if state is not None:
                wait_until(partial(self._is_in, role, state), f"the {role} is in {state}")

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
        self._net = net
        self._prober = prober
        self._sockets: list[socket.socket] = []
        self._listener: socket.socket | None = None

    @property
    def server_address(self) -> tuple[str, int]:
        return self._net.address("server"), SERVER_PORT

    def socket(self, role: Role) -> socket.socket:
        """A TCP socket on that host, bound to its address; on the client to a free port too.

        The port is taken before connect(), or the kernel's first event would not show it.
        """
        with self._net.hosts[role].entered():
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._sockets.append(made)
        made.settimeout(DEADLINE_S)
        made.bind((self._net.address(role), 0 if role == "client" else SERVER_PORT))
        if role == "client":
            self.inodes[role, Ports(made.getsockname()[1], SERVER_PORT)] = _inode(made)
        return made

    def connect(self) -> Connection:
        """A new connection of the client to the server, which begins to listen if need be."""
        if self._listener is None:
            self._listener = self.socket("server")
            self._listener.listen()
        client = self.socket("client")
        client.connect(self.server_address)
        server, _ = self._listener.accept()
        server.settimeout(DEADLINE_S)
        self._sockets.append(server)
        connection = Connection(client, server, self._prober)
        self.inodes["server", connection.ports] = _inode(server)
        return connection

    def count_fins(self, role: Role) -> int:
        """How many FINs that host has sent up to now."""
        return sum(segment.has("FIN") for segment in self.wire.segments(role))

    def close(self) -> None:
        for made in self._sockets:
            made.close()


def wait_readable(end: socket.socket) -> None:
    """Return when octets wait unread in the socket."""
    if not select.select([end], [], [], DEADLINE_S)[0]:
        raise LabError("nothing arrived to be read")


def _inode(made: socket.socket) -> int:
    return os.fstat(made.fileno()).st_ino
