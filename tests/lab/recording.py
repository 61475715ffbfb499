"""Plays a scenario on a fresh stage and brings home all that was seen of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from . import LabError
from .capture import Packet, Recorder
from .kernel import Event, Tracer, tai_offset_s
from .namespaces import HOST_INTERFACE, Namespace, Network, network
from .scenarios import SCENARIOS, Scenario
from .segment import ROLES, Ports, Role, peer_of
from .sockdiag import Prober, Sighting, Watcher
from .stage import Stage, wait_until
from .wire import Handover, Passage, Tap, Wire

QUIET_S = 0.15
FAMILIES = {"inet": socket.AF_INET, "inet6": socket.AF_INET6}
# A wire that is later than this makes round trips that no scenario has asked for.
LATE_NS = 25_000_000


@dataclass(frozen=True)
class Recording:
    """One play of a scenario. Times are ns since the epoch; `until` is when recording ended.

    `packets` are what the recorder at each host saw; `captured` is the time that captures show.
    """

    scenario: Scenario
    addresses: dict[Role, str]
    sysctls: dict[str, int]
    tai_ahead_s: int
    packets: dict[Role, list[Packet]]
    log: list[Passage]
    handed: list[Handover]
    events: list[Event]
    sightings: dict[tuple[Role, Ports], list[Sighting]]
    inodes: dict[tuple[Role, Ports], int]
    captured: range
    until: int

    @property
    def round_trip_ns(self) -> int:
        """The longest that the wire made: its delay, and how late it was, both ways."""
        late = max(_lateness(self), default=0)
        return 2 * (round(self.scenario.delay_ms * 1e6) + late)


def _lateness(recording: Recording) -> Iterator[int]:
    """By how much the wire handed over later than it should have what it merely passed on."""
    handed = {(it.towards, it.frame): it.at for it in reversed(recording.handed)}
    delay = round(recording.scenario.delay_ms * 1e6)
    for passage in recording.log:
        at = handed.get((peer_of(passage.sender), passage.frame))
        if passage.rule is None and at is not None:
            yield max(at - passage.at - delay, 0)


def why_not() -> str | None:
    """Why the lab cannot work on this machine, or None if it can."""
    if os.geteuid() != 0:
        return "the lab needs root, for network namespaces and tracepoints"
    for tool in ("ip", "ethtool", "mount"):
        if shutil.which(tool) is None:
            return f"the lab needs the program {tool!r}"
    try:
        Namespace().close()
        Tracer().close()
    except (LabError, OSError, subprocess.CalledProcessError) as error:
        return f"the lab needs network namespaces and tracefs: {error}"
    return None


def record(scenario: Scenario) -> Recording:
    """Play the scenario; whatever happens, all that was made for it is gone afterwards.

    Raises LabError when the script fails or a recorder, the wire or the kernel lost something.
    """
    with ExitStack() as stack:
        subnet = list(SCENARIOS).index(scenario.name) + 1
        loopback = scenario.network == "loopback"
        net = stack.enter_context(
            network(
                subnet,
                scenario.sysctls,
                family=FAMILIES[scenario.family],
                offload=scenario.offload,
                loopback=loopback,
            )
        )
        tracer = Tracer()
        stack.callback(tracer.close)
        wire = (Tap if loopback else Wire)(net, scenario.delay_ms)
        stack.callback(wire.close)
        recorded = () if loopback else ROLES  # where there is no wire, the tap is the recorder
        recorders = {role: _recorder(stack, net, wire, role) for role in recorded}
        prober = Prober(net)
        stack.callback(prober.close)
        watcher = Watcher(prober, wire)
        stack.callback(watcher.close)
        stage = Stage(net, wire, prober)
        stack.callback(stage.close)

        tracer.start()
        wire.start()
        watcher.start()
        try:
            scenario.play(stage)
        except (LabError, OSError) as error:
            watcher.stop()  # these raise the deeper reason, if the fault was theirs
            wire.stop()
            raise LabError(f"the script of {scenario.name} failed: {error}") from error
        wait_until(lambda: wire.is_quiet(QUIET_S), "the wire is quiet")
        watcher.stop()
        wire.stop()
        recording = Recording(
            scenario=scenario,
            addresses={role: net.address(role) for role in ROLES},
            sysctls=net.sysctls,
            tai_ahead_s=tai_offset_s(),
            packets={role: recorders[role].packets() for role in recorded},
            log=sorted(wire.log, key=lambda passage: passage.at),
            handed=wire.handed,
            events=tracer.events(),
            sightings=watcher.sightings,
            inodes=stage.inodes,
            captured=range(stage.capture_from, stage.capture_until or time.time_ns()),
            until=time.time_ns(),
        )
        late = max(_lateness(recording), default=0)
        if late > LATE_NS and not loopback:
            raise LabError(f"the machine is too busy: the wire was {late / 1e6:.0f} ms late")
        return recording


def _recorder(stack: ExitStack, net: Network, wire: Wire, role: Role) -> Recorder:
    with net.hosts[role].entered():
        recorder = Recorder(HOST_INTERFACE, f"the {role}")
    stack.callback(recorder.close)
    recorder.warm_up(wire.cables[role])
    return recorder
