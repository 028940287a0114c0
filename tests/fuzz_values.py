"""Right and odd arguments for the fuzzer: makers of values, each a function of a random generator."""

from __future__ import annotations

import functools
import importlib
import tempfile
import types

import fuzz_models
import numpy as np

# --- right arguments --------------------------------------------------------------------------------------


def _cells():
    """One cell of each kind, an LSTM, a GRU and a SimpleRNN first."""
    from lstm_viz.cells import KINDS

    first = ["LSTM", "GRU", "SimpleRNN"]
    kinds = [KINDS[name] for name in [*first, *(name for name in KINDS if name not in first)]]
    return [kind.initialise(3, 4, seed=1) for kind in kinds]


def _x(rng):
    return np.random.default_rng(0).normal(size=[(5, 3), (2, 5, 3)][rng.integers(2)])


def _cell(rng):
    """One of the three, or now and then a variant."""
    cells = _cells()
    return cells[rng.integers(3 if rng.random() < 0.7 else len(cells))]


def _of_kind(name):
    def make(rng):
        from lstm_viz.cells import variants

        return getattr(variants, name).initialise(3, 4, seed=1)

    return make


def _many(rng):
    """A stack of cells."""
    from lstm_viz.cells import stack

    return stack([_cells()[rng.integers(2)]] * 2)


def trace(rng):
    return _cell(rng).run(_x(rng))


def _single(rng):
    return _cell(rng).run(np.ones((5, 3)))


def _switched(rng):
    from lstm_viz.lessons.lesson_09.unit_search import Switched

    return Switched(int(rng.integers(128)), int(rng.choice([-1, 1])), float(rng.normal()), float(rng.random()))


def _explorer(rng):
    from lstm_viz.widgets import explore

    return explore(_single(rng))


def _comparison(rng):
    from lstm_viz.widgets import compare

    return compare(_single(rng), _single(rng))


def _slider(rng):
    import ipywidgets

    return ipywidgets.IntSlider()


def _buffers(rng):
    from lstm_viz.widgets.trace_buffers import TraceBuffers

    return TraceBuffers()


def _asked(kind):
    """The names of all exercises, or predictions, of the lessons that are loaded."""

    def make(rng):
        from lstm_viz.exercises import asking

        wanted = getattr(asking, kind)
        names = [item.name for k in asking.lessons() for item in asking.load(k).values() if isinstance(item, wanted)]
        return names[rng.integers(len(names))] if names else "02.1"

    return make


def _task(rng):
    from lstm_viz.learning import Adding, EmbeddedReber, MarkedRecall, TemporalOrder

    return [MarkedRecall, Adding, TemporalOrder, EmbeddedReber][rng.integers(4)](20)


def _learning(name):
    return getattr(importlib.import_module("lstm_viz.learning"), name)


def _recipe(rng):
    from lstm_viz.learning import Recipe

    return Recipe(kind="LSTM", learning_rate=0.01)


def _prediction(rng):
    from lstm_viz.exercises import Prediction

    return Prediction(name="x.a", question="?", choices={"yes": "", "no": ""}, outcome="yes", explanation="")


def _trainer(rng):
    task = _task(rng)
    cell = _recipe(rng).cell(input_dim=task.input_dim, units=4, timesteps=task.timesteps, seed=0)
    return _learning("Trainer")([cell], task, updates=2)


def _sweep(rng):
    from lstm_viz.learning import Sweep

    return Sweep(_task(rng), {"LSTM": _recipe(rng)}, [20], [0], updates=2, units=2)


def _result(rng):
    from lstm_viz.learning import shipped

    return shipped("marked_recall")


def _figure(rng):
    from lstm_viz import pictures

    return pictures.heatmaps(_cells()[0].run(np.ones((5, 3))))


def _markup(rng):
    from lstm_viz import pictures

    return pictures.equations(_cells()[0].run(np.ones((5, 3))))


def _diagram(rng):
    from lstm_viz import pictures

    return pictures.diagram(_cells()[0].run(np.ones((5, 3))))


#: makers of a right value by a parameter's name; {class: {...}} says it for one class or function alone
def _character_reading():
    from lstm_viz.lessons.lesson_09 import character_model

    return character_model("SimpleRNN").read("a (b)")


