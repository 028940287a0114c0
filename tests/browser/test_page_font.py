"""The package's own font is on every page with a picture, and is what text is drawn with."""

from __future__ import annotations

import nbformat
import pytest

pytestmark = pytest.mark.browser

CELLS = ("from lstm_viz import LSTMCell, explore", "explore(LSTMCell.initialise(2, 3).run([[0.5, -1.0]] * 4))")


def test_a_saved_page_brings_the_font_once_and_draws_with_it(tmp_path, open_saved):
    from save_html import run

    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(notebook, tmp_path / "font.ipynb")
    page = open_saved(run(tmp_path / "font.ipynb"), "font")
    (view,) = page.views()
    page.drawn(view)
    faces = page.page.evaluate("[...document.fonts].filter((f) => f.family.includes('lstm_viz')).map((f) => f.status)")
    assert faces == ["loaded"]
    for text in (".lv-diagram text", ".gtitle, .annotation-text, .xtitle"):
        family = view.locator(text).first.evaluate("(e) => getComputedStyle(e).fontFamily")
        assert family.replace('"', "").startswith("lstm_viz Inter")
    assert page.problems == []
