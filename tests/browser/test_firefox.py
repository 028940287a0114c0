"""A saved page in Firefox: no kernel, no network, and its sliders move."""

from __future__ import annotations

import nbformat
import pytest
from save_html import run, save

pytestmark = pytest.mark.browser

CELLS = (
    "import numpy as np\nfrom lstm_viz import LSTMCell, explore",
    "explore(LSTMCell.initialise(4, 6).run(np.random.default_rng(3).normal(size=(24, 4))))",
)
READOUT = "document.querySelector('.lstm-viz-readout').textContent"
CURSOR = "document.querySelector('.js-plotly-plot .shapelayer path').getBoundingClientRect().left"
DRAWN = (
    "!!document.querySelector('.lstm-viz-readout') && !!document.querySelector('.js-plotly-plot .shapelayer path') "
    "&& !!document.querySelector('.lv-diagram')"
)


def test_a_saved_page_slides_in_firefox(firefox, site, tmp_path):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    nbformat.write(made, tmp_path / "lesson.ipynb")
    page = save(run(tmp_path / "lesson.ipynb"), site, "in_firefox")
    firefox.size(1280, 900)
    firefox.open(page.as_uri())
    firefox.wait(DRAWN)
    before = firefox.read(CURSOR)
    firefox.read("document.querySelector('.lstm-viz-time .noUi-handle').focus()")
    for _ in range(5):
        firefox.press("ArrowRight")
    firefox.wait(f"{READOUT} === '5 / 24'")
    firefox.wait(f"{CURSOR} > {before} + 20")
    firefox.wait("document.querySelector('[aria-label*=\"LSTM cell\"]').ariaLabel.includes('at timestep 5')")
    assert firefox.problems == []
