"""dumpcap or tcpdump as the one who captures: a small program of its own, read through a pipe.

The rights are needed by that program alone.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import signal
import subprocess
import time

from pcapflow.capture.interfaces import is_up
from pcapflow.capture.packets import ANY, MS, Wanted, down
from pcapflow.capture.rights import way_to_capture
from pcapflow.capture.stream import Stream
from pcapflow.errors import CaptureError, RightsError

LAG = 1000 * MS
"""Both hand packets on within 0.1 ... 0.25 s of their coming; a busy machine takes longer."""
_LOOK = 0.2  # seconds between two looks whether the interfaces are up, and at what was dropped
_PATIENCE = 10.0  # seconds for a program to begin, and to end
_QUEUE_OCTETS = 64 << 20  # that dumpcap's threads may hold, of all interfaces together
_QUEUE_PACKETS = 1 << 20

_DROPPED = {
    "dumpcap": re.compile(r"^Packets received/dropped on interface .*: \d+/(\d+) ", re.M),
    "tcpdump": re.compile(r"(\d+) packets? dropped by kernel"),
}
_BEGUN = {"dumpcap": "File: ", "tcpdump": "listening on "}


def dumpcap(path: str, wanted: Wanted) -> list[str]:
    """dumpcap's command: all interfaces, pcapng."""
    command = [path, "-q", "-n", "-s", str(wanted.snap), "-B", str(wanted.buffer)]
    if wanted.filter:
        command += ["-f", wanted.filter]
    for interface in wanted.interfaces:
        command += ["-i", interface]
    if len(wanted.interfaces) > 1:  # then it has a thread for each
        command += ["-N", str(_QUEUE_PACKETS), "-C", str(_QUEUE_OCTETS)]
    return [*command, "-w", "-"]


def tcpdump(path: str, wanted: Wanted) -> list[str]:
    """tcpdump's command: one interface, classic pcap in nanoseconds, each packet at once."""
    command = [path, "-n", "-U", "--time-stamp-precision=nano", "-s", str(wanted.snap)]
    command += ["-B", str(wanted.buffer << 10), "-i", wanted.interfaces[0], "-w", "-"]
    return [*command, "--", wanted.filter] if wanted.filter else command


class Pipe:
    """A running dumpcap or tcpdump.

    Raises RightsError where it may not capture, UsageError where the filter is none, CaptureError
    where it cannot begin.  One that ends unasked is told by ``read``, behind all that it wrote.
    """

    local = True
    lag = LAG

    def __init__(self, feeder: str, wanted: Wanted) -> None:
        path = shutil.which(feeder)
        assert path is not None
        self.name = wanted.name
        self.feeder = feeder
        self._wanted = wanted
        self._stopped = False
        self._fault: CaptureError | None = None
        self._said = ""
        self._dropped = 0
        self._looked = time.monotonic()
        command = dumpcap(path, wanted) if feeder == "dumpcap" else tcpdump(path, wanted)
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,  # Ctrl-C is for us: we end it, and read what it still has
        )
        assert self._child.stdout is not None
        assert self._child.stderr is not None
        self._errors = self._child.stderr.fileno()
        os.set_blocking(self._errors, False)
        self._stream = Stream(self._child.stdout.fileno())
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    @property
    def drained(self) -> bool:
        return self._stream.drained

    @property
    def ended(self) -> bool:
        return self._stream.ended and self._fault is None

    def fileno(self) -> int:
        return self._stream.fileno()

    def read(self, most: int | None = None) -> bytes:
        octets = self._stream.read(most)
        if not octets and self._stream.ended:
            if not self._stopped:
                raise self._fault or self._broken_off()
            if self._fault is not None:
                raise self._fault
        if time.monotonic() - self._looked >= _LOOK:
            self._look()
        return octets

    def stop(self) -> None:
        self._stopped = True
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)

    def drops(self) -> int | None:
        """tcpdump is asked now and then; dumpcap tells when it ends, behind its last packet."""
        until = time.monotonic() + _PATIENCE
        while self._listen() and self._stream.ended and time.monotonic() < until:
            select.select([self._errors], [], [], max(0.0, until - time.monotonic()))
        told = [int(number) for number in _DROPPED[self.feeder].findall(self._said)]
        if not told:
            return None if self.feeder == "dumpcap" else 0
        return sum(told) if self.feeder == "dumpcap" else told[-1]

    def close(self) -> None:
        if self._child.poll() is None:
            self._child.terminate()
        for stream in (self._child.stdout, self._child.stderr):
            if stream is not None:
                stream.close()  # whoever writes to it now is ended by SIGPIPE
        try:
            self._child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _begin(self) -> None:
        """Wait until it captures: packets that pass from now on are in its hands."""
        until = time.monotonic() + _PATIENCE
        while _BEGUN[self.feeder] not in self._said:
            left = until - time.monotonic()
            if left <= 0:
                raise CaptureError(self.name, f"{self.feeder} did not begin to capture")
            select.select([self._errors], [], [], left)
            if not self._listen():
                self._child.wait(_PATIENCE)
                raise self._refused()

    def _listen(self) -> bool:
        """Take what it said; False at the end of that."""
        while True:
            try:
                said = os.read(self._errors, 1 << 16)
            except BlockingIOError:
                return True
            if not said:
                return False
            self._said = (self._said + said.decode(errors="replace"))[-(1 << 16) :]

    def _look(self) -> None:
        """Now and then: are the interfaces up?  libpcap goes on waiting for one that is down."""
        self._looked = time.monotonic()
        if self.feeder == "tcpdump" and not self._stopped:
            with contextlib.suppress(ProcessLookupError):
                self._child.send_signal(signal.SIGUSR1)  # and it says what was dropped
        self._listen()
        if self._stopped:
            return
        for interface in self._wanted.interfaces:
            if interface != ANY and not is_up(interface):
                self._fault = down(interface)
                self.stop()

    def _refused(self) -> Exception:
        """Why it did not begin, by what it said."""
        lines = _lines(self._said)
        first = " ".join(lines[:1]) or f"{self.feeder} ended with {self._child.returncode}"
        interface = next((i for i in self._wanted.interfaces if i in first), self.name)
        if re.search(r"permission|not permitted", self._said, re.I):
            return RightsError(interface, way_to_capture(interface))
        if "not up" in self._said:
            return down(interface)
        return CaptureError(interface, f"cannot be captured from: {first.rstrip('.')}")

    def _broken_off(self) -> CaptureError:
        """It ended by itself."""
        self._child.wait(_PATIENCE)
        self._listen()
        code = self._child.returncode
        if code < 0:
            how = f"was killed ({signal.Signals(-code).name})"
        else:
            # It tells its counts too; what is wrong comes after its own name or in a sentence.
            told = [line for line in _lines(self._said) if not re.search(r"^\d|^Packets ", line)]
            how = f"ended ({told[-1].rstrip('.')})" if told else f"ended with {code}"
        return CaptureError(self.name, f"{self.feeder}, which captured, {how}")


def _lines(said: str) -> list[str]:
    """What a program complained of, without what it always says."""
    usual = re.compile(r"^(Capturing on |File: |tcpdump: listening on |\S+: cap_set_proc)")
    lines = [line.strip() for line in said.splitlines() if line.strip() and not usual.match(line)]
    return [re.sub(r"^(dumpcap|tcpdump): ", "", line) for line in lines]
