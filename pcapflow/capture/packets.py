"""Where the packets of a watch come from, whoever captures them."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from pcapflow.errors import CaptureError

ANY = "any"
SNAP_OCTETS = 512  # link, IP and TCP headers with all their options, of a tunnel's packets too
MAX_SNAP = 262_144  # libpcap's MAXIMUM_SNAPLEN
BUFFER_MB = 64

MS = 1_000_000


class Wanted(NamedTuple):
    """What is to be captured.

    ``filter`` is in libpcap's language, "" for everything; ``snap`` octets of each packet are kept;
    ``buffer`` is the room in the kernel (MB), for each interface.
    """

    interfaces: tuple[str, ...]
    filter: str
    snap: int = SNAP_OCTETS
    buffer: int = BUFFER_MB

    @property
    def name(self) -> str:
        """What is watched, for people."""
        return ", ".join(self.interfaces)


class Packets(Protocol):
    """A capture that goes on: octets of pcap or pcapng, in pieces of any size.

    ``name`` is what is watched, ``feeder`` who captures.  ``drained`` says whether the last read
    took all that waited, ``ended`` whether nothing more will come.  ``lag`` is how long after it
    passed a packet may be read though nothing waited before (ns).  ``local`` says whether the
    packets' times are this machine's own.
    """

    name: str
    feeder: str
    lag: int
    local: bool

    @property
    def drained(self) -> bool: ...

    @property
    def ended(self) -> bool: ...

    def fileno(self) -> int:
        """For ``select``: readable when octets wait, or the end."""

    def read(self, most: int | None = None) -> bytes:
        """Octets that wait, of no more than so many packets; empty where none do.

        Raises CaptureError where the capture broke off: all that was captured has been read.
        """

    def stop(self) -> None:
        """Capture nothing more; what was captured can still be read, until ``ended``."""

    def drops(self) -> int | None:
        """How many packets were lost for want of room, as far as is known; None: unknown."""

    def close(self) -> None:
        """Stop, and read nothing more."""


def down(interface: str) -> CaptureError:
    """The interface cannot be captured from because it is down."""
    return CaptureError(interface, "is down", advice=f"sudo ip link set {interface} up")
