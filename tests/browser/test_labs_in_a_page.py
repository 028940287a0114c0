"""Labs of few positions in a page without a kernel: their knobs answer as Python does, in Chromium and Firefox."""

from __future__ import annotations

import json

import nbformat
import pytest
from lab import SavedPage
from save_html import run, save

from lstm_viz.lessons import lesson_05, lesson_06

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CELLS = ("lesson_05.forget_bias_lab()", "lesson_06.be_the_gates()")
TABLE = "[...document.querySelectorAll('.lstm-viz-lab table')].map((e) => e.textContent).join()"


@pytest.fixture(scope="module")
def page_of_labs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("beforehand")
    imports = "from lstm_viz.lessons import lesson_05, lesson_06"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in (imports, *CELLS)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "labs.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LSTM_VIZ_QUICK", "1")
        notebook = run(folder / "labs.ipynb", for_a_page=True)
    return save(notebook, folder, "labs")


def plain(html):
    return "".join("".join(part.split(">")[-1] for part in html.split("<")).split())


def test_a_knob_moves_pictures_words_and_table_to_pythons_answers(page_of_labs, chromium):
    page = SavedPage(chromium, page_of_labs)
    try:
        page.views()
        bias, gates = page.page.locator(".lstm-viz-lab").all()
        lab = lesson_05.forget_bias_lab()
        handles = bias.locator(".noUi-handle")
        handles.nth(0).press("ArrowRight")  # the page has 1 and 3, and one step leads to the other
        handles.nth(1).press("ArrowRight")
        lab.bias.value, lab.lag.value = 3.0, 100
        said = bias.locator("[role=img]").first
        page.page.wait_for_function(
            "(e) => e.ariaLabel.includes('lag (timesteps) = 100') && e.ariaLabel.includes('yours, b = 3')",
            arg=said.element_handle(),
        )
        drawn = bias.locator(".js-plotly-plot").first.evaluate("(e) => e._fullData.map(({name, y}) => [name, [...y]])")
        drawn = dict(drawn)
        for trace in lab.paths_view.figure.data:
            assert drawn[trace.name] == pytest.approx(list(trace.y), rel=1e-3)
        assert plain(bias.locator("table").inner_text()) == plain(lab.table.value)

        lab = lesson_06.be_the_gates()
        handles = gates.locator(".noUi-handle")
        handles.nth(1).press("ArrowLeft")  # i: the last edge, from 23 to 4, the stop before it
        lab.sliders["i"].value = (0, 4)
        handles.nth(0).press("End")
        lab.sliders["i"].value = (4, 4)
        handles.nth(4).press("End")  # o: only at the end
        lab.sliders["o"].value = (23, 23)
        words = f"{lab.score:.0%} right"
        page.page.wait_for_function("(words) => document.body.innerText.includes(words)", arg=words)
        page.drawn(gates)
        drawn = gates.locator(".js-plotly-plot").evaluate("(e) => e._fullData.map(({y}) => [...y])")
        wanted = [list(trace.y) for trace in lab.view.figure.data]
        assert [pytest.approx(line, rel=1e-3, abs=1e-4) for line in wanted] == drawn
        assert page.problems == []
        button = gates.get_by_role("button", name="See what training found")
        assert button.is_disabled(), "training needs Python, and says so"
        note = page.page.locator(".lstm-viz-needs-python-note")
        assert all(box["width"] > 400 for box in (each.bounding_box() for each in note.all()))
    finally:
        page.close()


def test_in_firefox(page_of_labs, firefox):
    firefox.size(1280, 900)
    firefox.open(page_of_labs.as_uri())
    firefox.wait("document.querySelectorAll('.lstm-viz-lab .main-svg').length > 2")
    before = firefox.read(TABLE)
    firefox.read("document.querySelectorAll('.lstm-viz-lab .noUi-handle')[1].focus()")
    firefox.press("ArrowRight")
    firefox.wait(f"{TABLE} !== {json.dumps(before)}")
    lab = lesson_05.forget_bias_lab()
    lab.lag.value = 100
    assert plain(firefox.read(TABLE)).startswith(plain(lab.table.value))
    assert firefox.problems == []
