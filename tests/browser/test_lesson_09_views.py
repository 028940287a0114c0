"""The views of lesson 09 in a real JupyterLab and in a saved page: what is drawn is what the model computes."""

from __future__ import annotations

import json

import nbformat
import pytest
from reading import slide_to

from lstm_viz.lessons.lesson_09 import Clamp, character_model
from lstm_viz.lessons.lesson_09.text_pictures import name_of

pytestmark = pytest.mark.browser

CODE = 'import os\n\ndef total(values):\n    """Add them."""\n    return sum(v for v in values)  # all\n'
START = f"from lstm_viz.lessons.lesson_09 import *\nmodel = character_model()\ncode = {CODE!r}"
CELLS = (
    START,
    'ranked = unit_table("string", read_along(model, code))\nranked',
    "search = search_view(model, code, quantity='h')\nsearch",
    "cut = surgery_view(model, code, unit=94, length=20)\ncut",
    "written = write_along(model, 'import ', length=30, temperature=0.5, explorer=False)\nwritten",
)


def written():
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    made.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    return made


def check_guesses(place, reading, t, which=0):
    shown = place.locator(".lstm-viz-guesses").nth(which)
    names, values = shown.locator(".name").all_inner_texts(), shown.locator("[data-value]").all_inner_texts()
    expected = reading.guesses(t, 5)
    assert names == [name_of(character) for character, _ in expected]
    assert values == [f"{p:.2f}" for _, p in expected]


def at(place):
    return place.locator("pre[role=slider]").first.get_attribute("aria-valuetext")


def ends_with(place, words):
    """What is said of the current character ends so, at the latest after some seconds of a busy machine."""
    for _ in range(100):
        if at(place).endswith(words):
            break
        place.page.wait_for_timeout(100)
    assert at(place).endswith(words)


def read_without_a_kernel(page, place):
    """Slide, click a row of the ranking, choose what shades: everything follows."""
    reading = character_model().read(CODE)
    slide_to(place, 12)
    page.refreshed()
    check_guesses(place, reading, 12)
    said = f"next comes {name_of(CODE[13])}: {reading.surprise[13]:.2f} bits"
    assert said in place.locator(".lstm-viz-guesses").inner_text()
    row = place.locator(".lstm-viz-ranking tbody tr").nth(3)
    quantity, unit = row.locator("button").inner_text().replace("unit ", "").split(" of ")
    row.click()
    value = getattr(reading.trace, quantity)[12, int(unit)]
    ends_with(place, f"of unit {unit}: {value:.2f}".replace("-0.00", "0.00"))
    assert row.locator("button").get_attribute("aria-pressed") == "true"
    place.locator("select").nth(1).select_option(label="f\u00a0\u00a0forget gate")
    ends_with(place, f"forget gate of unit {unit}: {reading.trace.f[12, int(unit)]:.2f}")
    place.locator("select").nth(1).select_option(label="surprise in bits")
    ends_with(place, f"surprise in bits: {reading.surprise[12]:.2f}")


def test_lesson_09_in_jupyterlab(lab, open_notebook):
    nbformat.write(written(), lab.folder / "inside.ipynb")
    page = open_notebook("inside.ipynb")
    page.run_all()
    place = page.show_cell(1)
    read_without_a_kernel(page, place)
    box = place.locator("textarea")
    box.fill("x = '안녕'\n")
    place.locator(".now").click()  # elsewhere
    place.get_by_text("0 / 9", exact=True).wait_for()
    page.wait_idle()
    page.drawn(place)
    check_guesses(place, character_model().read("x = '안녕'\n"), 0)
    assert "so read as the unknown character: 녕, 안" in place.inner_text()

    place = page.show_cell(2)
    text = place.locator("pre[role=slider]")
    text.locator("span").nth(CODE.index("values)")).click()
    for _ in range(5):
        text.press("Shift+ArrowRight")
    place.locator(".lstm-viz-ranking tbody tr").nth(7).wait_for()
    page.wait_idle()
    kept = "[[s.unit for s in search.found], search.controls.unit, search.text_view.marks]"
    page.execute(f"import json; json.dump({kept}, open({str(lab.folder / 'found.json')!r}, 'w'))")
    units, unit, marks = json.loads((lab.folder / "found.json").read_text())
    for _ in range(100):  # until the last key's answer is drawn
        if place.locator("pre .mark").count() == sum(b - a for a, b in marks):
            break
        page.page.wait_for_timeout(100)
    assert unit == units[0] and place.locator("pre .mark").count() == sum(b - a for a, b in marks)

    place = page.show_cell(3)
    place.locator("select").nth(2).select_option(label="all units")
    page.wait_idle()
    page.drawn(place)
    reading = character_model().read(CODE, Clamp("f", None, 0.0))
    slide_to(place, 20)
    page.refreshed()
    check_guesses(place, character_model().read(CODE), 20, 0)
    check_guesses(place, reading, 20, 1)
    assert f"{reading.bits:.3f} bits per character" in place.inner_text()
    page.page.set_viewport_size({"width": 900, "height": 768})  # a window that has shrunk
    page.refreshed()
    place.locator(".lstm-viz-view").wait_for()
    page.page.wait_for_function(
        "(e) => e.querySelector('.lstm-viz-view').getBoundingClientRect().right <= e.getBoundingClientRect().right + 1",
        arg=place.element_handle(),
    )
    assert page.errors() == [] and page.problems == []


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_lesson_09_in_a_saved_page(width, tmp_path, open_saved):
    from save_html import run

    nbformat.write(written(), tmp_path / "inside.ipynb")
    page = open_saved(run(tmp_path / "inside.ipynb"), f"inside_{width}")
    page.page.set_viewport_size({"width": width, "height": 900})
    page.views()
    places = page.page.locator(".jp-OutputArea-output:has(.lstm-viz-view), .jp-OutputArea-output:has(.lstm-viz-lab)")
    read_without_a_kernel(page, places.first)
    last = places.last
    shown = "(e) => [...e.children].filter((s) => getComputedStyle(s).visibility === 'visible').length"
    assert last.locator("pre[role=slider]").evaluate(shown) == 7
    last.locator(".noUi-handle").first.press("ArrowRight")
    page.refreshed()
    assert last.locator("pre[role=slider]").evaluate(shown) == 8
    assert page.page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert page.problems == []
