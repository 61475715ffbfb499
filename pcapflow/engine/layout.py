"""The memory of one connection, as the interpreted engine sees it.

``layout.pxd`` says the same for the compiled engine; a test holds the two equal.  Units: times in
ns since the epoch, lengths in octets, sequence numbers 0 ... 2**32 - 1; -1 means "not known".
The names are RFC 9293's where it has one (§3.3.1), seen from the observer: ``snd_nxt`` is what
the capture shows this end to have sent, not what it may have sent unseen.
"""

from __future__ import annotations

from pcapflow.tcp.codes import Code

CHUNK = 32_768  # rows allocated at once: whole huge pages, whatever lines a row has
CHUNK_SHIFT = 15
KEPT_HEAD = 48  # events kept from the beginning of a connection ...
KEPT_TAIL = 48  # ... and, where there are more, from its end
BLOCK = 4  # events in a piece of memory: a cache line
BLOCKS = 32_768  # of them in a chunk: as many as there are in a huge page
KEPT_SHIFT = 17  # an event's place is the chunk's number << KEPT_SHIFT | its place there
RING = 8  # recent segments remembered for recognising capture duplicates
RING_PLACE = 1023  # of their times, exact to a µs: the bits that say at which interface
AHEAD = 8  # segments from asking memory for a line to using it
COARSE = 1  # the node of shapes that found no room in the tree; 0 is its root
REPEAT = 256  # in ``Kept.what``, above its event: the same event as the one before
SHAPE_LENGTH = 64  # events of a shape, then "..."

# Marks of a connection, true of the whole of it.
MARK_DUPLICATES = 1
MARK_ONE_SIDED = 2
MARK_MID_STREAM = 4
MARK_GAP = 8
MARK_GUESSED = 16
MARK_CLIENT_LAST = 32  # the client sent the last new octet
MARK_OVERFLOW = 64  # more events than a shape holds
MARK_ODD = 128  # segments that no receiver would take (no ACK flag, SYN with FIN)
MARK_BUSY = 256  # had payload at all
MARK_EXPIRED = 512  # quiet for 2MSL: a TIME_WAIT is over
MARK_ODD_RST = 1024  # one mark of a RST did not fit its sender
MARK_CLIENT_UNACKED = 2048  # octets of the client were not known to be acknowledged
MARK_SERVER_UNACKED = 4096  # ... of the server
MARK_CLOSED_EARLY = 8192  # to make room: there were as many open connections as there may be

# What an end's ``calm`` says: nothing is left to note of a plain segment that goes on from here,
# since both ends' numbers are known, nothing is missing or unanswered, and nothing closes.
CALM_ACK = 1  # a pure acknowledgement
CALM_DATA = 2  # the next octets

# What an end's ``origin`` says: its TTL or hop limit in the lowest octet, and
ORIGIN_STAMPS = 256  # its segments bear timestamps
ORIGIN_FIRST = 0xFE00  # these bits: the TTL of its first segment, without the lowest bit
ORIGIN_PLACE = 16  # above these bits: where its last segment was captured

# What a connection's ``closing`` says.
CLOSING_BEGUN = 1  # a FIN or RST was seen
CLOSING_RESET = 2  # a RST that its receiver takes, as far as is known

# Flags of a segment, RFC 9293 §3.1.
TH_FIN = 1
TH_SYN = 2
TH_RST = 4
TH_PSH = 8
TH_ACK = 16
TH_QUOTED = 256  # no segment, but an ICMP error that quotes the beginning of one

# What a segment's options said; the window scale stands above these bits.
OPT_TIMESTAMP = 1
OPT_SACK_PERMITTED = 2
OPT_DSACK = 4
OPT_SACK = 8
OPT_WINDOW_SCALE = 16
OPT_SCALE_SHIFT = 8

# What a segment was inside of; ``TUNNELS`` are their names in records.
TUNNEL_IPIP, TUNNEL_6IN4, TUNNEL_GRE, TUNNEL_ERSPAN = 1, 2, 3, 4
TUNNEL_VXLAN, TUNNEL_GENEVE, TUNNEL_GTP = 5, 6, 7
TUNNELS = ("", "ipip", "6in4", "gre", "erspan", "vxlan", "geneve", "gtp")

# Zeek's history letters; the engine keeps their numbers.
LETTERS = "shadfrtwgqix"
LETTER_S, LETTER_H, LETTER_A, LETTER_D, LETTER_F, LETTER_R = 0, 1, 2, 3, 4, 5
LETTER_T, LETTER_W, LETTER_G, LETTER_Q, LETTER_I, LETTER_X = 6, 7, 8, 9, 10, 11

