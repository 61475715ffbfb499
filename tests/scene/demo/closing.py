"""Connections that close: in order, at once, half, with a FIN or its ACK lost."""

from __future__ import annotations

from tests.scene.demo.parts import Demo, client_closes, requests, server_follows
from tests.scene.tape import Tape


def orderly() -> Demo:
    """Both close; the capture ends with the last ACK."""
    tape = Tape()
    tape.handshake()
    requests(tape)
    client_closes(tape, 0.55, 0.61)
    server_follows(tape, 0.75)
    tape.send("client", 0.78, "ACK", 202, 602, 0, "ACK_OF_FIN", server="CLOSED?")
    return tape.cut("orderly", ended_by="client", first_closer="client", final_ack="seen")


def time_wait() -> Demo:
    """The server closes first; the capture runs on until its TIME_WAIT ends."""
    tape = Tape(vantage="server")
    tape.handshake()
    requests(tape)
    tape.send(
        "server", 5.1, "FIN, ACK", 601, 201, 0, "FIN", client="CLOSE_WAIT", server="FIN_WAIT_1"
    )
    tape.send(
        "client",
        5.3,
        "FIN, ACK",
        201,
        602,
        0,
        "ACK_OF_FIN FIN",
        client="LAST_ACK",
        server="TIME_WAIT",
    )
    tape.send("server", 5.33, "ACK", 602, 202, 0, "ACK_OF_FIN", client="CLOSED?")
    tape.timer("server", 60_005.3, "CLOSED")
    return tape.cut("orderly", 92_000, ended_by="server", first_closer="server", final_ack="seen")


def lost_final_ack() -> Demo:
    """The ACK of the last FIN is lost behind the capture point; TIME_WAIT repairs it."""
    tape = Tape()
    tape.handshake()
    requests(tape)
    client_closes(tape, 0.52, 47.57)
    server_follows(tape, 307.47)
    tape.send("client", 307.49, "ACK", 202, 602, 0, "ACK_OF_FIN")
    tape.send("server", 520.27, "FIN, ACK", 601, 202, 0, "FIN_AGAIN_LATE")
    tape.send("client", 520.3, "ACK", 202, 602, 0, "ACK_OF_FIN_AGAIN", server="CLOSED?")
    tape.find(
        "lost-final-ack",
        "info",
        "path",
        "likely",
        (13, 14),
        "Frame 13 acknowledges FIN B, yet FIN B comes again 212.8 ms later: over 1,000 round trips "
        "of 0.18 ms. The ACK was lost between the capture point and the server.",
        "Nothing, if it is rare. If it is not: look for loss on the path from the client to the "
        "server, and for a firewall that forgets closed connections.",
    )
    tape.find(
        "fin-retransmit",
        "info",
        "server",
        "certain",
        (12, 14),
        "FIN B was sent twice, and had to be. The client answered it at once from TIME_WAIT: that "
        "is what TIME_WAIT is for. Nothing to fix.",
    )
    return tape.cut("orderly", ended_by="client", first_closer="client", final_ack="lost")


def lost_fin() -> Demo:
    """The client's FIN has to be sent three times."""
    tape = Tape()
    tape.handshake()
    requests(tape)
    tape.send("client", 1.1, "FIN, ACK", 201, 601, 0, "FIN", client="FIN_WAIT_1")
    tape.send("client", 205.2, "FIN, ACK", 201, 601, 0, "FIN_AGAIN")
    tape.send("client", 621.2, "FIN, ACK", 201, 601, 0, "FIN_AGAIN", server="CLOSE_WAIT")
    tape.send("server", 621.4, "ACK", 601, 202, 0, "ACK_OF_FIN", client="FIN_WAIT_2")
    server_follows(tape, 671.8)
    tape.send("client", 671.85, "ACK", 202, 602, 0, "ACK_OF_FIN", server="CLOSED?")
    tape.find(
        "fin-retransmit",
        "info",
        "client",
        "certain",
        (10, 11, 12),
        "FIN A was sent 3 times, 204.1 ms and 416.0 ms apart, and no ACK came in between: the FIN "
        "or its ACK was lost twice.",
        "Look for loss on the path between the capture point and the server.",
    )
    return tape.cut("orderly", ended_by="client", first_closer="client", final_ack="seen", rtt=None)


