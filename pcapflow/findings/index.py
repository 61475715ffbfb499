"""What must be known of a rule before it is asked: its module is loaded when it first is.

Of most captures two thirds of the rules see nothing, since no story has their events.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from pcapflow.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from pcapflow.findings.rule import Doc, Rule, Sign, Telling
    from pcapflow.model import Traffic
    from pcapflow.tcp.story import Story
    from pcapflow.tcp.timers import Settings


class Listed:
    """A ``Rule`` of this package by its code, which is also its module's name.

    ``EVENTS`` are the module's own.
    """

    def __init__(self, code: str, events: frozenset[str]) -> None:
        self.CODE = code
        self.EVENTS = events
        self._module: Rule | None = None

    def __repr__(self) -> str:
        return self.CODE

    @property
    def module(self) -> Rule:
        """The rule itself."""
        if self._module is None:
            self._module = import_module(f"{__package__}.{self.CODE.replace('-', '_')}")
        return self._module

    @property
    def LEVELS(self) -> str:
        return self.module.LEVELS

    @property
    def DOC(self) -> Doc:
        return self.module.DOC

    def look(self, story: Story, settings: Settings) -> Iterable[Sign]:
        """As the rule's own."""
        return self.module.look(story, settings)

    def tell(self, connection: Traffic, sign: Sign, waited: int | None) -> Telling:
        """As the rule's own."""
        return self.module.tell(connection, sign, waited)
