"""Numbers in no more octets than they need: each comes back, as short as it can be."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from pcapflow import engine

# Compiled, only compiled code can call it (``test_rows`` has it pack rows).
_spec = importlib.util.spec_from_file_location(
    "squeeze", Path(engine.__file__).with_name("squeeze.py")
)
assert _spec is not None
assert _spec.loader is not None
squeeze = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(squeeze)

EDGES = [0, 1, -1, 63, -64, 64, 127, 128, -128, 255, 2**31 - 1, 2**31, 2**31 + 1, -(2**31)]
LARGE = [2**32 - 1, 2**55, 2**62, -(2**62), 2**63 - 1, -(2**63), 1_700_000_000 * 10**9]


def there_and_back(numbers: list[int]) -> tuple[list[int], int]:
    """The numbers as they are read again, and how many octets they took."""
    groups = len(numbers) // squeeze.GROUP
    octets = bytearray(groups * squeeze.LONGEST + 8)
    size = squeeze.squeeze(numbers, len(numbers), octets)
    found = [7] * len(numbers)
    squeeze.spread(bytes(octets[:size]), groups, found)
    return found, size


@pytest.mark.parametrize("number", EDGES + LARGE)
def test_a_number_comes_back_from_every_place(number: int) -> None:
    for place in range(squeeze.GROUP):
        numbers = [-5] * squeeze.GROUP
        numbers[place] = number
        assert there_and_back(numbers)[0] == numbers


def test_several_groups_come_back() -> None:
    numbers = (EDGES + LARGE) * squeeze.GROUP
    assert there_and_back(numbers)[0] == numbers


@pytest.mark.parametrize(
    ("number", "octets"),
    [(0, 0), (1, 1), (-1, 1), (127, 1), (-128, 1), (128, 2), (2**31, 5), (-(2**63), 8)],
)
def test_a_number_takes_the_octets_it_needs(number: int, octets: int) -> None:
    """A word for the lengths of the group, then the octets: the sign takes a bit."""
    assert there_and_back([number] * squeeze.GROUP)[1] == 8 + squeeze.GROUP * octets
