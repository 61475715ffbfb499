"""A connection as text, one packet a line: `TIME END FLAGS [field=number]... [word]...`."""

from typing import Literal, Unpack, cast

from tests.wire.connection import Wire
from tests.wire.fields import PacketFields, SegmentFields

NUMBERS = {"seq": "seq", "ack": "ack", "len": "data", "win": "window", "ttl": "ttl", "id": "ipid"}
ENDS = {"C > S": "C", "S > C": "S"}


def transcript(
    text: str,
    client: str = "10.0.0.5:51234",
    server: str = "10.0.0.9:8080",
    start: str = "2026-01-01T00:00:00Z",
    vantage: Literal["client", "between", "server"] = "between",
    client_isn: int = 1000,
    server_isn: int = 5000,
    timestamps: bool = True,
    **fields: Unpack[PacketFields],
) -> Wire:
    """The connection that `text` tells; sequence numbers that it does not say are kept by `Wire`.

    ::

        # seconds  who    flags     seq and ack are relative; len, win, ttl and id as on the wire
        0.000  C > S  SYN
        0.010  S > C  SYN ACK
        0.020  C > S  ACK
        0.021  C > S  PSH ACK  len=100
        0.500  S > C  FIN ACK  ack=101 lost
        0.900  S > C  again=5

    `again=5` sends the fifth packet again; `lost` was captured and never delivered, `uncaptured`
    the other way round. Blank lines and what follows `#` are skipped.
    """
    wire = Wire(
        client,
        server,
        start=start,
        vantage=vantage,
        client_isn=client_isn,
        server_isn=server_isn,
        timestamps=timestamps,
        **fields,
    )
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words:
            _send(wire, words)
    return wire


def _send(wire: Wire, words: list[str]) -> None:
    time, direction, rest = float(words[0]), " ".join(words[1:4]), words[4:]
    if direction not in ENDS:
        raise ValueError(f"expected 'C > S' or 'S > C' after the time, not {direction!r}")
    flags: list[str] = []
    how: dict[str, object] = {}
    for word in rest:
        name, equals, number = word.partition("=")
        if name == "again":
            how["again"] = wire.packets[int(number) - 1]
        elif equals:
            how[NUMBERS[name]] = int(number)
        elif word == "lost":
            how["lost"] = True
        elif word == "uncaptured":
            how["captured"] = False
        else:
            flags.append(word)
    wire.at_since_start(time)
    end = cast(Literal["C", "S"], ENDS[direction])
    wire.send(end, " ".join(flags), **cast(SegmentFields, how))
