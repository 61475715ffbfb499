"""Times as users type them."""

from __future__ import annotations

import pytest

from pcapflow.cli.moment import Moment, moment
from pcapflow.errors import UsageError

NEW_YEAR = 1_767_225_600 * 10**9


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-01T00:00:00Z", 0),
        ("2026-01-01T00:00:00.000000001Z", 1),
        ("2026-01-01T00:00:12.5", 12_500_000_000),
        ("2026-01-01 00:01", 60_000_000_000),
        ("2026-01-01", 0),
        ("2026-01-01T02:00:00+02:00", 0),
        ("2025-12-31T23:59:59.999999999Z", -1),
        ("1970-01-01", -NEW_YEAR),
        ("1969-12-31T23:59:59.5Z", -NEW_YEAR - 500_000_000),
    ],
)
def test_absolute_times_are_utc(text: str, at: int) -> None:
    assert moment(text) == Moment(NEW_YEAR + at)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("+12s", 12_000_000_000),
        ("+1.5m", 90_000_000_000),
        ("+0.1s", 100_000_000),
        ("+250ms", 250_000_000),
        ("+7us", 7_000),
        ("+7µs", 7_000),
        ("+7ns", 7),
        ("+1h", 3_600_000_000_000),
        ("+1d", 86_400_000_000_000),
    ],
)
def test_times_after_the_first_packet(text: str, at: int) -> None:
    assert moment(text) == Moment(at, relative=True)
    assert moment(text).placed(100) == Moment(100 + at)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "12s", "+12", "+s", "-5s", "+-5s", "+1e3s", "+1234567890123s"),
        *("10:00:03", "2026-13-01", "2026-02-30T00:00Z", "2026-01-01T25:00Z", "2026-01-01.5"),
        *("2026-01-01Z", "2026-01-01T00:00:00.1234567891Z", "٢٠٢٦-01-01", "2026-01-01T00:00Z\n"),
    ],
)
def test_what_is_no_time_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        moment(text)
    assert "\n" not in str(caught.value)
    assert "Try: 2026-01-31T10:00:03.5Z, or +12s" in str(caught.value)
