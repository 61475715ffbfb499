"""Sockets that pile up: who holds them, for which service, and how fast they grow."""

from __future__ import annotations

import pytest

from pcapflow.fold import Report
from pcapflow.model import Across
from tests.engine.observed import report
from tests.findings.recordings import reports
from tests.lab.fixtures import fixture_names, load
from tests.wire import Wire, in_time_order, pcap, transcript

OPENED = """
    0.000  C > S  SYN
    0.001  S > C  SYN ACK
    0.002  C > S  ACK
    0.003  C > S  PSH ACK  len=100
    0.004  S > C  PSH ACK  len=200
    0.005  C > S  ACK
"""
LEAKS = OPENED + "    0.006  S > C  FIN ACK\n    0.007  C > S  ACK\n"
"""The server closes, the client does not."""
NEVER_READS_ON = OPENED + "    0.006  C > S  FIN ACK\n    0.007  S > C  ACK\n"
"""The client closes, the server does not."""
OWED = """
    0.000  C > S  SYN
    0.001  S > C  SYN ACK
    0.002  C > S  ACK
    0.003  C > S  PSH ACK  len=100
    0.004  C > S  FIN ACK
    0.005  S > C  ACK
"""
"""The client ended its request by FIN and waits for the reply."""
CLOSES = """
    0.0000  C > S  SYN
    0.0001  S > C  SYN ACK
    0.0002  C > S  ACK
    0.0003  C > S  FIN ACK
    0.0004  S > C  FIN ACK
    0.0005  C > S  ACK
"""


def later(text: str, by: float, client: str, server: str = "10.0.0.9:8080") -> Wire:
    """The transcript so many seconds later, between these ends."""
    lines = []
    for line in filter(None, map(str.strip, text.splitlines())):
        at, rest = line.split(maxsplit=1)
        lines.append(f"{float(at) + by:.4f}  {rest}")
    return transcript("\n".join(lines), client, server)


def told(*wires: Wire, until: float, keep: bool = True) -> Report:
    """What is reported of them where the capture runs on until then."""
    last = later("0.0  C > S  SYN", until, "10.9.9.9:1", "10.9.9.8:1")
    return report(pcap(in_time_order(*wires, last), nano=True), keep=keep)


def piles(*wires: Wire, until: float) -> dict[str, Across]:
    return {found.code: found for found in told(*wires, until=until).across}


@pytest.mark.parametrize("keep", [True, False])
def test_a_client_that_leaks_two_sockets_a_second(keep: bool) -> None:
    wires = [later(LEAKS, n / 2, f"10.0.0.5:{40_000 + n}") for n in range(44)]
    leak, victim = told(*wires, until=22.007, keep=keep).across

    assert (leak.code, leak.severity, leak.end, leak.confidence) == (
        "close-wait-pileup",
        "error",
        "client",
        "likely",
    )
    assert (leak.host, str(leak.service), leak.connections) == ("10.0.0.5", "10.0.0.9:8080", 44)
    assert leak.head == (
        "44 sockets of 10.0.0.5 towards 10.0.0.9:8080 stuck in CLOSE_WAIT, growing 120 a minute"
    )
    assert leak.message == (
        "The server closed each connection; the client acknowledged and never closed its side "
        "(oldest 22 s). Most likely: connections are returned to a pool or dropped without "
        "close(). At this rate 1,024 descriptors are gone in 8 min 10 s, 65,536 in 9 h 6 min. The "
        "same connections show as fin-wait-2-pileup at 10.0.0.9."
    )
    assert leak.examples == (1, 2, 3)
    assert (victim.code, victim.severity, victim.host) == ("fin-wait-2-pileup", "info", "10.0.0.9")


def test_a_server_that_leaks_for_all_its_clients() -> None:
    wires = [later(NEVER_READS_ON, n, f"10.0.1.{n + 1}:40000") for n in range(20)]
    found = piles(*wires, until=30)

    assert found["close-wait-pileup"].host == "10.0.0.9"
    assert found["close-wait-pileup"].connections == 20
    assert "fin-wait-2-pileup" not in found  # no client holds ten


