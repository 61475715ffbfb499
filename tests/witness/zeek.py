"""`python -m tests.witness.zeek DIRECTORY`: conn_state and history against Zeek's own conn.logs.

The directory has captures and `zeek_conn_log.json`: a list of `{"pcap", "orig_h", "orig_p",
"resp_h", "resp_p", "conn_state", "history", "baselines_agree"}`. Rows where Zeek itself gives
several answers (`baselines_agree` is false) are left out. Differences that a rule of
`zeek_misses.txt` explains are told with it; the exit code is 1 where one is left.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pcapflow

ROWS = "zeek_conn_log.json"
MISSES = Path(__file__).with_name("zeek_misses.txt")


@dataclass(frozen=True)
class Compared:
    """A row of Zeek's, whether pcapflow has it too, and what it has on the same four-tuple."""

    key: str
    conn_state: str
    history: str
    equal: bool
    instead: str

    def __str__(self) -> str:
        return f"{self.key} {self.conn_state} {self.history}"


def compared(directory: Path) -> list[Compared]:
    """All rows on which Zeek's baselines agree; each needs a connection of its own."""
    rows = [row for row in json.loads((directory / ROWS).read_text()) if row["baselines_agree"]]
    found: list[Compared] = []
    rows.sort(key=_capture)
    for name, of_one in groupby(rows, _capture):
        found += _of_capture(directory / name, name, of_one)
    return found


def rules(path: Path) -> dict[str, str]:
    """The rule by the row that it explains; a line is `PCAP ENDS CONN_STATE HISTORY # RULE`."""
    told: dict[str, str] = {}
    for line in path.read_text().splitlines():
        row, comment, rule = (part.strip() for part in line.partition(" # "))
        if comment and not row.startswith("#"):
            told[row] = rule
    return told


def lines(found: Iterable[Compared], explained: Mapping[str, str]) -> list[str]:
    """The count, and a line for each miss."""
    found = list(found)
    misses = [row for row in found if not row.equal]
    told = [f"{len(found) - len(misses)} of {len(found)} equal"]
    for row in misses:
        told.append(f"{row}, here {row.instead}: {explained.get(str(row), 'NOT EXPLAINED')}")
    return told


def _capture(row: Mapping[str, Any]) -> str:
    return str(row["pcap"])


def _of_capture(path: Path, name: str, rows: Iterable[Mapping[str, Any]]) -> list[Compared]:
    left: dict[str, list[tuple[str, str]]] = {}
    for connection in pcapflow.analyze([str(path)]).connections():
        ends = f"{connection.client}-{connection.server}"
        left.setdefault(ends, []).append((connection.conn_state, connection.history or "-"))
    found = []
    for row in rows:
        ends = "-".join(
            str(pcapflow.Endpoint(row[f"{end}_h"], row[f"{end}_p"])) for end in ("orig", "resp")
        )
        ours = left.get(ends, [])
        told = (row["conn_state"], row["history"])
        equal = told in ours
        instead = ", ".join(" ".join(each) for each in ours) or "none"
        if equal:
            ours.remove(told)
        found.append(Compared(f"{name} {ends}", *told, equal, instead))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.witness.zeek", description=__doc__)
    parser.add_argument("directory", type=Path, metavar="DIRECTORY")
    found, explained = compared(parser.parse_args().directory), rules(MISSES)
    print("\n".join(lines(found, explained)))
    return int(any(not row.equal and str(row) not in explained for row in found))


if __name__ == "__main__":
    sys.exit(main())
