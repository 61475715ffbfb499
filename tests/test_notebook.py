"""Reports and connections that show themselves, and what happens when that cannot be."""

from __future__ import annotations

import copy
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pcapflow import Report, analyze, notebook
from pcapflow.errors import CaptureError, PcapflowError, UsageError
from pcapflow.values import replace
from tests.wire import pcap, transcript

SAMPLES = Path(__file__).parents[1] / "samples"
CLOSED = """
    0.0  C > S  SYN
    0.1  S > C  SYN ACK
    0.2  C > S  ACK
    0.3  C > S  FIN ACK
    0.4  S > C  FIN ACK
    0.5  C > S  ACK
"""
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def pool(tmp_path: Path) -> str:
    """A capture that a test may spoil."""
    return str(shutil.copy(SAMPLES / "leaking_pool.pcap", tmp_path / "pool.pcap"))


def moved(name: str, path: str) -> None:
    shutil.copy(SAMPLES / name, path)


def test_a_diagram_shows_itself_and_can_be_saved(pool: str, tmp_path: Path) -> None:
    picture = analyze([pool]).diagram(4)

    assert picture._repr_png_().startswith(PNG)
    assert picture.title in repr(picture)
    assert "still sits in CLOSE_WAIT" in picture.title
    picture.save(tmp_path / "leak.svg")
    assert (tmp_path / "leak.svg").read_bytes() == picture.render(".svg")
    told = picture.render(".txt").decode()
    assert "#96" in told
    assert "#97" in told


def test_a_connection_is_drawn_by_the_report_that_gave_it_out(pool: str) -> None:
    report = analyze([pool])
    drawn = report.diagram(4)._repr_png_()

    for connection in (report.connection(4), report.examples[4], list(report.connections())[3]):
        assert connection._repr_png_() == drawn
        assert "report.diagram(4) draws it." in connection._repr_html_()


def test_what_a_report_notes_in_a_connection_is_no_part_of_it(pool: str) -> None:
    """So that connections of two analyses compare, and a copy does not carry a report with it."""
    one, other = (analyze([pool]).connection(4) for _ in range(2))
    assert one == other
    assert "report" not in repr(one)
    for copied in (copy.deepcopy(one), pickle.loads(pickle.dumps(one)), replace(one, id=4)):
        assert copied == one
        assert copied._repr_png_() is None
        assert "close-wait-leak" in copied._repr_html_()
        assert "draws it" not in copied._repr_html_()


def test_a_report_shows_its_states_over_time(pool: str) -> None:
    report = analyze([pool])

    assert report._repr_png_() == report.plot()._repr_png_()
    assert report.plot().title.startswith("10 sockets of 10.77.4.1 towards 10.77.4.2:8080 stuck")


def test_a_capture_that_is_gone(pool: str) -> None:
    report = analyze([pool])
    connection = report.connection(4)
    Path(pool).unlink()

    assert connection._repr_png_() is None
    assert f"No picture: {pool} is not there any more." in connection._repr_html_()
    with pytest.raises(CaptureError):
        report.diagram(4)


@pytest.mark.parametrize("other", ["orderly.pcap", "half_close_data.pcap", "README.md"])
def test_a_capture_that_has_become_another_one(pool: str, other: str) -> None:
    report = analyze([pool])
    moved(other, pool)

    assert report.connection(1)._repr_png_() is None
    with pytest.raises(CaptureError):
        report.diagram(1)


def test_standard_input_is_not_read_again(pool: str) -> None:
    report = analyze([pool])
    report.info = replace(report.info, files=("-",))

    assert report.connection(4)._repr_png_() is None
    assert "standard input cannot be read again" in report.connection(4)._repr_html_()
    with pytest.raises(UsageError):
        report.diagram(4)


def test_nothing_large_is_drawn_unasked(pool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    report = analyze([pool])
    monkeypatch.setattr(notebook, "SMALL", 100)
    monkeypatch.setattr(notebook, "FEW", 10)

    assert report._repr_png_() is None
    assert report.connection(4)._repr_png_() is None
    assert report.diagram(4)._repr_png_().startswith(PNG)


def test_a_report_without_its_connections(pool: str) -> None:
    report = analyze([pool], keep=False)

    assert report._repr_png_() is None
    assert "close-wait-pileup" in report._repr_html_()
    assert report.diagram(4)._repr_png_().startswith(PNG)


def test_a_connection_that_was_let_go_while_the_capture_was_read(tmp_path: Path) -> None:
    """Ten minutes apart, each is over long before the next begins; three examples are kept."""
    path = tmp_path / "long.pcap"
    wires = [
        transcript(CLOSED, f"10.0.0.{n + 1}:40000", start=f"2026-01-01T{n // 6:02}:{n % 6}0:00Z")
        for n in range(40)
    ]
    path.write_bytes(pcap([packet for wire in wires for packet in wire.packets]))
    report = analyze([str(path)], keep=False)

    with pytest.raises(UsageError, match="connection 20 was not kept"):
        report.diagram(20)
    for flow in report.groups[0].examples:
        assert report.diagram(flow).title.startswith("Closed in order")


def test_connections_of_several_captures() -> None:
    names = [str(SAMPLES / f"{name}.pcap") for name in ("lost_final_ack", "orderly")]
    report = analyze(names)

    told = {
        str(connection.client): report.diagram(connection).title
        for connection in report.connections()
    }
    assert told == {
        str(alone.connection(1).client): alone.diagram(1).title
        for alone in (analyze([name]) for name in names)
    }


def test_a_report_without_connections(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pcap"
    empty.write_bytes((SAMPLES / "orderly.pcap").read_bytes()[:24])
    report = analyze([str(empty)])

    assert report._repr_png_() is None
    assert "0 TCP connections" in report._repr_html_()
    with pytest.raises(UsageError, match="there is no TCP connection"):
        report.plot()


def asked_wrongly(report: Report) -> list[str]:
    told = []
    wrong: list[Callable[[], object]] = [
        lambda: report.diagram(99),
        lambda: report.diagram(4, around="lost-final-ack"),
        lambda: report.diagram(4, theme="pink"),  # type: ignore[arg-type]
        lambda: report.plot(size="huge"),  # type: ignore[arg-type]
    ]
    for ask in wrong:
        with pytest.raises(UsageError) as caught:
            ask()
        told.append(str(caught.value))
    return told


def test_what_makes_no_sense_is_told_in_a_line(pool: str) -> None:
    assert asked_wrongly(analyze([pool])) == [
        "there is no connection 99: the capture has 13",
        "flow 4 has no lost-final-ack, but close-wait-leak and fin-wait-2-timeout",
        "'pink' is none of: light, dark, print",
        "'huge' is none of: report, slide, wide",
    ]


def test_ipython_shows_an_error_as_a_line(pool: str) -> None:
    with pytest.raises(PcapflowError) as caught:
        analyze([f"{pool}.gone"])

    assert caught.value._render_traceback_() == [f"pcapflow: {caught.value}"]
