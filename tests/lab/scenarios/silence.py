"""Paths and peers that fall silent: timeouts, keep-alives, middleboxes that forget."""

from __future__ import annotations

import socket
import time

from ..stage import REQUEST, RESPONSE, Stage, abort, receive_all, wait_until
from .closing import TCP_USER_TIMEOUT, close_client_first
from .patterns import data_of, forge, sent_by
from .registry import scenario

# A timeout after 0.2 + 0.4 + 0.8 + 1.6 s.
FEW_RETRIES = {"tcp_retries2": 3, "tcp_orphan_retries": 3}


ONE_MARK = "a TTL alone does not tell the middlebox's RST from the server's own"


def keep_alive(end: socket.socket, *, idle: int, every: int, probes: int) -> None:
    """Keep-alives after `idle` seconds, then `every` so many; so many `probes` in vain end it."""
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, idle)
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, every)
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, probes)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def everything(_: object) -> bool:
    return True


@scenario(sample=True)
def keepalive_timeout(stage: Stage) -> None:
    """The path falls silent; three keep-alives of the client stay unanswered, and its kernel
    ends the connection with a RST that is lost as well."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    stage.wire.drop(everything, times=None)
    keep_alive(pair.client, idle=1, every=1, probes=3)
    pair.until(client="CLOSED", server="ESTABLISHED")


@scenario()
def keepalives_answered(stage: Stage) -> None:
    """An idle connection is kept alive by the client for 4 s, then closes in order."""
    pair = stage.connect()
    pair.exchange()
    keep_alive(pair.client, idle=1, every=1, probes=3)
    time.sleep(4.5)
    close_client_first(pair)


@scenario()
def keepalive_reset(stage: Stage) -> None:
    """The server aborts and its RST is lost; the client's next keep-alive draws another."""
    stage.wire.drop(sent_by("server", "RST"))
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    keep_alive(pair.client, idle=1, every=1, probes=3)
    abort(pair.server)
    pair.until(client="CLOSED", server="CLOSED")


@scenario(sample=True)
def half_open(stage: Stage) -> None:
    """The server's host loses the connection without a word, as in a restart; the client's next
    request draws a RST."""
    stage.wire.drop(sent_by("server", "RST"))
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    abort(pair.server)
    time.sleep(1)
    pair.client.sendall(REQUEST)
    pair.until(client="CLOSED", server="CLOSED")


@scenario(sysctls=FEW_RETRIES)
def silent_path(stage: Stage) -> None:
    """The path falls silent; the client's request is sent again and again, until its kernel
    gives up without a segment."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    stage.wire.drop(everything, times=None)
    pair.client.sendall(REQUEST)
    pair.until(client="CLOSED", server="ESTABLISHED")


@scenario()
def silent_path_user_timeout(stage: Stage) -> None:
    """The path falls silent; the client's request is sent again, until the 2 s are over that
    its application allowed (TCP_USER_TIMEOUT)."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    pair.client.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 2000)
    stage.wire.drop(everything, times=None)
    pair.client.sendall(REQUEST)
    pair.until(client="CLOSED", server="ESTABLISHED")


@scenario(sysctls=FEW_RETRIES)
def silent_path_then_close(stage: Stage) -> None:
    """The path falls silent and the client closes with a request unacknowledged: neither the
    octets nor the FIN behind them are ever answered."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    stage.wire.drop(everything, times=None)
    pair.client.sendall(REQUEST)
    pair.client.close()
    pair.until(client="CLOSED", server="ESTABLISHED")


@scenario()
def one_way_silence(stage: Stage) -> None:
    """What the server sends is lost from a moment on, what the client sends arrives: both send
    again, until the path works again and the connection closes in order."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    stage.wire.drop(sent_by("server"), times=6)
    pair.client.sendall(REQUEST)
    pair.server.recv(len(REQUEST))
    pair.server.sendall(RESPONSE)
    pair.client.recv(len(RESPONSE))
    close_client_first(pair)


@scenario(sysctls=FEW_RETRIES)
def middlebox_forgets(stage: Stage) -> None:
    """A middlebox forgets the connection while it is idle for 3 s, and drops all that comes of
    it afterwards: the client's request, and later the server's FIN, stay unanswered."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    time.sleep(3)
    stage.wire.drop(everything, times=None)
    pair.client.sendall(REQUEST)
    pair.until(client="CLOSED")
    pair.server.close()
    pair.until(server="CLOSED")


@scenario(sysctls=FEW_RETRIES)
def middlebox_forgets_after_a_minute(stage: Stage) -> None:
    """A middlebox forgets the connection when it has been idle for 60 s, and drops what comes of
    it a second later: the client's request is sent again in vain, until its kernel gives up."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    time.sleep(61)
    stage.wire.drop(everything, times=None)
    pair.client.sendall(REQUEST)
    pair.until(client="CLOSED", server="ESTABLISHED")


@scenario(
    unknowable={f"*.{item}": ONE_MARK for item in ("ended_by", "server.CLOSED", "server.last")}
)
def middlebox_forgets_and_resets(stage: Stage) -> None:
    """A middlebox forgets the connection while it is idle for 3 s, and answers the client's next
    request with a RST in the server's name; the server is not told."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    time.sleep(3)
    stage.wire.answer(data_of("client"), forge("server", "RST", ttl=254), times=None)
    pair.client.sendall(REQUEST)
    pair.until(client="CLOSED", server="ESTABLISHED")


@scenario()
def route_flaps(stage: Stage) -> None:
    """In the midst of a connection the server's host refuses a request by ICMP, host unreachable,
    and takes it when it comes again: the client's kernel has not given up for it, and the
    connection closes in order."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    with stage.server_unreachable("unreachable"):
        pair.client.sendall(REQUEST)
        stage.until_sent(data_of("client"), times=3)
        stage.until_quiet()
    receive_all(pair.server, len(REQUEST))
    pair.server.sendall(RESPONSE)
    receive_all(pair.client, len(RESPONSE))
    close_client_first(pair)


@scenario()
def outage(stage: Stage) -> None:
    """The path falls silent for 1 s in the midst of a close and works again: the close completes
    by what is sent again."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    works_again = time.monotonic() + 1
    stage.wire.drop(lambda _: time.monotonic() < works_again, times=None)
    pair.client.close()
    wait_until(lambda: time.monotonic() > works_again, "the path works again")
    pair.until(server="CLOSE_WAIT", client="FIN_WAIT_2")
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")
