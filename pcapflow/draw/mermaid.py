"""A scene as a Mermaid sequence diagram, as Markdown pages of GitHub and GitLab show it.

Syntax: https://mermaid.js.org/syntax/sequenceDiagram.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pcapflow.draw.finish import PLAIN, Finish
from pcapflow.draw.wrap import facts, headed, listed, wrapped
from pcapflow.model import End, other
from pcapflow.scene import Scene, Script
from pcapflow.scene.marks import Look
from pcapflow.scene.script import Act, Turn

_WRAP = 54
_NAMES: dict[End, str] = {"client": "C", "server": "S"}
_LINES: dict[Look, str] = {
    "once": "->>",
    "again": "-->>",
    "reset": "->>",
    "ignored": "-)",
    "discarded": "->>",
    "expected": "--)",
}
_RESET = "rect rgb(251, 228, 213)"
# What ends a statement or begins an entity or a tag, as Mermaid's own entity codes.
_SPARED = str.maketrans({"#": "#35;", ";": "#59;", "<": "#lt;", ">": "#gt;", "\u00a0": " "})

# A title for screen readers knows no entities.
_UNREAD = str.maketrans({"#": "", ";": ",", "\u00a0": " "})


def mermaid(scene: Scene, finish: Finish = PLAIN) -> str:
    """The picture as Mermaid source."""
    return "".join(f"{line}\n" for line in _lines(scene.script))


def _lines(script: Script) -> Iterator[str]:
    yield "sequenceDiagram"
    yield f"    accTitle: {script.verdict.translate(_UNREAD)}"
    yield f"    title {_spared(script.kicker)}"
    for end, address in zip(_NAMES, script.ends, strict=True):
        yield f"    participant {_NAMES[end]} as {end.upper()}<br/>{_spared(address)}"
    yield _over([f"{script.severity}: {script.verdict}"], facts(script))
    for act in script.acts:
        yield from _act(act)
    for told in script.findings:
        yield _over([f"({told.number}) {told.code} · {told.sure}", told.message])
    if unknown := " ".join(filter(None, (script.cannot, script.delay))):
        yield _over(["What this capture cannot show", unknown])
    yield f"    %% {' · '.join(script.source)}"


def _act(act: Act) -> Iterator[str]:
    words = f"{act.time}  {headed(act)}".strip()
    match act.kind:
        case "segment" | "owed":
            yield from _arrow(act, words)
        case "idle":
            yield _over([f"· · ·  {words}  · · ·"])
        case "start":
            pass
        case _:
            yield _over([words], act.detail)
    for turn in act.turns:
        yield _state(turn)


def _arrow(act: Act, words: str) -> Iterator[str]:
    assert act.end is not None
    sender, receiver = _NAMES[act.end], _NAMES[other(act.end)]
    line = _LINES[act.look]
    if act.lost:
        line = "--x" if act.look == "again" else "-x"
    message = f"{sender}{line}{receiver}: {_broken([words], act.detail)}"
    if act.look == "reset":
        yield f"    {_RESET}"
        yield f"        {message}"
        yield "    end"
    else:
        yield f"    {message}"


def _state(turn: Turn) -> str:
    side = "left of C" if turn.end == "client" else "right of S"
    return f"    Note {side}: {_broken([turn.state, *turn.lines])}"


def _over(lines: Iterable[str], parts: Iterable[str] = ()) -> str:
    return f"    Note over C,S: {_broken(lines, parts)}"


def _broken(lines: Iterable[str], parts: Iterable[str] = ()) -> str:
    """Lines, and parts of a list, as Mermaid breaks them, none too long."""
    broken = [part for line in lines for part in wrapped(line, _WRAP)]
    return "<br/>".join(map(_spared, [*broken, *listed(parts, _WRAP)]))


def _spared(words: str) -> str:
    return words.translate(_SPARED)
