# cython: language_level=3, boundscheck=False
"""Numbers in no more octets than they need, without a branch that depends on them.

They go in groups of ``GROUP``: first a word with the lengths of all of them, four bits each, then
the numbers one behind the other, the lowest octet first.  A number's sign is its lowest bit, so
that those just below zero are short too; zero takes no octet.  Each is written as a whole word, and
the next one over what it did not need: a loop over octets, whose end the processor cannot foretell,
took three times as long.

Nothing is checked: what is read was written here, and the caller knows how many groups it is.
"""

import cython

if not cython.compiled:
    GROUP = 16
    LONGEST = 136

    def octets_of(number):
        """How many octets a number needs; it is not negative."""
        return (number.bit_length() + 7) >> 3

    def word_at(octets, at):
        """The word at a place, the lowest octet first; what lies behind the end is 0."""
        return int.from_bytes(octets[at : at + 8], "little")

    def put_word(octets, at, word):
        """Write a word."""
        octets[at : at + 8] = word.to_bytes(8, "little")

    def lowest(word, length):
        """The lowest octets of a word."""
        return word & ((1 << 8 * length) - 1)


def squeeze(numbers, count, octets):
    """Write ``count`` numbers, whole groups; gives back how many octets they took.

    They need room for ``LONGEST`` octets a group, and for a word behind the last.
    """
    base: cython.longlong = 0
    k: cython.longlong
    number: cython.longlong
    folded: cython.ulonglong
    length: cython.ulonglong
    lengths: cython.ulonglong
    start: cython.longlong
    at: cython.longlong = 0
    while base < count:
        start = at
        at += 8
        lengths = 0
        for k in range(GROUP):
            number = numbers[base + k]
            folded = (number << 1) ^ (number >> 63)
            length = octets_of(folded)
            put_word(octets, at, folded)
            lengths = lengths >> 4 | length << 60
            at += length
        put_word(octets, start, lengths)
        base += GROUP
    return at


def spread(octets, groups, numbers):
    """Read the numbers of so many groups.

    Up to a word behind their last octet is read, whatever is in it.
    """
    base: cython.longlong
    k: cython.longlong
    folded: cython.ulonglong
    length: cython.longlong
    lengths: cython.ulonglong
    at: cython.longlong = 0
    for base in range(groups):
        lengths = word_at(octets, at)
        at += 8
        for k in range(GROUP):
            length = lengths & 15
            lengths >>= 4
            folded = lowest(word_at(octets, at), length)
            numbers[base * GROUP + k] = (folded >> 1) ^ -(folded & 1)
            at += length
    return 0
