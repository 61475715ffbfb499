"""What a finding code means, what there is to say to a question, and the list of all of them."""

from __future__ import annotations

from pcapflow.findings import catalogue
from pcapflow.findings.docs import fields
from pcapflow.findings.questions import QUESTIONS, Question, question
from pcapflow.report.text import Line, Span, wrapped

_WIDEST = 110
_LABEL = 15
_QUESTION = "question"


def lines(name: str | None, width: int) -> list[Line]:
    """One finding explained or question answered, or, without a name, all in a line each.

    Raises UsageError where there is no such code or topic.
    """
    width = min(width, _WIDEST)
    if name is None:
        return _catalogue(width)
    asked = question(name)
    return _explained(name, width) if asked is None else _answered(asked, width)


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


def _answered(asked: Question, width: int) -> list[Line]:
    gap = max(2, min(width, 80) - len(asked.topic) - len(_QUESTION))
    told: list[Line] = [
        (Span(asked.topic, "strong"), Span(" " * gap), Span(_QUESTION, "muted")),
        *wrapped(asked.asked, width),
    ]
    for paragraph in asked.answer:
        told += [(), *wrapped(paragraph, width, "  ", "  ")]
    told += [(), *wrapped(f"Source: {asked.source}", width, "  ", "  "), ()]
    return told + [(Span("→ ", "muted"), Span(f"pcapflow explain {code}")) for code in asked.codes]


def _catalogue(width: int) -> list[Line]:
    codes = max(len(rule.CODE) for rule in catalogue.EVERY) + 2
    told: list[Line] = []
    for rule in sorted(catalogue.EVERY, key=lambda rule: rule.CODE):
        first, *rest = wrapped(rule.DOC.title, width, f"{rule.CODE:<{codes}}", " " * codes)
        told += [(Span(rule.CODE, "strong"), Span(first[0].text[len(rule.CODE) :])), *rest]
    told.append(())
    topics = max(len(each.topic) for each in QUESTIONS) + 2
    for each in QUESTIONS:
        first, *rest = wrapped(each.asked, width, f"{each.topic:<{topics}}", " " * topics)
        told += [(Span(each.topic, "strong"), Span(first[0].text[len(each.topic) :])), *rest]
    return [*told, (), (Span("→ ", "muted"), Span("pcapflow explain CODE or TOPIC"))]
