"""What meets a socket in TIME_WAIT: the same ports again, late segments, a RST."""

from __future__ import annotations

import time

from ..segment import Segment
from ..stage import Connection, Stage, choose_isn, read_to_end
from .closing import close_client_first
from .patterns import fin_of, forge, sent_by
from .registry import scenario

NO_TIMESTAMPS = {"tcp_timestamps": 0}
HIGH = 1_000_000

IN_BETWEEN = "the refused SYN, and the RST that ends TIME_WAIT, are between the two connections"
NOT_ONE = "a SYN that is refused all along makes no connection of its own"


def leave_in_time_wait(stage: Stage) -> tuple[Connection, Segment]:
    """A connection that the server closed first, and the client's last FIN."""
    pair = stage.connect()
    pair.exchange()
    pair.server.close()
    read_to_end(pair.client)
    pair.client.close()
    pair.until(client="CLOSED", server="TIME_WAIT")
    last = [it for it in stage.wire.everything() if fin_of("client")(it)][-1]
    return pair, last


def connect_again(stage: Stage, old: Connection, isn: int) -> Connection:
    """The same four-tuple once more, from this sequence number."""
    client = stage.make_socket("client", old.ports.client)
    choose_isn(client, isn)
    return stage.connect(client)


@scenario(sample=True)
def time_wait_reuse(stage: Stage) -> None:
    """The server's socket is in TIME_WAIT when the client connects from the same port: a higher
    timestamp opens a new connection though its sequence numbers are lower."""
    old, last = leave_in_time_wait(stage)
    time.sleep(0.5)
    pair = connect_again(stage, old, last.seq - HIGH)
    pair.exchange()
    close_client_first(pair)


@scenario(sysctls=NO_TIMESTAMPS)
def time_wait_reuse_by_isn(stage: Stage) -> None:
    """The server's socket is in TIME_WAIT when the client connects from the same port: without
    timestamps a higher sequence number opens a new connection."""
    old, last = leave_in_time_wait(stage)
    time.sleep(0.5)
    pair = connect_again(stage, old, last.seq + HIGH)
    pair.exchange()
    close_client_first(pair)


@scenario(
    sysctls=NO_TIMESTAMPS,
    unknowable={
        "1.*.server.CLOSED": IN_BETWEEN,
        "1.*.server.last": IN_BETWEEN,
        "1.*.reset-closed-socket": IN_BETWEEN,
        "2.*.client.time.SYN_SENT": IN_BETWEEN,
    },
)
def time_wait_reuse_refused(stage: Stage) -> None:
    """The server's socket is in TIME_WAIT when the client connects from the same port with lower
    numbers: it draws the old ACK and answers with a RST, which ends TIME_WAIT, so that the SYN
    sent again opens the connection."""
    old, last = leave_in_time_wait(stage)
    time.sleep(0.5)
    pair = connect_again(stage, old, last.seq - HIGH)
    pair.exchange()
    close_client_first(pair)


@scenario(
    sysctls={**NO_TIMESTAMPS, "tcp_rfc1337": 1, "tcp_syn_retries": 1},
    unknowable={"*.connections": NOT_ONE, "2.*.*": NOT_ONE},
)
def time_wait_reuse_refused_for_good(stage: Stage) -> None:
    """The server's socket is in TIME_WAIT and protected against RSTs (RFC 1337): the client's
    SYNs with lower numbers draw the old ACK, until it gives up."""
    old, last = leave_in_time_wait(stage)
    time.sleep(0.5)
    client = stage.make_socket("client", old.ports.client)
    choose_isn(client, last.seq - HIGH)
    assert client.connect_ex(stage.server_address) != 0


@scenario()
def time_wait_assassination(stage: Stage) -> None:
    """The client closes first; a RST that meets its TIME_WAIT half a second later ends it before
    its time (RFC 1337)."""
    stage.wire.inject(fin_of("server"), forge("server", "RST", after_ms=500))
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)
    pair.until(client="CLOSED")


@scenario(sysctls={"tcp_rfc1337": 1})
def time_wait_survives(stage: Stage) -> None:
    """The client closes first; a RST that meets its TIME_WAIT is ignored, since its kernel is
    told to (tcp_rfc1337)."""
    stage.wire.inject(fin_of("server"), forge("server", "RST", after_ms=500))
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)
    time.sleep(0.8)
    pair.until(client="TIME_WAIT")


@scenario()
def time_wait_meets_old_data(stage: Stage) -> None:
    """The client closes first; an old segment of the server arrives a second later and draws an
    ACK from TIME_WAIT, which in turn draws a RST of the server's kernel."""
    stage.wire.duplicate(lambda it: it.sender == "server" and it.length > 0, 1000)
    pair = stage.connect()
    pair.exchange()
    close_client_first(pair)
    stage.until_sent(sent_by("server", "RST"))


@scenario(sysctls={"tcp_tw_reuse": 1})
def time_wait_left_by_client(stage: Stage) -> None:
    """The client closes first and connects again from the same port 1.2 s later, out of its own
    TIME_WAIT (tcp_tw_reuse)."""
    port = 50_000
    old = stage.connect(stage.make_socket("client", port))
    old.exchange()
    close_client_first(old)
    time.sleep(1.2)
    pair = stage.connect(stage.make_socket("client", port))
    pair.exchange()
    close_client_first(pair)
