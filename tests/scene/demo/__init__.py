"""Connections to draw, written by hand after real recordings; each has a picture of its own."""

from __future__ import annotations

from collections.abc import Callable

from tests.scene.demo import closing, extremes, resets, unclosed
from tests.scene.demo.parts import Demo

DEMOS: dict[str, Callable[[], Demo]] = {
    make.__name__.replace("_", "-"): make
    for make in (
        closing.orderly,
        closing.time_wait,
        closing.lost_final_ack,
        closing.lost_fin,
        unclosed.close_wait_leak,
        unclosed.close_wait_leak_long,
        closing.simultaneous_close,
        closing.half_close,
        closing.half_open,
        resets.abort,
        resets.closed_socket,
        resets.refused,
        resets.unanswered,
        unclosed.fin_unanswered,
        unclosed.fin_flood,
        unclosed.mid_stream,
        unclosed.still_open,
        unclosed.vanished,
        resets.ignored_resets,
        extremes.ipv6,
        extremes.mess,
        extremes.endless,
        extremes.single,
    )
}

__all__ = ["DEMOS", "Demo"]
