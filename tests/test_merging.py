"""Several captures as one: as mergecap would merge them."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pcapflow import merging
from pcapflow.api import analyze, trace
from pcapflow.cli.reading import read
from pcapflow.errors import CaptureError, UsageError
from pcapflow.fold import Report
from pcapflow.tcp.timers import DEFAULTS
from tests.conftest import need_tool
from tests.wire import (
    ETHERNET,
    Frame,
    Packet,
    Pcapng,
    Wire,
    corrupt_length,
    cut,
    frames,
    gzipped,
    in_time_order,
    pcap,
    pcapng,
)

START = 1_767_225_600_000_000_000
Items = list[Packet | Frame]
Merged = Callable[[list[str]], str]


@pytest.fixture
def merged(tmp_path: Path) -> Merged:
    """What mergecap makes of captures."""
    mergecap = need_tool("mergecap")

    def to_file(names: list[str]) -> str:
        path = str(tmp_path / "merged.pcapng")
        subprocess.run([mergecap, "-w", path, *names], check=True, capture_output=True)
        return path

    return to_file


def written(folder: Path, *captures: bytes) -> list[str]:
    """Write captures as 0.pcap, 1.pcap ...; their names."""
    names = []
    for number, octets in enumerate(captures):
        path = folder / f"{number}.pcap"
        path.write_bytes(octets)
        names.append(str(path))
    return names


def closing(port: int, start: float = 0, rtt_ms: float = 10) -> Wire:
    """Eight packets; the FIN is sent twice where the port is even."""
    wire = Wire(client=f"10.0.0.5:{port}", rtt_ms=rtt_ms)
    wire.at(start)
    wire.handshake()
    wire.c("PSH ACK", data=100)
    wire.s("ACK")
    wire.c("FIN ACK")
    if port % 2 == 0:
        wire.at(+1)
        wire.c("FIN ACK", seq=101)
    wire.s("FIN ACK")
    wire.c("ACK")
    return wire


def other_than_tcp(time: int) -> Frame:
    return Frame(time, bytes(12) + b"\x08\x06" + bytes(28), 42)  # ARP


def dealt(seed: int, count: int, *, ring: bool) -> list[Items]:
    """A busy link's packets in ``count`` captures, whose times overlap unless they are a ring."""
    chance = random.Random(seed)
    wires = [closing(port, chance.randrange(40) / 20, 8) for port in range(1, 30)]
    items: Items = [frame for packet in in_time_order(*wires) for frame in frames(packet, ETHERNET)]
    items += [other_than_tcp(START + chance.randrange(4000) * 1_000_000) for _ in range(60)]
    items.sort(key=lambda item: item.time)
    hands: list[Items] = [[] for _ in range(count)]
    for place, item in enumerate(items):
        number = place * count // len(items) if ring else chance.randrange(count)
        hands[number].append(item)
    return hands


def seen(report: Report) -> list[object]:
    return [report.info.packets, report.info.skipped, *report.connections()]


# ---------------------------------------------------------------- as mergecap does it


@pytest.mark.parametrize("ring", [True, False], ids=["ring", "overlapping"])
@pytest.mark.parametrize("seed", range(6))
def test_analysis_of_files_is_that_of_what_mergecap_makes_of_them(
    tmp_path: Path, merged: Merged, seed: int, ring: bool
) -> None:
    hands = dealt(seed, 2 + seed % 3, ring=ring)
    forms: list[Callable[[Items], bytes]] = [pcap, pcapng, lambda items: pcap(items, nano=True)]
    names = written(tmp_path, *(forms[n % 3](hand) for n, hand in enumerate(hands)))
    if seed % 2:
        names.reverse()

    assert seen(analyze(names)) == seen(analyze([merged(names)]))


