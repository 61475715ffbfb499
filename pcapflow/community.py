"""Community ID: the key that Zeek, Suricata and Elastic give a flow."""

from __future__ import annotations

import struct
from base64 import b64encode
from hashlib import sha1
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcapflow.model import Endpoint


def community_id(one: Endpoint, other: Endpoint) -> str:
    """Community ID v1, seed 0: https://github.com/corelight/community-id-spec."""
    ends = sorted((ip_address(end.ip).packed, end.port) for end in (one, other))
    (ip_a, port_a), (ip_b, port_b) = ends
    octets = struct.pack(">H", 0) + ip_a + ip_b + struct.pack(">BBHH", 6, 0, port_a, port_b)
    return "1:" + b64encode(sha1(octets, usedforsecurity=False).digest()).decode()
