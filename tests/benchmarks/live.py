"""How many packets each feeder of `watch` loses, at several rates, between two namespaces.

`python -m tests.benchmarks.live` (as root) joins two network namespaces by a veth pair, watches one
end, and sends TCP segments into the other (`send`). Rates are asked for; what was reached is told,
since sender, feeder and pcapflow share the processors.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tests.benchmarks.compare import machine
from tests.lab.namespaces import Namespace

FEEDERS = ("dumpcap", "tcpdump", "sockets")
RATES = (20_000, 100_000, 300_000)
SETTLE = 1.0  # seconds in which pcapflow does next to nothing: all that was sent is read
COUNTS = re.compile(
    r"pcapflow: ([\d,]+) packets?, ([\d,]+) connections?(?:; ([\d,]+) packets? drop)?"
)


@dataclass(frozen=True, slots=True)
class Loss:
    """One run: ``rate`` is what was reached; ``missing`` neither came nor was counted as lost."""

    feeder: str
    asked: int
    rate: float
    sent: int
    captured: int
    dropped: int
    cpu: float
    feeder_cpu: float
    peak: float

    @property
    def missing(self) -> int:
        return self.sent - self.captured - self.dropped


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.live", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rates", type=int, nargs="+", default=RATES)
    parser.add_argument("--feeders", nargs="+", default=FEEDERS, choices=FEEDERS)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("watch", nargs="*", help="more options of watch, behind --")
    options = parser.parse_args(arguments)
    if os.geteuid() != 0:
        print("live: only root may make network namespaces", file=sys.stderr)
        return 2
    feeders = [name for name in options.feeders if name == "sockets" or shutil.which(name)]
    print(
        f"{'feeder':8} {'asked/s':>8} {'sent/s':>8} {'sent':>10} {'captured':>10} {'dropped':>9} "
        f"{'missing':>8} {'lost':>7} {'pcapflow':>9} {'feeder':>7} {'peak':>7}"
    )
    found = []
    for _ in range(options.rounds):
        for rate in options.rates:
            for feeder in feeders:
                loss = measure(feeder, rate, options.seconds, options.watch)
                found.append(loss)
                print(line(loss), flush=True)
    if options.json:
        with open(options.json, "w") as file:
            told = {"machine": machine(), "live": [asdict(loss) for loss in found]}
            json.dump(told, file, indent=1)
    return 0


def line(loss: Loss) -> str:
    lost = 100 * (loss.sent - loss.captured) / loss.sent
    return (
        f"{loss.feeder:8} {loss.asked:8,} {loss.rate:8,.0f} {loss.sent:10,} {loss.captured:10,} "
        f"{loss.dropped:9,} {loss.missing:8,} {lost:6.2f}% {loss.cpu:7.1f} s "
        f"{loss.feeder_cpu:5.1f} s {loss.peak:4.0f} MB"
    )


def measure(feeder: str, rate: int, seconds: float, more: Sequence[str]) -> Loss:
    here, there = Namespace(), Namespace()
    try:
        join(here, there)
        return _measure(here, there, feeder, rate, int(rate * seconds), more)
    finally:
        here.close()
        there.close()


def join(here: Namespace, there: Namespace) -> None:
    """A cable between the two, on which nobody but the sender speaks."""
    quiet = "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"
    for space in (here, there):
        with space.entered():
            subprocess.run(["sysctl", "-q", "-w", *quiet], check=True)
    with here.entered():
        script = f"link add eth0 type veth peer name eth0 netns {there.path}\nlink set eth0 up\n"
        subprocess.run(["ip", "-batch", "-"], input=script, text=True, check=True)
    with there.entered():
        subprocess.run(["ip", "link", "set", "eth0", "up"], check=True)


def _measure(
    here: Namespace, there: Namespace, feeder: str, rate: int, packets: int, more: Sequence[str]
) -> Loss:
    command = [sys.executable, "-m", "pcapflow", "watch", "-i", "eth0", "--feeder", feeder]
    with there.entered():
        watch = subprocess.Popen(
            [*command, "--format", "ndjson", *more],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert watch.stderr is not None
    said = ""
    while "watching" not in said:
        said = watch.stderr.readline()
        if not said:
            raise RuntimeError(f"watch --feeder {feeder} did not begin")
    with here.entered():
        out = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.send", "eth0", str(packets), str(rate)],
            check=True,
            capture_output=True,
            text=True,
        )
    sent = json.loads(out.stdout)
    _idle(watch.pid)
    used, feeder_used = cpu(watch.pid), sum(map(cpu, _children(watch.pid)))
    peak = _peak(watch.pid)
    watch.send_signal(signal.SIGINT)
    said = watch.stderr.read()
    watch.wait()
    counts = COUNTS.search(said)
    if counts is None:
        raise RuntimeError(f"watch --feeder {feeder} said: {said}")
    captured, _, dropped = (int((text or "0").replace(",", "")) for text in counts.groups())
    return Loss(
        feeder=feeder,
        asked=rate,
        rate=sent["sent"] / sent["seconds"],
        sent=sent["sent"],
        captured=captured,
        dropped=dropped,
        cpu=used,
        feeder_cpu=feeder_used,
        peak=peak,
    )


def _idle(pid: int) -> None:
    """Wait until pcapflow has nothing more to do."""
    before = -1.0
    while (now := cpu(pid)) - before > 0.05:
        before = now
        time.sleep(SETTLE)


def _children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def cpu(pid: int) -> float:
    """Seconds of processor time, see proc(5)."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> float:
    """The most memory it had resident (MB)."""
    with open(f"/proc/{pid}/status") as file:
        told = dict(line.split(":", 1) for line in file)
    return int(told["VmHWM"].split()[0]) / 1000


if __name__ == "__main__":
    sys.exit(main())
