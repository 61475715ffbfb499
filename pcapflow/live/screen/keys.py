"""The keys of the screen: in the line at the bottom, and on the page that ``?`` opens."""

from __future__ import annotations

from pcapflow.live.screen.lines import Line, Piece, cut, fitted

KEYS: tuple[tuple[str, str, str], ...] = (
    ("?", "help", "this page"),
    ("↑ ↓ PgUp PgDn Home End", "", "move"),
    ("Tab", "", "to the other list"),
    ("Enter", "open", "a place's connections; a connection's diagram"),
    ("Esc", "back", "back; out of a filter"),
    ("h", "hosts", "sockets by service, or by host"),
    ("/", "filter", "only what has these words: address, state, code, level"),
    ("s", "sort", "in another order"),
    ("p", "pause", "hold the picture still; capturing goes on"),
    ("i", "png", "save the connection's diagram: IFACE-flowN.png"),
    ("w", "pcapng", "save its packets: IFACE-flowN.pcapng"),
    ("q", "quit", "end with the summary; Ctrl-C does the same"),
)


def foot(keys: str, said: str, width: int) -> Line:
    """The keys that a view has, in a line; or what was ``said``."""
    if said:
        return fitted([Piece(cut(said, width), "strong")], width)
    line: Line = []
    for key, name, _ in KEYS:
        if name and (key in keys.split()):
            line += [Piece("  " if line else ""), Piece(key, "key"), Piece(f" {name}")]
    return fitted(line, width)


def help_page() -> list[Line]:
    """All keys, and what the letters mean."""
    lines: list[Line] = [[Piece("Keys", "title")], []]
    lines += [[Piece(f"  {key:<24}", "key"), Piece(means)] for key, _, means in KEYS]
    lines += [
        [],
        [Piece("Letters", "title")],
        [],
        [
            Piece("  ✗ error   ! warning   i info      "),
            Piece("CLOSE_WAIT?", "CLOSE_WAIT"),
            Piece("  presumed, or by a timer"),
        ],
        [Piece("  ▁▂▃▅█  the last 120 looks, each curve to its own scale")],
        [Piece("  clients of A   the sockets at the other ends of service A")],
    ]
    return lines
