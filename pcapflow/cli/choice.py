"""Which connections and findings the user wants to see."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from pcapflow.cli.options import LEVEL, Command
from pcapflow.model import SEVERITIES, Connection, Finding, Record, Severity

if TYPE_CHECKING:
    from pcapflow.cli.flow import Flow


class Choice(Record, frozen=True):
    """What was chosen; nothing means everything.

    ``only`` and ``severity`` choose findings, and with them the connections that have one;
    ``everything`` brings the others back.  ``ids`` are those that a display filter left.
    """

    flow: Flow | None = None
    hosts: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset()
    only: frozenset[str] = frozenset()
    severity: Severity | None = None
    everything: bool = False
    ids: frozenset[int] | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return replace(self, everything=False) != Choice()

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

    def _means(self, connection: Connection) -> bool:
        ends = (connection.client, connection.server)
        return (
            (self.ids is None or connection.id in self.ids)
            and (self.flow is None or self.flow.names(connection))
            and (not self.hosts or any(end.ip in self.hosts for end in ends))
            and (not self.ports or any(end.port in self.ports for end in ends))
        )

    def _wants(self, finding: Finding) -> bool:
        return (not self.only or finding.code in self.only) and (
            self.severity is None or reaches(finding.severity, self.severity)
        )


def reaches(severity: Severity, level: Severity) -> bool:
    """Whether a severity is at or above a level."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(level)


def choosing(command: Command) -> Command:
    """--flow, --host, --port, --only, --severity, --all: gives ``choice``."""

    @click.option(
        "--flow",
        "named",
        metavar="ID",
        help="Only this connection: an id, a community id, or client:port-server:port.",
    )
    @click.option("--host", "hosts", metavar="ADDRESS", multiple=True, help="Only its connections.")
    @click.option(
        "--port",
        "ports",
        type=click.IntRange(0, 65535),
        multiple=True,
        help="Only its connections.",
    )
    @click.option("--only", metavar="CODE", multiple=True, help="Only findings of this code.")
    @click.option("--severity", type=LEVEL, help="Only findings at or above this level.")
    @click.option("--all", "everything", is_flag=True, help="Healthy connections too.")
    @wraps(command)
    def with_choice(
        named: str | None,
        hosts: tuple[str, ...],
        ports: tuple[int, ...],
        only: tuple[str, ...],
        severity: Severity | None,
        everything: bool,
        **rest: Any,
    ) -> int:
        choice = Choice(
            ports=frozenset(ports), only=codes(only), severity=severity, everything=everything
        )
        if named is not None or hosts:
            from pcapflow.cli.flow import address, flow

            meant = None if named is None else flow(named)
            choice = replace(choice, flow=meant, hosts=frozenset(map(address, hosts)))
        return command(choice=choice, **rest)

    return with_choice


def codes(named: tuple[str, ...]) -> frozenset[str]:
    """Codes that some rule has; UsageError, with the nearest ones, otherwise."""
    if not named:
        return frozenset()
    from pcapflow.findings import catalogue

    return frozenset(catalogue.rule(code).CODE for code in named)
