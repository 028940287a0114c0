"""The explorer of the LSTM layer in a real JupyterLab, by keyboard: what is drawn is the layer that was chosen."""

from __future__ import annotations

import nbformat
import pytest
from reading import disagreement, numbers, slide_to

from lstm_viz.lessons.lesson_07.lstm_arguments import describe

pytestmark = [
    pytest.mark.browser,
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def written(lab):
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    source = "from lstm_viz.lessons.lesson_07.layer_explorer import layer_explorer\nlayer_explorer()"
    made.cells = [nbformat.v4.new_code_cell(source)]
    nbformat.write(made, lab.folder / "layer_explorer.ipynb")
    return lab


def press(view, name):
    """Choose a button that is in sight with the keyboard."""
    view.locator(f"button:visible:text-is('{name}')").first.press("Enter")


def wait_for_code(page, view, words):
    view.locator("pre", has_text=words).wait_for()
    page.drawn(view)


def check(page, view, arguments, call, t):
    described = describe(arguments, call)
    trace = described.trace
    slide_to(view, t)
    page.refreshed()
    assert view.locator("pre").inner_text().strip() == described.source
    values = {name: getattr(trace, name) for name in (*trace.names, "h_tm1", "c_tm1")}
    assert disagreement(numbers(view), values, t, 0) is None


def test_choosing_arguments_with_the_keyboard(written, open_notebook):
    page = open_notebook("layer_explorer.ipynb")
    page.run_all()
    view = page.show_cell(0)
    check(page, view, {"units": 4}, {}, 3)
    press(view, "8")
    wait_for_code(page, view, "LSTM(8)")
    check(page, view, {"units": 8}, {}, 5)
    press(view, "beginning")
    view.locator("button:visible:text-is('False')").last.press("Enter")
    wait_for_code(page, view, "unit_forget_bias=False")
    check(page, view, {"units": 8, "unit_forget_bias": False}, {}, 2)
    press(view, "call")
    press(view, "last 2 skipped")
    wait_for_code(page, view, "mask=mask")
    check(page, view, {"units": 8, "unit_forget_bias": False}, {"mask": "last 2 skipped"}, 7)
    press(view, "dropout")
    view.locator("button:visible:text-is('0.5')").last.press("Enter")
    wait_for_code(page, view, "recurrent_dropout=0.5")
    press(view, "running")
    view.locator("button:visible:text-is('True')").last.press("Enter")
    alert = view.get_by_role("alert").filter(has_text="use_cudnn=True was specified")
    alert.wait_for()
    assert "recurrent_dropout=0.5" in view.locator("pre").inner_text(), "what was drawn before stays"
    press(view, "auto")
    alert.wait_for(state="detached")
    assert not page.errors() and not page.problems
