"""What of a lesson's controls works in a page without a kernel: the others are switched off there, and say why."""

from __future__ import annotations

import json
import re
from pathlib import Path

from lstm_viz.exercises.asking import UNASKED

#: the class of a control that only Python answers
NEEDS_PYTHON = "lstm-viz-needs-python"
WHY = "needs Python: nothing answers in this page"
#: below a question that was answered, and above the result that the page has
LOOK_BELOW = "Now look at the result below."
PREDICT_FIRST = "Make your prediction above, then look."
#: puts one sentence above the controls that are switched off
SCRIPT = (Path(__file__).parent / "needs_python.js").read_text(encoding="utf-8")
_SHOWS_ONLY = ("HTMLModel", "HTMLMathModel", "LabelModel", "FloatProgressModel", "IntProgressModel", "ImageModel")
_IN_THE_BROWSER = ("Links", "Unheard", "Beforehand")


def _is_control(widget):
    state = widget["state"]
    return (
        widget.get("model_module") == "@jupyter-widgets/controls"
        and widget["model_name"] not in _SHOWS_ONLY
        and ("value" in state or "index" in state or widget["model_name"] == "ButtonModel")
    )


def _heard_in_the_browser(state):
    """The models that are answered in the browser: those that links carry on, and text boxes that say so themselves."""
    heard = set()
    for widget in state.values():
        own = widget["state"].get("_anywidget_id", "").rpartition(".")[2]
        if own in _IN_THE_BROWSER or widget["model_name"] in ("LinkModel", "DirectionalLinkModel"):
            heard |= set(re.findall(r"IPY_MODEL_(\w+)", json.dumps(widget["state"])))
    return heard


def reword(notebook):
    """Say below a prediction what can be done in a page: look at the result that is there, not run anything."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for kind in ("text/html", "text/plain"):
                text = output.get("data", {}).get(kind)
                if isinstance(text, str) and UNASKED in text:
                    output.data[kind] = text.replace(UNASKED, PREDICT_FIRST)


def switch_off(state):
    """Switch off, in a saved `state` {model: widget}, each control that nothing in the page answers; how many."""
    heard, count = _heard_in_the_browser(state), 0
    for name, widget in state.items():
        if widget["state"].get("_anywidget_id", "").endswith("PredictionView"):
            widget["state"]["then"] = LOOK_BELOW
        if name not in heard and _is_control(widget):
            own = widget["state"]
            own["disabled"] = True
            own["tooltip"] = WHY
            own["_dom_classes"] = [*own.get("_dom_classes", []), NEEDS_PYTHON]
            count += 1
    return count
