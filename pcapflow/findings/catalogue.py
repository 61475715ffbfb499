"""All rules, and how they are run on a story and put into words for one connection."""

from __future__ import annotations

from collections.abc import Sequence

from pcapflow.errors import UsageError
from pcapflow.findings import (
    close_wait_pileup,
    data_after_close,
    fin_wait_2_pileup,
    time_wait_pressure,
)
from pcapflow.findings.across import AcrossRule, Hold
from pcapflow.findings.index import Listed
from pcapflow.findings.rule import Doc, Documented, Rule, Sign, Wait, repeats
from pcapflow.findings.stories import number
from pcapflow.findings.words import listing
from pcapflow.model import RANKS, Finding, Traffic
from pcapflow.tcp.codes import (
    ABORTS,
    ACCEPTED_RSTS,
    ACKS_OF_FIN,
    CROSSING_FINS,
    FIN_REPEATS,
    FIRST_FINS,
    REPLIES,
)
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings
from pcapflow.values import replace

Signs = tuple[tuple[Rule, Sign], ...]

RULES: tuple[Rule, ...] = (
    data_after_close,
    Listed("idle-drop", frozenset({"UNANSWERED", "FIN_AGAIN"}) | ACCEPTED_RSTS),
    Listed("peer-vanished", frozenset({"UNANSWERED"})),
    Listed("half-open", frozenset({"RST_REPLY"})),
    Listed("accept-queue-full", frozenset({"SYN_ACK_AGAIN"})),
    Listed("time-wait-refused", frozenset({"CHALLENGE_ACK"})),
    Listed("port-reuse", frozenset({"REUSE", "CHALLENGE_ACK"})),
    Listed("probe-reset", ABORTS | {"RST_REPLY"}),
    Listed("data-lost-at-close", frozenset({"client-unacked", "server-unacked"})),
    Listed("reset-abort", ABORTS),
    Listed("reset-closed-socket", REPLIES),
    Listed("reset-injected", frozenset({"RST_ODD", "RST_FOREIGN", "RST_DISOWNED"})),
    Listed("close-wait-leak", ACKS_OF_FIN),
    Listed("zero-window-stall", frozenset({"ZERO_WINDOW"})),
    Listed("slow-close", FIRST_FINS),
    Listed("fin-unanswered", FIRST_FINS),
    Listed("icmp-unreachable", frozenset({"UNREACHABLE"})),
    Listed("connection-refused", frozenset({"RST_REFUSED"})),
    Listed("syn-unanswered", frozenset({"SYN", "SYN_DATA"})),
    Listed("lost-final-ack", frozenset({"FIN_AGAIN_LATE"})),
    Listed("fin-retransmit", FIN_REPEATS),
    Listed("fin-wait-2-timeout", ACKS_OF_FIN),
    Listed("half-close", ACKS_OF_FIN),
    Listed("zero-window-at-close", frozenset({"WINDOW_OPENED"})),
    Listed("reset-ignored", frozenset({"RST_IN_WINDOW", "RST_OUTSIDE"})),
    Listed("simultaneous-close", CROSSING_FINS),
    Listed("time-wait-reuse", frozenset({"REUSE"})),
    Listed("time-wait-assassination", ACCEPTED_RSTS),
    Listed("truncated", frozenset({"damaged", "truncated"})),
    Listed("capture-gap", frozenset({"ACK_UNSEEN"})),
    Listed("one-sided", frozenset({"one-sided"})),
    Listed("mid-stream", frozenset({"mid-stream"})),
    Listed("duplicate-frames", frozenset({"duplicates"})),
)
"""By harm, the greatest first: of equal severity, the earlier rule leads.  What a special case
explains leads the general one: a probe's reset is an abort too, and what lost octets have cost
leads how."""

ACROSS: tuple[AcrossRule, ...] = (
    close_wait_pileup,
    data_after_close,
    time_wait_pressure,
    fin_wait_2_pileup,
)
"""Rules across connections, by harm.  One of them judges single connections too."""

_PILES = frozenset(each.CODE for each in ACROSS)

EVERY: tuple[Documented, ...] = (*ACROSS, *(each for each in RULES if each.CODE not in _PILES))
"""All that a code can name."""

WEAKENING = frozenset({"capture-gap", "one-sided", "mid-stream", "truncated"})
"""They tell of what is missing from the capture."""

WITHOUT_DATA = frozenset(
    {
        "connection-refused",
        "duplicate-frames",
        "icmp-unreachable",
        "mid-stream",
        "reset-injected",
        "syn-unanswered",
        "time-wait-reuse",
    }
)
"""They are right, too, where only SYN, FIN and RST were captured; others miss an ACK or data, and
would tell of what did not happen."""


