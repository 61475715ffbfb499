"""Threads of a long reading: one fills a relay's batches while those before them are being used.

And another does what is needed later while both are busy, and do not need the GIL.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from pcapflow.engine.relay import Relay

_PATIENCE = 100e-6
"""Seconds that a thread which waits for the GIL is kept waiting.

Python's own are 5 ms.  In that time a thread that works ahead, and needs the GIL for a moment once
a megabyte, would have read ten.
"""


@contextmanager
def ahead(
    work: Callable[[Relay], None], relay: Relay, cancel: Callable[[], None]
) -> Iterator[None]:
    """In a thread, ``work`` fills ``relay.filling``, again and again, and calls ``give``.

    It comes to an end where ``give`` returns False; ``cancel`` must make it do so where it waits
    for something else.  What it raises is raised here when what came before it has been used.
    """
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work(relay)
        except BaseException as error:  # noqa: BLE001 - it is raised where the work is awaited
            raised.append(error)
        finally:
            relay.end()

    thread = Thread(target=run, name="work-ahead", daemon=True)
    thread.start()
    try:
        yield
        for error in raised:
            raise error
    finally:
        cancel()
        relay.stop()
        thread.join()


@contextmanager
def beside(work: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """In a thread, do ``work``, which is short and all Python; gives what waits until it is done.

    That may be called more than once, and is at the end.
    """
    patience = sys.getswitchinterval()

    def run() -> None:
        with suppress(Exception):  # whoever needs what was to be done meets it again
            work()

    def join() -> None:
        thread.join()
        sys.setswitchinterval(patience)

    thread = Thread(target=run, name="work-beside", daemon=True)
    sys.setswitchinterval(_PATIENCE)
    thread.start()
    try:
        yield join
    finally:
        join()
