"""Records are made, shown, compared and copied by their fields, and never change."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from pcapflow.values import Record, as_dict, replace


class Plain(Record):
    """One with a default."""

    name: str
    length: int = 60

    @property
    def doubled(self) -> int:
        return 2 * self.length


class More(Plain):
    """With a field of its own."""

    remark: str = ""


class Other(Record, order=True):
    """The same fields, in another class."""

    name: str
    length: int = 60


def test_a_record_is_its_fields_by_place_or_by_name() -> None:
    made = Plain("linux", length=30)

    assert (made.name, made.length, made.doubled) == ("linux", 30, 60)
    assert as_dict(made) == {"name": "linux", "length": 30}
    assert repr(made) == "Plain(name='linux', length=30)"
    assert made == Plain("linux", 30) == Plain(length=30, name="linux")
    assert made != Plain("linux") == Plain(name="linux") == Plain("linux", 60)
    assert hash(made) == hash(Plain(length=30, name="linux"))
    assert More("linux", remark="fixed") == More("linux", 60, "fixed") != More("linux")


def test_only_records_of_one_class_are_equal() -> None:
    for other in (Other("linux", 30), More("linux", 30), ("linux", 30), None):
        assert Plain("linux", 30) != other
    assert {Plain("linux", 30): 1}.get(Plain("linux", 30)) == 1
    assert ("linux", 30) not in {Plain("linux", 30)}


def test_a_copy_differs_in_what_is_named() -> None:
    made = Plain("linux", length=30)

    assert replace(made, length=60) == Plain("linux")
    assert replace(made) == made
    assert type(replace(More("linux"), name="bsd")) is More
    assert pickle.loads(pickle.dumps(made)) == made
    with pytest.raises(TypeError):
        replace(made, size=1)


def test_those_that_are_sorted_are_by_their_fields_in_order() -> None:
    assert sorted([Other("b", 1), Other("a", 2), Other("a", 1)])[0] == Other("a", 1)


def test_what_is_kept_beside_the_fields_is_no_part_of_a_record() -> None:
    made = Plain("linux")
    made.__dict__["report"] = "large"

    assert made == Plain("linux")
    assert repr(made) == repr(Plain("linux"))
    assert vars(replace(made)) == vars(pickle.loads(pickle.dumps(made))) == {}


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        (("a", 1, 2), {}),
        (("a",), {"name": "b"}),
        (("a",), {"size": 1}),
        (("a", 1), {"size": 1}),
        (("a",), {"name": "b", "length": 1}),
        ((), {"length": 1}),
    ],
)
def test_nothing_is_made_of_what_it_has_no_field_for(
    values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match="Plain"):
        Plain(*values, **named)


def test_a_record_never_changes() -> None:
    made: Any = Plain("linux")

    with pytest.raises(AttributeError, match="frozen"):
        made.length = 1
    with pytest.raises(AttributeError, match="frozen"):
        made.other = 1
    with pytest.raises(AttributeError, match="frozen"):
        del made.length
    assert made == Plain("linux", 60)
