"""What can go wrong outside of pcapflow, and the exit code that each thing ends with.

``str()`` of each error is one line for a person: what was wrong, where, and what to try.  The
command line prints it behind ``pcapflow: `` and shows no traceback.
"""

from __future__ import annotations


class PcapflowError(Exception):
    """Base of all errors that are the input's or the machine's, not a fault in pcapflow."""

    exit_code = 2

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback, which would tell nothing more."""
        return [f"pcapflow: {self}"]


class UsageError(PcapflowError):
    """The request itself makes no sense: options that exclude each other, an unknown flow ..."""


class CaptureError(PcapflowError):
    """A capture that cannot be opened or read on.

    ``what`` completes the sentence: behind ``packet N`` where ``frame`` (from 1) is given, behind
    the file's name where not.  ``offset`` is in octets of the file, ``limit`` the largest value
    that would have been believed.  Naming a frame says that the packets before it were analysed.
    """

    def __init__(
        self,
        file: str,
        what: str,
        *,
        frame: int | None = None,
        offset: int | None = None,
        limit: int | None = None,
        advice: str | None = None,
    ) -> None:
        super().__init__(file, what)
        self.file = file
        self.what = what
        self.frame = frame
        self.offset = offset
        self.limit = limit
        self.advice = advice

    def __str__(self) -> str:
        line = f"{self.file}: "
        if self.frame is not None:
            line += f"packet {self.frame:,} "
        line += self.what
        if self.offset is not None:
            line += f" at offset {self.offset:,}"
        if self.limit is not None:
            line += f" (limit {self.limit:,})"
        if self.frame is not None:
            line += f"; the file is damaged there; {_analysed(self.frame - 1)}"
        line += "."
        if self.advice is not None:
            line += f" Try: {self.advice}."
        return line


class RightsError(PcapflowError):
    """A live interface may not be captured from; ``fix`` is the sentence that says how it may."""

    def __init__(self, interface: str, fix: str) -> None:
        super().__init__(interface, fix)
        self.interface = interface
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.interface}: capturing needs rights. {self.fix}"


class KernelError(PcapflowError):
    """The kernel cannot be asked for its sockets."""


class MissingTool(PcapflowError):
    """Another program is needed and not installed; ``fix`` is the command that installs it."""

    def __init__(self, tool: str, needed_for: str, fix: str) -> None:
        super().__init__(tool, needed_for, fix)
        self.tool = tool
        self.needed_for = needed_for
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.needed_for} needs {self.tool}, which is not installed. Try: {self.fix}"


def _analysed(packets: int) -> str:
    if packets == 0:
        return "no packet was before it"
    if packets == 1:
        return "the packet before it was analysed"
    return f"{packets:,} packets before it were analysed"
