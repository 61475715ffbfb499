"""From a sign to what can be looked up: events, frames and Wireshark display filters."""

from __future__ import annotations

from collections.abc import Iterable

from pcapflow.findings.rule import Sign, Telling, repeats
from pcapflow.findings.stories import number
from pcapflow.model import End, Endpoint, Event, Traffic
from pcapflow.tcp.codes import FINS

FILTER_FRAMES = 64
"""Most frames that one display filter names; of more, the first and the last half."""


def endpoint(connection: Traffic, end: End) -> Endpoint:
    """The address and port of an end."""
    return connection.server if number(end) else connection.client


def events_of(connection: Traffic, index: int) -> tuple[Event, ...]:
    """What event number ``index`` of the story is in this connection: its run, never empty."""
    run = repeats(connection, index)
    if not run:
        raise LookupError(f"connection {connection.id} has no event {index} of its story")
    return run


def first_of(connection: Traffic, index: int) -> Event:
    """The first of a run of repeats."""
    return events_of(connection, index)[0]


def fins_of(connection: Traffic, end: End) -> tuple[Event, ...]:
    """All transmissions of the FIN of ``end``, in order."""
    return tuple(e for e in connection.events if e.end == end and e.code in FINS)


def fins_sent(connection: Traffic, end: End) -> int:
    """How often ``end`` sent its FIN; of very long connections not every event is kept."""
    fin = connection.fin[number(end)]
    return len(fins_of(connection, end)) if fin is None else fin.sent


def unacknowledged(connection: Traffic, end: End) -> int:
    """Octets of ``end`` that were never acknowledged; its FIN, if it is among them, not counted."""
    fin = connection.fin[number(end)]
    waiting = connection.unacknowledged[number(end)]
    return max(0, waiting - (1 if fin is not None and fin.acked is None else 0))


def in_frame(event: Event) -> str:
    """``(frame 12)``, or nothing for an event that no segment made."""
    return "" if event.frame is None else f" (frame {event.frame})"


def telling(connection: Traffic, sign: Sign, message: str, advice: Iterable[str]) -> Telling:
    """The words with the frames and filter of the sign's events; ``advice`` is one step a line."""
    runs = [repeats(connection, index) for index in sign.events]
    frames = sorted({event.frame for run in runs for event in run if event.frame is not None})
    filtered = display_filter(connection, frames)
    return Telling(message, "\n".join(advice), filtered, tuple(frames))


def display_filter(connection: Traffic, frames: Iterable[int] = ()) -> str:
    """A display filter for the connection, narrowed to ``frames`` where there are any."""
    client, server = connection.client, connection.server
    field = "ipv6.addr" if ":" in client.ip else "ip.addr"
    told = f"{field} == {client.ip}"
    if server.ip != client.ip:
        told += f" && {field} == {server.ip}"
    told += f" && tcp.port == {client.port}"
    if server.port != client.port:
        told += f" && tcp.port == {server.port}"
    wanted = ends_of(tuple(frames), FILTER_FRAMES)
    if len(wanted) == 1:
        told += f" && frame.number == {wanted[0]}"
    elif wanted:
        told += f" && frame.number in {{{', '.join(map(str, wanted))}}}"
    return told


def ends_of(frames: tuple[int, ...], limit: int) -> tuple[int, ...]:
    """The first and the last half of ``limit`` frames where there are more."""
    if len(frames) <= limit:
        return frames
    return frames[: limit // 2] + frames[-(limit // 2) :]
