"""What makes a picture stand alone: header facts, how to read it, what it cannot show, source."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pcapflow.findings.frames import unacknowledged
from pcapflow.findings.words import duration, plural
from pcapflow.model import ENDS, RANKS, CaptureInfo, Connection, Finding, Severity, other
from pcapflow.scene.items import Item, Run
from pcapflow.scene.steps import Step
from pcapflow.scene.view import Clock
from pcapflow.scene.words import MS, US, joined, lasting, octets
from pcapflow.tcp.codes import FIN_REPEATS
from pcapflow.values import Record


class Fact(Record):
    """A key and its value, for the header."""

    key: str
    value: str


def gravest(connection: Connection) -> Finding | None:
    """The gravest finding, of several the first."""
    return min(connection.findings, key=lambda f: RANKS[f.severity], default=None)


def worst(connection: Connection) -> Severity | None:
    """The severity of the gravest finding."""
    found = gravest(connection)
    return found.severity if found is not None else None


def kicker(connection: Connection) -> str:
    """Which connection this is."""
    return f"connection {connection.id:,}  ·  service {connection.server}"


def header(connection: Connection, clock: Clock) -> tuple[list[Fact], list[Fact]]:
    """Who and when; how it ended."""
    ending = (
        connection.ending.replace("-", " ")
        if connection.ending != "half-closed"
        else (connection.ending)
    )
    if connection.ending == "reset" and connection.ended_by:
        ending += (
            f", by the {connection.ended_by}"
            if connection.ended_by in ENDS
            else (", from neither end")
        )
    facts = [Fact("closed first", connection.first_closer or "nobody"), Fact("ending", ending)]
    if connection.ending == "half-closed" and connection.first_closer in ENDS:
        facts.append(Fact("waiting for", f"the {other(connection.first_closer)}’s FIN"))
    if connection.final_ack is not None:
        facts.append(Fact("final ACK", connection.final_ack))
    lost = [
        f"{octets(count)} of the {end}"
        for end in ENDS
        if (count := unacknowledged(connection, end))
    ]
    if lost:
        facts.append(Fact("unacknowledged", ", ".join(lost)))
    count = sum(connection.packets)
    took = f" in {lasting(connection.last - connection.first)}" if count > 1 else ""
    silence = connection.capture_end - connection.last
    then = ", then silence" if silence > max(1000 * MS, connection.last - connection.first) else ""
    facts.append(Fact("segments", f"{count:,}{took}{then}"))
    facts.append(Fact("Zeek", connection.conn_state))
    who = [
        Fact("client", str(connection.client)),
        Fact("server", str(connection.server)),
        Fact("start", clock.moment(connection.first)),
    ]
    return (
        [Fact(f.key, joined(f.value)) for f in who],
        [Fact(f.key, joined(f.value)) for f in facts],
    )


def reading(connection: Connection, items: Sequence[Item], modes: Collection[str]) -> str:
    """How to read what this picture uses."""
    steps = [item for item in items if isinstance(item, Step)]
    said = ["Time runs down."]
    if "cut" in modes:
        said = ["Time runs down; long silences are cut out and say how long they were."]
    elif "even" in modes:
        said = ["Time runs down, in even steps: how long each took, the times at the left say."]
    said.append("The coloured bands are what netstat would print on each host, and for how long.")
    if "CLOSE_WAIT" in connection.states:
        said.append("CLOSE_WAIT: the other end has closed, this program has not.")
    elif any(s.letter for s in steps):
        said.append("A boxed letter ties a FIN to the ACK that covers it.")
    if any(s.reset for s in steps):
        said.append("A double red line is a reset; its tag says of which kind.")
    return " ".join(said)


def cannot_show(connection: Connection, items: Sequence[Item], info: CaptureInfo) -> str:
    """What a reader might take from the picture and must not."""
    said: list[str] = []
    for end, state in zip(ENDS, connection.states, strict=True):
        if state == "CLOSE_WAIT":
            said.append(
                f"Whether the {end}’s program called close() while another descriptor holds the "
                "socket, or never called it."
            )
        if state == "FIN_WAIT_2":
            said.append(
                f"Whether the {end} still keeps FIN_WAIT_2: its kernel may drop it unseen "
                "(Linux: after 60 s)."
            )
    said += _last_arrival(connection, items)
    said += _loss(connection, items)
    if connection.ending == "reset" and connection.ended_by in ENDS:
        said.append(f"What the {other(connection.ended_by)}’s program was told of the reset.")
    if connection.opening == "mid-stream":
        said.append("How it began: the capture starts in the middle.")
    if info.truncated is not None:
        said.append("What came after the point where the file is cut.")
    if connection.duplicates:
        count = plural(connection.duplicates, "capture duplicate")
        said.append(f"Not drawn: {count} (the same packet captured twice).")
    if info.drops:
        said.append(f"{plural(info.drops, 'packet')} that the capturing kernel dropped.")
    return joined(" ".join(said))


def one_way(connection: Connection) -> str:
    """The estimated one-way delay, which no slant shows."""
    if connection.rtt is None or connection.rtt < 2 * US:  # no clock of a capture is so fine
        return ""
    return joined(f"One way takes about {duration(connection.rtt // 2)}.")


def _last_arrival(connection: Connection, items: Sequence[Item]) -> list[str]:
    last = [item for item in items if isinstance(item, Step)][-1:]
    if not last or isinstance(items[-1], Run) or last[0].fate != "arrived":
        return []
    frame = last[0].segment.frame
    if connection.capture_end - connection.last > 1000 * MS:
        return []
    return [f"Whether frame {frame} arrived: nothing follows it."]


def _loss(connection: Connection, items: Sequence[Item]) -> list[str]:
    lost = any(isinstance(item, Step) and item.fate == "lost" for item in items)
    where = {
        "client": "Captured close to the client",
        "server": "Captured close to the server",
        "between": "Captured between the ends",
    }.get(connection.vantage)
    if lost:
        at = f"{where}, so" if where else "From one capture"
        return [f"{at} the loss itself is inferred."]
    repeated = any(e.code in FIN_REPEATS for e in connection.events)
    if where is None and repeated:
        return ["Where on the path it was captured."]
    return []


def source(connection: Connection, info: CaptureInfo, version: str, clock: Clock) -> list[str]:
    """File, digest, counts and version, in parts."""
    names = [name.replace("\\", "/").rsplit("/", 1)[-1] for name in info.files]
    name = names[0] if names else "-"
    if len(names) > 1:
        name += f" and {len(names) - 1} more"
    digest = next(iter(info.sha256), None)
    skipped = sum(info.skipped.values())
    zone = clock.zone_at(connection.first)
    parts = [
        joined(name),
        *([f"sha256 {digest[:8]}"] if digest else []),  # None where nobody asked for it
        f"{plural(info.packets, 'packet')} read, {skipped:,} skipped",
        f"times {zone}" + ("" if zone == "UTC" or not connection.findings else ", in findings UTC"),
        f"pcapflow {version}",
    ]
    if connection.community_id:  # there is none under other names
        parts.append(f"community id {connection.community_id}")
    return parts
