"""The items that are known to be open, each with its reason: `open_items.txt`."""

from __future__ import annotations

from pathlib import Path

OPEN_ITEMS = Path(__file__).parents[1] / "open_items.txt"


def read_open_items(path: Path = OPEN_ITEMS) -> dict[str, str]:
    """Reasons by the keys of items; a line is `SCENARIO POINT N:ITEM # reason`."""
    listed = {}
    for line in path.read_text().splitlines():
        key, _, reason = (part.strip() for part in line.partition(" # "))
        if key and not key.startswith("#"):
            listed[key] = reason
    return listed
