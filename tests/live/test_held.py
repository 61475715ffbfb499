"""Who holds a socket, as ``pcapflow watch`` tells it of real sockets, and in words."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pcapflow.cli.holders import asked
from pcapflow.errors import MissingTool
from pcapflow.live.held import Held, sentence
from pcapflow.live.holders import Holder, Process
from pcapflow.values import replace
from tests.cli.program import DEADLINE, REPOSITORY, command
from tests.conftest import need_library
from tests.live.network import Cable, say
from tests.live.test_live import watching


@pytest.fixture
def hosts(libraries: None, hosts: Cable) -> Cable:
    return hosts


@contextmanager
def forked(*shared: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    """A child that inherits the sockets, as after a fork(), and never closes them."""
    child = subprocess.Popen(["sleep", "600"], pass_fds=[each.fileno() for each in shared])
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def test_every_process_that_holds_a_leak_is_named(hosts: Cable) -> None:
    """The client has called close(), but a child has the socket too: CLOSE_WAIT stays."""
    with watching(hosts, "--format", "ndjson", "--close-wait-after", "2", "--holders") as watch:
        both, closed = hosts.connect()
        alone, shut = hosts.connect()
        ports = both.getsockname()[1], alone.getsockname()[1]
        inodes = [os.fstat(each.fileno()).st_ino for each in (both, alone)]
        with forked(both) as mine, forked(alone) as child:
            alone.close()
            closed.close()
            shut.close()
            told = watch.record(ports[0], "close-wait-leak")["kernel"]
            assert told["server"] is None  # its kernel is another one
            assert (told["client"]["state"], told["client"]["inode"]) == ("CLOSE_WAIT", inodes[0])
            pids = {each["pid"]: each["name"] for each in told["client"]["holders"]}
            assert set(pids) == {os.getpid(), mine.pid}
            assert pids[mine.pid] == "sleep"
            told = watch.record(ports[1], "close-wait-leak")["kernel"]["client"]
            (holder,) = told["holders"]
            assert (holder["pid"], holder["fds"], holder["command"]) == (child.pid, 1, "sleep 600")
            assert (told["state"], told["inode"], told["sockets"]) == ("CLOSE_WAIT", inodes[1], 1)
        watch.stop()


def test_who_holds_it_is_told_as_text(hosts: Cable) -> None:
    with watching(hosts, "--plain", "--close-wait-after", "2") as watch:
        for _ in range(3):
            held, closed = hosts.connect()
            say(held, closed)
            closed.close()

        assert "close-wait-leak" in watch.line("close-wait-leak")
        line = watch.line("held by ")
        assert f"(pid {os.getpid()}" in line
        assert "3 sockets in CLOSE_WAIT" in line + watch.out.readline()
        watch.stop()


def test_both_ends_may_be_of_this_host(hosts: Cable) -> None:
    with watching(hosts, "--format", "ndjson", "--close-wait-after", "2", interface="lo") as watch:
        with hosts.client.entered(), socket.create_server(("127.0.0.1", 0)) as listener:
            client = socket.create_connection(listener.getsockname(), timeout=DEADLINE)
            server, _ = listener.accept()
        say(client, server)
        with client, server:
            server.shutdown(socket.SHUT_WR)
            port = client.getsockname()[1]
            told = watch.record(port, "close-wait-leak")["kernel"]

            assert told["client"]["state"] == "CLOSE_WAIT"
            assert told["server"]["state"] == "FIN_WAIT_2"
            for end, held in (("client", client), ("server", server)):
                assert told[end]["inode"] == os.fstat(held.fileno()).st_ino
                assert [each["pid"] for each in told[end]["holders"]] == [os.getpid()]
        watch.stop()


def test_nobody_is_named_where_nobody_is_asked_for(hosts: Cable) -> None:
    with watching(hosts, "--format", "ndjson", "--close-wait-after", "2", "--no-holders") as watch:
        held, closed = hosts.connect()
        port = held.getsockname()[1]
        closed.close()

        assert "kernel" not in watch.record(port, "close-wait-leak")
        watch.stop()


def test_sockets_of_another_namespace(hosts: Cable) -> None:
    """Watched at the client; the kernel of the server's namespace is asked."""
    with watching(
        hosts, "--format", "ndjson", "--close-wait-after", "2", "--netns", hosts.server.path
    ) as watch:
        closed, held = hosts.connect()
        port = closed.getsockname()[1]
        closed.close()
        told = watch.record(port, "close-wait-leak")["kernel"]

        assert told["client"] is None
        assert told["server"]["inode"] == os.fstat(held.fileno()).st_ino
        watch.stop()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--netns", "nowhere"], "/run/netns/nowhere is no network namespace"),
        (["--no-holders", "--netns", "1"], "--netns says whose sockets are asked for"),
    ],
)
def test_what_cannot_be_asked(hosts: Cable, arguments: list[str], told: str) -> None:
    with hosts.client.entered():
        done = subprocess.run(
            command("watch", "-i", "eth0", *arguments),
            capture_output=True,
            text=True,
            cwd=REPOSITORY,
            timeout=DEADLINE,
        )

    assert (done.returncode, done.stdout) == (2, "")
    assert f"pcapflow: {told}" in done.stderr


@pytest.mark.parametrize("missing", ["psutil", "pyroute2"])
def test_without_the_libraries_nobody_is_named(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("psutil", "pyroute2"):
        need_library(name)
    monkeypatch.setitem(sys.modules, missing, None)

    with asked(None, ()) as host:
        assert host is None
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("pcapflow: no process will be named: ")
    assert line.endswith(
        f"needs {missing}, which is not installed. Try: pip install pcapflow[live]"
    )
    with pytest.raises(MissingTool), asked(True, ()):
        pass
    with asked(False, ()) as host:
        assert host is None


def test_the_words_for_who_holds_a_socket() -> None:
    held = Held("CLOSE_WAIT", 77, 0, 0, (Holder(process(4711), 1),), False, 412, 29.7)

    assert sentence(held) == (
        "held by java (pid 4711), 412 sockets in CLOSE_WAIT, growing 30 a minute"
    )
    forked = replace(
        held, holders=(*held.holders, Holder(process(4712, container="3f2a91c0b7d4" + "e" * 52), 1))
    )
    assert sentence(forked) == (
        "held by java (pid 4711) and java (pid 4712, container 3f2a91c0b7d4), 412 sockets in "
        "CLOSE_WAIT, growing 30 a minute; it stays open until all of them have closed it"
    )
    hidden = Held("CLOSE_WAIT", 77, 1000, 0, hidden=True)
    assert sentence(hidden) == ("held by a process of another user (run with sudo to see which)")
    assert sentence(replace(hidden, inode=0)) == "held by no process any more"
    assert sentence(replace(hidden, hidden=False)) == (
        "held by no process that can be seen from here"
    )


def process(pid: int, container: str | None = None) -> Process:
    return Process(pid, "java", "java -jar pool.jar", "app", 0, "/", container, None)
