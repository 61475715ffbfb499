"""Closes behind a window that the reader has let close."""

from __future__ import annotations

import socket

from ..stage import Connection, Stage, kill_9, read_to_end
from .closing import TCP_USER_TIMEOUT
from .patterns import data_of, fin_of
from .registry import scenario

# As small as Linux lets it be, so that little fills it.
SMALL_BUFFER = 2304
MORE_THAN_FITS = 16_000


def fill_window(stage: Stage) -> Connection:
    """A connection whose server does not read, and whose client has more to send than fits."""
    stage.listen().setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    pair = stage.connect()
    pair.client.sendall(bytes(MORE_THAN_FITS))
    return pair


def until_probed(stage: Stage, probes: int) -> None:
    """Wait for window probes: pure ACKs one number before the next."""
    stage.until_quiet()
    last = [it.fin_mark for it in stage.wire.everything() if data_of("client")(it)][-1]
    stage.until_sent(
        lambda it: it.sender == "client" and it.pure_ack and it.seq == last - 1, times=probes
    )


@scenario(sample=True)
def zero_window_at_close(stage: Stage) -> None:
    """The client closes behind a closed window: its FIN waits behind octets that it must not
    send, until the server reads on."""
    pair = fill_window(stage)
    pair.client.close()
    until_probed(stage, 2)
    read_to_end(pair.server)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def zero_window_forever(stage: Stage) -> None:
    """The client closes behind a closed window and the server never reads: the client's orphan
    still probes the window, its FIN unsent, when the recording ends."""
    pair = fill_window(stage)
    pair.client.close()
    until_probed(stage, 5)


@scenario()
def zero_window_given_up(stage: Stage) -> None:
    """The client closes behind a closed window; its orphan probes the window until the 3 s are
    over that its application allowed (TCP_USER_TIMEOUT), and is gone without a FIN or a RST."""
    pair = fill_window(stage)
    pair.client.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 3000)
    pair.client.close()
    pair.until(client="CLOSED", server="ESTABLISHED")


@scenario()
def zero_window_then_server_closes(stage: Stage) -> None:
    """The server closes with its window closed and octets unread: a RST in place of a FIN."""
    pair = fill_window(stage)
    until_probed(stage, 1)
    pair.server.close()
    pair.until(client="CLOSED", server="CLOSED")


@scenario()
def zero_window_then_kill9(stage: Stage) -> None:
    """The client's process is killed behind a closed window; the server reads on, so that the
    octets still arrive and the FIN after them."""
    pair = fill_window(stage)
    process = stage.hand_to_process(pair.client)
    until_probed(stage, 1)
    kill_9(process)
    pair.until(client="FIN_WAIT_1")
    read_to_end(pair.server)
    stage.until_sent(fin_of("client"))
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario()
def zero_window_half_close(stage: Stage) -> None:
    """The client shuts down and lets its window close; the server's octets and FIN wait, until
    the client reads on."""
    client = stage.make_socket("client")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    pair = stage.connect(client)
    pair.request()
    pair.client.shutdown(socket.SHUT_WR)
    pair.until(server="CLOSE_WAIT", client="FIN_WAIT_2")
    pair.server.sendall(bytes(MORE_THAN_FITS))
    pair.server.close()
    pair.until(server="LAST_ACK")
    stage.until_quiet()
    read_to_end(pair.client)
    pair.client.close()
    pair.until(client="TIME_WAIT", server="CLOSED")
