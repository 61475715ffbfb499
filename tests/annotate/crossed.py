"""A capture, judged by pcapflow and by tshark, and where the two disagree."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pcapflow.cli.reading import read
from pcapflow.model import CrossCheck
from pcapflow.tcp.timers import DEFAULTS
from tests.wire import ETHERNET, Frame, Packet, pcap


def crossed(*paths: str | Path) -> CrossCheck:
    """The cross-check of captures."""
    crossed = read([str(path) for path in paths], DEFAULTS, keep=False, cross_check=True).crossed
    assert crossed is not None
    return crossed


def check(folder: Path, items: Iterable[Packet | Frame], link: int = ETHERNET) -> CrossCheck:
    """The cross-check of a capture made of these."""
    path = folder / "wire.pcap"
    path.write_bytes(pcap(list(items), link, nano=True))
    return crossed(path)


def told(check: CrossCheck) -> dict[tuple[str, str], tuple[int, ...]]:
    """The frames of each subject that only one of the two sees; every one must have a reason."""
    assert check.unexplained == 0, check.differences
    found: dict[tuple[str, str], tuple[int, ...]] = {}
    for each in check.differences:
        frames = found.get((each.subject, each.alone), ()) + each.frames
        found[each.subject, each.alone] = tuple(sorted(frames))
    return found


def reasons(check: CrossCheck, subject: str) -> set[str]:
    """The reasons of the differences about a subject."""
    return {each.reason or "unexplained" for each in check.differences if each.subject == subject}
