"""Connections to draw, written by hand after real recordings; each has a picture of its own."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from pcapflow.model import CaptureInfo, Connection, End, Endpoint, Segment
from tests.scene.tape import START, Tape

Demo = tuple[Connection, list[Segment], CaptureInfo]


def _requests(tape: Tape, at: float = 0.22, pairs: int = 2, step: float = 0.05) -> None:
    """Requests of 100 octets, replies of 300, each acknowledged."""
    for i in range(pairs):
        asked, told = 1 + 100 * i, 1 + 300 * i
        tape.send("client", at, "PSH, ACK", asked, told, 100, "DATA")
        tape.send("server", at + step, "PSH, ACK", told, asked + 100, 300, "DATA")
        tape.send("client", at + 2 * step, "ACK", asked + 100, told + 300, 0, "ACK")
        at += 3 * step


def _client_closes(tape: Tape, at: float, ack: float) -> None:
    """The client's FIN after two requests, and the server's ACK of it."""
    tape.send(
        "client", at, "FIN, ACK", 201, 601, 0, "FIN", client="FIN_WAIT_1", server="CLOSE_WAIT"
    )
    tape.send("server", ack, "ACK", 601, 202, 0, "ACK_OF_FIN", client="FIN_WAIT_2")


def _server_follows(tape: Tape, at: float) -> None:
    tape.send("server", at, "FIN, ACK", 601, 202, 0, "FIN", client="TIME_WAIT", server="LAST_ACK")


def orderly() -> Demo:
    """Both close; the capture ends with the last ACK."""
    tape = Tape()
    tape.handshake()
    _requests(tape)
    _client_closes(tape, 0.55, 0.61)
    _server_follows(tape, 0.75)
    tape.send("client", 0.78, "ACK", 202, 602, 0, "ACK_OF_FIN", server="CLOSED?")
    return tape.cut("orderly", ended_by="client", first_closer="client", final_ack="seen")


def time_wait() -> Demo:
    """The server closes first; the capture runs on until its TIME_WAIT ends."""
    tape = Tape(vantage="server")
    tape.handshake()
    _requests(tape)
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
    _requests(tape)
    _client_closes(tape, 0.52, 47.57)
    _server_follows(tape, 307.47)
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
    _requests(tape)
    tape.send("client", 1.1, "FIN, ACK", 201, 601, 0, "FIN", client="FIN_WAIT_1")
    tape.send("client", 205.2, "FIN, ACK", 201, 601, 0, "FIN_AGAIN")
    tape.send("client", 621.2, "FIN, ACK", 201, 601, 0, "FIN_AGAIN", server="CLOSE_WAIT")
    tape.send("server", 621.4, "ACK", 601, 202, 0, "ACK_OF_FIN", client="FIN_WAIT_2")
    _server_follows(tape, 671.8)
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


def simultaneous_close() -> Demo:
    """The FINs cross."""
    tape = Tape(vantage="between")
    tape.handshake(20)
    _requests(tape, 21, 2, 10)
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
    tape.transitions += [
        replace(
            tape.transitions[-1],
            before="FIN_WAIT_1",
            after="CLOSING",
            frame=10,
            at=START + 150_000_000,
            evidence="acked",
        ),
        replace(
            tape.transitions[-1],
            end="server",
            before="FIN_WAIT_1",
            after="CLOSING",
            evidence="acked",
        ),
    ]
    tape.states = {"client": "CLOSING", "server": "CLOSING"}
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


def abort() -> Demo:
    """A live socket is aborted with data unacknowledged."""
    tape = Tape(vantage="server")
    tape.handshake()
    _requests(tape)
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
    _requests(tape, 0.9, 2, 1.7)
    _client_closes(tape, 11.72, 56.06)
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


def fin_unanswered() -> Demo:
    """A FIN seven times, doubling its distance, never acknowledged."""
    tape = Tape()
    tape.handshake()
    _requests(tape)
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
    _requests(tape)
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
    _requests(tape)
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


def ignored_resets() -> Demo:
    """Resets that do nothing, and one by someone between."""
    tape = Tape(vantage="client")
    tape.handshake(12)
    _requests(tape, 14, 2, 12)
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
    """Everything at once: about sixty things to draw."""
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


DEMOS: dict[str, Callable[[], Demo]] = {
    make.__name__.replace("_", "-"): make
    for make in (
        orderly,
        time_wait,
        lost_final_ack,
        lost_fin,
        close_wait_leak,
        close_wait_leak_long,
        simultaneous_close,
        half_close,
        half_open,
        abort,
        closed_socket,
        refused,
        unanswered,
        fin_unanswered,
        fin_flood,
        mid_stream,
        still_open,
        vanished,
        ignored_resets,
        ipv6,
        mess,
        endless,
        single,
    )
}
