"""What the hot loop takes for plain is judged in full with the same result: cases that differed."""

from __future__ import annotations

from tests.engine.observed import report
from tests.wire import Pcapng, Wire, in_time_order, pcap, transcript

OPENED = """
    0.000 C > S SYN
    0.010 S > C SYN ACK
    0.020 C > S ACK
"""


def both(octets: bytes) -> tuple[list[object], list[object]]:
    """Records by way of the hot loop, and past it."""
    fast, judged = report(octets), report(octets, plain=False, thorough=True)
    return list(fast.connections()), list(judged.connections())


def told(text: str) -> tuple[list[object], list[object]]:
    return both(pcap(in_time_order(transcript(OPENED + text)), nano=True))


def test_the_first_octets_behind_a_keep_alive_with_an_octet() -> None:
    """RFC 9293 §3.8.4 lets a keep-alive carry one octet of garbage: it is not the first data."""
    fast, judged = told("""
        9.000 C > S ACK seq=0 len=1
        9.010 S > C ACK
        9.500 S > C PSH ACK len=20
        9.510 C > S ACK
        9.600 C > S PSH ACK len=100
        9.700 S > C ACK
    """)
    assert fast == judged


def test_the_first_octets_behind_some_without_the_ack_flag() -> None:
    fast, judged = told("""
        0.100 C > S PSH len=10 seq=1
        0.110 C > S ACK seq=1
        0.120 C > S PSH ACK len=100 seq=1
        0.200 S > C ACK ack=101
        0.300 C > S RST ACK seq=101
    """)
    assert fast == judged


def test_a_reset_with_the_ttl_that_its_sender_has_come_to_have() -> None:
    """The way has changed before: nothing about this reset is odd."""
    fast, judged = told("""
        0.100 C > S PSH ACK len=100
        0.110 S > C PSH ACK len=100
        0.120 C > S ACK
        0.200 C > S PSH ACK len=100 ttl=50
        0.210 S > C PSH ACK len=100
        0.220 C > S ACK ttl=50
        5.000 C > S RST ACK ttl=50
    """)
    assert fast == judged


def test_a_packet_that_comes_late_by_another_interface() -> None:
    """Its sender's packets have come by the second since, too many of them to be remembered."""
    wire = Wire()
    wire.handshake()
    for _ in range(2):
        wire.c("PSH ACK", data=10)
    early = wire.packets[-1]
    for _ in range(12):
        wire.c("PSH ACK", data=10, interface=1)
        wire.s("ACK")
    file = Pcapng()
    file.section("<")
    file.interface(1, tsresol=9)
    file.interface(1, tsresol=9)
    for packet in wire.packets:
        file.packets([packet], interface=packet.interface)
    file.packets([early], interface=0)
    fast, judged = both(file.data)
    assert fast == judged


def test_a_packet_captured_again_behind_a_syn_ack_that_comes_late() -> None:
    """The SYN-ACK says where its peer began, and the peer has gone on from there before."""
    wire = Wire(timestamps=False)
    with wire.crossing():
        wire.c("PSH ACK", data=100, raw_seq=1001, raw_ack=5001)
    again = wire.packets[-1]
    wire.s("SYN ACK", raw_seq=5000, raw_ack=1001)
    wire.duplicate(again, after=0.4)
    wire.c("ACK", raw_seq=1101, raw_ack=5001)
    fast, judged = both(pcap(wire.packets, nano=True))
    assert fast == judged
