"""A quantity that is chosen anywhere is chosen everywhere, and numbers travel while time plays; without a kernel."""

from __future__ import annotations

import ipywidgets
import numpy as np
import pytest
from test_layout import page_of

from lstm_viz import GRUCell, LSTMCell, compare, explore, pictures
from lstm_viz.pictures.live_markup import format_number
from lstm_viz.pictures.style import QUANTITIES
from lstm_viz.widgets import MarkupView, TimeControls

pytestmark = pytest.mark.browser

X = np.random.default_rng(0).normal(size=(12, 3))
LSTM = LSTMCell.initialise(3, 4, seed=0)


def chained():
    picture = MarkupView(pictures.chain(LSTM.run(X)))
    bar = TimeControls(12, units=4, steps=picture.markup.steps).drive(picture)
    return ipywidgets.VBox([bar, picture])


@pytest.fixture(scope="module")
def path(chromium, site):
    views = [
        explore(LSTM.run(X), list("abcdefghijkl")),
        compare(LSTM.run(X), GRUCell.initialise(3, 4).run(X)),
        chained(),
        TimeControls(48),
    ]
    made = page_of(views, site, "choosing")
    ipywidgets.Widget.close_all()
    return made


@pytest.fixture
def opened(chromium, path):
    """opened(**options) -> (page, its views), with every problem of the page held."""
    from browser import widget_views

    pages = []

    def open_(**options):
        page = chromium.new_page(viewport={"width": 1440, "height": 1000}, **options)
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto(path.resolve().as_uri())
        widget_views(page)
        page.wait_for_function("() => document.querySelectorAll('.heatmaplayer image, .heatmaplayer .hm').length >= 6")
        pages.append(page)
        return page, page.locator("[data-view]").all()

    yield open_
    for page in pages:
        assert page.problems == []
        page.close()


def settle(page):
    page.evaluate(
        "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(go, 60))))"
    )


def marked(view):
    """What a view shows as chosen: {quantities with data-on}, rows that are framed, lines that are not faint."""
    return view.evaluate(
        """(view) => ({
          on: [...new Set([...view.querySelectorAll("[data-on][data-choose]")].map((e) => e.dataset.choose))],
          roots: [...view.querySelectorAll("[data-chosen]")].map((e) => e.dataset.chosen),
          rows: [...view.querySelectorAll(".lstm-viz-chosen")].map((e) => {
            const plot = e.closest(".js-plotly-plot"), box = e.getBoundingClientRect();
            const at = box.top + box.height / 2 - plot.getBoundingClientRect().top;
            return plot.data.find((row) => { const axis = plot._fullLayout[(row.yaxis ?? "y").replace("y", "yaxis")];
              return row.meta?.quantity && at > axis._offset && at < axis._offset + axis._length; }).meta.quantity;
          }),
          lines: [...view.querySelectorAll(".js-plotly-plot")].flatMap((plot) => plot.data)
            .filter((d) => d.type === "scatter" && (d.opacity ?? 1) === 1).map((d) => d.meta.quantity),
        })"""
    )


def check_chosen(page, view, name):
    settle(page)
    shown = marked(view)
    if name:
        assert shown["on"] == [name] and set(shown["roots"]) == {name} and len(shown["roots"]) == 2
        assert shown["rows"] == [name] and shown["lines"] == [name]
    else:
        assert shown["on"] == shown["roots"] == shown["rows"] == [] and len(shown["lines"]) == 6


def test_a_click_on_a_box_an_equation_or_a_row_chooses_the_quantity_everywhere(opened):
    page, (view, *_) = opened()
    check_chosen(page, view, "")
    view.locator(".lv-diagram .lv-node[data-choose=f]").first.click()
    check_chosen(page, view, "f")
    view.locator(".lv-equations .lv-line[data-choose=c_tilde] .lv-left").click()
    check_chosen(page, view, "c_tilde")
    view.locator(".lv-diagram .lv-chip[data-choose=o]").first.click()
    check_chosen(page, view, "o")
    rows = view.locator(".js-plotly-plot").first
    rows.locator(".annotation[data-index='4'] .annotation-text-g").click()
    check_chosen(page, view, "c")
    box = rows.locator(".subplot.xy2 .heatmaplayer").bounding_box()
    page.mouse.click(box["x"] + 0.5 / 12 * box["width"], box["y"] + box["height"] * 0.6)
    check_chosen(page, view, "i")
    view.locator(".lv-equations .lv-line[data-choose=i] .lv-left").click()  # once more: none
    check_chosen(page, view, "")