def simultaneous_close() -> Demo:
    """The FINs cross."""
    tape = Tape(vantage="between")
    tape.handshake(20)
    requests(tape, 21, 2, 10)
    tape.send("server", 150, "FIN, ACK", 601, 201, 0, "FIN", server="FIN_WAIT_1")
    tape.send(
        "client",
        151,
        "FIN, ACK",
        201,
        601,
        0,
        "FIN_CROSSING",
        client="FIN_WAIT_1",
    )
    tape.turn("client", "CLOSING", 10)
    tape.turn("server", "CLOSING", 11)
    tape.send("client", 171, "ACK", 202, 602, 0, "ACK_OF_FIN", server="TIME_WAIT?")
    tape.send("server", 172, "ACK", 602, 202, 0, "ACK_OF_FIN", client="TIME_WAIT?")
    tape.find(
        "simultaneous-close",
        "info",
        "path",
        "certain",
        (10, 11),
        "Both ends sent a FIN before they had read the other’s: they crossed on the way. Legal, "
        "and both ends keep TIME_WAIT.",
    )
    return tape.cut("orderly", first_closer="both", final_ack="seen", rtt=20.0)


def half_close() -> Demo:
    """The client closes its side, the server sends for two seconds more, then closes."""
    tape = Tape()
    tape.handshake()
    tape.send("client", 0.5, "PSH, ACK", 1, 1, 120, "DATA")
    tape.send(
        "client", 0.52, "FIN, ACK", 121, 1, 0, "FIN", client="FIN_WAIT_1", server="CLOSE_WAIT"
    )
    tape.send("server", 0.7, "ACK", 1, 122, 0, "ACK_OF_FIN", client="FIN_WAIT_2")
    seq = 1
    for i in range(24):
        tape.send("server", 40 + 80 * i, "PSH, ACK", seq, 122, 1448, "DATA")
        seq += 1448
        tape.send("client", 40.1 + 80 * i, "ACK", 122, seq, 0, "ACK")
    tape.send("server", 1992, "FIN, ACK", seq, 122, 0, "FIN", client="TIME_WAIT", server="LAST_ACK")
    tape.send("client", 1992.1, "ACK", 122, seq + 1, 0, "ACK_OF_FIN", server="CLOSED?")
    tape.find(
        "half-close",
        "info",
        "client",
        "certain",
        (5, 6),
        "The client closed its side and the server went on sending 34,752 bytes for 1.99 s: a "
        "half-close, legal and used by design.",
    )
    return tape.cut("orderly", ended_by="client", first_closer="client", final_ack="seen")


def half_open() -> Demo:
    """Half-closed with data still flowing when the capture ends."""
    tape = Tape(vantage="unknown")
    tape.handshake()
    tape.send("client", 0.5, "PSH, ACK", 1, 1, 120, "DATA")
    tape.send(
        "client", 0.52, "FIN, ACK", 121, 1, 0, "FIN", client="FIN_WAIT_1", server="CLOSE_WAIT"
    )
    tape.send("server", 0.7, "PSH, ACK", 1, 122, 900, "ACK_OF_FIN DATA", client="FIN_WAIT_2")
    tape.send("client", 0.72, "ACK", 122, 901, 0, "ACK")
    tape.send("server", 90.7, "PSH, ACK", 901, 122, 900, "DATA")
    tape.send("client", 90.72, "ACK", 122, 1801, 0, "ACK")
    tape.find(
        "half-close",
        "info",
        "client",
        "certain",
        (5,),
        "The client closed its side; the server is still sending.",
    )
    return tape.cut("half-closed", first_closer="client", conn_state="S2")
