"""What is switched off in a page without a kernel, and what is folded."""

import sys
from pathlib import Path

import nbformat
import pytest

from lstm_viz.exercises import asking
from lstm_viz.lessons import lesson_02  # noqa: F401 (registers its exercises)

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from experiments import answers, fold, fold_in_page
from without_kernel import NEEDS_PYTHON, switch_off


def control(name, **state):
    return {"model_module": "@jupyter-widgets/controls", "model_name": name, "state": state}


def test_only_what_nothing_answers_is_switched_off():
    links = {"_anywidget_id": "lstm_viz.widgets.links.Links", "pairs": [["IPY_MODEL_slider", "value"]]}
    unheard = {"_anywidget_id": "lstm_viz.widgets.read_text.Unheard", "source": "IPY_MODEL_box"}
    state = {
        "slider": control("IntSliderModel", value=3),
        "linked": control("IntSliderModel", value=3),
        "box": control("TextModel", value=""),
        "alone": control("FloatSliderModel", value=0.5, _dom_classes=["mine"]),
        "button": control("ButtonModel", description="train"),
        "words": control("HTMLModel", value="text"),
        "column": control("VBoxModel", children=["IPY_MODEL_alone"]),
        "links": {"model_module": "anywidget", "model_name": "AnyModel", "state": links},
        "unheard": {"model_module": "anywidget", "model_name": "AnyModel", "state": unheard},
        "js": control("LinkModel", source=["IPY_MODEL_linked", "value"], target=["IPY_MODEL_words", "value"]),
    }
    assert switch_off(state) == 2
    off = [name for name, widget in state.items() if widget["state"].get("disabled")]
    assert off == ["alone", "button"]
    assert state["alone"]["state"]["_dom_classes"] == ["mine", NEEDS_PYTHON]
    assert "needs Python" in state["button"]["state"]["tooltip"]


def test_what_answers_a_prediction_is_folded_until_it_is_made():
    def code(source, *outputs):
        cell = nbformat.v4.new_code_cell(source)
        cell.outputs = [nbformat.v4.new_output("display_data", data) for data in outputs]
        return cell

    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": "explore()"}
    reveal = asking.reveal("02.a", observed=0.32)._repr_html_()
    cells = [
        code("x = 1", {"text/plain": "before"}),
        code('predict("02.a")', {"text/plain": "the question"}),
        code("h_1", {"text/plain": "0.32"}),
        code("explore(trace)", view),
        code("silent = 1"),
        code('reveal("02.a", observed=h_1)', {"text/html": reveal}),
        code("y = 1", {"text/plain": "after"}),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    assert answers(notebook) == [cells[2], cells[5]] and fold(notebook) == 1, "what is closed by itself stays as it is"
    folded = [bool(cell.metadata.get("jupyter")) for cell in cells]
    assert folded == [False, False, True, False, False, False, False]
    assert "show me" in reveal and asking.UNASKED in reveal
    assert fold_in_page(notebook) == 2 and cells[5].metadata["jupyter"]["outputs_hidden"]
    shown = cells[5].outputs[0].data["text/html"]
    assert "Observed: h_1 lies between 0 and h_0" in shown and "show me" not in shown and asking.UNASKED not in shown


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_stored_lessons_are_folded_so(path):
    notebook = nbformat.read(path, as_version=4)
    before = nbformat.writes(notebook)
    fold(notebook)
    assert nbformat.writes(notebook) == before, "python tools/store_notebooks.py stores it so"
