"""Files as they come from the field: compressed, cut short, damaged."""

import gzip
import struct

from tests.wire.pcap import MICROSECONDS, NANOSECONDS
from tests.wire.pcapng import BYTE_ORDER_MAGIC, SECTION_HEADER

PCAP_HEADER = 24


def gzipped(data: bytes) -> bytes:
    """`data` as a gzip file, the same octets in every run."""
    return gzip.compress(data, mtime=0)


def cut(data: bytes, octets: int) -> bytes:
    """`data` without its last `octets`."""
    return data[: len(data) - octets]


def record_offsets(data: bytes) -> list[int]:
    """Where each record of a pcap file, or each block of a pcapng file, begins."""
    if struct.unpack_from("<I", data)[0] == SECTION_HEADER:
        return _block_offsets(data)
    offsets, at = [], PCAP_HEADER
    while at < len(data):
        offsets.append(at)
        at += 16 + struct.unpack_from(f"{_pcap_order(data)}I", data, at + 8)[0]
    return offsets


def corrupt_length(data: bytes, record: int, length: int = 0xFFFF_FFF0) -> bytes:
    """Write `length` over the captured length (pcap) or first block length (pcapng) of a record.

    `record` counts from 0; in pcapng every block counts, the section header too.
    """
    offsets = record_offsets(data)
    if struct.unpack_from("<I", data)[0] == SECTION_HEADER:
        order, at = _section_order(data, offsets[record]), offsets[record] + 4
    else:
        order, at = _pcap_order(data), offsets[record] + 8
    return data[:at] + struct.pack(f"{order}I", length) + data[at + 4 :]


def _pcap_order(data: bytes) -> str:
    for order in "<>":
        if struct.unpack_from(f"{order}I", data)[0] in (MICROSECONDS, NANOSECONDS):
            return order
    raise ValueError("neither a pcap nor a pcapng file")


def _block_offsets(data: bytes) -> list[int]:
    offsets, at, order = [], 0, "<"
    while at < len(data):
        offsets.append(at)
        if struct.unpack_from("<I", data, at)[0] == SECTION_HEADER:
            order = _order_of_section_at(data, at)
        at += struct.unpack_from(f"{order}I", data, at + 4)[0]
    return offsets


def _section_order(data: bytes, offset: int) -> str:
    """The byte order of the section that the block at `offset` belongs to."""
    headers = [
        at
        for at in _block_offsets(data)
        if at <= offset and struct.unpack_from("<I", data, at)[0] == SECTION_HEADER
    ]
    return _order_of_section_at(data, headers[-1])


def _order_of_section_at(data: bytes, at: int) -> str:
    return "<" if struct.unpack_from("<I", data, at + 8)[0] == BYTE_ORDER_MAGIC else ">"
