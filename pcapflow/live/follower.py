"""Who else follows a watch: what keeps packets, counts, or shows a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcapflow.engine.batch import Batch
    from pcapflow.live.news import News
    from pcapflow.live.watch import Watch


class Follower:
    """Told of everything by a ``Watch``, in its thread, while it holds its lock: be brief.

    What must be done takes place here; what may fail or wait (disks, sockets) must not end the
    watch: a follower says so in its own way, once, and goes on.
    """

    def began(self, watch: Watch) -> None:
        """The watch that will be followed; no packet has been read yet."""

    def octets(self, piece: bytes) -> None:
        """The next octets of the capture, before they are analysed; records may be cut by it."""

    def tracked(self, batch: Batch) -> None:
        """A batch whose segments have found their connections; used again after this returns."""

    def told(self, news: News) -> None:
        """What is about to be told."""

    def passed(self, now: int) -> None:
        """The packet clock stands at ``now`` (ns): called several times a second."""

    def end(self) -> None:
        """The watch is over; all news have been told, unless it broke off.  Called once."""
