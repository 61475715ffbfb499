"""Asks the kernel for the state of one socket (sock_diag), and keeps asking.

Tracepoints do not tell TIME_WAIT: the kernel replaces the socket by a small stand-in
(tcp_time_wait) and reports that the full socket closed. The same happens to an orphan in
FIN_WAIT_2. sock_diag, which `ss` is made of, sees the stand-ins.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import threading
import time
from dataclasses import dataclass

from . import LabError
from .namespaces import Network
from .segment import ROLES, Ports, Role, peer_of
from .wire import Wire

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLMSG_ERROR = 2
NLM_F_REQUEST = 1
NO_COOKIE = 0xFFFFFFFF
INTERVAL_S = 0.02

# The kernel's numbers (include/net/tcp_states.h).
STATES = {
    1: "ESTABLISHED",
    2: "SYN_SENT",
    3: "SYN_RECEIVED",
    4: "FIN_WAIT_1",
    5: "FIN_WAIT_2",
    6: "TIME_WAIT",
    7: "CLOSED",
    8: "CLOSE_WAIT",
    9: "LAST_ACK",
    11: "CLOSING",
    12: "SYN_RECEIVED",
}

_header = struct.Struct("=IHHII")
_request = struct.Struct("=BBBBI")
_identity = struct.Struct("!HH16s16s")
_identity_rest = struct.Struct("=III")


class Prober:
    """Looks sockets up by their addresses, each host's in its own namespace."""

    def __init__(self, net: Network) -> None:
        self._net = net
        self._links: dict[Role, socket.socket] = {}
        self._lock = threading.Lock()
        for role, host in net.hosts.items():
            with host.entered():
                self._links[role] = socket.socket(
                    socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, NETLINK_SOCK_DIAG
                )

    def state(self, role: Role, ports: Ports) -> str:
        """What that end of the connection is in at this moment; CLOSED where there is no socket."""
        with self._lock:
            self._links[role].send(self._question(role, ports))
            reply = self._links[role].recv(8192)
        _, kind, _, _, _ = _header.unpack_from(reply)
        body = reply[_header.size :]
        if kind == NLMSG_ERROR:
            code = -struct.unpack_from("=i", body)[0]
            if code == errno.ENOENT:
                return "CLOSED"
            raise LabError(f"sock_diag: {os.strerror(code)}")
        _, remote_port, _, _ = _identity.unpack_from(body, 4)
        if remote_port != ports.of(peer_of(role)):
            return "CLOSED"  # the lookup fell back on the listening socket
        return STATES[body[1]]

    def _question(self, role: Role, ports: Ports) -> bytes:
        family = self._net.family
        local, remote = (
            socket.inet_pton(family, self._net.address(each)).ljust(16, b"\0")
            for each in (role, peer_of(role))
        )
        body = (
            _request.pack(family, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF)
            + _identity.pack(ports.of(role), ports.of(peer_of(role)), local, remote)
            + _identity_rest.pack(0, NO_COOKIE, NO_COOKIE)
        )
        octets = _header.size + len(body)
        return _header.pack(octets, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0) + body

    def close(self) -> None:
        for link in self._links.values():
            link.close()


@dataclass
class Sighting:
    """A state that was seen in every look from `first` to `last` (ns since the epoch)."""

    state: str
    first: int
    last: int


class Watcher:
    """Asks for both ends of every connection that the wire has seen, fifty times a second."""

    def __init__(self, prober: Prober, wire: Wire) -> None:
        self.sightings: dict[tuple[Role, Ports], list[Sighting]] = {}
        self._prober = prober
        self._wire = wire
        self._read = 0
        self._failure: BaseException | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Look a last time and end; raises what went wrong."""
        self._stopping.set()
        self._thread.join()
        if self._failure is not None:
            raise LabError("the watcher failed") from self._failure
        self._look()

    def close(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopping.wait(INTERVAL_S):
                self._look()
        except BaseException as failure:
            self._failure = failure

    def _look(self) -> None:
        for passage in self._wire.log[self._read :]:
            self._read += 1
            if passage.segment:
                for role in ROLES:
                    self.sightings.setdefault((role, passage.segment.ports), [])
        for (role, ports), seen in self.sightings.items():
            before = time.time_ns()
            state = self._prober.state(role, ports)
            if seen and seen[-1].state == state:
                seen[-1].last = before
            else:
                seen.append(Sighting(state, time.time_ns(), before))
