"""The evidence for why pcapflow and tshark disagree about a frame.

Each function looks at what both programs say of the frame, and of others of the same connection,
and says whether the thing that it is named for is so.
"""

from __future__ import annotations

from pcapflow.annotate.both import ACK, FIN, SYN, Both, Case
from pcapflow.annotate.view import Seen

_MASK = 0xFFFFFFFF
_HALF = 1 << 31
_FAR = 1 << 26
"""Numbers so far off (64 MiB) are not believed at once."""
_TWO_MSL = 240.0
"""How long (s) a four-tuple is silent after its end before pcapflow lets go of it."""
_SYN_QUIET = 300.0
"""And how long after a SYN that nobody answered."""

READ = frozenset(
    {
        *("eth", "ethertype", "vlan", "ieee8021ad", "llc", "vntag", "pppoes", "mpls", "sll"),
        *("null", "raw", "ip", "ipv6", "ipv6.hopopts", "ipv6.routing", "ipv6.dstopts"),
        *("ipv6.fraghdr", "ah", "mipv6", "hip", "shim6", "gre", "erspan", "udp", "vxlan"),
        *("geneve", "gtp", "tcp"),
    }
)
"""The protocols around a segment that pcapflow looks into, by tshark's names."""

# Where only one of the two finds TCP at all


def quoted(case: Case, both: Both) -> bool:
    """ICMP errors quote the beginning of the packet that they are about (RFC 792, RFC 4443)."""
    around = _around(case.theirs)
    return not case.segment and ("icmp" in around or "icmpv6" in around)


def put_together(case: Case, both: Both) -> bool:
    """tshark's TCP is of several frames, and pcapflow has it from another of them."""
    return not case.segment and case.theirs.fragments


def first_fragment(case: Case, both: Both) -> bool:
    """A fragment with more behind it, in which tshark sees no TCP yet."""
    seen = case.theirs
    return case.segment and not seen.streams and (seen.fragments or seen.more_fragments)


def not_looked_into(case: Case, both: Both) -> str:
    """The outermost link type or tunnel that tshark knows and pcapflow does not."""
    if case.segment:
        return ""
    around = _around(case.theirs)
    for name, outer in zip(around, ("", *around), strict=False):
        if name not in READ and (name, outer) != ("ppp", "pppoes"):
            return name
    return ""


def header_cut(case: Case, both: Both) -> bool:
    """The capture ends before the octet of the flags, without which pcapflow takes no segment."""
    return not case.segment and case.theirs.cut and case.theirs.flags == 0


def header_cut_behind_flags(case: Case, both: Both) -> bool:
    """The capture ends in the TCP header, and tshark has nothing of that."""
    seen = case.theirs
    return case.segment and seen.cut and not seen.streams and seen.protocols[-1] == "tcp"


def header_malformed(case: Case, both: Both) -> bool:
    """Shorter than five words, or longer than the segment (RFC 9293 §3.1)."""
    return not case.segment and case.theirs.bogus


# Copies, and flags that no receiver takes


def captured_twice(case: Case, both: Both) -> bool:
    """The same packet, octet for octet in its headers, was captured before."""
    seen = case.theirs
    first = both.copies.get((seen.source, seen.signature), case.frame)
    return case.ours is not None and case.ours.duplicate and first < case.frame


def syn_and_fin(case: Case, both: Both) -> bool:
    """Scanners send both in one segment; RFC 9293 §3.10.7 has no use for it."""
    return case.segment and case.theirs.flags & (SYN | FIN) == SYN | FIN


def fin_without_ack(case: Case, both: Both) -> bool:
    """RFC 9293 §3.10.7.4, fifth: if the ACK bit is off, drop the segment."""
    return case.segment and case.theirs.flags & (FIN | ACK) == FIN


# Where a connection begins


def not_taken(case: Case, both: Both) -> bool:
    """A SYN that meets a connection which stands (RFC 9293 §3.10.7.4, RFC 5961 §4)."""
    syn = case.theirs.flags & (SYN | ACK) == SYN
    taken_back = case.ours is not None and case.ours.taken_back
    return syn and taken_back and both.answer(case.theirs) is None


def taken_later(case: Case, both: Both) -> bool:
    """What seemed to go on behind a SYN was on its way before it; then the SYN is answered."""
    if case.ours is None or not case.ours.taken_back:
        return False
    answer = both.answer(case.theirs)
    judged = None if answer is None else both.ours.get(answer.frame)
    return judged is not None and judged.begins


def begins_late(case: Case, both: Both) -> bool:
    """The SYN, ACK behind that."""
    answer = case.theirs.flags & (SYN | ACK) == SYN | ACK
    question = both.question(case.theirs)
    return _begins_alone(case) and answer and question is not None and question.taken_back


def asked_again(case: Case, both: Both) -> bool:
    """After a challenge and a RST the client sends its SYN once more, and is let in."""
    ours, seen = case.ours, case.theirs
    if ours is None or not ours.begins or not seen.flags & SYN:
        return False
    return any(
        earlier.taken_back and earlier.seq == seen.seq and earlier.frame < seen.frame
        for earlier in both.sent(seen)
    )


