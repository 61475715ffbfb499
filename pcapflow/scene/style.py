"""Colours, type and columns of the pictures: one place for all that is a matter of taste.

The colours are Okabe and Ito's, told apart by people with any colour vision; no meaning rests on
colour alone.  Sizes are px on a page 1600 px wide.
"""

from __future__ import annotations

from pcapflow.model import Severity, State
from pcapflow.scene.marks import Type

INK = "#1B1F24"
MUTED = "#59636E"
RULE = "#CFD6DD"
STRETCHED = "#8A94A0"
VERMILLION = "#D55E00"
BLUE = "#0072B2"
HOLD = "#A14A7A"
HOLD_TEXT = "#8C3567"
PLATE = "#F3F5F7"
CARD = "#FAFBFC"
WHITE = "#FFFFFF"

STATE_COLOURS: dict[State, tuple[str, str]] = {
    "ESTABLISHED": ("#009E73", "#DCF0E9"),
    "FIN_WAIT_1": ("#56B4E9", "#E6F3FC"),
    "FIN_WAIT_2": ("#0072B2", "#D3E5F2"),
    "TIME_WAIT": ("#CC79A7", "#F6E6EF"),
    "CLOSE_WAIT": ("#E69F00", "#FBE7BD"),
    "LAST_ACK": ("#B8AC00", "#FBF7C4"),
    "SYN_SENT": ("#8A94A0", "#EEF1F4"),
    "SYN_RECEIVED": ("#8A94A0", "#EEF1F4"),
    "CLOSING": ("#8A94A0", "#EEF1F4"),
    "CLOSED": ("#6B7580", "#E8EBEE"),
    "LISTEN": ("#8A94A0", WHITE),
    "UNKNOWN": ("#8A94A0", WHITE),
}
LEAK_TINT = "#FBDC9A"

SEVERITY_COLOURS: dict[Severity | None, tuple[str, str]] = {
    "error": (VERMILLION, WHITE),
    "warning": ("#E69F00", INK),
    "info": (BLUE, WHITE),
    None: ("#6B7580", WHITE),
}
"""Severity: its colour and the ink on it."""

VERDICT = Type("semibold", 36, INK)
KICKER = Type("medium", 19, MUTED)
CHIP = Type("semibold", 19, WHITE)
FACT_KEY = Type("regular", 19, MUTED)
FACT = Type("medium", 19, INK)
LANE = Type("semibold", 21, INK)
PILL = Type("semibold", 17, WHITE)
ADDRESS = Type("mono", 16.5, MUTED)
GUTTER_HEAD = Type("medium", 17.5, MUTED)
GUTTER = Type("semibold", 17.5, INK)
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
TAG = Type("semibold", 19, WHITE)
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
NUMBER = Type("semibold", 20, WHITE)
LETTER = Type("semibold", 18, BLUE)

PAGE = 1600.0
MARGIN = 56.0
RIGHT = PAGE - MARGIN
GUTTER_X = 164.0
AXIS_X = 176.0
CLIENT_BAND = (204.0, 388.0)
CLIENT_X = 392.0
SERVER_X = 968.0
SERVER_BAND = (972.0, 1156.0)
COLUMN = (1220.0, 1544.0)
MIDDLE = (CLIENT_X + SERVER_X) / 2
LABELS = (452.0, 908.0)
"""Where words between the lifelines may stand: clear of brackets and the capture point's line."""
BADGE_X = 890.0
CARD_BADGE_X = 912.0
BADGE_R = 17.0
BRACKET = 20.0
"""How far a FIN's bracket stands off its lifeline; its letter's box is BOX wide."""
BOX = 28.0
SPINE = 9.0
SEAM = 3.0
SLANT = 34.0
WAVE = 13.0
"""Half the height of a cut."""
