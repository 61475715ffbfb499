"""Which processes hold a socket: all of them, since a fork or a dup keeps it open."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from pcapflow.errors import MissingTool
from pcapflow.tcp.timers import SECOND
from pcapflow.values import Record

_LINK = re.compile(r"socket:\[(\d+)\]")  # proc_pid_fd(5)

# The runtimes name a container's cgroup by its id, 64 hexadecimal digits, bare or in a scope:
# docker-ID.scope, libpod-ID.scope, crio-ID.scope, cri-containerd-ID.scope, ...:cri-containerd:ID.
# A scope libpod-conmon-ID or crio-conmon-ID is that of the container's monitor outside of it.
_CONTAINER = re.compile(r"(?<!conmon-)(?<![0-9a-f])([0-9a-f]{64})(?:\.scope)?(?=/|$)")
_NAMED = re.compile(r"/lxc(?:\.payload\.|/)([^/]+)")  # LXC and Incus name them
_UNIT = re.compile(r"/([^/]+\.service)(?=/|$)")


class Process(Record):
    """A process as ``/proc`` shows it; ``started`` is in ns, ``command`` its words with blanks.

    Its own words: they may hold anything.
    """

    pid: int
    name: str
    command: str
    user: str
    started: int
    cgroup: str
    container: str | None
    unit: str | None

    @property
    def where(self) -> str:
        """``pid 4711``, with the container or systemd's unit that it is in."""
        if self.container is not None:
            return f"pid {self.pid}, container {self.container[:12]}"
        return f"pid {self.pid}, {self.unit}" if self.unit else f"pid {self.pid}"

    def __str__(self) -> str:
        return f"{self.name} ({self.where})"


class Holder(Record):
    """A process that holds a socket, by so many descriptors."""

    process: Process
    fds: int


class Holders:
    """One scan of the descriptors of all processes, until it is renewed."""

    def __init__(self) -> None:
        try:
            import psutil  # noqa: F401
        except ImportError:
            raise MissingTool("psutil", "naming processes", "pip install pcapflow[live]") from None
        self._held: dict[int, dict[int, int]] = {}
        self._processes: dict[int, Process | None] = {}
        self.hidden = False
        """Whether there were processes whose descriptors we may not see."""

    def scan(self) -> None:
        """Look at the descriptors of all processes."""
        self._held, self._processes, self.hidden = {}, {}, False
        for name in os.listdir("/proc"):
            if name.isdigit():
                pid = int(name)
                for inode in self._sockets(pid):
                    fds = self._held.setdefault(inode, {})
                    fds[pid] = fds.get(pid, 0) + 1

    def of(self, inode: int) -> tuple[Holder, ...]:
        """Who holds a socket, by pid."""
        found = self._held.get(inode, {})
        holders = [(self._process(pid), fds) for pid, fds in sorted(found.items())]
        return tuple(Holder(process, fds) for process, fds in holders if process is not None)

    def holds(self, pid: int, inode: int) -> bool:
        """Whether that process does."""
        return pid in self._held.get(inode, ())

    def _sockets(self, pid: int) -> Iterator[int]:
        """The inodes of a process's sockets, once a descriptor; nothing of one that has ended."""
        try:
            folder = os.open(f"/proc/{pid}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except PermissionError:
            self.hidden = True
            return
        except OSError:
            return
        try:
            for name in os.listdir(folder):
                try:
                    link = _LINK.fullmatch(os.readlink(name, dir_fd=folder))
                except OSError:
                    continue  # closed meanwhile
                if link is not None:
                    yield int(link[1])
        except PermissionError:  # it may be opened, but not read
            self.hidden = True
        except OSError:
            return  # it has ended
        finally:
            os.close(folder)

    def _process(self, pid: int) -> Process | None:
        if pid not in self._processes:
            self._processes[pid] = _process(pid)
        return self._processes[pid]


def _process(pid: int) -> Process | None:
    """What is known of a process; None where it has ended."""
    import psutil

    try:
        found = psutil.Process(pid)
        with found.oneshot():
            path = _cgroup(pid)
            inside, unit = origin(path)
            return Process(
                pid=pid,
                name=found.name(),
                command=" ".join(found.cmdline()),
                user=found.username(),
                started=round(found.create_time() * SECOND),
                cgroup=path,
                container=inside,
                unit=unit,
            )
    except psutil.Error:
        return None


def _cgroup(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/cgroup", encoding="utf-8", errors="backslashreplace") as lines:
            return cgroup(lines.read())
    except OSError:
        return ""


def cgroup(text: str) -> str:
    """The path that tells most, of the lines of ``/proc/PID/cgroup``: version 2 has one line.

    Of version 1's, one for each controller, a container is that of any; systemd's own comes next.
    """
    paths = {}
    for line in text.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        paths[controllers] = path
    inside = [path for path in paths.values() if origin(path)[0] is not None]
    if inside:
        return inside[0]
    unified = paths.get("", "/")
    return unified if unified != "/" else paths.get("name=systemd", unified)


def origin(path: str) -> tuple[str | None, str | None]:
    """The container's id (or name) and systemd's unit that a cgroup's path shows."""
    found = _CONTAINER.search(path) or _NAMED.search(path)
    units = _UNIT.findall(path)
    return found[1] if found else None, units[-1] if units else None
