"""Who chooses again before Python has answered gets what was chosen last, in every view and in Python."""

from __future__ import annotations

import json

import nbformat
import pytest

pytestmark = pytest.mark.browser

CODE = 'import os\n\ndef total(values):\n    """Add them."""\n    return sum(v for v in values)  # all\n'
# Python hears late, as over a slow hub's line: the reader chooses again before the answer comes in
SLOW = (
    "import json, time\nfrom lstm_viz.lessons.lesson_09 import *\n"
    "def slow(widget):\n"
    "    at_once = widget.set_state\n"
    "    def late(state):\n"
    "        time.sleep(0.2)\n"
    "        at_once(state)\n"
    "    widget.set_state = late\n"
)
CELLS = (
    f"{SLOW}search = search_view(character_model(), {CODE!r})\n"
    "for widget in (search.quantity, search.text_view, search.controls._unit):\n"
    "    slow(widget)\n"
    "search",
    f"{SLOW}ranked = unit_table('string', read_along(character_model(), {CODE!r}))\n"
    "for widget in (ranked.view.quantity, ranked.view.text_view, ranked.view.controls._unit, ranked.table):\n"
    "    slow(widget)\n"
    "ranked",
)


#: ms between keys: before, while and after an answer comes in
PAUSES = (0, 70, 150, 230, 400)


@pytest.fixture
def page(lab, open_notebook):
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    made.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(made, lab.folder / "quick.ipynb")
    page = open_notebook("quick.ipynb")
    page.run_all()
    return page


def settled(page, lab, kept):
    """What Python holds once every message is answered, the JSON of an expression."""
    page.wait_answered()
    page.execute(f"json.dump({kept}, open({str(lab.folder / 'chosen.json')!r}, 'w'))")
    return json.loads((lab.folder / "chosen.json").read_text())


SEARCHED = "[[s.unit for s in search.found], search.controls.unit, search.text_view.quantity, search.quantity.value]"
RANKED = "[ranked.view.text_view.quantity, ranked.view.quantity.value, ranked.view.controls.unit]"


def choose(chooser, name):
    """One of the choices of what shades the text, by its letter."""
    chooser.evaluate(
        "(e, start) => { e.selectedIndex = [...e.options].findIndex((o) => o.label.startsWith(start + '\u00a0'));"
        " e.dispatchEvent(new Event('change', {bubbles: true})); }",
        name,
    )


def said(place):
    return place.locator("pre[role=slider]").get_attribute("aria-valuetext")


def test_the_last_of_several_quick_choices_stays(page, lab):
    place = page.show_cell(0)
    for pause in PAUSES[:-1]:
        several_quick_choices(page, lab, place, pause)
    assert page.errors() == [] and page.problems == []


def several_quick_choices(page, lab, place, pause):
    chooser = place.locator("select").nth(1)
    for name in ("f", "i", "o", "c", "h", "o"):
        choose(chooser, name)
        page.page.wait_for_timeout(pause)
    _, _, shown, chosen = settled(page, lab, SEARCHED)
    assert shown == chosen == "o" and ", output gate of unit " in said(place), pause

    text = place.locator("pre[role=slider]")
    text.locator("span").nth(CODE.index("values)")).click()
    for _ in range(8):
        text.press("Shift+ArrowRight")
        page.page.wait_for_timeout(pause)
    found, unit, _, _ = settled(page, lab, SEARCHED)
    assert unit == found[0] and f" of unit {unit}: " in said(place), pause
    # the chosen one of the ranking and the chooser of units say so, too
    pressed = place.locator(".lstm-viz-ranking button[aria-pressed=true]")
    assert pressed.all_inner_texts() == [f"o of unit {unit}"], pause
    assert place.locator("select").first.evaluate("(e) => e.selectedIndex") == unit, pause


def test_what_is_chosen_after_a_row_of_the_ranking_stays(page, lab):
    place = page.show_cell(1)
    for pause in PAUSES:
        a_row_and_then_the_chooser(page, lab, place, pause)
    assert page.errors() == [] and page.problems == []


def a_row_and_then_the_chooser(page, lab, place, pause):
    chooser, rows = place.locator("select").nth(1), place.locator(".lstm-viz-ranking tbody tr")
    for name, label in (("f", "forget gate"), ("o", "output gate"), ("i", "input gate")):
        for row in (0, 3):  # a row of each quantity, or of two units
            rows.nth(row).click()
            page.page.wait_for_timeout(pause)
            choose(chooser, name)
            shown, chosen, unit = settled(page, lab, RANKED)
            assert shown == chosen == name and f", {label} of unit {unit}: " in said(place), pause
            assert f"unit {unit}" in rows.nth(row).inner_text(), pause
