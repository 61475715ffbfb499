"""Closes in which nothing goes wrong: two FINs, each acknowledged."""

from __future__ import annotations

import socket
import time
from itertools import cycle

from ..stage import REQUEST, RESPONSE, Stage, read_to_end, receive_all, wait_readable
from .closing import LOAD, close_client_first
from .patterns import data_of
from .registry import scenario


@scenario(sample=True)
def orderly(stage: Stage) -> None:
    """The client closes first, the server 200 ms later: four segments."""
    pair = stage.connect()
    pair.exchange()
    pair.client.close()
    pair.until(server="CLOSE_WAIT")
    time.sleep(0.2)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario(sample=True)
def orderly_server_first(stage: Stage) -> None:
    """The server closes first, the client 200 ms later: TIME_WAIT is the server's."""
    pair = stage.connect()
    pair.exchange()
    pair.server.close()
    pair.until(client="CLOSE_WAIT")
    time.sleep(0.2)
    pair.client.close()
    pair.until(server="TIME_WAIT", client="CLOSED")


@scenario(sample=True)
def three_segment_close(stage: Stage) -> None:
    """The client closes and the server at once after it: the server's FIN carries its
    acknowledgement of the client's, so that three segments are enough."""
    pair = stage.connect()
    pair.exchange()
    pair.client.close()
    read_to_end(pair.server)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario(sample=True)
def half_close_data(stage: Stage) -> None:
    """The client ends its direction with shutdown(SHUT_WR); the server goes on sending for
    1 s, then closes."""
    pair = stage.connect()
    pair.request()
    pair.client.shutdown(socket.SHUT_WR)
    pair.until(server="CLOSE_WAIT")
    for _ in range(10):
        pair.server.sendall(RESPONSE)
        time.sleep(0.1)
    pair.server.close()
    read_to_end(pair.client)
    pair.client.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def half_close_keep_alives(stage: Stage) -> None:
    """The client ends its direction; the server sends nothing but keep-alives for 12 s, then
    its answer, and closes."""
    pair = stage.connect()
    pair.request()
    pair.client.shutdown(socket.SHUT_WR)
    pair.until(server="CLOSE_WAIT")
    pair.server.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2)
    pair.server.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 2)
    pair.server.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    time.sleep(12)
    pair.server.sendall(RESPONSE)
    pair.server.close()
    read_to_end(pair.client)
    pair.client.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def half_close_reply_owed(stage: Stage) -> None:
    """The client sends a request and ends its direction; the server still owes its answer
    when the recording ends 12 s later."""
    pair = stage.connect()
    pair.exchange()
    pair.request()
    pair.client.shutdown(socket.SHUT_WR)
    pair.until(client="FIN_WAIT_2", server="CLOSE_WAIT")
    time.sleep(12)
    healthy = stage.connect()
    healthy.exchange()
    close_client_first(healthy)


@scenario()
def slow_close(stage: Stage) -> None:
    """The server closes first; the client stays silent in CLOSE_WAIT for 12 s before it closes
    too."""
    pair = stage.connect()
    pair.exchange()
    pair.server.shutdown(socket.SHUT_WR)
    pair.until(client="CLOSE_WAIT")
    time.sleep(12)
    pair.client.close()
    pair.until(server="TIME_WAIT", client="CLOSED")


@scenario()
def fin_with_data(stage: Stage) -> None:
    """The client's last octets and its FIN travel in one segment, and the server's as well."""
    pair = stage.connect()
    pair.exchange()
    pair.client.send(REQUEST, socket.MSG_MORE)
    pair.client.shutdown(socket.SHUT_WR)
    read_to_end(pair.server)
    pair.server.send(RESPONSE, socket.MSG_MORE)
    pair.server.close()
    read_to_end(pair.client)
    pair.client.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def nothing_said(stage: Stage) -> None:
    """The client connects and closes without a word, the server 50 ms after it."""
    close_client_first(stage.connect())


@scenario()
def close_under_load(stage: Stage) -> None:
    """The client sends 20,000 octets and closes at once, while most of them are still under
    way; the server reads them all, then closes."""
    pair = stage.connect()
    pair.exchange()
    pair.client.sendall(LOAD)
    pair.client.close()
    read_to_end(pair.server)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def close_under_loss(stage: Stage) -> None:
    """The client sends 20,000 octets and closes while every seventh of its segments with data
    is lost; the server reads them all, then closes."""
    has_data, lost = data_of("client"), cycle([False] * 6 + [True])
    stage.wire.drop(lambda it: has_data(it) and next(lost), times=None)
    pair = stage.connect()
    pair.client.sendall(LOAD)
    pair.client.close()
    read_to_end(pair.server)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def close_under_load_both_ways(stage: Stage) -> None:
    """Both ends send 20,000 octets at the same time; the client shuts down in the midst of it,
    the server when it has read everything."""
    pair = stage.connect()
    pair.client.sendall(LOAD)
    pair.server.sendall(LOAD)
    pair.client.shutdown(socket.SHUT_WR)
    read_to_end(pair.server)
    pair.server.close()
    wait_readable(pair.client)
    receive_all(pair.client, len(LOAD))
    read_to_end(pair.client)
    pair.client.close()
    pair.until(client="TIME_WAIT", server="CLOSED")
