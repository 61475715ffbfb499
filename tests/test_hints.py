"""Hints: type checkers see typing's own; at run time readers of types find what they look for."""

from __future__ import annotations

from typing import get_args

from pcapflow.model import ENDS, State
from tests.cli.program import python


def test_words_can_be_asked_for() -> None:
    assert {"ESTABLISHED", "CLOSE_WAIT"} <= set(get_args(State))


def test_who_has_loaded_typing_gets_typings_own() -> None:
    program = (
        "import typing\n"
        "from pcapflow.model import Severity\n"
        "class Mine: severity: Severity\n"
        "assert typing.get_origin(Severity) is typing.Literal\n"
        "print(*typing.get_args(typing.get_type_hints(Mine)['severity']))"
    )
    assert python(program).out.split() == ["error", "warning", "info"]


def test_who_has_not_gets_words_too() -> None:
    program = (
        "import sys\n"
        "from pcapflow.model import End\n"
        "assert 'typing' not in sys.modules\n"
        "import typing\n"
        "print(*typing.get_args(End))"
    )
    assert python(program).out.split() == list(ENDS)
