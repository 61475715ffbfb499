"""All arithmetic on sequence numbers: 32-bit serial numbers, RFC 1982 and RFC 9293 §3.4.

``serial.pxd`` is the same for the compiled engine, inlined where it is used.
"""

from __future__ import annotations


def diff(a: int, b: int) -> int:
    """How far ``a`` lies after ``b``: -2**31 ... 2**31 - 1; negative where it lies before."""
    return ((a - b + 0x80000000) & 0xFFFFFFFF) - 0x80000000


def add(a: int, n: int) -> int:
    """The sequence number ``n`` octets after ``a``."""
    return (a + n) & 0xFFFFFFFF


def low32(a: int) -> int:
    """The lowest 32 bits."""
    return a & 0xFFFFFFFF
