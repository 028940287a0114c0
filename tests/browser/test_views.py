"""The views in a real JupyterLab: what is drawn is what the trace holds, with and without a kernel."""

from __future__ import annotations

import re

import nbformat
import numpy as np
import pytest
from playwright.sync_api import expect
from reading import cursors, disagreement, numbers, slide_to

from lstm_viz import LSTMCell, SimpleRNNCell
from lstm_viz.pictures.equations import equations
from lstm_viz.pictures.live_markup import format_number

pytestmark = pytest.mark.browser

EXPLORE = "view = explore(lstm, labels=[f'word{t}' for t in range(24)], unit=0)\nview"
SETUP = """\
import numpy as np
from lstm_viz import LSTMCell, SimpleRNNCell, compare, explore
x = np.random.default_rng(3).normal(size=(24, 4))
rnn, lstm = (cell.initialise(4, 6, seed=1).run(x) for cell in (SimpleRNNCell, LSTMCell))"""
X = np.random.default_rng(3).normal(size=(24, 4))
RNN, LSTM = (cell.initialise(4, 6, seed=1).run(X) for cell in (SimpleRNNCell, LSTMCell))
VALUES = {name: getattr(LSTM, name) for name in (*LSTM.names, "h_tm1", "c_tm1")}


def notebook(*cells):
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    made.cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, *cells)]
    return made


@pytest.fixture(scope="module")
def written(lab):
    nbformat.write(notebook(EXPLORE), lab.folder / "explore.ipynb")
    nbformat.write(notebook("view = compare(rnn, lstm)\nview"), lab.folder / "compare.ipynb")
    return lab


def check_explore(page, view, t, unit):
    page.refreshed()
    assert view.locator(".lstm-viz-readout").inner_text() == f"{t} / 24"
    assert disagreement(numbers(view), VALUES, t, unit) is None
    assert cursors(view) == pytest.approx([t], abs=0.02)
    assert f"input at t = {t}: word{t}" in view.locator(".lstm-viz-input").inner_text()


def test_explore_draws_the_numbers_of_the_trace_for_every_control(written, open_notebook):
    page = open_notebook("explore.ipynb")
    page.run_all()
    view = page.show_cell(1)
    check_explore(page, view, 0, 0)
    assert view.locator(".noUi-handle").get_attribute("aria-label") == "timestep t"
    slide_to(view, 7)
    check_explore(page, view, 7, 0)
    view.locator("select").select_option("4")
    check_explore(page, view, 7, 4)
    lines = view.locator(".js-plotly-plot").last.evaluate(
        "(p) => p._fullData.map((d) => [d.name, d.type, Array.from(d.y)])"
    )
    values = [getattr(LSTM, name)[:, 4] for name in ("f", "i", "c_tilde", "o", "c", "h")]
    for name, _, y in lines:
        assert any(np.allclose(y, value, atol=1e-3) for value in values), f"the line {name} is not of unit 4"
    view.get_by_role("button", name="update", exact=True).click()
    page.refreshed()
    highlighted = view.locator(".lv-diagram, .lv-equations").evaluate_all("(all) => all.map((e) => e.dataset.step)")
    assert highlighted == ["update", "update"]
    buttons = {name: view.get_by_role("button", name=re.compile(name)) for name in ("first", "back", "forward", "play")}
    buttons["forward"].click()
    check_explore(page, view, 8, 4)
    buttons["back"].click()
    buttons["back"].press("ArrowLeft")
    check_explore(page, view, 6, 4)
    for key, t in (("End", 23), ("Home", 0), ("PageUp", 5)):
        view.locator(".noUi-handle").press(key)
        check_explore(page, view, t, 4)
    view.locator(".noUi-handle").press(" ")
    readout = view.locator(".lstm-viz-readout")
    expect(readout).not_to_have_text(re.compile(r"^5 / "), timeout=30_000)  # it plays
    view.get_by_role("button", name=re.compile("pause")).click()
    played = int(readout.inner_text().split(" / ")[0])
    assert played > 5
    check_explore(page, view, played, 4)
    buttons["first"].click()
    check_explore(page, view, 0, 4)
    assert page.problems == []


