"""The loop, with packets that come from a test."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pcapflow.api import analyze
from pcapflow.errors import CaptureError
from pcapflow.live.follower import Follower
from pcapflow.live.news import News
from pcapflow.live.stop import Stop
from pcapflow.live.watch import Limits, Watch
from pcapflow.tcp.timers import DEFAULTS
from tests.cli import captures
from tests.wire import in_time_order, pcap

MAGIC = pcap([])[:4]


class Tape:
    """Packets that all wait already; ``fault`` ends it."""

    name = "tape0"
    feeder = "tape"
    drained = True
    ended = False
    lag = 0
    local = True

    def __init__(self, octets: list[bytes], fault: CaptureError | None = None) -> None:
        self._octets = [pcap([]), *octets]
        self._fault = fault
        self._read, self._write = os.pipe()
        os.write(self._write, b"!")  # readable for ever

    def fileno(self) -> int:
        return self._read

    def read(self, most: int | None = None) -> bytes:
        most = len(self._octets) if most is None else most + self._octets[0].startswith(MAGIC)
        taken, self._octets = self._octets[:most], self._octets[most:]
        if not taken and self._fault is not None:
            raise self._fault
        return b"".join(taken)

    def stop(self) -> None:
        self.ended = True

    def drops(self) -> int | None:
        return 3

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)


@pytest.fixture
def tape() -> Iterator[Tape]:
    packets = [*captures.orderly().packets, *captures.aborted().packets]
    made = Tape([pcap([packet])[24:] for packet in packets])
    yield made
    made.close()


def watched(watch: Watch) -> list[News]:
    with Stop() as stop:
        told = list(watch.news(stop))
    return [*told, *watch.end()]


def test_a_number_of_packets_is_kept_to(tape: Tape) -> None:
    watch = Watch(tape, DEFAULTS, Limits(packets=8))
    told = watched(watch)

    assert [(news.connection.id, news.connection.ending) for news in told] == [(1, "orderly")]
    assert watch.report().info.packets == 8


def test_the_report_tells_what_was_watched(tape: Tape) -> None:
    watch = Watch(tape, DEFAULTS, Limits(packets=14))
    told = watched(watch)
    report = watch.report()

    assert [news.connection.ending for news in told] == ["orderly", "reset"]
    assert report.info.files == ("tape0",)
    assert report.info.link_types == ("ETHERNET",)
    assert (report.info.packets, report.info.drops) == (14, 3)
    assert (report.total, report.healthy) == (2, 1)
    assert watch.fault is None


def test_an_interface_that_goes_away_ends_the_watch(tape: Tape) -> None:
    tape._fault = CaptureError("tape0", "is down")
    watch = Watch(tape, DEFAULTS, Limits())
    told = watched(watch)

    assert len(told) == 2
    assert str(watch.fault) == "tape0: is down."


def test_ctrl_c_only_asks() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Stop() as stop:
        assert not stop.asked
        signal.raise_signal(signal.SIGINT)
        assert stop.asked
        assert os.read(stop.fileno(), 1)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_termination_asks_too(tape: Tape, number: int) -> None:
    watch = Watch(tape, DEFAULTS, Limits())
    before = signal.signal(number, signal.SIG_DFL)  # under nohup(1), a hangup is ignored
    try:
        with Stop() as stop:
            signal.raise_signal(number)
            assert list(watch.news(stop)) == []
    finally:
        signal.signal(number, before)


def test_a_hangup_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup(1) does
    try:
        with Stop() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert not stop.asked
    finally:
        signal.signal(signal.SIGHUP, before)


class Ending(Follower):
    """Counts how often it is told that all is over."""

    ends = 0

    def end(self) -> None:
        self.ends += 1


def test_followers_finish_where_nobody_listens_to_the_end(tape: Tape) -> None:
    follower = Ending()
    with closing(Watch(tape, DEFAULTS, Limits(packets=14), [follower])) as watch, Stop() as stop:
        list(watch.news(stop))  # and nothing of ``end``
    assert follower.ends == 1


def test_followers_finish_once(tape: Tape) -> None:
    follower = Ending()
    with closing(Watch(tape, DEFAULTS, Limits(packets=14), [follower])) as watch:
        watched(watch)
        assert follower.ends == 1
    assert follower.ends == 1


def test_the_summary_judges_piles_and_medians_as_a_file_would(tmp_path: Path) -> None:
    """Rows that are open at the end are all looked at, not only a few examples of each shape."""
    wires = [captures.leaking(port=50_000 + n, silence=70 + n) for n in range(12)]
    octets = pcap(in_time_order(*wires))
    file = tmp_path / "pool.pcap"
    file.write_bytes(octets)
    tape = Tape([octets[24:]])
    tape.local = False
    watch = Watch(tape, DEFAULTS, Limits(12 * len(wires[0].packets)))
    watched(watch)
    tape.close()
    live, read = watch.report(), analyze([str(file)], keep=False)

    assert [each.code for each in live.across] == [each.code for each in read.across]
    assert "close-wait-pileup" in [each.code for each in live.across]
    assert live.across[0].connections == 12
    dwell = [[report.dwell_of(group) for group in report.groups] for report in (live, read)]
    assert dwell[0] == dwell[1]
