"""What ``typing`` gives to type checkers, at run time without its import.

That takes longer than all else that is loaded while a capture is read.  For modules that a table
needs; others may import ``typing`` itself.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # type checkers know this name
if TYPE_CHECKING:
    from typing import Generic, Literal, Protocol, TypeVar
else:
    Protocol = object

    class Literal:
        """Typing's own where somebody has loaded that; else only ``get_args`` understands it."""

        def __class_getitem__(cls, words):
            typing = sys.modules.get("typing")
            return type(list[int])(cls, words) if typing is None else typing.Literal[words]

    class Generic:
        """A base class that is none."""

        def __class_getitem__(cls, variables):
            return object

    def TypeVar(name, **_):
        """Only a name."""
        return name


__all__ = ["TYPE_CHECKING", "Generic", "Literal", "Protocol", "TypeVar"]