def test_explore_opens_on_the_unit_that_changes_most_and_scales_to_the_chosen_one(lab, open_notebook):
    loud = "loud = LSTMCell.initialise(4, 3, seed=1, activation='linear').run(100 * x)\nview = explore(loud)\nview"
    nbformat.write(notebook(loud), lab.folder / "loud.ipynb")
    trace = LSTMCell.initialise(4, 3, seed=1, activation="linear").run(100 * X)
    most = np.abs(trace.c - trace.c_tm1).max(axis=0).argmax()
    page = open_notebook("loud.ipynb")
    page.run_all()
    view = page.show_cell(1)
    assert view.locator("select").input_value() == str(most)
    reached = np.abs([trace.c, trace.h, trace.c_tilde]).max(axis=(0, 1))
    assert reached.max() > 1.2 * reached.min(), "the units are alike: the test would see nothing"
    for unit in (most, *np.delete(range(3), most)):
        view.locator("select").select_option(str(unit))
        page.refreshed()
        low, high = view.locator(".js-plotly-plot").last.evaluate("(p) => p._fullLayout.yaxis.range")
        assert (low, high) == pytest.approx((-1.1 * reached[unit], 1.1 * reached[unit]), rel=1e-3)
    assert page.problems == []


def test_hovering_tells_the_value_and_a_click_goes_there(written, open_notebook):
    page = open_notebook("compare.ipynb")
    page.run_all()
    view = page.show_cell(1)
    plot = view.locator(".js-plotly-plot")
    box = plot.locator(".subplot.xy .plot, .subplot.xy .heatmaplayer").first.bounding_box()
    t, unit = 13, 2
    page.page.mouse.move(box["x"] + (t + 0.5) / 24 * box["width"], box["y"] + (unit + 0.5) / 6 * box["height"])
    said = plot.locator(".hoverlayer .hovertext").text_content()
    page.page.mouse.down()
    page.page.mouse.up()
    page.refreshed()
    assert view.locator(".lstm-viz-readout").inner_text() == f"{t} / 24"
    assert cursors(view) == pytest.approx([t], abs=0.02)
    assert f"{RNN.h[t, unit]:.3f}".lstrip("-") in said.replace("−", "-") and f"t {t}, unit {unit}" in said


def test_sliding_goes_on_without_a_kernel(written, open_notebook):
    page = open_notebook("explore.ipynb")
    page.run_all()
    view = page.show_cell(1)
    slide_to(view, 2)
    page.stop_kernel()
    slide_to(view, 9)
    check_explore(page, view, 9, 0)
    view.locator("select").select_option("3")
    check_explore(page, view, 9, 3)
    view.get_by_role("button", name=re.compile("forward")).click()
    check_explore(page, view, 10, 3)


def test_a_reloaded_page_shows_the_view_where_it_was(written, open_notebook):
    page = open_notebook("explore.ipynb")
    page.run_all()
    slide_to(page.show_cell(1), 5)
    page.page.wait_for_timeout(500)  # the kernel hears of the move
    page.reload()
    view = page.show_cell(1)
    check_explore(page, view, 5, 0)
    slide_to(view, 8)
    check_explore(page, view, 8, 0)
    assert page.problems == []


def test_a_notebook_with_its_state_needs_no_kernel(lab, open_notebook):
    from save_html import run

    source = lab.folder / "with_state.ipynb"
    nbformat.write(notebook(EXPLORE), source)
    nbformat.write(run(source), source)
    lab.trust(source.name)
    page = open_notebook(source.name)  # whose kernel has run nothing
    view = page.show_cell(1)
    slide_to(view, 6)
    check_explore(page, view, 6, 0)
    page.stop_kernel()
    slide_to(view, 4)
    check_explore(page, view, 4, 0)


def test_a_new_figure_and_a_hidden_view_are_drawn(lab, open_notebook):
    nbformat.write(
        notebook(
            "import ipywidgets\nview = explore(lstm, t=20, unit=0)\nipywidgets.Tab([ipywidgets.HTML('first'), view])",
            "view.show(LSTMCell.initialise(4, 3).run(x[:10]))",
            "from lstm_viz import FrameView, pictures\n"
            "slider, alone = ipywidgets.IntSlider(max=23), FrameView(pictures.heatmaps(lstm))\n"
            "link = ipywidgets.jslink((slider, 'value'), (alone, 't'))\nipywidgets.VBox([slider, alone])",
        ),
        lab.folder / "redraw.ipynb",
    )
    page = open_notebook("redraw.ipynb")
    page.run_all()
    place = page.show_cell(1)
    assert not place.locator(".js-plotly-plot .main-svg").count()
    place.locator(".lm-TabBar-tab").last.click()
    page.page.wait_for_selector(".lstm-viz-frame .main-svg")
    page.drawn(place)
    assert place.locator(".lstm-viz-readout").inner_text() == "9 / 10"
    assert cursors(place) == pytest.approx([9], abs=0.02)
    place = page.show_cell(3)
    for _ in range(4):
        place.locator(".noUi-handle").press("ArrowRight")
    page.refreshed()
    assert cursors(place) == pytest.approx([4], abs=0.02)
    assert page.problems == []


