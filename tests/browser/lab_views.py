"""The labs of the lessons with made-up data, for the browser tests: {name: function that makes the lab}."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstm_viz import GRUCell, LSTMCell, SimpleRNNCell

T = 16
X = np.random.default_rng(3).normal(size=(T, 3))
WORDS = [
    "<b>",
    "안녕하세요",
    "antidisestablishmentarianism",
    "a",
    *["the", "8", "o'clock", "news", "of", "the", "day", "in", "so", "very", "many", "words"],
]


def _gradient_lens():
    from lstm_viz.lessons.lesson_05 import gradient_lens

    models = {"SimpleRNN": SimpleRNNCell.initialise(3, 5, seed=1), "LSTM": LSTMCell.initialise(3, 5, seed=1)}
    return gradient_lens(models, X, labels=WORDS)


def _spectral_radius_lab():
    from lstm_viz.lessons.lesson_05 import spectral_radius_lab

    return spectral_radius_lab(timesteps=30, units=8)


def _forget_bias_lab():
    from lstm_viz.lessons.lesson_05 import forget_bias_lab

    lab = forget_bias_lab(seeds=2)
    lab.lag.value, lab.bias.value = 10, -0.5
    lab.run()
    lab.wait(300)
    return lab


def _be_the_gates():
    from lstm_viz.lessons.lesson_06 import be_the_gates

    lab = be_the_gates(12, cue=2)
    lab.show_training()
    return lab


def _lag_lab():
    from lstm_viz.lessons.lesson_06 import lag_lab

    return lag_lab()


def _lag_lab_live():
    """A live run that was stopped: its bar, its sentence, few dots."""
    from lstm_viz.lessons.lesson_06 import lag_lab

    lab = lag_lab("cue_first")
    lab.source.value = "your live run"
    lab.cells.value = tuple(lab.cells.options[:3])
    lab.run()
    while not lab.result.runs:
        lab.live.work.wait_for_end(0.05)
    lab.stop()
    lab.wait(300)
    return lab


def _lag_lab_nothing():
    """Nothing to draw yet, and something that went wrong."""
    from lstm_viz.lessons.lesson_06 import lag_lab

    lab = lag_lab()
    lab.source.value, lab.cells.value = "your live run", ()
    lab.live.run_button.click()
    return lab


def _look_inside():
    from lstm_viz.lessons.lesson_06 import look_inside, train_for_recall

    return look_inside(12, models=train_for_recall(12, ("SimpleRNN", "LSTM (chrono)", "GRU"), updates=20))


def _digit_reader():
    from lstm_viz.datasets import load_digits_sequences
    from lstm_viz.learning.models import Readout
    from lstm_viz.lessons.lesson_04 import read_digits
    from lstm_viz.lessons.lesson_04.digit_reading import Reader

    cells = {
        "SimpleRNN": SimpleRNNCell.initialise(8, 6, seed=0),
        "LSTM": LSTMCell.initialise(8, 6, seed=0),
        "GRU, another name": GRUCell.initialise(8, 6, seed=0),
    }
    readers = {name: Reader(cell, Readout.initialise(6, 10, seed=1)) for name, cell in cells.items()}
    return read_digits(readers, load_digits_sequences("rows"))


def _layer_explorer():
    from lstm_viz.lessons.lesson_07 import layer_explorer

    return layer_explorer(return_sequences=True, return_state=True)


def _wire_reader():
    from lstm_viz.datasets import synthetic_newswires
    from lstm_viz.lessons.lesson_08 import WireReader, build

    wires = synthetic_newswires()
    y = np.eye(len(wires.names))[wires.y_train]
    models = {
        name: build(wires.x_train, y, name=name, num_words=wires.num_words)
        for name in ("LSTM + LSTM", "Embedding + LSTM")
    }
    return WireReader(models, wires, topic="grain")


def _wire_reader_own_text():
    reader = _wire_reader()
    reader.topic.value = None
    reader.text.value = "crude oil xqzzy rose antidisestablishmentarianism"
    return reader


def _training_view():
    from lstm_viz.keras_models.quiet import keras
    from lstm_viz.widgets.training_view import TrainingView

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = np.eye(3)[x[:, :3].argmax(axis=1)]

    def fit(callbacks):
        model.fit(x, y, epochs=6, validation_data=(x, y), callbacks=callbacks, verbose=0)

    view = TrainingView(fit, epochs=9, watched="validation", majority=0.4)
    view.wait()
    return view


CODE = 'def f(x):\n    # 안녕 <b>\n    return "(" + x[2:]  # antidisestablishmentarianism\n'


def _read_along():
    from lstm_viz.lessons.lesson_09 import character_model, read_along

    return read_along(character_model(), CODE)


def _unit_table():
    from lstm_viz.lessons.lesson_09 import unit_table

    return unit_table("string", _read_along())


def _search_view():
    from lstm_viz.lessons.lesson_09 import character_model, search_view

    view = search_view(character_model(), CODE)
    view.text_view.selection = (20, 26)
    return view


def _surgery_view():
    from lstm_viz.lessons.lesson_09 import character_model, surgery_view

    return surgery_view(character_model(), CODE, unit=94, length=20)


def _write_along():
    from lstm_viz.lessons.lesson_09 import character_model, write_along

    return write_along(character_model(), length=20)


def _how_far_back():
    from lstm_viz.lessons.lesson_09 import how_far_back

    return how_far_back(CODE[:60])


def _context_figure():
    from lstm_viz.lessons.lesson_09 import context_figure
    from lstm_viz.widgets import FrameView

    return FrameView(context_figure())


def _gradient_figure():
    from lstm_viz.lessons.lesson_09 import gradient_figure
    from lstm_viz.widgets import FrameView

    return FrameView(gradient_figure())


def _read_text():
    from lstm_viz.widgets import read_text

    return read_text(LSTMCell.initialise(3, 12, seed=1), lambda text: X[: len(text)], "안녕 <b>(x)\t")


def _explore_layers():
    from lstm_viz.widgets import explore_layers

    cell = LSTMCell.initialise(3, 12, seed=1)
    layers = {"forward": cell.run(X), "backward, a longer name": cell.run(X[::-1]), "on top": cell.run(X)}
    layers["backward, a longer name"] = replace(layers["backward, a longer name"], go_backwards=True)
    return explore_layers(layers, WORDS)


def _topics_confused():
    from lstm_viz.datasets import synthetic_newswires
    from lstm_viz.lessons.lesson_08 import topics_confused
    from lstm_viz.widgets import FrameView

    names = synthetic_newswires().names
    truth = np.repeat(np.arange(len(names)), np.arange(len(names)) + 1)
    answers = np.where(truth % 5 == 3, 4, truth)
    return FrameView(topics_confused(truth, answers, names))


#: of NumPy alone
LABS = {
    "read_digits": _digit_reader,
    "gradient_lens": _gradient_lens,
    "spectral_radius_lab": _spectral_radius_lab,
    "forget_bias_lab": _forget_bias_lab,
    "be_the_gates": _be_the_gates,
    "lag_lab": _lag_lab,
    "lag_lab, live": _lag_lab_live,
    "lag_lab, nothing yet": _lag_lab_nothing,
    "look_inside": _look_inside,
    "read_along": _read_along,
    "unit_table": _unit_table,
    "search_view": _search_view,
    "surgery_view": _surgery_view,
    "write_along": _write_along,
    "how_far_back": _how_far_back,
    "context_figure": _context_figure,
    "gradient_figure": _gradient_figure,
    "read_text": _read_text,
    "explore_layers": _explore_layers,
}
#: with Keras
KERAS_LABS = {
    "layer_explorer": _layer_explorer,
    "WireReader": _wire_reader,
    "WireReader, a text of one's own": _wire_reader_own_text,
    "TrainingView": _training_view,
    "topics_confused": _topics_confused,
}
