"""The two halves of the layout, ``layout.py`` and ``layout.pxd``, say the same."""

from __future__ import annotations

import re
from pathlib import Path

from pcapflow.engine import layout
from pcapflow.engine.log import MAX_NODES
from pcapflow.tcp.codes import CODES

PXD = Path(layout.__file__).with_name("layout.pxd").read_text(encoding="utf-8")


def declared_constants() -> dict[str, int]:
    return {name: int(value) for name, value in re.findall(r"^    (\w+) = (\d+)$", PXD, re.M)}


def declared_fields(struct: str) -> list[str]:
    """What Cython is told of a struct, in order."""
    body = re.search(rf"ctypedef struct {struct} .*?:\n((?:        .*\n)+)", PXD)
    assert body is not None
    found = re.findall(
        r"^        (?:long long|Side|unsigned char\*) (\w+)(?:\[\d+\])?$", body[1], re.M
    )
    assert len(found) == len(body[1].splitlines())
    return found


def words(struct: str) -> list[list[tuple[str, int]]]:
    """What C is told of a struct: its words, each the fields in it with their widths in bits.

    An array has a word for each element, and a row's side all of an end's.
    """
    name = f"pcapflow_{struct.lower()}"
    body = re.search(rf"typedef struct {{([^}}]*)}} {name};", PXD)
    assert body is not None
    found: list[list[tuple[str, int]]] = []
    for line in body[1].strip().splitlines():
        declared = re.fullmatch(r" *(unsigned char\*|\w+) (.*);", line)
        assert declared is not None
        kind, fields = declared.groups()
        if kind.endswith("*"):
            found.append([(fields, 64)])
        elif array := re.fullmatch(r"(\w+)\[(\d+)\]", fields):
            unit = {"pcapflow_side": 64 * len(words("Side")), "pcapflow_half": 32}.get(kind, 64)
            found.append([(array[1], unit * int(array[2]))])
        else:
            assert kind in ("pcapflow_word", "pcapflow_count")
            parts = [f.split(":") for f in fields.split(",")]
            more = [(f[0].strip(), int(f[1]) if len(f) > 1 else 64) for f in parts]
            if found and sum(bits for _, bits in found[-1] + more) <= 64:
                found[-1] += more  # of another kind, but in the same word
            else:
                found.append(more)
    return found


def fields(struct: str) -> dict[str, int]:
    """A struct's fields in order, with how many bits each has."""
    return {name: bits for word in words(struct) for name, bits in word}


def test_constants() -> None:
    interpreted = {
        name: value
        for name, value in vars(layout).items()
        if name.isupper() and isinstance(value, int)
    }
    assert declared_constants() == interpreted


def test_every_code_has_its_number_in_both() -> None:
    declared = declared_constants()
    assert {name: declared.get(name) for name in CODES} == CODES
    assert max(CODES.values()) < 64, "a shape's edge has room for 127 events of two ends"


def test_marks_and_options_are_bits_of_their_own() -> None:
    for prefix in ("MARK_", "TH_", "OPT_"):
        bits = [
            v for n, v in vars(layout).items() if n.startswith(prefix) and n != "OPT_SCALE_SHIFT"
        ]
        assert all(bit & bit - 1 == 0 for bit in bits)
        assert len(set(bits)) == len(bits)


def test_structs() -> None:
    for struct in ("Side", "Row", "Kept", "Rest", "Segment", "Packet"):
        interpreted = list(getattr(layout, struct).__slots__)
        assert list(fields(struct)) == declared_fields(struct) == interpreted
    fresh = layout.Row()
    assert fields("Row")["side"] == len(fresh.side) * 64 * len(words("Side"))
    for array in ("ring", "rst_seq", "sacked"):
        assert fields("Row")[array] == 64 * len(getattr(fresh, array))
    for array in ("odd_seq", "odd_ack"):
        assert fields("Row")[array] == 32 * len(getattr(fresh, array))


def test_what_shares_a_word_fits_into_it() -> None:
    for struct in ("Side", "Row", "Kept", "Rest", "Segment", "Packet"):
        for word in words(struct):
            assert sum(bits for _, bits in word) <= 64 or len(word) == 1


def test_narrow_fields_hold_what_is_put_there() -> None:
    """One bit is the sign: -1 says that a number is not known."""
    numbers = {"snd_nxt", "snd_una", "ack_sent", "isn", "fin_mark", "fin_ack"}
    numbers |= {"hole_from", "hole_to"}
    assert all(fields("Side")[name] > 32 for name in numbers)
    assert "pcapflow_count ports : 32;" in PXD, "always known, so without a sign"
    assert fields("Row")["tunnel"] > (len(layout.TUNNELS) - 1).bit_length()
    assert all(fields("Side")[name] > 16 for name in ("ip_id", "window"))
    assert fields("Side")["letters"] > len(layout.LETTERS)
    counted = {"unanswered": 4, "windows": 127, "gaps": 127, "again": 2047}
    for name, most in (counted | {"fin_seen": 0x1FFFFF, "unseen": 0x1FFFFFFF}).items():
        assert fields("Side")[name] > most.bit_length()
    marks = [v for n, v in vars(layout).items() if n.startswith("MARK_")]
    assert max(marks) * 2 <= 2 ** (fields("Row")["marks"] - 1)
    assert fields("Row")["shape_length"] > layout.SHAPE_LENGTH.bit_length()
    assert fields("Row")["node"] > MAX_NODES.bit_length()
    assert fields("Row")["last_code"] > (max(CODES.values()) << 1 | 1).bit_length()
    place = layout.RING_PLACE.bit_length() + layout.ORIGIN_PLACE
    assert fields("Side")["origin"] > place
    assert fields("Segment")["origin"] > place
    interfaces = 2**26  # of which a capture would have to describe 1.3 GB
    assert fields("Segment")["iface"] > (interfaces << 8).bit_length()


def test_no_row_lies_across_cache_lines() -> None:
    row = fields("Row")
    side, ring = list(row).index("side"), list(row).index("ring")
    before = len([w for w in words("Row") if w[0][0] in list(row)[:side]])
    assert before == 8, "the key's line"
    assert list(row)[:4] == ["client_lo", "server_lo", "client_hi", "server_hi"], "matching"
    assert len(words("Side")) == 16, "two lines an end"
    assert row["ring"] % 512 == 0
    lines = sum(max(64, sum(b for _, b in word)) for word in words("Row")) / 512
    assert lines % 2 == 1
    assert ring == side + 1
