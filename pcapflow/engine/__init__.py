"""The hot path: from captured octets to connections, events and shapes, in batches.

Plain Python that Cython compiles at install; without a C compiler the same files run interpreted,
with the same results.  Knows tcp/ and model, and no file, clock, log or terminal.
"""

from __future__ import annotations

import os

from pcapflow.engine import _form

_PURE = os.environ.get("PCAPFLOW_PURE") == "1"
if _PURE:
    _form.source_only(__path__)

FORM: _form.Form = "interpreted" if _PURE else _form.form(__path__[0])
"""How the engine's hot modules run in this process."""


def stale() -> list[str]:
    """Name the compiled modules in use that no longer match their sources."""
    return [] if _PURE else _form.stale(__path__[0])


__all__ = ["FORM", "stale"]
