"""README's recipe for a reader's own model, on a model that reads both ways: every word stands where it was read."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import lstm_viz
from lstm_viz.pictures import figures

pytestmark = pytest.mark.keras

README = Path(__file__).parents[1] / "README.md"
WORDS = ["the", "cat", "sat", "on", "the", "mat"]


def said(view, t):
    """What the texts of a view (diagram, input line) say at t."""
    children = [view]
    for child in children:
        children.extend(getattr(child, "children", ()))
    shown = " ".join(child.markup.at(t) for child in children if child.has_trait("markup"))
    return re.sub(r'<div class="lv-strip".*?</div>', "", shown)  # the strip shows the whole input, whatever t is


def test_explore_and_compare_name_the_words_of_both_directions():
    import keras

    layers = [keras.layers.Embedding(10, 3), keras.layers.Bidirectional(keras.layers.LSTM(4), name="bi")]
    model = keras.Sequential([keras.Input((6,), dtype="int32"), *layers])
    traces = lstm_viz.trace_model(model, np.array([[1, 2, 3, 4, 1, 5]]))
    forward, backward = (traces[f"bi/{way}"].select(0) for way in ("forward", "backward"))
    assert ">the</" in said(lstm_viz.explore(forward, labels=WORDS), 0)
    first = said(lstm_viz.explore(backward, labels=WORDS), 0)
    assert ">mat</" in first and ">the</" not in first
    both = lstm_viz.compare({"forward": forward, "backward": backward}, labels=WORDS)
    assert ">mat</" in said(both, 5)
    column = figures.compare({"forward": forward, "backward": backward}).data[-1].z[:, 5]
    np.testing.assert_allclose(column, backward.h[0], rtol=1e-5)  # where the backward layer read "mat": its first


def test_the_code_of_the_readme_runs_on_a_stacked_model():
    import keras

    layers = [keras.layers.Embedding(10, 3), keras.layers.LSTM(4, return_sequences=True, name="lstm")]
    layers.append(keras.layers.GRU(3, name="on_top"))
    names = {
        "model": keras.Sequential([keras.Input((6,), dtype="int32"), *layers]),
        "x": np.array([[1, 2, 3, 4, 1, 5]]),
        "words": WORDS,
    }
    code = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)[1]
    view = None
    for line in filter(str.strip, code.splitlines()):
        if line.startswith(("import", "traces =")):
            exec(line, names)
        else:
            view = eval(line, names)
            assert view.controls.timesteps == 6
    assert list(view.traces) == ["lstm", "on_top"]
