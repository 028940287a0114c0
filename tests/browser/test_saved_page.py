"""A page saved as HTML, read on a desk and on a phone."""

from __future__ import annotations

import nbformat
import pytest
from lab import SavedPage
from reading import slide_to
from save_html import run, save

pytestmark = pytest.mark.browser

LONG = 40 * "long "
FOLDED = f"import numpy as np\nfrom lstm_viz import LSTMCell, explore\ncell = LSTMCell.initialise(4, 6)  # {LONG}"
END = "(e) => { e.scrollLeft = 1e6; return [e.scrollLeft, e.scrollWidth - e.clientWidth]; }"
VIEW = "explore(cell.run(np.random.default_rng(3).normal(size=(24, 4))))"


@pytest.fixture(scope="module")
def path(site, tmp_path_factory):
    code = nbformat.v4.new_code_cell
    cells = [
        code(FOLDED, metadata={"jupyter": {"source_hidden": True}}),
        code(VIEW),
        code(f"1  # {LONG}"),
        nbformat.v4.new_markdown_cell("\n\n".join(["text"] * 60)),
    ]
    file = tmp_path_factory.mktemp("saved") / "lesson.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
    return save(run(file), site, "on_a_phone")


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desk", "phone"])
def page(request, path, chromium):
    page = SavedPage(chromium, path, viewport=request.param)
    page.views()
    yield page
    assert page.problems == []
    page.close()


def test_a_cell_that_is_folded_away_opens_when_asked(page):
    code = page.page.get_by_text("LSTMCell.initialise").first
    assert not code.is_visible()
    page.page.get_by_text("code, folded away").click()
    assert code.is_visible()


def test_the_bar_stays_in_sight_and_slides_while_its_view_is_read(page):
    page.page.evaluate(
        """() => {
          const view = document.querySelector(".lstm-viz-view");
          scrollTo(0, view.getBoundingClientRect().top + scrollY + view.clientHeight / 2);
        }"""
    )
    page.page.wait_for_timeout(200)
    bar = page.page.locator(".lstm-viz-time")
    place = bar.bounding_box()
    assert 0 <= place["y"] < 5 and place["height"] < page.page.viewport_size["height"] / 4
    slide_to(page.page.locator(".lstm-viz-view"), 4)
    assert bar.locator(".lstm-viz-readout").inner_text() == "4 / 24"
    assert bar.bounding_box()["y"] == place["y"]
    page.page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")
    page.page.wait_for_timeout(200)
    assert bar.bounding_box()["y"] < -20, "it goes with its view"


def test_nothing_is_wider_than_the_screen_and_long_code_can_be_reached(page):
    page.page.get_by_text("code, folded away").click()
    width = page.page.viewport_size["width"]
    assert page.page.evaluate("() => document.documentElement.scrollWidth") <= width
    for editor in page.page.locator(".jp-InputArea-editor > .cm-editor").all():
        reached, hidden = editor.evaluate(END)
        assert abs(reached - hidden) <= 1 and editor.bounding_box()["width"] < width
