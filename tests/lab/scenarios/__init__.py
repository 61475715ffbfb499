"""The scenarios: each a short script for both applications and the wire.

To add one, write a function with the decorator in the module of its theme: its docstring is what
happens, in one sentence. `sample=True` ships its recording in samples/.
"""

from importlib import import_module

from .registry import SCENARIOS, Point, Scenario

__all__ = ["SCENARIOS", "Point", "Scenario"]

THEMES = (
    "orderly",
    "crossing",
    "losses",
    "disorder",
    "leaks",
    "aborts",
    "opening",
    "silence",
    "windows",
    "forgeries",
    "time_wait",
    "views",
    "links",
)

for theme in THEMES:
    import_module(f".{theme}", __name__)  # registers what is in it
