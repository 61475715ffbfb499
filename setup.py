"""Builds the engine's hot modules; everything else about the package is in pyproject.toml.

``PCAPFLOW_BUILD`` says what to do:

- ``auto`` (the default): compile where there is a C compiler, install interpreted where not;
- ``require``: fail where compiling fails, and show why (for CI and wheels);
- ``off``: compile nothing.
"""

from __future__ import annotations

import compileall
import importlib.util
import json
import os
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ENGINE = Path("pcapflow", "engine")
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": True,  # captures are hostile
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": False,
    "embedsignature": True,
}

_spec = importlib.util.spec_from_file_location("_form", ENGINE / "_form.py")
assert _spec is not None and _spec.loader is not None
form = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(form)


def extensions(mode: str) -> list[Extension]:
    """Make one extension a hot module; they are translated only when they are built."""
    if mode not in ("auto", "require", "off"):
        sys.exit(f"PCAPFLOW_BUILD={mode}: must be auto, require or off")
    if mode == "off":
        return []
    return [
        Extension(
            f"pcapflow.engine.{name}",
            [str(ENGINE / f"{name}.py")],
            depends=[str(path) for path in sorted(ENGINE.glob("*.pxd"))],
            # Python's own flags ask for debugging information: six times the size of the rest.
            extra_compile_args=[] if sys.platform == "win32" else ["-O3", "-g0"],
            optional=mode == "auto",
        )
        for name in form.hot_modules(ENGINE)
    ]


class BuildEngine(build_ext):
    """Compiles all hot modules or, where that may fail, none; records what they were made of."""

    parallel: int | None
    sources: dict[str, str]

    def finalize_options(self) -> None:
        super().finalize_options()
        self.force = True  # a file's time does not show what a module was made of
        self.parallel = self.parallel or os.cpu_count()

    def run(self) -> None:
        for directory in self._destinations():
            _clean(directory)
        super().run()
        # An editable installation runs from here: pip compiles no other to bytecode, and where
        # Python may not write it at run time every start would take half as long again.
        compileall.compile_dir("pcapflow", quiet=2)
        if not self.extensions:
            return
        destination = self._destinations()[0]
        if len(form.compiled_modules(destination)) == len(self.extensions):
            text = json.dumps(self.sources, indent=1)
            (destination / form.BUILT).write_text(text + "\n", encoding="utf-8")
        else:
            # Compiled modules share C structures: beside an interpreted one they would not import.
            _clean(destination)
            self.warn("no C compiler that works: the engine will run interpreted")

    def build_extensions(self) -> None:
        from Cython.Build import cythonize

        self.sources = form.fingerprints(ENGINE)
        translated = cythonize(
            self.extensions,
            build_dir=str(Path("build", "cython")),
            compiler_directives=DIRECTIVES,
            force=True,
        )
        # cythonize() returns new extensions and loses ``optional``: keep ours, take its C files.
        c_files = {extension.name: extension.sources for extension in translated}
        for extension in self.extensions:
            extension.sources = c_files[extension.name]
        super().build_extensions()

    def _destinations(self) -> list[Path]:
        """Say where the modules end up, then where they may pass through on the way there."""
        built = Path(self.build_lib) / ENGINE
        return [ENGINE, built] if self.inplace else [built]


def _clean(directory: Path) -> None:
    """Remove what an earlier build for this interpreter left: it would shadow the sources."""
    if not directory.is_dir():
        return
    for name in form.compiled_modules(directory):
        for path in directory.glob(f"{name}.*"):
            if path.suffix in (".so", ".pyd"):
                path.unlink()
    (directory / form.BUILT).unlink(missing_ok=True)


setup(
    ext_modules=extensions(os.environ.get("PCAPFLOW_BUILD", "auto")),
    cmdclass={"build_ext": BuildEngine},
)
