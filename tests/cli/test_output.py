"""What goes where: standard output, files, terminals."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from pcapflow.cli import analysis, commands, entry
from pcapflow.cli.analysis import Request
from pcapflow.engine import FORM
from tests.cli import captures
from tests.cli.program import (
    DEADLINE,
    REPOSITORY,
    command,
    loaded_by,
    pcapflow,
    process,
    python,
    sample,
)


def test_results_go_to_the_file(tmp_path: Path) -> None:
    done = pcapflow("analyze", sample("leaking_pool"), "-o", tmp_path / "out.txt")

    assert (done.code, done.out) == (0, "")
    assert "close-wait-leak" in (tmp_path / "out.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["table", "json", "ndjson", "csv", "tsv", "zeek"])
def test_a_file_is_overwritten_only_by_force(tmp_path: Path, form: str) -> None:
    path = captures.written(tmp_path, b"precious", "out")
    arguments = ["analyze", sample("orderly"), "--format", form, "-o", str(path)]

    done = pcapflow(*arguments)
    assert (done.code, path.read_bytes()) == (2, b"precious")
    assert "exists. Try: --force to overwrite it" in done.err

    assert pcapflow(*arguments, "--force").code == 0
    assert path.read_bytes() not in (b"", b"precious")


def test_a_capture_is_never_overwritten_by_its_own_report(tmp_path: Path) -> None:
    path = captures.written(tmp_path, captures.mixed())

    assert pcapflow("analyze", path, "-o", path, "--force").code == 2
    assert path.read_bytes() == captures.mixed()


def test_where_nothing_can_be_written_nothing_is_read(tmp_path: Path) -> None:
    done = pcapflow("analyze", "missing.pcap", "-o", tmp_path / "missing" / "out")

    assert done.code == 2
    assert "there is no folder" in done.err


def test_a_device_is_no_file_to_be_overwritten() -> None:
    assert pcapflow("analyze", sample("orderly"), "-o", os.devnull).code == 0


def test_a_dash_is_standard_output() -> None:
    assert (
        "The one TCP connection is healthy" in pcapflow("analyze", sample("orderly"), "-o", "-").out
    )


def test_quiet_leaves_out_notes_and_keeps_errors(tmp_path: Path) -> None:
    assert pcapflow("analyze", "-q", captures.cut_short(tmp_path)).err == ""
    assert pcapflow("analyze", "-q", captures.damaged(tmp_path)).err != ""


def test_verbose_tells_what_was_read() -> None:
    assert "11 packets in" in pcapflow("analyze", "-v", sample("orderly")).err


def test_an_interpreted_engine_is_mentioned_once() -> None:
    arguments = command("analyze", sample("orderly"))
    told = {}
    for quiet in ([], ["-q"]):
        done = subprocess.run(
            [*arguments, *quiet],
            capture_output=True,
            env={**os.environ, "PCAPFLOW_PURE": "1"},
            cwd=REPOSITORY,
            timeout=DEADLINE,
            check=True,
        )
        told[bool(quiet)] = done.stderr.decode().count("the engine runs interpreted")
    assert told == {False: 1, True: 0}


def test_letters_that_the_locale_has_not_are_said_without() -> None:
    env = {"PYTHONIOENCODING": "ascii"}
    done = process("analyze", sample("write_to_closed_peer"), env=env)

    assert done.code == 0
    assert done.out.isascii()
    assert "error   data-after-close" in done.out


def test_the_columns_that_are_there_are_used() -> None:
    narrow = process("analyze", sample("leaking_pool"), env={"COLUMNS": "60"})
    wide = process("analyze", sample("leaking_pool"), env={"COLUMNS": "120"})

    assert len(narrow.out.splitlines()) > len(wide.out.splitlines())


def test_control_characters_of_names_never_reach_a_terminal(tmp_path: Path) -> None:
    name = "evil\x1b[2J\x07.pcap"
    path = captures.written(tmp_path, captures.mixed(), name)
    missing = tmp_path / f"no{name}"

    for done in (
        pcapflow("analyze", path),
        pcapflow("analyze", path, "--all"),
        pcapflow("analyze", missing),
        pcapflow("analyze", path, "--only", "\x1b[31m"),
        pcapflow("analyze", path, "--format", "\x1b[31m"),
        pcapflow("\x1b[31m"),
        pcapflow("diagram", path, "--flow", "\x1b[31m"),
    ):
        assert "\x1b" not in done.out + done.err
        assert "\x07" not in done.out + done.err


def test_a_terminal_gets_colours_and_progress_stays_away_from_short_work() -> None:
    out, err = on_terminal("analyze", sample("leaking_pool"))

    assert "\x1b[" in out
    assert "close-wait-leak" in out
    assert "\x1b[" not in err


@pytest.mark.parametrize("setting", ["NO_COLOR=1", "TERM=dumb"])
def test_a_terminal_gets_no_colours_where_nobody_wants_them(setting: str) -> None:
    name, _, value = setting.partition("=")
    out, _ = on_terminal("analyze", sample("leaking_pool"), env={name: value})

    assert "\x1b" not in out
    assert "close-wait-leak" in out


def test_explain_tells_one_and_lists_all() -> None:
    assert "lost-final-ack" in pcapflow("explain").out
    told = pcapflow("explain", "lost-final-ack").out
    assert told.startswith("lost-final-ack ")
    assert "How sure" in told


COMPILER = {"cython", "Cython", "cython_runtime"}
COSTLY = {
    *("asyncio", "base64", "bz2", "copy", "dataclasses", "difflib", "enum", "gettext"),
    *("hashlib", "ipaddress", "json", "locale", "logging", "lzma", "multiprocessing", "pathlib"),
    *("random", "re", "shutil", "signal", "socket", "ssl", "statistics", "subprocess"),
    *("tempfile", "threading", "traceback", "typing", "zlib"),
}
"""Parts of the standard library that take from half a millisecond to tens of them."""
OTHERS_NEED = {
    *("annotate", "capture.ahead", "capture.live", "capture.pipe", "capture.unpack"),
    *("cli.choosing", "cli.commands", "cli.diagram", "cli.flow", "cli.options"),
    *("cli.matches", "cli.moment", "cli.selection", "community", "draw", "live", "merging"),
    *("report.csv_", "report.json_", "report.records", "report.terminal", "report.zeek", "scene"),
    "tracer",
    *("findings.half_open", "findings.reset_abort", "findings.zero_window_stall"),
}
"""Our own modules that a table of one small IPv4 capture has no use for."""


def test_start_up_loads_nothing_that_a_table_does_not_need() -> None:
    loaded = loaded_by("analyze", sample("leaking_pool"))
    roots = {name.partition(".")[0] for name in loaded}
    ours = {name.removeprefix("pcapflow.") for name in loaded if name.startswith("pcapflow.")}

    foreign = {name for name in roots - sys.stdlib_module_names if not name.startswith("_cython_")}
    assert not foreign - COMPILER - {"pcapflow"}
    if FORM == "compiled":  # the interpreted engine brings Cython's own modules in
        assert not roots & COSTLY
    assert not ours & OTHERS_NEED


BEFORE_READING = {"contextlib", "functools", "msgspec", "inspect", "datetime", *COSTLY}
"""Costly ones that a report needs, and those that not even it does."""
OURS_BEFORE_READING = {
    *("__init__", "_version", "api", "capture", "cli", "engine", "errors", "fold", "hints"),
    *("inputs", "report", "report.letters", "tcp", "tcp.timers", "values"),
}
"""What is loaded before reading begins, beside parts of ``capture``, ``cli`` and ``engine``."""


def test_reading_begins_before_anything_is_loaded_that_only_the_report_needs() -> None:
    loaded = loaded_when_opened(sample("leaking_pool"))
    ours = {name.removeprefix("pcapflow.") for name in loaded if name.startswith("pcapflow.")}

    assert not ours & {"model", "findings", "judging", "tally", "shapes", "engine.decode"}
    others = {n for n in ours if n.partition(".")[0] not in ("capture", "cli", "engine")}
    interpreted = {"tcp.codes"} if FORM == "interpreted" else set()  # its layout names events
    assert others <= OURS_BEFORE_READING | interpreted
    assert {"engine.track", "engine.segments", "engine.pump"} <= ours
    if FORM == "compiled":  # the interpreted engine brings Cython's own modules in
        assert not loaded & BEFORE_READING


def loaded_when_opened(path: str) -> set[str]:
    """The modules that have been imported when ``analyze`` opens a capture."""
    program = (
        "import sys; before = set(sys.modules)\n"
        "def at(event, about):\n"
        f"    if event == 'open' and about[0] == {path!r}:\n"
        "        print('loaded:', *(set(sys.modules) - before), file=sys.stderr)\n"
        "sys.addaudithook(at)\n"
        f"import pcapflow.cli; pcapflow.cli.main(['analyze', {path!r}])"
    )
    (line,) = (told for told in python(program).err.splitlines() if told.startswith("loaded:"))
    return set(line.split())


def test_captures_alone_ask_for_what_click_makes_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Request] = []

    def ask(request: Request) -> int:
        asked.append(request)
        return 0

    monkeypatch.setattr(analysis, "run", ask)

    for run in (entry.run, commands.run):
        assert run(["analyze", "one.pcap", "-"]) == 0
    assert asked == [Request(("one.pcap", "-"))] * 2


@pytest.mark.parametrize("arguments", [("analyze", "one.pcap"), ("analyze", "-v", "one.pcap")])
def test_an_interrupt_ends_the_line_that_shows_it(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    def interrupted(request: Request) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(analysis, "run", interrupted)

    done = pcapflow(*arguments)
    assert (done.code, done.out, done.err) == (130, "", "\n")


def test_json_names_the_tool_and_digests_the_file() -> None:
    told = json.loads(pcapflow("analyze", sample("orderly"), "--format", "json").out)

    assert told["tool"]["name"] == "pcapflow"
    assert len(told["capture"]["sha256"][0]) == 64
    assert len(told["connections"]) == told["summary"]["connections"] == 1


def on_terminal(*arguments: str, env: dict[str, str] | None = None) -> tuple[str, str]:
    """What a terminal shows of standard output, and what of standard error."""
    out, err = pty.openpty(), pty.openpty()
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    # What is printed fits into the terminal's buffer: it is read only when all is over.
    done = subprocess.run(
        command(*arguments, "-q"),
        stdin=subprocess.DEVNULL,
        stdout=out[1],
        stderr=err[1],
        env={**clean, "TERM": "xterm-256color", **(env or {})},
        cwd=REPOSITORY,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 0
    return _shown(*out), _shown(*err)


def _shown(master: int, slave: int) -> str:
    os.set_blocking(master, False)
    try:
        return os.read(master, 1 << 16).decode()
    except BlockingIOError:
        return ""
    finally:
        os.close(slave)
        os.close(master)
