"""``pcapflow explain``: what a finding means, how sure it can be, what to do; and answers."""

from __future__ import annotations

import click

from pcapflow.cli import output


@click.command("explain", short_help="What a finding means, what to do.")
@click.argument("code", required=False)
def command(code: str | None) -> int:
    """Tell what the finding CODE means; without one, list them all.

    CODE may also be a topic of the list, or a state: CLOSE_WAIT, FIN_WAIT_2, TIME_WAIT.
    """
    from pcapflow.report import explain

    output.write(None, False, explain.lines(code, output.width(None)))
    return 0
