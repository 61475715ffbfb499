"""States as users spell them."""

from __future__ import annotations

import re
from typing import get_args

import click

from pcapflow.cli.messages import refuse
from pcapflow.model import State

_LETTERS = re.compile(r"[-_ ]")
_SHORT = {"ESTAB": "ESTABLISHED", "SYNRECV": "SYN_RECEIVED", "SYNRCVD": "SYN_RECEIVED"}
"""Of ss and of netstat; what else they write differs by hyphens and underscores alone."""


def state_named(text: str) -> State:
    """A state as netstat, ss or RFC 9293 spell it; UsageError where none of them does."""
    bare = _LETTERS.sub("", text).upper()
    for state in get_args(State):
        if bare == _LETTERS.sub("", state) or _SHORT.get(bare) == state:
            named: State = state
            return named
    refuse(f"{text!r} is no state of TCP. Try: close-wait, TIME_WAIT, ESTAB ...")


def states(
    ctx: click.Context, option: click.Parameter, given: tuple[str, ...]
) -> frozenset[State] | None:
    """An option's states; None where there are none."""
    return frozenset(map(state_named, given)) or None
