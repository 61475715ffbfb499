"""pcapflow against tcpdump, tcptrace and tshark on generated captures, in interleaved runs."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pcapflow import _version
from tests.benchmarks.goals import LARGE, PCAPNG, SAMPLE, Verdict, judge
from tests.benchmarks.report import goal_lines, result_lines
from tests.benchmarks.runs import Results, interleave, warm

TEARDOWN_FILTER = (
    "tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0 or (ip6 and ip6[6] = 6 and ip6[53] & 7 != 0)"
)
PEERS = {
    # name: arguments, with FILE for the capture
    "tcpdump": ["-n", "-r", "FILE", "-w", "/dev/null", TEARDOWN_FILTER],
    "tcptrace": ["-n", "FILE"],
    "tshark": ["-q", "-z", "conv,tcp", "-r", "FILE"],
}
SLOW = ("tshark",)
HERE = Path(__file__).parent
GENERATORS = ("generate", "frames", "traffic", "script", "stream", "attacks")


@dataclass(frozen=True, slots=True)
class Case:
    """A capture to be generated: `snap` octets of each packet, 0 for all."""

    name: str
    packets: int
    connections: int
    snap: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, and return 0; 1 where `--check` finds a goal missed; 2 if refused."""
    options = _parse(arguments)
    if not options.without_pcapflow:
        refusal = refused()
        if refusal:
            print(f"benchmarks: {refusal}", file=sys.stderr)
            return 2
    verdicts: list[Verdict] = []
    record = []
    for case in _cases(options):
        path = _capture(case, options.directory, options.format)
        results = _measure(case, path, options)
        judged = [] if options.without_pcapflow else judge(case.name, results)
        verdicts += judged
        record.append(
            asdict(case) | results.as_json() | {"goals": [asdict(verdict) for verdict in judged]}
        )
        size = path.stat().st_size
        title = f"{case.name}: {case.packets:,} packets, {case.connections:,} connections"
        kept = f"{case.snap} octets of each" if case.snap else "whole"
        print(f"{title}, {kept}, {size / 1e6:,.1f} MB {options.format}, warm cache")
        print("\n".join(result_lines(results, case.packets)), end="\n\n", flush=True)
    print("\n".join(goal_lines(verdicts)))
    if options.json:
        Path(options.json).write_text(json.dumps(machine() | {"cases": record}, indent=1) + "\n")
    reached = all(verdict.verdict == "met" for verdict in verdicts)
    return 1 if options.check and not reached else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--packets", type=int, default=2_000_000)
    parser.add_argument("--connections", type=int, default=40_000)
    parser.add_argument("--format", choices=("pcap", "pcapng"), default="pcap")
    parser.add_argument(
        "--cases", default="snap,full,sample", metavar="NAME,...", help="large: only when asked"
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--slow-runs", type=int, help=f"of {', '.join(SLOW)}; default: --runs")
    parser.add_argument("--peers", default=",".join(PEERS), metavar="NAME,...")
    parser.add_argument("--without-pcapflow", action="store_true", help="measure the peers only")
    parser.add_argument("--json", metavar="FILE", help="write every single run there")
    parser.add_argument(
        "--check", action="store_true", help="exit 1 unless every goal was measured and met"
    )
    parser.add_argument(
        "--directory",
        type=Path,
        default=Path(tempfile.gettempdir()) / "pcapflow-benchmarks",
        help="where the captures are kept for the next time (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    for chosen, known in ((options.peers, PEERS), (options.cases, [*LARGE, SAMPLE])):
        for name in filter(None, chosen.split(",")):
            if name not in known:
                parser.error(f"{name!r} is none of {', '.join(known)}")
    if options.check and options.without_pcapflow:
        parser.error("--check has nothing to check with --without-pcapflow")
    return options


def refused() -> str | None:
    """Why pcapflow cannot be measured here, if so. Asked in a process of its own, see run_once."""
    question = "import pcapflow.engine; print(pcapflow.engine.FORM)"
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True)
    if answer.returncode:
        reason = answer.stderr.strip().splitlines()[-1]
        return f"pcapflow's engine cannot be imported ({reason})"
    if answer.stdout.strip() != "compiled":
        return (
            f"pcapflow's engine is {answer.stdout.strip()}; build it (PCAPFLOW_BUILD=require) "
            "and unset PCAPFLOW_PURE: figures of anything but the compiled engine mean nothing"
        )
    return None


def _cases(options: argparse.Namespace) -> list[Case]:
    known = (
        Case("snap", options.packets, options.connections, 96),
        Case("full", options.packets, options.connections, 0),
        Case("large", 5 * options.packets, 5 * options.connections, 96),
        Case(SAMPLE, 20, 2, 0),
    )
    return [case for case in known if case.name in options.cases.split(",")]


def _capture(case: Case, directory: Path, form: str) -> Path:
    """The capture of a case; made once, and again when the generator has changed since."""
    directory.mkdir(parents=True, exist_ok=True)
    name = f"{case.packets}-{case.connections}-{case.snap or 'full'}.{form}"
    path, unfinished = directory / name, directory / f"{name}.unfinished"
    if is_current(path):
        return path
    print(f"making {path}", file=sys.stderr)
    command = [sys.executable, "-m", "tests.benchmarks.generate", "--format", form]
    command += ["--packets", str(case.packets), "--connections", str(case.connections)]
    command += ["--snap", str(case.snap), "-o", str(unfinished)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    unfinished.rename(path)
    return path


def is_current(path: Path) -> bool:
    """Whether a capture is there, and no older than what generates captures."""
    sources = [HERE / f"{module}.py" for module in GENERATORS]
    newest = max(source.stat().st_mtime for source in sources)
    return path.exists() and path.stat().st_mtime > newest


def _measure(case: Case, path: Path, options: argparse.Namespace) -> Results:
    commands: dict[str, list[str]] = {}
    missing = {}
    if not options.without_pcapflow:
        analyze = [sys.executable, "-m", "pcapflow", "analyze"]
        commands["pcapflow"] = [*analyze, str(path)]
        if case.name == "snap" and options.format == "pcap":
            other = _capture(case, options.directory, "pcapng")
            warm(str(other))
            commands[PCAPNG] = [*analyze, str(other)]
    for peer in filter(None, options.peers.split(",")):
        program = shutil.which(peer)
        if program is None:
            missing[peer] = "not installed"
        else:
            arguments = [str(path) if word == "FILE" else word for word in PEERS[peer]]
            commands[peer] = [program, *arguments]
    slow_runs = options.runs if options.slow_runs is None else options.slow_runs
    rounds = {name: slow_runs if name in SLOW else options.runs for name in commands}
    warm(str(path))
    results = interleave(
        commands, rounds, lambda line: print(f"{case.name} {line}", file=sys.stderr)
    )
    results.not_measured |= missing
    return results


def machine() -> dict[str, object]:
    return {
        "machine": {
            "system": platform.platform(),
            "processors": os.cpu_count(),
            "python": platform.python_version(),
            "pcapflow": _version.__version__,
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
        }
    }
