"""`import lstm_viz` stays light, and imports go only down the list of layers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "lstm_viz"
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
    if path != PACKAGE / "__init__.py"
}

#: what `import lstm_viz` must not load
HEAVY = ("tensorflow", "keras", "plotly", "ipywidgets", "anywidget", "sklearn", "scipy", "pandas", "joblib", "IPython")

#: the layers, lowest first: their modules, and what they may load from outside beside the standard library.
#: A module imports modules of its own layer and of those below, nothing above.
LAYERS = {
    "numbers": ({"cells"}, {"numpy"}),
    "meaning": (
        {
            "by_hand", "experiments", "gradients", "grammar", "newswire_results", "recipes", "sweep_results", "tasks",
            "training",
        },
        {"numpy", "joblib", "threadpoolctl", "tqdm"},
    ),
    "bridges": (
        {
            "datasets", "digit_reading", "keras_bridge", "live_training", "lstm_arguments", "newswires", "quiet_keras",
            "wire_reading",
        },
        {"numpy", "keras", "sklearn"},
    ),
    "pictures": (
        {
            "style", "_notation", "_svg", "_graphs", "live_markup", "diagram", "equations", "_figure_parts",
            "_figure_curves", "figures", "gradient_figures", "wire_markup",
        },
        {"numpy", "plotly"},
    ),
    "controls": ({"widgets"}, {"numpy", "plotly", "ipywidgets", "anywidget", "traitlets", "IPython"}),
    "lessons": ({"answers", "environment", "exercises", "exercise_bank"}, {"numpy", "IPython"}),
}  # fmt: skip


def layer_of(module):
    """Name of the layer of a module such as "cells" or "widgets.frame_view", or None."""
    return next((layer for layer, (modules, _) in LAYERS.items() if module.split(".")[0] in modules), None)


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


@pytest.mark.parametrize("name", ["gradients", "tasks", "keras_bridge", "exercises"])
def test_half_of_the_lessons_never_load_tensorflow_or_plotly(name):
    assert not loaded_by(f"import lstm_viz; lstm_viz.{name}") & {"tensorflow", "keras", "plotly", "ipywidgets"}


@pytest.mark.parametrize("name", ["figures", "diagram"])
def test_pictures_are_drawn_without_tensorflow(name):
    assert not loaded_by(f"import lstm_viz; lstm_viz.{name}") & {"tensorflow", "keras", "ipywidgets"}


def test_the_lazy_names_are_all_there():
    import lstm_viz

    for name in lstm_viz.__all__:
        assert getattr(lstm_viz, name) is not None
    assert dir(lstm_viz) == sorted(lstm_viz.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'LSTN'"):
        _ = lstm_viz.LSTN


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_go_down_the_layers_only(module):
    layer = layer_of(module)
    assert layer, f"{module} stands in no layer; add it to LAYERS above and keep its imports below it"
    order = list(LAYERS)
    for name in imports(MODULES[module]):
        first = name.split(".")[0]
        if first == "lstm_viz":
            target = name.removeprefix("lstm_viz.")
            if target == "__version__":
                continue
            below = layer_of(target)
            assert below, f"{module} imports {name}, which stands in no layer"
            assert order.index(below) <= order.index(layer), (
                f"{module} ({layer}) imports {name} ({below}), which is above"
            )
        elif first not in sys.stdlib_module_names:
            assert first in LAYERS[layer][1], f"{module} ({layer}) must not import {first}"


def test_the_list_of_layers_names_no_module_that_is_gone():
    listed = set().union(*(modules for modules, _ in LAYERS.values()))
    assert listed <= {module.split(".")[0] for module in MODULES}
