"""Reading ahead: a thread fills the next buffers while the engine works on the last one.

``readinto`` releases the GIL and so does the compiled engine, so both proceed at once.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from pcapflow.capture.source import Source

if TYPE_CHECKING:
    from queue import SimpleQueue

BUFFERS = 3
OCTETS = 512 << 10


class ReadAhead:
    """Hands out a source's octets in chunks: each a part of one of a few buffers, used again.

    A file that fits into the first buffer is read without a thread, whose start (and the import
    of ``threading``) would cost a short capture more than it gains.  The source stays the
    caller's: close it after this.
    """

    def __init__(self, source: Source, *, buffers: int = BUFFERS, octets: int = OCTETS) -> None:
        if buffers < 2:
            raise ValueError("one buffer cannot be filled while it is read")
        self._source = source
        self._buffers = buffers
        self._octets = octets
        self._threaded: _Threaded | None = None
        self._ended = False

    def next_chunk(self) -> memoryview | None:
        """Return the next octets, at least one, or None at the end (and again after it).

        Give each chunk back by ``release``; not more than ``buffers - 1`` may be kept meanwhile.
        Raises what reading raised, CaptureError most likely, after all octets before it.
        """
        if self._ended:
            return None
        if self._threaded is None:
            if self._source.is_file:
                return self._first()
            self._threaded = _Threaded(self._source, self._buffers, self._octets)
        chunk = self._threaded.filled.get()
        if isinstance(chunk, memoryview):
            return chunk
        self._ended = True
        if chunk is not None:
            raise chunk
        return None

    def release(self, chunk: memoryview) -> None:
        """Give back a chunk: its octets may change from now on."""
        if self._threaded is not None:
            self._threaded.free.put(memoryview(chunk.obj))

    def close(self) -> None:
        """Stop reading and wait for the thread; chunks not fetched are lost."""
        self._ended = True
        if self._threaded is not None:
            self._threaded.stop()
            self._threaded = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _first(self) -> memoryview | None:
        """Read the beginning of a file at once; a thread follows only if there may be more."""
        chunk = memoryview(bytearray(self._octets))
        got = self._source.readinto(chunk)
        if got == self._octets:
            self._threaded = _Threaded(self._source, self._buffers - 1, self._octets)
        else:
            self._ended = True
        return chunk[:got] if got else None


class _Threaded:
    """The thread and its two queues: buffers to be filled, and chunks of those that are.

    None in ``free`` asks the thread to stop; None in ``filled`` is the end of the source.
    """

    def __init__(self, source: Source, buffers: int, octets: int) -> None:
        import queue
        import threading

        self.free: SimpleQueue[memoryview | None] = queue.SimpleQueue()
        self.filled: SimpleQueue[memoryview | BaseException | None] = queue.SimpleQueue()
        for _ in range(buffers):
            self.free.put(memoryview(bytearray(octets)))
        self._source = source
        self._thread = threading.Thread(target=self._work, name="read-ahead", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.free.put(None)
        self._source.cancel()
        self._thread.join()

    def _work(self) -> None:
        try:
            while (view := self.free.get()) is not None:
                got = self._source.readinto(view)
                if got == 0:
                    break
                self.filled.put(view[:got])
            self.filled.put(None)
        except BaseException as error:  # noqa: BLE001 - it is raised where the chunk is awaited
            self.filled.put(error)
