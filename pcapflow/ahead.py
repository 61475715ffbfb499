"""Working ahead: a thread fills a relay's batches while those before them are being used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

from pcapflow.engine.relay import Relay


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
