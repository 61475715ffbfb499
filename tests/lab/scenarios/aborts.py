"""Closes by RST that the ends themselves bring about."""

from __future__ import annotations

import socket
import time

from .. import LabError
from ..stage import REQUEST, RESPONSE, Stage, abort, kill_9, read_to_end, wait_readable
from .closing import LOAD
from .patterns import data_of
from .registry import scenario


@scenario(sample=True)
def abort_linger0(stage: Stage) -> None:
    """The client closes with SO_LINGER on and 0 s: a RST in place of the FIN."""
    pair = stage.connect()
    pair.exchange()
    abort(pair.client)
    pair.until(client="CLOSED", server="CLOSED")


@scenario()
def abort_by_server(stage: Stage) -> None:
    """The server reads a request and closes with SO_LINGER on and 0 s in place of an answer."""
    pair = stage.connect()
    pair.request()
    abort(pair.server)
    pair.until(client="CLOSED", server="CLOSED")


@scenario()
def abort_with_octets_lost(stage: Stage) -> None:
    """Every segment in which the client sends a request is lost; after 1.5 s of trying it closes
    with SO_LINGER on and 0 s: a RST, and the request has reached nobody."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    stage.wire.drop(data_of("client"), times=None)
    pair.client.sendall(REQUEST)
    time.sleep(1.5)
    abort(pair.client)
    pair.until(client="CLOSED", server="CLOSED")


@scenario()
def abort_right_behind_octets(stage: Stage) -> None:
    """The client sends a request and closes at once with SO_LINGER on and 0 s: the RST follows
    the request on the way, and the server reads the one before it meets the other."""
    pair = stage.connect()
    pair.exchange()
    pair.client.sendall(REQUEST)
    abort(pair.client)
    pair.until(client="CLOSED", server="CLOSED")
    if pair.server.recv(len(REQUEST)) != REQUEST:
        raise LabError("the request did not reach the server's application")


@scenario()
def abort_after_fin(stage: Stage) -> None:
    """The client shuts down, and 50 ms after its FIN was acknowledged closes with SO_LINGER on
    and 0 s: a RST after the FIN."""
    pair = stage.connect()
    pair.exchange()
    pair.client.shutdown(socket.SHUT_WR)
    pair.until(client="FIN_WAIT_2", server="CLOSE_WAIT")
    time.sleep(0.05)
    abort(pair.client)
    pair.until(client="CLOSED", server="CLOSED")


@scenario()
def abort_in_close_wait(stage: Stage) -> None:
    """The client closes; the server answers its FIN with SO_LINGER on and 0 s: a RST in place of
    the second FIN."""
    pair = stage.connect()
    pair.exchange()
    pair.client.close()
    pair.until(client="FIN_WAIT_2", server="CLOSE_WAIT")
    time.sleep(0.05)
    abort(pair.server)
    pair.until(client="CLOSED", server="CLOSED")


@scenario(sample=True)
def write_to_closed_peer(stage: Stage) -> None:
    """The client closes without waiting for its answer; 50 ms later the server writes it and
    draws a RST."""
    pair = stage.connect()
    pair.request()
    pair.client.close()
    pair.until(server="CLOSE_WAIT", client="FIN_WAIT_2")
    time.sleep(0.05)
    pair.server.sendall(RESPONSE)
    pair.until(client="CLOSED", server="CLOSED")


@scenario()
def answer_crosses_fin(stage: Stage) -> None:
    """The client closes while the server's answer is under way: the answer draws a RST, and so
    does the server's FIN."""
    pair = stage.connect()
    pair.request()
    pair.server.sendall(RESPONSE)
    pair.client.close()
    read_to_end(pair.server)
    pair.server.close()
    pair.until(client="CLOSED", server="CLOSED")


@scenario(sample=True)
def close_with_unread_data(stage: Stage) -> None:
    """The client closes while the server's answer waits unread: a RST in place of the FIN."""
    pair = stage.connect()
    pair.request()
    pair.server.sendall(RESPONSE)
    wait_readable(pair.client)
    pair.client.close()
    pair.until(client="CLOSED", server="CLOSED")


@scenario()
def close_while_peer_sends(stage: Stage) -> None:
    """The server closes in the midst of the client's transfer of 20,000 octets, of which it has
    read little: a RST, and more RSTs for what is still under way."""
    pair = stage.connect()
    pair.exchange()
    pair.client.sendall(LOAD)
    pair.server.recv(1000)
    pair.server.close()
    pair.until(client="CLOSED", server="CLOSED")


@scenario()
def unread_data_after_peer_fin(stage: Stage) -> None:
    """The client sends a request and shuts down; the server closes with the request unread: a
    RST in place of the second FIN."""
    pair = stage.connect()
    pair.exchange()
    pair.client.sendall(REQUEST)
    pair.client.shutdown(socket.SHUT_WR)
    pair.until(client="FIN_WAIT_2", server="CLOSE_WAIT")
    time.sleep(0.05)
    pair.server.close()
    pair.until(client="CLOSED", server="CLOSED")


@scenario()
def kill9(stage: Stage) -> None:
    """The process that holds the server's socket is killed with SIGKILL when it has read
    everything: its kernel sends a FIN as if it had closed."""
    pair = stage.connect()
    pair.exchange()
    process = stage.hand_to_process(pair.server)
    time.sleep(0.1)
    kill_9(process)
    pair.until(client="CLOSE_WAIT", server="FIN_WAIT_2")
    pair.client.close()
    pair.until(client="CLOSED", server="TIME_WAIT")


@scenario(sample=True)
def kill9_unread(stage: Stage) -> None:
    """The process that holds the server's socket is killed with SIGKILL while a request waits
    unread: its kernel sends a RST."""
    pair = stage.connect()
    pair.exchange()
    process = stage.hand_to_process(pair.server)
    pair.client.sendall(REQUEST)
    stage.until_sent(data_of("client"), times=2)
    stage.until_quiet()
    kill_9(process)
    pair.until(client="CLOSED", server="CLOSED")
