"""Lesson 07 names every argument of the installed `keras.layers.LSTM`."""

from __future__ import annotations

import inspect
import re
import warnings
from pathlib import Path

import nbformat
import numpy as np
import pytest

from lstm_viz.keras_models.quiet import keras
from lstm_viz.lessons.lesson_07 import lstm_arguments
from lstm_viz.lessons.lesson_07.lstm_arguments import (
    ARGUMENTS,
    CALL_ARGUMENTS,
    REQUIRED,
    argument_table,
    describe,
    layer_source,
    parameter_rows,
    tf2_table,
)

pytestmark = [
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

LSTM = keras.layers.LSTM
NOTEBOOK = nbformat.read(Path(__file__).parents[1] / "notebooks" / "07_keras_lstm_layer.ipynb", 4)


def signature(function):
    """{name: default} of a function's own arguments."""
    parameters = inspect.signature(function).parameters
    named = {name: p.default for name, p in parameters.items() if name != "self" and p.kind is not p.VAR_KEYWORD}
    return {name: REQUIRED if default is inspect.Parameter.empty else default for name, default in named.items()}


INSTALLED = signature(LSTM.__init__)
INSTALLED_CALL = signature(LSTM.call)
LISTED = {a.name: a for a in ARGUMENTS}
LISTED_CALL = {a.name: a for a in CALL_ARGUMENTS}


# --- the list is the installed Keras ----------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(INSTALLED | LISTED))
def test_argument(name):
    assert name in LISTED, f"this Keras has a new argument {name!r}; lesson 07 must show it"
    assert name in INSTALLED, f"this Keras has no argument {name!r} any more; lesson 07 must not show it"
    assert LISTED[name].default == INSTALLED[name] and type(LISTED[name].default) is type(INSTALLED[name])


@pytest.mark.parametrize("name", sorted(INSTALLED_CALL | LISTED_CALL))
def test_call_argument(name):
    assert name in LISTED_CALL, f"this Keras has a new call argument {name!r}; lesson 07 must show it"
    assert name in INSTALLED_CALL, f"this Keras has no call argument {name!r} any more"
    assert LISTED_CALL[name].default == INSTALLED_CALL[name]


def test_the_order_is_that_of_the_signature():
    assert [a.name for a in ARGUMENTS] == list(INSTALLED)
    assert [a.name for a in CALL_ARGUMENTS] == list(INSTALLED_CALL)


def sections():
    """{number: source of all its cells} of the lesson."""
    texts, number = {}, 0
    for cell in NOTEBOOK.cells:
        found = re.match(r"## (\d+) ", cell.source)
        number = int(found.group(1)) if found else number
        texts[number] = texts.get(number, "") + "\n" + cell.source
    return texts


@pytest.mark.parametrize("argument", [*ARGUMENTS, *CALL_ARGUMENTS], ids=lambda a: a.name)
def test_the_section_named_in_the_table_shows_the_argument(argument):
    assert f"`{argument.name}`" in argument_table([argument])
    assert re.search(rf"\b{argument.name}\b", sections()[argument.section])


def test_the_lesson_says_how_many_arguments_there_are():
    title = NOTEBOOK.cells[0].source
    assert len(INSTALLED) == 24 and "has 24 arguments" in title
    assert len(INSTALLED_CALL) == 4 and "its call has four more" in title


# --- the table of TensorFlow 2.x --------------------------------------------------------------------------

#: tf.keras.layers.LSTM as documented for TensorFlow 2.0 (with implementation) to 2.15
TF2_SIGNATURE = {
    "units": REQUIRED, "activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True,
    "kernel_initializer": "glorot_uniform", "recurrent_initializer": "orthogonal", "bias_initializer": "zeros",
    "unit_forget_bias": True, "kernel_regularizer": None, "recurrent_regularizer": None, "bias_regularizer": None,
    "activity_regularizer": None, "kernel_constraint": None, "recurrent_constraint": None, "bias_constraint": None,
    "dropout": 0.0, "recurrent_dropout": 0.0, "implementation": 2, "return_sequences": False, "return_state": False,
    "go_backwards": False, "stateful": False, "time_major": False, "unroll": False,
}  # fmt: skip


def test_the_table_of_tensorflow_2_names_every_difference_of_the_signatures():
    different = {
        name
        for name in TF2_SIGNATURE.keys() | INSTALLED.keys()
        if TF2_SIGNATURE.get(name, "absent") != INSTALLED.get(name, "absent")
    }
    named = {row[0] for row in lstm_arguments.TF2_ARGUMENTS}
    assert different == named & (TF2_SIGNATURE.keys() | INSTALLED.keys())
    assert all(f"| `{name}` |" in tf2_table() for name in different)


def test_what_the_table_of_tensorflow_2_says_about_today():
    assert LSTM(4).cell.implementation == 2 and LSTM(4, recurrent_dropout=0.1).cell.implementation == 1
    assert LSTM(4, implementation=1).cell.implementation == 1
    for gone in ({"time_major": True}, {"batch_input_shape": (2, 6, 3)}, {"weights": []}):
        with pytest.raises(ValueError, match="Unrecognized keyword"):
            LSTM(4, **gone)
    with pytest.warns(UserWarning, match="Do not pass an `input_shape`"):
        LSTM(4, input_shape=(6, 3))
    assert not hasattr(keras.Sequential(), "reset_states") and hasattr(LSTM(4), "reset_state")
    assert not hasattr(keras.layers, "CuDNNLSTM")


# --- one choice, described --------------------------------------------------------------------------------

CHOICES = [
    pytest.param(argument.name, choice, id=f"{argument.name}={choice!r}")
    for argument in ARGUMENTS
    for choice in argument.choices
    if not (argument.name == "use_cudnn" and choice is True)
]


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_every_choice_is_described(name, choice):
    chosen = {"units": 4} | {name: choice}
    described = describe(chosen)
    units = chosen["units"]
    first = (2, 8, units) if chosen.get("return_sequences") else (2, units)
    states = [(2, units)] * 2 if chosen.get("return_state") else []
    assert [shape for _, shape in described.outputs] == [first, *states]
    bias = chosen.get("use_bias", True)
    assert described.parameters[-1][-1] == 4 * (3 + units + bias) * units
    assert sum(described.parameters[-1][2]) == described.parameters[-1][-1]
    assert described.trace.h.shape == (8, units)
    default = LISTED[name].default
    assert (f"{name}=" in described.source) == (choice != default and name != "units")
    assert described.notes and all(note.endswith(".") for note in described.notes)


@pytest.mark.parametrize(
    ("chosen", "call"),
    [
        ({"units": 4}, {}),
        ({"units": 8, "return_state": True, "return_sequences": True, "go_backwards": True}, {}),
        ({"units": 2, "dropout": 0.5, "seed": 1}, {"training": True}),
        ({"units": 4, "return_sequences": True}, {"mask": "last 2 skipped"}),
        ({"units": 4, "return_state": True}, {"mask": "first 2 skipped", "initial_state": "ones"}),
        (
            {"units": 4, "use_bias": False, "kernel_regularizer": "l2", "kernel_constraint": "max_norm",
             "activation": "relu", "stateful": True, "unroll": True, "use_cudnn": False},
            {},
        ),
    ],
)  # fmt: skip
def test_the_code_to_copy_runs_and_gives_these_shapes(chosen, call):
    described = describe(chosen, call, timesteps=5, input_dim=2)
    names = {}
    exec(described.source, names)
    outputs = [names[name] for name in ("output", "h", "c") if name in names]
    assert [tuple(value.shape) for value in outputs] == [shape for _, shape in described.outputs]
    made = names["layer"]
    for name, value in chosen.items():
        if isinstance(value, bool | int | float):
            assert getattr(made.cell if name == "seed" else made, name) == value
    if "mask" in call:
        np.testing.assert_array_equal(names["mask"][0], described.trace.mask)
    assert max(map(len, described.source.splitlines())) <= 120


def test_what_is_not_chosen_stays_the_same():
    plain = describe({"units": 4})
    for same in ({"return_sequences": True}, {"unroll": True}, {"dropout": 0.5}, {"kernel_constraint": "max_norm"}):
        np.testing.assert_allclose(describe({"units": 4} | same).trace.h, plain.trace.h, atol=1e-6)
    without = describe({"units": 4, "unit_forget_bias": False}).trace
    np.testing.assert_allclose(without.z_f[0], plain.trace.z_f[0] - 1, atol=1e-6)
    np.testing.assert_allclose(without.i[0], plain.trace.i[0], atol=1e-6)
    backwards = describe({"units": 4, "go_backwards": True})
    np.testing.assert_array_equal(backwards.trace.x, plain.trace.x[::-1])
    assert backwards.labels == plain.labels and plain.labels[0] == "x[0]"
    begun = describe({"units": 4}, {"initial_state": "ones"}).trace
    assert (begun.c_tm1[0] == 1).all() and (begun.h_tm1[0] == 1).all()


def test_the_notes_hold_the_numbers_of_the_layer():
    text = " ".join(describe({"units": 4, "dropout": 0.5, "seed": 1}).notes)
    assert re.search(r"differs by up to 0\.\d*[1-9]", text)
    assert "nothing here" in " ".join(describe({"units": 4}, {"training": True}).notes)
    decayed = describe({"units": 4, "kernel_regularizer": "l2"})
    layer = LSTM(4, kernel_initializer=keras.initializers.GlorotUniform(seed=0))
    layer.build((2, 8, 3))
    assert f"kernel_regularizer adds {0.01 * (layer.get_weights()[0] ** 2).sum():.3f} to" in " ".join(decayed.notes)
    assert "does nothing without a bias" in " ".join(describe({"units": 4, "use_bias": False}).notes)
    assert "where the first ended" in " ".join(describe({"units": 4, "stateful": True}).notes)


@pytest.mark.parametrize(
    ("chosen", "error", "says"),
    [
        ({"units": 0}, ValueError, "expected a positive integer, got 0"),
        ({"units": 4, "use_cudnn": True, "recurrent_dropout": 0.5}, ValueError, "use_cudnn=True was specified"),
        ({"units": 4, "activation": "gelu"}, ValueError, "activation 'gelu', which cannot be opened"),
        ({"units": 4, "time_major": True}, TypeError, "no argument 'time_major'; it has activation"),
        ({}, TypeError, "needs units"),
    ],
)
def test_what_keras_refuses_is_said_in_one_sentence(chosen, error, says):
    with pytest.raises(error, match=says) as caught:
        describe(chosen)
    assert "\n" not in str(caught.value) and "\x1b" not in str(caught.value)


def test_layer_source_leaves_the_defaults_out():
    assert layer_source({"units": 3} | {a.name: a.default for a in ARGUMENTS[1:]}) == "keras.layers.LSTM(3)"
    assert layer_source({"units": 3, "dropout": 0.5, "activation": "relu"}) == (
        "keras.layers.LSTM(3, activation='relu', dropout=0.5)"
    )


def test_parameter_rows_are_the_weights():
    layer = LSTM(5)
    layer.build((None, None, 3))
    rows = parameter_rows(layer)
    assert [row[:2] for row in rows] == [
        ("kernel", (3, 20)), ("recurrent_kernel", (5, 20)), ("bias", (20,)), ("sum", None)
    ]  # fmt: skip
    assert rows[-1][-1] == layer.count_params() == 180 and rows[0][2] == (15,) * 4


# --- what the lesson says about the three bugs, computed again -----------------------------------------------------


@pytest.fixture(scope="module")
def played():
    """Every name of the lesson after all its cells without a view: the numbers that its text speaks of."""
    names = {}
    views = {"explorer", "mask-explore", "table", "call-table", "tf2-table"}
    for cell in NOTEBOOK.cells:
        if cell.cell_type == "code" and cell.id not in views and not cell.id.startswith("exercise"):
            exec(cell.source, names)
            if cell.id == "padding-grows":
                names["after_text"] = names["layer"]
    return names


def test_the_bug_of_padding_that_is_read(played):
    """Further from h after the text the more zeros follow; a mask makes it exact; in front it depends on f."""
    layer, texts, apart = played["after_text"], played["texts"], played["apart"]
    after = [
        apart(layer(np.concatenate([texts, np.zeros((20, zeros, 3), "float32")], axis=1)), layer(texts))
        for zeros in (0, 1, 5, 20)
    ]
    assert after[0] < 1e-6 and all(np.diff(after) > 0.01)
    pre_here = apart(layer(played["pre"]), layer(texts))
    assert pre_here < apart(layer(played["post"]), layer(texts))
    assert apart(played["keeps"](played["pre"]), played["keeps"](texts)) > pre_here  # f near 1 keeps what zeros wrote
    assert apart(layer(played["post"], mask=played["mask"]), layer(texts)) < 1e-6


def test_the_bug_of_a_mask_that_is_lost(played, capsys):
    """initial_state loses it without a word, Reshape and Lambda with a warning; Dense and Dropout hand it on."""
    layer, apart = played["after_text"], played["apart"]
    zeros, masked = [np.zeros((20, 5), "float32")] * 2, keras.layers.Masking()(played["post"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert apart(layer(masked, initial_state=zeros), layer(masked)) > 0.1
    changes = {}
    for between in (keras.layers.Dropout(0.5), keras.layers.Reshape((-1, 3)), keras.layers.Lambda(lambda z: 1 * z)):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            model = keras.Sequential([keras.Input((None, 3)), keras.layers.Masking(), between, layer])
            changes[type(between).__name__] = apart(model(played["post"]), model(played["texts"]))
        assert any("mask" in str(w.message) for w in said) == (type(between).__name__ != "Dropout")
    assert changes["Dropout"] < 1e-6 and changes["Reshape"] > 0.1 and changes["Lambda"] > 0.1


def test_the_bug_of_a_state_that_stays(played):
    assert abs(played["first_answer"] - played["second_answer"]).max() > 1e-3


def test_f_of_exactly_1_is_a_perfect_path_and_a_gate_without_a_gradient(played):
    c = played["c_after_50"]
    assert c(0.6, 10.0) - c(0.5, 10.0) == pytest.approx(0.1, abs=1e-6)
    assert c(0.5, 10.1) == c(0.5, 10.0)
    assert c(0.5, 2.9) > c(0.5, 2.8) + 0.01  # just outside: where f is below 1 the gate learns


def test_an_orthogonal_recurrent_kernel_keeps_lengths_over_its_four_blocks_together():
    halves = []
    for seed in range(20):
        layer = LSTM(64, recurrent_initializer=keras.initializers.Orthogonal(seed=seed))
        layer.build((1, 1, 3))
        h = np.random.default_rng(seed).normal(size=64)
        blocks = (h @ layer.get_weights()[1]).reshape(4, 64)
        assert np.linalg.norm(blocks) == pytest.approx(np.linalg.norm(h), rel=1e-4)
        halves.append(np.linalg.norm(blocks, axis=1) / np.linalg.norm(h))
    assert np.mean(halves) == pytest.approx(0.5, abs=0.02) and np.max(halves) < 0.7