def test_many_clients_that_do_not_close_are_their_servers_misfortune() -> None:
    """Old browsers and Apache: each host leaks one, the server waits for all of them."""
    wires = [later(LEAKS, n / 10, f"10.0.1.{n + 1}:40000") for n in range(30)]
    (victim,) = told(*wires, until=80).across

    assert (victim.code, victim.severity, victim.end) == ("fin-wait-2-pileup", "warning", "server")
    assert victim.message == (
        "The server closed each connection and is the victim: 30 client hosts acknowledged that "
        "and do not close (oldest 80 s); there they are in CLOSE_WAIT. 30 of them for over 60 s: "
        "if 10.0.0.9 called close(), its kernel has forgotten these."
    )


def test_a_pile_that_does_not_grow_has_no_forecast() -> None:
    wires = [later(LEAKS, n / 100, f"10.0.0.5:{40_000 + n}") for n in range(12)]
    leak = piles(*wires, until=60)["close-wait-pileup"]

    assert leak.per_minute is None
    assert "none added for 59.9 s" in leak.head
    assert "At this rate" not in leak.message


def test_nearly_fewer_than_ten_at_each_host_and_service() -> None:
    two_hosts = [later(LEAKS, n, f"10.0.0.{5 + n % 2}:{40_000 + n}") for n in range(18)]
    two_services = [
        later(LEAKS, n, f"10.0.0.5:{40_000 + n}", f"10.0.0.9:{80 + n % 2}") for n in range(18)
    ]

    assert "close-wait-pileup" not in piles(*two_hosts, until=90)
    assert piles(*two_services, until=90) == {}


def test_nearly_replies_are_owed() -> None:
    """Long polls that were half-closed."""
    assert piles(*(later(OWED, n, f"10.0.0.5:{40_000 + n}") for n in range(20)), until=90) == {}


def test_nearly_they_close_in_the_end() -> None:
    closed = LEAKS + "    20.000  C > S  FIN ACK\n    20.001  S > C  ACK\n"

    wires = [later(closed, n / 9, f"10.0.0.5:{40_000 + n}") for n in range(20)]

    assert piles(*wires, until=90) == {}


def test_cannot_tell_within_ten_seconds() -> None:
    """A busy server may close any moment."""
    wires = [later(LEAKS, n / 10, f"10.0.0.5:{40_000 + n}") for n in range(30)]

    assert piles(*wires, until=9) == {}


@pytest.mark.parametrize("keep", [True, False])
def test_a_client_whose_ports_run_out(keep: bool) -> None:
    """500 a second, for as long as it takes to believe it."""
    wires = [later(CLOSES, n / 500, f"10.0.0.5:{32_768 + n}") for n in range(5_500)]
    (pressure,) = told(*wires, until=11, keep=keep).across

    assert (pressure.code, pressure.severity, pressure.confidence) == (
        "time-wait-pressure",
        "error",
        "likely",
    )
    assert pressure.head == (
        "5,500 sockets of 10.0.0.5 towards 10.0.0.9:8080 in TIME_WAIT, 500 more a second"
    )
    assert pressure.message == (
        "The client closes first, so each port stays taken for 60 s: at this rate 30,001 of 28,232 "
        "ports towards that address and port. They run out in 45.5 s: then connect() fails with "
        "EADDRNOTAVAIL."
    )


def test_half_of_the_ports_is_a_warning_and_less_is_nothing() -> None:
    def at(rate: int) -> list[str]:
        wires = [later(CLOSES, n / rate, f"10.0.0.5:{32_768 + n}") for n in range(rate * 11)]
        return [found.severity for found in told(*wires, until=11).across]

    assert at(250) == ["warning"]
    assert at(200) == []


