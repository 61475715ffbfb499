"""Fixed-width reads from a capture's octets, checked: captures are hostile.

``octets.pxd`` is the same for the compiled engine, inlined where it is used: there a ``span`` is
checked once, and what is read from it is not checked again (here it is: a read beyond the span
that its reader asked for fails the tests).  All results but those of ``be64`` are non-negative; a
read that would leave the buffer raises IndexError.
"""

from __future__ import annotations

from collections.abc import Sequence


def span_of(octets: Sequence[int], size: int, at: int, width: int) -> Sequence[int]:
    """The ``width`` octets from ``at`` on, to read from, of a buffer of ``size`` octets."""
    if at < 0 or width > size - at:
        raise IndexError("read beyond the buffer")
    return octets[at : at + width]


def rest_of(octets: Sequence[int], k: int) -> Sequence[int]:
    """A span, as long as it is, without its first ``k`` octets."""
    return octets[k:]


def octet(octets: Sequence[int], k: int) -> int:
    """Octet ``k`` of a span."""
    return octets[k]


def be16(octets: Sequence[int], k: int) -> int:
    """Two octets in network order, from octet ``k`` of a span."""
    return octets[k] << 8 | octets[k + 1]


def be32(octets: Sequence[int], k: int) -> int:
    """Four octets in network order, from octet ``k`` of a span."""
    return octets[k] << 24 | octets[k + 1] << 16 | octets[k + 2] << 8 | octets[k + 3]


def be64(octets: Sequence[int], k: int) -> int:
    """Eight octets in network order, from octet ``k`` of a span, as a column holds them: signed."""
    high = be32(octets, k)
    return (high - (high >> 31 << 32)) << 32 | be32(octets, k + 4)


def le32(octets: Sequence[int], k: int) -> int:
    """Four octets, the lowest first, from octet ``k`` of a span."""
    return octets[k] | octets[k + 1] << 8 | octets[k + 2] << 16 | octets[k + 3] << 24
