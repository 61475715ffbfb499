# cython: language_level=3, boundscheck=False
"""The hash of a segment's connection, in either direction, and what identifies the segment.

The hash has random seeds, as that of one end has: an attacker must not choose our collisions.
``hashing.pxd`` is the same for the compiled engine, inlined where it is used.
"""

import os

import cython

_seed_a = cython.declare(cython.longlong, int.from_bytes(os.urandom(4), "big"))
_seed_b = cython.declare(cython.longlong, int.from_bytes(os.urandom(4), "big"))

if not cython.compiled:

    def tag(segment):
        """The hash of the segment's connection, 0 ... 2**31 - 1."""
        return (
            end_hash(segment.src_hi, segment.src_lo, segment.ports >> 16)
            + end_hash(segment.dst_hi, segment.dst_lo, segment.ports & 0xFFFF)
        ) & 0x7FFFFFFF

    def end_hash(high, low, port):
        """The hash of one end, 0 ... 2**30 - 1, in arithmetic that never leaves 63 bits."""
        h = ((low & 0xFFFFFFFF) ^ _seed_a) * 0x2C1B3C6D
        if high or low >> 32:
            h = (((h >> 31) ^ h ^ low >> 32) & 0xFFFFFFFF) * 0x297A2D39
            h = (((h >> 29) ^ h ^ high) & 0xFFFFFFFF) * 0x1B56C4E9
            h = (((h >> 31) ^ h ^ high >> 32) & 0xFFFFFFFF) * 0x3243F6A9
        h = (((h >> 31) ^ h ^ port ^ _seed_b) & 0xFFFFFFFF) * 0x297A2D39
        return ((h >> 29) ^ h) & 0x3FFFFFFF

    def sign(segment):
        """What identifies a segment: captured twice, it is the same.

        Sums of products of 32 and 30 bits: they never leave 63, and do not wait for each other.
        """
        return (
            segment.seq * 0x2C1B3C6D
            ^ segment.ack * 0x297A2D39
            ^ (segment.tsval & 0xFFFFFFFF) * 0x1B56C4E9
            ^ ((segment.checksum << 16 ^ segment.ip_id) & 0xFFFFFFFF) * 0x3243F6A9
            ^ segment.flags << 40
            ^ segment.length << 1
            ^ segment.ports << 8
        )
