"""A lesson as one file: with nothing beside it and no network it slides, and says which knobs need Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from lab import SavedPage
from reading import slide_to
from save_html import index, run, save_alone, title

pytestmark = pytest.mark.browser

TOOL = Path(__file__).parents[2] / "tools" / "save_html.py"
TEXT = "# 07 &nbsp; One *file*\n\nFirst $h_t = \\tanh(z)$, then [the next](08_newswires.ipynb)."
CELLS = (
    "import ipywidgets, numpy as np\nfrom lstm_viz import LSTMCell, explore\n"
    "from lstm_viz.widgets.callbacks import on_change",
    "view = explore(LSTMCell.initialise(4, 6).run(np.random.default_rng(3).normal(size=(24, 4))))\nview",
    "knob = ipywidgets.IntSlider(description='seed')\nchanges = on_change((knob,), lambda seed: None)\n"
    "ipywidgets.VBox([knob, ipywidgets.Button(description='train'), changes.status])",
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    cells = [nbformat.v4.new_markdown_cell(TEXT), *map(nbformat.v4.new_code_cell, CELLS)]
    folder = tmp_path_factory.mktemp("one_file")
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "lesson.ipynb")
    page = save_alone(run(folder / "lesson.ipynb"), folder / "pages", "07_one")
    index(folder / "pages", {"07_one": title(nbformat.read(folder / "lesson.ipynb", as_version=4))})
    return page


def test_a_file_by_itself_slides_and_writes_its_mathematics(path, chromium):
    assert {file.name for file in path.parent.iterdir()} == {"07_one.html", "index.html"}
    page = SavedPage(chromium, path)
    views = page.views()
    slide_to(page.page.locator(".lstm-viz-view"), 4)
    assert page.page.locator(".lstm-viz-readout").inner_text() == "4 / 24"
    page.page.locator("mjx-container").first.wait_for()
    assert page.page.get_by_role("link", name="the next").get_attribute("href") == "08_newswires.html"
    asked = (
        "() => performance.getEntriesByType('resource').map((e) => e.name).filter((url) => !url.startsWith('data:'))"
    )
    assert len(views) == 2 and page.page.evaluate(asked) == [] and page.problems == []
    page.close()


def test_what_needs_python_is_greyed_and_says_so_and_nothing_else_is(path, chromium):
    page = SavedPage(chromium, path)
    page.views()
    assert page.page.get_by_role("button", name="train").is_disabled()
    assert page.page.locator(".widget-slider[disabled], .noUi-target[disabled]").count() == 1
    assert page.page.locator(".lstm-viz-needs-python-note").count() == 1
    view = page.page.locator(".lstm-viz-view")
    assert view.locator("select").is_enabled() and view.locator("button:disabled").count() == 0
    page.close()


def test_the_index_names_the_lesson(path):
    assert '<a href="07_one.html">07 One *file*</a>' in (path.parent / "index.html").read_text(encoding="utf-8")


def test_without_npm_one_sentence_comes_before_anything_is_run(tmp_path):
    sign = tmp_path / "was_run"
    cell = nbformat.v4.new_code_cell(f"open({str(sign)!r}, 'w').close()")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "lesson.ipynb")
    alone = {**os.environ, "PATH": str(tmp_path), "LSTM_VIZ_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, str(TOOL), str(tmp_path / "lesson.ipynb"), "-o", str(tmp_path / "pages")]
    said = subprocess.run(command, env=alone, capture_output=True, text=True)
    assert said.returncode == 1 and not sign.exists()
    assert said.stderr.startswith("make html: ") and "npm" in said.stderr and said.stderr.count("\n") == 1
