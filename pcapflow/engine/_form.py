"""Which form of the engine runs, compiled or interpreted, and whether the compiled one is current.

The build (``setup.py``) loads this file by its path, before anything is installed, so it knows
the standard library only, and imports at the top only what an interpreter has loaded anyway:
start-up time counts.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Set
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    FileFinder,
    SourceFileLoader,
)

TYPE_CHECKING = False  # type checkers know this name; typing's own would cost its import
if TYPE_CHECKING:
    from typing import Literal

    Form = Literal["compiled", "interpreted"]

MARKER = b"# cython:"
"""The first line of a hot module begins so; nobody keeps a list of them."""

BUILT = f"_built.{sys.implementation.cache_tag}.json"
"""Lies beside the compiled modules and says of which sources they were made."""


def source_only(directories: Iterable[str]) -> None:
    """Import modules of these directories from their sources, even where a compiled one lies by.

    Must run before any of the modules is imported.  Python prefers an extension module to a
    source file of the same name; these finders know of source files only.
    """
    for directory in directories:
        finder = FileFinder(directory, (SourceFileLoader, SOURCE_SUFFIXES))
        sys.path_importer_cache[directory] = finder


def form(directory: str) -> Form:
    """Say how the engine in ``directory`` will be imported; one module not compiled decides.

    Looks only into files that have no compiled module beside them: this is done at every start.
    """
    compiled = compiled_modules(directory)
    return "compiled" if compiled and not _marked(directory, compiled) else "interpreted"


def hot_modules(directory: str) -> list[str]:
    """Name the modules that are to be compiled, sorted: those that begin with the marker."""
    return _marked(directory, frozenset())


def compiled_modules(directory: str) -> set[str]:
    """Name the modules that this interpreter would import as extension modules."""
    parted = (file.partition(".") for file in os.listdir(directory))
    return {name for name, dot, suffix in parted if dot + suffix in EXTENSION_SUFFIXES}


def fingerprints(directory: str) -> dict[str, str]:
    """Digest what the compiler reads: file name to SHA-256 of hot modules and declarations."""
    from hashlib import sha256

    files = [f"{name}.py" for name in hot_modules(directory)]
    files += [file for file in os.listdir(directory) if file.endswith(".pxd")]
    digests = {}
    for file in sorted(files):
        with open(os.path.join(directory, file), "rb") as source:
            digests[file] = sha256(source.read()).hexdigest()
    return digests


def stale(directory: str) -> list[str]:
    """Name the compiled modules, sorted, that were not made of the sources that lie there now.

    A changed declaration file makes all of them stale, for any module may have read it.
    """
    compiled = compiled_modules(directory)
    if not compiled:
        return []
    then, now = _recorded(directory), fingerprints(directory)
    if _declarations(then) != _declarations(now):
        return sorted(compiled)
    return sorted(
        name
        for name in compiled
        if f"{name}.py" not in now or then.get(f"{name}.py") != now[f"{name}.py"]
    )


def _recorded(directory: str) -> dict[str, str]:
    import json

    try:
        with open(os.path.join(directory, BUILT), encoding="utf-8") as record:
            return dict(json.load(record))
    except FileNotFoundError:
        return {}  # built by some other way than setup.py: nothing vouches for it


def _declarations(digests: dict[str, str]) -> dict[str, str]:
    return {file: digest for file, digest in digests.items() if file.endswith(".pxd")}


def _marked(directory: str, left_out: Set[str]) -> list[str]:
    """Name the modules, sorted, whose sources begin with the marker."""
    return sorted(
        name
        for name, _, suffix in (file.rpartition(".") for file in os.listdir(directory))
        if suffix == "py" and name not in left_out and _is_marked(f"{directory}{os.sep}{name}.py")
    )


def _is_marked(path: str) -> bool:
    with open(path, "rb", buffering=0) as source:
        return source.read(len(MARKER)) == MARKER
