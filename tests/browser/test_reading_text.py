"""The text view in a real JupyterLab and in a saved page: move, choose, click, select; any text is text."""

from __future__ import annotations

import nbformat
import numpy as np
import pytest
from reading import slide_to

from lstm_viz import LSTMCell
from lstm_viz.pictures.live_markup import format_number
from lstm_viz.pictures.shading import shading

pytestmark = pytest.mark.browser

ODD = "def f():\n\treturn '안녕 🎉'\r\n<script>alert(1)</script>\x00\u202eabc e\u0301\ud800\n"
TEXTS = {"source": "".join(f"if x[{k}]:\n    y = '{k}'  # {'long ' * 30}\n" for k in range(8)), "odd": ODD, "one": "x"}
SOURCE = """\
import numpy as np
from lstm_viz import LSTMCell
from lstm_viz.widgets import TextView, TimeControls
import ipywidgets
text = {text!r}
trace = LSTMCell.initialise(128, 6, seed=1).run(np.eye(128)[[ord(c) % 128 for c in text]])
view = TextView(text, trace, measures={{"order": np.arange(len(text))}})
bar = TimeControls(len(text), units=6).drive(view)
ipywidgets.VBox([bar, view]).add_class("lstm-viz-view")"""
#: what a span has: its shade, and whether it is underlined
SHOWN = """(box) => [...box.children].map((e) => {
  const style = getComputedStyle(e);
  return [style.backgroundColor, style.color, style.textDecorationLine, e.textContent];
})"""


def written(text):
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    made.cells = [nbformat.v4.new_code_cell(SOURCE.format(text=text))]
    return made


def trace_of(text):
    return LSTMCell.initialise(128, 6, seed=1).run(np.eye(128)[[ord(c) % 128 for c in text]])


def rgb(text):
    return np.array([float(n) for n in text.strip("rgba()").split(",")][:3])


def contrast(one, other):
    light = [np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
             for c in (one / 255, other / 255)]  # fmt: skip
    return (max(light) + 0.05) / (min(light) + 0.05)


def check_shades(box, trace, name, unit):
    """Each character has the colour that its value has, readable, and underlined where it is clearly negative."""
    shade, values = shading(trace)[name], getattr(trace, name)[:, unit]
    high = shade.high if shade.high is not None else np.abs(values).max()
    low = -high if shade.low is None else shade.low
    colours = [np.array([int(c[k : k + 2], 16) for k in (1, 3, 5)]) for c in shade.colours]
    shown = box.evaluate(SHOWN)
    assert len(shown) == len(values)
    # of a quantity with a range of its own the browser knows hundredths: the colour beside, where a value lies between
    slack = 0.02 + (0 if shade.low is None else 33 * 0.005 / (high - low))
    for value, (back, ink, line, _) in zip(values, shown, strict=True):
        place = (value - low) / (high - low) * 33
        near = {max(0, min(32, int(np.floor(place + d)))) for d in (-slack, 0, slack)}
        assert any(np.array_equal(rgb(back), colours[k]) for k in near), (value, back)
        assert contrast(rgb(back), rgb(ink)) >= 4.5
        if abs(value) > 0.05 * high:
            assert (line == "underline") == (value < 0)


def check_now(place, trace, text, t, name, unit):
    box = place.locator("pre[role=slider]")
    assert box.locator(".at").count() == 1
    assert box.evaluate("(e) => [...e.children].findIndex((s) => s.classList.contains('at'))") == t
    label = {"c": "cell state", "f": "forget gate"}[name]
    said = f"{label} of unit {unit}: {format_number(getattr(trace, name)[t, unit])}"
    assert said in place.locator(".now").inner_text() and said in box.get_attribute("aria-label")
    assert box.get_attribute("aria-valuenow") == str(t) and said in box.get_attribute("aria-valuetext")
    inside = """(e) => { const [a, b] = [e.parentElement, e].map((x) => x.getBoundingClientRect());
      return b.top >= a.top && b.bottom <= a.bottom && b.left >= a.left && b.right <= a.right + 1; }"""
    assert box.locator(".at").evaluate(inside)
    assert place.locator(".lstm-viz-readout").inner_text() == f"{t} / {len(text)}"