def test_a_picture_that_cannot_be_drawn_says_why(lab, open_notebook):
    cells = (
        "from lstm_viz.widgets.frame_view import plotly_library\nplotly_library().source = b'broken'",
        "compare(rnn, lstm)",
    )
    nbformat.write(notebook(*cells), lab.folder / "broken.ipynb")
    page = open_notebook("broken.ipynb", fresh=True)  # no other picture is to share this library
    page.run_all()
    place = page.show_cell(2)
    assert "This picture could not be drawn: " in place.locator("[role=alert]:visible").inner_text()
    assert any("FrameView" in problem for problem in page.problems)


def test_a_saved_page_slides_with_no_kernel_and_no_network(tmp_path, open_saved):
    from save_html import run

    nbformat.write(notebook(EXPLORE), tmp_path / "page.ipynb")
    page = open_saved(run(tmp_path / "page.ipynb"), "views")
    (view,) = page.views()
    page.drawn(view)
    slide_to(view, 7)
    check_explore(page, view, 7, 0)
    view.locator("select").select_option("2")
    view.get_by_role("button", name=re.compile("forward")).click()
    check_explore(page, view, 8, 2)
    assert page.problems == []


BAD = "<!--<script>alert(1)</script>"


def test_no_label_breaks_a_saved_page(tmp_path, open_saved, chromium, site):
    from lab import SavedPage
    from nbconvert import HTMLExporter
    from save_html import run

    views = (f"explore(lstm, labels=[{BAD!r}] * 24)", f"compare({{{BAD!r}: rnn, 'b': lstm}}, labels=[{BAD!r}] * 24)")
    nbformat.write(notebook(*views), tmp_path / "label.ipynb")
    done = run(tmp_path / "label.ipynb")
    # as JupyterLab and nbconvert export it themselves, with their own addresses for the three libraries
    exporter = HTMLExporter(
        template_name="lab",
        require_js_url="assets/require.js",
        widget_renderer_url="assets/embed-amd.js",
        mathjax_url="",
    )
    configure = '<script>requirejs.config({paths: {anywidget: "assets/anywidget"}});</script></head>'
    plain = site / "label_plain.html"
    plain.write_text(exporter.from_notebook_node(done)[0].replace("</head>", configure, 1), encoding="utf-8")
    nbformat.write(notebook(*views, f"import ipywidgets\nipywidgets.Label({BAD!r})"), tmp_path / "own.ipynb")
    pages = [open_saved(run(tmp_path / "own.ipynb"), "label"), SavedPage(chromium, plain)]
    for page, count in zip(pages, (3, 2), strict=True):
        view, *others = page.views()
        assert len(others) == count - 1
        slide_to(view, 2)
        page.refreshed()
        assert f"input at t = 2: {BAD}" in view.locator(".lstm-viz-input").inner_text()
        assert page.problems == []
    pages[1].close()


def test_backward_words_in_the_browser(lab, open_notebook):
    source = (
        "import dataclasses\nback = dataclasses.replace(lstm, go_backwards=True)\n"
        "words = [f'word{t}' for t in range(24)]\nexplore(back, labels=words, unit=0)"
    )
    nbformat.write(
        notebook(source, "compare({'there': lstm, 'back': back}, labels=words, names=('h',))"),
        lab.folder / "back.ipynb",
    )
    page = open_notebook("back.ipynb")
    page.run_all()
    view = page.show_cell(1)
    slide_to(view, 1)
    page.refreshed()
    assert "input at t = 1 (step 22, reading from the end): word22" in view.locator(".lstm-viz-input").inner_text()
    assert view.locator(".lv-diagram [data-text=label]").text_content() == "word22"
    assert disagreement(numbers(view), VALUES, 1, 0) is None
    both = page.show_cell(2)
    slide_to(both, 5)
    page.refreshed()
    assert "word5" in both.locator(".lstm-viz-input").inner_text()
    z = both.locator(".js-plotly-plot").evaluate("(p) => p._fullData.map((d) => Array.from(d.z, (row) => row[5]))")
    np.testing.assert_allclose(z[0], LSTM.h[5], atol=1e-3)
    np.testing.assert_allclose(z[1], LSTM.h[18], atol=1e-3)
    assert page.problems == []