@pytest.mark.parametrize("names", ["01", "10"])
def test_a_tie_goes_to_the_capture_named_last_and_a_captures_own_order_stays(
    tmp_path: Path, merged: Merged, names: str
) -> None:
    def syn(port: int, time: int) -> Frame:
        wire = Wire(client=f"10.0.0.5:{port}")
        wire.c("SYN")
        (frame,) = frames(wire.packets[0], ETHERNET)
        return Frame(START + time * 1000, frame.data, frame.length)

    one = [syn(1, 0), syn(2, 5), syn(3, 5), syn(4, 9), syn(5, 2)]
    other = [syn(11, 0), syn(12, 5), syn(13, 7), syn(14, 9), syn(15, 9)]
    written(tmp_path, pcap(one), pcap(other))
    paths = [str(tmp_path / f"{name}.pcap") for name in names]

    report = analyze(paths)

    told = [(c.client.port, c.events[0].frame) for c in report.connections()]
    assert told == [
        (c.client.port, c.events[0].frame) for c in analyze([merged(paths)]).connections()
    ]
    first = 1 if names == "10" else 11
    assert told[0] == (first, 1)


def test_frames_of_pictures_and_filters_are_mergecaps(tmp_path: Path, merged: Merged) -> None:
    need_tool("tshark")
    hands = dealt(1, 3, ring=False)
    names = written(tmp_path, pcap(hands[0]), gzipped(pcapng(hands[1])), pcap(hands[2]))
    whole = merged(names)
    fins = "tcp.flags.fin == 1 && tcp.srcport == 8"

    filtered = read(names, DEFAULTS, keep=True, display_filter=fins)
    assert filtered.ids is not None
    (flow,) = filtered.ids

    assert filtered.ids == read([whole], DEFAULTS, keep=True, display_filter=fins).ids
    connection, segments, _ = trace(names, flow)
    alone, expected, _ = trace([whole], flow)
    assert (connection, connection.client.port) == (alone, 8)
    assert [s.frame for s in segments] == [s.frame for s in expected]


@pytest.mark.parametrize("worth", [1, 10**9])
@pytest.mark.parametrize("piece", [100, 1000, 1 << 20])
def test_results_do_not_depend_on_how_the_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worth: int, piece: int
) -> None:
    late = [Frame(f.time + 10**10, f.data, f.length) for f in dealt(8, 1, ring=True)[0]]  # type: ignore[union-attr]
    names = written(tmp_path, *map(pcap, dealt(7, 3, ring=False)), pcapng(late))
    told = seen(analyze(names))
    monkeypatch.setattr(merging, "_WORTH", worth)
    monkeypatch.setattr(merging, "_PIECE", piece)

    assert seen(analyze(names)) == told


# ---------------------------------------------------------------- interfaces


def again_after(seconds: int) -> tuple[Items, Items]:
    """Six packets, and the same six so long after; a later connection makes the times overlap."""
    wire = Wire()
    wire.handshake()
    wire.c("FIN ACK")
    wire.s("FIN ACK")
    wire.c("ACK")
    once = [frame for packet in wire.packets for frame in frames(packet, ETHERNET)]
    again = [Frame(f.time + seconds * 10**9, f.data, f.length) for f in once]
    end = closing(1, 60).packets
    return [*once, *end[:4]], [*again, *end[4:]]


def test_the_same_packets_in_two_captures_are_duplicates(tmp_path: Path) -> None:
    once, again = again_after(3)

    first, _ = analyze(written(tmp_path, pcap(once), pcap(again))).connections()

    assert (first.duplicates, sum(first.packets)) == (6, 6)


def test_a_captures_interfaces_are_not_another_captures(tmp_path: Path) -> None:
    """All packets are at the second interface of each capture."""
    captures = []
    for items in again_after(3):
        file = Pcapng()
        file.section()
        file.interface(tsresol=9)
        file.interface(tsresol=9)
        file.packets(items, 1)
        captures.append(file.data)

    first, _ = analyze(written(tmp_path, *captures)).connections()

    assert (first.duplicates, sum(first.packets)) == (6, 6)


def test_one_captures_interface_stays_the_same(tmp_path: Path) -> None:
    """So much later, at one interface, the same packet is no duplicate."""
    once, again = again_after(3)

    first, *_ = analyze(written(tmp_path, pcap(once[:6]), pcap(again[:6]))).connections()

    assert first.duplicates == 0


