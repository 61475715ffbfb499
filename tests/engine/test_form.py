"""Compiled or interpreted: what is imported, what is said, and when it is out of date."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import pcapflow.engine
from pcapflow.engine import _form

ENGINE = Path(_form.__file__).parent
HOT = "# cython: language_level=3\n"


def test_it_is_known_before_anything_is_installed() -> None:
    """An installation runs it by itself, to know what to compile."""
    program = f"import runpy; runpy.run_path({_form.__file__!r})"
    subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True, timeout=60)


def an_engine(
    directory: Path, *, hot: tuple[str, ...] = ("events",), compiled: tuple[str, ...] = ()
) -> str:
    """A directory with hot modules and one plain; extension modules are only pretended."""
    (directory / "codes.py").write_text("SYN = 1\n")
    (directory / "serial.pxd").write_text("cdef long long add(long long a, long long n)\n")
    for name in hot:
        (directory / f"{name}.py").write_text(HOT)
    for name in compiled:
        (directory / f"{name}{EXTENSION_SUFFIXES[0]}").touch()
    if compiled:
        built = json.dumps(_form.fingerprints(str(directory)))
        (directory / _form.BUILT).write_text(built)
    return str(directory)


def engine_says(expression: str, **environment: str) -> str:
    """Print an expression about the real engine from a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", f"import pcapflow.engine as engine; print({expression})"],
        env={**os.environ, **environment},
        cwd=ENGINE.parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


# ---------------------------------------------------------------- which form


def test_only_marked_modules_are_hot(tmp_path: Path) -> None:
    directory = an_engine(tmp_path, hot=("records", "events"))
    assert _form.hot_modules(directory) == ["events", "records"]


def test_all_hot_modules_compiled_is_compiled(tmp_path: Path) -> None:
    directory = an_engine(tmp_path, hot=("a", "b"), compiled=("a", "b"))
    assert _form.form(directory) == "compiled"


@pytest.mark.parametrize(
    ("hot", "compiled"), [(("a", "b"), ("a",)), (("a",), ()), ((), ())], ids=str
)
def test_anything_less_is_interpreted(
    tmp_path: Path, hot: tuple[str, ...], compiled: tuple[str, ...]
) -> None:
    assert _form.form(an_engine(tmp_path, hot=hot, compiled=compiled)) == "interpreted"


def test_a_module_compiled_for_another_python_does_not_count(tmp_path: Path) -> None:
    directory = an_engine(tmp_path, hot=("a",))
    (tmp_path / "a.cpython-27-pdp11.so").touch()
    assert _form.form(directory) == "interpreted"


def test_the_engine_has_hot_modules_and_the_switch_is_not_one() -> None:
    hot = _form.hot_modules(str(ENGINE))
    assert hot
    assert not {"__init__", "_form"} & set(hot)


# ---------------------------------------------------------------- PCAPFLOW_PURE


def test_pure_imports_the_source_though_a_compiled_module_lies_beside_it(tmp_path: Path) -> None:
    package = tmp_path / "engine_of_two_minds"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from pcapflow.engine._form import source_only\nsource_only(__path__)\n"
    )
    an_engine(package, compiled=("events",))  # importing the empty file would be an ImportError
    done = subprocess.run(
        [sys.executable, "-c", "import engine_of_two_minds.events as it; print(it.__file__)"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ENGINE.parents[1])])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()) == package / "events.py"


def test_pure_is_interpreted_and_never_stale() -> None:
    assert engine_says("engine.FORM, engine.stale()", PCAPFLOW_PURE="1") == "interpreted []"


def test_pure_loads_every_hot_module_from_its_source() -> None:
    names = ", ".join(f"'{name}'" for name in _form.hot_modules(str(ENGINE)))
    loaded = (
        "{__import__('importlib').import_module('pcapflow.engine.' + name).__file__[-3:]"
        f" for name in ({names},)}}"
    )
    assert engine_says(loaded, PCAPFLOW_PURE="1") == "{'.py'}"


def test_only_1_asks_for_pure() -> None:
    usual = engine_says("engine.FORM", PCAPFLOW_PURE="")
    assert engine_says("engine.FORM", PCAPFLOW_PURE="0") == usual


def test_importing_the_engine_loads_no_digest_and_no_json() -> None:
    loaded = "sorted({'hashlib', 'json'} & set(__import__('sys').modules))"
    assert engine_says(loaded) == "[]"


# ---------------------------------------------------------------- staleness


def test_what_was_just_built_is_current(tmp_path: Path) -> None:
    assert _form.stale(an_engine(tmp_path, hot=("a", "b"), compiled=("a", "b"))) == []


def test_nothing_compiled_is_never_stale(tmp_path: Path) -> None:
    assert _form.stale(an_engine(tmp_path)) == []


def test_an_edited_module_is_stale_and_its_neighbour_is_not(tmp_path: Path) -> None:
    directory = an_engine(tmp_path, hot=("a", "b"), compiled=("a", "b"))
    (tmp_path / "a.py").write_text(HOT + "changed = True\n")
    assert _form.stale(directory) == ["a"]


@pytest.mark.parametrize("change", ["edited", "added", "removed"])
def test_a_changed_declaration_makes_all_stale(tmp_path: Path, change: str) -> None:
    directory = an_engine(tmp_path, hot=("a", "b"), compiled=("a", "b"))
    if change == "removed":
        (tmp_path / "serial.pxd").unlink()
    else:
        (tmp_path / ("serial.pxd" if change == "edited" else "new.pxd")).write_text("# new\n")
    assert _form.stale(directory) == ["a", "b"]


def test_a_plain_module_may_change(tmp_path: Path) -> None:
    directory = an_engine(tmp_path, compiled=("events",))
    (tmp_path / "codes.py").write_text("SYN = 2\n")
    assert _form.stale(directory) == []


def test_a_compiled_module_without_a_source_or_a_record_is_stale(tmp_path: Path) -> None:
    directory = an_engine(tmp_path, hot=("a", "b"), compiled=("a", "b"))
    (tmp_path / "a.py").unlink()
    assert _form.stale(directory) == ["a"]
    (tmp_path / _form.BUILT).unlink()
    assert _form.stale(directory) == ["a", "b"]


def test_this_run_tests_what_lies_here() -> None:
    assert pcapflow.engine.stale() == []
