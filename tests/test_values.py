"""Values are records in plain Python: whatever holds of one kind holds of the other."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pcapflow.model import Record
from pcapflow.values import Value, replace


class Plain(Value):
    """One of the plain kind."""

    name: str
    length: int = 60

    @property
    def doubled(self) -> int:
        return 2 * self.length


class More(Plain):
    """With a field of its own."""

    remark: str = ""


class Other(Record, frozen=True):
    """The same fields as a record."""

    name: str
    length: int = 60


def test_a_value_is_made_shown_and_compared_as_a_record() -> None:
    value, record = Plain("linux", length=30), Other("linux", length=30)

    assert (value.name, value.length, value.doubled) == (record.name, record.length, 60)
    assert repr(value) == repr(record).replace("Other", "Plain")
    assert value == Plain("linux", 30) != Plain("linux")
    assert hash(value) == hash(Plain(length=30, name="linux"))
    assert value != record
    assert replace(value, length=60) == Plain("linux")
    assert msgspec.structs.replace(record, length=60) == Other("linux")
    assert More("linux", remark="fixed") == More("linux", 60, "fixed") != Plain("linux")


@pytest.mark.parametrize("kind", [Plain, Other])
@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), (("a", 1, 2), {}), (("a",), {"name": "b"}), (("a",), {"size": 1})],
)
def test_neither_is_made_of_what_it_has_no_field_for(
    kind: Any, values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    with pytest.raises(TypeError):
        kind(*values, **named)


@pytest.mark.parametrize("kind", [Plain, Other])
def test_neither_can_be_changed(kind: Any) -> None:
    made = kind("linux")

    with pytest.raises(AttributeError):
        made.length = 1
    with pytest.raises(AttributeError):
        del made.length
    assert made == kind("linux", 60)
