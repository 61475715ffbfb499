"""Which connections and findings the user wants to see."""

from __future__ import annotations

from pcapflow.hints import TYPE_CHECKING
from pcapflow.values import Record, replace

if TYPE_CHECKING:
    from pcapflow.cli.flow import Flow, Network, Service
    from pcapflow.cli.moment import Moment
    from pcapflow.model import Across, Connection, Endpoint, Finding, Severity


class Choice(Record):
    """What was chosen; nothing means everything.

    ``only`` and ``severity`` choose findings, and with them the connections that have one;
    ``everything`` brings the others back.  ``ids`` are those that a display filter left.  A
    connection is chosen by time where it was alive at some moment from ``since`` to ``until``: one
    that holds a socket when the capture ends is alive, however long nothing is sent.
    """

    flow: Flow | None = None
    hosts: frozenset[Network] = frozenset()
    ports: frozenset[int] = frozenset()
    services: frozenset[Service] = frozenset()
    since: Moment | None = None
    until: Moment | None = None
    only: frozenset[str] = frozenset()
    severity: Severity | None = None
    everything: bool = False
    ids: frozenset[int] | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return replace(self, everything=False) != Choice()

    def placed(self, first: int | None) -> Choice:
        """The same with times as they are in a capture that begins at ``first`` (ns).

        ``of`` needs it.  Raises UsageError where the span then ends before it begins.
        """
        if first is None or (self.since is None and self.until is None):
            return self
        from pcapflow.cli.moment import check_order

        since = None if self.since is None else self.since.placed(first)
        until = None if self.until is None else self.until.placed(first)
        check_order(since, until)
        return replace(self, since=since, until=until)

    def of(self, connection: Connection) -> Connection | None:
        """The connection with the findings that were chosen; None where it was not."""
        if not self._means(connection):
            return None
        if not self.only and self.severity is None:
            return connection
        findings = tuple(filter(self._wants, connection.findings))
        if not findings and not self.everything:
            return None
        return replace(connection, findings=findings)

    def across(self, found: Across) -> bool:
        """Whether a finding across connections was chosen.

        It is one about all of the capture: where connections are chosen one by one, or by time,
        it is not shown.
        """
        if self.flow or self.ids is not None or self.since or self.until:
            return False
        return (
            (not self.ports or found.service.port in self.ports)
            and (not self.services or self._serves(found.service))
            and (not self.hosts or self._holds(found.host) or self._holds(found.service.ip))
            and self._wants(found)
        )

    def _means(self, connection: Connection) -> bool:
        ends = (connection.client, connection.server)
        return (
            (self.ids is None or connection.id in self.ids)
            and (self.flow is None or self.flow.names(connection))
            and (not self.ports or any(end.port in self.ports for end in ends))
            and (not self.services or self._serves(connection.server))
            and (not self.hosts or any(self._holds(end.ip) for end in ends))
            and (self.since is None or _lived_until(connection) >= self.since.at)
            and (self.until is None or connection.first <= self.until.at)
        )

    def _holds(self, ip: str) -> bool:
        from pcapflow.cli.flow import within

        return within(self.hosts, ip)

    def _serves(self, server: Endpoint) -> bool:
        return any(service.is_of(server) for service in self.services)

    def _wants(self, finding: Finding | Across) -> bool:
        return (not self.only or finding.code in self.only) and (
            self.severity is None or reaches(finding.severity, self.severity)
        )


def _lived_until(connection: Connection) -> int:
    """The last moment at which an end held a socket, as far as the capture goes (ns)."""
    over = {"CLOSED", "LISTEN", "UNKNOWN"}
    return connection.last if over.issuperset(connection.states) else connection.capture_end


def reaches(severity: Severity, level: Severity) -> bool:
    """Whether a severity is at or above a level."""
    from pcapflow.model import RANKS

    return RANKS[severity] <= RANKS[level]


def codes(named: tuple[str, ...]) -> frozenset[str]:
    """Codes that some rule has; UsageError, with the nearest ones, otherwise."""
    if not named:
        return frozenset()
    from pcapflow.findings import catalogue

    return frozenset(catalogue.rule(code).CODE for code in named)
