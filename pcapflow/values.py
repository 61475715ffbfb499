"""Small frozen values for what runs before the first octet of a capture is read.

They behave as ``model.Record`` does, but need no msgspec: that takes longer to load than all else
that reading needs.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know this name; typing's own would cost its import
if TYPE_CHECKING:
    from typing import Any, NoReturn, TypeVar, dataclass_transform

    V = TypeVar("V", bound="Value")
else:

    def dataclass_transform(**_):
        """Tell type checkers what ``__init__`` takes."""
        return lambda decorated: decorated


@dataclass_transform(frozen_default=True)
class Value:
    """Base of these: fields are a class's annotations, in their order, and its attributes defaults.

    Compared by class and content.
    """

    _fields: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        cls._fields += tuple(cls.__annotations__)

    def __init__(self, *values: Any, **named: Any) -> None:
        fields, kind = self._fields, type(self)
        given = dict(zip(fields, values, strict=False)) | named
        if len(given) < len(values) + len(named) or not given.keys() <= set(fields):
            raise TypeError(f"{kind.__name__} is made of {', '.join(fields)}, each once")
        for name in fields:
            if name not in given and not hasattr(kind, name):
                raise TypeError(f"{kind.__name__} needs {name}")
            vars(self)[name] = given[name] if name in given else getattr(kind, name)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({told})"


def replace(value: V, **changes: Any) -> V:
    """The same value but for these fields."""
    return type(value)(**(vars(value) | changes))
