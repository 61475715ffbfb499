"""One connection's packets as a small capture, and what was told of it in that capture's frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pcapflow.findings import catalogue
from pcapflow.findings.catalogue import Signs
from pcapflow.live.ring import Packet
from pcapflow.model import Connection, Event, Fin, other
from pcapflow.values import replace

MOST = 4096
"""Packets of a connection that are saved: of more, the first eighth and the last."""

_FIRST = MOST // 8

_MEANINGS: Mapping[str, str] = {
    "SYN": "SYN of the {end}",
    "SYN_DATA": "SYN of the {end}, with data (Fast Open)",
    "SYN_AGAIN": "SYN of the {end} again",
    "CROSSED_SYN": "SYN of the {end}: both opened at once",
    "SYN_ACK": "SYN-ACK of the {end}",
    "SYN_ACK_AGAIN": "SYN-ACK of the {end} again",
    "HANDSHAKE_ACK": "the {end} completes the handshake",
    "ZERO_WINDOW": "the {end} closes its receive window",
    "WINDOW_OPENED": "the {end} opens its receive window",
    "UNANSWERED": "third time in a row that nothing answers the {end}",
    "ANSWERED": "the {end} speaks again",
    "FIN": "FIN of the {end}, the first",
    "FIN_CROSSING": "FIN of the {end}, the first; it had not read the {peer}'s",
    "FIN_EARLY": "FIN of the {end}, the first; octets before it are missing",
    "FIN_EARLY_CROSSING": "FIN of the {end}, the first; octets before it are missing, and it had "
    "not read the {peer}'s",
    "HOLE_FILLED": "fills the hole before the FIN of the {end}",
    "FIN_AGAIN": "FIN of the {end} again; no ACK of it was captured yet",
    "FIN_AGAIN_LATE": "FIN of the {end} again, though an ACK of it was captured: that was lost",
    "FIN_AGAIN_CROSSED": "FIN of the {end} again; it crossed its ACK",
    "FIN_AGAIN_NEW_ACK": "FIN of the {end} again, with another ACK number",
    "ACK_OF_FIN": "ACK of the {peer}'s FIN",
    "ACK_OF_FIN_EARLIER": "ACK of the {peer}'s FIN, of an earlier transmission",
    "ACK_OF_FIN_AGAIN": "ACK of the {peer}'s FIN again",
    "ACK_OF_FIN_DSACK": "ACK of the {peer}'s FIN again: the repeat was not needed (D-SACK)",
    "FIN_HINT": "may acknowledge a FIN of the {peer} that was not captured",
    "RST_REFUSED": "RST of the {end}: refused",
    "RST_REPLY": "RST of the {end}, in reply: its socket is closed",
    "RST_AT_FIN": "RST of the {end}, in reply, with the number of its FIN",
    "RST_ABORT": "RST of the {end}: abort",
    "RST_ABORT_LOSS": "RST of the {end}: abort, with octets or a reply outstanding",
    "RST_IN_WINDOW": "RST of the {end}, not exact: draws a challenge ACK",
    "RST_OUTSIDE": "RST of the {end}, outside the window: ignored",
    "RST_OF_CHALLENGE": "RST of the {end}, in reply to a challenge ACK",
    "RST_ODD": "one mark of this RST does not fit the {end}",
    "RST_FOREIGN": "this RST does not come from the {end}",
    "RST_DISOWNED": "the {end} speaks on: the RST was not its own",
    "REUSE": "SYN of the {end}: a new connection takes the ports over",
    "CHALLENGE_ACK": "challenge ACK of the {end}",
    "LIVES_ON": "the {end} speaks on after a RST",
    "UNREACHABLE": "ICMP error: a segment of the {end} could not be delivered",
}
"""What an event is, to somebody who looks at its packet; plain traffic needs no words."""


def chosen(packets: Iterable[Packet]) -> list[Packet]:
    """Of very many packets the first and the last, as many as anybody will look at."""
    found = list(packets)
    return found if len(found) <= MOST else found[:_FIRST] + found[_FIRST - MOST :]


def told_in(connection: Connection, frames: Mapping[int, int], signs: Signs) -> Connection:
    """The connection with its frames' numbers in another capture, in all findings' words as well.

    A frame that is not there has no number any more, as a timer has none.
    """

    def known(numbers: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(frames[number] for number in numbers if number in frames)

    def moved(fin: Fin | None) -> Fin | None:
        if fin is None:
            return None
        acked = None if fin.acked is None else frames.get(fin.acked)
        return replace(fin, acked=acked, frames=known(fin.frames))

    client, server = connection.fin
    elsewhere = replace(
        connection,
        fin=(moved(client), moved(server)),
        rst=(known(connection.rst[0]), known(connection.rst[1])),
        transitions=tuple(
            replace(step, frame=frames.get(step.frame or 0)) for step in connection.transitions
        ),
        events=tuple(
            replace(event, frame=frames.get(event.frame or 0)) for event in connection.events
        ),
    )
    return replace(elsewhere, findings=catalogue.findings(elsewhere, signs))


def comments(connection: Connection, packets: Sequence[Packet]) -> dict[int, str]:
    """By frame of the watch, what Wireshark is to show at each packet.

    ``connection`` is told in the frames of the capture that the packets will be.
    """
    lines: dict[int, list[str]] = {}
    for event in connection.events:
        if event.frame is not None and event.code in _MEANINGS:
            lines.setdefault(event.frame, []).append(_meaning(event))
    for finding in connection.findings:
        for frame in finding.frames:
            told = f"{finding.code} ({finding.severity}): {finding.message}"
            lines.setdefault(frame, []).append(told)
    return {
        packet.frame: "\n".join([*lines.get(number, ()), f"frame {packet.frame} of the watch"])
        for number, packet in enumerate(packets, 1)
    }


def _meaning(event: Event) -> str:
    return _MEANINGS[event.code].format(end=event.end, peer=other(event.end))
