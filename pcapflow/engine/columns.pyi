from array import array

from pcapflow.engine.track import Tracker

def clients(tracker: Tracker, rows: list[int]) -> tuple[array[int], array[int]]: ...