# ---------------------------------------------------------------- damaged, cut, strange


def test_damage_in_one_file_does_not_end_the_others(tmp_path: Path) -> None:
    hands = dealt(3, 2, ring=False)
    names = written(tmp_path, corrupt_length(pcap(hands[0]), 20), pcap(hands[1]))
    whole = analyze(written(tmp_path / "..", pcap(hands[0][:20]), pcap(hands[1])))

    report = analyze(names)

    (fault,) = report.faults
    assert (fault.file, fault.frame) == (names[0], 21)
    assert report.fault is fault
    assert report.info.packets == whole.info.packets == 20 + len(hands[1])
    numbers = [c.events for c in report.connections()]
    assert numbers == [c.events for c in whole.connections()]


def test_each_damaged_or_cut_file_is_named_with_its_own_frames(tmp_path: Path) -> None:
    one, two, three = (pcap(closing(port, port).packets) for port in (1, 3, 5))
    names = written(tmp_path, corrupt_length(one, 4), cut(two, 3), corrupt_length(three, 6))

    report = analyze(names)

    assert [(f.file, f.frame) for f in report.faults] == [(names[0], 5), (names[2], 7)]
    assert report.info.truncated is not None
    assert report.info.truncated.startswith(f"{names[1]}: the file ends within packet 8: ")


def test_blocks_that_are_numbered_but_hold_no_packet(tmp_path: Path) -> None:
    """Wireshark numbers custom blocks among the frames."""
    wire = closing(1)
    file = Pcapng()
    file.section()
    file.interface(tsresol=9)
    file.packets(wire.packets[:4], 0)
    file.block(0x0BAD, bytes(8))
    file.packets(wire.packets[4:], 0)
    file.block(0x0BAD, bytes(8))
    names = written(tmp_path, file.data, closing(3, 100).pcap())

    first, second = analyze(names).connections()

    assert [e.frame for e in first.events][-1] == 9
    assert second.events[0].frame == 11


def test_such_blocks_where_captures_overlap(tmp_path: Path, merged: Merged) -> None:
    file = Pcapng()
    file.section()
    file.interface(tsresol=9)
    for packet in closing(1).packets:
        file.packets([packet], 0)
        file.block(0x0BAD, bytes(8))
    names = written(tmp_path, file.data, closing(3, 0.003).pcap())

    assert seen(analyze(names)) == seen(analyze([merged(names)]))


def test_a_file_that_is_no_capture_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    names = written(tmp_path, closing(1).pcap(), b"GIF89a" + bytes(30))

    with pytest.raises(CaptureError, match="this is no pcap or pcapng capture"):
        analyze(names)


def test_a_file_without_packets_begins_where_the_others_end(tmp_path: Path) -> None:
    names = written(tmp_path, pcap([]), closing(1).pcap())

    info = analyze(names).info

    assert (info.files, info.first_frames) == ((names[1], names[0]), (1, 9))


def test_first_frames_of_captures_that_overlap(tmp_path: Path) -> None:
    one, other = closing(1), closing(3, 0.015)
    names = written(tmp_path, other.pcap(), one.pcap())

    report = analyze(names)

    assert report.info.files == (names[1], names[0])
    begins = report.info.first_frames[1]
    assert next(c for c in report.connections() if c.client.port == 3).events[0].frame == begins


def test_pipes_cannot_be_merged(tmp_path: Path) -> None:
    (name,) = written(tmp_path, closing(1).pcap())

    with pytest.raises(UsageError, match="/dev/null is no file: it must be the only capture"):
        analyze([name, "/dev/null"])


def test_too_many_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "AT_ONCE", 2)
    names = written(tmp_path, *(closing(port).pcap() for port in (1, 3, 5)))

    with pytest.raises(UsageError, match="more than 2 captures overlap in time"):
        analyze(names)
    ring = written(tmp_path, *(closing(port, port * 10).pcap() for port in (1, 3, 5)))
    assert analyze(ring).total == 3
