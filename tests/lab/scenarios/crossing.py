"""Simultaneous closes: the FINs cross on the wire, with and without losses."""

from __future__ import annotations

import socket

from ..stage import REQUEST, RESPONSE, Connection, Stage, abort
from .patterns import ack_of_fin, fin_of
from .registry import scenario

# Long enough for both ends to close before either hears of the other.
FAR_MS = 50.0


def close_both(pair: Connection) -> None:
    pair.client.close()
    pair.server.close()


@scenario(sample=True, delay_ms=FAR_MS)
def simultaneous_close(stage: Stage) -> None:
    """Both ends close at the same time, 50 ms apart on the wire: the FINs cross."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    close_both(pair)
    pair.until(client="TIME_WAIT", server="TIME_WAIT")


@scenario(delay_ms=FAR_MS)
def simultaneous_close_with_data(stage: Stage) -> None:
    """Both ends close at the same time, the client with its last octets on the FIN: they meet a
    closed socket and draw a RST."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    pair.client.send(REQUEST, socket.MSG_MORE)
    close_both(pair)
    pair.until(client="CLOSED", server="CLOSED")


@scenario(delay_ms=FAR_MS)
def simultaneous_shutdown_with_data(stage: Stage) -> None:
    """Both ends shut down at the same time, each with its last octets on the FIN."""
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    pair.client.send(REQUEST, socket.MSG_MORE)
    pair.server.send(RESPONSE, socket.MSG_MORE)
    pair.client.shutdown(socket.SHUT_WR)
    pair.server.shutdown(socket.SHUT_WR)
    pair.until(client="TIME_WAIT", server="TIME_WAIT")


@scenario(delay_ms=FAR_MS)
def simultaneous_close_fin_lost(stage: Stage) -> None:
    """Both ends close at the same time; the client's FIN is lost once, the server's arrives: the
    client is in CLOSING and the server in FIN_WAIT_2 until the client's FIN comes again."""
    stage.wire.drop(fin_of("client"))
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    close_both(pair)
    pair.until(client="CLOSING", server="FIN_WAIT_2")
    pair.until(client="TIME_WAIT", server="TIME_WAIT")


@scenario(delay_ms=FAR_MS)
def simultaneous_close_both_lost(stage: Stage) -> None:
    """Both ends close at the same time and both FINs are lost once; sent again, they cross."""
    stage.wire.drop(fin_of("client"))
    stage.wire.drop(fin_of("server"))
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    close_both(pair)
    pair.until(client="TIME_WAIT", server="TIME_WAIT")


@scenario(delay_ms=FAR_MS)
def simultaneous_close_ack_lost(stage: Stage) -> None:
    """The FINs cross; the server's acknowledgement is lost, so that the client stays in CLOSING
    until its FIN, sent again, is acknowledged."""
    stage.wire.drop(ack_of_fin(stage, "server"))
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    close_both(pair)
    pair.until(client="CLOSING", server="TIME_WAIT")
    pair.until(client="TIME_WAIT")


@scenario(delay_ms=FAR_MS)
def abort_in_closing(stage: Stage) -> None:
    """The FINs cross and both acknowledgements are lost; the client's abort in CLOSING sends
    nothing, and the server's FIN, sent again, draws a RST."""
    stage.wire.drop(ack_of_fin(stage, "server"), times=None)
    stage.wire.drop(ack_of_fin(stage, "client"))
    pair = stage.connect()
    pair.exchange()
    stage.until_quiet()
    pair.client.shutdown(socket.SHUT_WR)
    pair.server.shutdown(socket.SHUT_WR)
    pair.until(client="CLOSING", server="CLOSING")
    abort(pair.client)
    pair.until(client="CLOSED", server="CLOSED")
