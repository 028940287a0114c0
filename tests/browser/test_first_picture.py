"""A page's first picture comes soon: plotly.js is no larger than needed, and the pictures in sight are drawn first."""

from __future__ import annotations

import base64
import gzip

import nbformat
import plotly_part
import pytest
from lab import SavedPage
from plotly.offline import get_plotlyjs_version
from save_html import STATE, run, save, save_alone

pytestmark = pytest.mark.browser

FIRST = "import ipywidgets, plotly.graph_objects as go\nfrom lstm_viz.widgets.frame_view import FrameView\n"
#: eight pictures, the last of which stands at the top
PLAIN = FIRST + (
    "views = [FrameView(go.Figure(go.Scatter(y=[1, 3, k]), {'title': {'text': f'picture {k}'}})) for k in range(8)]\n"
    "ipywidgets.VBox(views, layout={'flex_flow': 'column-reverse'})"
)
ROUND = FIRST + "FrameView(go.Figure(go.Scatterpolar(r=[1, 2, 3], theta=[0, 90, 180])))"
#: which picture was drawn first, and how many times the screen was shown from then to the last
WATCH = """(() => {
  const shows = window.shows = [], order = window.order = [];
  const frame = () => { shows.push(order.length); requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  new MutationObserver(() => document.querySelectorAll(".js-plotly-plot").forEach((plot) => {
    const name = plot.querySelector(".gtitle")?.textContent;
    if (name && !order.includes(name)) order.push(name);
  })).observe(document, {childList: true, subtree: true, characterData: true});
})();"""


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("first_picture")
    for name, source in (("plain", PLAIN), ("round", ROUND)):
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), folder / f"{name}.ipynb")
    return {name: run(folder / f"{name}.ipynb") for name in ("plain", "round")}


def state(notebook):
    return notebook.metadata.widgets[STATE]["state"]


def test_the_pictures_in_sight_are_drawn_first_and_shown_before_the_others(notebooks, chromium, site):
    path = save(notebooks["plain"], site, "first_picture")
    opened = chromium.new_page(viewport={"width": 1440, "height": 900})
    opened.add_init_script(WATCH)
    opened.goto(path.resolve().as_uri())
    opened.wait_for_function("() => window.order.length === 8", timeout=30_000)
    order, shows = opened.evaluate("() => [window.order, window.shows]")
    opened.close()
    assert set(order[:2]) == {"picture 7", "picture 6"}
    assert set(shows) >= {1, 2, 3, 4, 5, 6, 7}  # one at a time


def test_a_page_has_the_part_of_plotly_that_its_pictures_need(notebooks, chromium, site, tmp_path):
    assert plotly_part.enough_for(state(notebooks["plain"])) == plotly_part.PART
    assert plotly_part.enough_for(state(notebooks["round"])) == plotly_part.WHOLE
    for name, drawn in (("plain", ".scatterlayer path"), ("round", ".polarlayer .scatterlayer path")):
        for path in (save(notebooks[name], site, f"plotly_{name}"), save_alone(notebooks[name], tmp_path, name)):
            page = SavedPage(chromium, path)
            page.views()
            assert page.page.locator(drawn).first.is_visible() and page.problems == []
            page.close()
    small, large = ((tmp_path / f"{name}.html").stat().st_size for name in ("plain", "round"))
    assert small < large - 1_000_000


def test_the_part_is_of_the_installed_version(notebooks):
    own = state(notebooks["plain"])
    plotly_part.inside(own)
    (library,) = (widget for widget in own.values() if widget["state"].get("_is_plotly_library"))
    (source,) = (b["data"] for b in library["buffers"] if b["path"] == ["source"])
    assert f"plotly.js (cartesian - minified) v{get_plotlyjs_version()}".encode() in gzip.decompress(
        base64.b64decode(source)
    )
