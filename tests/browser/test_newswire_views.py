"""The views of lesson 08 in a real JupyterLab: a training that can be stopped, and a wire that can be read."""

from __future__ import annotations

import json
import re

import nbformat
import pytest
from reading import slide_to

pytestmark = [pytest.mark.browser, pytest.mark.keras]

TRAIN = """\
import numpy as np
from lstm_viz.keras_models.quiet import keras
from lstm_viz.widgets.training_view import TrainingView

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
x = np.random.default_rng(0).normal(size=(64, 4))
y = np.eye(3)[x[:, :3].argmax(axis=1)]

def fit(callbacks):
    model.fit(x, y, epochs=100_000, validation_data=(x, y), callbacks=callbacks, verbose=0)

TrainingView(fit, epochs=100_000)"""
WAIT = """\
view = _
training = await view.finished()
print(training.state, training.epochs_done, "at", training.best_epoch)"""
GO_ON = "print('the notebook', 'went on')"  # not to be found in its own source

READ = """\
import json
from lstm_viz.datasets import synthetic_newswires
from lstm_viz.lessons.lesson_08.newswires import TopicClassifier, build
from lstm_viz.keras_models.quiet import keras
from lstm_viz.lessons.lesson_08.wire_reader import WireReader

wires = synthetic_newswires()
keras.utils.set_random_seed(0)
models = {}
for name in ("LSTM + LSTM", "Embedding + LSTM"):
    models[name] = TopicClassifier(build, model_kwargs={"name": name, "num_words": wires.num_words})
    models[name].fit(wires.x_train[:200], wires.y_train[:200], epochs=1, verbose=0)
reader = WireReader(models, wires, topic="grain")
reader"""
KEEP = """
import json
_r = reader.reading
json.dump({{"words": _r.words, "p": _r.probabilities.max(axis=1).tolist(),
           "best": [wires.names[k] for k in _r.probabilities.argmax(axis=1)]}}, open({file!r}, "w"))
"""


def write(lab, name, *cells):
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    made.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(made, lab.folder / name)
    return name


@pytest.mark.parametrize("how", ["the button", "Kernel > Interrupt"])
def test_a_training_is_stopped_while_a_cell_waits_for_it(lab, open_notebook, how):
    page = open_notebook(write(lab, "train.ipynb", TRAIN, WAIT, GO_ON))
    page.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.page.wait_for_function(
        "() => /epoch \\d+ of 100000 · loss .* left/.test(document.body.innerText)", timeout=90_000
    )
    if how == "the button":
        page.page.get_by_role("button", name=re.compile("Stop, keep the best")).click()
    else:
        page.command("kernelmenu:interrupt")
    page.page.wait_for_function("() => document.body.innerText.includes('the notebook went on')", timeout=60_000)
    text = page.page.locator(".jp-Notebook").inner_text()
    done = re.search(r"stopped (\d+) at (\d+)", text)
    assert done and 1 <= int(done[2]) <= int(done[1]) < 100_000
    view = page.show_cell(0)
    assert f"stopped, back to the weights of epoch {done[2]}, the best" in view.inner_text()
    assert view.locator(".js-plotly-plot").count() == 2 and view.get_by_role("button").first.is_disabled()
    assert page.errors() == [] and page.problems == []


def test_a_wire_is_read_word_by_word_and_one_can_be_typed(lab, open_notebook):
    page = open_notebook(write(lab, "read.ipynb", READ))
    page.run_all()
    view = page.show_cell(0)

    def check(t):
        page.execute(KEEP.format(file=str(lab.folder / "reading.json")))
        reading = json.loads((lab.folder / "reading.json").read_text())
        page.drawn(view)
        now = view.locator(".lstm-viz-wire .word[fill=now]")
        assert now.all_inner_texts() == [reading["words"][t]] * 2  # by deletion and by gradient
        assert view.locator(".lstm-viz-wire .word").all_inner_texts() == [*reading["words"]] * 2
        shown = view.locator(".lstm-viz-wire").inner_text()
        assert f"After {t + 1} of {len(reading['words'])}: {reading['best'][t]} {reading['p'][t]:.2f}" in shown
        return reading

    assert len(check(48)["words"]) == 49
    slide_to(view, 6)
    check(6)
    view.locator("select").first.select_option("Embedding + LSTM")
    page.wait_idle()
    assert len(check(6)["words"]) < 49
    view.locator("select").nth(1).select_option("my own text")
    page.wait_idle()
    field = view.get_by_placeholder(re.compile("type a wire"))
    field.fill("crude oil xqzzy rose in march")
    field.press("Enter")
    page.wait_idle()
    assert check(6)["words"] == ["<start>", "crude", "oil", "<unknown>", "rose", "in", "march"]
    assert "xqzzy" in view.get_by_role("status").inner_text()
    field.fill("...")
    field.press("Enter")
    page.wait_idle()
    view.get_by_text(re.compile("the text is empty")).wait_for()
    check(6)
    assert page.errors() == [] and page.problems == []
