"""What a report is to its readers; ``pcapflow.fold.Report`` is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pcapflow.model import (
        Across,
        CaptureInfo,
        Connection,
        End,
        Ending,
        Endpoint,
        Opening,
        Severity,
        State,
        Vantage,
    )


class GroupLike(Protocol):
    """Connections of one shape towards one service; ``model.Group`` is one.

    ``examples`` and ``dwell`` may have to be worked out: ask only those that are shown.
    """

    @property
    def shape(self) -> str: ...

    @property
    def service(self) -> Endpoint: ...

    @property
    def connections(self) -> int: ...

    @property
    def ending(self) -> Ending: ...

    @property
    def states(self) -> tuple[State, State]: ...

    @property
    def opening(self) -> Opening: ...

    @property
    def findings(self) -> tuple[tuple[str, Severity, int], ...]: ...

    @property
    def examples(self) -> tuple[int, ...]: ...

    @property
    def dwell(self) -> tuple[End, State, int] | None: ...


class ReportLike(Protocol):
    """The result of one analysis.

    ``examples`` holds every connection that a group or a finding ``across`` connections names, with
    its findings; ``findings`` counts
    connections by code and severity, ``states`` the clients' and the servers' at the capture's
    end.  ``fault`` is what the reading broke off with, in words when asked by ``str``.
    """

    @property
    def info(self) -> CaptureInfo: ...

    @property
    def groups(self) -> Sequence[GroupLike]: ...

    @property
    def across(self) -> tuple[Across, ...]: ...

    @property
    def examples(self) -> Mapping[int, Connection]: ...

    @property
    def total(self) -> int: ...

    @property
    def whole(self) -> int:
        """The connections of the capture, of which ``total`` were chosen."""
        ...

    @property
    def healthy(self) -> int: ...

    @property
    def states(self) -> tuple[Mapping[State, int], Mapping[State, int]]: ...

    @property
    def endings(self) -> Mapping[Ending, int]: ...

    @property
    def findings(self) -> Mapping[tuple[str, Severity], int]: ...

    @property
    def fault(self) -> object | None: ...

    @property
    def version(self) -> str: ...

    @property
    def engine(self) -> str: ...

    def vantage(self, flow: int) -> Vantage:
        """Where the capture was made, as far as an example tells."""
        ...

    def connections(self) -> Iterator[Connection]:
        """All connections, ordered by first packet."""
        ...

    def records(self, files: Sequence[tuple[str, int]] = ()) -> Iterator[bytes]:
        """The records of all connections as JSON; ``files`` as ``report.records`` takes them."""
        ...
