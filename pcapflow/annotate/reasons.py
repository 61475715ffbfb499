"""Why pcapflow and tshark disagree about a frame: a table of rules, each with its evidence.

What no rule explains is a bug in one of the two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pcapflow.annotate import evidence
from pcapflow.annotate.both import Both, Case
from pcapflow.model import SUBJECTS, Opinion, Subject


class Rule(NamedTuple):
    """``holds`` looks for the evidence; a text from it takes the place of {} in ``why``."""

    alone: Opinion
    subjects: tuple[Subject, ...]
    holds: Callable[[Case, Both], bool | str]
    why: str


def reason(case: Case, both: Both) -> str | None:
    """The reason of the first rule that explains a disagreement; None where there is none."""
    for rule in RULES:
        if rule.alone == case.alone and case.subject in rule.subjects:
            found = rule.holds(case, both)
            if found:
                return rule.why.format(found)
    return None


_BEGINNINGS: tuple[Subject, ...] = ("connections", "port reuses")
_FINS: tuple[Subject, ...] = ("FIN retransmissions",)
_LATE = (
    "segments of the older connection come between the SYN and its answer: pcapflow counts the new "
    "connection from the SYN, ACK, tshark from the SYN"
)

RULES: tuple[Rule, ...] = (
    Rule(
        "tshark",
        SUBJECTS,
        evidence.quoted,
        "TCP that an ICMP error quotes is no segment on its way",
    ),
    Rule(
        "tshark",
        SUBJECTS,
        evidence.put_together,
        "of a datagram in fragments tshark has the segment where the last one comes, pcapflow in "
        "the first, which holds the header",
    ),
    Rule(
        "pcapflow",
        SUBJECTS,
        evidence.first_fragment,
        "the first fragment holds the TCP header; tshark waits for the others",
    ),
    Rule(
        "tshark",
        SUBJECTS,
        evidence.not_looked_into,
        "pcapflow does not look into what tshark calls {}",
    ),
    Rule(
        "tshark",
        SUBJECTS,
        evidence.header_cut,
        "the snap length cuts the TCP header before its flags",
    ),
    Rule(
        "pcapflow",
        SUBJECTS,
        evidence.header_cut_behind_flags,
        "the snap length leaves the flags of the TCP header: enough for pcapflow, not for tshark",
    ),
    Rule(
        "tshark",
        SUBJECTS,
        evidence.header_malformed,
        "a TCP header shorter than 20 octets, or longer than its segment, is none",
    ),
    Rule(
        "tshark",
        SUBJECTS,
        evidence.captured_twice,
        "one packet captured twice, with the same IP id, numbers and checksum: tshark counts both, "
        "pcapflow one",
    ),
    Rule(
        "tshark",
        ("connections", "port reuses", "FIN retransmissions"),
        evidence.syn_and_fin,
        "no receiver takes a segment with both SYN and FIN as either; tshark takes it as both",
    ),
    Rule(
        "tshark",
        _FINS,
        evidence.fin_without_ack,
        "every receiver drops a FIN without ACK; tshark counts it",
    ),
    Rule(
        "tshark",
        _BEGINNINGS,
        evidence.not_taken,
        "no SYN, ACK answers the SYN, and the older connection goes on or had the last word: "
        "tshark begins a stream at any SYN with another number",
    ),
    Rule(
        "pcapflow",
        _BEGINNINGS,
        evidence.asked_again,
        "the SYN comes again after the older connection did not give way: pcapflow counts from the "
        "SYN that is answered, tshark from the first",
    ),
    Rule(
        "tshark",
        _BEGINNINGS,
        evidence.same_syn,
        "a SYN with the number of an earlier one of its connection is that one, repeated or late: "
        "behind another SYN (or, in some versions, a FIN or RST) tshark begins a stream",
    ),
    Rule(
        "tshark",
        _BEGINNINGS,
        evidence.answered_before,
        "a SYN that was answered before, and is sent again: pcapflow has the connection since the "
        "SYN, ACK",
    ),
    Rule(
        "tshark",
        ("port reuses",),
        evidence.marked_answer,
        "tshark marks a SYN, ACK too, if it had another first number from that end; pcapflow "
        "counts what begins a connection",
    ),
    Rule(
        "pcapflow",
        _BEGINNINGS,
        evidence.long_over,
        "a four-tuple that was silent for 240 s after a FIN or RST is free again: tshark goes on "
        "with its stream until a SYN",
    ),
    Rule(
        "pcapflow",
        _BEGINNINGS,
        evidence.long_unanswered,
        "a four-tuple on which a SYN was not answered for 300 s is free again: tshark goes on with "
        "its stream until a SYN with another number",
    ),
    Rule(
        "pcapflow",
        _BEGINNINGS,
        evidence.begins_late,
        _LATE,
    ),
    Rule(
        "tshark",
        _BEGINNINGS,
        evidence.taken_later,
        _LATE,
    ),
    Rule(
        "pcapflow",
        _BEGINNINGS,
        evidence.begins_by_answer,
        "a SYN, ACK that answers nothing known shows a new connection; tshark begins a stream at "
        "a SYN only",
    ),
    Rule(
        "pcapflow",
        _BEGINNINGS,
        evidence.first_of_its_end,
        "tshark had seen only the other end of the older connection, and takes the SYN for part "
        "of that",
    ),
    Rule(
        "tshark",
        _FINS,
        evidence.of_another_connection,
        "the FIN before it is of another connection, which tshark has in the same stream",
    ),
    Rule(
        "tshark",
        _FINS,
        evidence.counted_before,
        "an earlier segment of its sender counts the FIN already: it was sent before and not "
        "captured; pcapflow counts what was",
    ),
    Rule(
        "tshark",
        _FINS,
        evidence.number_ahead,
        "the first FIN of its end, but an earlier segment, such as a RST that was ignored, bears a "
        "higher number: tshark calls all behind it sent again",
    ),
    Rule(
        "tshark",
        _FINS,
        evidence.octets_again,
        "octets are sent again, with the first FIN of their end behind them",
    ),
    Rule(
        "tshark",
        _FINS,
        evidence.other_number,
        "a FIN with another number than the first FIN of its end is not that one again",
    ),
    Rule(
        "tshark",
        _FINS,
        evidence.far_away,
        "a FIN whose numbers lie more than 64 MiB from those of its connection is not that one's",
    ),
    Rule(
        "pcapflow",
        _FINS,
        evidence.wraps_to_zero,
        "the number behind the FIN is 0, which tshark takes for none known yet",
    ),
    Rule(
        "pcapflow",
        _FINS,
        evidence.out_of_order,
        "tshark calls a FIN that comes again so soon out of order",
    ),
    Rule(
        "pcapflow",
        _FINS,
        evidence.in_two_streams,
        "tshark has the first FIN of this end in another stream",
    ),
)
