"""The layers of a network in a saved page, with no kernel: each opened, each at the same step of the input."""

from __future__ import annotations

import nbformat
import pytest
from reading import disagreement, numbers, slide_to

pytestmark = pytest.mark.browser

MODELS = """from dataclasses import replace
import numpy as np
from lstm_viz.cells import LSTMCell
x = np.random.default_rng(0).normal(size=(7, 2))
there = LSTMCell.initialise(2, 3, seed=0).run(x)
back = replace(LSTMCell.initialise(2, 4, seed=1).run(x[::-1]), go_backwards=True)
"""
VIEW = """from lstm_viz.widgets import explore_layers
explore_layers({"there": there, "back": back}, labels=list("abcdefg"))"""


@pytest.mark.parametrize("width", [1440, 390])
def test_every_layer_opens_at_the_step_that_the_bar_says(width, tmp_path, open_saved):
    from save_html import run

    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    made.cells = [nbformat.v4.new_code_cell(MODELS + VIEW)]
    nbformat.write(made, tmp_path / "layers.ipynb")
    page = open_saved(run(tmp_path / "layers.ipynb"), f"layers_{width}")
    page.page.set_viewport_size({"width": width, "height": 900})
    place = page.views()[0]
    slide_to(place, 2)
    computed = {}
    exec(MODELS, computed)
    cases = (("back", 4, "input at t = 4 (step 2, reading from the end): c"), ("there", 2, "input at t = 2: c"))
    for name, t, said in cases:
        place.locator("button.widget-toggle-button", has_text=name).click()
        page.drawn(place)
        opened = place.locator(".lstm-viz-columns").filter(visible=True)
        assert opened.count() == 1
        opened.get_by_text(said).wait_for()
        trace = computed[name]
        held = {quantity: getattr(trace, quantity) for quantity in (*trace.names, "h_tm1", "c_tm1", "x")}
        unit = place.locator(".lstm-viz-time select").evaluate("(e) => e.selectedIndex")
        assert disagreement(numbers(opened), held, t, unit) is None
    assert page.page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert page.problems == []
