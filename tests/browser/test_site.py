"""The site, opened from the disk with the network cut: its sliders show the lessons' own numbers, its links lead on."""

from __future__ import annotations

import json
import os
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import numpy as np
import pytest
from html_assets import AssetsMissing, asset
from lab import SavedPage
from make_site import build, gather
from test_notebooks import KEEP, NOTEBOOKS, alerts, check_place

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: with LSTM_VIZ_ALL=1 (make test-all) all lessons and every page, else two lessons that run in seconds
EVERY = bool(os.environ.get("LSTM_VIZ_ALL"))
LESSONS = NOTEBOOKS if EVERY else [NOTEBOOKS[0], NOTEBOOKS[3]]
WIDTHS = {"desk": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}
LIMIT = 1_500_000  # bytes of a page beside the shared files
#: two knobs that Python alone answers, beside a view that needs none
LABS = """
import ipywidgets
import numpy as np
from lstm_viz import LSTMCell, explore
view = explore(LSTMCell.initialise(2, 3).run(np.ones((5, 2))))
ipywidgets.VBox([ipywidgets.FloatSlider(description="bias"), ipywidgets.Button(description="train"), view])
"""
#: what looks for faults that people with a screen reader, a keyboard or weak eyes meet
AXE = "axe-core@4.10.2", "axe.min.js"
SERIOUS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter(({impact}) => ["serious", "critical"].includes(impact))
  .flatMap(({id, nodes}) => nodes.map((node) => [id, node.html.slice(0, 160), node.failureSummary.slice(0, 240)]))"""
THEME = "(name) => { document.documentElement.dataset.theme = document.documentElement.dataset.mode = name; }"
REQUESTS = "() => performance.getEntriesByType('resource').map((e) => e.name).filter((url) => /^(http|ws)/.test(url))"


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """The folder of the site; beside each lesson's page lie its traces as NAME.npz."""
    folder = tmp_path_factory.mktemp("site_of_lessons")
    (folder / "notebooks").mkdir()
    for name in LESSONS:
        notebook = nbformat.read(Path(__file__).parents[2] / "notebooks" / name, as_version=4)
        notebook.cells.append(nbformat.v4.new_code_cell(KEEP.format(file=str(folder / f"{Path(name).stem}.npz"))))
        nbformat.write(notebook, folder / "notebooks" / name)
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(LABS)]), folder / "notebooks" / "labs.ipynb"
    )
    try:
        gather(sorted((folder / "notebooks").glob("*.ipynb")), folder / "source", folder / "runs")
    except AssetsMissing as error:
        pytest.fail(str(error), pytrace=False)
    assert build(folder / "source", folder / "site") == 0
    return folder / "site"


def traces(path):
    found = {}
    for key, values in np.load(path).items():
        view, name = key.split(".", 1)
        found.setdefault(view, {})[name] = values
    return list(found.values())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [Path(name).stem for name in LESSONS])
def test_every_slider_of_a_lesson_moves_to_the_right_numbers(name, width, pages, chromium):
    page = SavedPage(chromium, pages / f"{name}.html", viewport=WIDTHS[width])
    try:
        places = [place for place in page.views() if place.is_visible()]
        assert places
        for place in places:
            check_place(page, place, lambda: traces(pages.parent / f"{name}.npz"))
            assert alerts(place) == []
        assert page.page.evaluate("() => document.documentElement.scrollWidth") <= WIDTHS[width][0]
        assert page.page.evaluate(REQUESTS) == [] and page.problems == []
    finally:
        page.close()


def test_pages_without_views_report_no_error_and_ask_for_nothing(pages, chromium):
    names = [
        path
        for path in sorted(pages.glob("*.html"))
        if path.stem not in {"labs", *(Path(name).stem for name in LESSONS)}
    ]
    for path in names:
        page = SavedPage(chromium, path)
        page.drawn(page.page.locator("body"))
        assert (path.name, page.page.evaluate(REQUESTS), page.problems) == (path.name, [], [])
        page.close()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_the_front_page_moves_unless_less_motion_is_asked_for(motion, pages, chromium):
    page = SavedPage(chromium, pages / "index.html")
    try:
        page.page.emulate_media(reduced_motion=motion)
        page.page.reload()
        page.views()
        readout = page.page.locator(".lstm-viz-readout")
        if motion == "reduce":
            page.page.wait_for_timeout(1500)
            assert readout.inner_text().startswith("0 /")
        else:
            page.page.wait_for_function("() => parseInt(document.querySelector('.lstm-viz-readout').textContent) >= 3")
        assert page.problems == []
    finally:
        page.close()


def test_the_front_page_does_not_play_on_under_a_readers_hand(pages, chromium):
    """Its bar is there before its plot: who has moved it by then keeps the timestep that they chose."""
    page = SavedPage(chromium, pages / "index.html")
    try:
        page.page.route("**/plotly*", lambda route: (time.sleep(2), route.continue_()))
        page.page.reload(wait_until="commit")
        page.page.locator(".lstm-viz-time .noUi-handle").press("ArrowRight")
        assert page.page.locator("svg.main-svg").count() == 0
        page.page.locator("svg.main-svg").first.wait_for()
        page.page.wait_for_timeout(1500)
        assert page.page.locator(".lstm-viz-readout").inner_text().startswith("1 /")
        assert page.problems == []
    finally:
        page.close()


