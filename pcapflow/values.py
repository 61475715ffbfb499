"""Frozen values with named fields: what all rooms hand to each other is made of these.

They load in no time, as nothing may that is needed before the first octet of a capture is read; a
library of such classes takes longer to load than a short capture takes to judge.
"""

from __future__ import annotations

from operator import itemgetter

from pcapflow.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, NoReturn, Self, TypeVar, dataclass_transform

    R = TypeVar("R", bound="Record")
    _Stored = object  # that it is a tuple is nobody's business

    def of(kind: type[R], values: tuple[Any, ...]) -> R:
        """A record of the values of all its fields, unchecked: for where very many are made."""
else:
    _Stored = tuple
    of = tuple.__new__

    def dataclass_transform(**_):
        """Tell type checkers what a record is made of."""
        return lambda decorated: decorated


_equal: Callable[..., bool] = tuple.__eq__
_values: Callable[..., Iterator[Any]] = tuple.__iter__


@dataclass_transform(frozen_default=True)
class Record(_Stored):
    """Base of all records: fields are a class's annotations, in their order, attributes defaults.

    Compared by class and content.  What a class keeps in ``__dict__`` is no part of that, and is
    not copied.
    """

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    _defaults: dict[str, Any] = {}  # noqa: RUF012 - a subclass makes one of its own

    def __init_subclass__(cls, *, order: bool = False) -> None:
        """``order`` tells type checkers that such records are sorted: by their fields."""
        own = cls.__annotations__  # its own only
        cls._defaults = cls._defaults | {
            name: cls.__dict__[name] for name in own if name in cls.__dict__
        }
        for place, name in enumerate(own, len(cls._fields)):
            setattr(cls, name, property(itemgetter(place)))
        cls._fields += tuple(own)

    def __new__(cls, *values: Any, **named: Any) -> Self:
        if named or len(values) != len(cls._fields):
            values = cls._complete(values, named)
        made: Self = of(cls, values)
        return made

    @classmethod
    def _complete(cls, values: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """The values of all fields: those in order, those by name, and defaults."""
        if not values and len(named) == len(cls._fields) > 1:  # all, or one that there is not
            try:
                in_order: tuple[Any, ...] = itemgetter(*cls._fields)(named)
                return in_order
            except KeyError:
                pass
        rest = cls._fields[len(values) :]
        if len(values) > len(cls._fields) or not named.keys() <= set(rest):
            raise TypeError(f"{cls.__name__} is made of {', '.join(cls._fields)}, each once")
        given = cls._defaults | named
        try:
            return values + tuple([given[name] for name in rest])
        except KeyError as missing:
            raise TypeError(f"{cls.__name__} needs {missing.args[0]}") from None

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and _equal(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = _Stored.__hash__

    def __repr__(self) -> str:
        told = [f"{name}={value!r}" for name, value in as_dict(self).items()]
        return f"{type(self).__name__}({', '.join(told)})"

    def __reduce__(self) -> tuple[type[Self], tuple[Any, ...]]:
        return type(self), tuple(_values(self))


def as_dict(record: Record) -> dict[str, Any]:
    """The fields of a record by name."""
    return dict(zip(record._fields, _values(record), strict=True))


def replace(record: R, **changes: Any) -> R:
    """The same record but for these fields."""
    values = as_dict(record)
    values.update(changes)
    return type(record)(*values.values())
