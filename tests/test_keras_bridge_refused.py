"""What cannot be opened says why."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from test_keras_bridge import L, assert_close, numbers, output, pytestmark, randomise, seeded, sequential  # noqa: F401 (pytest finds them here)

from lstm_viz.keras_models.bridge import cell_from_layer, trace_model
from lstm_viz.keras_models.quiet import keras

# --- what cannot be opened says why -----------------------------------------------------------------------


class Halved(L.LSTMCell):
    """A cell of someone's own."""

    def call(self, inputs, states, training=False):
        h, states = super().call(inputs, states, training=training)
        return h / 2, states


class HalvedLayer(L.LSTM):
    """A layer whose loop does something of its own."""

    def inner_loop(self, *args, **kwargs):
        last, outputs, states = super().inner_loop(*args, **kwargs)
        return last / 2, outputs / 2, [states[0] / 2, states[1]]


class CallsItsCell(keras.Model):
    def __init__(self):
        super().__init__(name="own_loop")
        self.cell = L.LSTMCell(4, name="bare")

    def call(self, x):
        state = [keras.ops.zeros((x.shape[0], 4))] * 2
        for t in range(x.shape[1]):
            h, state = self.cell(x[:, t], state)
        return h


class Compiled(keras.Model):
    def __init__(self):
        super().__init__(name="compiled")
        self.lstm = L.LSTM(4, name="inside")

    def call(self, x):
        import tensorflow as tf

        return tf.function(self.lstm)(x)


def built(model, x=None):
    model(numbers(2, 7, 3) if x is None else x)
    return model


def same_names():
    a, b = (keras.Sequential([keras.Input((7, 3)), L.LSTM(3, name="twin")], name="same") for _ in range(2))
    both = L.Concatenate()

    class Two(keras.Model):
        def __init__(self):
            super().__init__(name="two")
            self.parts = [a, b]

        def call(self, x):
            return both([part(x) for part in self.parts])

    return Two()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: sequential(L.LSTM(4, activation="gelu", name="it")), "'it' has activation 'gelu'.*tanh, sigmoid"),
        (
            lambda: sequential(L.GRU(4, recurrent_activation="softmax", name="it")),
            "'it' has recurrent_activation 'softmax'",
        ),
        (lambda: sequential(L.LSTM(4, activation=lambda z: z, name="it")), "'it' has activation '<lambda>'"),
        (lambda: sequential(L.RNN(Halved(4), name="it")), "'it' has a cell of type Halved"),
        (lambda: sequential(L.RNN([L.LSTMCell(4), Halved(4)], name="it")), "'it' has a cell of type Halved"),
        (lambda: sequential(HalvedLayer(4, name="it")), r"'it' \(HalvedLayer\) gives values that differ"),
        (lambda: sequential(L.LSTM(4, dtype="mixed_float16", name="it")), "'it' computes in float16.*mixed_float16"),
        (lambda: built(CallsItsCell()), "cell 'bare' is called step by step.*keras.layers.RNN"),
        (lambda: built(Compiled()), "'inside' runs inside a compiled function"),
        (lambda: built(same_names()), "'two' has two recurrent layers called 'same/twin'"),
        (lambda: sequential(L.Dense(3)), "has no recurrent layer"),
        (lambda: keras.Sequential([L.LSTM(3)], name="empty"), "'empty' is not built"),
    ],
)
def test_what_cannot_be_opened_names_layer_and_option(make, says):
    model = make()
    with pytest.raises(ValueError, match=says) as caught:
        trace_model(model, numbers(2, 7, 3))
    assert "\n" not in str(caught.value)


def test_conv_lstm_is_refused_but_its_neighbours_can_be_opened():
    inputs = keras.Input((4, 6, 2))
    images = L.ConvLSTM1D(3, 2, return_sequences=True, name="conv")(inputs)
    model = keras.Model(inputs, L.LSTM(5, name="it")(L.TimeDistributed(L.Flatten())(images)))
    x = numbers(2, 4, 6, 2)
    with pytest.raises(ValueError, match="'conv' has a cell of type ConvLSTMCell"):
        trace_model(model, x)
    assert_close(trace_model(model, x, layers=["it"])["it"].h[:, -1], output(model, x))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda m, x: trace_model("model", x), TypeError, "must be a Keras model or layer; got str"),
        (lambda m, x: trace_model(m, x, training=True), TypeError, "inference mode"),
        (lambda m, x: trace_model(m, x[:, :, :2]), ValueError, r"cannot read x of shape \(2, 7, 2\); .*\(None, 7, 3\)"),
        (lambda m, x: trace_model(m, x[0]), ValueError, r"cannot read x of shape \(7, 3\)"),
        (lambda m, x: trace_model(m, x[:0]), ValueError, r"x must not be empty; got shape \(0, 7, 3\)"),
        (lambda m, x: trace_model(m, x * np.nan), ValueError, "layer 'it': x must hold finite numbers"),
        (lambda m, x: trace_model(m, x, layers=["lstm_9"]), ValueError, "'it'; got 'lstm_9'"),
        (lambda m, x: cell_from_layer(3), TypeError, "must be a Keras recurrent layer; got int"),
        (lambda m, x: cell_from_layer(m), TypeError, "is a Sequential, not a recurrent layer"),
        (lambda m, x: cell_from_layer(L.Dense(3, name="d")), TypeError, "layer 'd' is a Dense, not a recurrent"),
        (lambda m, x: cell_from_layer(L.LSTM(3, name="new")), ValueError, "layer 'new' is not built"),
        (
            lambda m, x: cell_from_layer(L.ConvLSTM2D(3, 2, name="cl")),
            ValueError,
            "'cl' has a cell of type ConvLSTMCell",
        ),
    ],
)
def test_bad_input_is_named_in_one_sentence(call, error, says):
    model = sequential(L.LSTM(4, name="it"))
    with pytest.raises(error, match=says) as caught:
        call(model, numbers(2, 7, 3))
    assert "\n" not in str(caught.value)


