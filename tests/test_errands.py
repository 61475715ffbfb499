"""Errands: what a report needs is done in short steps while threads wait, and all the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import repeat

import pytest

from pcapflow import api
from pcapflow.ahead import ahead
from pcapflow.cli.reading import NEEDED_BY_A_TABLE
from pcapflow.engine.relay import Relay
from pcapflow.errands import NEEDED, Errands
from pcapflow.tcp.timers import Settings
from tests.cli.program import DEADLINE, loaded_by, python, sample


def errands(relay: Relay, modules: Sequence[str] = ()) -> Errands:
    return Errands(relay, api.Run(Settings(), keep=False)._report, modules)


def test_each_step_loads_one_module() -> None:
    """Longer ones would keep the other thread waiting."""
    program = (
        "import sys\n"
        "from importlib import import_module\n"
        "import pcapflow.api, pcapflow.cli.analysis\n"
        "def ours(): return {name for name in sys.modules if name.startswith('pcapflow.')}\n"
        f"for name in {(*NEEDED, *NEEDED_BY_A_TABLE)!r}:\n"
        "    before = ours()\n"
        "    import_module(f'pcapflow.{name}')\n"
        "    print(name, *(ours() - before))\n"
    )
    for line in python(program).out.splitlines():
        name, *loaded = line.split()
        parents = {f"pcapflow.{name.rpartition('.')[0]}", "pcapflow.findings", "pcapflow.report"}
        assert set(loaded) - parents <= {f"pcapflow.{name}"}, f"{name} needs others before it"


def test_nothing_is_left_to_be_loaded_for_a_table() -> None:
    """But rules, which are loaded when a story has what they look at."""
    ours = {n for n in loaded_by("analyze", sample("leaking_pool")) if n.startswith("pcapflow.")}
    loaded = {name.removeprefix("pcapflow.") for name in ours}
    early = {"api", "fold", "inputs", "errors", "hints", "values", "_version"}
    later = {n for n in loaded - early if n.partition(".")[0] not in ("capture", "engine", "cli")}
    rules = {n for n in later if n.startswith("findings.")}
    assert later - rules <= {*NEEDED, *NEEDED_BY_A_TABLE, "findings", "report", "tcp"} | {
        "report.letters",
        "tcp.timers",
    }


def test_whoever_waits_does_them_to_the_end() -> None:
    relay = Relay(4, 1)
    done: list[int] = []
    steps = iter(range(1000))

    def errand() -> bool:
        done.extend(each for each in [next(steps, None)] if each is not None)
        return len(done) < 1000

    def work(relay: Relay) -> None:
        while len(done) < 1000 and relay.give():
            pass

    relay.meanwhile(errand)
    with ahead(work, relay, lambda: None):
        while relay.next():
            pass
    assert done == list(range(1000))


def test_what_fails_says_nothing_and_is_not_tried_again(capfd: pytest.CaptureFixture[str]) -> None:
    failing = errands(Relay(4), ("no_such_module", "model"))
    done: list[bool] = []
    other = threading.Thread(target=lambda: done.extend(failing.step() for _ in range(3)))
    other.start()
    other.join(DEADLINE)
    assert done == [False, False, False]
    assert capfd.readouterr() == ("", "")


def test_an_interrupt_is_not_taken_for_a_failure() -> None:
    def interrupted() -> bool:
        raise KeyboardInterrupt

    relay = Relay(4, 2)
    started = threading.Event()

    def work(relay: Relay) -> None:
        started.wait(DEADLINE)
        relay.give()

    relay.meanwhile(interrupted)
    with pytest.raises(KeyboardInterrupt), ahead(work, relay, started.set):
        relay.next()


def test_what_a_signals_handler_raises_in_one_is_not_lost() -> None:
    class Deadline(Exception):
        pass

    def steps() -> Iterator[bool]:
        yield True
        raise Deadline

    struck = errands(Relay(4))
    struck._steps = steps()
    assert struck.step()
    with pytest.raises(Deadline):
        struck.step()
    assert not struck.step()


def test_one_thread_at_a_time() -> None:
    relay = Relay(4)
    both = errands(relay)
    seen: list[bool] = []

    def steps() -> Iterator[bool]:
        for _ in repeat(None, 3):
            seen.append(both.step())  # as the other thread would, while this one is at it
            yield True

    both._steps = steps()
    assert [both.step() for _ in range(4)] == [True, True, True, False]
    assert seen == [False, False, False]


def test_shapes_that_there_are_so_far_are_judged_before_the_end() -> None:
    run = api.Run(Settings(), keep=False)
    run.read([sample("leaking_pool")])
    run.tracker.clock.passed += 3_000_000_000  # all have been quiet for a while
    ready = Errands(Relay(4), run._report, ("model",))
    assert ready.step()
    assert not ready.step(), "what there is has not been looked at"
    ready.look()
    judged = 0
    while ready.step():
        judged += 1
    known = dict(run._report._shapes._known)
    assert judged >= len(known) > 0
    report = run.report()
    assert report.groups
    for key, shape in known.items():
        assert report._shapes._known[key] is shape
