"""The same closes, seen by captures that do not see all of them."""

from __future__ import annotations

import socket
import time

from ..stage import RESPONSE, Stage, abort, read_to_end
from .closing import close_client_first
from .registry import scenario


@scenario()
def starts_mid_connection(stage: Stage) -> None:
    """The capture starts in the midst of a connection that closes in order."""
    pair = stage.connect()
    pair.exchange()
    stage.begin_capture()
    pair.exchange()
    close_client_first(pair)


@scenario()
def starts_before_close(stage: Stage) -> None:
    """The capture starts after the last request: it holds nothing but the close."""
    pair = stage.connect()
    pair.exchange()
    stage.begin_capture()
    close_client_first(pair)


@scenario()
def starts_after_first_fin(stage: Stage) -> None:
    """The capture starts when the client's FIN has been acknowledged: it holds the second half
    of the close only."""
    pair = stage.connect()
    pair.exchange()
    pair.client.shutdown(socket.SHUT_WR)
    pair.until(server="CLOSE_WAIT", client="FIN_WAIT_2")
    stage.begin_capture()
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def starts_in_half_close(stage: Stage) -> None:
    """The capture starts when the client has shut down: the server goes on sending for 1 s, then
    closes."""
    pair = stage.connect()
    pair.request()
    pair.client.shutdown(socket.SHUT_WR)
    pair.until(server="CLOSE_WAIT", client="FIN_WAIT_2")
    stage.begin_capture()
    for _ in range(5):
        pair.server.sendall(RESPONSE)
        time.sleep(0.2)
    pair.server.close()
    read_to_end(pair.client)
    pair.client.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario(sees="client")
def client_direction_only(stage: Stage) -> None:
    """The capture holds only what the client sends; the connection closes in order."""
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario(sees="server")
def server_direction_only(stage: Stage) -> None:
    """The capture holds only what the server sends; the connection closes in order."""
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario(sees="client")
def client_direction_of_abort(stage: Stage) -> None:
    """The capture holds only what the client sends; the server aborts the connection."""
    pair = stage.connect()
    pair.exchange()
    pair.exchange()
    abort(pair.server)
    pair.until(client="CLOSED", server="CLOSED")


@scenario()
def ends_after_first_fin(stage: Stage) -> None:
    """The capture ends when the client's FIN has been acknowledged; the rest of the close is not
    in it."""
    pair = stage.connect()
    pair.exchange()
    pair.client.shutdown(socket.SHUT_WR)
    pair.until(server="CLOSE_WAIT", client="FIN_WAIT_2")
    stage.end_capture()
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def ends_before_close(stage: Stage) -> None:
    """The capture ends before the connection closes."""
    pair = stage.connect()
    pair.exchange()
    stage.end_capture()
    close_client_first(pair)