# --- what an adversary found ------------------------------------------------------------------------------


def functional():
    inputs = keras.Input((7, 3))
    return randomise(keras.Model(inputs, L.LSTM(5, name="it")(inputs)))


@pytest.mark.parametrize("make", [lambda: sequential(L.LSTM(5, name="it")), functional])
@pytest.mark.parametrize("argument", ["initial_state", "no_such_argument"])
def test_an_argument_that_the_model_would_drop_is_refused(make, argument):
    states = [numbers(2, 5), numbers(2, 5, seed=1)]
    with pytest.raises(TypeError, match=f"hands no argument '{argument}' on to its layers"):
        trace_model(make(), numbers(2, 7, 3), **{argument: states})
    layer = make().get_layer("it")
    with pytest.raises(TypeError, match="hands no argument 'no_such"):
        trace_model(layer, numbers(2, 7, 3), no_such=1)
    np.testing.assert_array_equal(
        trace_model(layer, numbers(2, 7, 3), initial_state=states)["it"].c_tm1[:, 0], states[1]
    )


@pytest.mark.parametrize("kind", [L.LSTM, L.SimpleRNN])
def test_values_that_overflow_are_said_to_overflow_where_they_do(kind):
    layer = kind(3, activation="relu", name="it")
    model = sequential(layer, shape=(400, 2))
    for weight in (layer.cell.kernel, layer.cell.recurrent_kernel):
        weight.assign(np.abs(weight) + 3.0)
    with pytest.raises(ValueError, match=r"layer 'it': .* left the range of float32 at timestep \d+") as caught:
        trace_model(model, np.ones((2, 400, 2), "float32"))
    assert "call or inner_loop" not in str(caught.value) and len(str(caught.value)) <= 300


def test_many_threads_may_trace_one_model_and_others_call_it():
    model = sequential(L.Bidirectional(L.LSTM(5, return_sequences=True), name="both"), L.GRU(4, name="top"))
    inputs = [numbers(2, 7, 3, seed=k) for k in range(12)]
    alone = [trace_model(model, x) for x in inputs]
    attributes = set(vars(model.get_layer("top")))

    def one(k):
        if k % 5 == 4:
            return output(model, inputs[k % 12]) is not None
        traces = trace_model(model, inputs[k % 12])
        assert list(traces) == ["both/forward", "both/backward", "top"]
        return all((traces[name].h == trace.h).all() for name, trace in alone[k % 12].items())

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(120)))
    assert set(vars(model.get_layer("top"))) == attributes


def test_a_model_that_was_compiled_before_is_said_to_be_compiled():
    import tensorflow as tf

    class Once(keras.Model):
        def __init__(self):
            super().__init__(name="once")
            self.lstm = L.LSTM(4, name="inside")

        @tf.function
        def call(self, x):
            return self.lstm(x)

    model = built(Once())
    for _ in range(2):
        with pytest.raises(ValueError, match="'inside' runs inside a compiled function"):
            trace_model(model, numbers(2, 7, 3))
    assert not tf.config.functions_run_eagerly()


class Faulty(L.Layer):
    """A layer with a fault that shows once the model is built."""

    broken = False

    def call(self, x):
        if self.broken:
            raise KeyError("the user's own fault")
        return x


def faulty():
    model = sequential(L.LSTM(3), Faulty())
    model.layers[-1].broken = True
    return model


@pytest.mark.parametrize(
    ("make", "x", "arguments", "reason"),
    [
        (lambda: sequential(L.Embedding(20, 4), L.LSTM(3), shape=(6,), dtype="int32"), np.full((2, 6), 99), {}, "99"),
        (functional, numbers(2, 7, 3), {"mask": np.ones((2, 4), bool)}, "4"),
        (faulty, numbers(2, 7, 3), {}, "own fault"),
    ],
)
def test_the_reason_of_keras_and_its_cause_are_kept(make, x, arguments, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        trace_model(make(), x, **arguments)
    assert "it expects" not in str(caught.value) and caught.value.__cause__ is not None
    assert len(str(caught.value)) <= 300 and "\n" not in str(caught.value)


def test_lists_of_numbers_are_read_as_arrays():
    model, x = functional(), numbers(2, 7, 3)
    np.testing.assert_array_equal(trace_model(model, x.tolist())["it"].h, trace_model(model, x)["it"].h)
    for odd in (np.ones((40, 300, 9)).tolist(), [[1.0], [1.0, 2.0]], "x", None, [None], object(), 3.0):
        with pytest.raises((ValueError, TypeError)) as caught:
            trace_model(model, odd)
        assert len(str(caught.value)) <= 300 and "\n" not in str(caught.value)
