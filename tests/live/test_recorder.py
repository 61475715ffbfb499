"""What a watch records: whole blocks, in one file or a ring of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pcapflow.live.recorder import Recorder, RecordError, Turns
from tests.cli import captures
from tests.conftest import need_tool
from tests.wire import pcap
from tests.wire.pcapng import pcapng

LARGEST = 200  # octets of a block here
PACKETS = [*captures.orderly().packets, *captures.aborted().packets]


def recorded(path: Path, octets: bytes, turns: Turns = Turns(), piece: int = 97) -> list[str]:  # noqa: B008
    """Feed a recorder in small pieces; what it complained of."""
    said: list[str] = []
    recorder = Recorder(str(path), turns, said.append)
    for at in range(0, len(octets), piece):
        recorder.octets(octets[at : at + piece])
    recorder.end()
    return said


def frames(path: Path) -> list[str]:
    """Time to the nanosecond, lengths and octets of each packet, as tshark reads them."""
    fields = ("frame.time_epoch", "frame.len", "frame.cap_len", "tcp.seq_raw", "tcp.flags")
    arguments = [word for field in fields for word in ("-e", field)]
    done = subprocess.run(
        [need_tool("tshark"), "-r", path, "-T", "fields", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    "octets",
    [
        pcap(PACKETS),
        pcap(PACKETS, nano=True),
        pcap(PACKETS, order=">"),
        pcap(PACKETS, snaplen=60),
        pcapng(PACKETS),
        pcapng(PACKETS, order=">"),
    ],
    ids=["us", "ns", "big-endian", "cut", "pcapng", "pcapng-big-endian"],
)
def test_every_packet_is_kept_as_it_came(octets: bytes, tmp_path: Path) -> None:
    source, kept = tmp_path / "source", tmp_path / "kept.pcapng"
    source.write_bytes(octets)

    assert recorded(kept, octets) == []
    assert kept.read_bytes().startswith(b"\x0a\x0d\x0d\x0a")
    assert len(frames(kept)) == len(PACKETS)
    assert frames(kept) == frames(source)


@pytest.mark.parametrize("octets", [pcap(PACKETS), pcapng(PACKETS)], ids=["pcap", "pcapng"])
def test_each_file_of_a_ring_can_be_read_alone(octets: bytes, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(octets)

    assert recorded(tmp_path / "kept.pcapng", octets, Turns(size=500)) == []
    files = sorted(tmp_path.glob("kept_?????_??????????????.pcapng"))
    assert len(files) > 2
    # As dumpcap does: a file is over with the packet that reaches its size.
    assert all(500 <= file.stat().st_size < 500 + LARGEST for file in files[:-1])
    assert [line for file in files for line in frames(file)] == frames(source)


def test_a_ring_keeps_its_last_files(tmp_path: Path) -> None:
    recorded(tmp_path / "kept.pcapng", pcap(PACKETS), Turns(size=1))
    every = len(list(tmp_path.glob("kept_*.pcapng")))
    assert every > 3
    for file in tmp_path.glob("kept_*.pcapng"):
        file.unlink()

    recorded(tmp_path / "kept.pcapng", pcap(PACKETS), Turns(size=1, files=2))
    left = sorted(file.name[:10] for file in tmp_path.glob("kept_*.pcapng"))
    assert left == [f"kept_{every - 1:05}", f"kept_{every:05}"]


def test_a_file_that_somebody_took_away_is_no_reason_to_stop(tmp_path: Path) -> None:
    said: list[str] = []
    recorder = Recorder(str(tmp_path / "kept.pcapng"), Turns(size=1, files=2), said.append)
    octets = pcap(PACKETS)
    for at in range(0, len(octets), 97):
        recorder.octets(octets[at : at + 97])
        for file in sorted(tmp_path.glob("kept_*.pcapng"))[:-1]:
            file.unlink()
    recorder.end()
    assert (said, recorder.failed) == ([], False)
    assert len(list(tmp_path.glob("kept_*.pcapng"))) == 1


def test_time_begins_a_new_file_too(tmp_path: Path) -> None:
    recorded(tmp_path / "kept.pcapng", pcap(PACKETS), Turns(time=1))
    assert len(list(tmp_path.glob("kept_*.pcapng"))) > 1


def test_a_file_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be written"):
        Recorder(str(tmp_path / "nowhere" / "kept.pcapng"), Turns(), print)
