"""What a miniature tells of a recording: who sent what, and what of it never arrived."""

from __future__ import annotations

import pytest

from pcapflow.api import analyze
from pcapflow.model import Connection
from pcapflow.scene.beats import Beat, told
from tests.lab.fixtures import captures, fixture_names


def recorded(name: str) -> list[Connection]:
    _, path = next(captures(name))
    return list(analyze([str(path)]).connections())


def seen(name: str, point: str) -> list[Connection]:
    """What was captured near the server, or between the two."""
    path = dict(captures(name))[point]  # type: ignore[index]
    return list(analyze([str(path)]).connections())


def say(beat: Beat) -> str:
    look = "" if beat.look == "once" else f" {beat.look}"
    return f"{beat.end[0].upper()} {beat.words}{look}{' lost' * beat.lost}{' x' * beat.crossing}"


STORIES = {
    "orderly": "open data | C FIN, S ACK, S FIN, C ACK",
    "three_segment_close": "open data | C FIN, S FIN, C ACK",
    "refused": "| C SYN, S RST reset",
    "syn_unanswered": "| C SYN ×3 again lost",
    "lost_fin": "open data | C FIN lost, C FIN again, S ACK, S FIN, C ACK",
    "lost_fin_thrice": "open data | C FIN ×3 again lost, C FIN again, S ACK, S FIN, C ACK",
    "unanswered_fin": "open data | C FIN ×5 again lost",
    "lost_final_ack": "open data | C FIN, S ACK, S FIN, C ACK lost, S FIN again, C ACK",
    "simultaneous_close": "open data | C FIN, S FIN x, C ACK, S ACK",
    "leaking_pool": "open data | S FIN, C ACK",
    "silent_path": "open data | C repeats again lost",
    "full_accept_queue": "open data | C repeats again lost, S SYN-ACK again, S RST reset",
    "injected_rst": "open data | S RST, not its own reset",
    "client_direction_only": "open data | C FIN, S FIN? expected",
    "starts_in_half_close": "data | S FIN, C ACK",
}


@pytest.mark.parametrize("name", STORIES)
def test_a_recording_is_told(name: str) -> None:
    found = []
    for connection in recorded(name):
        content = told(connection)
        found.append(f"{' '.join(content.cards)} | {', '.join(map(say, content.beats))}".strip())
    assert any(each.startswith(STORIES[name]) for each in found), found


def test_a_reset_without_effect_is_told_where_it_was_captured() -> None:
    [connection] = seen("rst_outside_window", "server")
    ignored = [beat for beat in told(connection).beats if beat.look == "ignored"]
    assert {beat.label for beat in ignored} == {"RST"}
    assert connection.ending == "orderly"


@pytest.mark.parametrize("name", fixture_names())
def test_beats_are_in_order_and_every_frame_is_told_once(name: str) -> None:
    for connection in recorded(name):
        content = told(connection)
        times = [beat.at for beat in content.beats]
        assert times == sorted(times)
        frames = [(frame, beat.end) for beat in content.beats for frame in beat.frames]
        assert len(frames) == len(set(frames))
        if connection.ending == "orderly":
            assert {beat.end for beat in content.beats if beat.label == "FIN"} == {
                "client",
                "server",
            }
