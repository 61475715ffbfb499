"""pcapng files, block by block (draft-ietf-opsawg-pcapng)."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.wire.link import ETHERNET, Frame, as_frames
from tests.wire.packet import Packet

SECTION_HEADER = 0x0A0D0D0A
INTERFACE_DESCRIPTION = 1
PACKET = 2
SIMPLE_PACKET = 3
INTERFACE_STATISTICS = 5
ENHANCED_PACKET = 6
BYTE_ORDER_MAGIC = 0x1A2B3C4D
UNKNOWN_LENGTH = -1

COMMENT = 1
IF_TSRESOL = 9
IF_TSOFFSET = 14
ISB_IFRECV = 4
ISB_IFDROP = 5
CUSTOM_OPTIONS = (2988, 2989, 19372, 19373)

BLOCK_TYPE = {
    "enhanced": ENHANCED_PACKET,
    "simple": SIMPLE_PACKET,
    "obsolete": PACKET,
}
Options = Iterable[tuple[int, bytes]]


@dataclass(slots=True)
class _Interface:
    link: int
    snaplen: int
    ticks_per_second: int
    offset_s: int


@dataclass(slots=True)
class Pcapng:
    """A pcapng file in the making: start a section, describe interfaces, add packets.

    `data` is the file so far. Options are (code, value) pairs and come in the order given.
    """

    _blocks: list[bytes] = field(default_factory=list)
    _order: str = "<"
    _interfaces: list[_Interface] = field(default_factory=list)

    @property
    def data(self) -> bytes:
        return b"".join(self._blocks)

    def section(
        self, order: str = "<", length: int = UNKNOWN_LENGTH, options: Options = ()
    ) -> None:
        """A section header. Interfaces start again at 0; `length` is written as given."""
        self._order = order
        self._interfaces = []
        body = struct.pack(f"{order}IHHq", BYTE_ORDER_MAGIC, 1, 0, length)
        self.block(SECTION_HEADER, body, options)

    def interface(
        self,
        link: int = ETHERNET,
        snaplen: int = 0,
        tsresol: int | None = None,
        tsoffset: int | None = None,
        options: Options = (),
    ) -> int:
        """Describe an interface and return its number in the section.

        tsresol    the octet: 0-127 a power of ten, with the high bit a power of two; None: absent,
                   which means microseconds
        tsoffset   seconds to be added to the times; None: absent
        snaplen    octets kept of each frame; 0: all
        """
        options = list(options)
        if tsresol is not None:
            options.append((IF_TSRESOL, bytes([tsresol])))
        if tsoffset is not None:
            options.append((IF_TSOFFSET, struct.pack(f"{self._order}q", tsoffset)))
        resolution = 6 if tsresol is None else tsresol
        ticks = 2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution
        self._interfaces.append(_Interface(link, snaplen, ticks, tsoffset or 0))
        body = struct.pack(f"{self._order}HHI", link, 0, snaplen)
        self.block(INTERFACE_DESCRIPTION, body, options)
        return len(self._interfaces) - 1

    def packets(
        self,
        items: Iterable[Packet | Frame],
        interface: int | None = None,
        block: str = "enhanced",
        options: Options = (),
    ) -> None:
        """Add `items` in blocks of one kind: "enhanced", "simple" (no time) or "obsolete".

        `interface` overrides each packet's own. A simple block belongs to interface 0.
        """
        for item in items:
            number = item.interface if interface is None else interface
            if block == "simple":
                number = 0
            for frame in as_frames([item], self._interfaces[number].link, self._order):
                self._packet(frame, number, block, options)

    def _packet(self, frame: Frame, number: int, block: str, options: Options) -> None:
        interface = self._interfaces[number]
        kept = frame.data[: interface.snaplen] if interface.snaplen else frame.data
        data = kept + b"\0" * (-len(kept) % 4)
        high, low = divmod(_ticks(frame.time, interface), 2**32)
        lengths = (len(kept), frame.length)
        if block == "simple":
            body = struct.pack(f"{self._order}I", frame.length)
            options = ()
        elif block == "obsolete":
            no_drop_count = 0xFFFF
            body = struct.pack(f"{self._order}HHIIII", number, no_drop_count, high, low, *lengths)
        else:
            body = struct.pack(f"{self._order}IIIII", number, high, low, *lengths)
        self.block(BLOCK_TYPE[block], body + data, options)

    def statistics(self, interface: int, time: int, received: int, dropped: int) -> None:
        """Interface statistics at `time` (ns since the epoch)."""
        high, low = divmod(_ticks(time, self._interfaces[interface]), 2**32)
        counts = [(ISB_IFRECV, received), (ISB_IFDROP, dropped)]
        self.block(
            INTERFACE_STATISTICS,
            struct.pack(f"{self._order}III", interface, high, low),
            [(code, struct.pack(f"{self._order}Q", count)) for code, count in counts],
        )

    def block(self, kind: int, body: bytes = b"", options: Options = ()) -> None:
        """Any block: its type, its body, its options. An unknown type makes an unknown block."""
        body += b"\0" * (-len(body) % 4) + self._options(options)
        total = len(body) + 12
        head = struct.pack(f"{self._order}II", kind, total)
        self._blocks.append(head + body + head[4:])

    def _options(self, options: Options) -> bytes:
        encoded = b""
        for code, value in options:
            encoded += struct.pack(f"{self._order}HH", code, len(value))
            encoded += value + b"\0" * (-len(value) % 4)
        return encoded + b"\0\0\0\0" if encoded else b""


def _ticks(time: int, interface: _Interface) -> int:
    since_offset = time - interface.offset_s * 10**9
    return since_offset * interface.ticks_per_second // 10**9


def pcapng(
    items: Iterable[Packet | Frame],
    link: int = ETHERNET,
    order: str = "<",
    tsresol: int | None = 9,
    snaplen: int = 0,
) -> bytes:
    """A pcapng file of one section and one interface, with enhanced packet blocks."""
    file = Pcapng()
    file.section(order)
    file.interface(link, snaplen, tsresol)
    file.packets(items, interface=0)
    return file.data
