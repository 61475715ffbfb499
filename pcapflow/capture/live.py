"""Live interfaces as a pcapng capture: raw sockets that scapy opens, never its dissectors.

One path for all: what a socket receives is written down as a packet block and read by the same
engine as a file.
"""

from __future__ import annotations

import ctypes
import errno
import select
import socket
import struct
from collections.abc import Callable, Sequence

from pcapflow.capture import filters, pcapng
from pcapflow.capture.packets import ANY, MAX_SNAP, Wanted, down
from pcapflow.capture.pcapng import AROUND, HEAD, LENGTH, PACKET, PADDING
from pcapflow.capture.rights import way_to_capture
from pcapflow.errors import CaptureError, RightsError

_ETHERNET, _RAW, _SLL = 1, 101, 113  # https://www.tcpdump.org/linktypes.html
_ANCILLARY_OCTETS = 128
_AT_ONCE = 4096  # packets read from one socket before there may be news

# From <linux/if_arp.h>, <linux/if_packet.h> and <asm-generic/socket.h>; Python's socket lacks them.
_ARPHRD_LOOPBACK = 772
_HEADERS = {1: 14, _ARPHRD_LOOPBACK: 14, 65534: 0, 519: 0}
"""Octets of link header before IP, by ARPHRD_ type: Ethernet, loopback, none (tun), raw IP."""
_ETH_P_ALL = 3
_PACKET_OUTGOING = 4
_SOL_PACKET, _PACKET_STATISTICS = 263, 6
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
_SO_ATTACH_FILTER = 26
_NOTHING = [(0x06, 0, 0, 0)]  # the program that keeps no packet: BPF_RET 0

_COOKED = struct.Struct(">HHH8sH")  # packet type, ARPHRD_, length of address, address, EtherType
_TIMESPEC = struct.Struct("qq")

Told = list[tuple[int, int, bytes]]
Address = tuple[str, int, int, int, bytes]
Opened = tuple[socket.socket, Callable[[], None]]
"""A socket, and how it is closed."""
Packet = tuple[int, bytes]
"""When it was seen (ns), and its block."""


class Sockets:
    """Interfaces being captured from, each by a socket; ``any`` is all of them.

    Raises RightsError where the user may not capture, UsageError where the filter is none,
    CaptureError where an interface is down or of a kind that is not understood.  ``filtered`` is
    False where nothing could compile the filter: then all packets come.
    """

    feeder = "sockets"
    local = True
    lag = 0

    def __init__(self, wanted: Wanted) -> None:
        self.name = wanted.name
        self.drained = True
        self.ended = False
        self.filtered = True
        self._stopped = False
        self._poll = select.epoll()
        self._ears: dict[int, _Ear] = {}
        try:
            for number, interface in enumerate(wanted.interfaces):
                ear = _Ear(number, interface, wanted)
                self._ears[ear.fileno()] = ear
                self.filtered &= ear.filtered
                self._poll.register(ear.fileno(), select.EPOLLIN)
        except BaseException:
            self.close()
            raise
        described = (
            pcapng.interface(ear.link, wanted.snap, ear.interface) for ear in self._ears.values()
        )
        self._head = pcapng.section() + b"".join(described)

    def fileno(self) -> int:
        return self._poll.fileno()

    def read(self, most: int | None = None) -> bytes:
        head, self._head = self._head, b""
        found: list[Packet] = []
        left = most
        self.drained = True
        for ear in self._ears.values():
            room = _AT_ONCE if left is None else min(left, _AT_ONCE)
            heard = ear.packets(room)
            self.drained &= heard < room
            found += ear.taken()
            left = None if left is None else left - heard
        if len(self._ears) > 1:
            found.sort(key=lambda packet: packet[0])
        self.ended = self._stopped and self.drained
        if not found and not head:
            for ear in self._ears.values():
                if ear.fault is not None:
                    raise ear.fault
        return head + b"".join([block for _, block in found])

    def stop(self) -> None:
        self._stopped = True
        for ear in self._ears.values():
            ear.keep(_NOTHING)

    def drops(self) -> int | None:
        return sum(ear.drops() for ear in self._ears.values())

    def close(self) -> None:
        self._poll.close()
        for ear in self._ears.values():
            ear.close()


