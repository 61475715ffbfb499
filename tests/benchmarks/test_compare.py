"""How runs are ordered, failures told and goals judged; on made-up figures, since no test asserts
a duration."""

import sys

import pytest

from tests.benchmarks import compare
from tests.benchmarks.goals import PCAPNG, judge
from tests.benchmarks.report import goal_lines, result_lines
from tests.benchmarks.runs import Results, Run, interleave

TRUE = [sys.executable, "-c", ""]
FAILS = [sys.executable, "-c", "raise SystemExit('no such thing')"]


def results(peak: float = 100, **walls: list[float]) -> Results:
    return Results(
        {name: [Run(wall, wall, peak) for wall in times] for name, times in walls.items()}
    )


def verdicts(case: str, measured: Results) -> list[str]:
    return [verdict.verdict for verdict in judge(case, measured)]


def test_programs_take_turns_and_a_failure_is_told() -> None:
    told: list[str] = []
    measured = interleave({"a": TRUE, "b": FAILS, "c": TRUE}, {"a": 3, "b": 3, "c": 2}, told.append)
    assert [line.rsplit(" ", 2)[0] for line in told] == [
        "round 1: a",
        "round 1: c",
        "round 2: a",
        "round 2: c",
        "round 3: a",
    ]
    assert {name: len(runs) for name, runs in measured.runs.items()} == {"a": 3, "c": 2}
    assert measured.not_measured == {"b": "exit status 1: no such thing"}
    table = "\n".join(result_lines(measured, packets=1))
    assert "b         not measured: exit status 1: no such thing" in table


def test_goals_are_held_against_ratios_of_the_same_round() -> None:
    slow_machine_in_round_two = results(
        pcapflow=[1.0, 10.0, 1.0],
        tcpdump=[1.0, 10.0, 1.0],
        tcptrace=[6.5, 65.0, 6.5],
        tshark=[50.0, 500.0, 50.0],
    )
    assert verdicts("large", slow_machine_in_round_two) == ["met"] * 4
    slow = results(101, pcapflow=[1], tcpdump=[0.9], tcptrace=[5.9], tshark=[49])
    assert verdicts("full", slow) == ["missed"] * 4
    assert verdicts("sample", results(pcapflow=[0.1], tshark=[0.19])) == ["missed"]
    assert verdicts("sample", results(pcapflow=[0.1], tshark=[0.2])) == ["met"]


def test_pcapng_is_held_against_pcap() -> None:
    for wall, verdict in ((1.25, "met"), (1.26, "missed")):
        measured = results(pcapflow=[1.0])
        measured.runs[PCAPNG] = [Run(wall, wall, 100)]
        assert verdicts("snap", measured)[-1] == verdict


def test_what_was_not_measured_is_no_goal_met() -> None:
    judged = judge("full", results(pcapflow=[1.0], tcpdump=[1.0]))
    assert [verdict.verdict for verdict in judged] == ["met", "not measured", "not measured", "met"]
    assert "not measured" in "\n".join(goal_lines(judged))


def test_a_command_reads_what_its_feeder_writes() -> None:
    reads = [sys.executable, "-c", "import sys; assert sys.stdin.read() == 'fed'"]
    feeder = [sys.executable, "-c", "print('fed', end='')"]
    measured = interleave({"a": reads}, {"a": 1}, lambda line: None, {"a": feeder})
    assert len(measured.runs["a"]) == 1


def test_an_interpreted_engine_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PCAPFLOW_PURE", "1")
    assert compare.main([]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "interpreted" in said
