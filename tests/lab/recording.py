"""Plays a scenario on a fresh stage and brings home all that was seen of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass

from . import LabError
from .capture import Packet, Recorder
from .kernel import Event, Tracer, tai_offset_s
from .namespaces import HOST_INTERFACE, Namespace, Network, network
from .scenarios import SCENARIOS, Point, Scenario
from .segment import ROLES, Ports, Role
from .sockdiag import Prober, Sighting, Watcher
from .stage import Stage, wait_until
from .wire import Passage, Wire

QUIET_S = 0.15


@dataclass(frozen=True)
class Recording:
    """One play of a scenario. Times are ns since the epoch; `until` is when recording ended."""

    scenario: Scenario
    addresses: dict[Role, str]
    sysctls: dict[str, int]
    tai_ahead_s: int
    packets: dict[Point, list[Packet]]
    log: list[Passage]
    events: list[Event]
    sightings: dict[tuple[Role, Ports], list[Sighting]]
    inodes: dict[tuple[Role, Ports], int]
    until: int


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
        net = stack.enter_context(network(subnet, scenario.sysctls))
        tracer = Tracer()
        stack.callback(tracer.close)
        wire = Wire(net, scenario.delay_ms)
        stack.callback(wire.close)
        recorders = {role: _recorder(stack, net, wire, role) for role in ROLES}
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
        return Recording(
            scenario=scenario,
            addresses={role: net.address(role) for role in ROLES},
            sysctls=net.sysctls,
            tai_ahead_s=tai_offset_s(),
            packets={
                "client": recorders["client"].packets(),
                "server": recorders["server"].packets(),
                "wire": sorted(
                    (Packet(passage.at, passage.frame) for passage in wire.log),
                    key=lambda packet: packet.at,
                ),
            },
            log=wire.log,
            events=tracer.events(),
            sightings=watcher.sightings,
            inodes=stage.inodes,
            until=time.time_ns(),
        )


def _recorder(stack: ExitStack, net: Network, wire: Wire, role: Role) -> Recorder:
    with net.hosts[role].entered():
        recorder = Recorder(HOST_INTERFACE, f"the {role}")
    stack.callback(recorder.close)
    recorder.warm_up(wire.cables[role])
    return recorder
