"""Segments around the FIN that overtake each other, or arrive twice."""

from __future__ import annotations

import socket

from ..stage import REQUEST, RESPONSE, Stage, read_to_end, receive_all
from .closing import close_client_first
from .patterns import ack_of_fin, data_of, fin_of, sent_by
from .registry import scenario


@scenario()
def fin_before_missing_data(stage: Stage) -> None:
    """The octets before the client's FIN are lost and the FIN arrives: the server stays in
    ESTABLISHED until the hole is filled."""
    pair = stage.connect()
    pair.exchange()
    stage.wire.drop(data_of("client"))
    pair.client.send(REQUEST)
    pair.client.close()
    read_to_end(pair.server)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def fin_overtakes_data(stage: Stage) -> None:
    """The octets before the client's FIN are 15 ms late and arrive after it."""
    pair = stage.connect()
    pair.exchange()
    stage.wire.delay(data_of("client"), 15)
    pair.client.send(REQUEST)
    pair.client.close()
    read_to_end(pair.server)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def passive_fin_overtakes_data(stage: Stage) -> None:
    """The client has shut down; the server's answer is 15 ms late and arrives after the server's
    FIN: it comes again for nothing, and what that draws ends the client's TIME_WAIT."""
    pair = stage.connect()
    pair.request()
    pair.client.shutdown(socket.SHUT_WR)
    pair.until(server="CLOSE_WAIT", client="FIN_WAIT_2")
    stage.wire.delay(data_of("server"), 15)
    pair.server.send(RESPONSE)
    pair.server.close()
    read_to_end(pair.client)
    pair.client.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def late_fin_after_its_repetition(stage: Stage) -> None:
    """The client's FIN is on its way for 300 ms; its repetition arrives first, and then the
    first one, too late to matter."""
    stage.wire.delay(fin_of("client"), 300)
    pair = stage.connect()
    pair.exchange()
    pair.client.shutdown(socket.SHUT_WR)
    pair.until(server="CLOSE_WAIT", client="FIN_WAIT_2")
    stage.until_quiet()
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def ack_after_passive_fin(stage: Stage) -> None:
    """The server's ACK of the client's FIN is 80 ms late and arrives after the server's own FIN,
    which covers it: TIME_WAIT answers the old ACK, and a RST to that answer ends it."""
    stage.wire.delay(ack_of_fin(stage, "server"), 80)
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario()
def duplicated_fin(stage: Stage) -> None:
    """The network delivers each FIN a second time 3 ms after the first; the client's second ACK
    draws a RST, which ends its TIME_WAIT."""
    stage.wire.duplicate(fin_of("client"), 3)
    stage.wire.duplicate(fin_of("server"), 3)
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario()
def duplicated_fin_late(stage: Stage) -> None:
    """The network delivers the client's FIN a second time 400 ms later, when the server's
    socket is long gone: it draws a RST."""
    stage.wire.duplicate(fin_of("client"), 400)
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario()
def duplicated_everything(stage: Stage) -> None:
    """The network delivers every segment of both ends twice, 2 ms apart: an orderly close that
    ends in RSTs."""
    stage.wire.duplicate(lambda _: True, 2, times=None)
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario()
def duplicated_data_after_close(stage: Stage) -> None:
    """The network delivers the client's request again 400 ms later, when both ends have closed:
    the server, whose socket is gone, answers with a RST."""
    stage.wire.duplicate(data_of("client"), 400)
    pair = stage.connect()
    pair.request()
    pair.server.sendall(RESPONSE)
    receive_all(pair.client, len(RESPONSE))
    close_client_first(pair)
    stage.until_sent(sent_by("server", "RST"))
