"""Whether a watch asks the kernel who holds a socket, and of which network namespaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pcapflow.cli import messages
from pcapflow.errors import KernelError, MissingTool

if TYPE_CHECKING:
    from pcapflow.live.host import Host


@contextmanager
def asked(holders: bool | None, netns: Sequence[str]) -> Iterator[Host | None]:
    """Who may be asked; None where nobody wants to or, unless it was asked for, where nobody can.

    Within it the kernel's table has been read once: growth is counted from then on.
    """
    if holders is False and netns:
        messages.refuse("--netns says whose sockets are asked for, and --no-holders that none are")
    host = None if holders is False else _host(netns, insist=bool(holders or netns))
    try:
        yield host
    finally:
        if host is not None:
            host.close()


def _host(netns: Sequence[str], insist: bool) -> Host | None:
    from pcapflow.live.holders import Holders  # and numpy: only for those who ask
    from pcapflow.live.host import Host
    from pcapflow.live.kernel import Kernel

    try:
        kernel, holders = Kernel(netns), Holders()
        kernel.table()
    except (KernelError, MissingTool) as error:
        if insist:
            raise
        messages.note(f"no process will be named: {error}")
        return None
    return Host(kernel, holders, messages.note)
