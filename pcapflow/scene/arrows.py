"""Segments between the lifelines: arrows with their labels, cards, and what was never captured."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pcapflow.model import Connection, other
from pcapflow.scene.items import Expected, Moment, Notice, Run
from pcapflow.scene.labels import Room, label, look, sublabel
from pcapflow.scene.marks import Arc, Arrow, Fold, Line, Mark
from pcapflow.scene.measure import Setter
from pcapflow.scene.places import Lanes, Places
from pcapflow.scene.rows import CARD, Row, Rows
from pcapflow.scene.sheet import Sheet
from pcapflow.scene.steps import Step
from pcapflow.scene.style import (
    ASIDE,
    BADGE_R,
    CARD_TITLE,
    HEAD,
    SLANT,
    STRETCHED,
    SUB,
    WORDS,
)
from pcapflow.scene.words import joined
from pcapflow.values import replace

_ROUTER = 0.11
"""How much of the way from the other end lies beyond the router that reports."""
_SPACE = 10.0
_CLEAR = 30.0
"""From a cross to the nearest word."""


def arrows(
    connection: Connection,
    rows: Rows,
    lanes: Lanes,
    badged: Collection[int | None],
    setter: Setter,
    sublines: int,
) -> Iterator[Mark]:
    """The marks of all rows, in order."""
    for row in rows.rows:
        match row.item:
            case Step():
                paired = row.slant > SLANT
                room = _room(connection, row.item, lanes, badged, paired)
                yield from _segment(connection, row, row.item, room, lanes.sheet, setter, sublines)
            case Run():
                yield from _card(row, row.item, badged, lanes.sheet, setter)
            case Notice():
                yield _notice(row, row.item, lanes, badged, setter)
            case Expected():
                yield _expected(row, row.item, lanes, setter)
            case Moment():
                yield from _moment(row, row.item, lanes, setter)


def _moment(row: Row, moment: Moment, lanes: Lanes, setter: Setter) -> Iterator[Mark]:
    """What time did, and how long that was taken to last."""
    y = row.middle + 6
    for words in filter(None, (moment.words, joined(moment.assumed))):
        yield setter.text(lanes.middle(setter.width(words, ASIDE)), y, words, ASIDE, "middle")
        y += 24


def arcs(places: Places, rows: Rows, sheet: Sheet) -> Iterator[Arc]:
    """From each segment that met a closed socket to the reset that answers it."""
    for row in rows.rows:
        step = row.item
        if not (isinstance(step, Step) and step.answers is not None):
            continue
        answered = places.row(step.answers.frame)
        if answered is None or not isinstance(answered.item, Step):
            continue
        start, stop = answered.at(step.end) + 12, row.at(step.end) - 8
        inward = 1 if step.end == "client" else -1
        if 20 < stop - start < 240:
            yield Arc(sheet.lifeline(step.end) + 8 * inward, start, stop, 24.0 * inward)


def _room(
    connection: Connection, step: Step, lanes: Lanes, badged: Collection[int | None], paired: bool
) -> Room:
    """Where the label and the sub-label of a segment may stand."""
    left, right, sheet = lanes.left, lanes.right, lanes.sheet
    if step.fate == "lost":
        cross = sheet.lost_at(step.end, connection.vantage)
        if step.end == "client":
            right = min(right, cross - _CLEAR)
        else:
            left = max(left, cross + _CLEAR)
    above = below = (left, right)
    if step.segment.frame in badged:
        above = (left, min(right, sheet.badge_x - BADGE_R - 4))
    if paired:
        apart = BADGE_R + 8
        halves = (left, sheet.middle - apart), (sheet.middle + apart, right)
        above, below = halves if step.end == "client" else halves[::-1]
    return Room(above, below)


def _segment(
    connection: Connection,
    row: Row,
    step: Step,
    room: Room,
    sheet: Sheet,
    setter: Setter,
    sublines: int,
) -> Iterator[Mark]:
    paired = row.slant > SLANT
    arrow = _arrow(connection, row, step, sheet)
    plate, words = label(step, arrow, room.above, paired, sheet.middle, setter)
    sub = sublabel(step.segment, arrow, room.below, paired, sheet.middle, setter, sublines)
    yield replace(arrow, texts=(*words, *sub))
    if plate is not None:
        yield plate


def _arrow(connection: Connection, row: Row, step: Step, sheet: Sheet) -> Arrow:
    return Arrow(
        step.end,
        step.segment.frame,
        sheet.lifeline(step.end),
        row.at(step.end),
        sheet.lifeline(other(step.end)),
        row.at(other(step.end)),
        look(step),
        sheet.lost_at(step.end, connection.vantage) if step.fate == "lost" else None,
    )


def _card(
    row: Row, run: Run, badged: Collection[int | None], sheet: Sheet, setter: Setter
) -> Iterator[Mark]:
    top, y = row.middle - CARD / 2, row.middle
    (left, right), middle = sheet.cards, sheet.middle
    yield Line(sheet.lifeline("client"), y, left, y, STRETCHED, 2)
    yield Line(right, y, sheet.server_x, y, STRETCHED, 2)
    marked = any(run.first <= (frame or 0) <= run.last for frame in badged)
    space = 2 * ((sheet.card_badge_x - BADGE_R - 4 if marked else right - 8) - middle)
    sub, words = run.sub, run.title
    while setter.width(sub, SUB) > space:
        sub = " · ".join(sub.split(" · ")[:-1])
    if setter.width(words, CARD_TITLE) > space:
        words = words.split(": ")[-1]
    title = setter.text(middle, top + 25, words, CARD_TITLE, "middle")
    yield Fold(
        left,
        top,
        right,
        top + CARD,
        (title, setter.text(middle, top + 48, sub, SUB, "middle")),
    )


def _notice(
    row: Row, notice: Notice, lanes: Lanes, badged: Collection[int | None], setter: Setter
) -> Mark:
    """An ICMP error, from the other end or, on the way to it, from a router: a dot."""
    sheet, end = lanes.sheet, notice.end
    far, near = sheet.lifeline(other(end)), sheet.lifeline(end)
    whole = Arrow(other(end), notice.frame, far, row.at(other(end)), near, row.at(end), "once")
    x = far if notice.other_end else far + (near - far) * _ROUTER
    left, right = lanes.left, lanes.right
    top = min(right, sheet.badge_x - BADGE_R - 4) if notice.frame in badged else right
    head = setter.width("ICMP", HEAD) + _SPACE
    shorter = (notice.words, notice.words.partition(" ")[2], "unreachable")
    words = next(w for w in shorter if head + setter.width(w, WORDS) <= top - left)
    width = head + setter.width(words, WORDS)
    start = max(left, min(sheet.middle - width / 2, top - width))
    y = min(whole.y_at(start), whole.y_at(start + width)) - 8
    texts = [
        setter.text(start, y, "ICMP", HEAD),
        setter.text(start + width, y, words, WORDS, "right"),
    ]
    said = f"#{notice.frame} · from {notice.reporter}"
    if setter.width(said, SUB) > right - left:
        said = f"#{notice.frame}"
    width = setter.width(said, SUB)
    middle = lanes.middle(width)
    below = max(whole.y_at(middle - width / 2), whole.y_at(middle + width / 2)) + 21
    texts.append(setter.text(middle, below, said, SUB, "middle"))
    router = not notice.other_end
    return replace(whole, x0=x, y0=whole.y_at(x), router=router, texts=tuple(texts))


def _expected(row: Row, expected: Expected, lanes: Lanes, setter: Setter) -> Mark:
    arrow = Arrow(
        expected.end,
        None,
        lanes.sheet.lifeline(expected.end),
        row.middle - SLANT / 2,
        lanes.sheet.lifeline(other(expected.end)),
        row.middle + SLANT / 2,
        "expected",
    )
    words = expected.words
    if setter.width(words, ASIDE) > lanes.right - lanes.left:
        words = words.replace("expected here, ", "")
    width = setter.width(words, ASIDE)
    x = lanes.middle(width)
    y = min(arrow.y_at(x - width / 2), arrow.y_at(x + width / 2)) - 10
    return replace(arrow, texts=(setter.text(x, y, words, ASIDE, "middle"),))
