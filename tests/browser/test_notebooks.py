"""Every lesson in a real JupyterLab, and the same lesson saved as a page without kernel and network."""

from __future__ import annotations

from pathlib import Path

import nbformat
import numpy as np
import pytest
from reading import disagreement, moves, numbers

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted(path.name for path in (Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))

#: run in the lesson's kernel: what every `explore` shows, for the test to compare with what is drawn, and what the
#: layers of an `explore_layers` do, in the order of the input's steps
KEEP = """
import ipywidgets as _w, numpy as _np
from lstm_viz.widgets import Explorer as _E, Layers as _L
_all = list(_w.Widget.widgets.values())
_kept = [(_v.trace, slice(None)) for _v in _all if isinstance(_v, _E)]
_kept += [(_t, _np.argsort(_t.input_steps)) for _v in _all if isinstance(_v, _L) for _t in _v.traces.values()]
_np.savez({file!r}, **{{
    f"{{k}}.{{name}}": getattr(trace, name)[order]
    for k, (trace, order) in enumerate(_kept)
    for name in (*trace.names, "h_tm1")
}})
"""


def read(view):
    """(t, unit, numbers) that one `explore` shows."""
    t = int(view.locator(".lstm-viz-readout").inner_text().split(" / ")[0])
    chooser = view.locator(".lstm-viz-time select")
    return t, chooser.evaluate("(e) => e.selectedIndex") if chooser.count() else 0, numbers(view)


def shown_wrong(view, traces):
    """What one `explore` shows that no trace of the lesson holds, or None."""
    t, unit, shown = read(view)
    fitting = [trace for trace in traces if t < len(trace["h"]) and unit < trace["h"].shape[1]]
    found = [disagreement(shown, trace, t, unit) for trace in fitting]
    return None if None in found else found[0] if found else f"no trace of the lesson has t={t}, unit {unit}"


def check_place(page, place, traces):
    """Every slider moves, nothing reports an error, and each `explore` shows the numbers of one of `traces()`.

    `place` is drawn already.
    """
    assert "Error displaying widget" not in place.inner_text()
    for handle in place.locator(".noUi-handle").all():
        if handle.is_visible() and not handle.locator("xpath=ancestor::*[@disabled]").count():
            assert moves(handle), f"a slider in {place.inner_text()[:80]!r} ignores the arrow keys"
    page.refreshed()
    for view in place.locator(".lstm-viz-view:has(.lv-diagram)").all():
        check_numbers(page, view, traces)
        if "lstm-viz-layers" in view.get_attribute("class"):
            for layer in view.locator("button.widget-toggle-button").all():
                layer.click()
                page.drawn(place)
                check_numbers(page, view, traces)


def check_numbers(page, view, traces):
    """What the view shows is what one of `traces()` holds."""
    for _ in range(30):  # a knob's new trace needs a moment to come back from the kernel
        wrong = shown_wrong(view, traces())
        if wrong is None:
            break
        page.page.wait_for_timeout(200)
    assert wrong is None


def kept_traces(page, path):
    """The traces of every `explore` in the page's kernel, as they are now: [{name: (timesteps, units)}]."""
    page.wait_idle()
    page.execute(KEEP.format(file=str(path)))
    traces = {}
    for key, values in np.load(path).items():
        view, name = key.split(".", 1)
        traces.setdefault(view, {})[name] = values
    return list(traces.values())


def alerts(place):
    return [text for text in place.locator("[role=alert]:visible").all_inner_texts() if text.strip()]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_lesson_runs_moves_and_shows_its_own_numbers(name, lab, open_notebook, open_saved):
    page = open_notebook(name)
    page.run_all(timeout=600)
    assert page.errors() == []
    path = lab.folder / f"{name}.npz"
    cells = page.cells()
    for index, _ in cells:
        place = page.show_cell(index)  # waits until it is drawn
        check_place(page, place, lambda: kept_traces(page, path))
        assert alerts(place) == []
    traces = kept_traces(page, path)
    for index, _ in cells:  # what was moved later may have changed an earlier one
        assert alerts(page.show_cell(index)) == []
    assert page.errors() == [] and page.problems == []

    page.save()
    saved = open_saved(nbformat.read(lab.folder / name, as_version=4), name.removesuffix(".ipynb"))
    places = saved.views()
    assert len(places) == sum(count for _, count in cells)
    for place in places:
        if place.is_visible():
            check_place(saved, place, lambda: traces)
    assert saved.problems == []
