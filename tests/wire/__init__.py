"""Hand-made packets for tests, so that a test reads as a transcript of a wire.

One connection is written with `Wire` or, as text, with `transcript`; its packets become the bytes
of a capture with `pcap` or `Pcapng`, and those are spoiled on purpose with `cut` and
`corrupt_length`. Standard library only, and nothing here knows pcapflow: what the builder means is
checked against tshark in `test_wire.py`.
"""

from tests.wire.connection import Wire, in_time_order
from tests.wire.damage import corrupt_length, cut, gzipped, record_offsets
from tests.wire.icmp import icmp_error
from tests.wire.ip import (
    Extension,
    destination_options,
    fragment_header,
    hop_by_hop,
    routing,
)
from tests.wire.link import (
    C_HDLC,
    ETHERNET,
    IPV4,
    IPV6,
    LOOP,
    NFLOG,
    NULL,
    RAW,
    SLL,
    SLL2,
    Frame,
    frames,
    nflog,
)
from tests.wire.packet import Packet, datagrams
from tests.wire.pcap import pcap
from tests.wire.pcapng import Pcapng, pcapng
from tests.wire.tcp import fast_open, mss, nop, sack, sack_permitted, timestamps, wscale
from tests.wire.text import transcript

__all__ = [
    "C_HDLC",
    "ETHERNET",
    "IPV4",
    "IPV6",
    "LOOP",
    "NFLOG",
    "NULL",
    "RAW",
    "SLL",
    "SLL2",
    "Extension",
    "Frame",
    "Packet",
    "Pcapng",
    "Wire",
    "corrupt_length",
    "cut",
    "datagrams",
    "destination_options",
    "fast_open",
    "fragment_header",
    "frames",
    "gzipped",
    "hop_by_hop",
    "icmp_error",
    "in_time_order",
    "mss",
    "nflog",
    "nop",
    "pcap",
    "pcapng",
    "record_offsets",
    "routing",
    "sack",
    "sack_permitted",
    "timestamps",
    "transcript",
    "wscale",
]
