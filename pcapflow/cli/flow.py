"""What ``--flow`` names: an id, a community id, or the two ends."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TypeAlias

from pcapflow.cli.messages import refuse
from pcapflow.engine import traffic
from pcapflow.model import Connection, Endpoint
from pcapflow.values import Record

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_FORMS = "an id (7), a community id (1:...=), or client:port-server:port"


class Flow(Record):
    """One connection or, where addresses and ports were used again, several.

    Exactly one of the fields is set; ``ends`` may be given in either order.
    """

    id: int | None = None
    community_id: str | None = None
    ends: frozenset[Endpoint] | None = None

    def names(self, connection: Connection) -> bool:
        """Whether this connection is meant."""
        if self.id is not None:
            return connection.id == self.id
        if self.community_id is not None:
            return connection.community_id == self.community_id
        return self.ends == frozenset({connection.client, connection.server})


def flow(text: str) -> Flow:
    """Read what the user typed; UsageError where it is none of the forms."""
    if text.isascii() and text.isdigit():
        return Flow(id=int(text))
    if text.startswith("1:") and text.endswith("="):
        return Flow(community_id=text)
    one, dash, other = text.partition("-")
    if not dash:
        refuse(f"{text!r} names no connection. Try: {_FORMS}")
    return Flow(ends=frozenset({endpoint(one), endpoint(other)}))


def endpoint(text: str, forms: str = _FORMS) -> Endpoint:
    """``10.0.0.5:80`` or ``[2001:db8::5]:80``."""
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        refuse(f"{text!r} is no address with a port. Try: {forms}")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    return Endpoint(address(bare), int(port))


class Service(Record):
    """A server's address and port, or only one of the two."""

    ip: str | None
    port: int | None

    def is_of(self, server: Endpoint) -> bool:
        """Whether that server is meant."""
        return self.ip in (None, server.ip) and self.port in (None, server.port)


def service(text: str) -> Service:
    """``10.0.0.9:8080``, ``[2001:db8::9]:443``, an address alone, or ``:8080``."""
    if text.startswith(":") and text[1:].isascii() and text[1:].isdigit():
        return Service(None, endpoint(f"0.0.0.0{text}").port)
    if text.count(":") == 1 or "]:" in text:
        known = endpoint(text, "10.0.0.9:8080, [2001:db8::9]:443, an address, or :8080")
        return Service(known.ip, known.port)
    return Service(address(text.removeprefix("[").removesuffix("]")), None)


def network(text: str) -> Network:
    """An IP address, or a network in CIDR form, whatever host it names there."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        refuse(f"{text!r} is no IP address or network; names are never resolved")


def within(networks: Iterable[Network], ip: str) -> bool:
    """Whether an address is of one of the networks."""
    found = ipaddress.ip_address(ip)
    return any(found in each for each in networks)


def address(text: str) -> str:
    """An IP address as records write it."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        refuse(f"{text!r} is no IP address; names are never resolved")
    return traffic.address(parsed.version, int(parsed) >> 64, int(parsed) & (1 << 64) - 1)
