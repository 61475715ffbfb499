# cython: language_level=3, boundscheck=False
"""Zeek's ``history``: a letter for each kind of packet that a connection has shown, in order.

The letters and when they come again are those of Zeek's conn.log documentation; where that leaves
a choice, Zeek's TCPSessionAdapter and TCP_Reassembler decide.  Zeek takes packets at their word: a
segment that no receiver would accept has its letters too, and so has a capture duplicate (t, where
it has payload).  No checksum is verified, as if Zeek ran with ``-C``: c is never written.

Plain segments add nothing: an end is not calm before it has the letters that they would bring.

Reads rows of a batch that was checked as a whole, and nothing of a capture.
"""

import cython

if not cython.compiled:
    from pcapflow.engine.layout import (
        LETTER_A,
        LETTER_D,
        LETTER_F,
        LETTER_G,
        LETTER_H,
        LETTER_I,
        LETTER_Q,
        LETTER_R,
        LETTER_S,
        LETTER_T,
        LETTER_W,
        LETTER_X,
        TH_ACK,
        TH_FIN,
        TH_RST,
        TH_SYN,
    )
    from pcapflow.engine.serial import add, diff

_ROOM = cython.declare(cython.longlong, 24)
"""Letters kept of a connection; the last place is for x: there was more."""
_FIVES = cython.declare(cython.longlong, 0x0084210842108421)
"""The lowest of every five bits, twelve times: the end of each letter."""
_FIN_SEEN = cython.declare(cython.longlong, 0x1FFFFF)
MOST_UNSEEN = cython.declare(cython.longlong, 0x1FFFFFFF)
_MOST_AGAIN = cython.declare(cython.longlong, 2047)
_MOST_TIMES = cython.declare(cython.longlong, 127)


def letters(row, sender, peer, segment, end):
    """The letters of a segment of ``end``, before it moves the row's numbers.

    Returns one past the highest sequence number captured of the end so far (-1: none).  That is
    not what its peer acknowledged: what comes behind its acknowledgement was not sent again.
    """
    kind: cython.longlong = segment.flags & (TH_SYN | TH_FIN | TH_RST)
    had: cython.longlong = sender.letters
    length: cython.longlong = segment.length
    gone: cython.longlong = had >> LETTER_R & 1 and _reset(sender, peer)
    last: cython.longlong = -1
    if sender.packets > 0 and sender.snd_nxt >= 0:
        last = add(sender.snd_nxt, -sender.unseen)
    if kind == 0:
        if length > 0:
            if not had >> LETTER_D & 1:
                once(row, sender, LETTER_D, end)
        elif segment.flags & TH_ACK and not had >> LETTER_A & 1:
            once(row, sender, LETTER_A, end)
    elif kind == TH_FIN:
        fin(row, sender, segment, end)
    elif kind == TH_RST:
        if not once(row, sender, LETTER_R, end) and segment.seq != row.rst_seq[end]:
            write(row, LETTER_R, end)
    elif kind == TH_SYN:
        _syn(row, sender, segment, end)
    else:
        once(row, sender, LETTER_I if kind & TH_FIN and kind & TH_RST else LETTER_Q, end)
    if gone:
        return last
    # A closed window matters no more once the peer has closed.
    if segment.window == 0 and not kind & TH_RST:
        if not peer.letters >> LETTER_F & 1 or _reset(peer, sender):
            sender.windows = _counted(row, LETTER_W, end, sender.windows, _MOST_TIMES)
    if length > 0 and _nothing_new(segment, last):
        sender.again = _counted(row, LETTER_T, end, sender.again, _MOST_AGAIN)
    return last


def captured(side, segment, before):
    """Remember how far beyond the octets captured of its sender the known numbers reach.

    The segment has moved them; ``before`` is what ``letters`` returned.
    """
    beyond: cython.longlong
    last: cython.longlong = _behind(segment)
    if before >= 0 and diff(before, last) > 0:
        last = before
    beyond = diff(side.snd_nxt, last) if side.snd_nxt >= 0 else 0
    side.unseen = min(max(beyond, 0), MOST_UNSEEN)
    return 0


