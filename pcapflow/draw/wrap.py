"""Words in lines, for the forms that are text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from pcapflow.scene.script import Act, Script

_NO_BREAK = "\N{NO-BREAK SPACE}"


def wrapped(words: str, width: int) -> list[str]:
    """Lines of at most ``width`` letters; numbers keep their units."""
    return textwrap.wrap(words, width, break_on_hyphens=False)


def listed(parts: Iterable[str], width: int) -> list[str]:
    """Parts joined with dots; a line ends between two of them where it can."""
    return wrapped(" · ".join(part.replace(" ", _NO_BREAK) for part in parts), width)


def headed(act: Act) -> str:
    """What happens, with the numbers of the findings about it."""
    return "  ".join(filter(None, (act.head, act.words, *(f"({n})" for n in act.numbers))))


def facts(script: Script) -> list[str]:
    """The header's facts, without the ends (they head their lifelines)."""
    told = [f"{fact.key} {fact.value}" for fact in script.facts[2:]]
    return [*told, script.vantage] if script.vantage else told
