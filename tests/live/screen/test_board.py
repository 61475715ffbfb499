"""What the screen keeps and words, without a screen."""

from __future__ import annotations

import pytest

from pcapflow.live.news import News
from pcapflow.live.screen import keys, lines, tables
from pcapflow.live.screen.board import FINDINGS, LOOKS, PLACES, Board, Filter, Row
from pcapflow.live.screen.source import Feed, Look
from pcapflow.model import Connection, Finding, Host, Place, State
from tests.cli import captures
from tests.engine.observed import report
from tests.wire import pcap

LONG = Place("2001:db8:85a3:8d3:1319:8a2e:370:7348", 65535, "client")


def look(at: int, **places: dict[State, int]) -> Look:
    """Services by name, in the order of trouble as the watch gives them."""
    hosts = [Host(Place(name, 80, "server"), ("server",), sums) for name, sums in places.items()]
    return Look(at, {"service": hosts, "host": []}, at * 10, 0, at * 10**9)


def worded(line: lines.Line) -> str:
    return "".join(text for text, _ in line)


def finding() -> tuple[Connection, Finding]:
    connection = next(report(pcap(captures.aborted().packets)).connections())
    return connection, connection.findings[0]


def test_a_place_has_its_past() -> None:
    board = Board()
    for second in range(3):
        board.see(look(second, a={"CLOSE_WAIT": second, "ESTABLISHED": 5}))
    (row,), more = board.rows()
    assert (row.waiting, row.all, more) == ((0, 1, 2), (5, 6, 7), 0)
    assert board.rate == 10


def test_the_past_and_the_places_are_bounded() -> None:
    board = Board()
    many = {f"h{i}": {"ESTABLISHED": 1} for i in range(PLACES + 7)}
    for second in range(LOOKS + 9):
        board.see(look(second, **many))  # type: ignore[arg-type]
    rows, more = board.rows()
    assert (len(rows), more) == (PLACES, 7)
    assert {len(row.all) for row in rows} == {LOOKS}


def test_what_is_gone_is_forgotten() -> None:
    board = Board()
    board.see(look(1, a={"ESTABLISHED": 5}))
    board.see(look(2))
    board.see(look(3, a={"ESTABLISHED": 6}))
    assert board.rows()[0][0].all == (6,)


def test_orders() -> None:
    board = Board()
    board.see(look(1, b={"CLOSE_WAIT": 1}, c={"TIME_WAIT": 9}, a={"ESTABLISHED": 3}))
    orders = {"trouble": "bca", "CLOSE_WAIT": "bca", "TIME_WAIT": "cba", "name": "abc"}
    for order, names in (orders | {"all": "cab", "ESTABLISHED": "abc"}).items():
        board.order = order  # type: ignore[assignment]
        assert "".join(row.place.ip for row in board.rows()[0]) == names


def test_findings_are_bounded_and_the_newest_first() -> None:
    board = Board()
    connection, found = finding()
    news = News(connection, (found,), True)
    board.tell([news] * (FINDINGS + 1), FINDINGS + 5)
    assert board.findings()[0].number == FINDINGS + 1
    assert (len(board.findings()), board.forgotten) == (FINDINGS, 5)


@pytest.mark.parametrize(
    ("words", "there"),
    [("", True), ("RESET", True), (":40000 reset", False), ("reset flow 1", True), ("xyz", False)],
)
def test_a_filter_wants_all_its_words(words: str, there: bool) -> None:
    board = Board()
    connection, found = finding()
    board.tell([News(connection, (found,), True)], 1)
    board.filter = Filter(words)
    assert bool(board.findings()) is there


def test_a_filter_finds_places_by_the_states_they_have() -> None:
    board = Board()
    board.see(look(1, a={"CLOSE_WAIT": 1}, b={"ESTABLISHED": 2}, c={"CLOSE_WAIT": 3}))
    board.filter = Filter("close_wait")
    rows, more = board.rows()
    assert [row.place.ip for row in rows] == ["a", "c"]
    assert more == 0


@pytest.mark.parametrize(
    ("values", "width", "drawn"),
    [
        ((), 4, "    "),
        ((0, 0), 4, "  ▁▁"),
        ((0, 1, 7), 4, " ▁▂█"),
        ((1, 2, 3, 4, 5, 6, 7, 7), 4, "▃▅▇█"),
        ((7, 0, 0, 0, 0), 4, " █▁▁"),  # the newest two of five are one letter, the first alone
    ],
)
def test_a_curve(values: tuple[int, ...], width: int, drawn: str) -> None:
    assert lines.spark(values, width) == drawn


@pytest.mark.parametrize("width", [20, 40, 80, 119, 120, 200])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    board = Board()
    board.see(look(1, a={"CLOSE_WAIT": 10**6, "ESTABLISHED": 10**7}))
    connection, found = finding()
    board.tell([News(connection, (found,), True)], 1)
    row = Row(LONG, {"CLOSE_WAIT": 28_232, "TIME_WAIT": 28_232}, (1, 2), (3, 4))
    told = [
        lines.head(board, "eth0" * 20, 0, True, width),
        tables.places_head(width),
        tables.place(row, width),
        tables.place(board.rows()[0][0], width),
        tables.finding(board.findings()[0], width),
        tables.held_head(width),
        keys.foot("? q", "", width),
        keys.foot("", "said " * 100, width),
    ]
    assert {len(worded(line)) for line in told} == {width}


def test_a_long_address_keeps_both_its_ends() -> None:
    row = Row(LONG, {"CLOSE_WAIT": 1}, (1,), (1,))
    assert worded(tables.place(row, 80)).startswith("clients [200…0:7348]:65535 ")
    assert str(LONG) in worded(tables.place(row, 200))


def test_nothing_harmful_gets_into_a_line() -> None:
    assert worded(lines.fitted([lines.Piece("a\x1b[2Jb\u202e")], 16)) == "a\\x1b[2Jb\\u202e "


def test_what_a_watch_breaks_off_with_is_kept() -> None:
    def broken() -> object:
        raise OSError("gone")
        yield

    over: list[bool] = []
    feed = Feed(broken(), print, lambda: over.append(True))  # type: ignore[arg-type]
    feed.start()
    feed.join()
    assert isinstance(feed.fault, OSError)
    assert over == [True]
