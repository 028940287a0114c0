"""The layers of a network in a saved page, with no kernel: each opened, each at the same step of the input."""

from __future__ import annotations

import nbformat
import pytest
from reading import slide_to

pytestmark = pytest.mark.browser

SOURCE = """from dataclasses import replace
import numpy as np
from lstm_viz.cells import LSTMCell
from lstm_viz.widgets import explore_layers
x = np.random.default_rng(0).normal(size=(7, 2))
there = LSTMCell.initialise(2, 3, seed=0).run(x)
back = replace(LSTMCell.initialise(2, 4, seed=1).run(x[::-1]), go_backwards=True)
explore_layers({"there": there, "back": back}, labels=list("abcdefg"))"""


@pytest.mark.parametrize("width", [1440, 390])
def test_every_layer_opens_at_the_step_that_the_bar_says(width, tmp_path, open_saved):
    from save_html import run

    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    made.cells = [nbformat.v4.new_code_cell(SOURCE)]
    nbformat.write(made, tmp_path / "layers.ipynb")
    page = open_saved(run(tmp_path / "layers.ipynb"), f"layers_{width}")
    page.page.set_viewport_size({"width": width, "height": 900})
    place = page.views()[0]
    slide_to(place, 2)
    for name, said in (("back", "input at t = 4 (step 2, reading from the end): c"), ("there", "input at t = 2: c")):
        place.locator("button.widget-toggle-button", has_text=name).click()
        page.drawn(place)
        opened = place.locator(".lstm-viz-columns").filter(visible=True)
        assert opened.count() == 1
        opened.get_by_text(said).wait_for()
    assert page.page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert page.problems == []
