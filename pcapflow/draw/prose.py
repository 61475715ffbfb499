"""A picture read aloud: a sentence for each thing in it, for those who do not see it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pcapflow.draw.wrap import headed
from pcapflow.scene.marks import Arrow, Badge, Band, Bracket, Cut, Fold, Hold, Hop, Mark, Rail
from pcapflow.scene.script import Act, Script
from pcapflow.tcp.stays import NO_SOCKET

_HEARD = str.maketrans({"\u00a0": " ", "→": "to", "×": "times "})
_SERVED, _GOT = re.compile(r"(?<=B) →"), re.compile(r"← ")


def prose(script: Script) -> str:
    """The whole picture, one line for each thing."""
    return _heard("\n".join(_sentences(script)))


def _heard(words: str) -> str:
    """The words without signs that nobody reads aloud."""
    directed = _GOT.sub("to the client ", _SERVED.sub(" to the server", words))
    return directed.translate(_HEARD)


def _sentences(script: Script) -> Iterator[str]:
    yield ", ".join(f"{fact.key} {fact.value}" for fact in script.facts) + "."
    for act in script.acts:
        yield from _act(act)
    for told in script.findings:
        yield f"Finding {told.number}: {told.code}, {told.sure}. {told.message}"
    if unknown := " ".join(filter(None, (script.cannot, script.delay))):
        yield f"What this capture cannot show: {unknown}"


def _act(act: Act) -> Iterator[str]:
    who = f"{act.end} to {_PEERS[act.end]}: " if act.end is not None else ""
    told = ", ".join(filter(None, (who + headed(act), *act.detail)))
    yield f"{act.time}: {told}." if act.time else f"{told}."
    for turn in act.turns:
        yield f"The {turn.end} is in {', '.join((turn.state, *turn.lines))}."


_PEERS = {"client": "server", "server": "client"}


def title(mark: Mark) -> str | None:
    """What a mark is called by itself; None where it says nothing that its neighbours do not."""
    match mark:
        case Arrow() if mark.texts:
            lost = ", lost" if mark.cross is not None else ""
            words = " · ".join(text.words for text in mark.texts)
            sender = "a router" if mark.router else mark.end
            named = f"{sender} to {_PEERS[mark.end]}{lost}: {words}"
        case Band() if mark.spine != "none":
            named = f"{mark.end}: {', '.join((mark.state, *(t.words for t in mark.texts[1:])))}"
            if mark.certainty != "certain" and mark.certainty not in named:
                named += f", {mark.certainty}"
        case Fold() if mark.texts:
            named = " · ".join(text.words for text in mark.texts)
        case Bracket() if mark.bottom > mark.top:
            named = f"FIN {mark.letter}" + (", never acknowledged" if mark.open else " and its ACK")
        case Badge():
            named = f"finding {mark.number}"
        case Hold():
            named = "TIME_WAIT lasts twice the maximum segment lifetime"
            if not mark.whole:
                named = "TIME_WAIT, cut short"
        case Cut() if len(mark.spans) > 1:
            named = "time cut out"
        case Hop() if mark.texts:
            lost = ", not answered" if mark.lost else ""
            named = f"{mark.end} to {_PEERS[mark.end]}: {mark.texts[0].words}{lost}"
        case Rail():
            held = [state for state, _, _ in mark.spans if state not in NO_SOCKET]
            end = ["still there"] if mark.tip else ["gone"] if mark.gone is not None else []
            named = f"{mark.end}: {', '.join([*dict.fromkeys(held), *end]) or 'no socket'}"
        case _:
            return None
    return _heard(named)
