"""Who draws it: a finished scene as a file, in one of several forms.

Knows scenes and errors; a form's module, and the drawing library that it may need, is imported
when the first picture of that form is made.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from pcapflow.draw.finish import PLAIN, Finish
from pcapflow.errors import UsageError
from pcapflow.scene import Chart, Scene

__all__ = ["BINARY", "PLAIN", "SUFFIXES", "WORDS", "Finish", "render", "write"]

_FORMS = {
    ".png": "png",
    ".svg": "svg",
    ".pdf": "pdf",
    ".txt": "text",
    ".mmd": "mermaid",
    ".puml": "plantuml",
}
"""By suffix, the module and the function in it that makes octets or text of a scene."""

SUFFIXES = tuple(_FORMS)
BINARY = (".png", ".pdf")
WORDS = (".txt", ".mmd", ".puml")


def render(scene: Scene | Chart, suffix: str, finish: Finish = PLAIN) -> bytes:
    """The octets of a file with this suffix; the same scene gives the same ones.

    Raises UsageError for a suffix that no renderer has; a chart has no form in words.
    """
    name = _FORMS.get(suffix.lower())
    if isinstance(scene, Chart) and suffix.lower() in WORDS:
        name = None
    if name is None:
        named = f"a picture cannot be a {suffix} file" if suffix else "no form named"
        raise UsageError(f"{named}; use one of: {', '.join(SUFFIXES)}")
    made: bytes | str = getattr(import_module(f"pcapflow.draw.{name}"), name)(scene, finish)
    return made.encode() if isinstance(made, str) else made


def write(scene: Scene | Chart, path: str | Path, finish: Finish = PLAIN) -> None:
    """Paints ``scene`` into the file ``path``, in the form that its suffix names.

    An existing file is replaced.  Raises UsageError for a suffix that no renderer has, OSError
    where the file cannot be written.
    """
    target = Path(path)
    target.write_bytes(render(scene, target.suffix, finish))
