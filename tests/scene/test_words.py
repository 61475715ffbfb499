"""Times and sizes as the picture writes them, and lines as it breaks them."""

import pytest

from pcapflow.scene.measure import Setter, plex
from pcapflow.scene.style import FINDING_TEXT, VERDICT
from pcapflow.scene.words import MS, SECOND, joined, lasting, octets, since_start


@pytest.mark.parametrize(
    ("ns", "words"),
    [
        (0, "0"),
        (520_000, "0.52 ms"),
        (307_470_000, "307.47 ms"),
        (6_027_000_000, "6.027 s"),
        (67 * SECOND + 370 * MS, "67.37 s"),
        (385 * SECOND + 700 * MS, "385.7 s"),
        (3600 * SECOND + 31 * MS, "1:00:00.03"),
        (40 * 3600 * SECOND, "40:00:00"),
        (2884 * 86_400 * SECOND, "2884.0 d"),
    ],
)
def test_time_since_the_start(ns: int, words: str) -> None:
    assert since_start(ns) == words


@pytest.mark.parametrize(
    ("ns", "words"),
    [
        (400, "under 1 µs"),
        (8_000, "8 µs"),
        (50_000, "0.05 ms"),
        (6_210_000, "6.21 ms"),
        (47_400_000, "47.4 ms"),
        (519_600_000, "519.6 ms"),
        (5_510_000_000, "5.51 s"),
        (66_800_000_000, "66.8 s"),
        (350 * SECOND, "350 s"),
        (1560 * SECOND, "26 min"),
        (4020 * SECOND, "1 h 07 min"),
    ],
)
def test_how_long_something_lasted(ns: int, words: str) -> None:
    assert lasting(ns) == words


def test_sizes_are_short() -> None:
    assert [octets(n) for n in (27, 9_999, 38_912, 4_340_000, 7_000_000_000)] == [
        "27 B",
        "9999 B",
        "38.9 kB",
        "4.34 MB",
        "7 GB",
    ]


def test_numbers_stay_with_their_units_and_control_characters_stay_out() -> None:
    assert joined("213 ms later, 50 bytes, 7 times, 8 apples") == (
        "213\u00a0ms later, 50\u00a0bytes, 7\u00a0times, 8 apples"
    )
    assert joined("a\x1b[31mb\nc") == "a\ufffd[31mb c"


def test_lines_break_at_spaces_and_long_words_after_punctuation() -> None:
    setter = Setter(plex)
    words = "see [2001:db8:ffff:ffff:ffff:ffff:ffff:fffe]:65535 for more"
    lines = setter.wrap(words, FINDING_TEXT, 200)
    assert all(setter.width(line, FINDING_TEXT) <= 200 for line in lines)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert lines[1].endswith(":")


def test_a_verdict_is_balanced_and_leaves_no_word_alone() -> None:
    setter = Setter(plex)
    assert setter.balance("Closed in order.", VERDICT, 900, 1488) == ["Closed in order."]
    lines = setter.balance(
        "The client closed; 51 ms later the server still sent it 50 bytes. They were thrown away "
        "and answered with a reset.",
        VERDICT,
        900,
        1488,
    )
    assert lines is not None
    assert lines[0].endswith("50 bytes.")
    assert setter.balance("word " * 60 + "end", VERDICT, 900, 1488) is None
    alone = setter.balance("Incomprehensibilities notwithstanding so", VERDICT, 300, 1488)
    assert alone is None
