"""Who draws it: paints a finished scene into a file.

Knows scenes and errors; the drawing library is imported when the first picture is painted.
"""

from __future__ import annotations

from pathlib import Path

from pcapflow.errors import UsageError
from pcapflow.scene import Scene

__all__ = ["write"]

SUFFIXES = (".png",)


def write(scene: Scene, path: str | Path) -> None:
    """Paints ``scene`` into the file ``path``, in the form that its suffix names.

    The same scene gives the same octets.  An existing file is replaced.  Raises UsageError for
    a suffix that no renderer has, OSError where the file cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        forms = ", ".join(SUFFIXES)
        named = f"a picture cannot be a {target.suffix} file" if target.suffix else "no form named"
        raise UsageError(f"{target}: {named}; use one of: {forms}")
    from pcapflow.draw.png import png

    target.write_bytes(png(scene))
