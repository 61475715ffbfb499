"""Packets that the capture lost, and what they make less sure."""

from __future__ import annotations

from pcapflow.engine.batch import Batch
from pcapflow.live.follower import Follower
from pcapflow.live.losses import Losses
from pcapflow.live.stop import Stop
from pcapflow.live.watch import Limits, Watch
from pcapflow.model import Finding
from pcapflow.tcp.timers import DEFAULTS
from tests.cli import captures
from tests.live.test_watch import Tape
from tests.wire import pcap

PACKETS = captures.aborted().packets
BEGIN, END = PACKETS[0].time, PACKETS[-1].time


class Within(Follower):
    """Notes a loss as soon as a packet came."""

    def __init__(self, since: int, until: int) -> None:
        self.losses: Losses | None = None
        self._time = since, until

    def tracked(self, batch: Batch) -> None:
        if self.losses is not None:
            self.losses.note(7, *self._time)


def told(since: int, until: int) -> Finding:
    """The finding of an aborted connection where packets were lost then."""
    tape = Tape([pcap([packet])[24:] for packet in PACKETS])
    within = Within(since, until)
    watch = Watch(tape, DEFAULTS, Limits(packets=len(PACKETS)), [within])
    within.losses = watch.losses
    with Stop() as stop:
        found = [*watch.news(stop), *watch.end()]
    tape.close()
    (finding,) = found[-1].findings
    return finding


def test_a_finding_is_as_sure_as_ever_where_the_loss_was_at_another_time() -> None:
    before, after = told(BEGIN - 100, BEGIN - 1), told(END + 1, END + 100)
    assert before == after
    assert before.code == "reset-abort"
    assert "lost packets" not in before.message


def test_a_finding_is_less_sure_by_a_step_where_packets_were_lost_in_its_time() -> None:
    sure = told(BEGIN - 100, BEGIN - 1)
    assert sure.confidence == "likely"
    for since, until in ((BEGIN - 5, BEGIN), (BEGIN + 1, BEGIN + 2), (END, END + 5)):
        unsure = told(since, until)
        assert unsure.confidence == "possible"
        assert unsure.message.startswith(sure.message)
        assert "The capture lost packets in this connection's time" in unsure.message


def test_only_what_is_new_is_a_loss() -> None:
    losses = Losses()
    losses.note(None, 0, 10)
    losses.note(0, 10, 20)
    assert losses.times == []
    losses.note(3, 20, 30)
    losses.note(3, 30, 40)
    losses.note(5, 40, 50)
    losses.note(6, 45, 60)  # what is counted late may reach back
    assert (losses.count, losses.times) == (6, [(20, 30), (40, 60)])