def test_a_large_trace_moves_quickly_and_shows_its_own_numbers(lab, open_notebook):
    """2,000 timesteps x 128 units, in codes of two bytes: what is printed is the trace to the last digit."""
    x = np.random.default_rng(0).normal(size=(2000, 16))
    cell = LSTMCell.initialise(16, 128)
    trace = cell.run(x)
    values = {name: getattr(trace, name) for name in (*trace.names, "h_tm1", "c_tm1")}
    parts = equations(trace, cell=cell).quantities
    values |= {name: np.broadcast_to(part, trace.h.shape) for name, part in parts.items()}
    cells = (
        "cell = LSTMCell.initialise(16, 128)\nbig = cell.run(np.random.default_rng(0).normal(size=(2000, 16)))",
        "view = explore(big, cell=cell)\nview",
    )
    nbformat.write(notebook(*cells), lab.folder / "big.ipynb")
    page = open_notebook("big.ipynb")
    page.wait_idle()
    before = sum(page.traffic.values())
    page.run_all()
    view = page.show_cell(2)
    assert sum(page.traffic.values()) - before < 8e6
    view.locator(".noUi-handle").press("End")
    view.locator("select").select_option("77")
    page.refreshed()
    assert disagreement(numbers(view), values, 1999, 77) is None
    for _ in range(12):
        view.locator(".noUi-handle").press("ArrowLeft")
        page.refreshed()
        t = int(view.locator(".lstm-viz-readout").inner_text().split(" / ")[0])
        assert disagreement(numbers(view), values, t, 77) is None
    lines = view.locator(".js-plotly-plot").last.evaluate("(p) => p._fullData.map((d) => Array.from(d.y))")
    shown = [getattr(trace, name)[:, 77] for name in ("f", "i", "c_tilde", "o", "c", "h")]
    for line in lines:
        assert any(np.allclose(line, value, atol=5e-4) for value in shown)
    assert page.problems == []


def test_saved_with_its_state_a_notebook_lives_again_and_exports_with_no_substitution(
    lab, open_notebook, site, chromium
):
    """Save Widget State is on in this JupyterLab: plotly.js and the numbers come out of the file itself."""
    from lab import SavedPage
    from nbconvert import HTMLExporter

    nbformat.write(notebook(EXPLORE), lab.folder / "again.ipynb")
    page = open_notebook("again.ipynb", fresh=True)
    page.run_all()
    slide_to(page.show_cell(1), 3)
    page.page.wait_for_timeout(500)
    page.save()
    page.stop_kernel()
    page.close()
    for session in lab.api("/api/sessions"):
        lab.api(f"/api/sessions/{session['id']}", "DELETE")
    page = open_notebook("again.ipynb", fresh=True)
    view = page.show_cell(1)
    slide_to(view, 6)
    check_explore(page, view, 6, 0)
    assert page.problems == []
    exporter = HTMLExporter(
        template_name="lab",
        require_js_url="assets/require.js",
        widget_renderer_url="assets/embed-amd.js",
        mathjax_url="",
    )
    html, _ = exporter.from_notebook_node(nbformat.read(lab.folder / "again.ipynb", as_version=4))
    configure = '<script>requirejs.config({paths: {anywidget: "assets/anywidget"}});</script></head>'
    (site / "again.html").write_text(html.replace("</head>", configure, 1), encoding="utf-8")
    saved = SavedPage(chromium, site / "again.html")
    (view,) = saved.views()
    slide_to(view, 9)
    check_explore(saved, view, 9, 0)
    assert saved.problems == []
    saved.close()


def test_every_plot_says_in_words_what_it_shows_now(lab, open_notebook):
    """From its data, for the chosen unit, where the slider rests: rises, falls or stays."""
    x = np.random.default_rng(4).normal(size=(12, 3))
    trace = LSTMCell.initialise(3, 5, seed=2).run(x)
    cells = (
        "x = np.random.default_rng(4).normal(size=(12, 3))\ntrace = LSTMCell.initialise(3, 5, seed=2).run(x)",
        "explore(trace)",
        "compare(trace, trace)",
    )
    nbformat.write(notebook(*cells), lab.folder / "said.ipynb")
    page = open_notebook("said.ipynb")
    page.run_all()
    view = page.show_cell(2)
    view.locator("select").select_option("3")
    for _ in range(7):
        view.locator(".noUi-handle").press("ArrowRight")
    page.refreshed()
    f, before = (format_number(trace.f[t, 3], 2) for t in (7, 6))
    verb = "rises" if trace.f[7, 3] > trace.f[6, 3] else "falls"
    words = f"forget gate {verb} to {f} from {before}" if f != before else f"forget gate stays {f}"
    plots = view.locator(".js-plotly-plot")
    assert plots.count() >= 2
    for plot in plots.all():
        plot.and_(page.page.locator("[aria-label*='t = 7, unit 3']")).wait_for()
        assert words in plot.get_attribute("aria-label")
    other = page.show_cell(3)
    other.locator(".noUi-handle").press("End")
    said = other.locator(".js-plotly-plot[aria-label*='t = 11']").first
    said.wait_for()
    unit = int(np.abs(trace.f[11] - trace.f[10]).argmax())
    assert f"forget gate of unit {unit} " in said.get_attribute("aria-label")
    assert page.problems == []
