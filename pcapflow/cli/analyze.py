"""``pcapflow analyze``: every connection's ending, findings first."""

from __future__ import annotations

from typing import Any

import click

from pcapflow.cli import analysis
from pcapflow.cli.choosing import choosing
from pcapflow.cli.options import LEVEL, captures, talking, thresholds, writing


@click.command("analyze", short_help="How each TCP connection ended, what went wrong.")
@captures
@click.option(
    "-Y",
    "display_filter",
    metavar="FILTER",
    help="Only connections with a frame that this Wireshark display filter shows (needs tshark).",
)
@click.option(
    "--cross-check",
    is_flag=True,
    help="List where tshark's two-pass analysis disagrees, and why (needs tshark).",
)
@choosing
@thresholds
@click.option(
    "--format",
    "form",
    type=click.Choice(analysis.FORMATS),
    default="table",
    help="How to write the result.",
    show_default=True,
)
@writing
@click.option("--fail-on", type=LEVEL, help="Exit with 1 if a finding reaches this level.")
@click.option("--strict", is_flag=True, help="A truncated capture is an error.")
@talking
def command(**asked: Any) -> int:
    """Tell how each TCP connection in the captures ended, and what went wrong.

    FILE is a pcap or pcapng capture, plain or packed, or - for standard input; several, such as
    the files of a ring, are merged by time.
    """
    return analysis.run(analysis.Request(**asked))
