"""Draws many connections of many captures in every way, and looks for what overlaps."""
