"""Connections that an end leaves open, or of which the capture has no end or beginning."""

from __future__ import annotations

from pcapflow.model import Endpoint
from tests.scene.demo.parts import Demo, requests
from tests.scene.tape import Tape


def _leak(idle_ms: float, severity: bool) -> Demo:
    tape = Tape(Endpoint("10.77.67.1", 40006), Endpoint("10.77.67.2", 8080))
    tape.handshake(0.05)
    tape.send("client", 6.77, "PSH, ACK", 1, 1, 27, "DATA")
    tape.send("server", 6.8, "ACK", 1, 28, 0, "ACK")
    tape.send("server", 6.85, "PSH, ACK", 1, 28, 64, "DATA")
    tape.send("client", 6.87, "ACK", 28, 65, 0, "ACK")
    tape.send(
        "server", 519.68, "FIN, ACK", 65, 28, 0, "FIN", client="CLOSE_WAIT", server="FIN_WAIT_1"
    )
    tape.send("client", 567.12, "ACK", 28, 66, 0, "ACK_OF_FIN", server="FIN_WAIT_2?")
    waited = f"{idle_ms / 1000:.1f} s"
    tape.find(
        "close-wait-leak",
        "warning" if severity else "info",
        "client",
        "likely",
        (8, 9),
        f"10.77.67.1:40006 acknowledged the server’s FIN with frame 9 and has not closed for "
        f"{waited}, while owing nothing; most likely its application never called close().",
        "On 10.77.67.1: ss -tnp state close-wait dst 10.77.67.2 names the process that holds it. "
        "Look for a connection that is dropped or returned to a pool without close().",
    )
    return tape.cut("half-closed", 567.12 + idle_ms, first_closer="server", conn_state="S3")


def close_wait_leak() -> Demo:
    """CLOSE_WAIT for 5.5 s when the capture ends."""
    return _leak(5_460, False)


def close_wait_leak_long() -> Demo:
    """CLOSE_WAIT for 66.8 s when the capture ends."""
    return _leak(66_800, True)


def fin_unanswered() -> Demo:
    """A FIN seven times, doubling its distance, never acknowledged."""
    tape = Tape()
    tape.handshake()
    requests(tape)
    tape.send("client", 1.1, "FIN, ACK", 201, 601, 0, "FIN", client="FIN_WAIT_1")
    at = 1.1
    for i in range(6):
        at += 206 * 2**i
        tape.send("client", at, "FIN, ACK", 201, 601, 0, "FIN_AGAIN")
    tape.find(
        "fin-unanswered",
        "error",
        "client",
        "certain",
        tuple(range(10, 17)),
        "The client’s FIN was sent 7 times within 13.0 s and never acknowledged; the server or the "
        "path to it is gone.",
        "Look whether 10.77.13.2 is up, and whether a firewall dropped the connection.",
    )
    return tape.cut(
        "unacknowledged", at + 900, first_closer="client", final_ack="missing", conn_state="S2"
    )


def fin_flood() -> Demo:
    """The same for so long that the repeats fold."""
    tape = Tape()
    tape.handshake()
    requests(tape)
    tape.send("client", 1.1, "FIN, ACK", 201, 601, 0, "FIN", client="FIN_WAIT_1")
    for i in range(14):
        tape.send("client", 300 + 120_000 * i, "FIN, ACK", 201, 601, 0, "FIN_AGAIN")
    tape.find(
        "fin-unanswered",
        "error",
        "client",
        "certain",
        tuple(range(10, 25)),
        "The client’s FIN was sent 15 times within 26 min and never acknowledged.",
    )
    return tape.cut(
        "unacknowledged", 1_800_000, first_closer="client", final_ack="missing", conn_state="S2"
    )


def mid_stream() -> Demo:
    """The capture starts in the middle; capture duplicates are left out."""
    tape = Tape(opening="mid-stream", vantage="unknown", states=("ESTABLISHED", "ESTABLISHED"))
    seq = 1
    for i in range(6):
        tape.send("client", 30 * i, "PSH, ACK", seq, 1, 100, "DATA")
        tape.send("client", 30 * i + 0.01, "PSH, ACK", seq, 1, 100, "DATA", duplicate=True)
        seq += 100
        tape.send("server", 30 * i + 8, "ACK", 1, seq, 0, "ACK")
    tape.send("client", 400, "FIN, ACK", seq, 1, 0, "FIN", client="FIN_WAIT_1", server="CLOSE_WAIT")
    tape.send(
        "server",
        408,
        "FIN, ACK",
        1,
        seq + 1,
        0,
        "ACK_OF_FIN FIN",
        client="TIME_WAIT",
        server="LAST_ACK",
    )
    tape.send("client", 408.1, "ACK", seq + 1, 2, 0, "ACK_OF_FIN", server="CLOSED?")
    tape.find(
        "duplicate-frames",
        "info",
        "capture",
        "certain",
        (2, 5, 8),
        "6 packets were captured twice, as on a mirror port or the interface any.",
        "Capture on one interface only.",
    )
    return tape.cut("orderly", ended_by="client", first_closer="client", final_ack="seen", rtt=None)


def still_open() -> Demo:
    """Picked up in the middle, with one end's state unknown, and open to the end."""
    tape = Tape(opening="mid-stream", vantage="unknown", states=("ESTABLISHED", "UNKNOWN"))
    tape.send("client", 0, "PSH, ACK", 1, 1, 100, "DATA")
    tape.send("client", 900, "PSH, ACK", 101, 1, 100, "DATA")
    tape.send("client", 2900, "PSH, ACK", 201, 1, 100, "DATA")
    return tape.cut("open", conn_state="OTH", rtt=None)


def vanished() -> Demo:
    """Data sent again and again; the server is gone."""
    tape = Tape()
    tape.handshake()
    requests(tape)
    tape.send("client", 1000, "PSH, ACK", 201, 601, 80, "DATA")
    at = 1000.0
    for i in range(5):
        at += 210 * 2**i
        codes = "DATA_AGAIN UNANSWERED" if i == 2 else "DATA_AGAIN"
        tape.send("client", at, "PSH, ACK", 201, 601, 80, codes)
    tape.find(
        "peer-vanished",
        "error",
        "server",
        "likely",
        (10, 13),
        "80 bytes were sent 6 times within 6.5 s, and the server never answered.",
        "Look whether 10.77.13.2 is up, and at the path to it.",
    )
    return tape.cut("vanished", at + 200, unacknowledged=(80, 0), conn_state="S1")
