"""Other names for addresses, so that a picture can leave the house."""

from __future__ import annotations

import re

from pcapflow.model import CaptureInfo, Connection, Endpoint, Finding
from pcapflow.values import replace


class Names:
    """``client-1``, ``server-1`` and so on: the same address always gets the same name.

    An address that is first met as a client's keeps that name where it is a server's.  Who
    reports an ICMP error is a ``router-1``, unless it is an end.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._counts = {"client": 0, "server": 0, "router": 0}

    def connection(self, connection: Connection) -> Connection:
        """The connection under other names, in its findings' words too.

        Its community id goes: who knows one address finds the other by it.
        """
        client = self.endpoint(connection.client, "client")
        server = self.endpoint(connection.server, "server")
        told = tuple(
            it and replace(it, reporter=self._name(it.reporter, "router"))
            for it in connection.unreachable
        )
        return replace(
            connection,
            client=client,
            server=server,
            unreachable=told,
            findings=tuple(map(self._finding, connection.findings)),
        )

    def info(self, info: CaptureInfo) -> CaptureInfo:
        """The capture's facts; files may be named after addresses."""
        return replace(info, files=tuple(map(self.words, info.files)))

    def words(self, text: str) -> str:
        """The text with every address that has a name replaced by it."""
        for ip, name in self._names.items():
            text = _address(ip).sub(name, text)
        return text

    def endpoint(self, endpoint: Endpoint, role: str) -> Endpoint:
        """An end under its other name."""
        return Endpoint(self._name(endpoint.ip, role), endpoint.port)

    def _name(self, ip: str, role: str) -> str:
        if ip not in self._names:
            self._counts[role] += 1
            self._names[ip] = f"{role}-{self._counts[role]}"
        return self._names[ip]

    def _finding(self, finding: Finding) -> Finding:
        return replace(
            finding,
            message=self.words(finding.message),
            advice=self.words(finding.advice),
            display_filter=self.words(finding.display_filter),
        )


def _address(ip: str) -> re.Pattern[str]:
    """The address as a whole: 10.0.0.5, and not in 10.0.0.51; with brackets where it has them."""
    if ":" in ip:
        whole = re.escape(ip)
        return re.compile(rf"\[{whole}\]|(?<![\w:]){whole}(?![\w]|:[\da-f:])", re.IGNORECASE)
    return re.compile(rf"(?<![\d.]){re.escape(ip)}(?!\d|\.\d)")
