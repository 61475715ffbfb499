"""The generated captures are what they claim to be. How fast anything is, no test asks."""

import re
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.conftest import need_tool

pytest.importorskip("numpy", reason="the generator needs numpy")

from tests.benchmarks.generate import generate
from tests.benchmarks.script import ENDINGS, OPENING, parse

PACKETS, CONNECTIONS = 2000, 60
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10


def tshark(*arguments: str) -> list[str]:
    command = [need_tool("tshark"), "-n", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize(("snap", "pcapng"), [(96, False), (0, False), (96, True), (0, True)])
def test_tshark_counts_the_same_packets_and_connections(
    tmp_path: Path, snap: int, pcapng: bool
) -> None:
    path = str(tmp_path / "capture")
    generate(path, PACKETS, CONNECTIONS, snap, pcapng)
    conversations = [line for line in tshark("-q", "-z", "conv,tcp", "-r", path) if "<->" in line]
    assert len(conversations) == CONNECTIONS
    kept = [int(line) for line in tshark("-r", path, "-T", "fields", "-e", "frame.cap_len")]
    assert len(kept) == PACKETS
    assert max(kept) == (snap or 1514)


def test_checksums_are_right_and_both_ip_versions_are_there(tmp_path: Path) -> None:
    path = str(tmp_path / "capture")
    generate(path, PACKETS, CONNECTIONS)
    checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    fields = ["-e", "tcp.checksum.status", "-e", "ip.checksum.status", "-e", "ipv6.version"]
    rows = Counter(tshark("-r", path, *checks, "-T", "fields", *fields))
    assert set(rows) == {"1\t1\t", "1\t\t6"}
    assert 0.1 < rows["1\t\t6"] / PACKETS < 0.35


def test_every_connection_opens_and_closes_as_its_ending_says(tmp_path: Path) -> None:
    path = str(tmp_path / "capture")
    traffic = generate(path, 20_000, 1000)
    fields = ["-e", "tcp.stream", "-e", "tcp.flags", "-e", "frame.time_epoch"]
    flags = defaultdict(list)
    times = []
    for line in tshark("-r", path, "-T", "fields", *fields):
        stream, bits, time = line.split("\t")
        flags[stream].append(int(bits, 16))
        times.append(float(time))

    assert times == sorted(times)
    assert set(traffic.endings) == set(ENDINGS)
    assert all(bits[0] == SYN for bits in flags.values())
    refused = [bits for bits in flags.values() if bits == [SYN, RST | ACK]]
    assert len(refused) == traffic.endings["refused"]
    opened = [bits for bits in flags.values() if bits[1] == SYN | ACK and bits[2] == ACK]
    assert len(opened) + len(refused) == len(flags) == 1000
    for flag in (FIN, RST):
        sent = sum(bool(bits & flag) for stream in flags.values() for bits in stream)
        meant = sum(
            count * sum(bool(step.flags & flag) for step in parse(ENDINGS[name][1]))
            for name, count in traffic.endings.items()
        )
        assert sent == meant


def test_the_same_seed_makes_the_same_octets(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("first", "second", "other"))
    generate(str(first), PACKETS, CONNECTIONS, seed=1)
    generate(str(second), PACKETS, CONNECTIONS, seed=1)
    generate(str(other), PACKETS, CONNECTIONS, seed=2)
    assert first.read_bytes() == second.read_bytes() != other.read_bytes()


def test_four_in_five_endings_are_orderly() -> None:
    shares = {name: share for name, (share, _) in ENDINGS.items()}
    plain = [name for name in shares if re.match("(client|server)-first", name)]
    assert sum(shares.values()) == 1000
    assert sum(shares[name] for name in plain) == 800
    assert [step.flags for step in parse(OPENING)] == [SYN, SYN | ACK, ACK]


def test_too_few_packets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too few"):
        generate(str(tmp_path / "capture"), packets=20, connections=10)
