"""The options of a live capture: what is captured, by whom, and what is recorded of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple

import click

from pcapflow.capture import filters
from pcapflow.capture.feeders import AUTO, FEEDERS, capture
from pcapflow.capture.packets import BUFFER_MB, MAX_SNAP, SNAP_OCTETS, Packets, Wanted
from pcapflow.cli import messages, output
from pcapflow.cli.options import Command, seconds, unused
from pcapflow.findings import catalogue
from pcapflow.findings.words import listing
from pcapflow.live.recorder import Recorder, Turns

STDIN = "-"
_NO_FILTER = "for - the filter is its writer's. Try: ssh HOST tcpdump -U -w - FILTER"


class Capturing(NamedTuple):
    """What is to be captured: ``begin`` it."""

    wanted: Wanted | None
    feeder: str
    teardowns: bool

    @property
    def name(self) -> str:
        """What is watched, for people."""
        return "standard input" if self.wanted is None else self.wanted.name

    def asks(self, holders: bool | None, netns: Sequence[str]) -> bool | None:
        """Whether this host's kernel is asked; of a pipe, maybe another's, on demand only."""
        return False if holders is None and not netns and self.wanted is None else holders

    def begin(self) -> Packets:
        """Raises what ``capture.feeders`` raises."""
        if self.wanted is None:
            from pcapflow.capture.stream import Stdin

            return Stdin()
        packets = capture(self.wanted, self.feeder)
        if not getattr(packets, "filtered", True):
            messages.note(
                "neither tcpdump nor libpcap is installed, so that the kernel passes on all "
                "packets, not only those wanted"
            )
        return packets


def capturing(command: Command) -> Command:
    """-, -i, -f, --teardowns-only, --feeder, -s, -B: gives ``capturing``."""

    @click.argument("source", metavar="[-]", required=False)
    @click.option(
        "-i",
        "--interface",
        "interfaces",
        metavar="IFACE",
        multiple=True,
        help="An interface, or any; may repeat.  pcapflow interfaces lists them.",
    )
    @click.option(
        "-f",
        "bpf",
        metavar="BPF",
        help="Capture filter, as tcpdump's; '' for all.  [default: TCP and ICMP errors]",
    )
    @click.option(
        "--teardowns-only",
        "teardowns",
        is_flag=True,
        help="Only SYN, FIN and RST (with ICMP errors), for links that are too fast. Only "
        f"{listing(sorted(catalogue.WITHOUT_DATA))} are judged then.",
    )
    @click.option(
        "--feeder",
        type=click.Choice(FEEDERS),
        default=AUTO,
        show_default=True,
        help="Who captures: a program, or this one's sockets.",
    )
    @click.option(
        "-s",
        "--snaplen",
        type=click.IntRange(0, MAX_SNAP),
        default=SNAP_OCTETS,
        metavar="OCTETS",
        show_default=True,
        help="Octets kept of each packet; 0: all.",
    )
    @click.option(
        "-B",
        "--buffer",
        type=click.IntRange(1, 2047),
        default=BUFFER_MB,
        metavar="MB",
        show_default=True,
        help="Room for packets in the kernel.",
    )
    @wraps(command)
    def with_capturing(
        source: str | None,
        interfaces: tuple[str, ...],
        bpf: str | None,
        teardowns: bool,
        feeder: str,
        snaplen: int,
        buffer: int,
        **rest: Any,
    ) -> int:
        wanted = None
        if source is None:
            if not interfaces:
                messages.refuse("no interface is named. Try: pcapflow interfaces, and -i IFACE")
            chosen = filters.combined(bpf, teardowns=teardowns)
            named = tuple(dict.fromkeys(interfaces))
            wanted = Wanted(named, chosen, snaplen or MAX_SNAP, buffer)
        elif source != STDIN or interfaces:
            messages.refuse("watch takes -i IFACE, or - for a capture from standard input")
        elif bpf is not None:
            messages.refuse(_NO_FILTER)
        else:
            unused(("feeder", "snaplen", "buffer"), "-i IFACE: who writes to - captures")
        return command(capturing=Capturing(wanted, feeder, teardowns), **rest)

    return with_capturing


def recording(command: Command) -> Command:
    """-w FILE, --ring-size, --ring-time, --ring-files, --force: gives ``record``, None without -w.

    That makes the recorder, given who is told when it cannot write.
    """

    @click.option("-w", "path", metavar="FILE", help="Record the packets too, as pcapng.")
    @click.option(
        "--ring-size", type=click.IntRange(1), metavar="MB", help="A new FILE after so much."
    )
    @seconds("--ring-time", "A new FILE after so long.")
    @click.option(
        "--ring-files", type=click.IntRange(1), metavar="NUMBER", help="Keep only the last FILEs."
    )
    @click.option("--force", is_flag=True, help="Overwrite FILE where it exists.")
    @wraps(command)
    def with_recording(
        path: str | None,
        ring_size: int | None,
        ring_time: int | None,
        ring_files: int | None,
        force: bool,
        **rest: Any,
    ) -> int:
        turns = Turns(None if ring_size is None else ring_size * 1_000_000, ring_time, ring_files)
        if path is None:
            unused(("ring_size", "ring_time", "ring_files", "force"), "-w FILE")
            return command(record=None, **rest)
        if path == STDIN:
            messages.refuse("-w writes a FILE; standard output is for what is found")
        if ring_files is not None and not turns.several:
            messages.refuse("--ring-files needs --ring-size or --ring-time")
        if not turns.several:
            output.check(path, force)

        def record(say: Callable[[str], None]) -> Recorder:
            return Recorder(path, turns, say)

        return command(record=record, **rest)

    return with_recording
