"""The flight recorder: what a watch finds is saved with its packets from before and after."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from pcapflow.errors import UsageError
from pcapflow.live import evidence, held
from pcapflow.live import ring as rings
from pcapflow.live.folder import Folder, FolderError, NoRoom
from pcapflow.live.follower import Follower
from pcapflow.live.news import News
from pcapflow.live.pictures import Job, Painter
from pcapflow.live.ring import Packet, Ring
from pcapflow.model import RANKS, Connection, Finding, Severity
from pcapflow.report.records import record
from pcapflow.report.times import iso
from pcapflow.tcp.timers import SECOND, Settings
from pcapflow.values import Record

if TYPE_CHECKING:
    from pcapflow.live.watch import Watch

INDEX = "index.json"
MOST_OF_A_KIND = 3
_PENDING = 64  # that wait for packets to come
_KINDS = 1000  # that are told apart; of more only how many


class Kind(msgspec.Struct, frozen=True):
    """What is alike enough that nobody needs many: a finding, how bad, the shape, the service."""

    code: str
    severity: Literal["error", "warning", "info"]  # msgspec may not know the model's own (hints)
    service: str
    shape: str


_OTHERS = Kind("other", "info", "", "")


class _Unsaved(Kind, frozen=True):
    """Those that are only counted, in the index."""

    incidents: int


class _Index(msgspec.Struct, frozen=True):
    """The index of a folder."""

    incidents: list[Any]
    not_saved: list[_Unsaved]


class Terms(Record):
    """Which findings are saved: at or above ``level``, and ``after`` them so long (ns)."""

    level: Severity
    after: int


class _Incident:
    """A finding whose packets are still coming, until ``due``."""

    def __init__(self, kind: Kind, finding: Finding, news: News, due: int) -> None:
        self.kind = kind
        self.finding = finding
        self.news = news
        self.at = news.connection.capture_end
        self.due = due


class Incidents(Follower):
    """Saves findings to a folder, the first few of each kind; ``say`` tells the user, once each.

    A file can fail to be written at any time, and the watch goes on.
    """

    def __init__(
        self,
        ring: Ring,
        folder: Folder,
        terms: Terms,
        settings: Settings,
        say: Callable[[str], None],
    ) -> None:
        self._ring = ring
        self._folder = folder
        self._terms = terms
        self._settings = settings
        self._say = say
        self._said: set[str] = set()
        self._painter = Painter(lambda: folder.room, self._drawn)
        self._pending: dict[int, _Incident] = {}
        self._taken: Counter[Kind] = Counter()
        self._saved, self._unsaved = _earlier(folder)
        self.saved = self.unsaved = 0  # in this run
        self._stale = self._written = 0  # changes of the index, and when it was written

    def began(self, watch: Watch) -> None:
        """The watch that is asked how things stand when an incident is saved."""
        self._watch = watch

    def told(self, news: News) -> None:
        """Take the finding that leads, if it is bad enough and not yet one of many."""
        number = news.connection.id
        if number in self._pending:
            pending = self._pending[number]
            # Who held a socket when it was found tells more than that it is closed now.
            known = pending.news.held if any(pending.news.held) else news.held
            pending.news = news._replace(held=known)
            return
        finding = next((f for f in news.findings if self._wanted(f)), None)
        if finding is None:
            return
        connection = news.connection
        service = str(connection.server)
        kind = Kind(finding.code, finding.severity, service, connection.shape)
        if self._taken[kind] >= MOST_OF_A_KIND or len(self._pending) >= _PENDING:
            self._skip(kind)
            return
        if kind not in self._taken and len(self._taken) >= _KINDS:
            self._skip(_OTHERS)
            return
        self._taken[kind] += 1
        due = connection.capture_end + self._terms.after
        self._pending[number] = _Incident(kind, finding, news, due)

    def passed(self, now: int) -> None:
        """Save one whose packets have come: one at a time, so that the watch waits for none."""
        self._painter.look()
        due = next((n for n, incident in self._pending.items() if incident.due <= now), None)
        if due is not None:
            self._save(due)
        if self._stale and now - self._written >= SECOND:
            self._index(now)

    def end(self) -> None:
        """Save what is left, and wait for the pictures."""
        for number in list(self._pending):
            self._save(number)
        self._painter.end()
        self._index(0)

    def _wanted(self, finding: Finding) -> bool:
        return RANKS[finding.severity] <= RANKS[self._terms.level]

    def _skip(self, kind: Kind) -> None:
        """One that is only counted."""
        known = kind in self._unsaved or len(self._unsaved) < _KINDS
        self._unsaved[kind if known else _OTHERS] += 1
        self.unsaved += 1
        self._stale += 1

    def _save(self, number: int) -> None:
        incident = self._pending.pop(number)
        connection, signs = incident.news.connection, incident.news.signs
        now = self._watch.told(number)
        if now is not None:
            connection, signs = now[0], now[1].signs
        packets = list(self._ring.packets(self._watch.parts(number)))
        kept = evidence.chosen(packets)
        if not kept:
            self._say_once("none", "a finding's packets are forgotten already; see --remember")
            self._skip(incident.kind)
            return
        places = {packet.frame: place for place, packet in enumerate(kept, 1)}
        told = evidence.told_in(connection, places, signs)
        told = self._watch.losses.weakened(told)
        name = self._name(incident, number)
        try:
            self._write(name, incident, told, kept, sum(connection.packets) - len(kept))
        except FolderError as error:
            kind = "full" if isinstance(error, NoRoom) else "disk"
            self._say_once(kind, f"{error}; incidents are only counted from now on")
            self._skip(incident.kind)
            return
        capture, picture = self._folder.at(f"{name}.pcapng"), self._folder.at(f"{name}.png")
        self._painter.draw(capture, picture, Job(told, self._settings))

    def _write(
        self, name: str, incident: _Incident, told: Connection, kept: list[Packet], missing: int
    ) -> None:
        """The capture and the record beside it, or neither."""
        entry: dict[str, Any] = {
            "name": name,
            "at": iso(incident.at),
            **msgspec.to_builtins(incident.kind),
            "connection": told.id,
        }
        frames = [packet.frame for packet in kept]
        about = {
            "code": incident.finding.code,
            "severity": incident.finding.severity,
            "message": incident.finding.message,
            "at": iso(incident.at),
            "capture": f"{name}.pcapng",
            "picture": f"{name}.png",
            "missing": max(0, missing),
            "frames": frames,
        }
        words = (
            f"{incident.finding.code} ({incident.finding.severity}), told by pcapflow watch at "
            f"{iso(incident.at)} with its own frame numbers: {incident.finding.message}"
        )
        octets = rings.capture(kept, evidence.comments(told, kept), words)
        self._folder.write(f"{name}.pcapng", octets)
        try:
            whole = held.beside(record(told), incident.news.held) | {"incident": about}
            self._folder.write(f"{name}.json", msgspec.json.encode(whole) + b"\n")
        except FolderError:
            self._folder.remove(f"{name}.pcapng")
            raise
        self._saved.append(entry)
        self.saved += 1
        self._stale += 1

    def _drawn(self, picture: str, fault: str | None) -> None:
        name = picture.rpartition("/")[2]
        if fault is None and not self._folder.grew(name):
            fault = "there is no room for it"
        if fault is not None:
            self._say_once("picture", f"{picture} is not drawn: {fault}")

    def _name(self, incident: _Incident, number: int) -> str:
        """Sortable, and of nothing that was on the wire."""
        when = time.strftime("%Y%m%dT%H%M%S", time.gmtime(incident.at // SECOND))
        name = first = f"{when}-{incident.finding.code}-flow{number}"
        again = 1
        while self._folder.holds(f"{name}.pcapng"):
            again += 1
            name = f"{first}-{again}"
        return name

    def _index(self, now: int) -> None:
        """What is here and what is not, for people and programs."""
        counted = [
            msgspec.to_builtins(kind) | {"incidents": n} for kind, n in self._unsaved.most_common()
        ]
        told = {"schema": 1, "incidents": self._saved, "not_saved": counted}
        try:
            self._folder.write(INDEX, msgspec.json.format(msgspec.json.encode(told)), bounded=False)
        except FolderError as error:
            self._say_once("disk", f"{error}; incidents are only counted from now on")
        self._stale, self._written = 0, now

    def _say_once(self, what: str, words: str) -> None:
        if what not in self._said:
            self._said.add(what)
            self._say(words)


def _earlier(folder: Folder) -> tuple[list[Any], Counter[Kind]]:
    """What earlier runs saved there, and did not."""
    if not folder.holds(INDEX):
        return [], Counter()
    try:
        with open(folder.at(INDEX), "rb") as file:
            told = msgspec.json.decode(file.read(), type=_Index)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"{folder.at(INDEX)} is no index of incidents: {error}") from error
    return told.incidents, Counter(
        {Kind(e.code, e.severity, e.service, e.shape): e.incidents for e in told.not_saved}
    )
