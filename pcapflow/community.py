"""Community ID: the key that Zeek, Suricata and Elastic give a flow."""

from __future__ import annotations

from binascii import b2a_base64
from functools import lru_cache
from hashlib import sha1
from socket import AF_INET, AF_INET6, inet_pton
from struct import Struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcapflow.model import Endpoint

_PORTS = Struct(">BBHH")


def community_id(one: Endpoint, other: Endpoint) -> str:
    """Community ID v1, seed 0: https://github.com/corelight/community-id-spec."""
    return id_of(one.ip, one.port, other.ip, other.port)


def id_of(ip: str, port: int, other_ip: str, other_port: int) -> str:
    """The same of two addresses and ports."""
    first, second = (_packed(ip), port), (_packed(other_ip), other_port)
    (ip_a, port_a), (ip_b, port_b) = (first, second) if first < second else (second, first)
    octets = b"\0\0" + ip_a + ip_b + _PORTS.pack(6, 0, port_a, port_b)
    digest = sha1(octets, usedforsecurity=False).digest()
    return "1:" + b2a_base64(digest, newline=False).decode()


@lru_cache(maxsize=4096)
def _packed(ip: str) -> bytes:
    """An address in its octets; ValueError where it is none, as a name in a picture may be."""
    try:
        return inet_pton(AF_INET6 if ":" in ip else AF_INET, ip)
    except OSError:
        raise ValueError(f"{ip!r} is no address") from None
