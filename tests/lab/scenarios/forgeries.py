"""Segments that neither end has sent: injected RSTs, SYNs and odd flags."""

from __future__ import annotations

import socket
import threading
import time

from ..stage import REQUEST, RESPONSE, Connection, Stage, receive_all
from ..wire import Forge
from .closing import close_client_first
from .patterns import data_of, fin_of, forge, pure_ack_of
from .registry import scenario

FAR_TTL = 57
OTHER_ID = 0x4242

PERFECT = "nothing tells the forged RST from the client's own"


def exchange_and_inject(stage: Stage, *forges: Forge) -> Connection:
    """A connection on which the forged segments follow a request's answer by 50 ms."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    stage.wire.inject(data_of("server"), *forges)
    pair.exchange()
    return pair


@scenario(sample=True)
def injected_rst(stage: Stage) -> None:
    """Somebody between the two sends each end a RST in the other's name, with a TTL and an IP id
    that do not fit."""
    pair = exchange_and_inject(
        stage,
        forge("client", "RST ACK", ttl=FAR_TTL, ip_id=OTHER_ID, after_ms=50),
        forge("server", "RST ACK", ttl=FAR_TTL, ip_id=OTHER_ID, after_ms=50),
    )
    pair.until(client="CLOSED", server="CLOSED")


@scenario()
def injected_rst_to_client(stage: Stage) -> None:
    """Somebody sends the client alone a RST in the server's name; the server, which goes on
    answering, draws a RST of the client's kernel."""
    pair = exchange_and_inject(stage, forge("server", "RST", after_ms=50))
    pair.until(client="CLOSED", server="ESTABLISHED")
    time.sleep(0.2)
    pair.server.sendall(RESPONSE)
    pair.until(server="CLOSED")


@scenario()
def injected_rst_to_server(stage: Stage) -> None:
    """Somebody sends the server alone a RST in the client's name, with another TTL; the client,
    which goes on asking, draws a RST of the server's kernel."""
    pair = exchange_and_inject(stage, forge("client", "RST", ttl=FAR_TTL, after_ms=50))
    pair.until(server="CLOSED", client="ESTABLISHED")
    time.sleep(0.2)
    pair.client.sendall(REQUEST)
    pair.until(client="CLOSED")


@scenario(family="inet6")
def ipv6_injected_rst(stage: Stage) -> None:
    """Over IPv6 somebody sends the client alone a RST in the server's name, with another hop
    limit; the server, which goes on answering, draws a RST of the client's kernel."""
    pair = exchange_and_inject(stage, forge("server", "RST", ttl=FAR_TTL, after_ms=50))
    pair.until(client="CLOSED", server="ESTABLISHED")
    time.sleep(0.2)
    pair.server.sendall(RESPONSE)
    pair.until(server="CLOSED")


@scenario()
def rst_in_window(stage: Stage) -> None:
    """A forged RST lies in the server's window but not at its edge: it draws a challenge ACK, and
    the connection goes on and closes in order."""
    pair = exchange_and_inject(stage, forge("client", "RST", ahead=100, ttl=FAR_TTL, after_ms=50))
    stage.until_sent(pure_ack_of("server"))
    time.sleep(0.2)
    pair.exchange()
    close_client_first(pair)


@scenario()
def rst_at_sack_edge(stage: Stage) -> None:
    """Of the client's three requests the middle one alone arrives; a forged RST in the client's
    name has the right edge of what the server then acknowledges by SACK, and is taken though
    the hole before it is open."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    middle = bytes(reversed(REQUEST))
    taken = threading.Event()
    stage.wire.drop(
        lambda it: data_of("client")(it) and not (taken.is_set() or it.frame.endswith(middle)),
        times=None,
    )
    stage.wire.inject(
        pure_ack_of("server"),
        forge(
            "client",
            "RST ACK",
            ahead=len(REQUEST) + len(middle),
            ttl=FAR_TTL,
            ip_id=OTHER_ID,
            after_ms=5,
        ),
    )
    pair.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octets in (REQUEST, middle, REQUEST):
        pair.client.sendall(octets)
    pair.until(server="CLOSED")
    taken.set()
    pair.until(client="CLOSED")


@scenario()
def rst_outside_window(stage: Stage) -> None:
    """A forged RST lies before the server's window: it is ignored without a word, and the
    connection goes on and closes in order."""
    pair = exchange_and_inject(stage, forge("client", "RST", ahead=-5000, after_ms=50))
    time.sleep(0.2)
    pair.exchange()
    close_client_first(pair)


@scenario()
def syn_in_window(stage: Stage) -> None:
    """A forged SYN meets the established connection: it draws a challenge ACK, and the connection
    goes on and closes in order."""
    pair = exchange_and_inject(stage, forge("client", "SYN", ahead=100, after_ms=50))
    time.sleep(0.2)
    pair.exchange()
    close_client_first(pair)


@scenario(
    unknowable={f"*.{item}": PERFECT for item in ("ended_by", "client.CLOSED", "client.last")}
)
def rst_before_edge_in_close_wait(stage: Stage) -> None:
    """The client closes; a forged RST in its name has the number of its FIN, one before the
    server's edge, and is taken in CLOSE_WAIT all the same."""
    stage.wire.inject(fin_of("client"), forge("client", "RST", ahead=-1, after_ms=100))
    pair = stage.connect()
    pair.exchange()
    pair.client.close()
    pair.until(server="CLOSE_WAIT", client="FIN_WAIT_2")
    pair.until(server="CLOSED")


@scenario()
def fin_without_ack(stage: Stage) -> None:
    """A forged FIN without the ACK flag meets the server: it is dropped without a word, and the
    connection goes on and closes in order."""
    pair = exchange_and_inject(stage, forge("client", "FIN", after_ms=50))
    time.sleep(0.2)
    pair.until(server="ESTABLISHED", client="ESTABLISHED")
    pair.exchange()
    close_client_first(pair)


@scenario()
def odd_flags(stage: Stage) -> None:
    """Forged segments without flags, with FIN, PSH and URG, and with SYN and FIN meet the server;
    the connection goes on and closes in order."""
    pair = exchange_and_inject(
        stage,
        forge("client", "", after_ms=50),
        forge("client", "FIN PSH URG", after_ms=60),
        forge("client", "SYN FIN", after_ms=70),
    )
    time.sleep(0.2)
    pair.until(server="ESTABLISHED", client="ESTABLISHED")
    pair.exchange()
    close_client_first(pair)


@scenario()
def injected_data(stage: Stage) -> None:
    """A forged request in the client's name is taken by the server before the client's own, which
    is then a repetition to it; the connection closes in order."""
    octets = len(REQUEST)
    pair = exchange_and_inject(
        stage, forge("client", "PSH ACK", payload=REQUEST, ttl=FAR_TTL, after_ms=50)
    )
    receive_all(pair.server, octets)
    pair.client.sendall(REQUEST)
    stage.until_sent(data_of("client"), times=3)
    stage.until_quiet()
    close_client_first(pair)


@scenario()
def rst_answers_fin(stage: Stage) -> None:
    """The client closes; a RST forged in the server's name answers its FIN before the server
    can."""
    stage.wire.answer(fin_of("client"), forge("server", "RST ACK", ttl=FAR_TTL), times=1)
    pair = stage.connect()
    pair.exchange()
    pair.client.close()
    pair.until(client="CLOSED", server="ESTABLISHED")
