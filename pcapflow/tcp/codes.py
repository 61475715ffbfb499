"""The event codes: all that the rooms after ``engine.events`` ever learn about a segment.

Each code is sent by one end.  A segment becomes events in the order in which RFC 9293 §3.10.7
has a receiver look at it (RST, SYN, ACK, data, FIN): a FIN that also acknowledges the peer's FIN
is ``ACK_OF_FIN`` and then ``FIN``, two facts with one frame.

The numbers are internal, but the engine's compiled form repeats them (``engine/layout.pxd``).
"""

from __future__ import annotations


class Code:
    """What a segment (or the passing of time) meant; see the comments."""

    # Opening
    SYN = 1  # the first SYN of the client
    SYN_DATA = 2  # the same with data on it: TCP Fast Open, RFC 7413
    SYN_AGAIN = 3  # the same SYN once more
    CROSSED_SYN = 4  # the other end's SYN: simultaneous open, RFC 9293 §3.5
    SYN_ACK = 5
    SYN_ACK_AGAIN = 6
    HANDSHAKE_ACK = 7  # the client acknowledges the SYN-ACK
    # Life
    ACK = 8  # first sign that an end, not known to be synchronized, is
    DATA = 9  # octets not captured before
    DATA_AGAIN = 10  # octets captured before: retransmission
    KEEP_ALIVE = 11  # RFC 9293 §3.8.4
    ZERO_WINDOW = 12  # this end closed its receive window
    WINDOW_OPENED = 13
    ACK_UNSEEN = 14  # acknowledges octets that were never captured
    UNANSWERED = 15  # third repeat or probe in a row without any sign of the peer
    ANSWERED = 16  # the peer speaks again after UNANSWERED
    # Closing
    FIN = 17  # the first FIN, all octets before it captured or acknowledged
    FIN_CROSSING = 18  # the first FIN, sent without having read the peer's captured FIN
    FIN_EARLY = 19  # the first FIN, beyond a hole in the octets captured
    HOLE_FILLED = 20  # the hole before this end's FIN is filled: now the FIN can be read
    FIN_AGAIN = 21  # before any acknowledgement of it was captured
    FIN_AGAIN_LATE = 22  # over a round trip after a captured ACK of it: that ACK was lost
    FIN_AGAIN_CROSSED = 23  # within a round trip of a captured ACK of it: they crossed
    FIN_AGAIN_NEW_ACK = 24  # with another ACK number: it may only carry that
    ACK_OF_FIN = 25  # the first acknowledgement that covers the peer's FIN
    ACK_OF_FIN_AGAIN = 26  # once more, answering a repeated FIN
    ACK_OF_FIN_DSACK = 27  # once more, and a D-SACK says the repeat was not needed, RFC 2883
    FIN_HINT = 28  # a bare ACK one past the peer's octets: of a FIN never captured?
    # Reset
    RST_REFUSED = 29  # answers a SYN
    RST_REPLY = 30  # answers a segment that met a closed socket, RFC 9293 §3.10.7.1
    RST_ABORT = 31  # unprovoked and exact; nothing outstanding was lost by it
    RST_ABORT_LOSS = 32  # the same with octets unacknowledged or a request unanswered
    RST_IN_WINDOW = 33  # draws a challenge ACK, RFC 5961 §3.2
    RST_OUTSIDE = 34  # ignored, RFC 9293 §3.10.7.4
    # Identity
    REUSE = 35  # a SYN with another number took the four-tuple over
    CHALLENGE_ACK = 36  # answers a SYN with the old numbers, RFC 5961 §4.2
    # Hindsight
    FIN_UNREAD = 37  # this end speaks as one that cannot have read the peer's captured FIN
    LIVES_ON = 38  # an ordinary segment more than a round trip after a RST
    FIN_EARLY_CROSSING = 39  # both FIN_EARLY and FIN_CROSSING
    # Whose reset it was: these follow the reset's own code
    RST_ODD = 40  # one mark of it does not fit the end whose address it bears
    RST_FOREIGN = 41  # two do not
    RST_DISOWNED = 42  # that end sends new octets more than a round trip later: it was not its own
    ACK_OF_FIN_EARLIER = 43  # the first, but it cannot answer the last of several transmissions
    RST_OF_CHALLENGE = 44  # answers a challenge ACK: its sender knows only a newer connection
    RST_AT_FIN = 45  # bears the number of its sender's FIN, though that was acknowledged
    # Of somebody on the path
    UNREACHABLE = 46  # an ICMP error: a segment of this end could not be delivered


CODES: dict[str, int] = {name: code for name, code in vars(Code).items() if name.isupper()}
"""The same by name, in this order."""

SYNS = frozenset({"SYN", "SYN_DATA", "CROSSED_SYN", "SYN_ACK"})
CROSSING_FINS = frozenset({"FIN_CROSSING", "FIN_EARLY_CROSSING"})
EARLY_FINS = frozenset({"FIN_EARLY", "FIN_EARLY_CROSSING"})
FIRST_FINS = CROSSING_FINS | EARLY_FINS | {"FIN"}
FIN_REPEATS = frozenset({"FIN_AGAIN", "FIN_AGAIN_LATE", "FIN_AGAIN_CROSSED", "FIN_AGAIN_NEW_ACK"})
FINS = FIRST_FINS | FIN_REPEATS
ACKS_OF_FIN = frozenset(
    {"ACK_OF_FIN", "ACK_OF_FIN_EARLIER", "ACK_OF_FIN_AGAIN", "ACK_OF_FIN_DSACK"}
)
ABORTS = frozenset({"RST_ABORT", "RST_ABORT_LOSS"})
REPLIES = frozenset({"RST_REPLY", "RST_AT_FIN"})
ACCEPTED_RSTS = ABORTS | REPLIES | {"RST_OF_CHALLENGE"}
RSTS = ACCEPTED_RSTS | {"RST_REFUSED", "RST_IN_WINDOW", "RST_OUTSIDE"}
OPENING = frozenset(
    {"SYN", "SYN_DATA", "SYN_AGAIN", "CROSSED_SYN", "SYN_ACK", "SYN_ACK_AGAIN", "HANDSHAKE_ACK"}
    | {"ACK", "DATA"}
)
"""What nobody wants to read of a connection that opened: its handshake, and plain data."""
NEVER_OPEN = frozenset({"syn-only", "syn-ack", "refused"})
"""The openings of connections whose handshake is all that there is to tell."""
