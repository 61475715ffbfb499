"""Addresses as text, against the standard library's opinion."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcapflow.engine.traffic import address

GROUPS = st.lists(st.sampled_from([0, 0, 0, 1, 0x10, 0xDB8, 0xFFFF]), min_size=8, max_size=8)


def ipv6(*groups: int) -> str:
    """An address from its eight groups, in the signed words that the engine holds."""
    return address(6, *struct.unpack(">qq", struct.pack(">8H", *groups)))


@given(st.integers(0, 2**32 - 1))
def test_ipv4(value: int) -> None:
    assert address(4, 0, value) == str(IPv4Address(value))


@given(GROUPS)
def test_ipv6(groups: list[int]) -> None:
    value = IPv6Address(struct.pack(">8H", *groups))
    if value.ipv4_mapped is None:  # written in two ways, by the library's age
        assert ipv6(*groups) == str(value)
    assert IPv6Address(ipv6(*groups)) == value


@pytest.mark.parametrize(
    ("groups", "text"),
    [
        ((0x2001, 0xDB8, 0, 0, 1, 0, 0, 1), "2001:db8::1:0:0:1"),  # RFC 5952 §4.2.3
        ((0x2001, 0xDB8, 0, 1, 1, 1, 1, 1), "2001:db8:0:1:1:1:1:1"),  # §4.2.2
        ((0, 0, 0, 0, 0, 0, 0, 1), "::1"),
        ((0, 0, 0, 0, 0, 0, 0, 0), "::"),
        ((0xFE80, 0, 0, 0, 0, 0, 0, 0), "fe80::"),
    ],
)
def test_ipv6_as_the_rfc_writes_it(groups: tuple[int, ...], text: str) -> None:
    assert ipv6(*groups) == text
