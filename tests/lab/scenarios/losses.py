"""FINs, and acknowledgements of FINs, that are lost."""

from __future__ import annotations

import socket

from ..stage import REQUEST, Stage, read_to_end
from .closing import close_client_first
from .patterns import ack_of_fin, bare_fin_of, data_of, fin_of
from .registry import scenario

# An orphan gives up after this many transmissions again: 0.2 + 0.4 + 0.8 + 1.6 s.
FEW_RETRIES = {"tcp_orphan_retries": 3}


@scenario(sample=True)
def lost_final_ack(stage: Stage) -> None:
    """The client closes first, then the server; the client's ACK of the server's FIN is lost
    once behind the capture point, so that the FIN comes again and is acknowledged again."""
    stage.wire.drop(ack_of_fin(stage, "client"))
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario(sysctls=FEW_RETRIES)
def final_ack_always_lost(stage: Stage) -> None:
    """The client closes first, then the server; every ACK of the server's FIN is lost behind
    the client, until the server gives up in LAST_ACK without a segment."""
    stage.wire.drop(ack_of_fin(stage, "client"), times=None)
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario()
def late_final_ack(stage: Stage) -> None:
    """The client's ACK of the server's FIN is on its way for 350 ms: the server sends its FIN
    again though nothing was lost, and the late ACK draws a RST that ends TIME_WAIT."""
    stage.wire.delay(ack_of_fin(stage, "client"), 350)
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario(sample=True)
def lost_fin(stage: Stage) -> None:
    """The client's first FIN is lost behind the capture point and sent again; the server
    closes 50 ms after it arrived."""
    stage.wire.drop(fin_of("client"))
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario()
def lost_fin_thrice(stage: Stage) -> None:
    """The client's FIN is lost three times behind the capture point and arrives at last."""
    stage.wire.drop(fin_of("client"), times=3)
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario()
def lost_ack_of_first_fin(stage: Stage) -> None:
    """The server's ACK of the client's FIN is lost once: the client sends the FIN again, and
    the server closes only after that."""
    stage.wire.drop(ack_of_fin(stage, "server"))
    pair = stage.connect()
    pair.exchange()
    pair.client.close()
    stage.until_sent(fin_of("client"), times=2)
    pair.until(client="FIN_WAIT_2")
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def lost_passive_fin(stage: Stage) -> None:
    """The client closes first; the server's FIN is lost once on its way and sent again."""
    stage.wire.drop(fin_of("server"))
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario(sample=True)
def unanswered_fin(stage: Stage) -> None:
    """The client closes and every FIN of it is lost behind the capture point; the recording
    ends before the client gives up."""
    stage.wire.drop(fin_of("client"), times=None)
    pair = stage.connect()
    pair.exchange()
    pair.client.close()
    stage.until_sent(fin_of("client"), times=5)


@scenario(sysctls=FEW_RETRIES)
def every_fin_lost(stage: Stage) -> None:
    """The client closes and every FIN of it is lost, until it gives up in FIN_WAIT_1 without
    a segment; the server never hears of it."""
    stage.wire.drop(fin_of("client"), times=None)
    pair = stage.connect()
    pair.exchange()
    pair.client.close()
    pair.until(client="CLOSED", server="ESTABLISHED")


@scenario(sysctls=FEW_RETRIES)
def every_passive_fin_lost(stage: Stage) -> None:
    """The client closes first; every FIN of the server is lost, until it gives up in LAST_ACK
    while the client waits in FIN_WAIT_2."""
    stage.wire.drop(fin_of("server"), times=None)
    pair = stage.connect()
    pair.exchange()
    pair.client.shutdown(socket.SHUT_WR)
    pair.until(client="FIN_WAIT_2", server="CLOSE_WAIT")
    pair.server.close()
    pair.until(server="CLOSED", client="FIN_WAIT_2")


@scenario()
def fin_lost_with_data(stage: Stage) -> None:
    """The client's FIN is lost together with the octets it carries, and both come again."""
    stage.wire.drop(fin_of("client"))
    pair = stage.connect()
    pair.exchange()
    pair.client.send(REQUEST, socket.MSG_MORE)
    pair.client.close()
    read_to_end(pair.server)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def fin_and_data_lost(stage: Stage) -> None:
    """The client's last octets and its FIN, a segment each, are both lost; they come again, and
    the server closes after it has read them."""
    pair = stage.connect()
    pair.exchange()
    stage.wire.drop(data_of("client"))
    stage.wire.drop(fin_of("client"))
    pair.client.send(REQUEST)
    pair.client.close()
    read_to_end(pair.server)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def tail_loss_probe(stage: Stage) -> None:
    """The client's FIN follows its last octets and is lost; a tail loss probe repeats it two
    round trips later, long before a retransmission timeout would."""
    pair = stage.connect()
    pair.exchange()
    stage.wire.drop(bare_fin_of("client"))
    pair.client.send(REQUEST)
    pair.client.close()
    read_to_end(pair.server)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def needless_tail_loss_probe(stage: Stage) -> None:
    """The server's delayed ACK of the client's last octets and FIN takes longer than two round
    trips: a tail loss probe repeats the FIN, which had arrived, and a D-SACK says so."""
    pair = stage.connect()
    pair.exchange()
    pair.client.send(REQUEST)
    pair.client.close()
    stage.until_sent(fin_of("client"), times=2)
    pair.until(client="FIN_WAIT_2", server="CLOSE_WAIT")
    stage.until_quiet()
    read_to_end(pair.server)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")
