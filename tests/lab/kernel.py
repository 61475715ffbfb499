"""What the kernel itself says: its TCP tracepoints, read through a tracefs instance of our own."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import LabError

TRACEFS = Path("/sys/kernel/tracing")
INSTANCE_PREFIX = "pcapflow-lab-"
# A processor's share of an instance. Every lab that runs sees the events of all: sixty at once
# make some thousands.
BUFFER_KB = 4096

# CLOCK_TAI is the wall clock that packets are stamped with, a whole number of seconds apart:
# no drift between events and packets, however long the recording.
TRACE_CLOCK = "tai"
RESOLUTION_NS = 1_000

EVENTS = (
    "sock/inet_sock_set_state",
    "tcp/tcp_send_reset",
    "tcp/tcp_receive_reset",
    "tcp/tcp_retransmit_skb",
)

STATE_NAMES = {
    "TCP_SYN_SENT": "SYN_SENT",
    "TCP_SYN_RECV": "SYN_RECEIVED",
    "TCP_NEW_SYN_RECV": "SYN_RECEIVED",
    "TCP_ESTABLISHED": "ESTABLISHED",
    "TCP_FIN_WAIT1": "FIN_WAIT_1",
    "TCP_FIN_WAIT2": "FIN_WAIT_2",
    "TCP_CLOSING": "CLOSING",
    "TCP_TIME_WAIT": "TIME_WAIT",
    "TCP_CLOSE_WAIT": "CLOSE_WAIT",
    "TCP_LAST_ACK": "LAST_ACK",
    "TCP_CLOSE": "CLOSED",
    "TCP_LISTEN": "LISTEN",
}

_names = "|".join(event.partition("/")[2] for event in EVENTS)
_line = re.compile(rf"\s(?P<seconds>\d+)\.(?P<micros>\d{{6}}): (?P<name>{_names}): (?P<fields>.*)")
_any_event = re.compile(rf"\b(?:{_names}): ")
_count = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Event:
    """A tracepoint that fired at `at` (ns since the epoch) for the socket at `local`.

    `old` and `new` are states of RFC 9293; `old` alone is the state in which a segment was sent
    again or a reset was made (None: no socket was there). `reason` is the kernel's, for resets.
    """

    at: int
    name: str
    local: tuple[str, int]
    remote: tuple[str, int]
    old: str | None
    new: str | None
    reason: str | None


def tai_offset_s() -> int:
    """Seconds that CLOCK_TAI is ahead of the wall clock (0 where nobody has set it)."""
    return round(time.clock_gettime(time.CLOCK_TAI) - time.clock_gettime(time.CLOCK_REALTIME))


def parse_trace(text: str, tai_ahead_s: int) -> list[Event]:
    """The events of a tracefs `trace` file, by time; LabError for a line that cannot be read."""
    events = []
    for line in text.splitlines():
        if line.startswith("#") or not _any_event.search(line):
            continue
        match = _line.search(line)
        if match is None:
            raise LabError(f"cannot read the kernel's event: {line}")
        seconds = int(match["seconds"]) - tai_ahead_s
        at = seconds * 1_000_000_000 + int(match["micros"]) * RESOLUTION_NS
        events.append(_event(at, match["name"], match["fields"]))
    return sorted(events, key=lambda event: event.at)


def _event(at: int, name: str, text: str) -> Event:
    fields = dict(word.partition("=")[::2] for word in text.split())
    if name == "tcp_send_reset":
        local, remote = _endpoint(fields["src"]), _endpoint(fields["dest"])
    else:
        version = "v6" if fields["family"] == "AF_INET6" else ""
        local = (fields["saddr" + version], int(fields["sport"]))
        remote = (fields["daddr" + version], int(fields["dport"]))
    return Event(
        at=at,
        name=name,
        local=local,
        remote=remote,
        old=STATE_NAMES.get(fields.get("oldstate") or fields.get("state", "")),
        new=STATE_NAMES.get(fields.get("newstate", "")),
        reason=fields.get("reason"),
    )


def _endpoint(text: str) -> tuple[str, int]:
    address, _, port = text.rpartition(":")
    return address.strip("[]"), int(port)


class Tracer:
    """A tracefs instance of this process; between start and close it collects the events."""

    def __init__(self) -> None:
        _mount_tracefs()
        _sweep()
        self._home = TRACEFS / "instances" / f"{INSTANCE_PREFIX}{os.getpid()}-{next(_count)}"
        self._home.mkdir()
        self._tai_ahead_s = tai_offset_s()
        # An instance with an open file cannot be removed, so no other lab will sweep it away.
        self._switch = os.open(self._home / "tracing_on", os.O_WRONLY | os.O_CLOEXEC)

    def start(self) -> None:
        (self._home / "trace_clock").write_text(TRACE_CLOCK)
        (self._home / "buffer_size_kb").write_text(str(BUFFER_KB))
        for event in EVENTS:
            (self._home / "events" / event / "enable").write_text("1")
        os.write(self._switch, b"1")

    def events(self) -> list[Event]:
        """All events up to now; LabError if the kernel lost some or the clock was set."""
        for statistics in self._home.glob("per_cpu/cpu*/stats"):
            if not re.search(r"^overrun: 0$", statistics.read_text(), re.MULTILINE):
                raise LabError("the trace buffer was too small: events were lost")
        if tai_offset_s() != self._tai_ahead_s:
            raise LabError("the offset between the wall clock and CLOCK_TAI changed meanwhile")
        return parse_trace((self._home / "trace").read_text(), self._tai_ahead_s)

    def close(self) -> None:
        os.write(self._switch, b"0")
        for event in EVENTS:
            (self._home / "events" / event / "enable").write_text("0")
        os.close(self._switch)
        self._home.rmdir()


def _mount_tracefs() -> None:
    if not (TRACEFS / "instances").is_dir():
        subprocess.run(["mount", "-t", "tracefs", "tracefs", str(TRACEFS)], check=True)


def _sweep() -> None:
    """Remove what labs left behind that were killed."""
    for instance in (TRACEFS / "instances").glob(f"{INSTANCE_PREFIX}*"):
        owner = instance.name.removeprefix(INSTANCE_PREFIX).partition("-")[0]
        if not Path("/proc", owner).exists():
            try:
                instance.rmdir()
            except OSError:
                continue  # in use after all (by a lab in another PID namespace), or just removed
