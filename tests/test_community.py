"""Community ID, against what its specification's own implementation says."""

import pytest

from pcapflow.community import community_id
from pcapflow.model import Endpoint


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("1.2.3.4", 1122), ("5.6.7.8", 3344), "1:wCb3OG7yAFWelaUydu0D+125CLM="),
        (("128.232.110.120", 34855), ("66.35.250.204", 80), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    ],
)
def test_both_directions_have_one_id(
    one: tuple[str, int], other: tuple[str, int], expected: str
) -> None:
    assert community_id(Endpoint(*one), Endpoint(*other)) == expected
    assert community_id(Endpoint(*other), Endpoint(*one)) == expected