def rule(code: str) -> Documented:
    """The rule of a finding code; UsageError, with the nearest codes, where there is none."""
    for each in EVERY:
        if code == each.CODE:
            return each
    from difflib import get_close_matches

    codes = sorted(each.CODE for each in EVERY)
    near = get_close_matches(code, codes, n=3) or codes
    raise UsageError(f"there is no finding {code!r}. Try: {', '.join(near)}")


def explain(code: str) -> Doc:
    """What a finding code means; UsageError where there is no such code."""
    return rule(code).DOC


def signs(story: Story, settings: Settings) -> Signs:
    """What every rule sees in a story, by harm of the rules; runs once a shape."""
    there = story.events.codes() | story.marks
    rules = [each for each in RULES if not each.EVENTS.isdisjoint(there)]
    if settings.teardowns_only:
        rules = [each for each in rules if each.CODE in WITHOUT_DATA]
    return tuple([(each, sign) for each in rules for sign in each.look(story, settings)])


def holds(story: Story, settings: Settings) -> tuple[tuple[AcrossRule, Hold], ...]:
    """What ends hold at the end of a story, for the rules across connections."""
    if settings.teardowns_only:
        return ()  # an end that sent no FIN may have sent the ACK of one
    return tuple((each, hold) for each in ACROSS for hold in each.holds(story, settings))


def measure(connection: Traffic, wait: Wait) -> int:
    """How long a wait was for one connection (ns); never negative."""
    if wait.idle_of is not None:
        return connection.idle[number(wait.idle_of)] or 0
    # As the engine's spans do where time runs backwards: since the latest, until the first.
    begins = [event.at for index in wait.since for event in repeats(connection, index)]
    if wait.last_data_of is not None:
        spoke = connection.last_data[number(wait.last_data_of)]
        begins += [] if spoke is None else [spoke]
    if wait.last_sent_of is not None:
        sent = connection.last_sent[number(wait.last_sent_of)]
        begins += [] if sent is None else [sent]
    if not begins:
        raise LookupError(f"connection {connection.id} has no event that its wait begins with")
    end = connection.capture_end
    if wait.until is not None:
        end = next((event.at for event in repeats(connection, wait.until)), end)
    return max(0, end - max(begins))


def findings(connection: Traffic, seen: Signs) -> tuple[Finding, ...]:
    """All findings of one connection in words, the most harmful first; ``seen`` in its story."""
    told: list[tuple[Finding, Sign]] = []
    for each, sign in seen:
        waited = None if sign.wait is None else measure(connection, sign.wait)
        severity = sign.severity
        if sign.wait is not None and waited is not None:
            reached = sign.wait.severity(waited)
            if reached is None:
                continue
            severity = reached
        telling = each.tell(connection, sign, waited)
        finding = Finding(  # by name takes longer than most rules
            each.CODE,
            severity,
            sign.end,
            sign.confidence,
            telling.frames,
            telling.message,
            telling.advice,
            telling.display_filter,
        )
        told.append((finding, sign))
    told.sort(key=lambda item: RANKS[item[0].severity])
    return _weakened(_led(told))


def _led(told: Sequence[tuple[Finding, Sign]]) -> tuple[Finding, ...]:
    """Several codes on one event: the message of the most harmful one names the others."""
    named: dict[int, list[str]] = {}
    for place, (finding, sign) in enumerate(told):
        events = set(sign.events)
        for leader, (first, of_first) in enumerate(told[:place]):
            of_capture = "capture" in (finding.end, first.end)
            apart = events.isdisjoint(of_first.events)
            if not apart and finding.code != first.code and not of_capture:
                codes = named.setdefault(leader, [])
                codes += [finding.code] if finding.code not in codes else []
                break
    return tuple(
        _naming(finding, named[place]) if place in named else finding
        for place, (finding, _) in enumerate(told)
    )


def _weakened(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What the capture cannot show names the findings that are less sure for it."""
    if WEAKENING.isdisjoint([f.code for f in found]):
        return found
    unsure = [f.code for f in found if f.end != "capture" and f.confidence != "certain"]
    if not unsure:
        return found
    codes = listing(list(dict.fromkeys(unsure)))
    return tuple(
        replace(f, message=f"{f.message} That makes {codes} less sure.")
        if f.code in WEAKENING
        else f
        for f in found
    )


def _naming(finding: Finding, codes: Sequence[str]) -> Finding:
    message = f"{finding.message} The same segments also show {listing(codes)}."
    return replace(finding, message=message)
