"""A view on the whole screen, in a saved page and in JupyterLab: all of it, nothing to scroll, keys from anywhere."""

from __future__ import annotations

import nbformat
import numpy as np
import pytest
from lab import SavedPage
from save_html import run, save

from lstm_viz import LSTMCell

pytestmark = pytest.mark.browser

T = 12
CELL = """
import numpy as np
from lstm_viz import LSTMCell, explore
explore(LSTMCell.initialise(4, 8).run(np.random.default_rng(0).normal(size=(12, 4))), unit=2)
"""
SCREENS = [(1024, 768), (1440, 900), (1920, 1080)]
#: of all texts of the view: which are not on the screen, and which are smaller than 2.2 % of its height (letters of an
#: index, such as the t of h_t, stand beside larger ones)
TEXTS = """() => {
  const view = document.querySelector(".lstm-viz-stage > .lstm-viz-full");
  const scale = view.getBoundingClientRect().width / view.offsetWidth;
  const seen = [...view.querySelectorAll("*")].filter((e) => e.childElementCount === 0 && /\\S/.test(e.textContent)
    && e.getClientRects().length && getComputedStyle(e).visibility !== "hidden");
  const outside = seen.filter((e) => { const r = e.getBoundingClientRect();
    return r.width && (r.left < -1 || r.top < -1 || r.right > innerWidth + 1 || r.bottom > innerHeight + 1); });
  const size = (e) => parseFloat(getComputedStyle(e).fontSize) / innerHeight
    * (e.ownerSVGElement ? Math.hypot(e.getScreenCTM?.().a ?? scale, e.getScreenCTM?.().b ?? 0) : scale);
  const isIndex = (e) => e.closest("sub") || (/^(I|tspan)$/.test(e.tagName) && e.textContent.trim().length <= 2);
  const small = seen.filter((e) => !isIndex(e) && size(e) < 0.022).map((e) => [e.textContent, size(e)]);
  return {outside: outside.map((e) => e.textContent), small, indices: Math.min(...seen.map(size)),
          scrolls: document.querySelector(".lstm-viz-stage").scrollHeight > innerHeight + 1};
}"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = tmp_path_factory.mktemp("full_screen") / "view.ipynb"
    nbformat.write(notebook, path)
    return run(path)


def settle(page):
    page.wait_for_function("() => document.querySelector('.lstm-viz-stage > .lstm-viz-full:not(.lstm-viz-fitting)')")


def check_screen(page):
    found = page.evaluate(TEXTS)
    assert found["outside"] == [] and not found["scrolls"]
    assert found["small"] == []
    assert found["indices"] >= 0.015, found


@pytest.mark.parametrize("size", SCREENS, ids=str)
def test_a_saved_view_fills_the_screen_and_a_remote_moves_it(size, notebook, chromium, site):
    saved = SavedPage(chromium, save(notebook, site, "full_screen"), viewport=size)
    page, readout = saved.page, saved.page.locator(".lstm-viz-readout")
    try:
        saved.views()
        page.locator(".lstm-viz-play").focus()
        page.keyboard.press("f")
        settle(page)
        check_screen(page)
        page.evaluate("() => document.activeElement.blur()")  # from anywhere
        for key, t in [("PageDown", 1), ("PageDown", 2), ("PageUp", 1), ("ArrowRight", 2), ("End", T - 1), ("Home", 0)]:
            page.keyboard.press(key)
            page.wait_for_function(
                "(text) => document.querySelector('.lstm-viz-readout').textContent === text", arg=f"{t} / {T}"
            )
        page.keyboard.press("PageDown")
        page.wait_for_function(
            "(text) => document.querySelector('.lstm-viz-readout').textContent === text", arg=f"1 / {T}"
        )
        trace = LSTMCell.initialise(4, 8).run(np.random.default_rng(0).normal(size=(T, 4)))
        shown = page.locator(".lv-diagram [data-value='f']").first.text_content()
        assert float(shown) == pytest.approx(float(trace.f[1, 2]), abs=0.0051)
        page.keyboard.press("Escape")
        page.wait_for_function("() => !document.querySelector('.lstm-viz-stage')")
        assert readout.inner_text() == f"1 / {T}" and saved.problems == []
        assert not page.evaluate("() => Boolean(document.querySelector('.lstm-viz-view').style.transform)")
    finally:
        saved.close()


def test_where_full_screen_is_refused_the_view_fills_the_window(notebook, chromium, site):
    saved = SavedPage(chromium, save(notebook, site, "full_screen"), viewport=(1440, 900))
    page = saved.page
    try:
        saved.views()
        page.evaluate("() => { Element.prototype.requestFullscreen = () => Promise.reject(new Error('refused')); }")
        button = page.locator(".lstm-viz-screen")
        button.click()
        settle(page)
        assert page.locator(".lstm-viz-overlay").count() == 1
        assert button.get_attribute("aria-label") == "leave full screen (Esc)"
        check_screen(page)
        page.keyboard.press("f")
        page.wait_for_function("() => !document.querySelector('.lstm-viz-stage, .lstm-viz-overlay')")
        assert button.get_attribute("aria-label") == "full screen (f)" and saved.problems == []
    finally:
        saved.close()


def test_in_jupyterlab_the_key_is_the_views_own(lab, open_notebook, notebook):
    nbformat.write(notebook, lab.folder / "full_screen.ipynb")
    page = open_notebook("full_screen.ipynb")
    page.run_all()
    page.page.locator(".lstm-viz-play").focus()
    page.page.keyboard.press("f")
    settle(page.page)
    check_screen(page.page)
    page.page.keyboard.press("PageDown")
    page.page.wait_for_function(f"() => document.querySelector('.lstm-viz-readout').textContent === '1 / {T}'")
    page.page.keyboard.press("Escape")
    page.page.wait_for_function("() => !document.querySelector('.lstm-viz-stage')")
    assert page.problems == []
