"""Rows of traffic as the octets of a pcap or pcapng file.

Packets of one kind (IP version, SYN or not, timestamps or not) have headers of one form: a
template, in which a few fields differ. These are filled for many packets at once, checksums
included; the payload is the beginning of one fixed text.
"""

import struct
from dataclasses import dataclass
from functools import cache
from itertools import chain, product

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.script import ACK, SYN
from tests.benchmarks.traffic import FULL_SEGMENT, MILLISECOND, SECOND, Traffic

Column = NDArray[np.int64]
Columns = dict[str, Column]

AT_ONCE = 100_000
WHOLE = 262_144
LONGEST_HEADERS = 94
FILLER = bytes((7 * at + at // 251) % 256 for at in range(FULL_SEGMENT))
FILLER_SUM = np.cumsum([0] + [octet << (8 - at % 2 * 8) for at, octet in enumerate(FILLER)])

PCAP_RECORD = {
    "seconds": (0, "<u4"),
    "fraction": (4, "<u4"),
    "kept": (8, "<u4"),
    "was": (12, "<u4"),
}
EPB = {"total": (4, "<u4"), "interface": (8, "<u4"), "high": (12, "<u4"), "low": (16, "<u4")}
EPB |= {"kept": (20, "<u4"), "was": (24, "<u4")}
IPV4 = {"ip_length": (2, ">u2"), "ipid": (4, ">u2"), "ip_sum": (10, ">u2")}
IPV4 |= {"source": (12, ">u4"), "destination": (16, ">u4")}
IPV6 = {"ip_length": (4, ">u2"), "source": (20, ">u4"), "destination": (36, ">u4")}
TCP = {"source_port": (0, ">u2"), "destination_port": (2, ">u2"), "seq": (4, ">u4")}
TCP |= {"ack": (8, ">u4"), "flags": (12, ">u2"), "tcp_sum": (16, ">u2")}

MACS = bytes.fromhex("020000000002020000000001")
OPTIONS = {
    # (SYN, timestamps): as Linux orders them, and where TSval is
    (True, True): (bytes.fromhex("020405b40402080a0000000000000000 01030307"), 8),
    (True, False): (bytes.fromhex("020405b4 01010402 01030307"), None),
    (False, True): (bytes.fromhex("0101080a0000000000000000"), 4),
    (False, False): (b"", None),
}
SERVER_PORTS = np.array([443, 80, 8080, 5432, 6379, 9092, 443, 443])
SERVERS = 24


@dataclass(frozen=True, slots=True)
class Layout:
    """A record of one kind up to the payload: `template` octets, of which `dtype` names fields.

    ip and tcp are the offsets of these headers; the record's own header ends before Ethernet.
    """

    template: bytes
    dtype: np.dtype[np.void]
    ip: int
    tcp: int

    @property
    def frame_length(self) -> int:
        """Octets of the frame's headers."""
        return len(self.template) - self.ip + 14


def write_capture(traffic: Traffic, path: str, snap: int, pcapng: bool) -> None:
    """Write all packets to `path`; of each at most `snap` octets are kept (0: all).

    pcap has microseconds, as tcpdump writes it; pcapng nanoseconds, as dumpcap does.
    """
    if 0 < snap < LONGEST_HEADERS:
        raise ValueError(f"a snap length under {LONGEST_HEADERS} octets would cut headers")
    snap = snap or WHOLE
    with open(path, "wb") as file:
        file.write(pcapng_header(snap) if pcapng else pcap_header(snap))
        for first in range(0, len(traffic.columns["time"]), AT_ONCE):
            columns = {
                name: column[first : first + AT_ONCE] for name, column in traffic.columns.items()
            }
            file.write(records(with_identities(columns, traffic.connections), snap, pcapng))


def pcap_header(snap: int) -> bytes:
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, 1)


def pcapng_header(snap: int, interfaces: int = 1) -> bytes:
    section = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    if_tsresol = struct.pack("<HHB3xI", 9, 1, 9, 0)
    interface = struct.pack("<IIHHI", 1, 32, 1, 0, snap) + if_tsresol + struct.pack("<I", 32)
    return section + interface * interfaces


def with_identities(columns: Columns, connections: int) -> Columns:
    """Add addresses, ports, IP ids and timestamps, all of which follow from the connection."""
    connection, end = columns["connection"], columns["end"]
    mixed = connection * 2_654_435_761 % 2**32
    clients = max(64, connections // 20_000 + 1)
    server = (mixed >> 4) % SERVERS
    client_side = (0x0A000001 + connection % clients, 10_000 + connection // clients)
    server_side = (0x0AC80001 + server, SERVER_PORTS[server % len(SERVER_PORTS)])
    from_client = end == 0
    clocks = mixed + end * 123_456_789, mixed + (1 - end) * 123_456_789
    return columns | {
        "is_v6": (mixed >> 8) % 5 == 0,
        "has_timestamps": (mixed >> 16) % 10 != 0,
        "source": np.where(from_client, client_side[0], server_side[0]),
        "destination": np.where(from_client, server_side[0], client_side[0]),
        "source_port": np.where(from_client, client_side[1], server_side[1]),
        "destination_port": np.where(from_client, server_side[1], client_side[1]),
        "ipid": (mixed + end * 7919 + columns["count"]) % 2**16,
        "tsval": (columns["time"] // MILLISECOND + clocks[0]) % 2**32,
        "tsecr": np.where(
            columns["flags"] & ACK, (columns["echoed"] // MILLISECOND + clocks[1]) % 2**32, 0
        ),
    }


def records(columns: Columns, snap: int, pcapng: bool) -> bytes:
    """The records of some packets, in their order.

    ``columns`` hold what the fields are filled with, and is_v6, has_timestamps, length.
    """
    count = len(columns["time"])
    heads, tails = [b""] * count, [b""] * count
    is_syn = columns["flags"] & SYN != 0
    for v6, syn, timestamps in product((False, True), repeat=3):
        kind = columns["is_v6"] == v6
        kind &= (is_syn == syn) & (columns["has_timestamps"] == timestamps)
        places = np.flatnonzero(kind)
        layout = _layout(v6, syn, timestamps, pcapng)
        chosen = {name: column[places] for name, column in columns.items()}
        filled = _fill(layout, chosen, snap).tobytes()
        size, headers = len(layout.template), layout.frame_length
        lengths = chosen["length"].tolist()
        for number, (place, length) in enumerate(zip(places.tolist(), lengths, strict=True)):
            heads[place] = filled[number * size : (number + 1) * size]
            tails[place] = _tail(headers, length, snap, pcapng)
    return b"".join(chain.from_iterable(zip(heads, tails, strict=True)))


@cache
def _tail(headers: int, length: int, snap: int, pcapng: bool) -> bytes:
    """What follows a record's headers: the payload that is kept, and how pcapng ends a block."""
    payload = FILLER[: min(length, snap - headers)]
    if not pcapng:
        return payload
    padded = payload + bytes(-(headers + len(payload)) % 4)
    return padded + struct.pack("<I", 32 + headers + len(padded))


@cache
def _layout(v6: bool, syn: bool, timestamps: bool, pcapng: bool) -> Layout:
    if pcapng:
        record, record_fields = struct.pack("<I24x", 6), EPB
    else:
        record, record_fields = bytes(16), PCAP_RECORD
    if v6:
        net = bytes.fromhex("20010db8") + bytes(12)
        ip_fields, ip = IPV6, struct.pack(">IHBB", 6 << 28, 0, 6, 64) + net + net
    else:
        ip_fields, ip = IPV4, struct.pack(">BBHHHBBHII", 0x45, 0, 0, 0, 0x4000, 64, 6, 0, 0, 0)
    options, tsval = OPTIONS[syn, timestamps]
    tcp_fields = dict(TCP)
    if tsval is not None:
        tcp_fields |= {"tsval": (20 + tsval, ">u4"), "tsecr": (24 + tsval, ">u4")}
    ethernet = MACS + (b"\x86\xdd" if v6 else b"\x08\x00")
    tcp = struct.pack(">14xH4x", 64_240 if syn else 502) + options
    ip_at = len(record) + len(ethernet)
    tcp_at = ip_at + len(ip)
    fields = [(name, at, form) for name, (at, form) in record_fields.items()]
    fields += [(name, ip_at + at, form) for name, (at, form) in ip_fields.items()]
    fields += [(name, tcp_at + at, form) for name, (at, form) in tcp_fields.items()]
    template = record + ethernet + ip + tcp
    names, offsets, formats = zip(*fields, strict=True)
    dtype = np.dtype(
        {
            "names": list(names),
            "formats": list(formats),
            "offsets": list(offsets),
            "itemsize": len(template),
        }
    )
    return Layout(template, dtype, ip_at, tcp_at)


def _fill(layout: Layout, columns: Columns, snap: int) -> NDArray[np.void]:
    """The headers of packets of one kind, from the record's header on."""
    count, names = len(columns["time"]), layout.dtype.names or ()
    octets = np.tile(np.frombuffer(layout.template, np.uint8), count)
    rows = octets.view(layout.dtype)
    was = layout.frame_length + columns["length"]
    tcp_length = len(layout.template) - layout.tcp + columns["length"]
    header_words = (len(layout.template) - layout.tcp) // 4
    values = columns | {
        "seconds": columns["time"] // SECOND,
        "fraction": columns["time"] % SECOND // 1000,
        "high": columns["time"] >> 32,
        "low": columns["time"] % 2**32,
        "kept": np.minimum(was, snap),
        "was": was,
        "total": 32 + (np.minimum(was, snap) + 3) // 4 * 4,
        "ip_length": tcp_length + (20 if "ipid" in names else 0),
        "flags": header_words << 12 | columns["flags"],
    }
    for name in names:
        if name in values:
            rows[name] = values[name]
    words = octets.reshape(count, len(layout.template)).view(">u2")
    ip, tcp = layout.ip // 2, layout.tcp // 2
    addresses_at = ip + (6 if "ip_sum" in names else 4)
    if "ip_sum" in names:
        rows["ip_sum"] = _complement(words[:, ip:tcp].sum(axis=1, dtype=np.int64))
    total = words[:, addresses_at:].sum(axis=1, dtype=np.int64)
    rows["tcp_sum"] = _complement(total + 6 + tcp_length + FILLER_SUM[columns["length"]])
    return rows


def _complement(total: Column) -> Column:
    """The ones' complement checksum of sums of 16-bit words (RFC 1071)."""
    for _ in range(2):
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
