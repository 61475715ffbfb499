"""Connections that end while they open, and openings that matter for how they end."""

from __future__ import annotations

import socket
import time

from ..stage import (
    DEADLINE_S,
    REQUEST,
    SERVER_PORT,
    Connection,
    Stage,
    abort,
    read_to_end,
    wait_until,
)
from .closing import close_client_first
from .patterns import data_of, pure_ack_of, sent_by
from .registry import scenario

# Fast Open for clients (1) and servers (2), without asking for a cookie (4, 0x200).
FAST_OPEN = {"tcp_fastopen": 0x207}
NOT_ITS_OWN = "no segment of the server shows it; the ICMP error may be anybody's"
# Three SYNs, and the connection is given up after 4 s.
FEW_SYNS = {"tcp_syn_retries": 1, "tcp_syn_linear_timeouts": 1}


@scenario(sample=True)
def refused(stage: Stage) -> None:
    """The client connects to a port where nobody listens."""
    client = stage.make_socket("client")
    wait_until(lambda: client.connect_ex(stage.server_address) != 0, "the connection is refused")


@scenario(sysctls=FEW_SYNS)
def syn_unanswered(stage: Stage) -> None:
    """Every SYN of the client is lost, until it gives up."""
    stage.wire.drop(sent_by("client", "SYN"), times=None)
    client = stage.make_socket("client")
    wait_until(lambda: client.connect_ex(stage.server_address) != 0, "the connection is given up")


@scenario(unknowable={"*.server.last": NOT_ITS_OWN})
def syn_prohibited(stage: Stage) -> None:
    """The server's host refuses the SYN as a firewall does: ICMP, administratively prohibited."""
    stage.listen()
    client = stage.make_socket("client")
    with stage.server_unreachable("prohibit"):
        wait_until(lambda: client.connect_ex(stage.server_address) != 0, "connect() fails")


@scenario(unknowable={"*.server.last": NOT_ITS_OWN})
def syn_host_unreachable(stage: Stage) -> None:
    """The server's host has no way for the SYN: ICMP, host unreachable."""
    stage.listen()
    client = stage.make_socket("client")
    with stage.server_unreachable("unreachable"):
        wait_until(lambda: client.connect_ex(stage.server_address) != 0, "connect() fails")


@scenario()
def syn_ack_lost(stage: Stage) -> None:
    """The server's SYN, ACK is lost once and sent again; then all goes its way."""
    stage.wire.drop(sent_by("server", "SYN"))
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario()
def connect_aborted(stage: Stage) -> None:
    """The client gives up its connect() while the SYN is under way: the server's SYN, ACK draws
    a RST."""
    stage.listen()
    client = stage.dial()
    client.close()
    stage.until_sent(sent_by("client", "RST"))


@scenario()
def handshake_ack_lost_then_close(stage: Stage) -> None:
    """The client's handshake ACK is lost; its FIN, with which it closes at once, completes the
    server's handshake as well."""
    stage.wire.drop(pure_ack_of("client"))
    stage.listen()
    client = stage.dial()
    stage.until_sent(pure_ack_of("client"))
    client.close()
    server, _ = stage.listen().accept()
    read_to_end(server)
    server.close()
    stage.until_quiet()


@scenario(sample=True, sysctls={"tcp_synack_retries": 1, "tcp_syncookies": 0})
def full_accept_queue(stage: Stage) -> None:
    """Nobody accepts, and the accept queue is full when the third client's handshake ACK arrives:
    that client believes to be connected and sends its request, the server repeats its SYN, ACK,
    and answers with a RST when it has given that up."""
    listener = stage.listen(backlog=1)
    queued = [stage.dial()]
    stage.until_sent(pure_ack_of("client"))
    stage.until_quiet()
    # There is room for two more SYNs, but for one connection only.
    queued.append(stage.dial())
    late = stage.dial()
    stage.until_sent(pure_ack_of("client"), times=3)
    late.sendall(REQUEST)
    stage.until_sent(sent_by("server", "RST"))
    for client in queued:
        close_client_first(stage.accept(client))
    listener.close()


@scenario(sysctls={"tcp_syncookies": 2})
def syn_cookies(stage: Stage) -> None:
    """The server answers with SYN cookies and keeps no state; a connection opens and closes as
    ever."""
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)


@scenario(sysctls={"tcp_syncookies": 2})
def syn_cookies_ack_lost(stage: Stage) -> None:
    """The server answers with SYN cookies and the handshake's ACK is lost: the server knows
    nothing of the connection until the client's request, which brings the cookie, arrives."""
    stage.wire.drop(pure_ack_of("client"))
    stage.listen()
    client = stage.dial()
    stage.until_sent(pure_ack_of("client"))
    time.sleep(1)
    client.sendall(REQUEST)
    pair = stage.accept(client)
    read = pair.server.recv(len(REQUEST))
    pair.server.sendall(read)
    stage.until_sent(data_of("server"))
    stage.until_quiet()
    client.recv(len(REQUEST))
    close_client_first(pair)


@scenario(sysctls={"tcp_syncookies": 2})
def syn_cookies_forgotten(stage: Stage) -> None:
    """The server answers with SYN cookies and has stopped listening when the handshake's ACK
    arrives: the ACK draws a RST."""
    listener = stage.listen()
    stage.wire.delay(pure_ack_of("client"), 100)
    stage.dial()
    stage.until_sent(pure_ack_of("client"))
    listener.close()
    stage.until_sent(sent_by("server", "RST"))


def open_fast(stage: Stage) -> Connection:
    """A connection whose SYN carries a request, accepted while in SYN_RECEIVED."""
    listener = stage.listen()
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 5)
    client = stage.make_socket("client")
    client.setblocking(False)
    client.sendto(REQUEST, socket.MSG_FASTOPEN, stage.server_address)
    client.settimeout(DEADLINE_S)
    pair = stage.accept(client)
    pair.server.recv(len(REQUEST))
    return pair


@scenario(sysctls=FAST_OPEN)
def fast_open(stage: Stage) -> None:
    """TCP Fast Open: the client's SYN carries its request; the connection then closes in order."""
    pair = open_fast(stage)
    pair.exchange()
    close_client_first(pair)


@scenario(sysctls=FAST_OPEN)
def fast_open_closed_in_syn_received(stage: Stage) -> None:
    """TCP Fast Open: the server reads the request off the SYN, and closes before the handshake
    is complete."""
    pair = open_fast(stage)
    pair.server.close()
    pair.until(client="CLOSE_WAIT")
    pair.client.close()
    pair.until(client="CLOSED", server="TIME_WAIT")


@scenario(sysctls=FAST_OPEN)
def fast_open_aborted(stage: Stage) -> None:
    """TCP Fast Open: the server reads the request off the SYN, and aborts before the handshake
    is complete."""
    pair = open_fast(stage)
    abort(pair.server)
    pair.until(client="CLOSED", server="CLOSED")


@scenario(delay_ms=50)
def simultaneous_open(stage: Stage) -> None:
    """Both ends connect to each other at the same time: the SYNs cross, and one connection
    comes of it."""
    client, server = stage.make_socket("client"), stage.make_socket("server")
    stage.dial(client)
    server.setblocking(False)
    server.connect_ex(client.getsockname())
    server.settimeout(DEADLINE_S)
    pair = stage.pair(client, server)
    pair.until(client="ESTABLISHED", server="ESTABLISHED")
    assert server.getsockname()[1] == SERVER_PORT
    pair.exchange()
    close_client_first(pair)
