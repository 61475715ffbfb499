"""Compares a picture with a stored one: alike on every machine, apart where a reader would see it.

Stored are the same pixels with 16 steps a channel, which a palette holds and PNG packs well.  A
pixel is off where what lies around it in the other picture comes nowhere near it: so shades may
differ a little, and nothing may be elsewhere, missing or of another colour.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels: TypeAlias = "npt.NDArray[np.int16]"
"""Rows, columns, and red, green, blue."""

_STEP = 17
"""From one of 16 steps to the next: 0, 17, ... 255."""
_NEAR = 14
"""So far may a channel be from the range that it has around the pixel; half of it is rounding."""
MOST = 8
"""So many pixels may be off."""


def pixels(picture: bytes) -> Pixels:
    """What the octets of a PNG show."""
    with Image.open(BytesIO(picture)) as image:
        return np.asarray(image.convert("RGB")).astype(np.int16)


def stored(shown: Pixels) -> bytes:
    """The octets of a PNG that shows about the same."""
    coarse = Image.fromarray(((shown + _STEP // 2) // _STEP * _STEP).astype(np.uint8))
    out = BytesIO()
    few = coarse.convert("P", palette=Image.Palette.ADAPTIVE, colors=256)
    few.save(out, "PNG", optimize=True)
    assert (pixels(out.getvalue()) == np.asarray(coarse)).all()
    return out.getvalue()


def off(one: Pixels, other: Pixels) -> npt.NDArray[np.bool_]:
    """Which pixels of one have nothing like them there in the other, or the other way round."""
    return _beyond(one, other) | _beyond(other, one)


def _beyond(one: Pixels, other: Pixels) -> npt.NDArray[np.bool_]:
    low, high = _around(other, np.minimum), _around(other, np.maximum)
    far: npt.NDArray[np.bool_] = np.logical_or(one < low - _NEAR, one > high + _NEAR)
    return far[..., 0] | far[..., 1] | far[..., 2]


def _around(shown: Pixels, least: Callable[[Pixels, Pixels], Pixels]) -> Pixels:
    """The least, or most, of each pixel and the eight around it."""
    found = shown
    for axis in (0, 1):
        edges = [(1, 1) if axis == i else (0, 0) for i in range(3)]
        wide = np.pad(found, edges, mode="edge")
        before, after = (np.take(wide, range(i, i + shown.shape[axis]), axis) for i in (0, 2))
        found = least(found, least(before, after))
    return found


def fault(expected: Pixels, actual: Pixels, folder: Path) -> str:
    """What is wrong with the actual picture, or ''; then both, and where, are in the folder."""
    if expected.shape != actual.shape:
        said = (
            " × ".join(map(str, actual.shape[1::-1])),
            " × ".join(map(str, expected.shape[1::-1])),
        )
        wrong = f"is {said[0]} px and not {said[1]}"
        where = np.zeros(expected.shape[:2], dtype=np.bool_)
    else:
        where = off(expected, actual)
        if where.sum() <= MOST:
            return ""
        ys, xs = np.nonzero(where)
        area = f"x {xs.min()} to {xs.max()}, y {ys.min()} to {ys.max()}"
        wrong = f"is off in {where.sum()} px, {area}"
    faded = expected // 4 + 191
    faded[where] = (213, 0, 0)
    for name, shown in (("expected", expected), ("actual", actual), ("apart", faded)):
        Image.fromarray(shown.astype(np.uint8)).save(folder / f"{name}.png")
    return f"{wrong}; look at {folder}/apart.png, expected.png and actual.png"