def test_nearly_the_server_closes_first() -> None:
    """TIME_WAIT takes no port of a server."""
    served = CLOSES.replace("0.0003  C > S  FIN", "0.0003  S > C  FIN")
    served = served.replace("0.0004  S > C  FIN", "0.0004  C > S  FIN")
    served = served.replace("0.0005  C > S  ACK", "0.0005  S > C  ACK")
    wires = [later(served, n / 500, f"10.0.0.5:{32_768 + n}") for n in range(5_500)]

    assert told(*wires, until=11).across == ()


def test_nearly_each_of_many_clients_has_its_own_ports() -> None:
    wires = [later(CLOSES, n / 500, f"10.0.{n % 50}.5:{32_768 + n}") for n in range(5_500)]

    assert told(*wires, until=11).across == ()


def test_cannot_tell_for_sure_from_a_few_seconds() -> None:
    wires = [later(CLOSES, n / 500, f"10.0.0.5:{32_768 + n}") for n in range(1_500)]
    (pressure,) = told(*wires, until=3).across

    assert (pressure.severity, pressure.confidence) == ("warning", "possible")
    burst = told(*wires[:300], until=0.6)
    assert burst.across == ()


def test_the_recordings_of_leaking_pools() -> None:
    """Where the kernels held ten sockets or more in CLOSE_WAIT at the end, and nowhere else."""
    held = {}
    for name in fixture_names():
        states = [truth["states"]["client"] for truth in load(name)["connections"]]
        if states.count("CLOSE_WAIT") >= 10:
            held[name] = states.count("CLOSE_WAIT")
    found = {
        (name, point, across.code): across.connections
        for name, point, capture in reports()
        for across in capture.across
    }

    assert sorted(held) == ["leaking_pool", "leaking_pool_of_50"]
    assert found == {
        (name, point, code): count
        for name, count in held.items()
        for point in ("client", "middle", "server")
        for code in ("close-wait-pileup", "fin-wait-2-pileup")
    }


# ── keep-alive races: a span that has ended, not a socket that is held ──────────────────────────


def race(idle: float, number: int, begun: float) -> Wire:
    """The server closes an idle connection; the next request crosses its FIN."""
    fin = 0.004 + idle
    return later(
        f"""{OPENED}
        {fin:.4f}  S > C  FIN ACK
        {fin + 0.0001:.4f}  C > S  PSH ACK  len=100
        {fin + 0.0002:.4f}  S > C  RST
        """,
        begun,
        f"10.0.1.{number}:5000{number}",
    )


def test_keep_alive_races_and_the_smallest_timeout_that_explains_them_all() -> None:
    found = piles(race(5.2, 1, 0), race(5.0, 2, 3), race(5.1, 3, 6), until=30)
    races = found["data-after-close"]
    assert (races.severity, races.end, races.connections) == ("error", "server", 3)
    assert races.head == ("3 requests to 10.0.0.9:8080 met a connection that the server had closed")
    assert races.message == (
        "They were answered by RST; the connections had been idle for 5 s to 5.2 s when it closed "
        "them: a keep-alive timeout of 5 s is the smallest that explains them all."
    )
    assert races.advice.startswith("on 10.0.0.9: make the keep-alive timeout (5 s) longer")
    assert races.per_minute is None


def test_races_right_after_a_reply_are_no_timeout() -> None:
    found = piles(race(0.02, 1, 0), race(0.03, 2, 1), until=30)
    assert "No idle timeout is that short: a limit of requests per connection" in (
        found["data-after-close"].message
    )


def test_races_of_different_causes() -> None:
    found = piles(race(0.02, 1, 0), race(5, 2, 1), until=30)
    assert "so some of them met a limit" in found["data-after-close"].message
    found = piles(race(5, 1, 0), race(60, 2, 1), until=90)
    assert "Idle times that far apart may have several causes." in found["data-after-close"].message


def test_one_race_is_told_as_the_connection_that_it_is() -> None:
    assert piles(race(5, 1, 0), until=30) == {}
