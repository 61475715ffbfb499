"""Runs of programs, one after the other, with what they cost."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import IO


@dataclass(frozen=True, slots=True)
class Run:
    """The cost of one run: wall and processor time in seconds, peak resident memory in MB (10⁶)."""

    wall: float
    cpu: float
    peak: float


class RunFailed(Exception):
    """A program ended with an error; the message says which and why, in one line."""


@dataclass(slots=True)
class Results:
    """Runs by program, in the order of the rounds, and why others were not measured."""

    runs: dict[str, list[Run]] = field(default_factory=dict)
    not_measured: dict[str, str] = field(default_factory=dict)

    def wall(self, program: str) -> float:
        return median(run.wall for run in self.runs[program])

    def cpu(self, program: str) -> float:
        return median(run.cpu for run in self.runs[program])

    def peak(self, program: str) -> float:
        return max(run.peak for run in self.runs[program])

    def ratios(self, program: str, peer: str) -> list[float]:
        """The wall time of `program` in that of `peer`, round by round."""
        pairs = zip(self.runs.get(program, []), self.runs.get(peer, []), strict=False)
        return [run.wall / other.wall for run, other in pairs]

    def as_json(self) -> dict[str, object]:
        runs = {name: [asdict(run) for run in runs] for name, runs in self.runs.items()}
        return {"runs": runs, "not_measured": self.not_measured}


def interleave(
    commands: Mapping[str, Sequence[str]],
    rounds: Mapping[str, int],
    tell: Callable[[str], None],
    feeders: Mapping[str, Sequence[str]] | None = None,
) -> Results:
    """Run all commands once, then all once more ..., each in as many rounds as `rounds` says.

    A machine that gets slower in between then does so for all of them. What a command's feeder
    writes, the command reads from its standard input.
    """
    results = Results(runs={name: [] for name in commands})
    for number in range(max(rounds.values(), default=0)):
        for name, command in commands.items():
            if number >= rounds[name] or name in results.not_measured:
                continue
            try:
                run = run_once(command, (feeders or {}).get(name))
            except RunFailed as failure:
                results.not_measured[name] = str(failure)
                del results.runs[name]
                continue
            results.runs[name].append(run)
            tell(f"round {number + 1}: {name} {run.wall:.2f} s")
    return results


def run_once(command: Sequence[str], feeder: Sequence[str] | None = None) -> Run:
    """Run `command` with its output thrown away; the cost of a feeder is not counted.

    The kernel counts this process's own memory as the child's until the child's program starts
    (exec_mmap() keeps the high-water mark), so nothing large may be imported or read here.
    """
    with tempfile.TemporaryFile() as errors, _fed(feeder) as source:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=source, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            lines = errors.read().decode(errors="replace").strip().splitlines() or [""]
            raise RunFailed(f"exit status {process.returncode}: {lines[-1]}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)


@contextmanager
def _fed(feeder: Sequence[str] | None) -> Iterator[int | IO[bytes]]:
    """What a command reads from: nothing, or what its feeder writes."""
    if feeder is None:
        yield subprocess.DEVNULL
        return
    with subprocess.Popen(feeder, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.stdout
    if process.returncode:
        raise RunFailed(f"its feeder ended with exit status {process.returncode}")


def warm(path: str) -> None:
    """Read a file once, so that every run finds it in the page cache."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 20):
            pass