def same_syn(case: Case, both: Both) -> bool:
    """A late copy of the SYN opens nothing, whatever came between."""
    ours = case.ours
    if ours is None or ours.begins or ours.taken_back:
        return False
    first = both.syns.get((ours.connection, ours.forth, ours.seq), case.frame)
    return case.theirs.flags & (SYN | ACK) == SYN and first < case.frame


def answered_before(case: Case, both: Both) -> bool:
    """The SYN was not captured at first, but its answer was."""
    ours, seen = case.ours, case.theirs
    if ours is None or ours.begins or seen.flags & (SYN | ACK) != SYN:
        return False
    return both.answers.get((ours.connection, seen.seq), case.frame) < case.frame


def marked_answer(case: Case, both: Both) -> bool:
    """tshark marks a SYN, ACK whose number is not the one that it has for its sender just then."""
    seen = case.theirs
    answer = seen.flags & (SYN | ACK) == SYN | ACK
    return answer and (0 <= seen.base != seen.seq or both.answered_otherwise(seen))


def long_over(case: Case, both: Both) -> bool:
    """Nothing of a closed connection arrives later than 2MSL (RFC 9293 §3.4.3)."""
    seen = case.theirs
    ended = both.closing.get(seen.stream, case.frame) < case.frame
    return _begins_alone(case) and ended and seen.quiet >= _TWO_MSL


def long_unanswered(case: Case, both: Both) -> bool:
    """One end alone had spoken in tshark's stream, with a SYN, and long ago."""
    seen = case.theirs
    alone = seen.last < 0 or seen.peer_last < 0
    asked = both.begun_by(seen.stream).flags & (SYN | ACK) == SYN
    return _begins_alone(case) and alone and asked and seen.quiet >= _SYN_QUIET


def begins_by_answer(case: Case, both: Both) -> bool:
    """The SYN was not captured, but the answer to it belongs to no connection that is known."""
    return _begins_alone(case) and case.theirs.flags & (SYN | ACK) == SYN | ACK


def first_of_its_end(case: Case, both: Both) -> bool:
    """tshark compares a SYN with the first number of its own sender."""
    seen = case.theirs
    return _begins_alone(case) and seen.flags & (SYN | ACK) == SYN and seen.base < 0


# FINs


def of_another_connection(case: Case, both: Both) -> bool:
    """The FIN before it, in tshark's stream, is of another connection of pcapflow's."""
    ours, seen = case.ours, case.theirs
    earlier = both.ours.get(both.marks.get((seen.stream, seen.source, seen.mark), 0))
    return (
        ours is not None
        and ours.first_fin
        and earlier is not None
        and earlier.connection != ours.connection
    )


def counted_before(case: Case, both: Both) -> bool:
    """The next number of its sender was one past the FIN already."""
    return _first(case) and (case.theirs.next - case.theirs.mark) & _MASK == 1


def number_ahead(case: Case, both: Both) -> bool:
    """The next number of its sender, as tshark counts, lies further ahead."""
    return _first(case) and 1 < (case.theirs.next - case.theirs.mark) & _MASK < _HALF


def octets_again(case: Case, both: Both) -> bool:
    """The FIN is new, some of the octets before it are not."""
    seen = case.theirs
    return _first(case) and 0 < (seen.next - seen.seq) & _MASK <= seen.length


def other_number(case: Case, both: Both) -> bool:
    """The first FIN of its end had another number."""
    ours = case.ours
    if ours is None or ours.first_fin or ours.duplicate:
        return False
    return both.fins.get((ours.connection, ours.forth), ours.mark) != ours.mark


def far_away(case: Case, both: Both) -> bool:
    """What no window explains is dropped (RFC 9293 §3.10.7.4, RFC 5961 §5)."""
    ours, seen = case.ours, case.theirs
    if ours is None or ours.first_fin or ours.fin_again:
        return False
    return _far(seen.seq, seen.last) or _far(seen.ack, seen.peer_last)


def wraps_to_zero(case: Case, both: Both) -> bool:
    """The number after the FIN's is 0."""
    return case.theirs.next == 0 and case.theirs.mark == _MASK


def out_of_order(case: Case, both: Both) -> bool:
    """tshark says so itself."""
    return bool(case.theirs.flags & FIN) and case.theirs.out_of_order


def in_two_streams(case: Case, both: Both) -> bool:
    """What is one connection to pcapflow is two streams of tshark."""
    ours, seen = case.ours, case.theirs
    if ours is None:
        return False
    first = both.theirs.get(both.first_fins.get((ours.connection, ours.forth), 0))
    return first is not None and first.mark == seen.mark and first.stream != seen.stream


def _around(seen: Seen) -> tuple[str, ...]:
    """The protocols before the last TCP header."""
    names = seen.protocols
    return names[: len(names) - 1 - names[::-1].index("tcp")] if "tcp" in names else names


def _far(number: int, known: int) -> bool:
    """Whether a number lies so far, ahead or behind, from one that is known."""
    ahead = (number - known) & _MASK
    return known >= 0 and min(ahead, (1 << 32) - ahead) > _FAR


def _begins_alone(case: Case) -> bool:
    return case.ours is not None and case.ours.begins and not case.theirs.begins


def _first(case: Case) -> bool:
    """The FIN is the first of its end, and tshark knew a number of that end."""
    return case.ours is not None and case.ours.first_fin and case.theirs.next >= 0
