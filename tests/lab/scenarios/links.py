"""Other networks and numbers: IPv6, VLAN, loopback, `any`, offload, sequence numbers that wrap."""

from __future__ import annotations

import socket

from ..stage import REQUEST, Stage, abort, choose_isn, read_to_end
from .closing import LOAD, close_client_first
from .patterns import ack_of_fin, fin_of
from .registry import scenario

WRAP = 1 << 32


@scenario(family="inet6")
def ipv6(stage: Stage) -> None:
    """Over IPv6 the client closes first, then the server."""
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario(family="inet6")
def ipv6_lost_fin_and_final_ack(stage: Stage) -> None:
    """Over IPv6, which has no IP id, the client's FIN is lost once, and so is its final ACK."""
    stage.wire.drop(fin_of("client"))
    stage.wire.drop(ack_of_fin(stage, "client"))
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario(family="inet6")
def ipv6_duplicated_fin(stage: Stage) -> None:
    """Over IPv6 the network delivers the client's FIN a second time 3 ms after the first."""
    stage.wire.duplicate(fin_of("client"), 3)
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario(family="inet6")
def ipv6_abort(stage: Stage) -> None:
    """Over IPv6 the server aborts the connection."""
    pair = stage.connect()
    pair.exchange()
    abort(pair.server)
    pair.until(client="CLOSED", server="CLOSED")


@scenario(vlan=77)
def vlan(stage: Stage) -> None:
    """In the middle the frames have an 802.1Q tag; the client closes first, then the server."""
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario(network="loopback")
def loopback(stage: Stage) -> None:
    """Both ends are on one host and the capture is made on lo: the client closes first, then the
    server."""
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario(network="loopback")
def loopback_transfer(stage: Stage) -> None:
    """Both ends are on one host and the capture is made on lo: the client sends 20,000 octets and
    closes at once, then the server."""
    pair = stage.connect()
    pair.client.sendall(LOAD)
    pair.client.close()
    read_to_end(pair.server)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario(link="sll")
def any_sll(stage: Stage) -> None:
    """Captured on the `any` interface (SLL), where the middle shows each packet on its way in and
    on its way out: the client closes first, then the server."""
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario(link="sll2")
def any_sll2(stage: Stage) -> None:
    """Captured on the `any` interface (SLL2), where the middle shows each packet on its way in
    and on its way out: the client closes first, and its FIN is lost once."""
    stage.wire.drop(fin_of("client"))
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario(offload=True)
def offload(stage: Stage) -> None:
    """With offload on, a captured segment is larger than any that travels, its checksum not yet
    made; the client sends 20,000 octets and closes at once, then the server."""
    pair = stage.connect()
    pair.exchange()
    pair.client.sendall(LOAD)
    pair.client.close()
    read_to_end(pair.server)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def sequence_wraps(stage: Stage) -> None:
    """The client's sequence numbers wrap in the midst of its request; the client closes first,
    then the server."""
    client = stage.make_socket("client")
    choose_isn(client, WRAP - 20)
    pair = stage.connect(client)
    pair.exchange()
    close_client_first(pair)


@scenario()
def sequence_wraps_at_fin(stage: Stage) -> None:
    """The client's FIN has the last sequence number before the wrap, is lost once, and its
    acknowledgement is 0."""
    client = stage.make_socket("client")
    choose_isn(client, WRAP - 2 - len(REQUEST))
    stage.wire.drop(fin_of("client"))
    pair = stage.connect(client)
    pair.exchange()
    close_client_first(pair)


@scenario()
def sequence_wraps_before_fin(stage: Stage) -> None:
    """The client's request ends at the wrap: its FIN has the sequence number 0 and carries
    nothing; every acknowledgement of it is lost once."""
    client = stage.make_socket("client")
    choose_isn(client, WRAP - 1 - len(REQUEST))
    stage.wire.drop(ack_of_fin(stage, "server"))
    pair = stage.connect(client)
    pair.exchange()
    pair.client.shutdown(socket.SHUT_WR)
    stage.until_sent(fin_of("client"), times=2)
    pair.until(client="FIN_WAIT_2", server="CLOSE_WAIT")
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")
