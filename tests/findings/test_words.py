"""How durations, times and counts are said."""

import pytest

from pcapflow.findings import words
from pcapflow.findings.words import DAY, HOUR, MICROSECOND, MILLISECOND, MINUTE, SECOND


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (0, "0 s"),
        (999, "999 ns"),
        (130 * MICROSECOND, "130 µs"),
        (3_210 * MICROSECOND, "3.21 ms"),
        (204 * MILLISECOND, "204 ms"),
        (3_210 * MILLISECOND, "3.21 s"),
        (66_800 * MILLISECOND, "66.8 s"),
        (119_600 * MILLISECOND, "120 s"),
        (3_200 * MILLISECOND, "3.2 s"),
        (999_700 * MICROSECOND, "1000 ms"),
        (8 * MINUTE, "8 min"),
        (8 * MINUTE + 12 * SECOND, "8 min 12 s"),
        (2 * HOUR + 5 * MINUTE, "2 h 5 min"),
        (3 * DAY + 4 * HOUR, "3 d 4 h"),
        (-5 * SECOND, "-5 s"),
    ],
)
def test_durations_have_the_digits_that_matter(span: int, said: str) -> None:
    assert words.duration(span) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [(0, "00:00:00.000"), (1_763_899_203_120_999_999, "12:00:03.120"), (-1, "23:59:59.999")],
)
def test_clock_times_are_utc(at: int, said: str) -> None:
    assert words.clock(at) == said


def test_counts_and_lists() -> None:
    assert words.plural(1, "octet") == "1 octet"
    assert words.plural(28_232, "octet") == "28,232 octets"
    assert words.plural(2, "retry", "retries") == "2 retries"
    assert [words.times(n) for n in (1, 2, 1_000)] == ["once", "twice", "1,000 times"]
    assert words.listing([]) == ""
    assert words.listing(["a"]) == "a"
    assert words.listing(["a", "b", "c"]) == "a, b and c"
