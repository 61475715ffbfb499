"""ICMP errors in the diagram: an arrow from whoever said so, its badge beside it."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from pcapflow.api import analyze, segments
from pcapflow.draw.finish import PLAIN as FINISH
from pcapflow.draw.fonts import Ruler
from pcapflow.draw.svg import svg
from pcapflow.draw.text import text
from pcapflow.scene import Scene, View, scene
from pcapflow.scene.marks import Arrow, Badge
from pcapflow.scene.measure import Measure, plex
from pcapflow.scene.sheet import CLIENT_X, REPORT, Size
from pcapflow.scene.view import PLAIN
from tests.scene.overlaps import overlaps
from tests.wire import Frame, Wire, icmp_error, pcap

ROUTER = "10.0.0.254"


def picture(
    folder: Path,
    wire: Wire,
    *errors: Frame,
    view: View = PLAIN,
    measure: Measure = plex,
) -> Scene:
    path = folder / "capture.pcap"
    path.write_bytes(pcap(sorted([*wire.packets, *errors], key=lambda each: each.time)))
    report = analyze([str(path)])
    told = segments([str(path)], report, (1,))[1]
    return scene(report.connection(1), told, report.info, "1.0.0", view=view, measure=measure)


def icmp(drawn: Scene) -> Arrow:
    """The one arrow of an ICMP error."""
    [arrow] = [
        m for m in drawn.marks if isinstance(m, Arrow) and m.texts and m.texts[0].words == "ICMP"
    ]
    return arrow


def asked(server: str = "10.0.0.9:8080") -> Wire:
    wire = Wire(server=server)
    wire.c("SYN")
    return wire


def test_a_router_reports_from_the_middle_of_the_way(tmp_path: Path) -> None:
    wire = asked()
    drawn = picture(tmp_path, wire, icmp_error(wire.packets[0], ROUTER, 1))
    arrow = icmp(drawn)
    assert [each.words for each in arrow.texts] == [
        "ICMP",
        "host unreachable",
        f"#2 · from {ROUTER}",
    ]
    assert arrow.router
    assert CLIENT_X == arrow.x1 < arrow.x0 < REPORT.server_x
    assert arrow.y1 > arrow.y0
    badges = [m for m in drawn.marks if isinstance(m, Badge) and m.x < REPORT.server_x]
    assert [arrow.y0 - 70 < badge.y < arrow.y1 for badge in badges] == [True]


def test_the_servers_own_address_reports_from_its_lifeline(tmp_path: Path) -> None:
    wire = asked()
    arrow = icmp(picture(tmp_path, wire, icmp_error(wire.packets[0], "10.0.0.9", 3)))
    assert (arrow.router, arrow.x0, arrow.x1) == (False, REPORT.server_x, CLIENT_X)


def test_an_error_about_the_servers_segment_reaches_the_server(tmp_path: Path) -> None:
    wire = Wire()
    wire.handshake()
    wire.c("PSH ACK", data=100)
    answer = wire.s("PSH ACK", data=200)
    drawn = picture(tmp_path, wire, icmp_error(answer, ROUTER, 13, after=0.5))
    arrow = icmp(drawn)
    assert arrow.texts[1].words == "administratively prohibited"
    assert arrow.x1 == REPORT.server_x > arrow.x0 > CLIENT_X


def test_one_within_a_card_has_its_badge_there_and_no_arrow(tmp_path: Path) -> None:
    wire = Wire()
    wire.handshake()
    first = wire.c("PSH ACK", data=100)
    for _ in range(9):
        wire.s("PSH ACK", data=200)
        wire.c("PSH ACK", data=100)
    wire.c("FIN ACK")
    drawn = picture(tmp_path, wire, icmp_error(first, ROUTER, 1, after=0.00003))
    assert not any(m.router for m in drawn.marks if isinstance(m, Arrow))
    assert [m.number for m in drawn.marks if isinstance(m, Badge) and m.x < REPORT.server_x] == [1]


def test_it_is_told_in_words(tmp_path: Path) -> None:
    wire = asked()
    drawn = picture(tmp_path, wire, icmp_error(wire.packets[0], ROUTER, 1))
    [act] = [each for each in drawn.script.acts if each.kind == "moment"]
    assert (act.head, act.numbers) == ("ICMP: host unreachable", (1,))
    assert act.words == f"from {ROUTER}, of a segment of the client"
    assert "ICMP: host unreachable" in text(drawn)
    assert f"a router to client: ICMP · host unreachable · #2 · from {ROUTER}" in svg(drawn, FINISH)


@pytest.mark.parametrize("size", get_args(Size))
def test_nothing_overlaps(tmp_path: Path, size: Size) -> None:
    measures: tuple[Measure, ...] = (plex, Ruler("dejavu"))
    for code, even in product((1, 11, 13), (False, True)):
        wire = asked()
        error = icmp_error(wire.packets[0], ROUTER, code)
        view = View(size=size, even=even)
        for measure in measures:
            assert overlaps(picture(tmp_path, wire, error, view=view, measure=measure)) == []
    ipv6 = Wire(client="[2001:db8::5]:51234", server="[2001:db8:1:2:3:4:5:9]:8080")
    syn = ipv6.c("SYN")
    error = icmp_error(syn, "2001:db8:1111:2222:3333:4444:5555:6666", 1)
    drawn = picture(tmp_path, ipv6, error, view=View(size=size))
    assert icmp(drawn).texts[-1].words.startswith("#2")
    assert overlaps(drawn) == []
