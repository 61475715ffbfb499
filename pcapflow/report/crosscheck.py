"""What tshark thinks of the same captures: for people, and as JSON."""

from __future__ import annotations

from itertools import groupby

from pcapflow.findings.words import listing, number, plural
from pcapflow.model import SUBJECTS, CrossCheck, Difference
from pcapflow.report.records import MOST_FRAMES, Json, shortened
from pcapflow.report.text import Line, Span, wrapped

_FRAMES = 6  # told of one reason; of what none explains, all
_COLUMNS = ("both", "only pcapflow", "only tshark")


def lines(check: CrossCheck, width: int) -> list[Line]:
    """The section behind the report, in ``width`` columns where its words allow."""
    told: list[Line] = [
        (),
        (Span(f"Cross-check with tshark {check.tshark}", "strong"),),
        *wrapped(_scope(check), width, "    ", "    "),
        (),
        *_table(check),
    ]
    for (_, reason), group in groupby(check.differences, key=lambda d: (d.alone, d.reason)):
        told.append(())
        for difference in group:
            told += _difference(difference, width)
        if reason is not None:
            told += wrapped(reason, width, "        ", "        ")
    told.append(())
    total = sum(len(difference.frames) for difference in check.differences)
    if check.unexplained:
        wrong = plural(check.unexplained, "difference")
        text = f"{wrong} of {number(total)} unexplained: in each, one of the two is wrong."
        told += wrapped(text, width, "    ", "    ", "error")
    elif total:
        told += wrapped(f"Of {plural(total, 'difference')}, none is unexplained.", width, "    ")
    else:
        told += wrapped("The two agree.", width, "    ")
    return told


def record(check: CrossCheck) -> Json:
    """The same for programs."""
    return {
        "tshark": check.tshark,
        "frames": check.frames,
        "stopped": check.trouble,
        **{
            subject.lower().replace(" ", "_"): {
                "both": check.agreed[subject],
                "only_pcapflow": check.alone(subject, "pcapflow"),
                "only_tshark": check.alone(subject, "tshark"),
            }
            for subject in SUBJECTS
        },
        "unexplained": check.unexplained,
        "differences": [_record(difference) for difference in check.differences],
    }


def _record(difference: Difference) -> Json:
    told: Json = {
        "subject": difference.subject.lower().replace(" ", "_"),
        "only": difference.alone,
        "reason": difference.reason,
        "frames": list(shortened(difference.frames)),
    }
    if len(difference.frames) > MOST_FRAMES:
        told["frames_total"] = len(difference.frames)
    return told


def _scope(check: CrossCheck) -> str:
    if check.trouble is not None:
        return f"tshark -2 up to frame {check.frames}, where it stopped: {check.trouble}"
    return f"tshark -2 over the whole capture, {plural(check.frames, 'frame')}."


def _table(check: CrossCheck) -> list[Line]:
    rows: list[tuple[str, ...]] = [("", *_COLUMNS)]
    for subject in SUBJECTS:
        alone = [check.alone(subject, "pcapflow"), check.alone(subject, "tshark")]
        rows.append((subject, *map(number, [check.agreed[subject], *alone])))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        (
            Span(
                f"    {row[0]:<{widths[0]}}"
                + "".join(
                    f"  {cell:>{size}}" for cell, size in zip(row[1:], widths[1:], strict=True)
                ),
                "" if i else "muted",
            ),
        )
        for i, row in enumerate(rows)
    ]


def _difference(difference: Difference, width: int) -> list[Line]:
    known = difference.reason is not None
    shown = difference.frames[:_FRAMES] if known else difference.frames
    names = [str(frame) for frame in shown]  # as one types them into Wireshark
    if len(difference.frames) > len(shown):
        names.append(f"{number(len(difference.frames) - len(shown))} more")
    what = plural(len(difference.frames), difference.subject.removesuffix("s"))
    where = "frame" if len(names) == 1 else "frames"
    head = f"{what}, only {difference.alone}: {where} {listing(names)}"
    if known:
        return wrapped(head, width, "    ", "      ")
    return wrapped(f"unexplained: {head}", width, "    ", "      ", "error")
