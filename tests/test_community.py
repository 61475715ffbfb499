"""Community ID, against the published vectors of its specification.

Facts: the TCP flows of baseline/baseline_deflt.json (seed 0, the only one that Zeek and others use
unasked) in corelight/community-id-spec, and a TCP flow of corelight/pycommunityid's own tests.
"""

import pytest

from pcapflow.community import community_id
from pcapflow.model import Endpoint

BASELINE = [
    (
        ("2001:470:e5bf:dead:4957:2174:e82c:4887", 63943),
        ("2607:f8b0:400c:c03::1a", 25),
        "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
    ),
    (("128.232.110.120", 34855), ("66.35.250.204", 80), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    (("10.0.0.1", 10), ("10.0.0.2", 11569), "1:SXBGMX1lBOwhhoDrZynfROxnhnM="),
]


@pytest.mark.parametrize(("one", "other", "expected"), BASELINE)
def test_both_directions_have_one_id(
    one: tuple[str, int], other: tuple[str, int], expected: str
) -> None:
    assert community_id(Endpoint(*one), Endpoint(*other)) == expected
    assert community_id(Endpoint(*other), Endpoint(*one)) == expected


def test_an_address_decides_as_a_number_and_before_the_port() -> None:
    """9.0.0.1 comes before 10.0.0.1, though not as text; whoever has the lower port."""
    low, high = Endpoint("9.0.0.1", 60000), Endpoint("10.0.0.1", 80)
    assert community_id(low, high) == community_id(high, low)
    assert community_id(low, high) != community_id(
        Endpoint("9.0.0.1", 80), Endpoint("10.0.0.1", 60000)
    )


def test_between_ports_of_one_address_the_port_decides() -> None:
    one, other = Endpoint("127.0.0.1", 9), Endpoint("127.0.0.1", 10)
    assert community_id(one, other) == community_id(other, one)
