"""A text box in JupyterLab and in a saved page: what is typed is read, or the reader is told that nobody reads it."""

from __future__ import annotations

import nbformat
import numpy as np
import pytest
from reading import disagreement, numbers

from lstm_viz import LSTMCell

pytestmark = pytest.mark.browser

SOURCE = """\
import numpy as np
from lstm_viz import LSTMCell
from lstm_viz.widgets import read_text
def encode(text):
    return np.array([[c == "(", c == ")", c not in "()"] for c in text], float)
reader = read_text(LSTMCell.initialise(3, 2), encode, "a (b) c")
reader"""
NOBODY = "Python has not read this text yet"


def written():
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    made.cells = [nbformat.v4.new_code_cell(SOURCE)]
    return made


def values(text):
    x = np.array([[c == "(", c == ")", c not in "()"] for c in text], float)
    trace = LSTMCell.initialise(3, 2).run(x)
    return {name: getattr(trace, name) for name in (*trace.names, "h_tm1", "c_tm1")}


def type_in(view, text):
    box = view.locator("input[type=text]")
    box.fill(text)
    box.press("Enter")


def unit(view):
    return view.locator("select").evaluate("(e) => e.selectedIndex")


def test_what_is_typed_is_read(lab, open_notebook):
    nbformat.write(written(), lab.folder / "typed.ipynb")
    page = open_notebook("typed.ipynb")
    page.run_all()
    place = page.show_cell(0)
    for text in ("(", "안녕 (🎉)", "<script>alert(1)</script>", "x(" * 1000):
        type_in(place, text)
        place.get_by_text(f"0 / {len(text)}", exact=True).wait_for()
        page.refreshed()
        assert disagreement(numbers(place), values(text), 0, unit(place)) is None
        assert f"input at t = 0: {text[0]}" in place.locator(".lstm-viz-input").inner_text()
        place.locator(".noUi-handle").press("End")
        page.refreshed()
        assert disagreement(numbers(place), values(text), len(text) - 1, unit(place)) is None
    type_in(place, "")
    place.get_by_text("at least one character").wait_for()
    assert not place.locator(".lv-diagram").is_visible()
    box = place.locator("input[type=text]")
    box.press_sequentially("dd(00)a")  # by its keys, which JupyterLab has other uses for
    box.press("Enter")
    place.get_by_text("0 / 7", exact=True).wait_for()
    page.drawn(place)
    type_in(place, "(ab)")
    place.get_by_text("0 / 4", exact=True).wait_for()
    page.page.wait_for_timeout(2500)
    assert NOBODY not in place.inner_text()
    page.stop_kernel()
    type_in(place, "nobody there")
    place.get_by_text(NOBODY).wait_for()
    type_in(place, "(ab)")
    page.page.wait_for_timeout(300)
    assert NOBODY not in place.inner_text()


def test_a_saved_page_says_that_nobody_reads(tmp_path, open_saved):
    from save_html import run

    nbformat.write(written(), tmp_path / "page.ipynb")
    page = open_saved(run(tmp_path / "page.ipynb"), "read_text")
    place = page.page.locator("body")
    assert NOBODY not in place.inner_text()
    type_in(place, "nobody there")
    place.get_by_text(NOBODY).wait_for()
    assert page.problems == []