class _Ear:
    """One socket."""

    def __init__(self, number: int, interface: str, wanted: Wanted) -> None:
        self.interface = interface
        self.filtered = True
        self.fault: CaptureError | None = None
        self._number = number
        self._snap = wanted.snap
        self._buffer = bytearray(wanted.snap)
        self._found: list[Packet] = []
        self._dropped = 0
        self._socket, self._close = _listen(interface)
        try:
            self.link = _SLL if interface == ANY else self._link_type()
            self._prepare(wanted)
        except BaseException:
            self.close()
            raise

    def fileno(self) -> int:
        return self._socket.fileno()

    def packets(self, most: int) -> int:
        """Take at most so many packets that wait; how many there were."""
        # A few microseconds for each packet decide how many are lost: so all is done in place.
        receive, note, buffer = self._socket.recvmsg_into, self._found.append, self._buffer
        into, flags = [buffer], socket.MSG_DONTWAIT | socket.MSG_TRUNC
        number, snap, cooked = self._number, self._snap, self.link == _SLL
        for taken in range(most):
            try:
                original, told, _, address = receive(into, _ANCILLARY_OCTETS, flags)
            except BlockingIOError:
                return taken
            except OSError as error:  # told once, and before the packets that still wait
                self.fault = _gone(self.interface, error)
                continue
            if address[3] == _ARPHRD_LOOPBACK and address[2] == _PACKET_OUTGOING:
                continue  # loopback shows each packet twice: going out, and coming in
            octets = bytes(buffer[:original]) if original < snap else bytes(buffer)
            if cooked:  # the link's header was taken off
                octets = _cooked(address) + octets
                original += _COOKED.size
            seconds, nanoseconds = self._stamp(told)
            at = seconds * 1_000_000_000 + nanoseconds
            captured = len(octets)
            padding = PADDING[captured & 3]
            length = AROUND + captured + len(padding)
            high, low = at >> 32, at & 0xFFFF_FFFF
            head = HEAD.pack(PACKET, length, number, high, low, captured, original)
            note((at, head + octets + padding + LENGTH.pack(length)))
        return most

    def taken(self) -> list[Packet]:
        """What ``packets`` took."""
        found, self._found = self._found, []
        return found

    def drops(self) -> int:
        # Two unsigned integers: packets, drops.  Asking sets both to 0.
        told = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
        self._dropped += struct.unpack("II", told)[1]
        return self._dropped

    def keep(self, program: Sequence[tuple[int, int, int, int]]) -> None:
        """Let the kernel keep only what a program takes."""
        code = b"".join(struct.pack("HBBI", *instruction) for instruction in program)
        held = ctypes.create_string_buffer(code, len(code))
        attached = struct.pack("HP", len(program), ctypes.addressof(held))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, attached)

    def close(self) -> None:
        self._close()

    def _stamp(self, told: Told) -> tuple[int, int]:
        """The kernel's time stamp: seconds and nanoseconds."""
        for _, kind, value in told:
            if kind == _SO_TIMESTAMPNS:
                return _TIMESPEC.unpack(value)
        raise CaptureError(self.interface, "gave a packet without the time when it was seen")

    def _link_type(self) -> int:
        hardware = self._socket.getsockname()[3]
        if hardware not in _HEADERS:
            raise CaptureError(
                self.interface,
                f"is an interface of type {hardware} (ARPHRD_), which sockets cannot watch",
                advice="apt-get install tcpdump, and --feeder tcpdump",
            )
        return _ETHERNET if _HEADERS[hardware] else _RAW

    def _prepare(self, wanted: Wanted) -> None:
        room = wanted.buffer << 20
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, room)
        except PermissionError:  # needs cap_net_admin; without it the kernel's limit holds
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        if wanted.filter:
            # A cooked socket's packets begin with IP.
            link = filters.ETHERNET if self.link == _ETHERNET else filters.RAW
            try:
                wished = filters.program(wanted.filter, link)
            except filters.NoCompiler:
                self.filtered = False
                return
            self.keep(_NOTHING)  # and what came before the filter is thrown away
            while self._waits():
                pass
            self.keep(wished)

    def _waits(self) -> bool:
        try:
            return bool(self._socket.recv(MAX_SNAP, socket.MSG_DONTWAIT))
        except BlockingIOError:
            return False
        except OSError as error:
            raise _gone(self.interface, error) from error


def _cooked(address: Address) -> bytes:
    """The header of a cooked capture's packet (LINKTYPE_LINUX_SLL)."""
    _, protocol, kind, hardware, mac = address
    return _COOKED.pack(kind, hardware, len(mac), mac[:8].ljust(8, b"\0"), protocol)


def _listen(interface: str) -> Opened:
    try:
        return _everywhere() if interface == ANY else _at(interface)
    except PermissionError as error:
        raise RightsError(interface, way_to_capture(interface)) from error
    except OSError as error:
        raise _gone(interface, error) from error


def _at(interface: str) -> Opened:
    """A raw socket that scapy has bound to one interface and made promiscuous."""
    import logging
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries that scapy itself imports
        logging.getLogger("scapy.runtime").setLevel(logging.CRITICAL)
        logging.getLogger("scapy.loading").setLevel(logging.CRITICAL)
        from scapy.arch.linux import L2ListenSocket

    listener = L2ListenSocket(iface=interface, nofilter=1)
    return listener.ins, listener.close


def _everywhere() -> Opened:
    """A cooked socket of all interfaces, which is none that scapy makes: it binds all of its."""
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
    return opened, opened.close


def _gone(interface: str, error: OSError) -> CaptureError:
    if error.errno == errno.ENETDOWN:
        return down(interface)
    return CaptureError(interface, f"cannot be captured from ({error.strerror})")
