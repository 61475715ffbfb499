"""Findings across connections, and what becomes of them where something was chosen."""

from __future__ import annotations

import json

import pytest

from tests.cli.program import pcapflow, sample

PILES = ["close-wait-pileup", "fin-wait-2-pileup"]


def found(*arguments: str) -> list[str]:
    """The codes across connections in the sample of a leaking pool."""
    done = pcapflow("analyze", sample("leaking_pool"), "--format", "json", *arguments)
    assert done.code == 0
    return [each["code"] for each in json.loads(done.out)["findings"]]


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        ((), PILES),
        (("--severity", "error"), PILES[:1]),
        (("--only", "fin-wait-2-pileup"), PILES[1:]),
        (("--only", "close-wait-leak"), []),
        (("--port", "8080"), PILES),
        (("--port", "40000"), []),
        (("--host", "10.77.4.0/24"), PILES),
        (("--host", "10.0.0.0/24"), []),
        (("--flow", "4"), []),
        (("--to", "+1s"), []),
    ],
)
def test_what_is_left_of_them(arguments: tuple[str, ...], codes: list[str]) -> None:
    assert found(*arguments) == codes


def test_alone_they_are_told_without_connections() -> None:
    done = pcapflow("analyze", sample("leaking_pool"), "--only", "close-wait-pileup")

    assert "10 sockets of 10.77.4.1 towards 10.77.4.2:8080 stuck in" in done.out
    assert done.out.splitlines()[-1] == "→ pcapflow explain close-wait-pileup"
    assert done.err == ""


def test_they_lead_the_table() -> None:
    done = pcapflow("analyze", sample("leaking_pool"))
    told = [line for line in done.out.splitlines() if line[:1] in "✗!i" and line[1:2] == " "]

    assert [line.split()[1] for line in told] == [
        PILES[0],
        "close-wait-leak",
        PILES[1],
        "fin-wait-2-timeout",
    ]
