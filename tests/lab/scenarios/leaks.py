"""Closes that one side never completes: CLOSE_WAIT leaks, and orphans in FIN_WAIT_2."""

from __future__ import annotations

import time

from ..stage import RESPONSE, Stage, wait_readable
from .closing import close_client_first
from .patterns import fin_of, sent_by
from .registry import scenario

# The longest timeout that Linux allows, so that orphans outlive the recording: with the usual
# 60 s they would vanish without a segment.
PATIENT_ORPHANS = {"tcp_fin_timeout": 120}
HASTY_ORPHANS = {"tcp_fin_timeout": 2}


@scenario(sample=True, sysctls=PATIENT_ORPHANS)
def leaking_pool(stage: Stage) -> None:
    """The server closes the 12 idle connections of a client's pool; the client closes two of
    them and leaks ten for more than a minute, while one more connection stays in use."""
    leak_pool(stage, size=12, closed=2, rounds=15)


@scenario(sysctls=PATIENT_ORPHANS)
def leaking_pool_of_50(stage: Stage) -> None:
    """The server closes the 50 idle connections of a client's pool; the client leaks them all,
    while one more connection stays in use."""
    leak_pool(stage, size=50, closed=0, rounds=13)


def leak_pool(stage: Stage, *, size: int, closed: int, rounds: int) -> None:
    """A pool of that size, of which the client closes some; 5 s for each round of use after it."""
    healthy = stage.connect()
    healthy.exchange()
    pool = [stage.connect() for _ in range(size)]
    for pair in pool:
        pair.exchange()
        time.sleep(0.6 / size)
    time.sleep(1.0)
    for pair in pool:
        pair.server.close()
        pair.until(client="CLOSE_WAIT", server="FIN_WAIT_2")
    for pair in pool[:closed]:
        pair.client.close()
        pair.until(client="CLOSED", server="TIME_WAIT")
    for _ in range(rounds):
        time.sleep(5.0)
        healthy.exchange()


@scenario(sysctls=PATIENT_ORPHANS)
def close_wait_leak(stage: Stage) -> None:
    """The server closes, the client reads everything and never closes; 12 s later another
    connection of the two is opened and closed in order."""
    pair = stage.connect()
    pair.exchange()
    pair.server.close()
    pair.until(client="CLOSE_WAIT", server="FIN_WAIT_2")
    time.sleep(12)
    other = stage.connect()
    other.exchange()
    close_client_first(other)


@scenario(sysctls=PATIENT_ORPHANS)
def close_wait_leak_unread(stage: Stage) -> None:
    """The server answers and closes; the client neither reads the answer nor closes within the
    12 s that follow."""
    pair = stage.connect()
    pair.request()
    pair.server.sendall(RESPONSE)
    pair.server.close()
    pair.until(client="CLOSE_WAIT", server="FIN_WAIT_2")
    wait_readable(pair.client)
    time.sleep(12)
    other = stage.connect()
    other.exchange()
    close_client_first(other)


@scenario(sysctls=HASTY_ORPHANS)
def orphan_times_out(stage: Stage) -> None:
    """The server closes and waits for the client's FIN as an orphan in FIN_WAIT_2, until its
    kernel forgets it after 2 s without a segment; the client stays in CLOSE_WAIT."""
    pair = stage.connect()
    pair.exchange()
    pair.server.close()
    pair.until(client="CLOSE_WAIT", server="FIN_WAIT_2")
    pair.until(server="CLOSED")
    other = stage.connect()
    other.exchange()
    close_client_first(other)


@scenario(sysctls=HASTY_ORPHANS)
def orphan_times_out_then_data(stage: Stage) -> None:
    """The server closes and its orphan in FIN_WAIT_2 is forgotten after 2 s; the client's next
    request draws a RST from a kernel that knows nothing."""
    pair = stage.connect()
    pair.exchange()
    pair.server.close()
    pair.until(client="CLOSE_WAIT", server="FIN_WAIT_2")
    pair.until(server="CLOSED")
    pair.client.sendall(RESPONSE)
    pair.until(client="CLOSED")


@scenario(sysctls=HASTY_ORPHANS)
def orphan_times_out_then_fin(stage: Stage) -> None:
    """The server closes and its orphan in FIN_WAIT_2 is forgotten after 2 s; the client's late
    FIN draws a RST."""
    pair = stage.connect()
    pair.exchange()
    pair.server.close()
    pair.until(client="CLOSE_WAIT", server="FIN_WAIT_2")
    pair.until(server="CLOSED")
    pair.client.close()
    pair.until(client="CLOSED")
    stage.until_sent(sent_by("server", "RST"))


@scenario(sysctls=HASTY_ORPHANS)
def orphan_meets_fin_in_time(stage: Stage) -> None:
    """The server closes; the client's FIN comes after 1 s, while the orphan in FIN_WAIT_2 is
    still there, and brings it to TIME_WAIT."""
    pair = stage.connect()
    pair.exchange()
    pair.server.close()
    pair.until(client="CLOSE_WAIT", server="FIN_WAIT_2")
    time.sleep(1)
    pair.client.close()
    stage.until_sent(fin_of("client"))
    pair.until(server="TIME_WAIT", client="CLOSED")
