"""Captures for the command line: healthy, leaking, cut, damaged, strange."""

from __future__ import annotations

from pathlib import Path

from tests.wire import Wire, corrupt_length, cut, in_time_order, pcap


def orderly(port: int = 51234, start: str = "2026-01-01T00:00:00Z") -> Wire:
    wire = Wire(client=f"10.0.0.5:{port}", start=start)
    wire.handshake()
    wire.c("PSH ACK", data=100)
    wire.s("PSH ACK", data=200)
    wire.c("FIN ACK")
    wire.s("FIN ACK")
    wire.c("ACK")
    return wire


def leaking(port: int = 51235, silence: float = 90, server: str = "10.0.0.9:8080") -> Wire:
    """The server closes; the client acknowledges, and a keep-alive ends the capture later."""
    wire = Wire(client=f"10.0.0.5:{port}", server=server)
    wire.handshake()
    wire.c("PSH ACK", data=100)
    wire.s("PSH ACK", data=200)
    wire.s("FIN ACK")
    wire.c("ACK")
    wire.at(silence)
    wire.c("ACK", seq=100)
    return wire


def aborted(port: int = 51236) -> Wire:
    wire = Wire(client=f"10.0.0.5:{port}")
    wire.handshake()
    wire.c("PSH ACK", data=100)
    wire.s("ACK")
    wire.c("RST ACK")
    return wire


def mixed() -> bytes:
    """One of each, leaking first: flows 1, 2 and 3 begin at the same time."""
    return pcap(in_time_order(leaking(), orderly(), aborted()))


def written(folder: Path, octets: bytes, name: str = "capture.pcap") -> Path:
    path = folder / name
    path.write_bytes(octets)
    return path


def cut_short(folder: Path) -> Path:
    return written(folder, cut(mixed(), 7), "cut.pcap")


def damaged(folder: Path, record: int = 10) -> Path:
    return written(folder, corrupt_length(mixed(), record), "damaged.pcap")
