"""IPv4 and IPv6 datagrams as octets: options, extension headers, fragments (RFC 791, RFC 8200)."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from tests.wire.tcp import internet_checksum

TCP = 6
DONT_FRAGMENT = 0x4000
MORE_FRAGMENTS = 0x2000


@dataclass(frozen=True, slots=True)
class Extension:
    """An IPv6 extension header: its protocol number, and all of it but its first octet."""

    number: int
    body: bytes


def hop_by_hop() -> Extension:
    """A Hop-by-Hop header of 8 octets that holds only padding."""
    return Extension(0, b"\x00\x01\x04\0\0\0\0")


def destination_options(octets: int = 8) -> Extension:
    """A Destination Options header of `octets` (a multiple of 8) that holds only padding."""
    padding = octets - 4
    return Extension(60, bytes([octets // 8 - 1, 1, padding]) + bytes(padding))


def routing(via: str = "2001:db8::99") -> Extension:
    """A Routing header of type 2 with no segment left: the address in the IP header is the last."""
    return Extension(43, struct.pack(">BBBI", 2, 2, 0, 0) + ip_address(via).packed)


def fragment_header(ident: int = 1, offset: int = 0, more: bool = False) -> Extension:
    """A Fragment header; by default of an atomic fragment (RFC 6946). `offset` is in octets."""
    return Extension(44, struct.pack(">BHI", 0, offset | more, ident))


def pseudo_header(source: str, destination: str) -> bytes:
    """The TCP pseudo-header without its length; the field's width does not change the sum."""
    return ip_address(source).packed + ip_address(destination).packed + bytes([0, TCP])


def ipv4(
    source: str,
    destination: str,
    payload: bytes,
    ttl: int,
    ipid: int,
    options: bytes,
    fragment: int,
    dont_fragment: bool,
    bad_checksum: bool,
) -> list[bytes]:
    """The datagrams that carry `payload`: one, or several of at most `fragment` octets (0: one)."""
    options += b"\0" * (-len(options) % 4)
    datagrams = []
    for offset, part, more in _parts(payload, fragment):
        where = offset // 8 | (MORE_FRAGMENTS if more else 0)
        if dont_fragment and not fragment:
            where |= DONT_FRAGMENT
        header_length = 20 + len(options)
        start = struct.pack(
            ">BBHHHBB",
            0x40 | header_length // 4,
            0,
            header_length + len(part),
            ipid,
            where,
            ttl,
            TCP,
        )
        addresses = IPv4Address(source).packed + IPv4Address(destination).packed
        total = internet_checksum(start + b"\0\0" + addresses + options)
        if bad_checksum:
            total ^= 0x5555
        datagrams.append(start + struct.pack(">H", total) + addresses + options + part)
    return datagrams


def ipv6(
    source: str,
    destination: str,
    payload: bytes,
    hop_limit: int,
    ident: int,
    extensions: Sequence[Extension],
    fragment: int,
) -> list[bytes]:
    """The datagrams that carry `payload`; where fragmented, `extensions` are in every fragment."""
    datagrams = []
    for offset, part, more in _parts(payload, fragment):
        chain = list(extensions)
        if fragment:
            chain.append(fragment_header(ident, offset, more))
        numbers = [extension.number for extension in chain] + [TCP]
        headers = b"".join(
            bytes([following]) + extension.body
            for extension, following in zip(chain, numbers[1:], strict=True)
        )
        start = struct.pack(">IHBB", 6 << 28, len(headers) + len(part), numbers[0], hop_limit)
        addresses = IPv6Address(source).packed + IPv6Address(destination).packed
        datagrams.append(start + addresses + headers + part)
    return datagrams


def _parts(payload: bytes, size: int) -> list[tuple[int, bytes, bool]]:
    """The fragments of `payload`, each with its offset and whether more follow."""
    if not size:
        return [(0, payload, False)]
    if size % 8:
        raise ValueError(f"fragments carry a multiple of 8 octets, not {size}")
    return [
        (offset, payload[offset : offset + size], offset + size < len(payload))
        for offset in range(0, len(payload), size)
    ]
