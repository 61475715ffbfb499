# cython: language_level=3
"""The options of a TCP header, as far as the tracker reads them.

RFC 9293 §3.1 (the form), RFC 7323 (window scale, timestamps), RFC 2018 (SACK), RFC 2883 (D-SACK).
"""

import cython

if not cython.compiled:
    from pcapflow.engine.layout import (
        OPT_DSACK,
        OPT_SACK,
        OPT_SACK_PERMITTED,
        OPT_SCALE_SHIFT,
        OPT_TIMESTAMP,
        OPT_WINDOW_SCALE,
    )
    from pcapflow.engine.octets import be32, octet, rest_of, span_of
    from pcapflow.engine.serial import diff


def options(octets, size, at, end, segment):
    """Note in the segment, whose ``ack`` is known, what the options in ``octets[at:end]`` say."""
    kind: cython.longlong
    width: cython.longlong
    found: cython.longlong = 0
    left: cython.longlong = end - at
    option = span_of(octets, size, at, left)
    while left > 0:
        kind = octet(option, 0)
        if kind == 0:
            break
        if kind == 1:
            option = rest_of(option, 1)
            left -= 1
            continue
        if left < 2:
            break
        width = octet(option, 1)
        if width < 2 or width > left:
            break
        if kind == 8 and width == 10:
            segment.tsval = be32(option, 2)
            found |= OPT_TIMESTAMP
        elif kind == 3 and width == 3:
            found |= OPT_WINDOW_SCALE | min(octet(option, 2), 14) << OPT_SCALE_SHIFT
        elif kind == 4:
            found |= OPT_SACK_PERMITTED
        elif kind == 5 and width >= 10:
            found |= _sack(segment, option, width)
        option = rest_of(option, width)
        left -= width
    segment.options = found
    return 0


def _sack(segment, option, width):
    """The blocks of a SACK option: a first one that is a D-SACK (RFC 2883 §4), and the others."""
    left: cython.longlong = be32(option, 2)
    right: cython.longlong
    block: cython.longlong
    found: cython.longlong = OPT_SACK
    if diff(left, segment.ack) < 0:  # below the cumulative ACK
        found |= OPT_DSACK
    elif (
        width >= 18
        and diff(left, be32(option, 10)) >= 0
        and diff(be32(option, 6), be32(option, 14)) <= 0
    ):  # within the next block
        found |= OPT_DSACK
    for block in range(1 if found & OPT_DSACK else 0, (width - 2) // 8):
        right = be32(option, 6 + 8 * block)
        if segment.sacked < 0 or diff(right, segment.sacked) > 0:
            segment.sacked = right
    return found
