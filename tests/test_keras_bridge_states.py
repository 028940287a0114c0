"""Masks and initial states of Keras layers."""

from __future__ import annotations

import numpy as np
import pytest
from test_keras_bridge import (
    RECURRENT,
    L,
    assert_close,
    masked_input,
    numbers,
    output,
    pytestmark,  # noqa: F401 (pytest finds it here)
    randomise,
    seeded,  # noqa: F401 (pytest finds it here)
    sequential,
)

from lstm_viz.keras_models.bridge import trace_model
from lstm_viz.keras_models.quiet import keras

# --- masks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", RECURRENT)
@pytest.mark.parametrize("backwards", [False, True])
def test_masking_carries_the_state_over(make, backwards):
    def model(**options):
        return sequential(L.Masking(), make(name="it", go_backwards=backwards, **options))

    x = masked_input()
    trace = trace_model(model(return_sequences=True), x)["it"]
    np.testing.assert_array_equal(trace.mask, (x != 0).any(-1)[:, trace.input_steps])
    assert_close(trace.h, output(model(return_sequences=True), x))
    assert_close(trace.h[:, -1], output(model(), x))
    states = {"h": trace.h_tm1} | ({"c": trace.c_tm1} if trace.kind == "LSTM" else {})
    for name, before in states.items():
        np.testing.assert_array_equal(getattr(trace, name)[~trace.mask], before[~trace.mask])
    # and it is what a sequence without the skipped steps gives
    short = trace_model(model(), x[2:3, [1, 3, 4, 6]])["it"]
    assert_close(trace.h[2, -1], short.h[0, -1])


def test_a_sequence_that_is_masked_from_end_to_end_keeps_the_initial_state():
    model = sequential(L.Masking(), L.LSTM(5, name="it"))
    trace = trace_model(model, np.zeros((2, 7, 3), "float32"))["it"]
    assert not trace.mask.any() and not trace.h.any() and not trace.c.any()


def test_zero_output_for_mask_changes_the_output_not_the_state():
    layer = L.LSTM(5, return_sequences=True, zero_output_for_mask=True, name="it")
    model, x = sequential(L.Masking(), layer), masked_input()
    trace, expected = trace_model(model, x)["it"], output(model, x)
    assert (expected[~trace.mask] == 0).all()
    assert_close(trace.h[trace.mask], expected[trace.mask])
    assert trace.h[1, -1].any()


def test_embedding_with_mask_zero():
    model = sequential(L.Embedding(20, 6, mask_zero=True), L.GRU(5, name="it"), shape=(9,), dtype="int32")
    words = np.random.default_rng(0).integers(1, 20, (3, 9))
    words[0, :4] = words[1, 6:] = 0
    trace = trace_model(model, words)["it"]
    np.testing.assert_array_equal(trace.mask, words != 0)
    np.testing.assert_array_equal(trace.x, model.layers[0].get_weights()[0][words])
    assert_close(trace.h[:, -1], output(model, words))


# --- initial states ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", RECURRENT)
def test_initial_states_in_a_functional_call(make):
    x, inputs = numbers(4, 7, 3), keras.Input((7, 3))
    layer = make(return_sequences=True, name="it")
    n = len(layer.state_size)
    states = [keras.Input((5,)) for _ in range(n)]
    model = randomise(keras.Model([inputs, *states], layer(inputs, initial_state=states)))
    given = [numbers(4, 5, seed=k + 1) for k in range(n)]
    trace = trace_model(model, [x, *given])["it"]
    ours = trace.initial_state if isinstance(trace.initial_state, tuple) else (trace.initial_state,)
    for a, b in zip(ours, given, strict=True):
        np.testing.assert_array_equal(a, b)
    assert_close(trace.h, output(model, [x, *given]))


def test_an_encoder_hands_its_state_to_a_decoder():
    source, target = keras.Input((7, 3), name="source"), keras.Input((4, 2), name="target")
    _, h, c = L.LSTM(5, return_state=True, name="encoder")(source)
    decoded = L.LSTM(5, return_sequences=True, name="decoder")(target, initial_state=[h, c])
    model = randomise(keras.Model({"source": source, "target": target}, decoded))
    x = {"source": numbers(2, 7, 3), "target": numbers(2, 4, 2)}
    traces = trace_model(model, x)
    assert list(traces) == ["encoder", "decoder"]
    for last, first in zip(traces["encoder"].state, traces["decoder"].initial_state, strict=True):
        assert_close(last, first)
    assert_close(traces["decoder"].h, output(model, x))


def test_call_arguments_go_to_the_layer():
    layer = L.LSTM(5, return_sequences=True, name="it")
    x, h, c = numbers(2, 7, 3), numbers(2, 5, seed=1), numbers(2, 5, seed=2)
    layer.build(x.shape)
    mask = np.arange(7) < np.array([[3], [7]])
    trace = trace_model(layer, x, initial_state=[h, c], mask=mask)["it"]
    np.testing.assert_array_equal(trace.mask, mask)
    np.testing.assert_array_equal(trace.c_tm1[:, 0], c)
    assert_close(trace.h, keras.ops.convert_to_numpy(layer(x, initial_state=[h, c], mask=mask)))


@pytest.mark.parametrize("make", RECURRENT)
def test_stateful_layers_are_opened_where_they_stand_and_left_there(make):
    model = sequential(make(stateful=True, name="it", return_sequences=True), batch_size=2)
    x = numbers(2, 7, 3)
    assert not trace_model(model, x)["it"].h_tm1[:, 0].any()
    first = model.predict(x, verbose=0)
    once, twice = trace_model(model, x)["it"], trace_model(model, x)["it"]
    assert_close(once.h_tm1[:, 0], first[:, -1])
    np.testing.assert_array_equal(once.h, twice.h)
    assert_close(once.h, output(model, x))


def test_a_model_is_left_as_it_was():
    model = sequential(L.BatchNormalization(), L.LSTM(5, dropout=0.5, seed=1, name="it"), L.Dropout(0.5))
    before = [keras.ops.convert_to_numpy(v.value) for v in model.variables]
    attributes = set(vars(model.get_layer("it")))
    trace_model(model, numbers(2, 7, 3))
    for old, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, keras.ops.convert_to_numpy(variable.value))
    assert set(vars(model.get_layer("it"))) == attributes
    # an error half way leaves no trace of us either
    with pytest.raises(ValueError):
        trace_model(model, numbers(2, 7, 2))
    assert set(vars(model.get_layer("it"))) == attributes
