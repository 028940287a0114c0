"""A page that was busy while its models were made hears Python all the same."""

from __future__ import annotations

import nbformat
import numpy as np
import pytest
from reading import disagreement, numbers, slide_to

from lstm_viz import LSTMCell

pytestmark = pytest.mark.browser

#: anywidget waits 2 s for a model's module; here no module is quick enough, as on a page that is busy for so long
LATE = """(() => {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => (ms === 2000 ? AbortSignal.abort() : timeout(ms));
  const listen = AbortSignal.prototype.addEventListener;
  AbortSignal.prototype.addEventListener = function (name, then, ...options) {
    if (this.aborted && name === "abort") then(); else listen.call(this, name, then, ...options);
  };
})()"""
CELLS = (
    "import numpy as np\nfrom lstm_viz import LSTMCell, explore\nfrom lstm_viz.widgets import TextView\n"
    "cell = LSTMCell.initialise(3, 5, seed=1)\n"
    "traces = [cell.run(np.random.default_rng(k).normal(size=(12, 3))) for k in range(2)]",
    "view = explore(traces[0], cell=cell, unit=0)\nview",
    "text = TextView('twelve chars', traces[0])\ntext",
)


def wrong(view, trace, t):
    return disagreement(numbers(view), {name: getattr(trace, name) for name in trace.names}, t, 0)


def test_a_view_of_late_models_is_drawn_and_hears_python(lab, chromium):
    class Busy:
        def new_page(self, **options):
            page = chromium.new_page(**options)
            page.add_init_script(LATE)
            page.on("console", lambda message: said.append(message.text))
            page.on("pageerror", lambda error: said.append(str(error)))
            return page

    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    made.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(made, lab.folder / "late_models.ipynb")
    cell = LSTMCell.initialise(3, 5, seed=1)
    traces = [cell.run(np.random.default_rng(k).normal(size=(12, 3))) for k in range(2)]
    said = []
    page = lab.open(Busy(), "late_models.ipynb")
    try:
        page.run_all()
        view = page.show_cell(1)
        assert any("Failed to initialize" in text for text in said)  # the models were late indeed
        assert view.locator("[role=alert]:visible").count() == 0
        slide_to(view, 3)
        assert wrong(view, traces[0], 3) is None

        page.execute("view.show(traces[1], cell=cell); view.controls.t = 7; text.show('another text', traces[1])")
        page.wait_idle()
        page.drawn(view)
        assert view.locator(".lstm-viz-readout").inner_text() == "7 / 12"
        assert wrong(view, traces[1], 7) is None and view.locator("[role=alert]:visible").count() == 0
        assert page.show_cell(2).locator("pre").inner_text().startswith("another text")
    finally:
        page.close()
        for session in lab.api("/api/sessions"):
            lab.api(f"/api/sessions/{session['id']}", "DELETE")
