"""What a record says of one connection beside its story: times, dwell, vantage."""

from __future__ import annotations

from collections.abc import Sequence

from pcapflow.model import ENDS, End, Event, Opening, State, Transition, Vantage
from pcapflow.tcp.codes import FIN_REPEATS
from pcapflow.tcp.story import Story
from pcapflow.tcp.table import step
from pcapflow.tcp.timers import NEAR_LEAST, NEAR_SHARE, Settings

_OUTSIDE: State = "CLOSED"
_NO_SOCKET: frozenset[State] = frozenset({"CLOSED", "LISTEN", "UNKNOWN"})
"""Not a connection's states, or nobody knows."""


def transitions(
    story: Story, runs: Sequence[Sequence[Event]], last: int, now: int, settings: Settings
) -> tuple[Transition, ...]:
    """The story's steps with this connection's times and frames, and the timer's own at the end.

    ``runs`` are the connection's events, repeats in a row together; of several FINs the last
    before the covering ACK counts, and so does the last of a run of repeats.  TIME_WAIT ends 2MSL
    after its last restart, if the capture's clock ``now`` reached that; ``last`` is the time of
    the connection's last segment, the latest that can have restarted it (RFC 9293 §3.10.7.4).
    """
    found: list[Transition] = []
    for s in story.steps:
        if s.event >= len(runs):
            continue
        run = runs[s.event]
        event = run[-1] if run[0].code in FIN_REPEATS else run[0]
        if s.before == "TIME_WAIT" and s.after == "CLOSED":
            expiry = _expiry(found, s.end, last, settings)
            if expiry.at <= event.at:  # the timer was first
                found.append(expiry)
                continue
        at, frame = event.at, event.frame
        found.append(Transition(s.end, s.before, s.after, at, frame, s.evidence, None))
    for end, state in zip(ENDS, story.states, strict=True):
        if state == "TIME_WAIT":
            expiry = _expiry(found, end, last, settings)
            if expiry.at <= now:
                found.append(expiry)
    return tuple(found)


def _expiry(found: Sequence[Transition], end: End, last: int, settings: Settings) -> Transition:
    """The end of a TIME_WAIT by time alone."""
    entered = next((t.at for t in reversed(found) if t.end == end), 0)
    at = max(entered, last) + settings.two_msl
    after = step("TIME_WAIT", "timer_2msl")
    return Transition(end, "TIME_WAIT", after, at, None, "timer", settings.assumption)


def final_states(story: Story, found: Sequence[Transition]) -> tuple[State, State]:
    """The last state of each end, timers included."""
    last = {t.end: t.after for t in found}
    return last.get("client", story.states[0]), last.get("server", story.states[1])


def dwell(
    found: Sequence[Transition], now: int, two_msl: int
) -> tuple[dict[State, int], dict[State, int]]:
    """Nanoseconds that each end spent in each state, up to the capture's end ``now``."""
    spent: tuple[dict[State, int], dict[State, int]] = ({}, {})
    for end, spans in zip(ENDS, spent, strict=True):
        state, begun = _OUTSIDE, 0
        for transition in found:
            if transition.end == end:
                at = transition.at
                if at < begun:  # crossed FINs are read after they were captured
                    at = begun
                if state not in _NO_SOCKET:
                    spans[state] = spans.get(state, 0) + at - begun
                state, begun = transition.after, at
        if state not in _NO_SOCKET:
            span = max(0, now - begun)
            span = min(span, two_msl) if state == "TIME_WAIT" else span
            spans[state] = spans.get(state, 0) + span
    return spent


def vantage(client_rtt: int | None, server_rtt: int | None, opening: Opening) -> Vantage:
    """Where the capture was made: near the end whose part of the round trip is the smaller."""
    if client_rtt is None or server_rtt is None or opening == "mid-stream":
        return "unknown"
    whole = client_rtt + server_rtt
    if whole < NEAR_LEAST:
        return "unknown"
    if client_rtt < whole * NEAR_SHARE:
        return "client"
    return "server" if server_rtt < whole * NEAR_SHARE else "between"
