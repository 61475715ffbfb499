"""Connections that are reset, refused or never answered."""

from __future__ import annotations

from pcapflow.model import Endpoint
from tests.scene.demo.parts import Demo, client_closes, requests
from tests.scene.tape import Tape


def abort() -> Demo:
    """A live socket is aborted with data unacknowledged."""
    tape = Tape(vantage="server")
    tape.handshake()
    requests(tape)
    tape.send("server", 12.0, "PSH, ACK", 601, 201, 1200, "DATA")
    tape.send(
        "client",
        14.2,
        "RST, ACK",
        201,
        601,
        0,
        "RST_ABORT_LOSS",
        client="CLOSED",
        server="CLOSED?",
    )
    tape.find(
        "reset-abort",
        "error",
        "client",
        "certain",
        (11,),
        "The client aborted the connection with a reset while 1,200 bytes of the server were "
        "unacknowledged.",
        "Find out why the client’s program closes with data unread or with SO_LINGER 0.",
    )
    return tape.cut("reset", 3000, ended_by="client", unacknowledged=(0, 1200), conn_state="RSTO")


def closed_socket() -> Demo:
    """Data meets an end that has closed, and draws a reset."""
    tape = Tape(Endpoint("10.77.25.1", 40001), Endpoint("10.77.25.2", 8080))
    tape.handshake(0.38)
    requests(tape, 0.9, 2, 1.7)
    client_closes(tape, 11.72, 56.06)
    tape.send("server", 62.24, "PSH, ACK", 601, 202, 50, "DATA")
    tape.send("client", 62.27, "RST", 202, None, 0, "RST_REPLY", client="CLOSED", server="CLOSED?")
    tape.find(
        "data-after-close",
        "error",
        "server",
        "certain",
        (12, 13),
        "The server had acknowledged the client’s FIN, then wrote 50 bytes that nobody ever "
        "acknowledged. Read until end-of-file before reusing a connection.",
        "On the server: treat a read of 0 bytes as the end of the connection, before writing.",
    )
    tape.find(
        "reset-closed-socket",
        "info",
        "client",
        "certain",
        (12, 13),
        "A reply, not an abort: 0.03 ms after frame 12 and with its ACK number. The client’s "
        "application had closed, so its kernel refused the data.",
    )
    return tape.cut(
        "reset",
        ended_by="client",
        first_closer="client",
        final_ack=None,
        unacknowledged=(0, 50),
        conn_state="RSTO",
    )


def refused() -> Demo:
    """Nobody listens."""
    tape = Tape(opening="refused")
    tape.send("client", 0, "SYN", 0, None, codes="SYN", client="SYN_SENT")
    tape.send("server", 0.13, "RST, ACK", 0, 1, 0, "RST_REFUSED", client="CLOSED", server="CLOSED")
    tape.find(
        "connection-refused",
        "warning",
        "server",
        "certain",
        (2,),
        "10.77.13.2 answered the SYN with a reset: nothing listens on port 8080.",
        "On 10.77.13.2: ss -tnl sport = :8080 shows whether the service runs.",
    )
    return tape.cut("refused", ended_by="server", conn_state="REJ")


def unanswered() -> Demo:
    """SYN after SYN, and nothing comes back."""
    tape = Tape(opening="syn-only")
    tape.send("client", 0, "SYN", 0, None, codes="SYN", client="SYN_SENT")
    for ms in (1031, 3079, 7111):
        tape.send("client", ms, "SYN", 0, None, codes="SYN_AGAIN")
    return tape.cut("unanswered", 9000, conn_state="S0", rtt=None)


def ignored_resets() -> Demo:
    """Resets that do nothing, and one by someone between."""
    tape = Tape(vantage="client")
    tape.handshake(12)
    requests(tape, 14, 2, 12)
    tape.send("server", 120, "RST", 90601, None, 0, "RST_OUTSIDE")
    tape.send("server", 150, "RST", 650, None, 0, "RST_IN_WINDOW")
    tape.send("client", 150.1, "ACK", 201, 601, 0, "CHALLENGE_ACK")
    tape.send("server", 300, "RST", 601, None, 0, "RST_ABORT", client="CLOSED?", server="CLOSED?")
    tape.find(
        "reset-injected",
        "error",
        "path",
        "likely",
        (13,),
        "The reset’s TTL and its missing timestamps do not fit the server.",
        "Look for a firewall or an intrusion prevention system on the path.",
    )
    return tape.cut("reset", ended_by="path", conn_state="RSTR", rtt=12.0)
