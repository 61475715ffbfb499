"""When the capture lost packets, and what that makes less sure."""

from __future__ import annotations

from pcapflow.model import ENDED, Confidence, Connection, Finding
from pcapflow.values import replace

_LESS: dict[Confidence, Confidence] = {
    "certain": "likely",
    "likely": "possible",
    "possible": "possible",
}
_MOST = 1024  # times that are told apart
_WHY = " The capture lost packets in this connection's time, which makes this less sure."


class Losses:
    """The times in which packets were dropped, for whoever judges connections.

    ``count`` is how many there were in all, None where nobody counts them; ``times`` when (ns).
    """

    def __init__(self) -> None:
        self.count: int | None = None
        self.times: list[tuple[int, int]] = []

    def note(self, count: int | None, since: int, until: int) -> None:
        """So many have been lost in all; what is new of them, between these times (ns)."""
        before, self.count = self.count or 0, count
        if count is None or count <= before:
            return
        if self.times and (since <= self.times[-1][1] or len(self.times) == _MOST):
            since = self.times.pop()[0]
        self.times.append((since, until))

    def weakened(self, connection: Connection) -> Connection:
        """The same with its findings one step less sure if packets were lost in its time.

        That lasts until its last packet where it has ended, else until now.
        """
        end = connection.last if connection.ending in ENDED else connection.capture_end
        if not connection.findings or not self._between(connection.first, end):
            return connection
        return replace(connection, findings=tuple(map(_less_sure, connection.findings)))

    def _between(self, begin: int, end: int) -> bool:
        return any(since <= end and until >= begin for since, until in reversed(self.times))


def _less_sure(finding: Finding) -> Finding:
    if finding.end == "capture":
        return finding  # which is about what is missing
    return replace(finding, confidence=_LESS[finding.confidence], message=finding.message + _WHY)
