"""A live interface as octets of a pcap capture: raw sockets that scapy opens, never its dissectors.

One path for all: what a socket receives is written down as a classic pcap record and read by the
same engine as a file.
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
from collections.abc import Callable

from pcapflow.capture.rights import way_to_capture
from pcapflow.errors import CaptureError, RightsError, UsageError

ANY = "any"
SNAP_OCTETS = 512  # link, IP and TCP headers with all their options

_MAGIC_NS = 0xA1B23C4D
_ETHERNET, _RAW, _SLL = 1, 101, 113  # https://www.tcpdump.org/linktypes.html
_BUFFER_OCTETS = 32 << 20
_ANCILLARY_OCTETS = 128

# From <linux/if_arp.h>, <linux/if_packet.h> and <asm-generic/socket.h>; Python's socket lacks them.
_ARPHRD_LOOPBACK = 772
_HEADERS = {1: 14, _ARPHRD_LOOPBACK: 14, 65534: 0, 519: 0}
"""Octets of link header before IP, by ARPHRD_ type: Ethernet, loopback, none (tun), raw IP."""
_ETH_P_ALL = 3
_PACKET_OUTGOING = 4
_SOL_PACKET, _PACKET_STATISTICS = 263, 6
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35

_RECORD = struct.Struct("<IIII")  # seconds, nanoseconds, octets captured, octets on the wire
_COOKED = struct.Struct(">HHH8sH")  # packet type, ARPHRD_, length of address, address, EtherType
_TIMESPEC = struct.Struct("qq")

Told = list[tuple[int, int, bytes]]
Address = tuple[str, int, int, int, bytes]
Opened = tuple[socket.socket, Callable[[], None]]
"""A socket, and how it is closed."""


class Live:
    """An interface being captured from; ``any`` is all of them.

    ``header`` is the capture's file header, ``packets`` counts those read.  Raises UsageError for
    an unknown interface, RightsError where the user may not capture, CaptureError where the
    interface is down or of a kind that is not understood.
    """

    def __init__(self, interface: str) -> None:
        _check(interface)
        self.interface = interface
        self.packets = 0
        self._dropped = 0
        self._socket, self._close = _listen(interface)
        self._buffer = bytearray(SNAP_OCTETS)
        try:
            link = _SLL if interface == ANY else self._link_type()
            self._prepare()
        except BaseException:
            self.close()
            raise
        self.header = struct.pack("<IHHiIII", _MAGIC_NS, 2, 4, 0, 0, SNAP_OCTETS, link)

    def fileno(self) -> int:
        """For ``select``: readable when packets wait."""
        return self._socket.fileno()

    def read(self, most: int) -> bytes:
        """Records of the packets that wait, at most so many; empty where none does.

        Raises CaptureError where the interface has gone down or away.
        """
        records: list[bytes] = []
        until = self.packets + most
        while self.packets < until:
            try:
                octets, told, _, address = self._socket.recvmsg_into(
                    [self._buffer], _ANCILLARY_OCTETS, socket.MSG_DONTWAIT | socket.MSG_TRUNC
                )
            except BlockingIOError:
                break
            except OSError as error:
                raise _gone(self.interface, error) from error
            if address[3] == _ARPHRD_LOOPBACK and address[2] == _PACKET_OUTGOING:
                continue  # loopback shows each packet twice: going out, and coming in
            self.packets += 1
            records += self._record(octets, told, address)
        return b"".join(records)

    def drops(self) -> int:
        """How many packets the kernel had no room for, since the beginning."""
        # Two unsigned integers: packets, drops.  Asking sets both to 0.
        told = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
        self._dropped += struct.unpack("II", told)[1]
        return self._dropped

    def close(self) -> None:
        """Stop capturing."""
        self._close()

    def _record(self, octets: int, told: Told, address: Address) -> tuple[bytes, ...]:
        """One pcap record; of ``any``, with a cooked header, for the link's was taken off."""
        head = b""
        if self.interface == ANY:
            _, protocol, kind, hardware, mac = address
            head = _COOKED.pack(kind, hardware, len(mac), mac[:8].ljust(8, b"\0"), protocol)
        captured = bytes(self._buffer[: min(octets, SNAP_OCTETS)])
        lengths = len(head) + len(captured), len(head) + octets
        return _RECORD.pack(*self._stamp(told), *lengths), head, captured

    def _stamp(self, told: Told) -> tuple[int, int]:
        """The kernel's time stamp: seconds and nanoseconds."""
        for level, kind, value in told:
            if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                seconds, nanoseconds = _TIMESPEC.unpack(value[: _TIMESPEC.size])
                return seconds, nanoseconds
        raise CaptureError(self.interface, "gave a packet without the time when it was seen")

    def _link_type(self) -> int:
        hardware = self._socket.getsockname()[3]
        if hardware not in _HEADERS:
            raise CaptureError(
                self.interface,
                f"is an interface of type {hardware} (ARPHRD_), which cannot be watched",
                advice=f"tcpdump -i {self.interface} -w FILE, then pcapflow analyze FILE",
            )
        return _ETHERNET if _HEADERS[hardware] else _RAW

    def _prepare(self) -> None:
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_OCTETS)
        except PermissionError:  # needs cap_net_admin; without it the kernel's limit holds
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_OCTETS)


def interfaces() -> list[str]:
    """The names that can be watched."""
    return [*(name for _, name in socket.if_nameindex()), ANY]


def _check(interface: str) -> None:
    if sys.platform != "linux":
        raise UsageError("watching needs Linux. Try: tcpdump -w - | pcapflow analyze -")
    known = interfaces()
    if interface not in known:
        raise UsageError(f"there is no interface {interface!r}. Try one of: {', '.join(known)}")


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
        return CaptureError(interface, "is down", advice=f"sudo ip link set {interface} up")
    return CaptureError(interface, f"cannot be captured from ({error.strerror})")
