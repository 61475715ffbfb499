"""The two halves of the layout, ``layout.py`` and ``layout.pxd``, say the same."""

from __future__ import annotations

import re
from pathlib import Path

from pcapflow.engine import layout
from pcapflow.tcp.codes import Code

PXD = Path(layout.__file__).with_name("layout.pxd").read_text(encoding="utf-8")


def declared_constants() -> dict[str, int]:
    return {name: int(value) for name, value in re.findall(r"^    (\w+) = (\d+)$", PXD, re.M)}


def declared_fields(struct: str) -> dict[str, int]:
    """A struct's fields in order, with how many words each has."""
    body = PXD.split(f"cdef struct {struct}:\n")[1].split("\n\n")[0]
    found = re.findall(r"^    (?:long long|Side) (\w+)(?:\[(\d+)\])?$", body, re.M)
    assert len(found) == len(body.strip().splitlines())
    return {name: int(count or 1) for name, count in found}


def test_constants() -> None:
    interpreted = {
        name: value
        for name, value in vars(layout).items()
        if name.isupper() and isinstance(value, int)
    }
    assert declared_constants() == interpreted


def test_every_code_has_its_number_in_both() -> None:
    codes = {code.name: int(code) for code in Code}
    assert {name: value for name, value in declared_constants().items() if name in codes} == codes
    assert max(codes.values()) < 64, "a shape's edge has room for 127 events of two ends"


def test_marks_and_options_are_bits_of_their_own() -> None:
    for prefix in ("MARK_", "TH_", "OPT_"):
        bits = [
            v for n, v in vars(layout).items() if n.startswith(prefix) and n != "OPT_SCALE_SHIFT"
        ]
        assert all(bit & bit - 1 == 0 for bit in bits)
        assert len(set(bits)) == len(bits)


def test_structs() -> None:
    assert list(declared_fields("Side")) == list(layout.Side.__slots__)
    assert list(declared_fields("Kept")) == list(layout.Kept.__slots__)
    row = declared_fields("Row")
    assert list(row) == list(layout.Row.__slots__)
    fresh = layout.Row()
    assert row["side"] == len(fresh.side) == 2
    assert row["ring"] == len(fresh.ring) == 2 * layout.RING


def test_no_row_lies_across_cache_lines() -> None:
    side, row = sum(declared_fields("Side").values()), declared_fields("Row")
    assert side % 8 == 0
    before = list(row.values())[: list(row).index("side")]
    assert sum(before) % 8 == 0
    assert (sum(row.values()) - row["side"] + row["side"] * side) % 8 == 0
