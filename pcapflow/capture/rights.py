"""Who may capture from raw sockets on Linux, and the exact command that allows it."""

from __future__ import annotations

import grp
import os
import shlex
import shutil
import socket
import sys


def may_capture() -> bool:
    """Whether this process may open a raw packet socket (CAP_NET_RAW, see packet(7))."""
    if not hasattr(socket, "AF_PACKET"):
        return False
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        return False
    return True


def way_to_capture(interface: str) -> str:
    """One sentence: what to type so that this interface may be captured from."""
    again = f"sudo {shlex.quote(sys.executable)} -m pcapflow watch -i {shlex.quote(interface)}"
    fix = once()
    return f"Either run: {again}" + (f" or, once: {fix}" if fix else "")


def once() -> str | None:
    """The command after which capturing needs no more rights: dumpcap's, or the interpreter's."""
    return _dumpcap() or grant()


def _dumpcap() -> str | None:
    """How dumpcap, the smaller program to trust, gets the right; None where it is not installed.

    Debian's package gives it to a group, once wireshark-common is configured so.
    """
    path = shutil.which("dumpcap")
    if path is not None:
        return f"sudo setcap cap_net_raw,cap_net_admin=eip {shlex.quote(path)}"
    path = shutil.which("dumpcap", mode=os.F_OK)
    if path is None:
        return None
    group = grp.getgrgid(os.stat(path).st_gid).gr_name
    return f"sudo usermod -aG {shlex.quote(group)} $USER, and log in again"


def grant() -> str | None:
    """The command that gives the right to this virtual environment's interpreter alone.

    A file's capabilities are the file's: where the interpreter is a link to the system's, whose
    users would all get the right, it becomes a copy first.  None outside of a virtual environment.
    """
    if sys.prefix == sys.base_prefix:
        return None
    place = _inside(sys.executable, sys.prefix)
    target = shlex.quote(place)
    give = f"sudo setcap cap_net_raw=eip {target}"
    if not os.path.islink(place):
        return give
    original = shlex.quote(os.path.realpath(place))
    return f"sudo cp --remove-destination {original} {target} && {give}"


def _inside(path: str, folder: str) -> str:
    """Follow links as long as they stay in ``folder``: the last of them."""
    while os.path.islink(path):
        target = os.path.join(os.path.dirname(path), os.readlink(path))
        if os.path.commonpath(
            [os.path.abspath(target), os.path.abspath(folder)]
        ) != os.path.abspath(folder):
            break
        path = target
    return path