def use(page, place, text):
    """What a reader does: slide, choose a unit, click, arrow keys, select with keys and mouse."""
    trace, box = trace_of(text), place.locator("pre[role=slider]")
    spans = box.locator("span")
    page.refreshed()
    check_now(place, trace, text, 0, "c", 0)
    check_shades(box, trace, "c", 0)
    first = spans.first.element_handle()
    slide_to(place, 7)
    page.refreshed()
    check_now(place, trace, text, 7, "c", 0)
    place.locator("select").first.select_option("4")
    page.refreshed()
    check_shades(box, trace, "c", 4)
    assert first.evaluate("(e) => e.isConnected"), "another unit must not rebuild the text"
    spans.nth(20).click()
    page.refreshed()
    check_now(place, trace, text, 20, "c", 4)
    for key, t in (("ArrowRight", 21), ("ArrowLeft", 20), ("End", len(text) - 1), ("Home", 0), ("ArrowDown", None)):
        box.press(key)
        page.refreshed()
        if t is not None:
            check_now(place, trace, text, t, "c", 4)
    now = int(box.get_attribute("aria-valuenow"))
    across = "([a, b]) => [a, b].map((e) => [e.offsetLeft, e.offsetTop])"
    (x0, y0), (x1, y1) = page.page.evaluate(across, [spans.first.element_handle(), spans.nth(now).element_handle()])
    assert y1 > y0 and abs(x1 - x0) <= 12, "the next line, at the same place"
    box.press("Home")
    box.press("Shift+ArrowRight")
    box.press("Shift+ArrowRight")
    chosen = "(e) => [...e.children].flatMap((s, k) => s.classList.contains('chosen') ? [k] : [])"
    assert box.evaluate(chosen) == [0, 1, 2] and "selected 0 to 2" in box.get_attribute("aria-label")
    box.press("Escape")
    assert box.evaluate(chosen) == []
    box.press("Home")
    (a, b) = (spans.nth(k).bounding_box() for k in (1, 5))
    page.page.mouse.move(a["x"] + 3, a["y"] + 8)
    page.page.mouse.down()
    page.page.mouse.move(b["x"] + 3, b["y"] + 8, steps=4)
    page.page.mouse.up()
    assert box.evaluate(chosen) == [1, 2, 3, 4, 5]
    check_now(place, trace, text, 1, "c", 4)


def test_the_text_is_read_in_jupyterlab_and_python_hears_of_it(lab, open_notebook):
    nbformat.write(written(TEXTS["source"]), lab.folder / "text.ipynb")
    page = open_notebook("text.ipynb")
    page.run_all()
    place = page.show_cell(0)
    use(page, place, TEXTS["source"])
    page.wait_idle()
    page.execute("assert (view.selection, bar.t, bar.unit) == ((1, 6), 1, 4), (view.selection, bar.t, bar.unit)")
    page.execute("view.quantity = 'f'; view.marks = [(2, 4)]")
    page.wait_idle()
    check_shades(place.locator("pre[role=slider]"), trace_of(TEXTS["source"]), "f", 4)
    assert place.locator(".mark").count() == 2
    page.execute(
        f"text = {ODD!a}\n"
        "trace = LSTMCell.initialise(128, 6, seed=1).run(np.eye(128)[[ord(c) % 128 for c in text]])\n"
        "view.show(text, trace, {'order': np.arange(len(text))})\n"
        "bar.resize(len(text), units=6)"
    )
    page.wait_idle()
    page.refreshed()
    check_shades(place.locator("pre[role=slider]"), trace_of(ODD), "f", 4)
    assert place.locator(".mark, .chosen").count() == 0
    page.execute("view.quantity = 'order'")
    page.wait_idle()
    assert "order: 1.00" in place.locator(".now").inner_text()
    assert page.errors() == [] and page.problems == []


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", TEXTS)
def test_a_saved_page_reads_any_text_without_a_kernel(name, width, tmp_path, open_saved):
    from save_html import run

    nbformat.write(written(TEXTS[name]), tmp_path / "page.ipynb")
    page = open_saved(run(tmp_path / "page.ipynb"), f"text_{name}_{width}")
    page.page.set_viewport_size({"width": width, "height": 800})
    page.views()
    place, text = page.page.locator(".lstm-viz-view"), TEXTS[name]
    if len(text) > 30:
        use(page, place, text)
    check_shades(place.locator("pre"), trace_of(text), "c", 4 if len(text) > 30 else 0)
    shown = "".join(row[3] for row in place.locator("pre").evaluate(SHOWN))
    if name == "odd":
        assert "<script>alert(1)</script>␀U+202Eabc" in shown and "'안녕 🎉'␍↵\n" in shown and "→\treturn" in shown
        assert "U+D800" in shown and place.locator("script").count() == 0
    assert page.page.evaluate("() => document.documentElement.scrollWidth") <= width
    box = place.locator("pre").evaluate("(e) => [e.clientHeight, e.scrollWidth - e.clientWidth]")
    assert box[0] < 350 and box[1] <= 0
    assert page.problems == []
