"""The default report: order, density, width, and that nothing from a capture reaches a terminal."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pcapflow.report import table, text
from pcapflow.report.letters import LETTERS, can_write
from pcapflow.values import replace
from tests.findings.transcript import SERVED, case
from tests.report import reports
from tests.report.reports import HandMade

GOLDEN = Path(__file__).parent / "golden"


def shown(
    report: HandMade, width: int = 80, *, everything: bool = False, encoding: str = "utf-8"
) -> str:
    letters = can_write(LETTERS, encoding)
    lines = table.lines(report, width, everything=everything, letters=letters)
    return text.plain(lines, encoding)


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("name", ["leaking_pool", "piled", "crowd", "healthy", "nothing", "infos"])
def test_the_report_reads_as_before(name: str, width: int) -> None:
    """After a wanted change: UPDATE_GOLDEN=1 pytest tests/report, and read the difference."""
    told = shown(getattr(reports, name)(), width)
    path = GOLDEN / f"{name}_{width}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(told, encoding="utf-8")

    assert told == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("name", ["leaking_pool", "piled", "crowd", "healthy", "nothing", "infos"])
def test_80_columns_hold_it(name: str, encoding: str) -> None:
    told = shown(getattr(reports, name)(), encoding=encoding)

    assert max(len(line) for line in told.splitlines()) <= 80


def test_a_crowd_takes_no_more_lines_than_a_few() -> None:
    assert len(shown(reports.crowd()).splitlines()) <= 50


def test_a_crowd_beyond_count_of_services_is_cut() -> None:
    crowd = reports.crowd()
    groups = tuple(
        replace(group, shape=f"{group.shape} C:ODD_{i}") for i, group in enumerate(crowd.groups)
    )
    told = shown(HandMade(**{**vars(crowd), "groups": groups}))

    assert len(told.splitlines()) <= 50
    assert "more shapes: " in told


def test_a_healthy_capture_is_told_in_two_lines() -> None:
    assert len(shown(reports.healthy()).splitlines()) == 2


def test_connections_without_findings_that_did_not_end_well_are_not_called_healthy() -> None:
    told = shown(reports.report((case("0 C SYN", until=1), 2, reports.WEB)))

    assert "Nothing found wrong with 2 TCP connections: 2 unanswered." in told


def test_the_worst_comes_first() -> None:
    """By severity, whether told in full or, since its leader has told it already, in a line."""
    lines = shown(reports.leaking_pool()).splitlines()
    heads = [i for i, line in enumerate(lines) if line[:2] in ("✗ ", "! ", "i ")]
    marks = [lines[i][0] for i in heads]

    assert marks == sorted(marks, key="✗!i".index)
    assert [lines[i][0] for i in heads if lines[i + 1].startswith("    ")] == ["✗", "!", "!"]


def test_what_piles_up_leads_and_its_connections_are_not_told_again() -> None:
    told = shown(reports.piled())
    codes = [line.split()[1] for line in told.splitlines() if line[:2] in ("✗ ", "! ", "i ")]

    assert codes[:2] == ["close-wait-pileup", "data-lost-at-close"]
    assert "growing 120 a minute" in told
    assert "acknowledged the server's FIN at" not in told
    assert told.splitlines()[-2:] == [
        "→ pcapflow diagram captures/pool.pcapng --flow 1 -o close-wait-pileup.png",
        "→ pcapflow explain close-wait-pileup",
    ]


def test_at_most_three_are_told_in_full_unless_all_are_asked_for() -> None:
    few, everything = (shown(reports.leaking_pool(), everything=e) for e in (False, True))

    assert few.count("    → ") <= 5
    assert everything.count("    → ") > 10
    assert everything.count("10.0.0.5:51234 → ") == reports.leaking_pool().total


def test_what_the_leader_has_told_is_not_told_twice() -> None:
    told = shown(reports.report((reports.UNANSWERED, 1, reports.WEB)))

    assert "sent its FIN at" in told
    assert told.count("no acknowledgement of it was captured") == 1
    assert "and again twice" not in told


def test_it_ends_with_the_next_commands() -> None:
    assert shown(reports.leaking_pool()).splitlines()[-2:] == [
        "→ pcapflow diagram captures/pool.pcapng --flow 50 -o data-lost-at-close.png",
        "→ pcapflow explain data-lost-at-close",
    ]


@pytest.mark.parametrize(
    ("files", "command"),
    [
        (("a b.pcap",), "pcapflow diagram 'a b.pcap' --flow 1"),
        (("-r.pcap",), "pcapflow diagram ./-r.pcap --flow 1"),
        (("a", "b"), "pcapflow diagram a b --flow 1"),
        (("a", "b", "c", "d"), "pcapflow diagram FILE... --flow 1"),
        (("-",), "pcapflow diagram FILE --flow 1"),
    ],
)
def test_commands_can_be_pasted(files: tuple[str, ...], command: str) -> None:
    info = replace(reports.INFO, files=files)

    assert command in shown(reports.report((reports.LEAK, 1, reports.WEB), info=info))


def test_names_are_quoted_as_the_standard_library_quotes_them() -> None:
    """Each letter that a terminal can show, in a name."""
    for name in [f"a{chr(code)}" for code in range(0x20, 0x250) if chr(code).isprintable()]:
        info = replace(reports.INFO, files=(name,))
        told = shown(reports.report((reports.LEAK, 1, reports.WEB), info=info))

        assert f"pcapflow diagram {shlex.quote(name)} --flow 1" in told


def test_control_characters_never_reach_the_terminal() -> None:
    info = replace(reports.INFO, files=("\x1b[31mred\u202e\udcff.pcap",))
    told = shown(reports.report((reports.LEAK, 1, reports.WEB), info=info))

    assert "\x1b" not in told
    assert "\u202e" not in told
    assert r"\x1b[31mred\u202e\udcff.pcap" in told


def test_what_was_not_judged_is_said_by_reason() -> None:
    skipped = {"not TCP": 1200, "not IP": 3, "a": 2, "b": 1, "c": 1}
    info = replace(reports.INFO, skipped=skipped, duplicates=4, drops=9, truncated="cut")
    told = shown(reports.report((reports.LEAK, 1, reports.WEB), info=info, fault="damage"), 200)

    assert "Not judged: 1,207 packets (1,200 not TCP, 3 not IP, 2 a, 1 b, 1 for other" in told
    assert "4 duplicates left out, 9 packets dropped by the capturing kernel, cut off" in told


def test_a_healthy_report_of_a_bad_capture_says_so() -> None:
    info = replace(reports.INFO, skipped={"not TCP": 2}, duplicates=1)
    told = shown(reports.report((reports.ORDERLY, 1, reports.WEB), info=info), 200)

    assert "healthy: 1 orderly. Not judged: 2 packets (2 not TCP). Capture quality: 1 dup" in told


def test_where_the_capture_was_made_is_said_if_the_connections_agree() -> None:
    there = reports.report((reports.LEAK, 1, reports.WEB))
    moved = {f: replace(c, vantage="client") for f, c in there.examples.items()}

    assert "captured at" not in shown(there)
    assert "captured at the client" in shown(HandMade(**{**vars(there), "examples": moved}))


def test_a_finding_without_an_example_is_still_counted() -> None:
    there = reports.report((reports.LEAK, 2, reports.WEB))
    bare = tuple(replace(group, examples=()) for group in there.groups)
    told = shown(HandMade(**{**vars(there), "groups": bare}))

    assert "! close-wait-leak     2 connections to 10.77.67.2:8080\n" in told


def test_shapes_are_short_and_end_with_how_it_stands() -> None:
    told = shown(
        reports.report(
            (case(SERVED + "3 S FIN\n3.01 C ACK_OF_FIN\n4 C DATA", until=9), 1, reports.WEB),
            (case("0 C SYN\n1 C SYN_AGAIN", until=99), 1, reports.WEB),
        )
    )

    assert "S:FIN C:ack C:data ─────── silence" in told
    assert "C:SYN C:syn-again ─────── silence" in told


def test_importing_it_loads_neither_rich_nor_click() -> None:
    script = (
        "import sys, pcapflow.report.table, pcapflow.report.text\n"
        "print(*{'rich', 'click'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == ""


def test_piles_of_one_kind_are_told_once() -> None:
    one = reports.piled()
    (pile,) = one.across
    smaller = tuple(replace(pile, host=f"10.0.0.{n}", connections=n) for n in (30, 20, 12))
    many = HandMade(**{**vars(one), "across": (pile, *smaller)})

    told = " ".join(shown(many, 120).split())
    assert told.count("close-wait-pileup ") == shown(one, 120).count("close-wait-pileup ")
    assert "and 3 more piles of 12 to 30 connections each" in told
    assert "10.0.0.12" not in told
    assert " ".join(shown(many, 120, everything=True).split()).count("close-wait-pileup") > 3
