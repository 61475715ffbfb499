"""What the named colours of a scene are: in the light, in the dark, on paper.

The first are Okabe and Ito's, told apart by people with any colour vision (M. Okabe and K. Ito,
"Color Universal Design", 2008); in the dark they are the same, lightened.  ``print`` needs no
colour: a copier or a fax loses nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

ThemeName = Literal["light", "dark", "print"]
Theme = Mapping[str, str]
"""Colours as #RRGGBB, by the names of ``scene.style``."""

# name: in the light, in the dark, on paper
_COLOURS = {
    "paper": ("#FFFFFF", "#14181D", "#FFFFFF"),
    "ink": ("#1B1F24", "#E9EDF1", "#000000"),
    "muted": ("#59636E", "#A7B1BC", "#3D3D3D"),
    "rule": ("#CFD6DD", "#39424C", "#B5B5B5"),
    "stretched": ("#8A94A0", "#7E8A96", "#707070"),
    "plate": ("#F3F5F7", "#1F262D", "#F2F2F2"),
    "card": ("#FAFBFC", "#1A2026", "#FFFFFF"),
    "hatch": ("#C3CAD2", "#3C464F", "#C8C8C8"),
    "alarm": ("#D55E00", "#FF8B45", "#000000"),
    "on alarm": ("#FFFFFF", "#14181D", "#FFFFFF"),
    "tie": ("#0072B2", "#62B8F2", "#303030"),
    "hold": ("#A14A7A", "#D58DB8", "#505050"),
    "hold text": ("#8C3567", "#E8B2D1", "#303030"),
    #
    "error": ("#D55E00", "#FF8B45", "#000000"),
    "on error": ("#FFFFFF", "#14181D", "#FFFFFF"),
    "warning": ("#E69F00", "#F2B01E", "#5A5A5A"),
    "on warning": ("#1B1F24", "#14181D", "#FFFFFF"),
    "info": ("#0072B2", "#62B8F2", "#D9D9D9"),
    "on info": ("#FFFFFF", "#14181D", "#000000"),
    "no finding": ("#6B7580", "#7E8A96", "#FFFFFF"),
    "on no finding": ("#FFFFFF", "#14181D", "#000000"),
    #
    "ESTABLISHED spine": ("#009E73", "#1FBF92", "#A0A0A0"),
    "ESTABLISHED tint": ("#DCF0E9", "#174039", "#F6F6F6"),
    "FIN_WAIT_1 spine": ("#56B4E9", "#6CC4F0", "#7A7A7A"),
    "FIN_WAIT_1 tint": ("#E6F3FC", "#294150", "#EDEDED"),
    "FIN_WAIT_2 spine": ("#0072B2", "#3F9FE0", "#4D4D4D"),
    "FIN_WAIT_2 tint": ("#D3E5F2", "#1E384C", "#E4E4E4"),
    "TIME_WAIT spine": ("#CC79A7", "#DC93BD", "#8C8C8C"),
    "TIME_WAIT tint": ("#F6E6EF", "#443643", "#F1F1F1"),
    "CLOSE_WAIT spine": ("#E69F00", "#F2B01E", "#000000"),
    "CLOSE_WAIT tint": ("#FBE7BD", "#493C1D", "#DADADA"),
    "LAST_ACK spine": ("#B8AC00", "#D8CC20", "#5E5E5E"),
    "LAST_ACK tint": ("#FBF7C4", "#43431E", "#EAEAEA"),
    "SYN_SENT spine": ("#8A94A0", "#8A94A0", "#B0B0B0"),
    "SYN_SENT tint": ("#EEF1F4", "#30363C", "#F6F6F6"),
    "SYN_RECEIVED spine": ("#8A94A0", "#8A94A0", "#B0B0B0"),
    "SYN_RECEIVED tint": ("#EEF1F4", "#30363C", "#F6F6F6"),
    "CLOSING spine": ("#8A94A0", "#8A94A0", "#B0B0B0"),
    "CLOSING tint": ("#EEF1F4", "#30363C", "#F6F6F6"),
    "CLOSED spine": ("#6B7580", "#7F8A95", "#6E6E6E"),
    "CLOSED tint": ("#E8EBEE", "#2E333A", "#EFEFEF"),
    "LISTEN spine": ("#8A94A0", "#8A94A0", "#707070"),
    "LISTEN tint": ("#FFFFFF", "#14181D", "#FFFFFF"),
    "UNKNOWN spine": ("#8A94A0", "#8A94A0", "#707070"),
    "UNKNOWN tint": ("#FFFFFF", "#14181D", "#FFFFFF"),
    "leak tint": ("#FBDC9A", "#68521D", "#CCCCCC"),
}

THEMES: Mapping[ThemeName, Theme] = {
    theme: {name: colours[i] for name, colours in _COLOURS.items()} | {"none": "none"}
    for i, theme in enumerate(get_args(ThemeName))
}
LIGHT = THEMES["light"]
