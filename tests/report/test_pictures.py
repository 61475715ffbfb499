"""Which connections are worth a picture, and the page that shows them."""

from __future__ import annotations

from pathlib import Path

from pcapflow.api import analyze
from pcapflow.report import pictures
from pcapflow.report.pictures import Picture, Reason, Shown, file_name, index, worth_showing
from tests.cli import captures
from tests.cli.program import sample
from tests.wire import in_time_order, pcap


def test_one_for_each_finding_then_one_for_each_other_shape() -> None:
    chosen, left_out = worth_showing(analyze([sample("leaking_pool")], keep=False))
    assert left_out == 0
    assert [shown.reasons for shown in chosen] == [
        (
            Reason("close-wait-pileup", "error", 10),
            Reason("close-wait-leak", "warning", 10),
            Reason("fin-wait-2-pileup", "info", 10),
            Reason("fin-wait-2-timeout", "info", 10),
        ),
        (Reason("S:FIN C:ack C:FIN S:ack", None, 2),),
        (Reason("still open", None, 1),),
    ]


def test_a_connection_that_shows_two_findings_is_drawn_once() -> None:
    chosen, _ = worth_showing(analyze([sample("lost_final_ack")], keep=False))
    (shown,) = chosen
    assert [reason.name for reason in shown.reasons] == ["lost-final-ack", "fin-retransmit"]


def test_no_more_than_anybody_looks_at(tmp_path: Path) -> None:
    before, pictures.MOST = pictures.MOST, 2
    try:
        made = captures.written(tmp_path, captures.mixed(), "mixed.pcap")
        chosen, left_out = worth_showing(analyze([str(made)], keep=False))
    finally:
        pictures.MOST = before
    assert (len(chosen), left_out) == (2, 1)


def test_nothing_to_show_of_an_empty_capture(tmp_path: Path) -> None:
    made = captures.written(tmp_path, pcap(in_time_order()), "empty.pcap")
    assert worth_showing(analyze([str(made)], keep=False)) == ([], 0)


def test_the_index_shows_them_in_order_and_says_what_it_leaves_out() -> None:
    report = analyze([sample("leaking_pool")], keep=False)
    shown = Shown(4, (Reason("close-wait-leak", "warning", 10),))
    connection = report.examples[4]
    name = file_name(1, shown, connection, ".png")
    page = index(report, [Picture(name, "It leaks.", shown, connection)], 3, "pool.pcap")

    assert name == "01-close-wait-leak-flow4.png"
    assert page.startswith("# pool.pcap\n\n164 packets, 13 TCP connections; 3 without a finding.")
    assert "## It leaks.\n\n- **close-wait-leak** (warning): 10 of 13 connections\n" in page
    assert "\n![It leaks.](01-close-wait-leak-flow4.png)\n" in page
    assert "\nNot drawn: 3 more shapes.\n" in page


def test_the_index_holds_what_can_be_read_in_it() -> None:
    report = analyze([sample("leaking_pool")], keep=False)
    shown = Shown(4, (Reason("close-wait-leak", "warning", 10),))
    pictures = [
        Picture("a.txt", "It leaks.", shown, report.examples[4], "pcapflow\n"),
        Picture("a.mmd", "It leaks.", shown, report.examples[4], "sequenceDiagram\n"),
    ]
    page = index(report, pictures, 0, "pool.pcap")
    assert "\n[a.txt](a.txt)\n\n```\npcapflow\n```\n" in page
    assert "\n[a.mmd](a.mmd)\n\n```mermaid\nsequenceDiagram\n```\n" in page
