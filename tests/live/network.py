"""Two hosts on one cable, each in a network namespace of its own, with real sockets."""

from __future__ import annotations

import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.lab.namespaces import Namespace

PORT = 8080
ADDRESSES = ("10.99.0.1", "10.99.0.2")
_DEADLINE = 30.0


class Cable:
    """``client`` and ``server`` have one interface each, ``eth0``."""

    def __init__(self, client: Namespace, server: Namespace) -> None:
        self.client = client
        self.server = server
        with server.entered():
            self._listener = socket.create_server((ADDRESSES[1], PORT))
        self._listener.settimeout(_DEADLINE)
        self._opened = [self._listener]

    def connect(self) -> tuple[socket.socket, socket.socket]:
        """A new connection: the client's socket and the server's."""
        with self.client.entered():
            mine = socket.create_connection((ADDRESSES[1], PORT), timeout=_DEADLINE)
        theirs, _ = self._listener.accept()
        theirs.settimeout(_DEADLINE)
        self._opened += [mine, theirs]
        return mine, theirs

    def refused(self, port: int) -> None:
        """The client asks for a port where nobody listens."""
        with self.client.entered(), socket.socket() as asking:
            assert asking.connect_ex((ADDRESSES[1], port)) != 0

    def close(self) -> None:
        for opened in self._opened:
            opened.close()


def say(speaker: socket.socket, hearer: socket.socket, octets: bytes = b"hello") -> None:
    """Send octets and wait until they have been read."""
    speaker.sendall(octets)
    assert hearer.recv(len(octets), socket.MSG_WAITALL) == octets


def hang_up(first: socket.socket, then: socket.socket) -> None:
    """An orderly close: the second end closes when it has read the first one's FIN."""
    first.close()
    assert then.recv(1) == b""
    then.close()


def abort(end: socket.socket) -> None:
    """Close with a RST."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


def wait_for(true: Callable[[], bool], what: Callable[[], object]) -> None:
    """Until it is true; ``what`` says what there was instead."""
    deadline = time.monotonic() + _DEADLINE
    while not true():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


@contextmanager
def cable() -> Iterator[Cable]:
    """The two hosts, gone at the end with all that is in them."""
    client, server = Namespace(), Namespace()
    try:
        _connect(client, server)
        made = Cable(client, server)
        try:
            yield made
        finally:
            made.close()
    finally:
        client.close()
        server.close()


def _connect(client: Namespace, server: Namespace) -> None:
    with client.entered():
        _ip(
            f"link add eth0 type veth peer name eth0 netns {server.path}",
            "link set lo up",
            "link set eth0 up",
            f"address add {ADDRESSES[0]}/24 dev eth0",
        )
    with server.entered():
        _ip("link set eth0 up", f"address add {ADDRESSES[1]}/24 dev eth0")


def _ip(*commands: str) -> None:
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True)
