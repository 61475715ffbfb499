"""The transcript language: one TCP connection, written packet by packet."""

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal, Unpack

from tests.wire.end import End
from tests.wire.fields import PacketFields, SegmentFields, of_packet
from tests.wire.link import ETHERNET
from tests.wire.packet import Packet
from tests.wire.pcap import pcap
from tests.wire.tcp import (
    FLAGS,
    flag_bits,
    mss,
    nop,
    sack,
    sack_permitted,
    timestamps,
    wscale,
)

THINK_NS = 10_000
Name = Literal["C", "S"]
Vantage = Literal["client", "between", "server"]
# One-way time from the capture point to (client, server), in quarters of a round trip.
LATENCY = {"client": (0, 2), "between": (1, 1), "server": (2, 0)}
# As a cooked capture marks packets of (client, server): 4 sent by us, 0 to us, 3 to another host.
PACKET_TYPE = {"client": (4, 0), "between": (3, 3), "server": (0, 4)}


class Wire:
    """One connection as a capture point sees it.

    `c` and `s` send from the client and the server. Each end numbers what it sends and
    acknowledges all that was delivered to it so far; every number can be overridden. Time moves by
    itself: an answer comes after the round trip from the capture point to that end and back, a
    second packet of the same end 10 µs after the first; `at` says otherwise.

    client, server   "10.0.0.5:51234" or "[2001:db8::5]:51234"
    start            of the first packet, ISO 8601
    vantage          where the capture is made
    timestamps       whether the ends use the timestamp option (RFC 7323)
    fields           of every packet, unless it says otherwise
    """

    def __init__(
        self,
        client: str = "10.0.0.5:51234",
        server: str = "10.0.0.9:8080",
        rtt_ms: float = 10,
        start: str = "2026-01-01T00:00:00Z",
        vantage: Vantage = "between",
        client_isn: int = 1000,
        server_isn: int = 5000,
        client_ttl: int = 64,
        server_ttl: int = 64,
        timestamps: bool = True,
        **fields: Unpack[PacketFields],
    ) -> None:
        quarter = round(rtt_ms * 1_000_000 / 4)
        to_client, to_server = (quarters * quarter for quarters in LATENCY[vantage])
        self.client = _end(client, client_isn, client_ttl, 100, 1_000_000, to_client)
        self.server = _end(server, server_isn, server_ttl, 500, 2_000_000, to_server)
        self.start = _nanoseconds(start)
        self.packets: list[Packet] = []
        self._vantage = vantage
        self._timestamps = timestamps
        self._defaults = of_packet(fields)
        self._last: tuple[Name, int] | None = None
        self._next_time: int | None = self.start
        self._in_flight: list[Packet] | None = None

    def c(self, flags: str = "", **fields: Unpack[SegmentFields]) -> Packet:
        """The client sends a segment with `flags`, words such as "PSH ACK"."""
        return self.send("C", flags, **fields)

    def s(self, flags: str = "", **fields: Unpack[SegmentFields]) -> Packet:
        """The server sends a segment with `flags`."""
        return self.send("S", flags, **fields)

    def handshake(self, **fields: Unpack[PacketFields]) -> list[Packet]:
        """The three segments of an opening; `captured=False` begins the capture in mid-stream."""
        return [self.c("SYN", **fields), self.s("SYN ACK", **fields), self.c("ACK", **fields)]

    def at(self, seconds: float) -> None:
        """The next packet is seen `seconds` after the last one; negative: time runs backwards."""
        last = self._last[1] if self._last else self.start
        self._next_time = last + round(seconds * 1e9)

    def at_since_start(self, seconds: float) -> None:
        """The next packet is seen `seconds` after the start of the connection."""
        self._next_time = self.start + round(seconds * 1e9)

    @contextmanager
    def crossing(self) -> Iterator[None]:
        """Packets sent inside cross on the wire: they are delivered at the end of the block."""
        self._in_flight = []
        yield
        crossed, self._in_flight = self._in_flight, None
        for packet in crossed:
            self._deliver(packet)

    def duplicate(
        self, packet: Packet, after: float = 1e-6, **changes: Unpack[PacketFields]
    ) -> Packet:
        """The capture shows `packet` once more, `after` seconds later, octet for octet the same.

        `changes` are what another place of capture would show: a lower TTL, a tag, an interface.
        """
        twin = replace(packet, time=packet.time + round(after * 1e9), **changes)
        where = bisect_right(self.packets, twin.time, key=lambda earlier: earlier.time)
        self.packets.insert(where, twin)
        return twin

    def pcap(self, link: int = ETHERNET) -> bytes:
        """The connection as a classic pcap file with microseconds."""
        return pcap(self.packets, link)

    def send(self, name: Name, flags: str = "", **how: Unpack[SegmentFields]) -> Packet:
        """Send a segment from the client ("C") or the server ("S")."""
        end, peer = (self.client, self.server) if name == "C" else (self.server, self.client)
        again = how.get("again")
        bits = again.flags if again and not flags else flag_bits(flags)
        self._join_in_mid_stream(bits)
        seq = _sequence_number(end, bits, how)
        time = self._time(name, end)
        tsval = how.get("tsval", end.ts_base + (time - self.start) // 1_000_000)
        packet = Packet(
            time=time,
            end=name,
            source=end.address,
            destination=peer.address,
            ports=(end.port, peer.port),
            seq=seq,
            ack=_ack_number(end, peer, bits, how),
            flags=bits,
            window=64240 if bits & FLAGS["SYN"] else 502,
            payload=_payload(how.get("data", again.payload if again else 0), seq - end.isn),
            tsval=tsval if self._timestamps and "options" not in how else None,
            options=self._options(end, peer, bits, tsval, how),
            ttl=end.ttl,
            ipid=how["ipid"] if "ipid" in how else end.next_ipid(),
            packet_type=PACKET_TYPE[self._vantage][name == "S"],
        )
        packet = replace(packet, **{**self._defaults, **of_packet(how)})
        self._last = (name, time)
        self.packets.append(packet)
        end.sent(packet.seq, packet.next_seq)
        if self._in_flight is None:
            self._deliver(packet)
        else:
            self._in_flight.append(packet)
        return packet

    def _time(self, name: Name, end: End) -> int:
        """When the capture point sees the next packet."""
        if self._next_time is not None:
            time, self._next_time = self._next_time, None
            return time
        last_name, last = self._last or (name, self.start)
        answers = name != last_name and self._in_flight is None
        return last + THINK_NS + (2 * end.latency_ns if answers else 0)

    def _join_in_mid_stream(self, flags: int) -> None:
        """A transcript that does not begin with a SYN begins behind a handshake."""
        if self._last is None and not flags & (FLAGS["SYN"] | FLAGS["RST"]):
            for end, peer in ((self.client, self.server), (self.server, self.client)):
                end.sent(end.isn, (end.isn + 1) % 2**32)
                end.rcv_nxt = (peer.isn + 1) % 2**32

    def _deliver(self, packet: Packet) -> None:
        if packet.lost:
            return
        receiver = self.server if packet.end == "C" else self.client
        receiver.received(packet.seq, packet.next_seq, packet.flags)
        if packet.tsval is not None:
            receiver.ts_recent = packet.tsval

    def _options(self, end: End, peer: End, flags: int, tsval: int, how: SegmentFields) -> bytes:
        """As Linux writes them: timestamps on all segments, the rest on a SYN."""
        if "options" in how:
            return how["options"]
        tsecr = how.get("tsecr", end.ts_recent)
        blocks = [
            (block.seq, block.next_seq)
            if isinstance(block, Packet)
            else ((peer.isn + block[0]) % 2**32, (peer.isn + block[1]) % 2**32)
            for block in how.get("sack", ())
        ]
        if flags & FLAGS["SYN"]:
            times = timestamps(tsval, tsecr) if self._timestamps else nop(2)
            return mss(1460) + sack_permitted() + times + nop() + wscale(7)
        options = nop(2) + timestamps(tsval, tsecr) if self._timestamps else b""
        return options + (nop(2) + sack(*blocks) if blocks else b"")


def in_time_order(*wires: Wire) -> list[Packet]:
    """The packets of several connections as one capture sees them."""
    packets = [packet for wire in wires for packet in wire.packets]
    return sorted(packets, key=lambda packet: packet.time)


def _end(endpoint: str, isn: int, ttl: int, ipid: int, ts_base: int, latency_ns: int) -> End:
    host, port = endpoint.rsplit(":", 1)
    return End(host.strip("[]"), int(port), isn, ttl, ipid, ts_base, latency_ns, snd_nxt=isn)


def _nanoseconds(iso: str) -> int:
    since_epoch = datetime.fromisoformat(iso) - datetime(1970, 1, 1, tzinfo=UTC)
    return since_epoch // timedelta(microseconds=1) * 1000


def _sequence_number(end: End, flags: int, how: SegmentFields) -> int:
    if "raw_seq" in how:
        return how["raw_seq"]
    if "seq" in how:
        return (end.isn + how["seq"]) % 2**32
    if "again" in how:
        return how["again"].seq
    if flags & FLAGS["RST"] and not end.has_sent:
        return 0  # RFC 9293 §3.10.7.1: the reply of a closed port to a segment without ACK
    return end.snd_nxt


def _ack_number(end: End, peer: End, flags: int, how: SegmentFields) -> int:
    if "raw_ack" in how:
        return how["raw_ack"]
    if "ack" in how:
        return (peer.isn + how["ack"]) % 2**32
    if not flags & FLAGS["ACK"] or end.rcv_nxt is None:
        return 0
    return end.rcv_nxt


def _payload(data: bytes | int, position: int) -> bytes:
    """`data`, or as many letters of the stream at `position`: sent again, they are the same."""
    if isinstance(data, bytes):
        return data
    alphabet = b"abcdefghijklmnopqrstuvwxyz"
    start = position % 2**32 % len(alphabet)
    return (alphabet * (data // len(alphabet) + 2))[start : start + data]
