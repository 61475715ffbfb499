"""``pcapflow interfaces``: what there is to watch."""

from __future__ import annotations

from collections.abc import Iterator

import click

from pcapflow.capture import feeders
from pcapflow.capture.interfaces import Interface, interfaces
from pcapflow.capture.packets import ANY, Wanted
from pcapflow.capture.rights import may_capture, way_to_capture
from pcapflow.cli import output
from pcapflow.report.text import Line, Span, wrapped


@click.command("interfaces", short_help="What there is to watch.")
def command() -> int:
    """List the interfaces of this host with their addresses, and whether they can be watched."""
    found = [*interfaces(), Interface(ANY, "up", ("all of them at once",))]
    feeder = feeders.chosen(Wanted((ANY,), ""))
    allowed = may_capture() or feeder != "sockets"
    output.write(None, False, [*_table(found), *_rights(allowed, feeder)])
    return 0


def _table(found: list[Interface]) -> Iterator[Line]:
    names = max(len(each.name) for each in found)
    states = max(len(each.state) for each in found)
    for each in found:
        yield (
            Span(f"{each.name:<{names}}  ", "strong"),
            Span(f"{each.state:<{states}}  ", "" if each.state == "up" else "muted"),
            Span(", ".join(each.addresses) or "no address"),
        )


def _rights(allowed: bool, feeder: str) -> Iterator[Line]:
    yield ()
    if allowed:
        told = f"Those that are not down can be watched: pcapflow watch -i IFACE (by {feeder})."
    else:
        told = f"None can be watched by this user. {way_to_capture('IFACE')}"
    yield from wrapped(told, output.width(None), "", "")
