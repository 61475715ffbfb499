"""The interfaces of this host: what there is to capture from."""

from __future__ import annotations

import fcntl
import ipaddress
import os
import socket
import struct
from typing import NamedTuple

from pcapflow.capture.packets import ANY
from pcapflow.errors import UsageError

# From <linux/sockios.h>, <linux/if.h>, <linux/rtnetlink.h> and <linux/if_addr.h>.
_SIOCGIFFLAGS = 0x8913
_IFF_UP, _IFF_RUNNING = 0x1, 0x40
_NLM_DUMP = 0x301  # a request, of all of them
_RTM_NEWADDR, _RTM_GETADDR = 20, 22
_IFA_ADDRESS, _IFA_LOCAL = 1, 2


class Interface(NamedTuple):
    """One of them: ``state`` is ``up``, ``no carrier`` or ``down``."""

    name: str
    state: str
    addresses: tuple[str, ...]


def interfaces() -> list[Interface]:
    """All of this network namespace, as the kernel counts them."""
    addresses = _addresses()
    return [
        Interface(name, _state(name), tuple(addresses.get(number, ())))
        for number, name in socket.if_nameindex()
    ]


def names() -> list[str]:
    """The names that can be watched."""
    return [*(name for _, name in socket.if_nameindex()), ANY]


def check(wanted: str) -> None:
    """UsageError where there is no such interface."""
    known = names()
    if wanted not in known:
        raise UsageError(f"there is no interface {wanted!r}. Try one of: {', '.join(known)}")


def is_up(name: str) -> bool:
    """Whether it is there and up."""
    return _state(name) != "down"


def _state(name: str) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            told = fcntl.ioctl(asking, _SIOCGIFFLAGS, struct.pack("16sH14x", os.fsencode(name), 0))
        except OSError:
            return "down"  # gone
    flags = struct.unpack("16xH14x", told)[0]
    if not flags & _IFF_UP:
        return "down"
    return "up" if flags & _IFF_RUNNING else "no carrier"


def _addresses() -> dict[int, list[str]]:
    """Those of each interface by its number, asked by rtnetlink(7)."""
    found: dict[int, list[str]] = {}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as asking:
        asking.send(struct.pack("=IHHIIB7x", 24, _RTM_GETADDR, _NLM_DUMP, 1, 0, socket.AF_UNSPEC))
        while True:
            told, at = asking.recv(1 << 16), 0
            while at < len(told):
                length, kind = struct.unpack_from("=IH", told, at)
                if kind != _RTM_NEWADDR:
                    return found  # NLMSG_DONE, or an error
                number = struct.unpack_from("=I", told, at + 20)[0]
                found.setdefault(number, []).append(_address(told[at + 24 : at + length]))
                at += (length + 3) & ~3


def _address(attributes: bytes) -> str:
    """The address among an answer's attributes: of a point-to-point link the near end's."""
    values: dict[int, bytes] = {}
    while len(attributes) >= 4:
        length, kind = struct.unpack_from("=HH", attributes)
        values[kind] = attributes[4:length]
        attributes = attributes[max(4, (length + 3) & ~3) :]
    return str(ipaddress.ip_address(values.get(_IFA_LOCAL) or values[_IFA_ADDRESS]))
