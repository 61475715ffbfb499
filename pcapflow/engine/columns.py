# cython: language_level=3
"""Columns over rows: one value of each, without an object for each."""

import array

import cython

from pcapflow.engine.track import Tracker


def clients(tracker: Tracker, rows: list[int]):
    """The addresses of the rows' clients, in two columns of words."""
    high = array.array("q")
    low = array.array("q")
    index: cython.longlong
    for index in rows:
        row = tracker.connections.at(index)
        high.append(row.client_hi)
        low.append(row.client_lo)
    return high, low
