"""Working ahead: a thread fills a relay's batches while those before them are being used.

And another does what is needed later while both are busy, and do not need the GIL.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from pcapflow.engine.relay import Relay


class Ahead:
    """A thread that does ``work``: fills ``relay.filling``, again and again, and calls ``give``.

    It comes to an end where ``give`` returns False; ``cancel`` must make it do so where it waits
    for something else.  What it raises is raised by ``check``, once the relay has no more.
    """

    def __init__(
        self, work: Callable[[Relay], None], relay: Relay, cancel: Callable[[], None]
    ) -> None:
        self._work = work
        self._relay = relay
        self._cancel = cancel
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="work-ahead", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise what the work raised."""
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Stop the work and wait for the thread; batches not used yet are lost."""
        self._cancel()
        self._relay.stop()
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

    def _run(self) -> None:
        try:
            self._work(self._relay)
        except BaseException as raised:  # noqa: BLE001 - it is raised where the work is awaited
            self._error = raised
        finally:
            self._relay.end()


class Beside:
    """A thread that does ``work``, which is short and all Python; ``join`` waits until it is done.

    Python gives the GIL to who waits for it after 5 ms.  In that time a thread that works ahead,
    and needs it for a moment once a megabyte, would have read ten.
    """

    _PATIENCE = 100e-6

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._patience = sys.getswitchinterval()
        sys.setswitchinterval(self._PATIENCE)
        self._thread = threading.Thread(target=self._run, name="work-beside", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until the work is done; twice is allowed."""
        self._thread.join()
        sys.setswitchinterval(self._patience)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.join()

    def _run(self) -> None:
        with contextlib.suppress(Exception):  # whoever needs what was to be done meets it again
            self._work()
