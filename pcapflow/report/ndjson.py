"""One JSON object a line, one line a connection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pcapflow.report.source import ReportLike


def lines(report: ReportLike, files: Sequence[tuple[str, int]] = ()) -> Iterator[bytes]:
    """Every connection's record with its line end, as they come; see ``records.record``."""
    return (record + b"\n" for record in report.records(files))
