"""How connections of one shape ended, in a few words: nothing that differs between them."""

from __future__ import annotations

from pcapflow.model import ENDS, Connection, End, other


def ending(connection: Connection) -> str:
    """How connections without a finding ended, in a few words."""
    how, first = connection.ending, connection.first_closer
    if how == "open":
        return "still open"
    if how == "orderly":
        return "orderly, both at once" if first == "both" else f"orderly, {first} first"
    if how == "reset" and connection.ended_by in ENDS:
        return f"reset by the {connection.ended_by}"
    return how


def course(connection: Connection) -> str:
    """What happened to all connections of a shape."""
    first: End = "server" if connection.first_closer == "server" else "client"
    match connection.ending:
        case "refused":
            return "Nobody listens on that port"
        case "unanswered":
            return "Nothing answered the SYN"
        case "orderly" if connection.final_ack == "lost":
            return f"The {first} closed first; the last ACK was lost and sent again"
        case "orderly" if connection.first_closer == "both":
            return "Both ends closed at the same time"
        case "orderly":
            return f"The {first} closed first, then the {other(first)}"
        case "reset" if connection.ended_by == "path":
            return "A reset that most likely neither end sent"
        case "reset":
            return _reset(connection)
        case "replaced":
            return "A new connection took over the same ports"
        case "unacknowledged":
            return "A FIN was sent again and never acknowledged"
        case "closing":
            return "A FIN without an ACK when the capture ends"
        case "half-closed":
            return f"The {first} closed, the {other(first)} has not"
        case "stalled":
            return "It stands still behind a closed window"
        case "vanished":
            return "One end stopped answering"
        case "open":
            return "Nobody has closed when the capture ends"


def _reset(connection: Connection) -> str:
    """Who ended it, and who had closed before."""
    if connection.ended_by not in ENDS:
        return "A reset ended it"
    if connection.first_closer in ENDS:
        if connection.first_closer == connection.ended_by:
            return f"The {connection.ended_by} had closed and then reset it"
        return f"The {connection.first_closer} closed; the {connection.ended_by} reset it"
    return f"The {connection.ended_by} reset it"
