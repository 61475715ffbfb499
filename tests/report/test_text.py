"""Lines of text on all kinds of terminals, and what a finding means."""

import io
import re
import textwrap
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as some
from rich.console import Console

from pcapflow.errors import UsageError
from pcapflow.findings import catalogue
from pcapflow.findings.rule import Rule
from pcapflow.report import explain, terminal, text
from pcapflow.report.letters import printable
from pcapflow.report.text import Span
from pcapflow.report.times import date_and_clock, iso


def test_styles_repeat_what_the_words_say() -> None:
    lines = explain.lines("lost-final-ack", 80)
    colourless = io.StringIO()
    terminal.show(lines, Console(file=colourless, no_color=True, force_terminal=False, width=40))

    assert colourless.getvalue() == text.plain(lines)


def test_a_terminal_gets_colours_and_no_control_characters_from_text() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system="standard", _environ={})
    terminal.show([(Span("✗ ", "error"), Span("\x1b[2J[bold]x[/bold]"))], console)

    assert out.getvalue() == "\x1b[1;31m✗ \x1b[0m" + r"\x1b[2J[bold]x[/bold]" + "\n"


def test_an_encoding_without_our_letters_gets_others() -> None:
    line = (Span("→ A ── FIN ──► B · 3 µs × 2 …é"),)

    assert text.plain([line], "ascii") == "> A -- FIN --> B - 3 us x 2 ~\\xe9\n"


def test_numbers_keep_their_units() -> None:
    (first,), (second,) = text.wrapped("it took 215 ms", 12)

    assert (first.text, second.text) == ("it took", "215 ms")


_UNITS = ["ns", "µs", "ms", "s", "min", "h", "d", "octet", "octets"]
_TOGETHER = re.compile(rf"(?<=\d) (?=(?:{'|'.join(_UNITS)})\b)|(?<=\bframe) (?=\d)")
_WORDS = some.sampled_from([*_UNITS, "frame", "(frame", "subframe", "7", "10.0.0.5:80", "ms,", "²"])
_TEXTS = some.lists(_WORDS | some.just("") | some.text(max_size=8), max_size=30).map(" ".join)


@given(_TEXTS, some.integers(1, 60), some.text(" →", max_size=6), some.text(" ", max_size=6))
@example("  blanks at the beginning, which stay", 10, "", "")
@example("   blanks at the beginning, which do not", 4, "", "  ")
@example("takes 5 min 35 s (frame 12), is sent by frame 3 s", 12, "  → ", "    ")
def test_paragraphs_are_broken_as_the_standard_library_breaks_them(
    words: str, width: int, first: str, rest: str
) -> None:
    """``textwrap``, where a blank that must not break is a letter of its own."""
    visible = printable(words)
    broken = textwrap.wrap(
        _TOGETHER.sub("\N{NO-BREAK SPACE}", visible),
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )

    told = [line[0].text for line in text.wrapped(words, width, first, rest)]

    assert told == [line.replace("\N{NO-BREAK SPACE}", " ") for line in broken]


@given(some.integers(-(2**63), 2**63 - 1))
def test_times_are_those_of_the_standard_library(at: int) -> None:
    """All that 64 bits of nanoseconds can hold."""
    whole = datetime.fromtimestamp(at // 10**9, UTC)

    assert date_and_clock(at) == f"{whole:%Y-%m-%d %H:%M:%S} UTC"
    assert iso(at).startswith(f"{whole:%Y-%m-%dT%H:%M:%S}.")


def test_times_are_utc_with_nine_digits() -> None:
    assert iso(1_763_899_203_120_000_007) == "2025-11-23T12:00:03.120000007Z"
    assert iso(-1) == "1969-12-31T23:59:59.999999999Z"
    assert date_and_clock(1_763_899_203_999_999_999) == "2025-11-23 12:00:03 UTC"


@pytest.mark.parametrize("rule", catalogue.EVERY, ids=lambda rule: rule.CODE)
@pytest.mark.parametrize("width", [60, 80, 200])
def test_every_finding_is_explained_within_the_width(rule: Rule, width: int) -> None:
    told = text.plain(explain.lines(rule.CODE, width)).splitlines()

    assert told[0].startswith(rule.CODE)
    assert told[0].endswith(rule.LEVELS)
    assert max(map(len, told)) <= width
    assert [line.split("  ")[0] for line in told if line[:1].isupper()][-1] == "Source"


def test_without_a_code_all_are_listed() -> None:
    told = text.plain(explain.lines(None, 80))

    assert all(f"{rule.CODE}  " in told for rule in catalogue.EVERY)
    assert told.endswith("→ pcapflow explain CODE or TOPIC\n")


def test_an_unknown_code_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="there is no finding"):
        explain.lines("nonsense", 80)
