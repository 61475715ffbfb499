"""What several demonstrations begin with."""

from __future__ import annotations

from pcapflow.model import CaptureInfo, Connection, Segment
from tests.scene.tape import Tape

Demo = tuple[Connection, list[Segment], CaptureInfo]


def requests(tape: Tape, at: float = 0.22, pairs: int = 2, step: float = 0.05) -> None:
    """Requests of 100 octets, replies of 300, each acknowledged."""
    for i in range(pairs):
        asked, told = 1 + 100 * i, 1 + 300 * i
        tape.send("client", at, "PSH, ACK", asked, told, 100, "DATA")
        tape.send("server", at + step, "PSH, ACK", told, asked + 100, 300, "DATA")
        tape.send("client", at + 2 * step, "ACK", asked + 100, told + 300, 0, "ACK")
        at += 3 * step


def client_closes(tape: Tape, at: float, ack: float) -> None:
    """The client's FIN after two requests, and the server's ACK of it."""
    tape.send(
        "client", at, "FIN, ACK", 201, 601, 0, "FIN", client="FIN_WAIT_1", server="CLOSE_WAIT"
    )
    tape.send("server", ack, "ACK", 601, 202, 0, "ACK_OF_FIN", client="FIN_WAIT_2")


def server_follows(tape: Tape, at: float) -> None:
    tape.send("server", at, "FIN, ACK", 601, 202, 0, "FIN", client="TIME_WAIT", server="LAST_ACK")
