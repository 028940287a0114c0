"""Every lesson on its second day: run, saved, closed, the machine restarted, opened again. `make test-all` runs it."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from lab import Lab
from test_coming_back import DIRTY, WITHOUT, told

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
BROKEN = "(place) => [...place.querySelectorAll('img')].filter((e) => e.complete && !e.naturalWidth).length"


@pytest.fixture(params=sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def machine(request, tmp_path):
    """A JupyterLab on one lesson, which can be shut down and started again; its `lesson` is the notebook's name."""
    for name in ("private", "work"):
        (tmp_path / name).mkdir()
    shutil.copy(request.param, tmp_path / "work")
    server = Lab(tmp_path / "work", tmp_path / "private", {"LSTM_VIZ_QUICK": "1"})
    server.lesson = request.param.name
    yield server
    server.close()


def not_saved(path):
    """The models of the views shown in a notebook's outputs that its metadata do not hold."""
    notebook = nbformat.read(path, as_version=4)
    state = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    views = [output.get("data", {}).get("application/vnd.jupyter.widget-view+json") for output in outputs]
    return [view["model_id"] for view in views if view and view["model_id"] not in state]


def test_a_lesson_opened_again_shows_its_views_and_nothing_red(machine, chromium):
    page = machine.open(chromium, machine.lesson)
    page.run_all(timeout=900)
    assert page.errors() == []
    for index, _ in page.cells():
        page.show_cell(index)
    page.wait_idle()
    page.save()
    assert page.problems == []
    page.close()
    assert not_saved(machine.folder / machine.lesson) == []
    machine.close()
    machine.start()

    page = machine.open(chromium, machine.lesson)
    alive = 0
    for index, _ in page.cells():
        place = page.show_cell(index)
        lines = told(place)
        assert all(line.startswith(WITHOUT) for line in lines), f"cell {index}: {lines}"
        alive += len(lines)
        assert "Error" not in "".join(place.locator(".jp-RenderedText[data-mime-type*=stderr]").all_inner_texts())
        assert not [text for text in place.locator("[role=alert]:visible").all_inner_texts() if text.strip()]
        assert place.evaluate(BROKEN) == 0
    assert alive, "no view lives again"
    assert page.page.get_by_text("Error displaying widget").count() == 0
    assert page.errors() == [] and page.problems == []
    assert page.page.evaluate(DIRTY) is False, "a notebook that was only opened is not unsaved"
    page.close()
