"""docs/findings.md, made from the rules' own documentation: ``./do docs`` writes it."""

from __future__ import annotations

from pcapflow.findings.catalogue import EVERY
from pcapflow.findings.questions import QUESTIONS, Question
from pcapflow.findings.rule import Doc, Documented

INTRODUCTION = """\
# Findings

<!-- Made by: ./do docs -->

What pcapflow can find, how sure it can be, and what to do. `pcapflow explain CODE` shows the same
in the terminal. A and B are the two ends of a connection. Severity follows harm: what lost nothing
is info, what lost an octet or left a request unanswered is an error. Confidence says how well the
segments support it: `certain`, `likely` or `possible`.

Where several codes apply to one event, the one with the greatest harm comes first, and its message
names the others. Findings across connections come first of all: who holds how many sockets, how
fast they grow, and when there is no room left.
"""


def fields(doc: Doc) -> tuple[tuple[str, str], ...]:
    """The parts of a rule's documentation with their headings, in reading order."""
    return (
        ("On the wire", doc.on_the_wire),
        ("States", doc.states),
        ("Harm", doc.harm),
        ("Look at", doc.look_at),
        ("Not to be confused with", doc.confused_with),
        ("How sure", doc.how_sure),
        ("Source", doc.source),
    )


def markdown() -> str:
    """The whole page."""
    rules = sorted(EVERY, key=lambda rule: rule.CODE)
    rows = [f"| [{rule.CODE}](#{rule.CODE}) | {rule.LEVELS} | {rule.DOC.title} |" for rule in rules]
    table = "\n".join(["| code | severity · party | what it says |", "|---|---|---|", *rows])
    questions = ["## Questions", "", *map(_answer, QUESTIONS)]
    return "\n".join([INTRODUCTION, table, "", *questions, *map(_section, rules)])


def _answer(asked: Question) -> str:
    codes = ", ".join(f"[{code}](#{code})" for code in asked.codes)
    parts = [f"### {asked.asked}", *asked.answer, f"See {codes}. ({asked.source})"]
    return "\n\n".join(parts) + "\n"


def _section(rule: Documented) -> str:
    parts = [f"- **{heading}:** {text}" for heading, text in fields(rule.DOC)]
    return "\n".join([f"## {rule.CODE}", "", f"{rule.DOC.title} ({rule.LEVELS})", "", *parts, ""])
