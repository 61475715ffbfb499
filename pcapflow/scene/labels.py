"""The words at an arrow: above it what it is, below it what Wireshark would show of it.

A label keeps clear of its own line, whose slope is known, and of everything outside its room; what
does not fit is left out in a fixed order: first sequence numbers, then the plain words.
"""

from __future__ import annotations

from pcapflow.model import Segment
from pcapflow.scene.marks import Arrow, Look, Plate, Text, Type
from pcapflow.scene.measure import Setter
from pcapflow.scene.rows import SUB_LINE
from pcapflow.scene.steps import Step
from pcapflow.scene.style import (
    ALARM,
    HEAD,
    MUTED,
    ON_ALARM,
    PAPER,
    PLATE,
    STRETCHED,
    SUB,
    TAG,
    WORDS,
)
from pcapflow.scene.telling import ResetKind
from pcapflow.values import Record

_ABOVE = 8.0
_BELOW = 21.0
_GAP = 10.0
_PAD = 15.0
_TAG = (23.0, 9.0)
"""A tag's plate around its words' baseline: so much above, so much below."""


class Room(Record):
    """From which x to which the words above and below an arrow may stand."""

    above: tuple[float, float]
    below: tuple[float, float]


def name(step: Step) -> str:
    """What a segment is, in one or two words."""
    return f"RST · {step.reset}" if step.reset else step.what


def look(step: Step) -> Look:
    """How a segment's line is drawn."""
    if step.reset in ("ignored", "not exact"):
        return "ignored"
    if step.reset is not None:
        return "reset"
    if step.fate == "discarded":
        return "discarded"
    return "again" if step.again else "once"


def detail(segment: Segment) -> tuple[str, ...]:
    """What Wireshark would show of a segment: frame, flags, numbers and, if any, length."""
    numbers = f"seq {segment.seq}" + ("" if segment.ack is None else f" ack {segment.ack}")
    length = (f"len {segment.length}",) if segment.length else ()
    return (f"#{segment.frame}", segment.flags, numbers, *length)


def label(
    step: Step,
    arrow: Arrow,
    room: tuple[float, float],
    paired: bool,
    middle: float,
    setter: Setter,
) -> tuple[Plate | None, tuple[Text, ...]]:
    """A reset's tag or the segment's name, and plain words beside it, above the arrow."""
    head_words = name(step)
    kind = TAG if step.reset else HEAD
    pad = _PAD if step.reset else 0.0
    words = f"{step.end} closes" if paired and step.fate == "arrived" else step.words
    head = setter.width(head_words, kind) + 2 * pad
    rest = _GAP + setter.width(words, WORDS) if words else 0.0
    if head + rest > room[1] - room[0]:
        words, rest = "", 0.0
    width = head + rest
    left = _centred(width, room, None if paired else middle) - width / 2
    line = min(arrow.y_at(left), arrow.y_at(left + width))
    baseline = line - _ABOVE - (_TAG[1] + 2 if step.reset else 0)
    texts = []
    if words:
        texts.append(setter.text(left + head + _GAP, baseline, words, WORDS))
    if step.reset is None:
        return None, (setter.text(left, baseline, head_words, kind), *texts)
    return _tag(step.reset, left, left + head, baseline, head_words, setter), tuple(texts)


def sublabel(
    segment: Segment,
    arrow: Arrow,
    room: tuple[float, float],
    paired: bool,
    middle: float,
    setter: Setter,
    lines: int,
) -> tuple[Text, ...]:
    """Frame, flags, sequence numbers and length, below the arrow; in two ``lines`` for a pair."""
    frame, flags, numbers, *length = parts = detail(segment)
    full, short = " · ".join(parts), " · ".join([frame, flags, *length])
    space = room[1] - room[0]
    both = max(setter.width(line, SUB) for line in (short, numbers))
    if paired and both <= space:
        chosen = [short, numbers]
    elif setter.width(full, SUB) <= space:
        chosen = [full]
    elif lines > 1 and both <= space:
        chosen = [short, numbers]
    elif setter.width(short, SUB) <= space:
        chosen = [short]
    else:
        chosen = [frame]
    width = max(setter.width(line, SUB) for line in chosen)
    x = _centred(width, room, None if paired else middle)
    line = max(arrow.y_at(x - width / 2), arrow.y_at(x + width / 2))
    return tuple(
        setter.text(x, line + _BELOW + i * SUB_LINE, words, SUB, "middle")
        for i, words in enumerate(chosen)
    )


def _centred(width: float, room: tuple[float, float], middle: float | None) -> float:
    """The middle of the diagram (of the room, where None), or as near as the room allows."""
    wish = (room[0] + room[1]) / 2 if middle is None else middle
    return max(room[0] + width / 2, min(wish, room[1] - width / 2))


def _tag(
    kind: ResetKind, left: float, right: float, baseline: float, name: str, setter: Setter
) -> Plate:
    fill, edge, ink = _TAGS[kind]
    words = setter.text(
        (left + right) / 2, baseline - 1, name, Type(TAG.face, TAG.size, ink), "middle"
    )
    return Plate(
        left,
        baseline - _TAG[0],
        right,
        baseline + _TAG[1],
        7,
        fill,
        edge,
        kind == "injected",
        (words,),
    )


_TAGS: dict[ResetKind, tuple[str, str, str]] = {
    "closed socket": (PAPER, ALARM, ALARM),
    "refused": (PAPER, ALARM, ALARM),
    "abort": (ALARM, ALARM, ON_ALARM),
    "injected": (PAPER, ALARM, ALARM),
    "ignored": (PLATE, STRETCHED, MUTED),
    "not exact": (PLATE, STRETCHED, MUTED),
}


def reset_tag(kind: ResetKind, left: float, top: float, setter: Setter) -> Plate:
    """The tag of a kind of reset, for the legend."""
    width = setter.width(kind, TAG) + 2 * 12
    return _tag(kind, left, left + width, top + _TAG[0], kind, setter)
