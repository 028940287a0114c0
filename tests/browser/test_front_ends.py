"""Every front end that can be had here opens lesson 00 and slides it to the right numbers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from lab import Lab, copy_notebooks
from reading import disagreement, numbers, slide_to

sys.path.insert(0, str(Path(__file__).parents[1]))
from lesson_cells import NOTEBOOKS, Lesson

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DARK = {"@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Dark"}}
FRONT_ENDS = [  # JupyterLab in its light theme runs every lesson in test_notebooks.py
    pytest.param({"settings": DARK, "base_url": "/user/ada/"}, id="JupyterLab, dark, where a hub puts it"),
    pytest.param({"app": "notebook"}, id="Notebook 7"),
    pytest.param(
        {"app": "notebook", "base_url": "/user/ada/"}, id="Notebook 7, where a hub puts it", marks=pytest.mark.long
    ),
]


@pytest.fixture(params=FRONT_ENDS)
def page(request, chromium, tmp_path):
    (tmp_path / "private").mkdir()
    folder = copy_notebooks(NOTEBOOKS, tmp_path / "notebooks")
    server = Lab(folder, tmp_path / "private", {"LSTM_VIZ_QUICK": "1"}, **request.param)
    page = server.open(chromium, "00_start_here.ipynb")
    yield page
    page.close()
    server.close()


def test_lesson_00_slides_to_the_right_numbers(page):
    lesson = Lesson("00")
    index = next(k for k, cell in enumerate(lesson.cells) if "explore(trace" in cell.source)
    trace = lesson.run("to", lesson.cells[index].id)["trace"]
    values = {name: getattr(trace, name) for name in ("i", "f", "c_tilde", "o", "c", "h")}

    dark = page.page.evaluate("() => document.body.dataset.jpThemeLight === 'false'")
    assert dark == bool(list(Path(page.lab.private).rglob("themes.jupyterlab-settings")))
    page.run_all()
    assert page.errors() == []
    view = page.show_cell(index)
    for t in (26, 31, 0):
        slide_to(view, t)
        page.refreshed()
        assert view.locator(".lstm-viz-readout").first.inner_text() == f"{t} / {trace.timesteps}"
        assert disagreement(numbers(view), values, t, 0) is None
    assert page.problems == []
