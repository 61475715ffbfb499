"""Ways to close that scenarios of several themes share."""

from __future__ import annotations

import time

from ..stage import Connection

# From <linux/tcp.h>; Python's socket module lacks it.
TCP_USER_TIMEOUT = 18

# More than a first window holds: a close after it finds octets still unsent.
LOAD = bytes(20_000)


def close_client_first(pair: Connection) -> None:
    """The client closes, the server 50 ms after it has heard of it."""
    pair.client.close()
    pair.until(server="CLOSE_WAIT")
    time.sleep(0.05)
    pair.server.close()
    pair.until(client="TIME_WAIT", server="CLOSED")
