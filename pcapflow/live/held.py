"""A socket of this host as its kernel has it, who holds it, and how that is told."""

from __future__ import annotations

from typing import Any, TypeAlias

from pcapflow.findings.words import listing, number, plural
from pcapflow.live.holders import Holder
from pcapflow.model import State
from pcapflow.report.records import Json, pair, valid
from pcapflow.report.times import iso
from pcapflow.values import Record


class Held(Record):
    """A socket of this host as it was ``at`` (ns): the kernel's state, and who holds it.

    ``state`` is CLOSED, and ``inode`` 0, where the socket that was there is gone.  ``inode`` is 0
    too where no process holds it any more.  ``hidden``: there are processes that we may not look
    into.  ``sockets`` are those in this state that the first holder has for the same service, and
    ``per_minute`` how fast they become more (None: not known, or they do not).
    """

    state: State
    inode: int
    uid: int | None
    at: int
    holders: tuple[Holder, ...] = ()
    hidden: bool = False
    sockets: int = 0
    per_minute: float | None = None


Pair: TypeAlias = tuple[Held | None, Held | None]
"""A client's and a server's; None where the end is not of this host."""


def sentence(held: Held) -> str:
    """``held by java (pid 4711), 412 sockets in CLOSE_WAIT, growing 30 a minute``, or why not."""
    if not held.inode:
        return "held by no process any more"
    if not held.holders:
        if held.hidden:
            return "held by a process of another user (run with sudo to see which)"
        return "held by no process that can be seen from here"
    words = [f"held by {listing([str(each.process) for each in held.holders])}"]
    words.append(f"{plural(held.sockets, 'socket')} in {held.state}")
    if held.per_minute is not None:
        rate = round(held.per_minute)
        words.append(f"growing {number(rate)} a minute" if rate >= 1 else "growing slowly")
    told = ", ".join(words)
    if len(held.holders) > 1:
        told += "; it stays open until all of them have closed it"
    return told


def beside(told: Json, held: Pair) -> Json:
    """A record, with ``kernel``: what is known of both ends, if anything is of one."""
    if not any(held):
        return told
    return told | {"kernel": pair([None if each is None else _record(each) for each in held])}


def _record(held: Held) -> dict[str, Any]:
    told: dict[str, Any] = {"state": held.state, "at": iso(held.at), "inode": held.inode}
    if held.uid is not None:
        told["uid"] = held.uid
    told["holders"] = [_holder(each) for each in held.holders]
    if held.holders:
        rate = None if held.per_minute is None else round(held.per_minute, 1)
        told |= {"sockets": held.sockets, "per_minute": rate}
    if held.hidden:
        told["hidden"] = True
    return told


def _holder(holder: Holder) -> dict[str, Any]:
    process = holder.process
    told: dict[str, Any] = {
        "pid": process.pid,
        "name": valid(process.name),
        "command": valid(process.command),
        "user": valid(process.user),
        "started": iso(process.started),
        "fds": holder.fds,
        "cgroup": process.cgroup,
    }
    if process.container is not None:
        told["container"] = process.container
    if process.unit is not None:
        told["unit"] = process.unit
    return told
