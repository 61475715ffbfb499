"""``one-sided``: the capture holds only what one of the two ends sent."""

from __future__ import annotations

from collections.abc import Iterator

from pcapflow.findings.frames import endpoint, first_of, in_frame, telling
from pcapflow.findings.rule import Doc, Sign, Telling
from pcapflow.model import ENDS, End, Traffic, other
from pcapflow.tcp.story import Story
from pcapflow.tcp.timers import Settings

CODE = "one-sided"
LEVELS = "info · capture"
EVENTS = frozenset({"one-sided"})
DOC = Doc(
    title="Only one direction of the connection was captured.",
    on_the_wire="A ── data, FIN ... ──► B,  and nothing of B, though A acknowledges ever more of "
    "what B sends.",
    states="B's are derived from A's acknowledgements; that they are B's true ones is presumed.",
    harm="None to the connection. Whether B answered, acknowledged or closed is seen only in what "
    "A says of it: silence of B is no finding here, and what was lost cannot be told.",
    look_at="how the capture is made: a mirror port of one direction, a route that differs there "
    "and back (asymmetric routing, direct server return), a filter with 'src' or 'dst', two "
    "interfaces in a bond of which one was captured.",
    confused_with="a peer that is dead or cut off: then A repeats the same octets and its "
    "acknowledgement number stands still. fin-unanswered and syn-unanswered tell of that.",
    how_sure="certain where A acknowledges octets or a FIN that are not in the capture, or goes "
    "on after a SYN whose answer is not. Else possible: B may really have been silent.",
    source="RFC 9293 §3.4 (acknowledgements are cumulative)",
)

# What an end cannot say without having received something of the other.
_HEARD = frozenset({"ACK_UNSEEN", "ACK_OF_FIN", "HANDSHAKE_ACK"})


def look(story: Story, settings: Settings) -> Iterator[Sign]:
    """Whether one end's packets are missing, and what proves that there were some."""
    if "one-sided" not in story.marks:
        return
    proof = story.events.first(_HEARD)
    if proof is None and story.opening == "handshake":
        proof = story.events.first({"ACK"})  # after a SYN whose answer was not captured
    if proof is None:
        proof = story.events.first({"FIN_HINT"})
    if proof is None:
        yield Sign("capture", "info", "possible", ())
    else:
        yield Sign("capture", "info", "certain", (proof,))


def tell(connection: Traffic, sign: Sign, waited: int | None) -> Telling:
    """Whose packets are missing."""
    end: End = next((end for end, n in zip(ENDS, connection.packets, strict=True) if n), "client")
    me, them = endpoint(connection, end), endpoint(connection, other(end))
    message = f"Only packets of {me} were captured, none of {them}"
    if sign.events:
        proof = first_of(connection, sign.events[0])
        message += f", though the {end} heard of it{in_frame(proof)}"
        message += ": what it sent is known only from the acknowledgements."
    else:
        message += ": whether it was silent or not captured cannot be told from here."
    return telling(
        connection,
        sign,
        message,
        (
            "capture both directions: mirror rx and tx, no 'src' or 'dst' in the filter",
            f"if the routes differ, capture on {me.ip} or {them.ip} itself",
        ),
    )
