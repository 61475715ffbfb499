"""What a test may say of a segment beside its flags."""

from collections.abc import Iterable
from typing import Any, TypedDict

from tests.wire.ip import Extension
from tests.wire.packet import Packet


class PacketFields(TypedDict, total=False):
    """Fields of `Packet`, for one packet or for all packets of a `Wire`."""

    window: int
    urgent: int
    ttl: int
    dont_fragment: bool
    ip_options: bytes
    extensions: tuple[Extension, ...]
    fragment: int
    bad_checksum: bool
    bad_ip_checksum: bool
    vlan: tuple[int, ...]
    interface: int
    packet_type: int
    lost: bool
    captured: bool


class SegmentFields(PacketFields, total=False):
    """These fields, and how a segment is numbered and filled.

    data               payload: octets, or how many of them
    again              an earlier packet that is sent again: its flags, sequence number and
                       payload, with the ACK number, IP id and timestamp of now
    seq, ack           relative to the initial sequence number, as Wireshark shows them
    raw_seq, raw_ack   as on the wire
    sack               blocks: packets, or (left, right) relative as `ack` is; a D-SACK is a first
                       block that was acknowledged already
    options            the octets of all TCP options, in place of the usual ones
    """

    data: bytes | int
    again: Packet
    seq: int
    ack: int
    raw_seq: int
    raw_ack: int
    ipid: int
    tsval: int
    tsecr: int
    sack: Iterable[Packet | tuple[int, int]]
    options: bytes


def of_packet(how: PacketFields) -> dict[str, Any]:
    """Those of `how` that a `Packet` takes as they are."""
    return {name: value for name, value in how.items() if name in PacketFields.__annotations__}
