"""The memory of one connection, as the interpreted engine sees it.

``layout.pxd`` says the same for the compiled engine; a test holds the two equal.  Units: times in
ns since the epoch, lengths in octets, sequence numbers 0 ... 2**32 - 1; -1 means "not known".
The names are RFC 9293's where it has one (§3.3.1), seen from the observer: ``snd_nxt`` is what
the capture shows this end to have sent, not what it may have sent unseen.
"""

from __future__ import annotations

from pcapflow.tcp.codes import Code

CHUNK = 16_384  # rows allocated at once
CHUNK_SHIFT = 14
KEPT_HEAD = 48  # events kept from the beginning of a connection ...
KEPT_TAIL = 48  # ... and, where there are more, from its end
RING = 8  # recent segments remembered for recognising capture duplicates
COARSE = 1  # the node of shapes that found no room in the tree; 0 is its root
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

# What an end's ``calm`` says: nothing is left to note of a plain segment that goes on from here.
CALM_ACK = 1  # a pure acknowledgement
CALM_DATA = 2  # the next octets


# What an end's ``origin`` says: its TTL or hop limit in the lowest octet, and
ORIGIN_STAMPS = 256  # its segments bear timestamps
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

# What a segment's options said; the window scale stands above these bits.
OPT_TIMESTAMP = 1
OPT_SACK_PERMITTED = 2
OPT_DSACK = 4
OPT_SACK = 8
OPT_WINDOW_SCALE = 16
OPT_SCALE_SHIFT = 8

# Zeek's history letters; the engine keeps their numbers.
LETTERS = "shadfrtwg^"
LETTER_S, LETTER_H, LETTER_A, LETTER_D, LETTER_F = 0, 1, 2, 3, 4
LETTER_R, LETTER_T, LETTER_W, LETTER_G, LETTER_FLIP = 5, 6, 7, 8, 9

# What a row is just now.
ROW_FREE, ROW_OPEN, ROW_OVER, ROW_SHADOWED = 0, 1, 2, 3  # shadowed: a newer SYN is undecided

SYN = int(Code.SYN)
SYN_DATA = int(Code.SYN_DATA)
SYN_AGAIN = int(Code.SYN_AGAIN)
CROSSED_SYN = int(Code.CROSSED_SYN)
SYN_ACK = int(Code.SYN_ACK)
SYN_ACK_AGAIN = int(Code.SYN_ACK_AGAIN)
HANDSHAKE_ACK = int(Code.HANDSHAKE_ACK)
ACK = int(Code.ACK)
DATA = int(Code.DATA)
DATA_AGAIN = int(Code.DATA_AGAIN)
KEEP_ALIVE = int(Code.KEEP_ALIVE)
ZERO_WINDOW = int(Code.ZERO_WINDOW)
WINDOW_OPENED = int(Code.WINDOW_OPENED)
ACK_UNSEEN = int(Code.ACK_UNSEEN)
UNANSWERED = int(Code.UNANSWERED)
ANSWERED = int(Code.ANSWERED)
FIN = int(Code.FIN)
FIN_CROSSING = int(Code.FIN_CROSSING)
FIN_EARLY = int(Code.FIN_EARLY)
HOLE_FILLED = int(Code.HOLE_FILLED)
FIN_AGAIN = int(Code.FIN_AGAIN)
FIN_AGAIN_LATE = int(Code.FIN_AGAIN_LATE)
FIN_AGAIN_CROSSED = int(Code.FIN_AGAIN_CROSSED)
FIN_AGAIN_NEW_ACK = int(Code.FIN_AGAIN_NEW_ACK)
ACK_OF_FIN = int(Code.ACK_OF_FIN)
ACK_OF_FIN_AGAIN = int(Code.ACK_OF_FIN_AGAIN)
ACK_OF_FIN_DSACK = int(Code.ACK_OF_FIN_DSACK)
FIN_HINT = int(Code.FIN_HINT)
RST_REFUSED = int(Code.RST_REFUSED)
RST_REPLY = int(Code.RST_REPLY)
RST_ABORT = int(Code.RST_ABORT)
RST_ABORT_LOSS = int(Code.RST_ABORT_LOSS)
RST_IN_WINDOW = int(Code.RST_IN_WINDOW)
RST_OUTSIDE = int(Code.RST_OUTSIDE)
REUSE = int(Code.REUSE)
CHALLENGE_ACK = int(Code.CHALLENGE_ACK)
FIN_UNREAD = int(Code.FIN_UNREAD)
LIVES_ON = int(Code.LIVES_ON)
FIN_EARLY_CROSSING = int(Code.FIN_EARLY_CROSSING)
RST_ODD = int(Code.RST_ODD)
RST_FOREIGN = int(Code.RST_FOREIGN)
RST_DISOWNED = int(Code.RST_DISOWNED)
ACK_OF_FIN_EARLIER = int(Code.ACK_OF_FIN_EARLIER)
RST_OF_CHALLENGE = int(Code.RST_OF_CHALLENGE)
RST_AT_FIN = int(Code.RST_AT_FIN)


# The order of the fields is the order in memory: what plain segments touch lies together, in cache
# lines of 64 octets (eight fields): two of the row's key, one of its ring, two of the sender, one
# of its peer.  A row is a whole number of lines.


class Side:
    """One end of a connection."""

    __slots__ = (
        "snd_nxt",
        "snd_una",
        "last_data",
        "unanswered",
        "calm",
        "last",
        "ack_sent",
        "window",
        # Of the sender of a plain segment only.
        "packets",
        "octets",
        "rtt",
        "ip_id",  # of its last segment
        "fin_mark",
        "hole_from",
        "letters",
        "alive",
        # Touched by SYN, FIN and RST only.
        "isn",
        "hole_to",
        "fin_ack",
        "fin_acked_at",
        "fin_acked_frame",
        "fin_count",
        "fin_last",
        "rsts",
        "scale",
        "syn_at",
        "syn_count",
        "odd_seq",  # what a segment far out of line would have made of snd_nxt, and
        "odd_ack",  # of the peer's snd_una: believed when it comes again
        "lives",  # spoke on after a RST: noted once
        "zero",
        "origin",
    )


class Row:
    """One connection; ``side`` is its client, then its server."""

    __slots__ = (
        # The key: addresses in two words each, client port << 16 | server port, IP version.
        "client_lo",
        "server_lo",
        "ports",
        "version",
        "closing",
        "older",
        "seen",
        "last",
        "client_hi",
        "server_hi",
        "number",
        "marks",
        "ring_next",
        "used",
        "first",
        "first_frame",
        # Recent segments: what identifies each, and when and where it was seen, in turn.
        "ring",
        "side",
        "head",
        "tail",
        "kept",
        "last_code",
        "node",
        "shape_length",
        "duplicates",
        "rst_at",
        "history",
        "history_more",
        "history_count",
        "link",
        "tag",
        "ended",  # as far as its capture went when it was finished
        "rst_seq",  # of each end's last RST
    )

    def __init__(self) -> None:
        self.side = (Side(), Side())
        self.ring = [0] * (2 * RING)
        self.rst_seq = [-1, -1]


class Kept:
    """One event that a connection keeps."""

    __slots__ = ("at", "frame", "next", "what")
