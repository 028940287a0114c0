"""The notebook of lesson 08: its models, its stored outputs, without data, without noise."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from test_newswires import NOTEBOOK

from lstm_viz.keras_models.quiet import keras
from lstm_viz.lessons.lesson_08.newswires import build

pytestmark = pytest.mark.keras

# --- the notebook -------------------------------------------------------------------------------------------


def cell_source(name):
    return next(cell.source for cell in nbformat.read(NOTEBOOK, 4).cells if cell.id == name)


@pytest.mark.parametrize("cell, name", [("one-layer", "LSTM"), ("two-layers", "LSTM + LSTM")])
def test_the_notebook_writes_out_the_models_of_the_full_runs(cell, name):
    namespace = {"keras": keras}
    exec(cell_source(cell).split("\n\n\n")[0], namespace)
    X, y = np.ones((2, 49)), np.ones((2, 46))
    theirs, ours = namespace[cell.replace("-", "_")](X, y), build(X, y, name=name)

    def settings(model):
        configs = [{k: v for k, v in layer.get_config().items() if k != "name"} for layer in model.layers]
        optimizer = {k: v for k, v in model.optimizer.get_config().items() if k != "name"}
        return json.dumps([configs, type(model.optimizer).__name__, optimizer, model.loss], default=str)

    assert settings(theirs) == settings(ours)


def test_the_stored_outputs_are_of_the_full_length():
    outputs = {
        cell.id: "".join(output.get("text", "") for output in cell.outputs)
        for cell in nbformat.read(NOTEBOOK, 4).cells
        if cell.cell_type == "code"
    }
    assert "one layer, 200 epochs, seed 0" in outputs["wait-one"]
    assert "best of 60 epochs on the validation wires, seed 0" in outputs["wait-embedding"]
    assert "1395 + 598 newswires" in outputs["data"] and "MADE-UP" not in outputs["data"]


@pytest.mark.slow
def test_the_notebook_goes_on_without_data(tmp_path):
    """A fresh user without a network: a plain notice, made-up wires, and no traceback to the end."""
    script = f"""
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read({str(NOTEBOOK)!r}, 4)
NotebookClient(notebook, timeout=300, resources={{"metadata": {{"path": {str(NOTEBOOK.parent)!r}}}}}).execute()
nbformat.write(notebook, {str(tmp_path / "ran.ipynb")!r})
"""
    environment = {
        "PATH": str(Path(sys.executable).parent),
        "HOME": str(tmp_path),
        "LSTM_VIZ_QUICK": "1",
        "https_proxy": "http://127.0.0.1:9",  # nobody listens there
    }
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True, timeout=400)
    ran = nbformat.read(tmp_path / "ran.ipynb", 4)
    outputs = [output for cell in ran.cells for output in cell.get("outputs", [])]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    notice = next(cell for cell in ran.cells if cell.id == "data").outputs[0].text
    assert "connect to the network, or set LSTM_VIZ_DATA" in notice and "MADE-UP" in notice
    assert "synthetic newswires" in notice


def test_nothing_is_printed_that_was_not_asked_for(reuters_folder):
    script = """
import sys
from lstm_viz.datasets import load_reuters
from lstm_viz.lessons.lesson_08.newswires import TopicClassifier, build
from lstm_viz.lessons.lesson_08.wire_reading import read_wire
wires = load_reuters(sys.argv[1])
for name in ("LSTM", "Embedding + LSTM"):
    classifier = TopicClassifier(build, model_kwargs={"name": name})
    classifier.fit(wires.x_train[:100], wires.y_train[:100], epochs=1, verbose=0)
    classifier.predict(wires.x_test[:9])
    read_wire(classifier.model_, wires, wires.x_test[0])
"""
    command = [sys.executable, "-W", "error::DeprecationWarning:lstm_viz", "-W", "error::FutureWarning", "-c", script]
    done = subprocess.run([*command, str(reuters_folder)], capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
