"""A folder that evidence is written to: nobody else's to read, never half a file, bounded."""

from __future__ import annotations

import os
from contextlib import suppress

from pcapflow.errors import UsageError

_PART = ".part"


class FolderError(Exception):
    """A file could not be written; ``str()`` says why."""


class NoRoom(FolderError):
    """With this file the folder would hold more than it may."""


class Folder:
    """Holds at most ``most`` octets of files, those of earlier runs included.

    Captures are what users said to each other: the folder is made 0700 and its files 0600.
    A file appears whole under its name or not at all.  Raises UsageError where the folder cannot be
    made or written to.
    """

    def __init__(self, path: str, most: int) -> None:
        self.path = path
        self._most = most
        try:
            os.makedirs(path, mode=0o700, exist_ok=True)
            self._sweep()
            self._used = sum(entry.stat().st_size for entry in os.scandir(path) if entry.is_file())
            if not os.access(path, os.W_OK | os.X_OK):
                raise PermissionError(13, "Permission denied")
        except OSError as error:
            raise UsageError(f"{path} cannot be written to ({error.strerror})") from error

    @property
    def room(self) -> int:
        """Octets that may still be written."""
        return self._most - self._used

    def holds(self, name: str) -> bool:
        """Whether there is such a file."""
        return os.path.lexists(self.at(name))

    def at(self, name: str) -> str:
        """The path of a file."""
        return os.path.join(self.path, name)

    def write(self, name: str, octets: bytes, *, bounded: bool = True) -> None:
        """Write a new file, or put another in its place.

        Raises FolderError and leaves all as it was.  What is not ``bounded`` may take more room.
        """
        before = os.path.getsize(self.at(name)) if self.holds(name) else 0
        if bounded and len(octets) - before > self.room:
            raise NoRoom(f"{self.path} holds as much as it may")
        replace(self.at(name), octets)
        self._used += len(octets) - before

    def remove(self, name: str) -> None:
        """Take a file away again."""
        with suppress(OSError):
            size = os.path.getsize(self.at(name))
            os.unlink(self.at(name))
            self._used -= size

    def grew(self, name: str) -> bool:
        """Another process has written a file here; False, and it is gone, if that is too much."""
        with suppress(OSError):
            self._used += os.path.getsize(self.at(name))
        if self.room < 0:
            self.remove(name)
            return False
        return True

    def _sweep(self) -> None:
        """Remove what a run that was killed left half written."""
        for entry in os.scandir(self.path):
            if entry.name.startswith(".") and entry.name.endswith(_PART):
                os.unlink(entry.path)


def replace(path: str, octets: bytes) -> None:
    """Write a file under another name first, so that nobody ever sees half of it.  FolderError."""
    part = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}{_PART}")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "wb") as file:
            file.write(octets)
        os.replace(part, path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(part)
        raise FolderError(f"{path} cannot be written ({error.strerror})") from error
