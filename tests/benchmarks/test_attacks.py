"""The attacks are what they claim to be, and small ones come out right."""

import subprocess
from collections import Counter
from pathlib import Path

import pytest

from pcapflow.api import analyze
from tests.conftest import need_tool

pytest.importorskip("numpy", reason="the generator needs numpy")

from tests.benchmarks import stream
from tests.benchmarks.attacks import ATTACKS, LONG, write_attack
from tests.benchmarks.hostile import ATTACKS as MEASURED


def made(folder: Path, name: str, size: int) -> Path:
    path = folder / name
    with path.open("wb") as file:
        write_attack(name, size, file)
    return path


def fields(path: Path, *names: str) -> list[tuple[str, ...]]:
    """What Wireshark reads in each packet."""
    command = [need_tool("tshark"), "-n", "-r", str(path), "-T", "fields"]
    for name in names:
        command += ["-e", name]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [tuple(line.split("\t")) for line in output.splitlines()]


def test_every_attack_is_measured() -> None:
    assert set(MEASURED) == set(ATTACKS) - {"open"}


@pytest.mark.parametrize("name", ["scan", "flood", "collisions"])
def test_a_flood_is_syns_of_different_tuples(tmp_path: Path, name: str) -> None:
    names = ("ip.src", "tcp.srcport", "ip.dst", "tcp.dstport", "tcp.flags")
    rows = fields(made(tmp_path, name, 2000), *names)
    assert len(set(rows)) == len(rows) == 2000
    assert {row[4] for row in rows} == {"0x0002"}


def test_colliding_tuples_have_one_sum_and_one_xor(tmp_path: Path) -> None:
    rows = fields(made(tmp_path, "collisions", 40_000), "ip.src", "tcp.srcport", "ip.dst")
    sums, xors = set(), set()
    for source, port, destination in rows:
        one, other = (int.from_bytes(map(int, a.split("."))) for a in (source, destination))
        sums.add((one - other + int(port)) % 2**16)
        xors.add((one ^ other ^ int(port)) & 0x7FFF)
    assert (len(sums), len(xors)) == (1, 1)


def test_a_scan_is_counted_without_an_object_for_each(tmp_path: Path) -> None:
    told = analyze([str(made(tmp_path, "scan", 2000))], keep=False)
    assert (told.total, dict(told.endings)) == (2000, {"unanswered": 2000})
    with pytest.raises(RuntimeError):
        next(told.connections())


def test_random_flags_make_about_as_many_shapes_as_connections(tmp_path: Path) -> None:
    path = made(tmp_path, "shapes", 500)
    assert len(fields(path, "tcp.flags")) == 5000
    told = analyze([str(path)])
    assert len({connection.shape for connection in told.connections()}) > 400


def test_a_fin_is_repeated_in_one_connection(tmp_path: Path) -> None:
    path = made(tmp_path, "fins", 3000)
    flags = Counter(flag for (flag,) in fields(path, "tcp.flags"))
    assert flags == {"0x0002": 1, "0x0012": 1, "0x0010": 1, "0x0011": 3000}
    (connection,) = analyze([str(path)]).connections()
    fin = connection.fin[0]
    assert fin is not None
    assert (fin.sent, fin.retransmitted) == (3000, 2999)
    assert "fin-unanswered" in {finding.code for finding in connection.findings}


def test_one_port_opens_a_connection_with_each_syn(tmp_path: Path) -> None:
    told = analyze([str(made(tmp_path, "reuse", 1000))], keep=False)
    assert (told.info.tcp_packets, told.total) == (1000, 1000)


def test_the_longest_shapes_are_cut_and_differ(tmp_path: Path) -> None:
    path = made(tmp_path, "longest", 50)
    assert len(fields(path, "tcp.flags")) == 50 * LONG
    shapes = {connection.shape for connection in analyze([str(path)]).connections()}
    assert len(shapes) == 50
    assert all(shape.endswith(" ...") and len(shape.split()) > 50 for shape in shapes)


def test_packets_come_in_on_every_interface(tmp_path: Path) -> None:
    path = made(tmp_path, "interfaces", 300)
    rows = fields(path, "frame.interface_id", "tcp.flags")
    assert Counter(interface for interface, _ in rows) == {str(n): 10 for n in range(300)}
    assert analyze([str(path)], keep=False).total == 3000


def test_connections_stay_open(tmp_path: Path) -> None:
    told = analyze([str(made(tmp_path, "open", 500))], keep=False)
    assert (told.info.packets, dict(told.endings), told.healthy) == (3000, {"open": 500}, 500)


def test_a_stream_is_ordered_and_its_checksums_are_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BLOCK", 2000)
    path = tmp_path / "stream"
    with path.open("wb") as file:
        stream.write_stream(file, 42_000, 50)
    command = [need_tool("tshark"), "-n", "-r", str(path), "-T", "fields"]
    for name in ("tcp", "ip"):
        command += ["-o", f"{name}.check_checksum:TRUE", "-e", f"{name}.checksum.status"]
    command += ["-e", "tcp.len", "-e", "frame.time_epoch", "-e", "tcp.stream"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split("\t") for line in output.splitlines()]
    assert len(rows) == 42_000
    assert {(tcp, ip) for tcp, ip, length, _, _ in rows if length == "0"} == {("1", "1"), ("1", "")}
    assert "0" not in {tcp for tcp, *_ in rows}
    times = [float(row[3]) for row in rows]
    assert times == sorted(times)
    assert len({row[4] for row in rows}) == 42_000 // 50
    assert analyze([str(path)], keep=False).total == 42_000 // 50


def test_a_stream_comes_in_whole_blocks(tmp_path: Path) -> None:
    with (tmp_path / "stream").open("wb") as file, pytest.raises(ValueError, match="multiple"):
        stream.write_stream(file, 1000)
