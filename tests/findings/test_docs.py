"""The documentation made from the rules."""

import pytest

from pcapflow.errors import UsageError
from pcapflow.findings import catalogue, docs
from pcapflow.findings.rule import Rule


@pytest.mark.parametrize("rule", catalogue.EVERY, ids=lambda rule: rule.CODE)
def test_every_part_of_a_rules_documentation_is_there(rule: Rule) -> None:
    assert rule.DOC.title.endswith(".")
    assert len(rule.DOC.title) <= 100
    for heading, text in docs.fields(rule.DOC):
        assert len(text) >= 20, heading


def test_an_unknown_code_names_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"'close-wait-leek'. Try: close-wait-leak"):
        catalogue.explain("close-wait-leek")


def test_a_code_is_explained() -> None:
    assert catalogue.explain("half-close").title.startswith("One end closed its direction")
