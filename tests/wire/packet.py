"""One TCP packet as plain data, and the IP datagrams that it is on the wire."""

from dataclasses import dataclass
from ipaddress import ip_address

from tests.wire import ip, tcp
from tests.wire.ip import Extension
from tests.wire.tcp import FLAGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """A TCP packet; its octets follow from these fields alone.

    time          when the capture saw it, ns since the epoch
    end           "C" or "S", who sent it
    seq, ack      as on the wire, not relative
    window        the field, not scaled
    tsval         as the timestamp option has it; None without one
    fragment      octets of IP payload in each fragment; 0: not fragmented
    vlan          tags from the outermost in; with two the outer one is 802.1ad (QinQ)
    packet_type   of Linux cooked captures: 0 to us, 3 to another host, 4 sent by us
    lost          the peer never received it; it is captured all the same
    captured      False: it was delivered, and is not in the capture
    """

    time: int
    end: str
    source: str
    destination: str
    ports: tuple[int, int]
    seq: int
    ack: int
    flags: int
    window: int
    payload: bytes
    options: bytes
    tsval: int | None
    ttl: int
    ipid: int
    urgent: int = 0
    dont_fragment: bool = True
    ip_options: bytes = b""
    extensions: tuple[Extension, ...] = ()
    fragment: int = 0
    bad_checksum: bool = False
    bad_ip_checksum: bool = False
    vlan: tuple[int, ...] = ()
    interface: int = 0
    packet_type: int = 0
    lost: bool = False
    captured: bool = True

    @property
    def next_seq(self) -> int:
        """The sequence number after this packet's payload, SYN and FIN."""
        controls = bool(self.flags & FLAGS["SYN"]) + bool(self.flags & FLAGS["FIN"])
        return (self.seq + len(self.payload) + controls) % 2**32


def datagrams(packet: Packet) -> list[bytes]:
    """The IP datagrams of `packet`: one, or its fragments in order."""
    segment = tcp.segment(
        ip.pseudo_header(packet.source, packet.destination),
        packet.ports,
        packet.seq,
        packet.ack,
        packet.flags,
        packet.window,
        packet.urgent,
        packet.options,
        packet.payload,
        packet.bad_checksum,
    )
    if ip_address(packet.source).version == 6:
        return ip.ipv6(
            packet.source,
            packet.destination,
            segment,
            packet.ttl,
            packet.ipid,
            packet.extensions,
            packet.fragment,
        )
    return ip.ipv4(
        packet.source,
        packet.destination,
        segment,
        packet.ttl,
        packet.ipid,
        packet.ip_options,
        packet.fragment,
        packet.dont_fragment,
        packet.bad_ip_checksum,
    )
