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


def test_a_saved_page_shows_the_question_and_keeps_the_answer_folded(written, open_saved):
    from save_html import run

    page = open_saved(run(written.folder / "prediction.ipynb"), "prediction")
    (view,) = page.views()
    assert QUESTION.question in view.inner_text()
    assert view.get_by_role("radio").count() == len(QUESTION.choices)
    assert "Observed:" not in page.page.inner_text("body")
    show_me = page.page.get_by_text("show me", exact=True)
    for seen in (True, False):  # one click for who only reads
        show_me.click()
        assert ("Observed:" in page.page.inner_text("body")) == seen
    view.get_by_role("radio").last.click()
    view.get_by_role("button", name="Commit").click()
    assert f"You predict: {list(QUESTION.choices)[-1]}. Now look at the result below" in view.inner_text()
    assert "Observed:" in page.page.inner_text("body"), "who has predicted sees it at once"
    assert "No prediction was made" not in page.page.content()
    assert page.problems == []


def test_in_jupyterlab_a_folded_answer_shows_nothing_of_itself(lab, open_notebook):
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    cell = nbformat.v4.new_code_cell('print("h_1 =", 0.16 * 2)', metadata={"jupyter": {"outputs_hidden": True}})
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="h_1 = 0.32\n")]
    notebook.cells = [nbformat.v4.new_code_cell(CELLS[0]), cell]
    nbformat.write(notebook, lab.folder / "folded.ipynb")
    page = open_notebook("folded.ipynb")
    folded = page.page.locator(".jp-OutputPlaceholder")
    page.page.locator(".lstm-viz-lesson").wait_for()
    folded.wait_for()
    assert "h_1 = 0.32" not in page.page.locator(".jp-Notebook").inner_text()
    label = "(e) => getComputedStyle(e.querySelector('.jp-Placeholder-contentContainer'), '::before').content"
    assert folded.evaluate(label) == '"show me"'
    page.run_all()  # whoever runs it sees it
    page.page.get_by_text("h_1 = 0.32").wait_for()
    assert folded.count() == 0 and page.problems == []
