"""Working ahead: a thread prepares the next items while the last ones are being used.

Reading releases the GIL and so does the compiled engine, so both sides proceed at once.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Items made by ``work`` in a thread, in order, out of a few that are used again and again.

    ``work`` is given a function that returns a spare item, waiting for one if need be, fills it
    and yields it.  Each item that iteration gives is the caller's until it asks for the next.
    What ``work`` raises is raised here, after all items before it.  ``cancel`` must make ``work``
    come to an end where it waits for something else than a spare item.
    """

    def __init__(
        self,
        work: Callable[[Callable[[], T]], Iterator[T]],
        spares: Iterable[T],
        cancel: Callable[[], None],
    ) -> None:
        self._spare: queue.SimpleQueue[T | None] = queue.SimpleQueue()
        self._ready: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
        for spare in spares:
            self._spare.put(spare)
        self._work = work
        self._cancel = cancel
        self._thread = threading.Thread(target=self._run, name="work-ahead", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[T]:
        while True:
            item = self._ready.get()
            if isinstance(item, _End):
                self._ready.put(item)  # whoever asks again is told again
                if item.error is not None:
                    raise item.error
                return
            yield item
            self._spare.put(item)

    def close(self) -> None:
        """Stop the work and wait for the thread; items not fetched are lost."""
        self._spare.put(None)
        self._cancel()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _take(self) -> T:
        spare = self._spare.get()
        if spare is None:
            raise _Stopped
        return spare

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._work(self._take):
                self._ready.put(item)
        except _Stopped:
            pass
        except BaseException as raised:  # noqa: BLE001 - it is raised where the item is awaited
            error = raised
        self._ready.put(_End(error))


class _End:
    """The work is over, by an error or of itself."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class _Stopped(Exception):
    """``close`` was called."""
