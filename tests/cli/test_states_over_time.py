"""`pcapflow states --every`: how many sockets were in each state over time."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.program import pcapflow, sample
from tests.cli.test_states import half_closed, refused, shown, told


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_a_line_for_each_change_of_each_host(tmp_path: Path) -> None:
    assert told(pcapflow("states", half_closed(tmp_path), "--every", "1s")) == shown("""
        Sockets in each state, 11 moments from 2026-01-01 00:00:00.000 UTC to 2026-01-01
          00:00:10.000 UTC

        10.0.0.9  (server)
        After  CLOSE_WAIT  SYN_RECEIVED  ESTABLISHED  UNKNOWN
          0 s           0             1            0        0
          1 s           0             0            1        0
          2 s           1             0            0        0
          5 s           0             0            0        0
         10 s           0             0            0        1

        10.0.0.5  (client)
        After  TIME_WAIT  FIN_WAIT_2  SYN_SENT  ESTABLISHED
          0 s          0           0         1            0
          1 s          0           0         0            1
          2 s          0           1         0            0
          5 s          1           0         0            0
         10 s          1           0         1            0

        A line that says the same as the one before is left out. --all tells every
        other; --format csv every moment.
        """)


def test_csv_has_every_moment_and_every_state(tmp_path: Path) -> None:
    found = rows(
        told(pcapflow("states", half_closed(tmp_path), "--every", "1s", "--format", "csv"))
    )
    assert len(found) == 11 * 2
    at_two = [row for row in found if row["seconds"] == "2.000000000"]
    assert [(row["place"], row["time"]) for row in at_two] == [
        ("10.0.0.9", "2026-01-01T00:00:02.000000000Z"),
        ("10.0.0.5", "2026-01-01T00:00:02.000000000Z"),
    ]
    assert [at_two[0]["CLOSE_WAIT"], at_two[0]["UNKNOWN"]] == ["1", "0"]
    assert [at_two[1]["FIN_WAIT_2"], at_two[1]["ESTABLISHED"]] == ["1", "0"]


def test_each_moment_is_what_at_says_of_it() -> None:
    path = sample("leaking_pool")
    found = rows(told(pcapflow("states", path, "--every", "7s", "--format", "csv")))
    assert len(found) == 13 * 2
    for row in found:
        told_at = told(pcapflow("states", path, "--at", row["time"], "--format", "csv"))
        sums = Counter(each["state"] for each in rows(told_at) if each["host"] == row["place"])
        assert {state: int(row[state]) for state in sums} == sums
        assert sum(int(n) for state, n in row.items() if state.isupper()) == sums.total()


def test_a_file_of_numbers_needs_no_more_words(tmp_path: Path) -> None:
    target = tmp_path / "states.csv"
    assert told(pcapflow("states", sample("leaking_pool"), "-o", target)) == ""
    found = rows(target.read_text())
    seconds = [float(row["seconds"]) for row in found[::2]]
    assert seconds[:3] == [0.0, 0.2, 0.4]
    assert seconds[-1] == pytest.approx(77.818, abs=0.001)


def test_json_has_a_list_for_each_state(tmp_path: Path) -> None:
    path = half_closed(tmp_path)
    whole = json.loads(told(pcapflow("states", path, "--every", "2s", "--format", "json")))
    assert whole["after_s"] == [0, 2, 4, 6, 8, 10]
    assert whole["moments"][1] == "2026-01-01T00:00:02.000000000Z"
    assert whole["places"][0] == {
        "place": "10.0.0.9",
        "ends": ["server"],
        "counts": {
            "CLOSE_WAIT": [0, 1, 1, 0, 0, 0],
            "SYN_RECEIVED": [1, 0, 0, 0, 0, 0],
            "UNKNOWN": [0, 0, 0, 0, 0, 1],
        },
    }


def test_a_part_of_the_time(tmp_path: Path) -> None:
    spans = ("--from", "+1.5s", "--to", "+2.5s", "--every", "250ms")
    out = told(pcapflow("states", half_closed(tmp_path), *spans))
    assert "5 moments from 2026-01-01 00:00:01.500 UTC to 2026-01-01" in out
    assert "1.5 s           1" in out


def test_by_service_both_of_its_ends(tmp_path: Path) -> None:
    out = told(pcapflow("states", half_closed(tmp_path), "--every", "2s", "--by", "service"))
    assert "clients of 10.0.0.9:80  (client)\n" in out
    assert "\n10.0.0.9:80  (server)\n" in out


def test_the_others_are_added_up(tmp_path: Path) -> None:
    several = [sample(name) for name in ("leaking_pool", "orderly", "lost_fin")]
    out = told(pcapflow("states", *several, "--every", "100ms", "--top", "1"))
    assert "10.77.4.1  (client)\n" in out
    assert "5 others  (client and server)\n" in out


def test_one_machine_alone(tmp_path: Path) -> None:
    path = half_closed(tmp_path)
    out = told(pcapflow("states", path, "--every", "1s", "--host", "10.0.0.9"))
    assert "10.0.0.9  (server)" in out
    assert "10.0.0.5" not in out
    none = told(pcapflow("states", path, "--every", "1s", "--host", "10.0.0.77"))
    assert "No sockets." in none


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (("--every", "1s", "--at", "end"), "--at is one moment; leave it out for states over time"),
        (("--every", "0s"), "--every must be longer than nothing. Try: --every 1s"),
        (
            ("--every", "1us"),
            "--every makes 10,000,001 moments of this; 100,000 are possible. Try: --every 1s",
        ),
        (("--top", "1"), "--by and --top are about states over time. Try: --every 1s"),
        (("-s", "--every", "1s"), "-s is a table of one moment; leave it out"),
        (("--at", "end", "-o", "x.png"), "--at is one moment; leave it out for states over time"),
        (("--from", "+11s"), "no part of the capture lies between --from and --to"),
        (("--from", "+2s", "--to", "+1s"), "--to is earlier than --from"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, asked: tuple[str, ...], error: str) -> None:
    assert refused(pcapflow("states", half_closed(tmp_path), *asked)) == error


def test_a_picture_of_what_piles_up(tmp_path: Path) -> None:
    target = tmp_path / "states.svg"
    assert told(pcapflow("states", sample("leaking_pool"), "-o", target)) == ""
    text = target.read_text()
    assert "10 sockets of 10.77.4.1 towards 10.77.4.2:8080 stuck in CLOSE_WAIT" in text
    assert "10.77.4.1: CLOSE_WAIT 10 in the end, 12 the most" in text
    assert "Finding 3, close-wait-pileup" in text
    assert "sha256 7c529a81" in text


@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_a_picture_is_the_same_from_run_to_run(tmp_path: Path, suffix: str) -> None:
    paths = [tmp_path / f"{i}.{suffix}" for i in range(2)]
    for path in paths:
        asked = ("--theme", "dark", "--dpi", "50", "-o", path)
        assert told(pcapflow("states", sample("orderly"), *asked)) == ""
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].stat().st_size > 1000


def test_findings_of_other_machines_are_not_marked(tmp_path: Path) -> None:
    several = [sample("leaking_pool"), sample("abort_linger0")]
    target = tmp_path / "states.svg"
    told(pcapflow("states", *several, "--host", "10.77.4.2", "-o", target))
    text = target.read_text()
    assert "fin-wait-2-pileup" in text
    assert "reset-abort" not in text
    assert "<title" in text


def test_a_picture_of_nothing_and_of_one_packet(tmp_path: Path) -> None:
    path = half_closed(tmp_path)
    nothing = tmp_path / "nothing.svg"
    told(pcapflow("states", path, "--host", "10.0.0.77", "-o", nothing))
    assert "No socket is left when the capture ends." in nothing.read_text()
    one = tmp_path / "one.svg"
    told(pcapflow("states", path, "--from", "+10s", "-o", one))
    assert "UNKNOWN" in one.read_text()
