# cython: language_level=3, boundscheck=False
"""The hash of a segment's connection, in either direction, and what identifies the segment.

Both fold a product of two words of 64 bits: its upper half XOR its lower.  The hash has random
seeds: an attacker must not choose our collisions.  Each end has a seed of its own, the lower one
first: with one for both, ends whose sum is the same would have nearly the same product.  And it is
folded twice: once leaves evenly spaced addresses so, and one seed in some crowds them together.
``hashing.pxd`` is the same for the compiled engine, inlined where it is used.
"""

import os

import cython

_seed_a = cython.declare(cython.ulonglong, int.from_bytes(os.urandom(8), "big"))
_seed_b = cython.declare(cython.ulonglong, int.from_bytes(os.urandom(8), "big"))

if not cython.compiled:
    _WORD = (1 << 64) - 1

    def fold(a, b):
        """The product of two words of 64 bits, folded to one."""
        product = (a & _WORD) * (b & _WORD)
        return product >> 64 ^ product & _WORD

    def end_word(high, low, port):
        """An address and a port in one word; what is longer than a word is hashed to one."""
        if high or low >> 32:
            low = fold(high ^ _seed_a, low ^ _seed_b)
        return low ^ port << 32

    def pair_hash(one, other):
        """The hash of two words, in whichever order: 0 ... 2**31 - 1."""
        once = fold(min(one, other) ^ _seed_a, max(one, other) ^ _seed_b)
        return fold(once, _seed_a) >> 33

    def identify(segment):
        """Note the hash of the segment's connection, and which of its ends is the higher."""
        source = end_word(segment.src_hi, segment.src_lo, segment.ports >> 16)
        target = end_word(segment.dst_hi, segment.dst_lo, segment.ports & 0xFFFF)
        segment.order = int(source > target)
        segment.tag = pair_hash(source, target)
        return 0

    def order_of(row):
        """The ``order`` of a segment that the row's client sends."""
        client = end_word(row.client_hi, row.client_lo, row.ports >> 16)
        return int(client > end_word(row.server_hi, row.server_lo, row.ports & 0xFFFF))

    def sign(segment):
        """What identifies a segment: captured twice, it is the same."""
        found = fold(
            segment.seq << 32 ^ segment.ack ^ 0x2C1B3C6D297A2D39,
            segment.tsval << 32 ^ segment.checksum << 16 ^ segment.ip_id ^ 0x1B56C4E93243F6A9,
        )
        found ^= segment.ports << 24 ^ segment.length << 16 ^ segment.flags
        return found - (found >> 63 << 64)  # signed, as a column is
