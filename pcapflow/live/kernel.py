"""What the kernel itself says of this host's TCP sockets: one dump of its table serves all."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import ip_address
from socket import AF_INET, AF_INET6
from typing import Any, NamedTuple, TypeAlias

from pcapflow.errors import KernelError, MissingTool
from pcapflow.model import Endpoint, State

Key: TypeAlias = tuple[int, int, int, int, int, int, int]
"""IP version, then address (two signed 64-bit words, as the engine has it) and port of this end,
then of its peer."""

AT_MOST_EVERY = 1_000_000_000
"""ns between two dumps at least."""
_SHARE = 20  # a dump must not take more than one in so many of all moments

# include/net/tcp_states.h; LISTEN, CLOSE and what is not connected are not asked for.
_STATES: dict[int, State] = {
    1: "ESTABLISHED",
    2: "SYN_SENT",
    3: "SYN_RECEIVED",
    4: "FIN_WAIT_1",
    5: "FIN_WAIT_2",
    6: "TIME_WAIT",
    8: "CLOSE_WAIT",
    9: "LAST_ACK",
    11: "CLOSING",
}
_MASK = sum(1 << state for state in _STATES)

# struct inet_diag_msg of linux/inet_diag.h: family, state, timer, retrans; ports; addresses; then
# interface, cookie, expires and queues, which nobody asks for here; uid and inode.
_HEADER = struct.Struct("=IHHII")
_WHO = struct.Struct("!BBxxHH")
_IPV4 = struct.Struct("!I12xI")
_IPV6 = struct.Struct("!qqqq")
_OWNER = struct.Struct("=II")
_ADDRESSES, _OWNERS = _WHO.size, 64
_SOCK_DIAG_BY_FAMILY = 20
_ERROR, _MULTI = 2, 2  # NLMSG_ERROR; NLM_F_MULTI
_MAPPED = 0xFFFF  # ::ffff:0:0/96, an IPv4 connection of an IPv6 socket

_CLONE_NEWNET = 0x40000000


class KernelSocket(NamedTuple):
    """One socket; ``inode`` is 0 where no process holds it.

    ``since`` is when a dump first saw it in this state (ns).
    """

    state: State
    inode: int
    uid: int
    since: int


Table: TypeAlias = dict[Key, KernelSocket]


class Kernel:
    """The kernel's table of TCP sockets, asked at most once a second, and less where that costs.

    ``netns`` names the network namespaces that are asked, instead of our own.  MissingTool without
    pyroute2, KernelError where they cannot be asked.
    """

    def __init__(self, netns: Sequence[str] = ()) -> None:
        if not sys.platform.startswith("linux"):
            raise KernelError("the kernel's sockets can be asked for on Linux only")
        try:
            import pyroute2  # noqa: F401
        except ImportError:
            raise MissingTool(
                "pyroute2", "asking the kernel for its sockets", "pip install pcapflow[live]"
            ) from None
        self._namespaces: list[int | None] = [_opened(name) for name in netns] or [None]
        self._table: Table = {}
        self._again = 0
        self.first = 0
        """When the first dump was made (ns)."""
        self.at = 0
        """When the last dump was made (ns)."""

    @property
    def due(self) -> bool:
        """Whether ``table`` would ask again."""
        return time.monotonic_ns() >= self._again

    def table(self) -> Table:
        """All connected sockets, those in TIME_WAIT too; as old as ``at``."""
        if self.due:
            started = time.monotonic_ns()
            found = [row for namespace in self._namespaces for row in _dumped(namespace)]
            self.at = time.time_ns()
            self.first = self.first or self.at
            self._table = _table(found, self._table, self.at)
            ended = time.monotonic_ns()
            self._again = started + max(AT_MOST_EVERY, _SHARE * (ended - started))
        return self._table

    def cost(self, span: int) -> None:
        """What else had to be done with a table took so long (ns): ask the later."""
        self._again += _SHARE * span

    def close(self) -> None:
        """Let the namespaces go."""
        for namespace in self._namespaces:
            if namespace is not None:
                os.close(namespace)
        self._namespaces = []


def key(local: Endpoint, peer: Endpoint) -> Key:
    """Under which a socket with these ends is found."""
    version, high, low = _words(local.ip)
    _, peer_high, peer_low = _words(peer.ip)
    return version, high, low, local.port, peer_high, peer_low, peer.port


@lru_cache(maxsize=4096)
def _words(ip: str) -> tuple[int, int, int]:
    address = ip_address(ip.partition("%")[0])
    if address.version == 4:
        return 4, 0, int(address)
    high, low = struct.unpack("!qq", address.packed)
    return 6, high, low


def _table(rows: Sequence[bytes], before: Table, now: int) -> Table:
    table: Table = {}
    for row in rows:
        family, state, port, peer_port = _WHO.unpack_from(row)
        uid, inode = _OWNER.unpack_from(row, _OWNERS)
        if state not in _STATES:
            continue
        if family == AF_INET:
            version, high, peer_high = 4, 0, 0
            low, peer_low = _IPV4.unpack_from(row, _ADDRESSES)
        else:
            version = 6
            high, low, peer_high, peer_low = _IPV6.unpack_from(row, _ADDRESSES)
            if not high and low >> 32 == _MAPPED:
                version, low, peer_low = 4, low & 0xFFFFFFFF, peer_low & 0xFFFFFFFF
        where = version, high, low, port, peer_high, peer_low, peer_port
        if not inode and where in table:
            continue  # the ports are used again while their last connection is in TIME_WAIT
        name = _STATES[state]
        old = before.get(where)
        same = old is not None and old.state == name and old.inode == inode
        table[where] = KernelSocket(name, inode, uid, old.since if old and same else now)
    return table


def _dumped(namespace: int | None) -> list[bytes]:
    """The rows of both families.

    In a thread of its own: it may enter a namespace without anybody else finding himself there, and
    has no event loop that runs already, which pyroute2 would trip over.
    """
    rows: list[bytes] = []
    failed: list[Exception] = []

    def ask() -> None:
        try:
            if namespace is not None:
                _enter(namespace)
            for family in (AF_INET, AF_INET6):
                rows.extend(_asked(family))
        except Exception as error:  # noqa: BLE001  told below, in the thread of who asks
            failed.append(error)

    asking = threading.Thread(target=ask, name="sock_diag")
    asking.start()
    asking.join()
    if failed:
        error = failed[0]
        told = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise KernelError(f"the kernel's sockets cannot be asked for ({told})") from error
    return rows


def _asked(family: int) -> Iterator[bytes]:
    from pyroute2 import DiagSocket

    with DiagSocket() as link:
        # Its own parser makes an object of each field: 80 µs a socket, where this takes 1.
        link.marshal.parse = _rows
        link.bind()
        for message in link.get_sock_stats(family=family, states=_MASK):
            yield from message["rows"]


def _rows(data: bytes, sequence: int | None = None, *rest: Any, **more: Any) -> Iterator[Any]:
    """All messages of a datagram as one, as pyroute2's Marshal would give each."""
    at, kind, rows = 0, _SOCK_DIAG_BY_FAMILY, []
    while at + _HEADER.size <= len(data):
        octets, kind, _, _, _ = _HEADER.unpack_from(data, at)
        if kind != _SOCK_DIAG_BY_FAMILY:
            break
        rows.append(data[at + _HEADER.size : at + octets])
        at += octets + 3 & ~3
    head: dict[str, Any] = {"flags": _MULTI, "sequence_number": sequence, "error": None}
    if rows:
        yield {"header": {"type": _SOCK_DIAG_BY_FAMILY, **head}, "rows": rows}
    if kind == _ERROR:
        (code,) = struct.unpack_from("=i", data, at + _HEADER.size)
        head["error"] = OSError(-code, os.strerror(-code))
    if kind != _SOCK_DIAG_BY_FAMILY:
        yield {"header": {"type": kind, **head}, "rows": []}


def _opened(netns: str) -> int:
    """A descriptor of the namespace: a path, a process's, or a name that ``ip netns`` knows."""
    if netns.isdigit():
        path = f"/proc/{netns}/ns/net"
    else:
        path = netns if "/" in netns else f"/run/netns/{netns}"
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError:
        raise KernelError(f"{path} may be opened by root only. Try: sudo") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise KernelError(f"{path} is no network namespace ({why}). Try: ip netns list") from None


def _enter(namespace: int) -> None:
    """This thread; os.setns is Python 3.12's."""
    if ctypes.CDLL(None, use_errno=True).setns(namespace, _CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"entering the namespace: {os.strerror(code)}")