# The index of a packed row has this bit (``asleep``).  What it waits for is one of these: nothing,
# to be let go after the usual silence, or after that of a SYN never answered; or it is over.
ASLEEP = 1 << 30
WAIT_NEVER, WAIT_LINGER, WAIT_SYN, WAIT_OVER = 0, 1, 2, 3
WAIT_EARLY = 4  # over as well: closed early, to make room

# What a row is just now.
ROW_FREE, ROW_OPEN, ROW_OVER, ROW_SHADOWED = 0, 1, 2, 3  # shadowed: a newer SYN is undecided

SYN = Code.SYN
SYN_DATA = Code.SYN_DATA
SYN_AGAIN = Code.SYN_AGAIN
CROSSED_SYN = Code.CROSSED_SYN
SYN_ACK = Code.SYN_ACK
SYN_ACK_AGAIN = Code.SYN_ACK_AGAIN
HANDSHAKE_ACK = Code.HANDSHAKE_ACK
ACK = Code.ACK
DATA = Code.DATA
DATA_AGAIN = Code.DATA_AGAIN
KEEP_ALIVE = Code.KEEP_ALIVE
ZERO_WINDOW = Code.ZERO_WINDOW
WINDOW_OPENED = Code.WINDOW_OPENED
ACK_UNSEEN = Code.ACK_UNSEEN
UNANSWERED = Code.UNANSWERED
ANSWERED = Code.ANSWERED
FIN = Code.FIN
FIN_CROSSING = Code.FIN_CROSSING
FIN_EARLY = Code.FIN_EARLY
HOLE_FILLED = Code.HOLE_FILLED
FIN_AGAIN = Code.FIN_AGAIN
FIN_AGAIN_LATE = Code.FIN_AGAIN_LATE
FIN_AGAIN_CROSSED = Code.FIN_AGAIN_CROSSED
FIN_AGAIN_NEW_ACK = Code.FIN_AGAIN_NEW_ACK
ACK_OF_FIN = Code.ACK_OF_FIN
ACK_OF_FIN_AGAIN = Code.ACK_OF_FIN_AGAIN
ACK_OF_FIN_DSACK = Code.ACK_OF_FIN_DSACK
FIN_HINT = Code.FIN_HINT
RST_REFUSED = Code.RST_REFUSED
RST_REPLY = Code.RST_REPLY
RST_ABORT = Code.RST_ABORT
RST_ABORT_LOSS = Code.RST_ABORT_LOSS
RST_IN_WINDOW = Code.RST_IN_WINDOW
RST_OUTSIDE = Code.RST_OUTSIDE
REUSE = Code.REUSE
CHALLENGE_ACK = Code.CHALLENGE_ACK
FIN_UNREAD = Code.FIN_UNREAD
LIVES_ON = Code.LIVES_ON
FIN_EARLY_CROSSING = Code.FIN_EARLY_CROSSING
RST_ODD = Code.RST_ODD
RST_FOREIGN = Code.RST_FOREIGN
RST_DISOWNED = Code.RST_DISOWNED
ACK_OF_FIN_EARLIER = Code.ACK_OF_FIN_EARLIER
RST_OF_CHALLENGE = Code.RST_OF_CHALLENGE
RST_AT_FIN = Code.RST_AT_FIN
UNREACHABLE = Code.UNREACHABLE


# The order of the fields is the order in memory, and fields in one line of text there share a word
# of eight octets.  What plain segments touch lies together, in cache lines of eight words: one of
# the row's key, one of each end, one of the ring.  A row is a whole number of lines, and an odd
# one: else rows would compete for the same few sets of a cache.


class Side:
    """One end of a connection."""

    __slots__ = (
        "snd_nxt",
        "unanswered",
        "lives",  # spoke on after a RST: noted once
        "windows",  # closed ones advertised
        "letters",  # kinds of packets that it has sent; S: a SYN of either kind
        "snd_una",
        "ip_id",  # of its last segment
        "alive",
        "zero",
        "calm",
        "ack_sent",
        "origin",
        "last_data",
        "last",
        "octets",
        "packets",
        "window",
        "rtt",
        # Touched by SYN, FIN and RST only, or where octets are missing.
        "fin_mark",
        "fin_count",
        "asked",  # the peer's packets, lowest bits, when it began to repeat itself: see ``silence``
        "fin_ack",
        "syn_count",  # 2: or more
        "idle",  # how long all had been silent before that, in 10 ms
        "hole_from",
        "rsts",
        "hole_to",
        "scale",
        "fin_seen",  # the low bits of its last FIN's number
        "isn",
        "unseen",  # of the octets before snd_nxt, the last ones: only acknowledged
        "fin_acked_at",
        "fin_last",
        "fin_acked_frame",
        "again",  # segments that brought nothing new
        "gaps",  # acknowledgements of what was not captured
    )


