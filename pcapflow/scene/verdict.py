"""One connection in one or two plain sentences, for the top of its picture."""

from __future__ import annotations

from collections.abc import Sequence

from pcapflow.findings.frames import unacknowledged
from pcapflow.findings.words import duration, plural, times
from pcapflow.model import ENDS, Connection, End, Event, State, other
from pcapflow.scene.steps import Step
from pcapflow.scene.telling import gave_up
from pcapflow.scene.words import octets
from pcapflow.tcp.codes import ABORTS, FIN_REPEATS, FIRST_FINS, RSTS


def verdict(connection: Connection, told: Sequence[Step]) -> list[str]:
    """Sentences, the most telling first; those after the first may be left out."""
    match connection.ending:
        case "refused":
            return ["The server refused the connection: nobody listens on that port."]
        case "unanswered":
            count = sum("SYN" in s.lead for s in told)
            if connection.unreachable[0] is not None:
                reporter = connection.unreachable[0].reporter
                return [f"The client asked to open {times(count)}; {reporter} said: unreachable."]
            return [f"The client asked to open {times(count)}, and nobody answered."]
        case "orderly":
            return _orderly(connection, told)
        case "reset":
            return _reset(connection, told)
        case "replaced":
            return ["Not closed: a new connection took over the same addresses and ports."]
        case "unacknowledged":
            return [_unacknowledged(connection)]
        case "closing":
            return ["Both ends have closed.", "The last FIN was not acknowledged in this capture."]
        case "half-closed":
            return _half_closed(connection)
        case "stalled":
            return ["The connection stands still behind a closed receive window."]
        case "vanished":
            return _vanished(connection, told)
        case "open":
            return ["Still open: neither end has closed when the capture ends."]


def _first(connection: Connection, codes: frozenset[str], end: End) -> Event | None:
    return next((e for e in connection.events if e.code in codes and e.end == end), None)


def _unheard(connection: Connection) -> int:
    """Octets of both ends that were never acknowledged."""
    return sum(unacknowledged(connection, end) for end in ENDS)


def _closers(connection: Connection) -> tuple[End, End]:
    """Who closed first, and who later, where they did not do so at once."""
    first: End = "server" if connection.first_closer == "server" else "client"
    return first, other(first)


def _orderly(connection: Connection, told: Sequence[Step]) -> list[str]:
    lost = _unheard(connection)
    order = "Closed in order" + ("." if lost else ", no data lost.")
    first, later = _closers(connection)
    if connection.first_closer == "both":
        return ["Both ends closed at the same time and their FINs crossed.", "No data was lost."]
    if connection.final_ack == "lost":
        return [f"{order} The final ACK never reached the {later}, {_again(connection, later)}"]
    for end in (first, later):
        fin = connection.fin[ENDS.index(end)]
        if fin is not None and fin.retransmitted:
            return [order, f"The {end} had to send its FIN {times(fin.sent)}."]
    opener, closer = (_first(connection, FIRST_FINS, end) for end in (first, later))
    if opener is None or closer is None:
        return [order]
    gap = duration(closer.at - opener.at)
    if any(f.code == "half-close" for f in connection.findings):
        more = sum(
            s.segment.length for s in told if s.end == later and s.at > opener.at and not s.again
        )
        sent = f"sent {octets(more)} more and closed" if more else "closed"
        return [f"The {first} closed its side; the {later} {sent} {gap} later.", order]
    return [order, f"The {first} closed first, the {later} {gap} later."]


def _again(connection: Connection, later: End) -> str:
    fin = _first(connection, FIRST_FINS, later)
    repeat = _first(connection, FIN_REPEATS, later)
    if fin is None or repeat is None:
        return "so it sent its FIN again."
    return f"so it sent its FIN again {duration(repeat.at - fin.at)} later."


