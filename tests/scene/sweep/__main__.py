"""Looks for overlaps in pictures of captures: python -m tests.scene.sweep FOLDER... [options]

It chooses connections of the captures below the folders, draws them at all sizes in all views and
with both families of fonts, and each capture's states over time and shapes; it prints how many
overlaps of which kind there are, and exits with 1 where there is one.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from pcapflow.draw import write
from pcapflow.draw.finish import Finish
from pcapflow.scene import Scene
from tests.scene.overlaps import overlapping
from tests.scene.sweep.choose import captures, choose, kinds
from tests.scene.sweep.pictures import Picture, charts, diagrams
from tests.scene.sweep.ugly import Ugly, ugly

_WORST = 10
_EXAMPLES = 3
_LOOKED_AT = ("plain, report, plex", "shapes, report, plex", "states by host, report, plex")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.scene.sweep")
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIRECTORY")
    parser.add_argument("--connections", type=int, default=300, metavar="N")
    parser.add_argument("--worst", type=Path, metavar="DIR", help="paint the ten ugliest there")
    asked = parser.parse_args(arguments)

    read, refused = captures(asked.folders)
    for file in refused:
        print(f"not read: {file.path.name}: {file.why}")
    chosen = choose(read, asked.connections)
    flows = sum(len(each.flows) for each in chosen)
    there = sum(each.report.total for each in read)
    having = sum(each.report.total > 0 for each in read)
    print(
        f"{len(read) + len(refused)} captures, {len(read)} read, {having} with TCP; "
        f"{there:,} connections of {kinds(read)} kinds; {flows} chosen from {len(chosen)} captures"
    )
    found: Counter[str] = Counter()
    drawn: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    looks: list[tuple[Ugly, Picture]] = []
    for each in chosen:
        path, report = each.capture
        for picture in (*diagrams(path, report, each.flows), *charts(path, report)):
            view = picture.view
            drawn["diagrams" if picture.flow else view.split(" by ")[0].split(",")[0]] += 1
            for fault in overlapping(picture.drawn):
                found[fault.kinds] += 1
                examples.setdefault(fault.kinds, []).append(f"{picture}: {fault}")
            if asked.worst and view in _LOOKED_AT:
                looks.append((ugly(picture.drawn), picture))
    made = ", ".join(f"{count:,} {what}" for what, count in drawn.items())
    print(f"{drawn.total():,} pictures: {made}")
    for kinds_met, count in found.most_common():
        print(f"{count:6,}  {kinds_met}")
        for example in examples[kinds_met][:_EXAMPLES]:
            print(f"        {example}")
    print(f"{found.total():,} overlaps")
    if asked.worst:
        paint(looks, asked.worst)
    return 1 if found else 0


def paint(looks: list[tuple[Ugly, Picture]], folder: Path) -> None:
    """Paints the ugliest, one of each capture, and says why each is among them."""
    folder.mkdir(parents=True, exist_ok=True)
    seen: set[Path] = set()
    for look, picture in sorted(looks, key=lambda each: -each[0].score):
        if picture.path in seen or len(seen) == _WORST:
            continue
        seen.add(picture.path)
        what = "diagram" if isinstance(picture.drawn, Scene) else picture.view.split(",")[0]
        name = f"{len(seen):02} {picture.path.name} {picture.flow or what}.png".replace(" ", "-")
        write(picture.drawn, folder / name, Finish(dpi=110))
        print(f"{name}: {look}")


if __name__ == "__main__":
    sys.exit(main())
