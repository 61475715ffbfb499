"""The options by which connections and findings are chosen."""

from __future__ import annotations

from functools import wraps
from typing import Any

import click

from pcapflow.cli.choice import Choice, codes
from pcapflow.cli.options import LEVEL, Command
from pcapflow.model import Severity
from pcapflow.values import replace


def narrowing(command: Command) -> Command:
    """--host, --port, --service, --from, --to: gives ``choice``."""

    @click.option(
        "--host",
        "hosts",
        metavar="ADDRESS",
        multiple=True,
        help="Only connections with an end there; also a network, 10.1.0.0/16.",
    )
    @click.option(
        "--port",
        "ports",
        metavar="PORT",
        type=click.IntRange(0, 65535),
        multiple=True,
        help="Only connections with an end there.",
    )
    @click.option(
        "--service",
        "services",
        metavar="ADDRESS:PORT",
        multiple=True,
        help="Only connections to this server; also an address alone, or :PORT.",
    )
    @click.option(
        "--from",
        "since",
        metavar="TIME",
        help="Only connections that lived to see it: 2026-01-31T10:00:03Z, or +12s after the "
        "first packet.",
    )
    @click.option("--to", "until", metavar="TIME", help="Only connections that had begun by then.")
    @wraps(command)
    def with_choice(
        hosts: tuple[str, ...],
        ports: tuple[int, ...],
        services: tuple[str, ...],
        since: str | None,
        until: str | None,
        **rest: Any,
    ) -> int:
        choice = Choice(ports=frozenset(ports))
        if hosts:
            from pcapflow.cli.flow import network

            choice = replace(choice, hosts=frozenset(map(network, hosts)))
        if services:
            from pcapflow.cli.flow import service

            choice = replace(choice, services=frozenset(map(service, services)))
        if since is not None or until is not None:
            from pcapflow.cli.moment import check_order, moment

            begin = None if since is None else moment(since)
            end = None if until is None else moment(until)
            check_order(begin, end)
            choice = replace(choice, since=begin, until=end)
        return command(choice=choice, **rest)

    return with_choice


def choosing(command: Command) -> Command:
    """What ``narrowing`` has, and --flow, --only, --severity, --all: gives ``choice``."""

    @click.option(
        "--flow",
        "named",
        metavar="ID",
        help="Only this connection: an id, a community id, or client:port-server:port.",
    )
    @narrowing
    @click.option("--only", metavar="CODE", multiple=True, help="Only findings of this code.")
    @click.option("--severity", type=LEVEL, help="Only findings at or above this level.")
    @click.option("--all", "everything", is_flag=True, help="Healthy connections too.")
    @wraps(command)
    def with_choice(
        choice: Choice,
        named: str | None,
        only: tuple[str, ...],
        severity: Severity | None,
        everything: bool,
        **rest: Any,
    ) -> int:
        choice = replace(choice, only=codes(only), severity=severity, everything=everything)
        if named is not None:
            from pcapflow.cli.flow import flow

            choice = replace(choice, flow=flow(named))
        return command(choice=choice, **rest)

    return with_choice
