"""What a finding code means, and the list of all codes."""

from __future__ import annotations

from pcapflow.findings import catalogue
from pcapflow.findings.docs import fields
from pcapflow.report.text import Line, Span, wrapped

_WIDEST = 110
_LABEL = 15


def lines(code: str | None, width: int) -> list[Line]:
    """One finding explained, or, without a code, all of them in a line each.

    Raises UsageError where there is no such code.
    """
    width = min(width, _WIDEST)
    return _catalogue(width) if code is None else _explained(code, width)


def _explained(code: str, width: int) -> list[Line]:
    rule = catalogue.rule(code)
    gap = max(2, min(width, 80) - len(code) - len(rule.LEVELS))
    told: list[Line] = [(Span(code, "strong"), Span(" " * gap), Span(rule.LEVELS, "muted"))]
    told += [*wrapped(rule.DOC.title, width), ()]
    for label, text in fields(rule.DOC):
        head = f"{label:<{_LABEL}}" if len(label) < _LABEL else f"{label}  "
        first, *rest = wrapped(text, width, head, " " * _LABEL)
        words = first[0].text[len(head) :]
        told += [(Span(head, "strong"), Span(words)), *rest]
    return told


def _catalogue(width: int) -> list[Line]:
    codes = max(len(rule.CODE) for rule in catalogue.EVERY) + 2
    told: list[Line] = []
    for rule in sorted(catalogue.EVERY, key=lambda rule: rule.CODE):
        first, *rest = wrapped(rule.DOC.title, width, f"{rule.CODE:<{codes}}", " " * codes)
        told += [(Span(rule.CODE, "strong"), Span(first[0].text[len(rule.CODE) :])), *rest]
    return [*told, (), (Span("→ ", "muted"), Span("pcapflow explain CODE"))]
