"""Fixed-width reads from a capture's octets, checked: captures are hostile.

``octets.pxd`` is the same for the compiled engine, inlined where it is used.  All results are
non-negative; a read that would leave the buffer raises IndexError.
"""

from __future__ import annotations

from collections.abc import Sequence


def _check(octets: Sequence[int], at: int, width: int) -> None:
    if at < 0 or at + width > len(octets):
        raise IndexError("read beyond the buffer")


def u8(octets: Sequence[int], at: int) -> int:
    """One octet."""
    _check(octets, at, 1)
    return octets[at]


def u16(octets: Sequence[int], at: int) -> int:
    """Two octets in network order."""
    _check(octets, at, 2)
    return octets[at] << 8 | octets[at + 1]


def u32(octets: Sequence[int], at: int) -> int:
    """Four octets in network order."""
    _check(octets, at, 4)
    return octets[at] << 24 | octets[at + 1] << 16 | octets[at + 2] << 8 | octets[at + 3]


def u32le(octets: Sequence[int], at: int) -> int:
    """Four octets, the lowest first."""
    _check(octets, at, 4)
    return octets[at] | octets[at + 1] << 8 | octets[at + 2] << 16 | octets[at + 3] << 24
