"""`import lstm_viz` stays light, and imports go only down the list of layers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from lstm_viz._rooms import ROOMS

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "lstm_viz"
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
    if path != PACKAGE / "__init__.py"
}

#: what `import lstm_viz` must not load
HEAVY = ("tensorflow", "keras", "plotly", "ipywidgets", "anywidget", "sklearn", "scipy", "pandas", "joblib", "IPython")


def room_of(module):
    """The room of a module such as "cells.lstm" or "widgets", or None."""
    first = module.split(".")[0]
    return first if first in ROOMS else None


def imports(path):
    """Every module that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively; write lstm_viz. out"
            if node.module == "lstm_viz":
                yield from (f"lstm_viz.{alias.name}" for alias in node.names)
            else:
                yield node.module


def loaded_by(statement):
    code = f"import sys; before = set(sys.modules); {statement}; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr == ""
    return {name.split(".")[0] for name in done.stdout.split()}


def test_importing_the_package_loads_numpy_and_nothing_heavier():
    loaded = loaded_by("import lstm_viz")
    assert "numpy" in loaded and not loaded & set(HEAVY)
    beside_numpy = loaded - loaded_by("import numpy") - set(sys.stdlib_module_names) - {"lstm_viz"}
    assert not beside_numpy


@pytest.mark.parametrize("name", ["learning", "keras_models", "exercises", "trace_model"])
def test_half_of_the_lessons_never_load_tensorflow_or_plotly(name):
    assert not loaded_by(f"import lstm_viz; lstm_viz.{name}") & {"tensorflow", "keras", "plotly", "ipywidgets"}


@pytest.mark.parametrize("name", ["pictures"])
def test_pictures_are_drawn_without_tensorflow(name):
    assert not loaded_by(f"import lstm_viz; lstm_viz.{name}") & {"tensorflow", "keras", "ipywidgets"}


def test_the_lazy_names_are_all_there():
    import lstm_viz

    for name in lstm_viz.__all__:
        assert getattr(lstm_viz, name) is not None
    assert dir(lstm_viz) == sorted(lstm_viz.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'LSTN'"):
        _ = lstm_viz.LSTN


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"_rooms", "__main__"}))
def test_imports_go_down_the_rooms_only(module):
    room = room_of(module)
    assert room, f"{module} stands in no room; the ground floor has rooms, `_rooms` and `__main__` alone"
    order = list(ROOMS)
    for name in imports(MODULES[module]):
        first = name.split(".")[0]
        if first == "lstm_viz":
            target = name.removeprefix("lstm_viz.").removeprefix("lstm_viz")
            if target in ("__version__", "_rooms"):
                continue
            below = room_of(target)
            assert below, f"{module} imports {name}, which stands in no room"
            assert order.index(below) <= order.index(room), f"{module} imports {name}, a room above its own"
            names_of_another_room = [part for part in target.split(".")[1:] if part.startswith("_")]
            assert below == room or not names_of_another_room, f"{module} uses {name}, a helper of another room"
        elif first not in sys.stdlib_module_names:
            assert first in ROOMS[room], f"{module}, in the room {room}, must not import {first}"


def test_no_room_of_a_lesson_uses_another_lessons():
    for module, path in MODULES.items():
        if module.startswith("lessons.lesson_"):
            own = module.split(".")[1]
            others = {n for n in imports(path) if n.startswith("lstm_viz.lessons.") and n.split(".")[2] != own}
            assert not others, f"{module} imports {others}: what two lessons need stands in a room below"


def test_every_room_is_there_and_says_what_it_is():
    import importlib

    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders == set(ROOMS)
    for room in ROOMS:
        assert importlib.import_module(f"lstm_viz.{room}").__doc__.strip()


def test_no_file_is_longer_than_a_reader_follows():
    root = PACKAGE.parent
    folders = [PACKAGE, *(root / name for name in ("tests", "tools", "benchmarks", "jupyter"))]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".js")]
    lengths = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert len(files) > 300 and {name: n for name, n in lengths.items() if n > 400} == {}