@pytest.fixture(scope="session")
def axe():
    try:
        return asset(*AXE).read_text(encoding="utf-8")
    except AssetsMissing as error:
        pytest.fail(str(error), pytrace=False)


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_axe_finds_nothing_serious_on_any_page(theme, pages, chromium, axe):
    found = {}
    for path in sorted(pages.glob("*.html")):
        if path.name.startswith("reference_") and not EVERY:  # many, and made alike: test-all looks at them
            continue
        page = SavedPage(chromium, path)
        try:
            page.page.evaluate(THEME, theme)
            page.views()
            page.page.evaluate(axe)
            if serious := page.page.evaluate(SERIOUS):
                found[path.stem] = serious
        finally:
            page.close()
    assert found == {}


class _Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.names = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.names |= {attributes[key] for key in ("id", "name") if attributes.get(key)}
        if tag == "link" and attributes.get("rel") not in ("stylesheet", "icon"):
            return
        self.links += [attributes[key] for key in ("href", "src") if attributes.get(key)]


def test_no_link_is_dead_and_nothing_comes_from_elsewhere(pages):
    read = {page: _Links(page.read_text(encoding="utf-8")) for page in pages.glob("*.html")}
    dead = []
    for page, found in read.items():
        for link in found.links:
            url = urlsplit(link)
            if url.scheme in ("http", "https", "mailto", "data"):
                continue
            target = page.parent / unquote(url.path) if url.path else page
            known = read.get(target)
            if not target.exists() or (url.fragment and known and unquote(url.fragment) not in known.names):
                dead.append((page.name, link))
    # a site of some lessons links to those that were left out
    left_out = {Path(name).stem for name in set(NOTEBOOKS) - set(LESSONS)}
    assert [(page, link) for page, link in dead if Path(link.lstrip("#")).stem not in left_out] == []
    assert len(read) > len(LESSONS)


def test_no_page_is_heavy(pages):
    sizes = {page.name: page.stat().st_size for page in pages.glob("*.html")}
    assert {name: size for name, size in sizes.items() if size > LIMIT} == {}


def test_no_control_moves_and_does_nothing(pages, chromium):
    """A control that nothing answers is switched off, and one sentence above says what it needs, with a link."""
    page = SavedPage(chromium, pages / "00_start_here.html")
    try:
        page.views()
        assert page.page.locator(".lstm-viz-needs-python:visible").count() == 0  # all of its controls live
    finally:
        page.close()
    page = SavedPage(chromium, pages / "labs.html")
    try:
        page.views()
        off = page.page.locator(".lstm-viz-needs-python:visible")
        assert off.count() == 2
        assert off.locator("input:enabled, select:enabled, button:enabled").count() == 0
        note = page.page.locator(".lstm-viz-needs-python-note")
        assert note.count() == 1 and "need Python" in note.inner_text()
        assert note.locator("a").get_attribute("href").endswith("run.html")
        assert page.page.locator(".lstm-viz-view input:enabled, .lstm-viz-view button:enabled").count() > 2
        assert page.problems == []
    finally:
        page.close()


@pytest.mark.parametrize("size", ["desk", "tablet"])
def test_the_three_ways_on_are_seen_without_scrolling(pages, chromium, size):
    width, height = WIDTHS[size]
    page = SavedPage(chromium, pages / "index.html", viewport=(width, height))
    try:
        page.views()
        ways = page.page.locator(".lstm-viz-ways a")
        assert [way.get_attribute("href") for way in ways.all()] == ["look.html", "run.html", "teaching.html"]
        assert all(way.bounding_box()["y"] + way.bounding_box()["height"] < height for way in ways.all())
    finally:
        page.close()


@pytest.mark.parametrize("name", [Path(name).stem for name in LESSONS])
def test_a_lesson_prints_whole_on_twelve_pages_at_telling_timesteps(pages, chromium, name):
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    try:
        page.context.set_offline(True)
        page.set_default_timeout(120_000)
        page.goto(f"{(pages / name).as_uri()}.html?handout")
        page.wait_for_function("() => document.documentElement.dataset.handout === 'ready'")
        shown = page.locator(".lstm-viz-readout:visible").all_inner_texts()
        told = {
            "00_start_here": ["26 / 73", "17 / 35"],  # the brackets of both sentences
            "03_lstm_step_by_step": ["2 / 8", "22 / 69", "22 / 69", "5 / 40"],  # ( three times, the marked bit
        }
        assert shown == told.get(name, shown)
        paper = page.pdf(format="A4", prefer_css_page_size=True)
        assert 1 < len(re.findall(rb"/Type\s*/Page\b", paper)) <= 12
        # what is cut off has no links either; the last of a lesson leads to the next one
        links = page.locator(".bd-article a[href*='html']:visible").evaluate_all("(all) => all.map((e) => e.href)")
        assert {link.encode() for link in links} <= set(re.findall(rb"/URI\s*\((.*?)\)", paper))
    finally:
        page.close()


@pytest.mark.parametrize("name", ["index", *(Path(name).stem for name in LESSONS)])
def test_the_site_slides_in_firefox(pages, firefox, name):
    """From a file, with the network cut; the first bar of each page moves its read-out and a picture's words."""
    readout = "document.querySelector('.lstm-viz-readout').textContent"
    words = "[...document.querySelectorAll('[aria-label]')].map((e) => e.ariaLabel).join()"
    firefox.size(1280, 900)
    firefox.open((pages / f"{name}.html").as_uri())
    firefox.wait(f"!!document.querySelector('.lstm-viz-readout') && {readout}.includes('/')")
    firefox.read("document.querySelector('.lstm-viz-time .noUi-handle').focus()")
    firefox.press("Home")
    firefox.wait(f"{readout}.startsWith('0 /')")
    before = firefox.read(words)
    firefox.press("ArrowRight")
    firefox.wait(f"{readout}.startsWith('1 /')")
    firefox.wait(f"{words} !== {json.dumps(before)}")
    assert firefox.problems == []
