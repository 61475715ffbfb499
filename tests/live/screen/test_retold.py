"""A connection told from a watch's last packets is what its capture tells."""

from __future__ import annotations

import pytest

from pcapflow.live.ring import Ring
from pcapflow.tcp.timers import SECOND
from pcapflow.values import replace
from tests.cli.program import SAMPLES, pcapflow
from tests.live.screen.tape import HOUR, Player
from tests.wire import Wire, icmp_error, pcap

ALONE = ("orderly", "lost_final_ack", "unanswered_fin", "half_close_data", "abort_linger0")


@pytest.mark.parametrize("name", ALONE)
def test_as_pcapflow_diagram_draws_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    file = SAMPLES / f"{name}.pcap"
    player = Player(monkeypatch, file.read_bytes())
    last, _ = player.tape.records[-1]
    player.play((last - player.first) / 1e9)
    known = player.watch.connection(1)
    player.tape.close()
    assert known is not None
    told = player.source.detail(known).diagram
    assert told is not None
    drawn = pcapflow("diagram", file, "--flow", "1", "-o", "-").out
    assert above_source(told) == above_source(drawn)


def above_source(diagram: str) -> list[str]:
    """All but the lines that name the file."""
    lines = diagram.splitlines()
    return lines[: next(i for i, line in enumerate(lines) if " packets read, " in line)]


def test_what_has_lasted_lasts_until_now(monkeypatch: pytest.MonkeyPatch) -> None:
    player = Player(monkeypatch, (SAMPLES / "leaking_pool.pcap").read_bytes())
    for after, lasted in ((22, "19.9 s"), (52, "49.9 s")):
        player.play(after)
        known = player.watch.connection(4)
        assert known is not None
        assert f"{lasted} after the server’s FIN it still sits in" in str(
            player.source.detail(known).diagram
        )
    player.tape.close()


def test_a_connection_that_is_over_is_told_as_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = Ring(3 * HOUR, 1 << 26)
    player = Player(monkeypatch, (SAMPLES / "half_close_data.pcap").read_bytes(), ring)
    player.play(0.5)
    known = player.watch.connection(1)
    assert known is not None
    assert known.ending not in ("orderly", "reset")
    player.play(7200)
    list(player.watch.end())
    player.tape.close()
    shown = player.source.detail(known)
    assert player.watch.connection(1) is None
    assert shown.states == ("CLOSED", "CLOSED")
    assert shown.diagram is not None


def test_what_lost_packets_make_less_sure_is_less_sure_in_the_diagram_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    player = Player(monkeypatch, (SAMPLES / "abort_linger0.pcap").read_bytes())
    last, _ = player.tape.records[-1]
    player.play((last - player.first) / 1e9)
    known = player.watch.connection(1)
    assert known is not None
    (sure,) = known.findings
    assert f"{sure.end} · {sure.confidence}" in str(player.source.detail(known).diagram)

    player.watch.losses.note(7, player.first, last)
    shown = player.source.detail(known)
    player.tape.close()
    assert shown.connection.findings == (
        replace(sure, confidence="possible", message=shown.connection.findings[0].message),
    )
    assert f"{sure.end} · possible" in str(shown.diagram)


def test_where_only_what_was_said_about_a_connection_is_kept_there_is_no_diagram(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its SYN is forgotten, and an ICMP error of a minute later is not."""
    wire = Wire()
    wire.c("SYN")
    error = icmp_error(wire.packets[0], "10.0.0.254", 1, after=60)
    player = Player(monkeypatch, pcap([*wire.packets, error]), Ring(10 * SECOND, 1 << 26))
    player.play(61)
    known = player.watch.connection(1)
    assert known is not None
    assert [finding.code for finding in known.findings] == ["icmp-unreachable"]
    shown = player.source.detail(known)
    assert (shown.connection, shown.diagram) == (known, None)
    assert player.source.save_picture(known) is None
    player.tape.close()
