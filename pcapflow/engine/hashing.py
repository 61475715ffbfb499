# cython: language_level=3, boundscheck=False
"""The hash of a segment's connection: of both ends' addresses and ports, in either direction.

It has a random seed, as that of one end has: an attacker must not choose our collisions.
"""

import os

import cython

_TAG = cython.declare(cython.longlong, 0x7FFFFFFF)
_LOW32 = cython.declare(cython.longlong, 0xFFFFFFFF)
_seed_a = cython.declare(cython.longlong, int.from_bytes(os.urandom(4), "big"))
_seed_b = cython.declare(cython.longlong, int.from_bytes(os.urandom(4), "big"))


def tag(segment):
    """The hash of the segment's connection, 0 ... 2**31 - 1."""
    return (
        end_hash(segment.src_hi, segment.src_lo, segment.ports >> 16)
        + end_hash(segment.dst_hi, segment.dst_lo, segment.ports & 0xFFFF)
    ) & _TAG


def end_hash(high, low, port):
    """The hash of one end, 0 ... 2**30 - 1, in arithmetic that never leaves 63 bits."""
    h: cython.longlong = ((low & _LOW32) ^ _seed_a) * 0x2C1B3C6D
    if high or low >> 32:
        h = (((h >> 31) ^ h ^ low >> 32) & _LOW32) * 0x297A2D39
        h = (((h >> 29) ^ h ^ high) & _LOW32) * 0x1B56C4E9
        h = (((h >> 31) ^ h ^ high >> 32) & _LOW32) * 0x3243F6A9
    h = (((h >> 31) ^ h ^ port ^ _seed_b) & _LOW32) * 0x297A2D39
    return ((h >> 29) ^ h) & 0x3FFFFFFF
