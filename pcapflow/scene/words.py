"""Numbers and times in the words of the picture: three to five digits, one unit, no nanoseconds."""

from __future__ import annotations

import re

US = 1_000
MS = 1_000_000
SECOND = 1_000_000_000
_UNITS = re.compile(r"(?<=\d) (?=(?:µs|ms|s|min|h|d|B|kB|MB|GB|%|bytes?|octets?|times)\b)")


def since_start(ns: int) -> str:
    """A time since the start, in three to five digits."""
    if ns < 5 * US:
        return "0"
    if ns < SECOND:
        return f"{ns / MS:.2f} ms"
    if ns < 100 * SECOND:
        return f"{ns / SECOND:.{3 if ns < 10 * SECOND else 2}f} s"
    if ns < 3600 * SECOND:
        return f"{ns / SECOND:.1f} s"
    minutes, seconds = divmod(ns / SECOND, 60)
    hours, minutes = divmod(int(minutes), 60)
    if hours < 10:
        return f"{hours}:{minutes:02}:{seconds:05.2f}"
    return f"{hours}:{minutes:02}:{seconds:02.0f}" if hours < 100 else _clock_span(ns)


def since_before(ns: int) -> str:
    """A time since what was drawn before."""
    return joined(f"+{lasting(ns) if US <= ns < 10 * US else since_start(ns)}")


def lasting(ns: int) -> str:
    """How long something took, in two to four digits."""
    if ns < US:
        return "under 1 µs"
    if ns < 10 * US:
        return f"{ns / US:.0f} µs"
    for unit, name in ((MS, "ms"), (SECOND, "s")):
        if ns < 10 * unit:
            return f"{ns / unit:.2f} {name}"
        if ns < 100 * unit:
            return f"{ns / unit:.1f} {name}"
        if ns < 1000 * unit and name == "ms":
            return f"{ns / unit:.1f} {name}"
    return f"{ns / SECOND:.0f} s" if ns < 600 * SECOND else _clock_span(ns)


def _clock_span(ns: int) -> str:
    minutes, seconds = divmod(round(ns / SECOND), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours / 24:.1f} d"
    if hours:
        return f"{hours} h {minutes:02} min" if minutes else f"{hours} h"
    return f"{minutes} min {seconds:02} s" if seconds else f"{minutes} min"


def octets(count: int) -> str:
    """A number of octets, short: 27 B, 38.9 kB."""
    if count < 10_000:
        return f"{count} B"
    exponent = (len(str(count)) - 1) // 3
    return f"{count / 1000**exponent:.3g} {('kB', 'MB', 'GB', 'TB', 'PB', 'EB')[exponent - 1]}"


def joined(text: str) -> str:
    """The text with numbers and units joined by no-break spaces, and nothing unprintable in it."""
    clean = "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
    return _UNITS.sub("\u00a0", clean)
