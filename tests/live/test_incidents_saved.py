"""What is saved of hand-made packets: bounded, safe, and true in its own frames."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pcapflow.api import analyze
from pcapflow.errors import UsageError
from pcapflow.live.evidence import MOST, chosen
from pcapflow.live.folder import Folder, FolderError, NoRoom
from pcapflow.live.held import Held
from pcapflow.live.incidents import INDEX, Incidents, Terms
from pcapflow.live.ring import Packet, Ring
from pcapflow.live.stop import Stop
from pcapflow.live.watch import Limits, Watch
from pcapflow.model import Severity
from pcapflow.tcp.timers import DEFAULTS
from tests.cli.captures import leaking, orderly
from tests.cli.program import REPOSITORY, pcapflow
from tests.live.test_watch import Tape
from tests.wire import Wire, in_time_order, pcap

SCHEMA = Draft202012Validator(json.loads((REPOSITORY / "docs" / "record.schema.json").read_text()))
SECOND = 10**9


class Recorded:
    """A watch of these packets with a recorder, over."""

    def __init__(
        self,
        folder: Path,
        *wires: Wire,
        level: Severity = "warning",
        ring: Ring | None = None,
        most: int = 10**8,
        lost: tuple[int, int] | None = None,
    ) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.ring = ring or Ring(10**15, 1 << 26)
        self.incidents = Incidents(
            self.ring, Folder(str(folder), most), Terms(level, 0), DEFAULTS, self.said.append
        )
        packets = in_time_order(*wires)
        tape = Tape([pcap([packet])[24:] for packet in packets])
        tape.local = False  # packets of long ago: the clock is theirs
        followers = [self.ring, self.incidents]
        self.watch = Watch(tape, DEFAULTS, Limits(len(packets)), followers)
        if lost is not None:
            self.watch.losses.note(7, *lost)
        with Stop() as stop:
            self.news = [*self.watch.news(stop), *self.watch.end()]
        tape.close()

    @property
    def index(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.folder / INDEX).read_text())
        return told

    def record(self, number: int = 0) -> dict[str, Any]:
        name = self.index["incidents"][number]["name"]
        told: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text())
        SCHEMA.validate(told)
        return told


def test_the_small_capture_tells_the_same_story(tmp_path: Path) -> None:
    done = Recorded(tmp_path, leaking(), orderly())
    record = done.record()
    name = record["incident"]["capture"]
    (alone,) = analyze([str(tmp_path / name)]).connections()
    assert alone.shape == record["shape"]
    assert list(alone.fin[1].frames if alone.fin[1] else ()) == record["fin"]["server"]["frames"]
    found = {finding["code"]: finding["frames"] for finding in record["findings"]}
    assert found == {finding.code: list(finding.frames) for finding in alone.findings}
    assert record["incident"]["frames"] == [
        packet.frame for packet in done.ring.packets({record["id"]})
    ]


def test_what_lost_packets_make_less_sure_is_saved_so(tmp_path: Path) -> None:
    wire = leaking()
    sure = Recorded(tmp_path / "sure", wire)
    lost = Recorded(tmp_path / "lost", wire, lost=(wire.packets[0].time, wire.packets[-1].time))
    (told,) = (finding for news in lost.news for finding in news.findings)
    (kept,) = lost.record()["findings"]
    (before,) = sure.record()["findings"]
    assert (before["confidence"], kept["confidence"]) == ("likely", told.confidence)
    assert kept["confidence"] == "possible"
    assert "The capture lost packets in this connection's time" in kept["message"]
    assert kept["frames"] == before["frames"]


def test_who_held_a_socket_when_it_was_found_is_saved_though_it_is_closed_by_now(
    tmp_path: Path,
) -> None:
    done = Recorded(tmp_path / "first", leaking())
    news = next(each for each in done.news if each.findings)
    told = []
    for held in (Held("CLOSE_WAIT", 4711, 0, 10**18), Held("CLOSED", 0, None, 10**18)):
        told.append(news._replace(held=(held, None)))
    incidents = Incidents(
        done.ring, Folder(str(tmp_path / "second"), 10**8), Terms("warning", 0), DEFAULTS, print
    )
    incidents.began(done.watch)
    for each in told:
        incidents.told(each)
    incidents.end()
    (file,) = (tmp_path / "second").glob("*close-wait-leak*.json")
    client = json.loads(file.read_text())["kernel"]["client"]
    assert (client["state"], client["inode"]) == ("CLOSE_WAIT", 4711)


def test_a_beginning_that_was_forgotten_is_told_as_missing(tmp_path: Path) -> None:
    """The ring remembers some minutes, the connection lived longer: what is told is the watch's."""
    wire = Wire()
    wire.handshake()
    wire.c("PSH ACK", data=100)
    wire.s("PSH ACK", data=200)
    wire.at(500)
    wire.s("FIN ACK")
    wire.c("ACK")
    wire.at(90)
    wire.c("ACK", seq=100)
    done = Recorded(tmp_path, wire, ring=Ring(100 * SECOND, 1 << 26))
    record = done.record()
    assert record["opening"] == "handshake"
    assert record["incident"]["missing"] == 5
    assert record["incident"]["frames"] == [6, 7, 8]
    assert record["fin"]["server"]["frames"] == [1]
    opened = [step["frame"] for step in record["transitions"] if step["to"] == "ESTABLISHED"]
    assert opened == [None, None]  # those frames are in no file
    assert (tmp_path / record["incident"]["picture"]).read_bytes().startswith(b"\x89PNG")
    assert done.said == []


