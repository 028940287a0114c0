"""What a reader without a mouse, or who hears the page, meets; and the bar that stays in sight."""

from __future__ import annotations

import nbformat
import pytest
from lab import Lab
from reading import moves

pytestmark = pytest.mark.browser

SOURCE = """\
import ipywidgets, numpy as np
from lstm_viz import LSTMCell, explore
view = explore(LSTMCell.initialise(4, 6).run(np.random.default_rng(3).normal(size=(24, 4))))
knob = ipywidgets.FloatSlider(description="weight")
ipywidgets.VBox([view, knob])"""


@pytest.fixture
def page(lab, open_notebook):
    write(lab.folder)
    page = open_notebook("keys.ipynb", viewport=(1024, 768))
    page.run_all()
    return page


@pytest.fixture
def notebook_7(chromium, tmp_path):
    """The same in Notebook 7."""
    for name in ("private", "work"):
        (tmp_path / name).mkdir()
    write(tmp_path / "work")
    server = Lab(tmp_path / "work", tmp_path / "private", app="notebook")
    page = server.open(chromium, "keys.ipynb", viewport=(1024, 768))
    page.run_all()
    yield page
    page.close()
    server.close()


def write(folder):
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [nbformat.v4.new_code_cell(source) for source in (SOURCE, "1", "\n" * 60)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "keys.ipynb")


def active_cell(page):
    return page.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activeCellIndex")


@pytest.mark.parametrize("front_end", ["page", "notebook_7"])
def test_a_click_on_the_track_leaves_the_arrow_keys_with_the_slider(front_end, request):
    page = request.getfixturevalue(front_end)
    view = page.show_cell(0)
    assert all(moves(handle) for handle in view.locator(".noUi-handle").all())
    for track, read in (
        (".lstm-viz-time .noUi-target", ".lstm-viz-readout"),
        (".noUi-target >> nth=1", ".widget-readout"),
    ):
        view.locator(track).first.scroll_into_view_if_needed()
        box = view.locator(track).first.bounding_box()
        page.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.page.wait_for_timeout(300)
        before, cell = view.locator(read).last.inner_text(), active_cell(page)
        for _ in range(3):
            page.page.keyboard.press("ArrowRight")
        page.page.wait_for_timeout(200)
        assert view.locator(read).last.inner_text() != before
        page.page.keyboard.press("ArrowDown")
        assert active_cell(page) == cell
    assert page.problems == []


def test_every_slider_has_a_name_and_every_choice_says_its_state(page):
    view = page.show_cell(0)
    page.page.wait_for_timeout(300)
    names = view.locator(".noUi-handle").evaluate_all("(all) => all.map((e) => e.getAttribute('aria-label'))")
    assert names == ["timestep t", "weight"]

    def pressed():
        buttons = view.locator(".widget-toggle-button")
        return buttons.evaluate_all("(all) => all.filter((e) => e.ariaPressed === 'true').map((e) => e.textContent)")

    assert pressed() == ["all"]
    view.get_by_role("button", name="update", exact=True).click()
    page.page.wait_for_timeout(300)
    assert pressed() == ["update"]
    page.page.emulate_media(forced_colors="active")
    chosen, other = (
        view.get_by_role("button", name=name, exact=True).evaluate("(e) => getComputedStyle(e).backgroundColor")
        for name in ("update", "input")
    )
    assert chosen != other


def test_the_bar_stays_in_sight_while_its_view_is(page):
    page.show_cell(0)
    for hidden in (200, 600):
        page.page.evaluate(
            """(hidden) => {
              const outer = document.querySelector(".jp-WindowedPanel-outer");
              const top = (e) => e.getBoundingClientRect().top;
              outer.scrollTop += top(document.querySelector(".lstm-viz-view")) - top(outer) + hidden;
            }""",
            hidden,
        )
        page.page.wait_for_timeout(200)
        place = page.page.locator(".lstm-viz-time").bounding_box()
        outer = page.page.locator(".jp-WindowedPanel-outer").bounding_box()
        assert outer["y"] <= place["y"] < outer["y"] + 5


def test_controls_can_be_read_in_the_dark_theme(page):
    page.command("apputils:change-theme", theme="JupyterLab Dark")
    page.page.wait_for_timeout(1000)
    view = page.show_cell(0)
    contrast = """(e) => {
      const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      const light = (text) => { const [r, g, b] = text.match(/[\\d.]+/g).map(Number);
        return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
      let behind = e;
      while (/, 0\\)|transparent/.test(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
      const [a, b] = [light(getComputedStyle(e).color), light(getComputedStyle(behind).backgroundColor)];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }"""
    for place in (".lstm-viz-time select", ".widget-toggle-button", ".lstm-viz-readout", ".lstm-viz-input"):
        for element in view.locator(place).all():
            assert element.evaluate(contrast) >= 4.5, place
