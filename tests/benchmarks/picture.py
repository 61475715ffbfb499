"""The figures of benchmarks as a page and a plot, from the JSON files that the runs left.

`python -m tests.benchmarks.picture ONE.json TWO.json ... -o docs/benchmark.svg` draws what the
files hold (the peers, `growth`, `hostile`; the first file of a kind) and writes all figures of all
files beside it, as docs/benchmark.md.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from pcapflow.draw.themes import LIGHT
from tests.benchmarks.page import Json, lines, ratios_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

INK, MUTED, RULE, PAPER = LIGHT["ink"], LIGHT["muted"], LIGHT["rule"], LIGHT["paper"]
OURS, OTHERS, GOAL = LIGHT["tie"], LIGHT["stretched"], LIGHT["alarm"]
PEERS = ("tcpdump", "tcptrace", "tshark")
CASES = {"snap": "2 M packets", "full": "2 M, whole", "large": "10 M packets"}
LOOK: Any = {
    "font.family": "sans-serif",
    "font.size": 11,
    "svg.fonttype": "path",
    "svg.hashsalt": "pcapflow",
    "text.color": INK,
    "axes.labelcolor": INK,
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.picture", description=__doc__)
    parser.add_argument("results", nargs="+", type=Path, metavar="RESULTS.json")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE.svg")
    options = parser.parse_args(arguments)
    results = [json.loads(path.read_text()) for path in options.results]
    draw(results, options.output)
    page = options.output.with_suffix(".md")
    page.write_text("\n".join(lines(results, options.output.name)) + "\n")


def draw(results: Sequence[Json], path: Path) -> None:
    """Four panels: time beside the peers, memory, growth, hostile growth."""
    import matplotlib as mpl
    import numpy as np
    from matplotlib.figure import Figure

    with mpl.rc_context(LOOK):
        figure = Figure(figsize=(11, 8), facecolor=PAPER)
        figure.set_layout_engine("constrained", w_pad=0.2, h_pad=0.2)
        panels = np.asarray(figure.subfigures(2, 2, wspace=0.04, hspace=0.04))
        _times(panels[0, 0], _first(results, "cases"))
        _memory(panels[0, 1], _first(results, "cases"))
        _growth(panels[1, 0], _first(results, "growth"))
        _hostile(panels[1, 1], _first(results, "hostile"))
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _first(results: Sequence[Json], kind: str) -> Any:
    return next((each[kind] for each in results if kind in each), None)


def _panel(panel: "SubFigure", title: str, figures: Any) -> "Axes":
    """Common looks; says so where there are no figures."""
    panel.suptitle(title, x=0.02, ha="left", fontsize=12.5, fontweight="bold")
    axes = panel.subplots()
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(RULE)
    axes.tick_params(colors=MUTED, length=0)
    axes.set_axisbelow(True)
    if not figures:
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", color=MUTED)
        axes.set_xticks([])
        axes.set_yticks([])
    return axes


def _bars(
    axes: "Axes", names: list[str], values: list[float], labels: list[str], ours: str
) -> None:
    """Horizontal bars from the top down, each with its figure at its end."""
    colours = [OURS if name.startswith(ours) else OTHERS for name in names]
    places = range(len(names))
    axes.barh(places, values, color=colours, height=0.68)
    axes.set_yticks(places, names, color=INK)
    axes.invert_yaxis()
    for place, value, label in zip(places, values, labels, strict=True):
        axes.annotate(
            label,
            (value, place),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=10,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1},
        )


def _times(panel: "SubFigure", cases: list[Json] | None) -> None:
    axes = _panel(panel, "Wall time: how many times tcpdump's", cases)
    if cases is None:
        return
    names, values, labels = [], [], []
    for case in cases:
        if case["name"] not in ("snap", "full", "large") or "tcpdump" not in case["runs"]:
            continue
        for program in ("pcapflow", *PEERS):
            ratios = ratios_of(case, program, "tcpdump")
            if ratios:
                names.append(f"{program}, {CASES[case['name']]}")
                values.append(median(ratios))
                middle = median(ratios)
                labels.append(f"{middle:.0f} x" if middle >= 10 else f"{middle:.2f} x")
    _bars(axes, names, values, labels, "pcapflow")
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlim(0.3, max(values, default=1) * 3)
    axes.axvline(1, color=GOAL, linewidth=1, linestyle="--", zorder=0)


def _memory(panel: "SubFigure", cases: list[Json] | None) -> None:
    axes = _panel(panel, "Peak memory, MB", cases)
    if cases is None:
        return
    names, values = [], []
    for case in cases:
        if case["name"] not in ("snap", "full", "large"):
            continue
        for program in ("pcapflow", *PEERS):
            if case["runs"].get(program):
                names.append(f"{program}, {CASES[case['name']]}")
                values.append(max(run["peak"] for run in case["runs"][program]))
    _bars(axes, names, values, [f"{value:,.0f}" for value in values], "pcapflow")
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlim(5, max(values, default=1) * 3)


def _growth(panel: "SubFigure", growth: Json | None) -> None:
    axes = _panel(panel, "Growth: processor time of each further packet, ns", growth)
    if growth is None:
        return
    points = [point for point in growth["points"] if point["further"] is not None]
    kinds: tuple[tuple[str, str, str, int, bool], ...] = (
        ("50 packets a connection", OURS, "o", 50, False),
        ("the same through a pipe", GOAL, "s", 50, True),
        ("500 packets a connection", OTHERS, "^", 500, False),
    )
    for label, colour, marker, each, pipe in kinds:
        these = [p for p in points if (p["each"], p["pipe"]) == (each, pipe)]
        sizes, costs = [p["packets"] for p in these], [p["further"] for p in these]
        axes.plot(sizes, costs, marker, color=colour, label=label, linestyle="-")
        if each == 50:  # judged apart: a pipe costs more, in the kernel
            middle = median(costs)
            axes.axhspan(middle * 0.85, middle * 1.15, color=colour, alpha=0.1, zorder=0, lw=0)
    axes.set_xscale("log")
    axes.set_ylim(0, max(p["further"] for p in points) * 1.75)
    axes.set_xlabel("packets; the bands are ± 15 %")
    sizes = sorted({p["packets"] for p in points})
    axes.set_xticks(sizes, [f"{size / 1e6:g} M" for size in sizes])
    axes.minorticks_off()
    axes.legend(loc="upper left", fontsize=10, facecolor=PAPER, edgecolor="none", framealpha=1)
    axes.grid(axis="y", color=RULE, linewidth=0.6)


def _hostile(panel: "SubFigure", hostile: list[Json] | None) -> None:
    axes = _panel(panel, "A packet of four times as much hostile traffic, and MB", hostile)
    if hostile is None:
        return
    names = [f"{each['says']}" for each in hostile]
    values = [each["ratio"] for each in hostile]
    labels = [f"{each['ratio']:.2f} x, {each['costs'][1]['peak']:,.0f} MB" for each in hostile]
    _bars(axes, names, values, labels, "")
    axes.set_xlim(0, max(2.0, *values) * 1.5)
    axes.axvline(1, color=RULE, linewidth=1, zorder=0)
    axes.axvline(1.5, color=GOAL, linewidth=1, linestyle="--", zorder=0)


if __name__ == "__main__":
    main()
