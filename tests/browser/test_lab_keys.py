"""Every drop-down and slider of the labs keeps its arrow keys in JupyterLab's command mode; the active cell stays."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from lab_views import KERAS_LABS, LABS
from reading import moves

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
CHOSEN = "(e) => [...e.selectedOptions].map((option) => option.index).join()"
NOTEBOOK = "window.jupyterapp.shell.currentWidget.content"


def chooses(select):
    """Does this drop-down or list follow the arrow keys?"""
    select.focus()
    before = select.evaluate(CHOSEN)
    for key in ("ArrowDown", "ArrowUp"):  # at one end only one of them can
        select.press(key)
        if select.evaluate(CHOSEN) != before:
            return True
    return False


def slides(handle):
    """Does this slider follow the arrow keys? It is put back, because one end of a range stops the other."""
    before = handle.get_attribute("aria-valuenow")
    if not moves(handle):
        return False
    back = "ArrowLeft" if float(handle.get_attribute("aria-valuenow")) > float(before) else "ArrowRight"
    handle.press(back)
    return True


def controls(view, selector):
    """Those that a reader can see, with something to choose from."""
    for k in range(view.locator(selector).count()):
        control = view.locator(selector).nth(k)
        if control.is_visible() and control.evaluate("(e) => e.tagName !== 'SELECT' || e.options.length > 1"):
            yield control


@pytest.mark.parametrize("group", ["LABS", pytest.param("KERAS_LABS", marks=pytest.mark.keras)])
def test_the_arrow_keys_belong_to_the_control(group, lab, open_notebook):
    labs = {"LABS": LABS, "KERAS_LABS": KERAS_LABS}[group]
    sources = [f"import sys\nsys.path.insert(0, {str(HERE)!r})\nfrom lab_views import {group}"]
    sources += [f"{group}[{name!r}]()" for name in labs]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), lab.folder / f"{group}.ipynb")
    page = open_notebook(f"{group}.ipynb")
    page.run_all()
    lost, tried = [], 0
    for k, name in enumerate(labs, 1):
        view = page.show_cell(k)
        page.page.wait_for_timeout(300)
        page.page.evaluate(f"(k) => {{ {NOTEBOOK}.activeCellIndex = k; {NOTEBOOK}.mode = 'command'; }}", k)
        for selector, follows in (("select", chooses), (".noUi-handle", slides)):
            for control in controls(view, selector):
                page.wait_idle()  # the last one may have given this one other things to choose from
                tried += 1
                if not follows(control):
                    lost.append(f"{name}: {selector} {control.get_attribute('aria-label')} does not follow")
                if page.page.evaluate(f"() => {NOTEBOOK}.activeCellIndex") != k:
                    lost.append(f"{name}: {selector} moved the notebook to another cell")
                    page.page.evaluate(f"(k) => {{ {NOTEBOOK}.activeCellIndex = k; {NOTEBOOK}.mode = 'command'; }}", k)
    assert lost == []
    assert tried >= {"LABS": 30, "KERAS_LABS": 8}[group]
    assert page.problems == []
