"""Committing to a prediction in a real JupyterLab, with the keyboard, and what a saved page shows of it."""

from __future__ import annotations

import nbformat
import pytest

from lstm_viz.exercises import asking as exercises

pytestmark = pytest.mark.browser

CELLS = ("from lstm_viz.lessons.lesson_02 import predict, reveal", 'predict("02.a")', 'reveal("02.a", observed=0.32)')
from lstm_viz.lessons import lesson_02  # noqa: E402, F401 (registers its exercises)

QUESTION = exercises.load("02")["02.a"]


@pytest.fixture(scope="module")
def written(lab):
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(notebook, lab.folder / "prediction.ipynb")
    return lab


def test_a_prediction_is_committed_and_compared(written, open_notebook):
    page = open_notebook("prediction.ipynb")
    page.run_all()
    assert not page.errors()
    assert "No prediction was made" in page.show_cell(2).inner_text()
    question = page.show_cell(1)
    assert QUESTION.question in question.inner_text()
    assert question.get_by_role("group", name="02.a prediction").count() == 1
    commit = question.get_by_role("button", name="Commit")
    assert commit.is_disabled()
    first = question.get_by_role("radio").first
    first.focus()
    first.press(" ")
    first.press("ArrowDown")
    commit.press("Enter")
    question.get_by_text("You predict: h_1 lies between 0 and h_0").wait_for()
    page.run_all()
    assert "02.a as predicted" in page.show_cell(2).inner_text()
    assert question.get_by_role("radio").nth(1).is_checked(), "running the question again keeps the choice"
    assert page.problems == []


def test_a_saved_page_shows_the_question(written, open_saved):
    from save_html import run

    page = open_saved(run(written.folder / "prediction.ipynb"), "prediction")
    (view,) = page.views()
    assert QUESTION.question in view.inner_text()
    assert view.get_by_role("radio").count() == len(QUESTION.choices)
    view.get_by_role("radio").last.click()
    view.get_by_role("button", name="Commit").click()
    assert f"You predict: {list(QUESTION.choices)[-1]}" in view.inner_text()
    assert page.problems == []
