"""Lesson 07: the explorer of all arguments, and when cuDNN computes."""

from __future__ import annotations

import html
import itertools
import re
import warnings
from importlib import import_module

import numpy as np
import pytest
from test_lesson_07 import LSTM, pytestmark  # noqa: F401 (pytest finds it here)

from lstm_viz.keras_models.quiet import keras
from lstm_viz.lessons.lesson_07.layer_explorer import layer_explorer
from lstm_viz.lessons.lesson_07.lstm_arguments import (
    ARGUMENTS,
    CALL_ARGUMENTS,
    argument_table,
    cudnn_obstacles,
    describe,
)

# --- cuDNN ------------------------------------------------------------------------------------------------


def test_cudnn_obstacles_are_the_conditions_of_keras(monkeypatch):
    rnn = import_module("keras.src.backend.tensorflow.rnn")
    monkeypatch.setattr(rnn, "_is_gpu_available", lambda: True)
    possible = itertools.product(("tanh", "relu"), ("sigmoid", "hard_sigmoid"), (False, True), (False, True), (0, 0.2))
    for activation, gate, unroll, bias, recurrent_dropout in possible:
        layer = LSTM(
            3, activation=activation, recurrent_activation=gate, unroll=unroll, use_bias=bias,
            recurrent_dropout=recurrent_dropout, use_cudnn="auto",
        )  # fmt: skip
        theirs = rnn.cudnn_ok(layer.activation, layer.recurrent_activation, unroll, bias) and not recurrent_dropout
        assert (not cudnn_obstacles(layer)) == theirs
    assert cudnn_obstacles(LSTM(3, use_cudnn=False)) == ["use_cudnn is False"]


@pytest.mark.parametrize("mask", ["1111", "1100", "0011", "1011", "0000"])
def test_cudnn_takes_padding_at_the_end_alone(mask):
    rnn = import_module("keras.src.backend.tensorflow.rnn")
    given = np.array([[step == "1" for step in mask]])
    theirs = bool(rnn._is_sequence_right_padded(given)) and not bool(rnn._has_fully_masked_sequence(given))
    assert (not cudnn_obstacles(LSTM(3), given)) == theirs


# --- the explorer -----------------------------------------------------------------------------------------


def text_of(widget):
    return html.unescape(re.sub(r"<[^>]+>", " ", widget.value))


def test_the_explorer_has_a_knob_for_every_argument():
    explorer = layer_explorer()
    wanted = {a.name for a in (*ARGUMENTS, *CALL_ARGUMENTS)} - {"sequences"} | {"timesteps", "input_dim"}
    assert set(explorer.knobs) == wanted
    for argument in (*ARGUMENTS[1:], *CALL_ARGUMENTS[1:]):
        assert explorer.knobs[argument.name].value == str(argument.default)
    assert repr(explorer) == "layer_explorer: keras.layers.LSTM(4)"


def test_every_knob_changes_what_is_shown():
    explorer = layer_explorer()
    plain = explorer.description
    for name, knob in explorer.knobs.items():
        if name in ("timesteps", "input_dim", "use_cudnn"):
            continue
        begin = knob.value
        other = next(value for value in knob.options if value != begin)
        knob.value = other
        shown = explorer.description
        assert shown is not plain and shown.source != plain.source, name
        if name != "units":
            assert name in shown.source
        assert text_of(explorer.code).strip() == shown.source
        assert explorer.view.trace is shown.trace
        for note in shown.notes:
            assert note in text_of(explorer.notes)
        knob.value = begin
    assert explorer.description.source == plain.source and not explorer.errors


def test_the_sizes_of_the_input():
    explorer = layer_explorer(return_sequences=True)
    explorer.knobs["timesteps"].value = 5
    explorer.knobs["input_dim"].value = 2
    assert explorer.description.outputs == (("output", (2, 5, 4)),)
    assert "(2, 5, 2)" in text_of(explorer.shapes) and "(2, 5, 4)" in text_of(explorer.shapes)
    assert "4 * (2 + 4 + 1) * 4 = 112" in re.sub(r"\s+", " ", text_of(explorer.parameters))
    assert explorer.view.controls.timesteps == 5


def test_a_choice_that_keras_refuses_is_shown_and_the_next_one_works():
    explorer = layer_explorer()
    explorer.choose(recurrent_dropout=0.5)  # cuDNN never does this, with or without a GPU
    before = explorer.description
    with pytest.raises(ValueError, match="use_cudnn"):
        explorer.knobs["use_cudnn"].value = "True"
    assert "use_cudnn=True was specified" in text_of(explorer.changes.status)
    assert len(explorer.errors) == 1 and explorer.description is before
    explorer.choose(use_cudnn=False)
    assert not text_of(explorer.changes.status).strip() and "use_cudnn=False" in explorer.description.source


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"dropout": 0.3}, ValueError, "dropout must be one of 0.0, 0.2, 0.5; got '0.3'"),
        ({"unit": 4}, TypeError, "no argument 'unit'; it has units"),
        ({"x" * 900: 4}, TypeError, "no argument 'xxx.*; it has units, activation"),
        ({"timesteps": 2}, ValueError, "timesteps must be a whole number of at least 3; got 2"),
        ({"timesteps": "8"}, ValueError, "timesteps must be a whole number of at least 3; got '8'"),
    ],
)
def test_the_explorer_names_what_it_does_not_offer(arguments, error, says):
    with pytest.raises(error, match=says) as refused:
        layer_explorer(**arguments)
    assert len(str(refused.value)) <= 300


def test_what_is_no_argument_layer_or_mask_is_refused():
    with pytest.raises(TypeError, match="each of arguments must be an Argument; got str 'units'"):
        argument_table(["units"])
    with pytest.raises(TypeError, match=r"layer must be a keras\.layers\.LSTM; got GRU"):
        cudnn_obstacles(keras.layers.GRU(3))
    with pytest.raises(ValueError, match=r"mask must have shape \(batch, timesteps\); got \(3,\)"):
        cudnn_obstacles(LSTM(3), [True, False, True])


def test_nothing_here_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        describe({"units": 4, "stateful": True, "dropout": 0.2}, {"training": True})