def gaps(row, peer, end, una, ack, beyond):
    """``ack`` of ``end``, which was at ``una``, may cover octets that were never captured.

    ``beyond``: how many of them lie behind all that was captured.  Zeek counts gaps between two
    ends that are established, or were when they closed.
    """
    if not (row.side[1].letters >> LETTER_S & 1 and row.side[0].letters):
        return 0
    if (row.side[0].letters | row.side[1].letters) >> LETTER_R & 1:
        return 0
    if peer.hole_from >= 0 and diff(ack, peer.hole_from) > 0:
        if una < 0 or diff(peer.hole_to, una) > 0:
            peer.gaps = _counted(row, LETTER_G, 1 - end, peer.gaps, _MOST_TIMES)
    if beyond > 0:
        peer.gaps = _counted(row, LETTER_G, 1 - end, peer.gaps, _MOST_TIMES)
    return 0


def write(row, letter, end):
    """Append a letter, five bits of two words."""
    place: cython.longlong = row.history_count
    if place >= _ROOM:
        return 0
    if place == _ROOM - 1:
        letter = LETTER_X
    if place < 12:
        row.history |= (letter << 1 | end) << (5 * place)
    else:
        row.history_more |= (letter << 1 | end) << (5 * (place - 12))
    row.history_count = place + 1
    return 0


def turn(row):
    """Client and server change places in all letters."""
    place: cython.longlong = row.history_count
    low: cython.longlong = min(place, 12)
    one: cython.longlong = 1
    row.history ^= _FIVES & ((one << 5 * low) - 1)
    row.history_more ^= _FIVES & ((one << 5 * (place - low)) - 1)
    return 0


def fin(row, sender, segment, end):
    """A FIN again only where its number differs."""
    mark: cython.longlong = add(segment.seq, segment.length) & _FIN_SEEN
    if not once(row, sender, LETTER_F, end) and mark != sender.fin_seen:
        write(row, LETTER_F, end)
    sender.fin_seen = mark
    return 0


def _syn(row, sender, segment, end):
    """SYN and SYN-ACK are one kind: again only where the number differs."""
    letter: cython.longlong = LETTER_H if segment.flags & TH_ACK else LETTER_S
    one: cython.longlong = 1
    if not sender.letters >> LETTER_S & 1 or segment.seq != sender.isn:
        write(row, letter, end)
    sender.letters |= one << LETTER_S
    return 0


def once(row, side, letter, end):
    """Whether it was the end's first of this kind."""
    one: cython.longlong = 1
    if side.letters >> letter & 1:
        return 0
    side.letters |= one << letter
    write(row, letter, end)
    return 1


def _counted(row, letter, end, times, most):
    """The 1st, 10th, 100th ... of a kind has a letter; returns how many there were."""
    times = min(times + 1, most)
    if times == 1 or times == 10 or times == 100 or (times == 1000 and times < most):
        write(row, letter, end)
    return times


def _reset(side, peer):
    """Whether Zeek takes the end for reset: a RST after both FINs changes nothing."""
    if not side.letters >> LETTER_R & 1:
        return 0
    return not side.letters & peer.letters & (1 << LETTER_F)


def _nothing_new(segment, last):
    """Whether the payload of a segment brings no number beyond ``last``.

    So is, to Zeek, that of a SYN, for it begins to count behind it, and that of a RST, which is no
    part of the stream.
    """
    if last < 0:
        return segment.flags & (TH_SYN | TH_RST) != 0
    return diff(_behind(segment), last) <= 0


def _behind(segment):
    """One past the last sequence number of a segment; a RST's payload is none of its stream."""
    flags: cython.longlong = segment.flags
    length: cython.longlong = 0 if flags & TH_RST else segment.length
    if flags & TH_SYN:
        length += 1
    if flags & TH_FIN:
        length += 1
    return add(segment.seq, length)
