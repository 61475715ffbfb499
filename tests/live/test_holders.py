"""Which processes hold a socket, and the containers and units that they are in."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pcapflow.live.holders import Holders, cgroup, origin
from tests.cli.program import REPOSITORY
from tests.conftest import need_library, need_root

ID = "3f2a91c0b7d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e"
POD = "0f6c1a52-7a0f-4d0e-9d29-1f1c6a3c2b10"

# As /proc/PID/cgroup reads under these, with one id for all.
RECORDED = {
    "docker, version 2, systemd": f"0::/system.slice/docker-{ID}.scope\n",
    "docker, version 2, cgroupfs": f"0::/docker/{ID}\n",
    "docker, version 2, a service in it": f"0::/system.slice/docker-{ID}.scope/init.scope\n",
    "docker, seen from a sibling": f"0::/../docker-{ID}.scope\n",
    "docker, version 1": (
        f"12:pids:/docker/{ID}\n11:cpuset:/docker/{ID}\n"
        f"1:name=systemd:/docker/{ID}\n0::/system.slice/containerd.service\n"
    ),
    "podman, root": f"0::/machine.slice/libpod-{ID}.scope/container\n",
    "podman, a user's": (
        f"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope/container\n"
    ),
    "podman, version 1": (
        f"9:memory:/machine.slice/libpod-{ID}.scope\n"
        f"1:name=systemd:/machine.slice/libpod-{ID}.scope\n"
    ),
    "podman, cgroupfs": f"0::/libpod_parent/libpod-{ID}\n",
    "kubernetes, version 1, cgroupfs": (
        f"11:memory:/kubepods/burstable/pod{POD}/{ID}\n"
        f"1:name=systemd:/kubepods/burstable/pod{POD}/{ID}\n"
    ),
    "kubernetes, version 1, a controller apart": (
        f"4:cpu,cpuacct:/kubepods/besteffort/pod{POD}/{ID}\n3:freezer:/\n1:name=systemd:/\n"
    ),
    "kubernetes, version 2, containerd": (
        "0::/kubepods.slice/kubepods-burstable.slice/"
        f"kubepods-burstable-pod{POD.replace('-', '_')}.slice/cri-containerd-{ID}.scope\n"
    ),
    "kubernetes, version 2, CRI-O": (
        "0::/kubepods.slice/kubepods-besteffort.slice/"
        f"kubepods-besteffort-pod{POD.replace('-', '_')}.slice/crio-{ID}.scope/container\n"
    ),
    "kubernetes, version 1, containerd's own": (
        "1:name=systemd:/system.slice/containerd.service/"
        f"kubepods-burstable-pod{POD.replace('-', '_')}.slice:cri-containerd:{ID}\n"
    ),
}


@pytest.mark.parametrize("text", RECORDED.values(), ids=RECORDED)
def test_a_container_is_known_by_its_cgroup(text: str) -> None:
    assert origin(cgroup(text))[0] == ID


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("0::/system.slice/nginx.service\n", "nginx.service"),
        (
            "0::/system.slice/system-postgresql.slice/postgresql@15-main.service\n",
            "postgresql@15-main.service",
        ),
        (
            "0::/user.slice/user-1000.slice/user@1000.service/app.slice/worker.service\n",
            "worker.service",
        ),
        ("9:memory:/system.slice\n1:name=systemd:/system.slice/cron.service\n", "cron.service"),
        ("0::/user.slice/user-0.slice/session-3.scope\n", None),
        ("0::/\n", None),
        ("", None),
    ],
)
def test_what_is_in_no_container_may_be_a_unit_of_systemd(text: str, unit: str | None) -> None:
    assert origin(cgroup(text)) == (None, unit)


def test_a_containers_monitor_is_outside_of_it() -> None:
    text = f"0::/machine.slice/libpod-conmon-{ID}.scope\n"

    assert origin(cgroup(text))[0] is None


def test_lxc_names_its_containers() -> None:
    assert origin(cgroup("0::/lxc.payload.web/system.slice/nginx.service\n")) == (
        "web",
        "nginx.service",
    )
    assert origin(cgroup("3:cpu:/lxc/web\n0::/\n"))[0] == "web"


CHILD = """
import os, socket, sys
print("ready", flush=True)
sys.stdin.readline()
"""


@contextmanager
def sharing(*shared: socket.socket) -> Iterator[subprocess.Popen[str]]:
    """Another process with descriptors of these sockets."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, "a\x1b[31mword"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=[each.fileno() for each in shared],
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            yield child
        finally:
            child.kill()


def inode(of: socket.socket) -> int:
    return os.fstat(of.fileno()).st_ino


def test_all_processes_that_hold_a_socket_are_named() -> None:
    need_library("psutil")
    held = Holders()
    with socket.socket() as mine, socket.socket() as shared, sharing(shared) as child:
        held.scan()

        assert [each.process.pid for each in held.of(inode(mine))] == [os.getpid()]
        both = held.of(inode(shared))
        assert {each.process.pid for each in both} == {os.getpid(), child.pid}
        other = next(each.process for each in both if each.process.pid == child.pid)
        assert other.name == Path(f"/proc/{child.pid}/comm").read_text().rstrip("\n")
        assert other.command.endswith("a\x1b[31mword")
        assert held.holds(child.pid, inode(shared))
        assert not held.holds(child.pid, inode(mine))


ASKING = """
import os, sys
from pcapflow.live.holders import Holders
held = Holders()
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)  # nobody
held.scan()
print(held.hidden, held.of(int(sys.argv[1])))
"""


def test_another_user_sees_that_there_is_something_hidden() -> None:
    need_library("psutil")
    need_root()
    with socket.socket() as mine:
        told = subprocess.run(
            [sys.executable, "-c", ASKING, str(inode(mine))],
            capture_output=True,
            text=True,
            check=True,
            cwd=REPOSITORY,
        )

    assert told.stdout == "True ()\n"


def test_a_dup_is_counted() -> None:
    need_library("psutil")
    held = Holders()
    with socket.socket() as one, one.dup():
        held.scan()

        assert [(each.process.pid, each.fds) for each in held.of(inode(one))] == [(os.getpid(), 2)]


def test_a_process_that_has_ended_holds_nothing() -> None:
    need_library("psutil")
    held = Holders()
    with socket.socket() as shared:
        with sharing(shared) as child:
            held.scan()
            assert held.holds(child.pid, inode(shared))
        # It had ended before anybody asked for its name: it is not there any more.
        assert [each.process.pid for each in held.of(inode(shared))] == [os.getpid()]
        held.scan()
        assert not held.holds(child.pid, inode(shared))
