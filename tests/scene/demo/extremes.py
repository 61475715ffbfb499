"""Long addresses, long tales, everything at once, almost nothing."""

from __future__ import annotations

from pcapflow.model import End, Endpoint
from tests.scene.demo.parts import Demo
from tests.scene.tape import Tape


def ipv6() -> Demo:
    """Long addresses, large sequence numbers, a long finding."""
    tape = Tape(
        Endpoint("2001:db8:85a3:8d3:1319:8a2e:370:7348", 54321),
        Endpoint("2001:db8:ffff:ffff:ffff:ffff:ffff:fffe", 65535),
        vantage="server",
    )
    tape.frame = 1_234_560
    tape.handshake(31)
    big = 4_000_000_001
    tape.send("client", 40, "PSH, ACK", 1, 1, 1_448, "DATA")
    tape.send("server", 50, "ACK", 1, 3_999_998_553, 0, "ACK")
    tape.send(
        "client",
        3_600_000,
        "FIN, PSH, ACK",
        big,
        big,
        1_448,
        "FIN",
        client="FIN_WAIT_1",
        server="CLOSE_WAIT",
    )
    tape.send(
        "server",
        3_600_031,
        "FIN, ACK",
        big,
        big + 1449,
        0,
        "ACK_OF_FIN FIN",
        client="TIME_WAIT",
        server="LAST_ACK",
    )
    tape.send("client", 3_600_062, "ACK", big + 1449, big + 1, 0, "ACK_OF_FIN", server="CLOSED?")
    tape.find(
        "slow-close",
        "warning",
        "client",
        "certain",
        (1_234_566,),
        "[2001:db8:85a3:8d3:1319:8a2e:370:7348]:54321 closed an hour after the last octet that "
        "[2001:db8:ffff:ffff:ffff:ffff:ffff:fffe]:65535 had sent.",
    )
    return tape.cut("orderly", ended_by="client", first_closer="client", final_ack="seen", rtt=31.0)


def mess() -> Demo:
    """Everything at once: about forty things to draw."""
    tape = Tape(vantage="between")
    tape.handshake(30)
    asked, told, at = 1, 1, 60.0
    ends: tuple[End, End] = ("client", "server")
    for i in range(18):
        end = ends[i % 2]
        code = ("DATA", "DATA_AGAIN", "ZERO_WINDOW", "WINDOW_OPENED", "KEEP_ALIVE", "ACK_UNSEEN")[
            i % 6
        ]
        length = 700 if code in ("DATA", "DATA_AGAIN") else 0
        seq, ack = (asked, told) if end == "client" else (told, asked)
        tape.send(end, at, "PSH, ACK" if length else "ACK", seq, ack, length, code)
        at += (0.2, 35, 3, 220, 90, 1500)[i % 6]
    tape.send(
        "server", at, "FIN, ACK", 9001, 8001, 0, "FIN", client="CLOSE_WAIT", server="FIN_WAIT_1"
    )
    tape.send("client", at + 1, "ACK", 8001, 9002, 0, "ACK_OF_FIN")
    first = tape.frame
    for i in range(12):
        at += 200 + 150 * (i % 3)
        tape.send(
            "server",
            at,
            "FIN, ACK",
            9001,
            8001,
            0,
            "FIN_AGAIN_LATE" if i % 2 else "FIN_AGAIN_CROSSED",
        )
        tape.send(
            "client",
            at + 2,
            "ACK",
            8001,
            9002,
            0,
            "ACK_OF_FIN_AGAIN",
            server="FIN_WAIT_2?" if i == 11 else "",
        )
        if i % 4 == 1:
            tape.send("client", at + 60, "PSH, ACK", 8001 + 10 * i, 9002, 10, "DATA")
    for i in range(4):
        tape.send("client", at + 10 + 5 * i, "PSH, ACK", 8200, 9002, 44, "DATA")
        tape.send(
            "server",
            at + 11 + 5 * i,
            "RST",
            9002,
            None,
            0,
            "RST_REPLY",
            client="CLOSED?" if i == 0 else "",
            server="CLOSED" if i == 0 else "",
        )
    tape.find(
        "fin-retransmit",
        "warning",
        "server",
        "certain",
        (first + 1, first + 3, first + 5),
        "FIN A was sent 13 times although it had been acknowledged each time.",
    )
    tape.find(
        "half-close",
        "info",
        "server",
        "likely",
        (first - 1,),
        "The client went on sending after the server’s FIN.",
    )
    tape.find(
        "reset-closed-socket",
        "error",
        "server",
        "certain",
        (tape.frame - 6,),
        "176 bytes met a closed socket.",
        "Stop writing after end-of-file.",
    )
    return tape.cut(
        "reset",
        at + 40,
        ended_by="server",
        first_closer="server",
        unacknowledged=(176, 0),
        conn_state="RSTR",
        rtt=30.0,
    )


def endless() -> Demo:
    """Thousands of segments: folded to what turns something."""
    tape = Tape()
    tape.handshake()
    at, told = 1.0, 1
    for i in range(3000):
        code = "DATA_AGAIN" if i % 17 == 3 else "DATA"
        tape.send("server", at, "PSH, ACK", told, 1, 1448, code)
        if i % 3 == 0:
            tape.send("client", at + 0.05, "ACK", 1, told + 1448, 0, "ACK")
        told += 1448
        at += 0.4 if i % 500 else 150
    tape.send("client", at, "FIN, ACK", 1, told, 0, "FIN", client="FIN_WAIT_1", server="CLOSE_WAIT")
    for i in range(400):
        tape.send(
            "server",
            at + 1 + i,
            "PSH, ACK",
            told,
            2,
            1448,
            "ACK_OF_FIN DATA" if i == 0 else "DATA",
            client="FIN_WAIT_2" if i == 0 else "",
        )
        told += 1448
        tape.send("client", at + 1.1 + i, "ACK", 2, told, 0, "ACK")
        if i % 5 == 0:
            tape.send("server", at + 1.2 + i, "PSH, ACK", told - 1448, 2, 1448, "DATA_AGAIN")
    tape.send(
        "server", at + 500, "FIN, ACK", told, 2, 0, "FIN", client="TIME_WAIT", server="LAST_ACK"
    )
    tape.send("client", at + 500.2, "ACK", 2, told + 1, 0, "ACK_OF_FIN", server="CLOSED?")
    return tape.cut("orderly", ended_by="client", first_closer="client", final_ack="seen")


def single() -> Demo:
    """One segment, alone."""
    tape = Tape(opening="syn-only", vantage="unknown")
    tape.send("client", 0, "SYN", 0, None, codes="SYN", client="SYN_SENT")
    return tape.cut("unanswered", conn_state="S0", rtt=None)
