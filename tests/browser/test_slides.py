"""A lesson as slides, opened from a file with no network: it is paged through, and a view on it slides."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
import pytest
from lab import SavedPage
from make_slides import as_slides, save_slides, split_text
from reading import disagreement, numbers, slide_to
from save_html import run

sys.path.insert(0, str(Path(__file__).parents[1]))
from lesson_cells import NOTEBOOKS, Lesson

pytestmark = pytest.mark.browser
NOW = "() => document.querySelector('.slide-number').textContent.replace(/\\s/g, '')"


def kinds(notebook):
    return [(cell.metadata["slideshow"]["slide_type"], cell.source) for cell in as_slides(notebook).cells]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_section_is_a_slide_and_no_exercise_is(path):
    lesson = nbformat.read(path, as_version=4)
    marked = kinds(lesson)
    text = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")
    before_exercises = re.split(r"^## Exercises", text, flags=re.MULTILINE)[0]
    heads = re.findall(r"^##? .*", before_exercises, re.MULTILINE)
    assert [source.splitlines()[0] for kind, source in marked if kind == "slide"] == heads
    shown = "\n".join(source for _, source in marked)
    assert "check(" not in shown and "## Exercises" not in shown
    for prediction in re.findall(r'^predict\("\w+\.\w"\)', "\n".join(c.source for c in lesson.cells), re.MULTILINE):
        assert prediction in shown


def test_what_is_shown_and_what_is_said():
    shown, said = split_text("## 1 Head\n\nSome words.\n\n$$x$$\n\nMore. **Look for** the line.\n\n| a |\n|---|")
    assert shown == "## 1 Head\n\n$$x$$\n\n**Look for** the line.\n\n| a |\n|---|"
    assert said == "Some words.\n\nMore. "


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("number", ["01", "03", "05"])
def test_slides_are_paged_through_and_their_sliders_move(number, chromium, tmp_path, monkeypatch):
    monkeypatch.setenv("LSTM_VIZ_QUICK", "1")
    (path,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    page = SavedPage(chromium, save_slides(run(path), tmp_path, path.stem), viewport=(1280, 800))
    page.page.wait_for_function("() => document.querySelector('.reveal.ready')", timeout=30_000)
    last, slid = None, 0
    while (now := page.page.evaluate(NOW)) != last:
        last, slide = now, page.page.locator("section.present:not(.stack)").last
        for handle in slide.locator(".lstm-viz-time .noUi-handle").all():
            page.drawn(slide)
            before = handle.get_attribute("aria-valuenow")
            handle.focus()
            handle.press("ArrowRight")
            assert handle.get_attribute("aria-valuenow") != before or handle.get_attribute("aria-valuemax") == before
            assert page.page.evaluate(NOW) == now, "the arrow moves the slider, not the slides"
            slid += 1
        page.page.evaluate("() => document.activeElement.blur()")
        page.page.keyboard.press("PageDown")
        page.refreshed()
    assert now.split("/")[0] == now.split("/")[1], "the last slide was reached"
    assert slid >= {"01": 2, "03": 3, "05": 0}[number] and page.problems == []
    page.close()


@pytest.mark.slow
@pytest.mark.long
def test_a_slide_shows_the_numbers_of_the_trace(chromium, tmp_path):
    lesson = Lesson("03")
    index = next(k for k, cell in enumerate(lesson.cells) if "explore(kept" in cell.source)
    kept = lesson.run("to", lesson.cells[index - 1].id)["kept"]
    (path,) = NOTEBOOKS.glob("03_*.ipynb")
    page = SavedPage(chromium, save_slides(run(path), tmp_path, path.stem), viewport=(1280, 800))
    view = page.page.locator(".lstm-viz-view", has=page.page.locator("[aria-valuemax='39.0'], [aria-valuemax='39']"))
    page.page.wait_for_function("() => document.querySelector('.reveal.ready')", timeout=30_000)
    for _ in range(60):
        if view.count() and view.first.is_visible():
            break
        page.page.keyboard.press("PageDown")
        page.refreshed()
    values = {name: getattr(kept, name) for name in ("i", "f", "c_tilde", "o", "c", "h")}
    for t in (4, 5, 39):
        slide_to(view.first, t)
        page.refreshed()
        assert disagreement(numbers(view.first), values, t, 0) is None
    assert page.problems == []
    page.close()
