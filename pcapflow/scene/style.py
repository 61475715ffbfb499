"""Type, measures and the names of colours: one place for all that is a matter of taste.

A colour is named by what it is for; which it is, is the theme's (``draw/themes.py``).  No meaning
rests on colour alone.  Sizes are px on a page 1600 px wide.
"""

from __future__ import annotations

from pcapflow.model import Severity, State
from pcapflow.scene.marks import Type

INK = "ink"
MUTED = "muted"
RULE = "rule"
STRETCHED = "stretched"
ALARM = "alarm"
ON_ALARM = "on alarm"
BLUE = "tie"
HOLD = "hold"
HOLD_TEXT = "hold text"
PLATE = "plate"
CARD = "card"
PAPER = "paper"
HATCH = "hatch"
LEAK_TINT = "leak tint"


def spine(state: State) -> str:
    """The colour of a state."""
    return f"{state} spine"


def tint(state: State) -> str:
    """The same, pale: behind words."""
    return f"{state} tint"


def severity(found: Severity | None) -> tuple[str, str]:
    """The colour of a severity, and that of words on it."""
    name = found or "no finding"
    return name, f"on {name}"


VERDICT = Type("semibold", 36, INK)
KICKER = Type("medium", 19, MUTED)
CHIP = Type("semibold", 19, PAPER)
FACT_KEY = Type("regular", 19, MUTED)
FACT = Type("medium", 19, INK)
LANE = Type("semibold", 21, INK)
PILL = Type("semibold", 17, PAPER)
ADDRESS = Type("mono", 16.5, MUTED)
GUTTER_HEAD = Type("medium", 17.5, MUTED)
GUTTER = Type("semibold", 17.5, INK)
GUTTER_TIGHT = Type("semibold", 16.5, INK)
GUTTER_SMALL = Type("regular", 16.5, MUTED)
HEAD = Type("semibold", 21, INK)
WORDS = Type("regular", 20, INK)
SUB = Type("mono", 16.5, MUTED)
STATE = Type("semibold", 21, INK)
STATE_UNKNOWN = Type("semibold", 21, MUTED)
STATE_SMALL = Type("semibold", 17, INK)
DWELL = Type("regular", 20, INK)
DWELL_BIG = tuple(Type("semibold", size, INK) for size in (44, 34, 27))
QUALIFIER = Type("regular", 17.5, MUTED)
ASIDE = Type("italic", 18, MUTED)
CARD_TITLE = Type("medium", 20, INK)
POINT = Type("italic", 16.5, MUTED)
ENDS_AT = Type("semibold", 17.5, INK)
HOLD_HEAD = Type("semibold", 17.5, HOLD_TEXT)
HOLD_SMALL = Type("regular", 16.5, HOLD_TEXT)
IDLE = Type("semibold", 20, INK)
TAG = Type("semibold", 19, ON_ALARM)
COLUMN_HEAD = Type("semibold", 17.5, MUTED)
READING = Type("regular", 18, MUTED)
FINDING = Type("semibold", 21, INK)
FINDING_SUB = Type("regular", 17.5, MUTED)
FINDING_TEXT = Type("regular", 19.5, INK)
ADVICE = Type("regular", 18, INK)
ADVICE_HEAD = Type("semibold", 18.5, INK)
FOOTER_HEAD = Type("semibold", 17.5, INK)
FOOTER = Type("regular", 17.5, MUTED)
FOOTER_MONO = Type("mono", 17.5, MUTED)
NUMBER = Type("semibold", 20, PAPER)
LETTER = Type("semibold", 18, BLUE)

ROW_HEAD = Type("semibold", 21, INK)
ROW_PART = Type("regular", 17.5, MUTED)
ROW_WORDS = Type("regular", 17.5, INK)
SECTION = Type("semibold", 18, INK)
SECTION_COUNT = Type("regular", 18, MUTED)
COUNT = tuple(Type("semibold", size, INK) for size in (32, 25, 20, 16.5))
SHARE = Type("regular", 18, MUTED)
MEDIAN = Type("semibold", 19, INK)
MEDIAN_STATE = Type("medium", 16.5, INK)
MINI = Type("medium", 14.5, INK)
MINI_LABEL = Type("semibold", 14.5, INK)
MINI_RESET = Type("semibold", 14.5, ALARM)
MINI_ASIDE = Type("italic", 14.5, MUTED)

MARGIN = 56.0
BADGE_R = 17.0
BRACKET = 20.0
"""How far a FIN's bracket stands off its lifeline; its letter's box is BOX wide."""
BOX = 28.0
SPINE = 9.0
SEAM = 3.0
SLANT = 34.0
EDGE = 3.0
"""The upper edge of an area."""
DOT = 7.0
"""The radius of the dot that is a router."""
WAVE = 13.0
"""Half the height of a cut."""

RAIL = 7.0
"""A rail's height; CLOSE_WAIT's is half as much again."""
RAIL_TIP = 20.0
RAIL_BAR = 10.0
"""Half the height of the bar where an end is gone."""
RAIL_CROSS = 8.0


def rail_weight(state: State) -> float:
    """How thick a state's rail is: what leaks is thick, what opens is thin."""
    if state == "CLOSE_WAIT":
        return RAIL * 1.5
    return RAIL * 0.6 if state in ("SYN_SENT", "SYN_RECEIVED") else RAIL
