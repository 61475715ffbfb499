"""A watch that is left running: is memory flat, is nothing dropped, does it keep up?

`python -m tests.benchmarks.soak` (as root) joins two network namespaces by a veth pair, watches one
end with all that a watch can do (metrics, incidents, a ring of files), and sends TCP segments into
the other for ten minutes: connections of 50 packets, opening and closing. What the watch says of
itself is read from its metrics, its memory from /proc. The exit code is 1 where packets were
dropped or went unseen, or memory grew by more than a tenth in the last third: what has ended is let
go after four minutes, so it must not grow any more by then.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import IO

from tests.benchmarks.compare import machine
from tests.benchmarks.live import COUNTS, cpu, join
from tests.lab.namespaces import Namespace

EVERY = 10.0  # seconds between two looks
METRIC = re.compile(r"^pcapflow_(\w+?)(?:_total)? ([0-9.e+-]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Look:
    """The watch ``at`` so many seconds: memory (MB), processor time (s), lag (s), its counts."""

    at: float
    resident: float
    cpu: float
    lag: float
    packets: int
    dropped: int
    evicted: int


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--rate", type=int, default=20_000)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("watch", nargs="*", help="more options of watch, behind --")
    options = parser.parse_args(arguments)
    if os.geteuid() != 0:
        print("soak: only root may make network namespaces", file=sys.stderr)
        return 2
    here, there = Namespace(), Namespace()
    try:
        join(here, there)
        with tempfile.TemporaryDirectory() as folder:
            found = soaked(here, there, options.rate, options.seconds, folder, options.watch)
    finally:
        here.close()
        there.close()
    looks, sent, captured = found
    if options.json:
        told = {"machine": machine(), "sent": sent, "captured": captured}
        Path(options.json).write_text(
            json.dumps(told | {"looks": [asdict(look) for look in looks]}, indent=1)
        )
    return verdict(looks, sent, captured)


def soaked(
    here: Namespace, there: Namespace, rate: int, seconds: float, folder: str, more: Sequence[str]
) -> tuple[list[Look], int, int]:
    """What was seen on the way, and how many packets were sent, and captured."""
    keeping = ("--save-incidents", f"{folder}/incidents", "-w", f"{folder}/ring.pcapng")
    bounds = ("--ring-size", "50", "--ring-files", "3", "--metrics", "127.0.0.1:0")
    command = [sys.executable, "-m", "pcapflow", "watch", "-i", "eth0", "--format", "ndjson"]
    with there.entered():
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        watch = subprocess.Popen(
            [*command, *keeping, *bounds, *more],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert watch.stderr is not None
    try:
        url = _begun(watch.stderr)
        with here.entered():
            sender = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.benchmarks.send", "eth0"),
                    *(str(int(rate * seconds)), str(rate)),
                ],
                stdout=subprocess.PIPE,
                text=True,
            )
        looks = _looked(there, sender, watch.pid, url)
        out, _ = sender.communicate()
        watch.send_signal(signal.SIGINT)
        said = watch.stderr.read()
        watch.wait()
    finally:
        watch.kill()
    counts = COUNTS.search(said)
    if counts is None:
        raise RuntimeError(f"watch said: {said}")
    return looks, json.loads(out)["sent"], int(counts[1].replace(",", ""))


def _begun(said: IO[str]) -> str:
    """Where the metrics are, once the watch watches."""
    url = ""
    for line in said:
        if "metrics at " in line:
            url = line.rpartition(" ")[2].strip()
        if "watching" in line:
            return url
    raise RuntimeError("watch did not begin")


def _looked(there: Namespace, sender: subprocess.Popen[str], pid: int, url: str) -> list[Look]:
    looks: list[Look] = []
    begun = time.monotonic()
    print("seconds  resident      cpu      lag      packets  dropped  closed early")
    while sender.poll() is None:
        due = begun + EVERY * (len(looks) + 1)
        while time.monotonic() < due and sender.poll() is None:
            time.sleep(0.2)
        with there.entered(), urllib.request.urlopen(url) as answer:
            told = {name: float(value) for name, value in METRIC.findall(answer.read().decode())}
        status = Path(f"/proc/{pid}/status").read_text()
        lines = dict(line.split(":", 1) for line in status.splitlines())
        look = Look(
            at=time.monotonic() - begun,
            resident=int(lines["VmRSS"].split()[0]) / 1000,
            cpu=cpu(pid),
            lag=told["lag_seconds"],
            packets=int(told["packets"]),
            dropped=int(told.get("dropped_packets", 0)),
            evicted=int(told["evicted_connections"]),
        )
        looks.append(look)
        print(
            f"{look.at:7.0f} {look.resident:6.0f} MB {look.cpu:6.1f} s {look.lag * 1000:5.0f} ms "
            f"{look.packets:12,} {look.dropped:8,} {look.evicted:13,}",
            flush=True,
        )
    return looks


def verdict(looks: Sequence[Look], sent: int, captured: int) -> int:
    """Print it; 0 where all is well."""
    third = max(1, len(looks) // 3)
    before, after = looks[-2 * third : -third] or looks, looks[-third:]
    grown = median(x.resident for x in after) / median(x.resident for x in before)
    dropped = looks[-1].dropped
    lags = [look.lag for look in looks]
    print(
        f"sent {sent:,}, captured {captured:,}, dropped {dropped:,}, unseen "
        f"{sent - captured - dropped:,}; memory of the last third {grown:.2f} x that before, "
        f"highest {max(look.resident for look in looks):.0f} MB; lag {median(lags):.3f} s in the "
        f"middle, {max(lags):.3f} s at most"
    )
    return 1 if dropped or captured < sent or grown > 1.1 else 0


if __name__ == "__main__":
    sys.exit(main())
