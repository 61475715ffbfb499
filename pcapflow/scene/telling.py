"""Segments in plain words, by the code that names each."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Literal

from pcapflow.findings.frames import unacknowledged
from pcapflow.findings.words import plural
from pcapflow.model import ENDS, Connection, End, Segment, other
from pcapflow.scene.words import octets
from pcapflow.tcp.codes import ACKS_OF_FIN, CROSSING_FINS, EARLY_FINS, FIN_REPEATS, FIRST_FINS, RSTS

ResetKind = Literal["closed socket", "abort", "refused", "injected", "ignored", "not exact"]


def told(
    connection: Connection,
    segment: Segment,
    lead: str,
    letters: Mapping[End, str],
    closed: Set[End],
) -> tuple[str, str]:
    """What a segment is, and what it says in plain words.

    ``lead`` is the code that names it, ``letters`` are those of the FINs, ``closed`` the ends that
    have sent theirs before.
    """
    end, peer = segment.end, other(segment.end)
    own, others = letters.get(end, ""), letters.get(peer, "")
    size = plural(segment.length, "byte")
    if lead in FIRST_FINS:
        what = f"FIN {own}"
        if {"ACK_OF_FIN", "ACK_OF_FIN_EARLIER"} & set(segment.codes):
            what += f" with ACK of {others}"
        return what, _fin_words(segment, lead, own)
    if lead in FIN_REPEATS:
        unheard = _unacknowledged_last(connection, segment)
        return f"FIN {own} again", {
            "FIN_AGAIN": "no answer in this capture" if unheard else "retransmission",
            "FIN_AGAIN_LATE": "retransmission",
            "FIN_AGAIN_CROSSED": "crossed with its ACK",
            "FIN_AGAIN_NEW_ACK": "only to carry a new ACK",
        }[lead]
    if lead in ACKS_OF_FIN:
        again = ", again" if lead in ("ACK_OF_FIN_AGAIN", "ACK_OF_FIN_DSACK") else ""
        words = "the repeat was not needed" if lead == "ACK_OF_FIN_DSACK" else ""
        if segment.length:
            words = f"and {size} of data"
        elif _silent_from(connection, segment):
            words = "and not a byte after it"
        return f"ACK of {others}{again}", words
    if lead == "DATA":
        closed_side = f"the {peer} has closed its side" if peer in closed else ""
        return f"{size} of data", _hindsight(segment) or closed_side
    what, words = _plain(lead, end, size)
    words = words or _hindsight(segment)
    if lead in ("SYN_AGAIN", "DATA_AGAIN") and _left_unanswered(connection, segment):
        words = "no answer in this capture"
    return what, words


def _hindsight(segment: Segment) -> str:
    """What a segment tells of earlier ones, by the codes that only go with another."""
    told = {
        "ANSWERED": f"the {segment.end} speaks again",
        "RST_DISOWNED": f"the {segment.end} goes on: the reset was not its own",
        "LIVES_ON": f"the {segment.end} lives on after the reset",
        "FIN_UNREAD": f"the {segment.end} has not read the FIN",
    }
    return next((words for code, words in told.items() if code in segment.codes), "")


def _plain(lead: str, end: End, size: str) -> tuple[str, str]:
    return {
        **dict.fromkeys(RSTS, ("RST", "")),
        "SYN": ("SYN", f"the {end} asks to open"),
        "SYN_DATA": ("SYN", f"with {size} of data (Fast Open)"),
        "SYN_AGAIN": ("SYN again", "retransmission"),
        "CROSSED_SYN": ("SYN", "both ends open at once"),
        "SYN_ACK": ("SYN-ACK", f"the {end} accepts"),
        "SYN_ACK_AGAIN": ("SYN-ACK again", "retransmission"),
        "HANDSHAKE_ACK": ("ACK", "connection opened"),
        "DATA_AGAIN": (f"{size} again", "retransmission"),
        "HOLE_FILLED": (f"{size} again", "fills the hole: now the FIN can be read"),
        "KEEP_ALIVE": ("keep-alive", "is anybody there?"),
        "ZERO_WINDOW": ("window 0", f"the {end} can take no more"),
        "WINDOW_OPENED": ("window open", f"the {end} can take more again"),
        "ACK_UNSEEN": ("ACK", "of bytes never captured"),
        "FIN_HINT": ("ACK", "of a FIN never captured?"),
        "REUSE": ("SYN", "a new connection on the same ports"),
        "CHALLENGE_ACK": ("challenge ACK", "the old connection stands"),
        "ACK": ("ACK", ""),
    }[lead]


def _fin_words(segment: Segment, lead: str, letter: str) -> str:
    if lead in EARLY_FINS:
        return "data before it is still missing"
    if lead in CROSSING_FINS:
        return f"the {segment.end} closes too"
    if segment.length:
        return f"with the {segment.end}’s last {octets(segment.length)}"
    return f"{segment.end} " + ("has nothing more to send" if letter == "A" else "closes as well")


def reset_words(
    connection: Connection, segment: Segment, kind: ResetKind, answered: Segment | None
) -> str:
    """What a reset says; ``answered`` is the segment that provoked it."""
    if kind == "refused":
        return "nobody listens on that port"
    if kind == "injected":
        return f"not from the {segment.end}"
    if answered is not None:
        return f"the reply to #{answered.frame}"
    if kind == "ignored":
        return "had no effect"
    if kind == "not exact":
        return "draws a challenge ACK"
    return _abort_words(connection, segment)


def _abort_words(connection: Connection, segment: Segment) -> str:
    """What an end left behind that reset a live connection, or that nothing moved it to do so."""
    end, peer = segment.end, other(segment.end)
    count = sum(unacknowledged(connection, each) for each in ENDS)
    if count:
        return f"{plural(count, 'byte')} unacknowledged"
    if "RST_ABORT_LOSS" in segment.codes:
        return "a request unanswered"
    fin = connection.fin[ENDS.index(end)]
    if fin is not None and fin.acked is None and fin.frames[0] < segment.frame:
        return "its FIN unacknowledged"
    if gave_up(connection, segment):
        return f"the {end} gives up"
    heard = connection.packets[ENDS.index(peer)] > 0
    return f"by the {end}, unprovoked" if heard else f"by the {end}"


def gave_up(connection: Connection, reset: Segment) -> bool:
    """Whether the peer had fallen silent, as far as was captured, when an end sent its reset."""
    signs = [e for e in connection.events if e.code in ("UNANSWERED", "ANSWERED")]
    met = [e for e in signs if e.frame and e.frame < reset.frame]
    return bool(met) and (met[-1].code, met[-1].end) == ("UNANSWERED", reset.end)


def _unacknowledged_last(connection: Connection, segment: Segment) -> bool:
    """The last sending of a FIN that nobody acknowledged."""
    fin = connection.fin[ENDS.index(segment.end)]
    return fin is not None and fin.acked is None and fin.frames[-1:] == (segment.frame,)


def _left_unanswered(connection: Connection, segment: Segment) -> bool:
    """The last segment of all, and its end still waits for an answer."""
    waits = connection.ending == "unanswered" or unacknowledged(connection, segment.end) > 0
    return connection.last == segment.at and waits


def _silent_from(connection: Connection, segment: Segment) -> bool:
    """This is the last that an end sent, and it still owes its FIN."""
    which = ENDS.index(segment.end)
    return (
        connection.states[which] == "CLOSE_WAIT"
        and connection.last_sent[which] is not None
        and connection.last_sent[which] == segment.at
        and connection.capture_end > segment.at
    )
