"""Exit codes and the one line on standard error that goes with them."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from pcapflow.cli import commands
from tests.cli import captures
from tests.cli.program import DEADLINE, REPOSITORY, command, pcapflow, process, sample


def test_done_is_0_and_says_nothing_more() -> None:
    done = pcapflow("analyze", sample("leaking_pool"))

    assert (done.code, done.err) == (0, "")
    assert "close-wait-leak" in done.out


@pytest.mark.parametrize(
    ("level", "code"), [("error", 0), ("warning", 1), ("info", 1)], ids=["above", "at", "below"]
)
def test_a_finding_at_or_above_the_level_is_1(level: str, code: int) -> None:
    assert pcapflow("analyze", sample("unanswered_fin"), "--fail-on", level).code == code


def test_a_finding_across_connections_counts_too() -> None:
    leaking = sample("leaking_pool")

    assert pcapflow("analyze", leaking, "--fail-on", "error").code == 1
    leaks = pcapflow("analyze", leaking, "--fail-on", "error", "--only", "close-wait-leak")
    assert leaks.code == 0


def test_only_the_chosen_findings_count() -> None:
    sample_with_info = sample("lost_fin")

    assert pcapflow("analyze", sample_with_info, "--fail-on", "info").code == 1
    told = pcapflow("analyze", sample_with_info, "--fail-on", "info", "--severity", "warning")
    assert told.code == 0


def test_a_healthy_capture_fails_on_nothing() -> None:
    assert pcapflow("analyze", sample("orderly"), "--fail-on", "info").code == 0


def test_a_truncated_tail_is_a_note(tmp_path: Path) -> None:
    done = pcapflow("analyze", captures.cut_short(tmp_path))

    assert done.code == 0
    assert "3 TCP connections" in done.out
    assert done.err.startswith(f"pcapflow: {tmp_path}/cut.pcap: ")
    assert "octets are left over" in done.err
    assert done.err.count("\n") == 1


def test_a_truncated_tail_is_an_error_where_it_must_not_be(tmp_path: Path) -> None:
    done = pcapflow("analyze", "--strict", captures.cut_short(tmp_path))

    assert done.code == 2
    assert "3 TCP connections" in done.out


def test_what_came_before_a_damaged_record_is_reported(tmp_path: Path) -> None:
    done = pcapflow("analyze", captures.damaged(tmp_path, record=10), "--format", "ndjson")

    assert done.code == 2
    assert done.out.count("\n") == 3
    assert "packet 11 claims 4,294,967,280 bytes at offset" in done.err
    assert "10 packets before it were analysed" in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"\xd4\xc3\xb2\xa1"])
def test_what_is_no_capture_is_2(tmp_path: Path, content: bytes) -> None:
    done = pcapflow("analyze", captures.written(tmp_path, content))

    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["analyze"], "no capture is named. Try: a FILE, or - for standard input"),
        (["analyze", "missing.pcap"], "missing.pcap: no such file."),
        (["analyze", "."], ".: is a directory, not a capture. Try: ./*.pcap*."),
        (["analyze", "-", "a.pcap"], "standard input cannot be read together with other captures"),
        (["analyze", "--frmat", "json"], "no such option"),
        (["analyze", "a.pcap", "--format", "xml"], "'xml' is not one of"),
        (["analyze", "a.pcap", "--only", "close-wait"], "Try: close-wait-leak"),
        (["analyze", "a.pcap", "--time-wait", "-1"], "is not in the range"),
        (["analyze", "a.pcap", "--time-wait", "nan"], "that is no number"),
        (["analyze", "a.pcap", "--flow", "first"], "'first' names no connection"),
        (["analyze", "a.pcap", "--host", "example.org"], "names are never resolved"),
        (["analyse", "a.pcap"], "there is no command 'analyse'"),
        (["explain", "closed-wait"], "there is no finding 'closed-wait'. Try: close-wait-"),
        (["watch", "-i", "eth99"], "there is no interface 'eth99'. Try one of: lo"),
    ],
)
def test_wrong_usage_is_2_in_one_line(arguments: list[str], said: str) -> None:
    done = pcapflow(*arguments)

    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert done.err.startswith("pcapflow: ")
    assert done.err.count("\n") == 1


def test_a_capture_in_place_of_a_command_shows_the_way() -> None:
    done = pcapflow(sample("orderly"))

    assert done.code == 2
    assert done.err.endswith(f"Try: pcapflow analyze {sample('orderly')}\n")


def test_without_a_command_the_help_is_shown() -> None:
    done = pcapflow()

    assert (done.code, done.out) == (2, "")
    assert all(name in done.err for name in commands.COMMANDS)


def test_a_bug_is_one_line_and_a_traceback_for_those_who_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr("pcapflow.report.table.lines", broken)

    done = pcapflow("analyze", sample("orderly"))
    assert done.code == 2
    assert "this is a bug in pcapflow: ZeroDivisionError: division by zero." in done.err
    assert done.err.count("\n") == 1

    assert "Traceback" in pcapflow("analyze", "-v", sample("orderly")).err


def test_an_interrupt_is_130() -> None:
    with _reading_a_pipe() as running:
        running.send_signal(signal.SIGINT)
        assert running.wait(DEADLINE) == 130
        assert _of(running.stdout).read() == b""


def test_an_interrupted_pipe_that_ends_is_reported_to_its_end() -> None:
    """As in ``tcpdump -w - | pcapflow analyze -``, where Ctrl-C reaches both."""
    with _reading_a_pipe() as running:
        running.send_signal(signal.SIGINT)
        _of(running.stdin).write(captures.mixed())
        _of(running.stdin).close()
        assert b"3 TCP connections" in _of(running.stdout).read()
        assert running.wait(DEADLINE) == 0


@contextmanager
def _reading_a_pipe() -> Iterator[subprocess.Popen[bytes]]:
    """pcapflow when it waits for a capture on its standard input."""
    with subprocess.Popen(
        command("analyze", "-", "-v"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=REPOSITORY,
    ) as running:
        try:
            assert any(b"reading -" in line for line in _of(running.stderr))
            yield running
        finally:
            running.kill()


def _of(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def test_a_reader_that_goes_away_ends_it_silently() -> None:
    with subprocess.Popen(
        command("analyze", "-q", "--format", "json", sample("leaking_pool")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=REPOSITORY,
    ) as running:
        _of(running.stdout).close()
        assert _of(running.stderr).read() == b""
        assert running.wait(DEADLINE) == 0


def test_a_full_disk_is_2() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command("analyze", "-q", sample("orderly")),
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=REPOSITORY,
            timeout=DEADLINE,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"pcapflow: standard output cannot be written (No space left")
    assert done.stderr.count(b"\n") == 1


def test_the_module_is_the_command() -> None:
    done = process("--version")

    assert done.code == 0
    assert done.out.startswith("pcapflow 0.")
    assert done.out.endswith(("(engine compiled)\n", "(engine interpreted)\n"))


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        ("-i lo --force", "--force needs -w FILE"),
        ("-i lo --ring-size 3 --ring-files 2", "--ring-size and --ring-files need -w FILE"),
        ("-i lo -w -", "-w writes a FILE; standard output is for what is found"),
        ("- -s 96", "--snaplen needs -i IFACE: who writes to - captures"),
        ("-i lo --incident-level info", "--incident-level needs --save-incidents DIR"),
        ("-i lo --metrics-most 3", "--metrics-most needs --metrics [ADDRESS]:PORT"),
    ],
)
def test_what_would_have_no_effect_on_a_watch_is_refused(arguments: str, refused: str) -> None:
    done = pcapflow("watch", *arguments.split())
    assert (done.code, done.out, done.err) == (2, "", f"pcapflow: {refused}\n")
