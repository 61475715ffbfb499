"""TCP headers and options as octets (RFC 9293 §3.1, RFC 7323, RFC 2018, RFC 7413)."""

import struct

FLAGS = {
    "FIN": 0x001,
    "SYN": 0x002,
    "RST": 0x004,
    "PSH": 0x008,
    "ACK": 0x010,
    "URG": 0x020,
    "ECE": 0x040,
    "CWR": 0x080,
    "AE": 0x100,
}


def flag_bits(names: str) -> int:
    """The flag bits of words such as ``"SYN ACK"``; no word is a segment without flags."""
    bits = 0
    for name in names.split():
        if name not in FLAGS:
            raise ValueError(f"no TCP flag is called {name!r}; there are {', '.join(FLAGS)}")
        bits |= FLAGS[name]
    return bits


def nop(count: int = 1) -> bytes:
    return b"\x01" * count


def mss(octets: int) -> bytes:
    return struct.pack(">BBH", 2, 4, octets)


def wscale(shift: int) -> bytes:
    return struct.pack(">BBB", 3, 3, shift)


def sack_permitted() -> bytes:
    return b"\x04\x02"


def sack(*blocks: tuple[int, int]) -> bytes:
    """SACK blocks with absolute edges; a D-SACK is a first block that lies below the ACK number."""
    edges = b"".join(struct.pack(">II", left, right) for left, right in blocks)
    return struct.pack(">BB", 5, 2 + len(edges)) + edges


def timestamps(tsval: int, tsecr: int) -> bytes:
    return struct.pack(">BBII", 8, 10, tsval % 2**32, tsecr % 2**32)


def fast_open(cookie: bytes = b"") -> bytes:
    return struct.pack(">BB", 34, 2 + len(cookie)) + cookie


def internet_checksum(data: bytes) -> int:
    """The ones' complement checksum of RFC 1071 over `data`."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def segment(
    pseudo_header: bytes,
    ports: tuple[int, int],
    seq: int,
    ack: int,
    flags: int,
    window: int,
    urgent: int,
    options: bytes,
    payload: bytes,
    bad_checksum: bool,
) -> bytes:
    """One TCP segment. `pseudo_header` lacks the two octets of the length, which are added here."""
    options += b"\0" * (-len(options) % 4)
    if len(options) > 40:
        raise ValueError(f"{len(options)} octets of TCP options; a header has room for 40")
    offset_and_flags = (20 + len(options)) // 4 << 12 | flags
    start = struct.pack(">HHIIHH", *ports, seq, ack, offset_and_flags, window)
    rest = struct.pack(">H", urgent) + options + payload
    length = len(start) + 2 + len(rest)
    total = internet_checksum(pseudo_header + struct.pack(">H", length) + start + b"\0\0" + rest)
    if bad_checksum:
        total ^= 0x5555
    return start + struct.pack(">H", total) + rest