class Row:
    """One connection; ``side`` is its client, then its server."""

    __slots__ = (
        # The key: addresses in two words each, client port << 16 | server port, IP version.
        "client_lo",
        "server_lo",
        "client_hi",
        "server_hi",
        "ports",
        "version",
        "ring_next",
        "closing",
        "used",
        "order",  # whether the client is the higher end: see ``hashing``
        "last_code",
        "marks",
        "tunnel",
        "number",
        "seen",
        "last",
        "side",
        # Recent segments: what identifies each, and when and where it was seen, in turn.
        "ring",
        "older",
        "node",
        "first",
        "first_frame",
        "history_count",
        "shape_length",
        "head",
        "tail",
        "kept",
        "duplicates",
        "link",
        "tag",
        "history",
        "history_more",
        "rst_at",
        "ended",  # as far as its capture went when it was finished
        "rst_seq",  # of each end's last RST
        "sacked",  # the right edge of what each end acknowledged last by SACK
        # Half of what a segment of each end, far out of line, would have made of its snd_nxt and of
        # its peer's snd_una: believed when it comes again.
        "odd_seq",
        "odd_ack",
    )

    def __init__(self) -> None:
        self.side = (Side(), Side())
        self.ring = [0] * (2 * RING)
        self.rst_seq = [-1, -1]
        self.sacked = [-1, -1]
        self.odd_seq = [-1, -1]
        self.odd_ack = [-1, -1]


class Kept:
    """One event that a connection keeps."""

    __slots__ = ("at", "frame", "what")


class Rest:
    """What is known of a packed row as it lies there."""

    __slots__ = (
        "packed",  # its octets
        "seen",
        "wait",  # WAIT_...
        "groups",  # of numbers (``squeeze``); 0: none sleeps here
        "link",
        "tag",
        "ended",  # when it was closed early (ns)
    )


class Segment:
    """One TCP segment of a batch; all numbers as captured, -1 where there is none.

    Of an ICMP error (``TH_QUOTED`` alone in ``flags``) addresses, ports and ``seq`` are those of
    the segment that it quotes, ``window`` is its type << 8 | code, and ``tsval`` and ``sacked``
    are the two words of the address that reports it.
    """

    __slots__ = (
        "time",  # ns since the epoch
        "frame",  # from 1
        "offset",  # of the packet's octets in the (uncompressed) capture
        "iface",  # interface << 8 | links.seen_at
        "origin",  # what its sender's ``origin`` says of its last segment, where this is the one
        "src_hi",  # addresses as two 64-bit words; IPv4 in the low one
        "src_lo",
        "dst_hi",
        "dst_lo",
        "ports",  # source << 16 | destination
        "order",  # whether the source is the higher end: see ``hashing``
        # What the tracker makes of it: 0 client, 1 server; whether it is a packet's second capture.
        "end",
        "duplicate",
        "seq",
        "ack",
        "length",  # payload octets on the wire, however many were captured
        "tsval",
        "sacked",  # the right edge of the highest SACK block, D-SACKs apart
        "sign",  # what identifies the packet: captured again, it is the same
        "tag",  # the hash of its connection
        "window",
        "ip_id",  # of IPv4
        "checksum",
        "flags",
        "ttl",
        "plain",  # what its sender's ``calm`` must say for it to be a plain one: 0 if it cannot be
        "version",  # 4 or 6
        "tunnel",
        "options",  # OPT_... bits, window scale above them
        # And that: the connection's number, from 1; its events, the first lowest: code << 1 | end.
        "conn",
        "codes",
    )


class Packet:
    """One record of a capture: where its octets are in the buffer, and what its header says."""

    __slots__ = (
        "start",
        "original",
        "when",  # ns since the epoch
        "number",  # the frame's, from 1
        "captured",  # octets, as original is
        "link",  # LINKTYPE
        "interface",  # its number in the capture
    )


def side_of(row: Row, end: int) -> Side:
    """One end of a row."""
    return row.side[end]


def row_at(rows: list[Row], index: int) -> Row:
    """The row of a connection."""
    return rows[index]


def kept_at(pool: list[Kept], index: int) -> Kept:
    """One of the events that all connections keep."""
    return pool[index]


def rest_at(rests: list[Rest], index: int) -> Rest:
    """One of the rows that are packed."""
    return rests[index]


def segment_at(segments: list[Segment], i: int) -> Segment:
    """One row of a batch's segments."""
    return segments[i]


def packet_at(packets: list[Packet], i: int) -> Packet:
    """One row of a batch's records."""
    return packets[i]