RIGHT = {
    "kernel": lambda rng: np.ones((3, 4 * rng.choice([1, 2, 3, 4]))) * 0.1,
    "recurrent_kernel": lambda rng: np.ones((4, 4 * rng.choice([1, 2, 3, 4]))) * 0.1,
    "bias": lambda rng: None,
    "activation": lambda rng: "tanh",
    "cell": _cell,
    "cells": lambda rng: _cells()[:1] * 2,
    "trace": trace,
    "traces": lambda rng: {"a": _cells()[0].run(np.ones((5, 3)))},
    "x": _x,
    "x_t": lambda rng: np.ones(3),
    "state": lambda rng: _cells()[2].run(np.ones((5, 3))).state,
    "input_dim": lambda rng: 3,
    "units": lambda rng: 4,
    "index": lambda rng: 0,
    "dtype": lambda rng: "float64",
    "z": lambda rng: np.ones(3),
    "dh": lambda rng: np.ones((5, 4)),
    "lag": lambda rng: 20,
    "lags": lambda rng: [10, 20, 40],
    "seeds": lambda rng: [0],
    "rng": lambda rng: np.random.default_rng(0),
    "size": lambda rng: 3,
    "task": _task,
    "kind": lambda rng: "LSTM",
    "learning_rate": lambda rng: 0.01,
    "updates": lambda rng: 2,
    "gradient": lambda rng: np.ones((5, 4)),
    "matrix": lambda rng: np.eye(4),
    "solved": lambda rng: 3,
    "runs": lambda rng: 5,
    "fit": lambda rng: lambda callbacks: None,
    "epochs": lambda rng: 2,
    "layer": lambda rng: fuzz_models.model().layers[0],
    "model": lambda rng: fuzz_models.model(),
    "wires": lambda rng: fuzz_models.wires(),
    "text": lambda rng: "oil prices rose",
    "ids": lambda rng: np.array([1, 5, 6, 0]),
    "topic": lambda rng: "earn",
    "test_split": lambda rng: 0.3,
    "probabilities": lambda rng: np.full((5, 4), 0.25),
    "counts": lambda rng: np.eye(4, dtype=int),
    "curves": lambda rng: {"LSTM": [0.1, 0.5, 0.7]},
    "image": lambda rng: np.eye(8),
    "timesteps": lambda rng: 8,
    "rows": lambda rng: [{"a": 1}],
    "columns": lambda rng: {"a": "A"},
    "markup": _markup,
    "figure": _figure,
    "knobs": lambda rng: [_slider(rng)],
    "source": lambda rng: (_slider(rng), "value"),
    "target": lambda rng: (_slider(rng), "value"),
    "names": lambda rng: None,
    "function": lambda rng: print,
    "name": lambda rng: "q1",
    "labels": lambda rng: None,
    "t": lambda rng: 1,
    "unit": lambda rng: 0,
    "values": lambda rng: np.ones(5),
    "i": lambda rng: 0.5,
    "f": lambda rng: 0.5,
    "o": lambda rng: 0.5,
    "parameters": lambda rng: [np.ones(3)],
    "gradients": lambda rng: [np.ones(3)],
    "steps": lambda rng: 3,
    "result": _result,
    "tuning": _result,
    "observed": lambda rng: 0.5,
    "encode": lambda rng: lambda text: np.ones((len(text), 3)),
    "by": lambda rng: "rows",
    "asked": lambda rng: "after every timestep",
    "full": lambda rng: 15,
    "readers": fuzz_models.digit_readers,
    "data": lambda rng: fuzz_models.digits(),
    "after": lambda rng: 7,
    "h_train": lambda rng: np.random.default_rng(1).normal(size=(20, 3, 4)),
    "y_train": lambda rng: np.arange(20) % 10,
    "h_test": lambda rng: np.random.default_rng(2).normal(size=(10, 3, 4)),
    "y_test": lambda rng: np.arange(10),
    "models": lambda rng: {"LSTM": _cells()[0]},
    "path": lambda rng: "nowhere.json",
    "y": lambda rng: np.array([0, 1, 2]),
    "lesson": lambda rng: "fuzz",
    "gate": lambda rng: "f",
    "vocabulary": lambda rng: "abc",
    "embedding": lambda rng: np.ones((3, 3)),
    "reading": lambda rng: _character_reading(),
    "folder": lambda rng: tempfile.gettempdir(),
}
ONLY = {
    "trace": dict.fromkeys(
        ("explore", "Explorer", "TextView", "heatmaps", "unit_lines", "diagram", "equations"), _single
    ),
    "name": {name: _asked("Exercise") for name in ("check", "hint", "solution")}
    | {name: _asked("Prediction") for name in ("predict", "reveal")}
    | {"build": lambda rng: "LSTM", "variant": lambda rng: "Embedding, mask"},
    "cell": {"Explorer": lambda rng: None, "Results": lambda rng: "LSTM"},
    "part": {"Results": lambda rng: "test"},
    "traces": {"Comparison": lambda rng: [_single(rng), _single(rng)]},
    "buffers": {"MarkupView": _buffers, "FrameView": lambda rng: [_buffers(rng)]},
    "cells": {"Sweep": lambda rng: {"LSTM": _recipe(rng)}, "lag_sweep": lambda rng: {"LSTM": _recipe(rng)},
              "look_inside": lambda rng: ("LSTM",), "train_for_recall": lambda rng: ("LSTM",),
              "sweep_table": lambda rng: None},
    "steps": {"TimeControls": lambda rng: (), "MarkupView": lambda rng: ()},
    "models": {"WireReader": lambda rng: {"a": types.SimpleNamespace(model_=fuzz_models.reader())}},
    "model": {"read_wire": lambda rng: fuzz_models.reader(), "reader_from_model": lambda rng: fuzz_models.digit_model(),
              "over_seeds": lambda rng: "LSTM"},
    "layer": {"cudnn_obstacles": lambda rng: fuzz_models.model().layers[0]},
    "text": {"TextView": lambda rng: "a (b)"},
    "kernel": {"CharacterModel": lambda rng: np.ones((4, 3))},
    "bias": {"CharacterModel": lambda rng: np.ones(3)},
    "means": {"CharacterModel": lambda rng: {"f": np.ones(4)}},
    "units": {"Clamp": lambda rng: [0, 2]},
    "value": {"Clamp": lambda rng: 0.5},
    "stop": {"Clamp": lambda rng: 5},
    "quantity": {"unit_scores": lambda rng: "h"},
    "clamps": dict.fromkeys(("CharacterModel", "read", "write"), lambda rng: ()),
    "rows": {"UnitTable": lambda rng: [("c", 1, 0.5)]},
    "columns": {"UnitTable": lambda rng: ["score"]},
    "measures": {"TextView": lambda rng: {"surprise": np.ones(5)}},
    "mask": {"cudnn_obstacles": lambda rng: np.ones((2, 5), bool)},
    "x": {"shuffled": lambda rng: fuzz_models.wires().x_test},
    "X": {
        "TopicClassifier": lambda rng: fuzz_models.wires().x_test[:3],
        "build": lambda rng: fuzz_models.wires().x_train,
    },
    "y": {"build": lambda rng: np.eye(46)[:5], "accuracy_by_step": lambda rng: np.array([0, 1, 2])},
    "topic": {"read_wire": lambda rng: 3},
    "results": {"over_seeds": fuzz_models.kind_of_results("shipped_results")},
    "measure": {"over_seeds": lambda rng: "accuracy"},
    "truth": {"topics_confused": lambda rng: np.array([0, 1, 2, 2])},
    "answers": {"topics_confused": lambda rng: np.array([0, 1, 1, 2])},
    "names": {"topics_confused": lambda rng: ["earn", "grain", "trade"]},
    "sequences": {"which_came_last": lambda rng: 20},
    "probabilities": {"accuracy_by_step": lambda rng: np.full((3, 5, 10), 0.1)},
    "test_split": {"load_reuters": lambda rng: 0.3},
    "path": {"load_reuters": lambda rng: tempfile.gettempdir()},
    "n_jobs": {"Sweep": lambda rng: 1},
}  # fmt: skip
#: right values for parameters such as *views
MANY = {"traces": _single, "views": _explorer, "items": _prediction, "switched": _switched}
#: classes whose right instances need more than their parameters' names
INSTANCES = {
    "LSTMCell": lambda rng: _cells()[0],
    "GRUCell": lambda rng: _cells()[1],
    "SimpleRNNCell": lambda rng: _cells()[2],
    "LSTMTrace": lambda rng: _cells()[0].run(_x(rng)),
    "GRUTrace": lambda rng: _cells()[1].run(_x(rng)),
    "SimpleRNNTrace": lambda rng: _cells()[2].run(_x(rng)),
    "Recipe": _recipe,
    "Adam": lambda rng: _learning("Adam")(np.ones((2, 5)), np.ones((2, 1))),
    "Readout": lambda rng: _learning("Readout").initialise(4, 3),
    "Sweep": _sweep,
    "Trainer": _trainer,
    "SweepResult": _result,
    "Task": _task,
    "LiveMarkup": _diagram,
    "Newswires": lambda rng: fuzz_models.wires(),
    "TopicClassifier": lambda rng: fuzz_models.classifier(),
    "Explorer": _explorer,
    "Comparison": _comparison,
} | {name: _of_kind(name) for name in importlib.import_module("lstm_viz.cells.variants").__all__}


def _returned(lesson, name, *arguments, **options):
    """What a lesson's public function returns, made once: the views take a while."""

    @functools.cache
    def make():
        function = getattr(importlib.import_module(f"lstm_viz.lessons.{lesson}"), name)
        return function(*(a() if callable(a) else a for a in arguments), **options)

    return lambda rng: make()


@functools.cache
def _characters():
    from lstm_viz.lessons.lesson_09 import character_model

    return character_model("LSTM")


#: {room: {(method, class): maker}} of what a room's functions return and its `__all__` does not name
HANDED_OUT = {
    "lessons.lesson_05": {
        (method, "SpectralRadiusLab"): _returned("lesson_05", "spectral_radius_lab") for method in ("cell", "back")
    },
    "lessons.lesson_09": {
        ("guesses", "Reading"): lambda rng: _character_reading(),
        ("show", "ReadAlong"): _returned("lesson_09", "read_along", _characters, "a (b)"),
        ("write_from", "WriteAlong"): _returned("lesson_09", "write_along", _characters, "a (", length=9),
        ("elsewhere", "SearchView"): _returned("lesson_09", "search_view", _characters, "a (b) c (d)"),
    },
}