def _reset(connection: Connection, told: Sequence[Step]) -> list[str]:
    resets = [s for s in told if s.lead in RSTS and s.reset not in ("ignored", "not exact")]
    if connection.ended_by == "path":
        return ["A reset ended the connection, and most likely neither end had sent it."]
    if not resets:
        return ["A reset ended the connection."]
    if connection.packets == connection.rst_total:
        return ["Only resets were captured: what they ended, and why, is not known."]
    reset = resets[0]
    end, peer = reset.end, other(reset.end)
    harm = _harm(connection)
    codes = {finding.code for finding in connection.findings}
    if "half-open" in codes:
        return ["The server had no such connection, and answered the client with a reset.", *harm]
    if "accept-queue-full" in codes:
        return ["The server did not take the connection up, and gave up with a reset.", *harm]
    if reset.reset == "closed socket" and reset.answers is not None:
        closed = _first(connection, FIRST_FINS, end)
        size = reset.answers.length
        if closed is not None and size:
            gap = duration(reset.answers.at - closed.at)
            return [
                f"The {end} closed; {gap} later the {peer} still sent it {plural(size, 'byte')}.",
                "They were thrown away and answered with a reset.",
            ]
        met = f"answered the {peer}’s next segment with a reset"
        return [f"The {end} had closed, and {met}.", *harm]
    if reset.lead in ABORTS:
        return [_abort(connection, reset), *harm]
    return [f"The {end} reset the connection.", *harm]


def _harm(connection: Connection) -> list[str]:
    """What the reset cost; nothing where one direction only was captured, or findings say it."""
    lost = _unheard(connection)
    if lost:
        were = "was" if lost == 1 else "were"
        return [f"{plural(lost, 'byte')} {were} never seen acknowledged."]
    if any(event.code == "RST_ABORT_LOSS" for event in connection.events):
        return ["A request was never answered."]
    harmed = any(finding.severity == "error" for finding in connection.findings)
    return ["No data was lost."] if all(connection.packets) and not harmed else []


def _abort(connection: Connection, reset: Step) -> str:
    """What an end had done, or was told, before it reset a connection unprovoked."""
    end, peer = reset.end, other(reset.end)
    before = {
        (e.end, e.code) for e in connection.events if e.frame and e.frame < reset.segment.frame
    }
    fin = connection.fin[ENDS.index(end)]
    if fin is not None and any((end, code) in before for code in FIRST_FINS):
        if fin.acked is None and fin.retransmitted:
            return f"The {end} sent its FIN {times(fin.sent)}, heard nothing, and gave up by reset."
        return f"The {end} closed its side, and then reset the connection."
    if gave_up(connection, reset.segment):
        return f"The {peer} stopped answering, and the {end} gave up with a reset."
    if any((peer, code) in before for code in FIRST_FINS):
        return f"The {end} answered the {peer}’s FIN with a reset instead of closing."
    return f"The {end} aborted with a reset instead of closing."


def _unacknowledged(connection: Connection) -> str:
    for end, fin in zip(ENDS, connection.fin, strict=True):
        if fin is not None and fin.acked is None and fin.retransmitted:
            at = [e.at for e in connection.events if e.end == end and "FIN" in e.code]
            within = f" in {duration(at[-1] - at[0])}" if len(at) > 1 else ""
            return f"The {end} sent its FIN {times(fin.sent)}{within}; nobody acknowledged it."
    return "A FIN was never acknowledged."


def _half_closed(connection: Connection) -> list[str]:
    first, later = _closers(connection)
    if any(f.code == "half-close" for f in connection.findings):
        return [
            f"The {first} has closed its side, the {later} goes on.",
            "Half-closed when the capture ends.",
        ]
    fin = _first(connection, FIRST_FINS, first)
    state: State = connection.states[ENDS.index(later)]
    waited = duration(connection.capture_end - fin.at) if fin is not None else ""
    after = f"{waited} after the {first}’s FIN it still sits in {state} when the capture ends."
    return [f"The {later} has not closed: {after}"]


def _vanished(connection: Connection, told: Sequence[Step]) -> list[str]:
    first = next((i for i, s in enumerate(told) if s.fate == "lost"), len(told))
    tried = [s for s in told[first:] if s.end == told[first].end]
    if not tried:
        return ["One end stopped answering."]
    end = tried[0].end
    span = duration(tried[-1].at - tried[0].at)
    heard = f"{times(len(tried))} within {span}, and heard nothing."
    return [f"The {other(end)} stopped answering: the {end} sent {heard}"]
