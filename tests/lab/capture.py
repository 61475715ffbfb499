"""Records what passes an interface, with the kernel's time stamps."""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import dataclass

from . import LabError

# From <linux/if_packet.h> and <asm-generic/socket.h>; Python's socket module lacks them.
SOL_PACKET = 263
PACKET_STATISTICS = 6
PACKET_IGNORE_OUTGOING = 23
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
ETH_P_ALL = 3

SNAP_OCTETS = 65535
BUFFER_OCTETS = 64 << 20

# An EtherType set aside for private experiments (IEEE 802): no host answers it.
PROBE_FRAME = bytes.fromhex("ffffffffffff 02000a4d00ff 88b5") + bytes(46)
PROBE_WAIT_S = 0.002
PROBE_TRIES = 500


@dataclass(frozen=True, slots=True)
class Packet:
    """A captured frame; `at` is the kernel's time stamp in ns since the epoch."""

    at: int
    frame: bytes


def open_packet_socket(interface: str, *, outgoing: bool) -> socket.socket:
    """An AF_PACKET socket in the current namespace; `outgoing` frames are seen too if asked."""
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    packets.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_OCTETS)
    packets.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    if not outgoing:
        packets.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    packets.bind((interface, ETH_P_ALL))
    packets.setblocking(False)
    return packets


def receive(packets: socket.socket) -> Packet | None:
    """The next frame that waits in the socket, or None."""
    try:
        frame, ancillary, _, _ = packets.recvmsg(SNAP_OCTETS, 64)
    except BlockingIOError:
        return None
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("qq", value[:16])
            return Packet(seconds * 1_000_000_000 + nanoseconds, frame)
    raise LabError("a frame came without the kernel's time stamp")


def refuse_losses(packets: socket.socket, where: str) -> None:
    """Raise LabError if the kernel had no room for a frame in this socket."""
    statistics = packets.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
    _, dropped = struct.unpack("II", statistics)
    if dropped:
        raise LabError(f"the recorder at {where} lost {dropped} frames")


class Recorder:
    """Records one interface of the current namespace; the kernel keeps the frames until asked."""

    def __init__(self, interface: str, where: str) -> None:
        self.where = where
        self._socket = open_packet_socket(interface, outgoing=True)

    def warm_up(self, cable: socket.socket) -> None:
        """Return when frames sent into `cable` arrive here and are stamped as they arrive.

        The link comes up, and the kernel begins to stamp frames (net_enable_timestamp), some time
        after it was asked. Until then a frame is stamped when it is read, which is of no use.
        """
        for _ in range(PROBE_TRIES):
            cable.send(PROBE_FRAME)
            time.sleep(PROBE_WAIT_S)
            read_at = time.time_ns()
            arrived = self.packets()
            if arrived and arrived[-1].at < read_at:
                return
        raise LabError(f"no stamped frames at {self.where}")

    def packets(self) -> list[Packet]:
        """All frames since the last call, in the order of their time stamps."""
        refuse_losses(self._socket, self.where)
        waiting = list(iter(lambda: receive(self._socket), None))
        return sorted(waiting, key=lambda packet: packet.at)

    def close(self) -> None:
        self._socket.close()
