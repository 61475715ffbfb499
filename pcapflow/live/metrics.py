"""What a watch counts, for Prometheus to fetch."""

from __future__ import annotations

import ipaddress
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self, get_args

from pcapflow import _version
from pcapflow.engine import FORM
from pcapflow.engine.batch import Batch
from pcapflow.errors import MissingTool, UsageError
from pcapflow.findings import catalogue
from pcapflow.live.follower import Follower
from pcapflow.live.holdings import Held, holdings
from pcapflow.live.news import News
from pcapflow.model import SEVERITIES, Ending, Severity

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from pcapflow.live.watch import Watch

_LOOPBACK = "127.0.0.1"
_ADDRESS = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[^:]*)):(?P<port>\d{1,5})|(?P<alone>\d{1,5})")
_PATIENCE = 10
"""So many times as long as counting sockets takes, at least, lies between two counts."""


class Address(NamedTuple):
    """Where metrics are served."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def address(named: str) -> Address:
    """``:9436`` is this machine's loopback; UsageError for what is no address and port."""
    found = _ADDRESS.fullmatch(named)
    port = int(found["port"] or found["alone"]) if found else -1
    if found is None or port > 65_535:
        raise UsageError(f"--metrics {named}: that is no port. Try: :9436, or 0.0.0.0:9436")
    host = found["v6"] or found["v4"] or _LOOPBACK
    try:
        return Address(str(ipaddress.ip_address(host)), port)
    except ValueError:
        raise UsageError(f"--metrics {named}: {host} is no address. Try: :{port}") from None


def _ignored(request: object, client_address: object) -> None:
    """A question that came to nothing."""


class Metrics(Follower):
    """Serves metrics while it is open; ``most`` places are told apart.

    Raises MissingTool without prometheus-client, UsageError where the port cannot be had.
    """

    def __init__(self, where: str, most: int) -> None:
        self._address = address(where)
        self._most = most
        self._watch: Watch | None = None
        # From 0 on: of a series that begins with 1, Prometheus sees no increase.
        kinds = [(rule.CODE, severity) for rule in catalogue.RULES for severity in SEVERITIES]
        self._findings = Counter[tuple[str, Severity]](dict.fromkeys(kinds, 0))
        self._ended = Counter[Ending](dict.fromkeys(get_args(Ending), 0))
        self._lag = 0
        self._counting = threading.Lock()
        self._held: Held = {}
        self._again = 0.0
        self.url = ""

    def __enter__(self) -> Self:
        try:
            from prometheus_client import CollectorRegistry, start_http_server
        except ImportError as error:
            fix = "pip install pcapflow[live]"
            raise MissingTool("prometheus-client", "--metrics", fix) from error
        registry = CollectorRegistry()
        registry.register(self)
        host, port = self._address
        try:
            self._server, self._thread = start_http_server(port, host, registry)
        except OSError as error:
            raise UsageError(f"--metrics: {self._address}: {error.strerror}") from error
        # Who breaks off his question is no news; socketserver would print a traceback.
        self._server.handle_error = _ignored  # type: ignore[method-assign]
        self.url = f"http://{Address(host, self._server.server_port)}/metrics"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def began(self, watch: Watch) -> None:
        """The watch that is asked for its counts."""
        self._watch = watch

    def tracked(self, batch: Batch) -> None:
        """A batch is analysed: how long after its last packet was seen?"""
        if self._watch is not None:
            self._lag = time.time_ns() - self._watch.now

    def told(self, news: News) -> None:
        """Count findings and ends."""
        for finding in news.findings:
            self._findings[finding.code, finding.severity] += 1
        if news.newly:
            self._ended[news.connection.ending] += 1

    def describe(self) -> list[Metric]:
        """Nothing: what there is, is found out when it is fetched."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All metrics as they stand, in a thread of the server."""
        from prometheus_client.core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            InfoMetricFamily,
        )

        yield InfoMetricFamily(
            "pcapflow_build",
            "The version of pcapflow, and the form of its engine.",
            {"version": _version.__version__, "engine": FORM},
        )
        watch = self._watch
        if watch is None:
            return
        sockets = GaugeMetricFamily(
            "pcapflow_sockets",
            "Sockets that a host holds now, of connections to a service, by TCP state.",
            labels=("host", "service", "state"),
        )
        for (host, service, state), count in self._sockets(watch).items():
            sockets.add_metric((host, service, state), count)
        yield sockets
        with watch.lock:
            counts = watch.counts()
            findings, ended, lag = self._findings.copy(), self._ended.copy(), self._lag
        found = CounterMetricFamily(
            "pcapflow_findings", "Findings by code and severity.", labels=("code", "severity")
        )
        for (code, severity), count in findings.items():
            found.add_metric((code, severity), count)
        yield found
        over = CounterMetricFamily(
            "pcapflow_connections_ended", "Connections that ended, by how.", labels=("ending",)
        )
        for ending, count in ended.items():
            over.add_metric((ending,), count)
        yield over
        for name, words, number in (
            ("packets", "Packets read.", counts.packets),
            ("tcp_packets", "TCP segments among the packets read.", counts.tcp_packets),
            ("dropped_packets", "Packets that the kernel had no room for.", counts.drops),
            ("evicted_connections", "Connections closed early for others.", counts.evicted),
        ):
            if number is not None:  # dumpcap tells it at its end only, a pipe never
                yield CounterMetricFamily(f"pcapflow_{name}", words, value=number)
        yield GaugeMetricFamily(
            "pcapflow_lag_seconds",
            "From when the last packet was seen until it had been analysed.",
            value=lag / 1e9,
        )

    def _sockets(self, watch: Watch) -> Held:
        """Sockets by place: counted anew if that was long enough ago, for what it costs."""
        with self._counting:
            if time.monotonic() >= self._again:
                begun = time.monotonic()
                with watch.lock:
                    timeline = watch.timeline()
                    if timeline is not None:
                        self._held = holdings(timeline, self._most)
                took = time.monotonic() - begun
                self._again = begun + took * (1 + _PATIENCE)
            return self._held