def test_the_keyboard_chooses_in_every_view_and_escape_chooses_none(opened):
    page, (view, *_) = opened()
    places = view.locator(".lstm-viz-choose[tabindex]").all()
    assert len(places) == 4  # diagram, equations, heatmaps, lines
    for place in places:
        place.focus()
        page.keyboard.press("Home")
        settle(page)
        (first,) = marked(view)["on"]
        page.keyboard.press("ArrowDown")
        settle(page)
        (second,) = marked(view)["on"]
        assert first != second
        assert QUANTITIES[second].label in place.get_attribute("aria-label")
        page.keyboard.press("ArrowUp")
        settle(page)
        assert marked(view)["on"] == [first]
        page.keyboard.press("Escape")
        check_chosen(page, view, "")
        assert place.get_attribute("aria-label").endswith("none")
        assert page.evaluate("(e) => getComputedStyle(e).outlineStyle", place.element_handle()) != "none"


def test_in_compare_every_cell_that_has_the_quantity_shows_it(opened):
    page, (_, view, *_) = opened()
    place = view.locator(".lstm-viz-choose").first
    place.focus()
    for key in ("Home", "ArrowDown", "ArrowDown"):  # f, c and h, which both have
        page.keyboard.press(key)
    settle(page)
    assert marked(view)["rows"] == ["h", "h"]


MOVING = """(view) => [...view.querySelectorAll('.lv-token')]
  .some((e) => getComputedStyle(e).opacity > 0)"""


def in_motion(page, view):
    """The numbers that are seen on the wires now, with their places."""
    return view.evaluate(
        """(view) => [...view.querySelectorAll(".lv-token")].filter((e) => getComputedStyle(e).opacity > 0)
          .map((e) => [e.textContent.trim(), e.getBoundingClientRect().x, e.getBoundingClientRect().y])"""
    )


def test_numbers_travel_along_the_wires_while_time_plays_and_not_otherwise(opened):
    page, (view, _, chain, _) = opened()
    for shown in (view, chain):
        shown.locator(".noUi-handle").first.press("ArrowRight")
        settle(page)
        assert in_motion(page, shown) == []
        shown.locator(".lstm-viz-play").click()
        page.wait_for_function(MOVING, arg=shown.element_handle())
        one = in_motion(page, shown)
        page.wait_for_timeout(80)
        two = in_motion(page, shown)
        shown.locator(".lstm-viz-play").click()
        places = {(x, y) for _, x, y in one}
        assert len(places) > 1 and {(x, y) for _, x, y in two} != places
        said = {text for text, *_ in one + two if text}
        t = int(shown.locator(".lstm-viz-readout").inner_text().split(" / ")[0])
        trace, unit = LSTM.run(X), int(shown.locator("select").input_value())
        names = ("f", "i", "o", "c", "h", "c_tilde", "c_tm1", "h_tm1", "tanh_c")
        now = range(max(t - 1, 0), t + 2)  # the chain has the next timestep, too
        values = [getattr(trace, name)[k, unit] for k in now for name in names]
        values += [(a * b)[k, unit] for k in now for a, b in ((trace.f, trace.c_tm1), (trace.i, trace.c_tilde))]
        known = {format_number(v) for v in values}
        assert said and said <= known, (t, said)
        page.wait_for_timeout(1200)
        assert in_motion(page, shown) == []  # each journey ends


def test_nothing_travels_for_who_prefers_reduced_motion(opened):
    page, (view, *_) = opened(reduced_motion="reduce")
    view.locator(".lstm-viz-play").click()
    page.wait_for_function(
        "(view) => view.querySelector('.lstm-viz-readout').textContent.startsWith('3')", arg=view.element_handle()
    )
    assert view.locator(".lv-token").count() == 0


def test_a_whole_sequence_plays_in_twelve_seconds_but_no_step_in_more_than_one(opened):
    page, (view, *_, bar) = opened()
    page.clock.install()
    for shown, interval in ((view, 1000), (bar, 250)):
        shown.locator(".noUi-handle").first.press("Home")
        shown.locator(".lstm-viz-play").click()
        page.clock.run_for(10)  # it begins
        page.clock.run_for(7 * interval)
        shown.locator(".lstm-viz-play").click()
        page.clock.run_for(5 * interval)  # and stands still
        assert shown.locator(".lstm-viz-readout").inner_text().startswith("7 / ")


@pytest.mark.parametrize("take", ["key", "mouse"])
def test_who_takes_the_bar_in_hand_stops_the_play(opened, take):
    page, (view, *_) = opened()
    page.clock.install()
    handle, readout = view.locator(".noUi-handle").first, view.locator(".lstm-viz-readout")
    handle.press("Home")
    view.locator(".lstm-viz-play").click()
    page.clock.run_for(10)  # it begins
    page.clock.run_for(3000)
    assert readout.inner_text().startswith("3 / ")
    if take == "key":
        handle.press("ArrowRight")
    else:
        place = handle.bounding_box()
        page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        page.mouse.down()
        page.mouse.up()
    page.clock.run_for(5000)
    assert readout.inner_text().startswith("4 / " if take == "key" else "3 / ")
    assert view.get_by_role("button", name="play (space)").count() == 1
