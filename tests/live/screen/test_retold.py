"""A connection told from a watch's last packets is what its capture tells."""

from __future__ import annotations

import pytest

from pcapflow.live.ring import Ring
from tests.cli.program import SAMPLES, pcapflow
from tests.live.screen.tape import HOUR, Player

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
