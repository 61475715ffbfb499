"""A scene as a PlantUML sequence diagram.

Syntax: https://plantuml.com/sequence-diagram and, for words, https://plantuml.com/creole
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pcapflow.draw.finish import PLAIN, Finish
from pcapflow.draw.wrap import facts, headed, listed, wrapped
from pcapflow.model import End, other
from pcapflow.scene import Scene, Script
from pcapflow.scene.marks import Look
from pcapflow.scene.script import Act, Turn

_WRAP = 64
_NAMES: dict[End, str] = {"client": "C", "server": "S"}
_LINES: dict[Look, str] = {
    "once": "->",
    "again": "-->",
    "reset": "-[#D55E00]>",
    "ignored": "-[#8A94A0]>>",
    "discarded": "->o",
    "expected": "-[#8A94A0]->>",
}
_MARKUP = re.compile(r"""([*/"_~\-=\[.])(?=\1)|^[*#=|]|<(?=\S)""")
"""Where Creole would see markup: a doubled letter, a list's beginning, a tag."""


def plantuml(scene: Scene, finish: Finish = PLAIN) -> str:
    """The picture as PlantUML source."""
    return "".join(f"{line}\n" for line in _lines(scene.script))


def _lines(script: Script) -> Iterator[str]:
    yield "@startuml"
    yield "hide footbox"
    yield f"title {_broken([script.verdict])}"
    for end, address in zip(_NAMES, script.ends, strict=True):
        yield f'participant "{end.upper()}\\n{_spared(address)}" as {_NAMES[end]}'
    yield from _over([script.severity], facts(script))
    for act in script.acts:
        yield from _act(act)
    for told in script.findings:
        yield from _over([f"({told.number}) {told.code} · {told.sure}", told.message])
    if unknown := " ".join(filter(None, (script.cannot, script.delay))):
        yield from _over(["What this capture cannot show", unknown])
    yield f"footer {_broken([], script.source)}"
    yield "@enduml"


def _act(act: Act) -> Iterator[str]:
    words = [f"{act.time}  {headed(act)}".strip()]
    match act.kind:
        case "segment" | "owed":
            yield _arrow(act, words)
        case "card":
            yield f"ref over C, S : {_broken(words, act.detail)}"
        case "idle":
            yield f"...{_spared(words[0])}..."
        case "end":
            yield f"== {_spared(words[0])} =="
        case "moment":
            yield from _over(words)
    for turn in act.turns:
        yield _state(turn)


def _arrow(act: Act, words: Iterable[str]) -> str:
    assert act.end is not None
    sender, receiver = _NAMES[act.end], _NAMES[other(act.end)]
    line = _LINES[act.look] + ("x" if act.lost else "")
    return f"{sender} {line} {receiver} : {_broken(words, act.detail)}"


def _state(turn: Turn) -> str:
    return f"hnote over {_NAMES[turn.end]} : {_broken([turn.state, *turn.lines])}"


def _over(lines: Iterable[str], parts: Iterable[str] = ()) -> Iterator[str]:
    yield "note over C, S"
    yield from _wrapped(lines, parts)
    yield "end note"


def _broken(lines: Iterable[str], parts: Iterable[str] = ()) -> str:
    """Lines, and parts of a list, in one, as PlantUML breaks them."""
    return "\\n".join(_wrapped(lines, parts))


def _wrapped(lines: Iterable[str], parts: Iterable[str]) -> list[str]:
    broken = [part for line in lines for part in wrapped(line, _WRAP)]
    return [_spared(line) for line in [*broken, *listed(parts, _WRAP)]]


def _spared(words: str) -> str:
    r"""The words without anything that PlantUML reads: markup, and ``\n``."""
    plain = words.replace("\u00a0", " ").replace("\\", "<U+005C>")
    return _MARKUP.sub(r"~\g<0>", plain).replace("~<U+005C>", "<U+005C>")