def test_findings_below_the_level_are_not_saved(tmp_path: Path) -> None:
    done = Recorded(tmp_path, leaking(), level="error")
    assert [path.name for path in tmp_path.iterdir()] == [INDEX]
    assert done.index == {"schema": 1, "incidents": [], "not_saved": []}


def test_the_folder_holds_no_more_than_it_may(tmp_path: Path) -> None:
    wires = [leaking(port=50_000 + n, server=f"10.0.1.{n + 1}:80") for n in range(10)]
    done = Recorded(tmp_path, *wires, most=20_000)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sum(size for name, size in sizes.items() if name != INDEX) <= 20_000
    saved = len(done.index["incidents"])
    counted = sum(each["incidents"] for each in done.index["not_saved"])
    assert 0 < saved < 10
    assert saved + counted == 10
    assert len([words for words in done.said if "as much as it may" in words]) == 1
    captures = {name.removesuffix(".pcapng") for name in sizes if name.endswith(".pcapng")}
    assert captures == {entry["name"] for entry in done.index["incidents"]}


def test_pictures_count_too(tmp_path: Path) -> None:
    wires = [leaking(port=50_000 + n) for n in range(3)]
    done = Recorded(tmp_path, *wires, most=150_000)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sum(size for name, size in sizes.items() if name != INDEX) <= 150_000
    assert len([name for name in sizes if name.endswith(".png")]) == 1
    assert len([words for words in done.said if "there is no room for it" in words]) == 1


def test_a_second_run_goes_on_where_the_first_ended(tmp_path: Path) -> None:
    wires = [leaking(port=50_000 + n) for n in range(5)]
    Recorded(tmp_path, *wires, most=25_000)  # pictures would take long
    done = Recorded(tmp_path, *wires, most=50_000)
    names = [entry["name"] for entry in done.index["incidents"]]
    assert len(set(names)) == 6
    assert {name.rpartition("-")[2] for name in names} == {"flow1", "flow2", "flow3", "2"}
    (counted,) = done.index["not_saved"]
    assert counted["incidents"] == 4


def test_another_index_than_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text("[1, 2]")
    with pytest.raises(UsageError, match="no index of incidents"):
        Recorded(tmp_path, leaking())
    assert (tmp_path / INDEX).read_text() == "[1, 2]"


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path / "new" / "deep"), 100)
    folder.write("a", b"x" * 60)
    with pytest.raises(NoRoom):
        folder.write("b", b"x" * 60)
    folder.write("a", b"y" * 100)
    assert os.listdir(folder.path) == ["a"]
    os.mkdir(folder.at("c"))
    folder.remove("a")
    with pytest.raises(FolderError, match="cannot be written"):
        folder.write("c", b"z")
    assert os.listdir(folder.path) == ["c"]


def test_what_a_killed_run_left_half_written_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".x.png.part").write_bytes(b"half")
    (tmp_path / "x.png").write_bytes(b"whole")
    assert Folder(str(tmp_path), 100).room == 95
    assert os.listdir(tmp_path) == ["x.png"]


def test_a_link_in_the_folder_is_never_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "in" / ".a.part").symlink_to(tmp_path / "victim")
    folder = Folder(str(tmp_path / "in"), 100)
    (tmp_path / "in" / ".b.part").symlink_to(tmp_path / "victim")
    with pytest.raises(FolderError):
        folder.write("b", b"overwritten")
    folder.write("a", b"new")
    assert (tmp_path / "victim").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_refused_before_the_watch(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = pcapflow("watch", "-i", "lo", "--save-incidents", tmp_path / "file")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"pcapflow: {tmp_path / 'file'} cannot be written to (File exists)\n"


def test_of_a_very_long_connection_the_ends_are_saved() -> None:
    packets = [Packet(n, n, b"", 0, 1, 0) for n in range(3 * MOST)]
    kept = [packet.frame for packet in chosen(packets)]
    assert len(kept) == MOST
    assert kept[:2] == [0, 1]
    assert kept[-1] == 3 * MOST - 1
    assert kept == sorted(set(kept))
    assert chosen(packets[:MOST]) == packets[:MOST]
