"""The scenarios: each a short script for both applications and the wire.

To add one, write a function with the decorator: its docstring is what happens, in one sentence.
`sample=True` ships its recording in samples/.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from .stage import RESPONSE, Stage, wait_readable, wait_until

Point = Literal["client", "server", "wire"]

DELAY_MS = 5.0

LINGER_0 = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Scenario:
    """A script, what it shows, and the stage it needs: `delay_ms` is the wire's, each way."""

    name: str
    what: str
    play: Callable[[Stage], None]
    sample: bool
    point: Point
    delay_ms: float
    sysctls: dict[str, int] = field(default_factory=dict)


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    *,
    sample: bool = False,
    point: Point = "client",
    delay_ms: float = DELAY_MS,
    sysctls: dict[str, int] | None = None,
) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Register a script under its own name; `point` is where the shipped capture is made."""

    def register(play: Callable[[Stage], None]) -> Callable[[Stage], None]:
        what = " ".join((play.__doc__ or "").split())
        SCENARIOS[play.__name__] = Scenario(
            play.__name__, what, play, sample, point, delay_ms, sysctls or {}
        )
        return play

    return register


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
    while pair.client.recv(4096):
        pass
    pair.client.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


# The longest timeout that Linux allows, so that the server's orphans outlive the recording:
# with the usual 60 s they would vanish without a segment.
@scenario(sample=True, sysctls={"tcp_fin_timeout": 120})
def leaking_pool(stage: Stage) -> None:
    """The server closes the 12 idle connections of a client's pool; the client closes two of
    them and leaks ten for more than a minute, while one more connection stays in use."""
    healthy = stage.connect()
    healthy.exchange()
    pool = [stage.connect() for _ in range(12)]
    for pair in pool:
        pair.exchange()
        time.sleep(0.05)
    time.sleep(1.0)
    for pair in pool:
        pair.server.close()
        pair.until(client="CLOSE_WAIT", server="FIN_WAIT_2")
    for pair in pool[:2]:
        pair.client.close()
        pair.until(client="CLOSED", server="TIME_WAIT")
    for _ in range(15):
        time.sleep(5.0)
        healthy.exchange()


@scenario(sample=True)
def lost_final_ack(stage: Stage) -> None:
    """The client closes first, then the server; the client's ACK of the server's FIN is lost
    once behind the capture point, so that the FIN comes again and is acknowledged again."""
    wire = stage.wire
    wire.drop(lambda it: it.sender == "client" and it.pure_ack and wire.acknowledges_fin(it))
    pair = stage.connect()
    pair.exchange()
    pair.client.close()
    pair.until(server="CLOSE_WAIT")
    time.sleep(0.05)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario(sample=True)
def lost_fin(stage: Stage) -> None:
    """The client's first FIN is lost behind the capture point and sent again; the server
    closes 50 ms after it arrived."""
    stage.wire.drop(lambda it: it.sender == "client" and it.has("FIN"))
    pair = stage.connect()
    pair.exchange()
    pair.client.close()
    pair.until(server="CLOSE_WAIT")
    time.sleep(0.05)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")


@scenario(sample=True, delay_ms=50)
def simultaneous_close(stage: Stage) -> None:
    """Both ends close at the same time, 50 ms apart on the wire: the FINs cross."""
    pair = stage.connect()
    pair.exchange()
    time.sleep(0.3)
    pair.client.close()
    pair.server.close()
    pair.until(client="TIME_WAIT", server="TIME_WAIT")


@scenario(sample=True)
def abort_linger0(stage: Stage) -> None:
    """The client closes with SO_LINGER on and 0 s: a RST in place of the FIN."""
    pair = stage.connect()
    pair.exchange()
    pair.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_0)
    pair.client.close()
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


@scenario(sample=True)
def refused(stage: Stage) -> None:
    """The client connects to a port where nobody listens."""
    client = stage.socket("client")
    wait_until(lambda: client.connect_ex(stage.server_address) != 0, "the connection is refused")


@scenario(sample=True)
def unanswered_fin(stage: Stage) -> None:
    """The client closes and every FIN of it is lost behind the capture point; the recording
    ends before the client gives up."""
    stage.wire.drop(lambda it: it.sender == "client" and it.has("FIN"), times=None)
    pair = stage.connect()
    pair.exchange()
    pair.client.close()
    wait_until(lambda: stage.count_fins("client") >= 5, "the fifth FIN was sent")


@scenario(sample=True)
def close_with_unread_data(stage: Stage) -> None:
    """The client closes while the server's answer waits unread: a RST in place of the FIN."""
    pair = stage.connect()
    pair.request()
    pair.server.sendall(RESPONSE)
    wait_readable(pair.client)
    pair.client.close()
    pair.until(client="CLOSED", server="CLOSED")
