"""The exact command that lets a user capture."""

from __future__ import annotations

import grp
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pcapflow.capture import rights
from tests.cli.program import DEADLINE, INTERPRETED, REPOSITORY, command
from tests.conftest import need_root, need_tool


@pytest.fixture
def no_dumpcap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, mode=0: None)


def test_where_dumpcap_is_installed_it_gets_the_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dumpcap = tmp_path / "dumpcap"
    dumpcap.touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert rights.once() == f"sudo setcap cap_net_raw,cap_net_admin=eip {dumpcap}"


def test_where_dumpcap_is_a_groups_the_user_joins_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As wireshark-common lays it out: root:wireshark, and nobody else may run it."""
    dumpcap = tmp_path / "dumpcap"
    dumpcap.touch(0o640)
    monkeypatch.setenv("PATH", str(tmp_path))

    group = grp.getgrgid(os.stat(dumpcap).st_gid).gr_name
    assert rights.once() == f"sudo usermod -aG {group} $USER, and log in again"


@pytest.mark.usefixtures("no_dumpcap")
def test_a_linked_interpreter_is_copied_before_it_gets_the_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As venv lays them out: python3.11 → python3 → the system's."""
    system = tmp_path / "usr" / "python3.11"
    bin_ = tmp_path / "my venv" / "bin"
    for folder in (system.parent, bin_):
        folder.mkdir(parents=True)
    system.touch()
    (bin_ / "python3").symlink_to(system)
    (bin_ / "python").symlink_to("python3")
    monkeypatch.setattr(sys, "prefix", str(bin_.parent))
    monkeypatch.setattr(sys, "executable", str(bin_ / "python"))

    assert rights.grant() == (
        f"sudo cp --remove-destination {system} '{bin_}/python3' && "
        f"sudo setcap cap_net_raw=eip '{bin_}/python3'"
    )
    assert rights.way_to_capture("eth0").startswith(
        f"Either run: sudo '{bin_}/python' -m pcapflow watch -i eth0 or, once: sudo cp "
    )


def test_a_copied_interpreter_only_gets_the_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python").touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    assert rights.grant() == f"sudo setcap cap_net_raw=eip {tmp_path}/python"


@pytest.mark.usefixtures("no_dumpcap")
def test_the_systems_interpreter_never_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)

    assert rights.grant() is None
    assert "setcap" not in rights.way_to_capture("eth0")


@pytest.mark.parametrize("feeder", ["auto", "dumpcap", "tcpdump", "sockets"])
def test_without_the_right_watching_says_how_to_get_it(feeder: str) -> None:
    need_root()
    setpriv = need_tool("setpriv")
    if feeder in ("dumpcap", "tcpdump"):
        need_tool(feeder)
    watch = command("watch", "-i", "lo", "--feeder", feeder)
    done = subprocess.run(
        [setpriv, "--bounding-set=-all", "--inh-caps=-all", *watch],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=DEADLINE,
        check=False,
    )
    (line,) = (line for line in done.stderr.splitlines() if INTERPRETED not in line)

    assert (done.returncode, done.stdout) == (2, "")
    assert line.startswith("pcapflow: lo: capturing needs rights. Either run: sudo ")
    assert "sudo setcap cap_net_raw" in line or sys.prefix == sys.base_prefix
