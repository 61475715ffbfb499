"""A scene as text: one line a mark, positions in whole px, so that a change of a picture reads."""

from __future__ import annotations

from pcapflow.scene import Chart, Scene
from pcapflow.scene.marks import (
    Arc,
    Area,
    Arrow,
    Badge,
    Band,
    Bracket,
    Cut,
    Fold,
    Hold,
    Hop,
    Line,
    Mark,
    Plate,
    Rail,
    Text,
)


def dump(scene: Scene | Chart) -> str:
    """The whole scene."""
    lines = [f"{scene.width:.0f} x {scene.height:.0f}  {scene.title}"]
    for mark in scene.marks:
        lines.append(_line(mark))
        if isinstance(mark, Band | Arrow | Fold | Plate | Hop):
            lines += [f"    {_words(text)}" for text in mark.texts]
    return "\n".join(lines).replace("\u00a0", "~") + "\n"


def _words(text: Text) -> str:
    kind = text.type
    return f"{text.x:.0f},{text.y:.0f} {text.anchor} {kind.face} {kind.size:g}: {text.words}"


def _box(mark: Band | Fold | Plate) -> str:
    return f"{mark.left:.0f},{mark.top:.0f} {mark.right:.0f},{mark.bottom:.0f}"


def _line(mark: Mark) -> str:
    match mark:
        case Text():
            return f"text {_words(mark)}"
        case Line():
            ends = f"{mark.x0:.0f},{mark.y0:.0f} {mark.x1:.0f},{mark.y1:.0f}"
            return f"line {ends} {mark.dash} {mark.weight:g} {mark.colour}"
        case Band():
            extra = f" wedge {mark.wedge:g} tip {mark.tip:g}" if mark.wedge else ""
            return f"band {mark.end} {mark.state} {_box(mark)} {mark.certainty}{extra}"
        case Arrow():
            ends = f"{mark.x0:.0f},{mark.y0:.0f} {mark.x1:.0f},{mark.y1:.0f}"
            cross = f" lost at {mark.cross:.0f}" if mark.cross is not None else ""
            return f"arrow #{mark.frame} from {mark.end} {ends} {mark.look}{cross}"
        case Fold():
            return f"card {_box(mark)}"
        case Cut():
            return f"cut {mark.y:.0f} " + " ".join(f"{a:.0f}-{b:.0f}" for a, b in mark.spans)
        case Bracket():
            state = "open" if mark.open else "closed"
            return f"bracket {mark.letter} {mark.x:.0f} {mark.top:.0f}-{mark.bottom:.0f} {state}"
        case Hold():
            short = "" if mark.whole else " cut short"
            return f"2msl {mark.x:.0f} {mark.top:.0f}-{mark.known:.0f}-{mark.bottom:.0f}{short}"
        case Badge():
            return f"badge {mark.number} {mark.x:.0f},{mark.y:.0f} {mark.colour}"
        case Plate():
            return f"plate {_box(mark)} {mark.fill} {mark.edge}{' dashed' * mark.dashed}"
        case Area():
            edge = " ".join(f"{x:.0f},{y:.0f}" for x, y in mark.edge)
            return f"area {mark.state} {edge}"
        case Arc():
            return f"arc {mark.x:.0f} {mark.y0:.0f}-{mark.y1:.0f}"
        case Hop():
            ends = f"{mark.x0:.0f},{mark.y0:.0f} {mark.x1:.0f},{mark.y1:.0f}"
            return f"hop from {mark.end} {ends} {mark.look}{' lost' * mark.lost}"
        case Rail():
            spans = " ".join(f"{state} {a:.0f}-{b:.0f}" for state, a, b in mark.spans)
            gone = "" if mark.gone is None else f" gone at {mark.gone:.0f}"
            return f"rail {mark.end} {mark.y:.0f} {spans}{' still there' * mark.tip}{gone}"
