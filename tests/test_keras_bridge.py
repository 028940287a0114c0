"""Any built Keras model opened: the traces equal what its layers give."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_viz.cells import GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.keras_models.bridge import cell_from_layer, trace_model
from lstm_viz.keras_models.quiet import keras

pytestmark = [
    pytest.mark.keras,
    # Keras reading its own variables under NumPy 2
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

L = keras.layers
RECURRENT = [
    pytest.param(lambda **o: L.SimpleRNN(5, **o), id="SimpleRNN"),
    pytest.param(lambda **o: L.LSTM(5, **o), id="LSTM"),
    pytest.param(lambda **o: L.GRU(5, **o), id="GRU"),
    pytest.param(lambda **o: L.GRU(5, reset_after=False, **o), id="GRU-reset-before"),
    pytest.param(lambda **o: L.RNN(L.LSTMCell(5, dtype=o.get("dtype")), **o), id="RNN-LSTMCell"),
    pytest.param(lambda **o: L.RNN(L.GRUCell(5, dtype=o.get("dtype")), **o), id="RNN-GRUCell"),
    pytest.param(lambda **o: L.RNN(L.SimpleRNNCell(5, dtype=o.get("dtype")), **o), id="RNN-SimpleRNNCell"),
]


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def numbers(*shape, seed=0, dtype="float32"):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def randomise(model, seed=1):
    """Give every weight a random value: the biases that start at zero too."""
    rng = np.random.default_rng(seed)
    for weight in model.trainable_weights:
        weight.assign(rng.normal(0, 0.4, weight.shape))
    return model


def sequential(*layers, shape=(7, 3), dtype="float32", **options):
    return randomise(keras.Sequential([keras.Input(shape, dtype=dtype, **options), *layers]))


def output(model, x):
    """What the model gives, called eagerly; `predict`, which compiles it first, is slow and has tests of its own."""
    return keras.tree.map_structure(keras.ops.convert_to_numpy, model(x, training=False))


def assert_close(ours, theirs, tolerance=1e-6):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)


# --- every kind of layer and option -----------------------------------------------------------------------


@pytest.mark.parametrize("make", RECURRENT)
@pytest.mark.parametrize(
    "options",
    [
        {"return_sequences": True},
        {},
        {"return_sequences": True, "go_backwards": True},
        {"go_backwards": True},
        {"return_sequences": True, "unroll": True},
    ],
    ids=lambda options: "+".join(options) or "last",
)
def test_one_layer_with_its_options(make, options):
    layer = make(name="it", **options)
    model, x = sequential(layer), numbers(4, 7, 3)
    traces = trace_model(model, x)
    assert list(traces) == ["it"]
    trace = traces["it"]
    assert trace.h.shape == (4, 7, 5) and trace.h.dtype == np.float32 and trace.mask is None
    expected = model.predict(x, verbose=0)
    assert_close(trace.h if layer.return_sequences else trace.h[:, -1], expected)
    backwards = options.get("go_backwards", False)
    assert trace.go_backwards == backwards
    # the layer's real input, each step where input_steps says it came from
    np.testing.assert_array_equal(trace.x, x[:, trace.input_steps])
    np.testing.assert_array_equal(trace.select(2).x, x[2, ::-1] if backwards else x[2])
    assert trace.select(2).go_backwards == trace.select(2)[0].go_backwards == backwards


@pytest.mark.parametrize("make", RECURRENT)
def test_without_bias(make):
    kind = make().__class__.__name__
    cells = {"RNN": lambda: L.RNN([L.LSTMCell(5, use_bias=False)], return_sequences=True, name="it")}
    layer = cells[kind]() if kind == "RNN" else make(use_bias=False, return_sequences=True, name="it")
    model, x = sequential(layer), numbers(4, 7, 3)
    (trace,) = trace_model(model, x).values()
    assert_close(trace.h, output(model, x))
    assert all((cell.bias == 0).all() for cell in np.atleast_1d(np.array(cell_from_layer(layer), object)))


@pytest.mark.parametrize("make", RECURRENT)
def test_float64_to_the_last_digits(make):
    model = sequential(make(return_sequences=True, name="it", dtype="float64"), dtype="float64")
    x = numbers(2, 7, 3, dtype="float64")
    trace = trace_model(model, x)["it"]
    assert trace.h.dtype == np.float64
    assert_close(trace.h, keras.ops.convert_to_numpy(model(x)), 1e-12)


@pytest.mark.parametrize("make", RECURRENT)
def test_cell_from_layer_is_the_layer(make):
    layer = randomise(make(return_sequences=True))
    layer.build((None, None, 3))
    randomise(layer)
    cell = cell_from_layer(layer)
    assert isinstance(cell, SimpleRNNCell | LSTMCell | GRUCell)
    x = numbers(2, 7, 3)
    assert_close(cell.run(x).h, keras.ops.convert_to_numpy(layer(x)))
    inner = cell_from_layer(layer.cell)
    assert type(inner) is type(cell) and inner.config == cell.config
    # a copy: later training does not change it
    before = cell.kernel.copy()
    randomise(layer, seed=9)
    np.testing.assert_array_equal(cell.kernel, before)


def masked_input():
    x = numbers(4, 7, 3)
    x[0, :3] = 0  # padded before
    x[1, 4:] = 0  # padded after
    x[2, [0, 2, 5]] = 0  # holes
    return x


# --- models of every shape --------------------------------------------------------------------------------


@pytest.mark.parametrize("merge_mode", ["concat", "sum", None])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_bidirectional_shows_both_directions(merge_mode, sequences, masked):
    inputs = keras.Input((7, 3))
    wrapper = L.Bidirectional(L.LSTM(5, return_sequences=sequences), merge_mode=merge_mode, name="both")
    model = randomise(keras.Model(inputs, wrapper(L.Masking()(inputs) if masked else inputs)))
    x = masked_input() if masked else numbers(4, 7, 3)
    traces = trace_model(model, x)
    assert list(traces) == ["both/forward", "both/backward"]
    forward, backward = traces.values()
    assert not forward.go_backwards and backward.go_backwards
    np.testing.assert_array_equal(backward.x, x[:, ::-1])
    if sequences:
        # Keras turns the backward outputs round, and puts zeros where the mask skips
        parts = [forward.h, backward.h[:, backward.input_steps]]
        if masked:
            parts = [part * forward.mask[..., None] for part in parts]
    else:
        parts = [forward.h[:, -1], backward.h[:, -1]]
    got = output(model, x)
    if merge_mode is None:
        for part, theirs in zip(parts, got, strict=True):
            assert_close(part, theirs)
    else:
        assert_close(np.concatenate(parts, axis=-1) if merge_mode == "concat" else sum(parts), got)


def test_bidirectional_with_another_backward_layer():
    back = L.GRU(4, go_backwards=True, return_sequences=True)
    model = sequential(L.Bidirectional(L.LSTM(5, return_sequences=True), backward_layer=back, name="both"))
    x = numbers(2, 7, 3)
    traces = trace_model(model, x)
    assert [t.kind for t in traces.values()] == ["LSTM", "GRU"]
    forward, backward = cell_from_layer(model.layers[0])
    assert isinstance(forward, LSTMCell) and isinstance(backward, GRUCell)
    turned = traces["both/backward"].h[:, ::-1]
    assert_close(np.concatenate([traces["both/forward"].h, turned], axis=-1), output(model, x))


@pytest.mark.parametrize("masked", [False, True])
def test_stacked_cells_show_every_cell(masked):
    cells = [L.LSTMCell(4), L.GRUCell(5, reset_after=False), L.SimpleRNNCell(3), L.LSTMCell(2)]
    stacked = L.RNN(cells, return_sequences=True, name="rnn")
    model = sequential(*([L.Masking()] if masked else []), stacked)
    x = masked_input() if masked else numbers(4, 7, 3)
    traces = trace_model(model, x)
    assert list(traces) == ["rnn/0", "rnn/1", "rnn/2", "rnn/3"]
    assert [t.kind for t in traces.values()] == ["LSTM", "GRU", "SimpleRNN", "LSTM"]
    assert_close(traces["rnn/3"].h, output(model, x))
    np.testing.assert_array_equal(traces["rnn/1"].x, traces["rnn/0"].h)
    both = cell_from_layer(stacked), cell_from_layer(stacked.cell)
    assert all(isinstance(c, tuple) and [k.units for k in c] == [4, 5, 3, 2] for c in both)


def test_stacked_layers_get_each_others_output():
    model = sequential(
        L.SimpleRNN(4, return_sequences=True, name="first"), L.Dropout(0.5), L.LSTM(5, name="second"), L.Dense(2)
    )
    x = numbers(2, 7, 3)
    traces = trace_model(model, x)
    assert list(traces) == ["first", "second"]
    assert_close(traces["second"].x, traces["first"].h)
    probabilities = keras.ops.convert_to_numpy(model.layers[-1](traces["second"].h[:, -1]))
    assert_close(probabilities, output(model, x))


def test_nested_models_and_names():
    def part(width, name):
        return keras.Sequential(
            [keras.Input((7, width)), L.LSTM(4, return_sequences=True, name="reader"), L.GRU(3, return_sequences=True)],
            name=name,
        )

    inputs = keras.Input((7, 3))
    model = randomise(keras.Model(inputs, L.LSTM(2, name="top")(part(3, "upper")(part(3, "lower")(inputs)))))
    x = numbers(2, 7, 3)
    names = list(trace_model(model, x))
    gru = [n for n in names if "gru" in n]
    assert names == ["lower/reader", gru[0], "upper/reader", gru[1], "top"]
    assert not any("/" in name for name in gru), "their own names are different, so they stand alone"
    assert_close(trace_model(model, x)["top"].h[:, -1], output(model, x))
    assert list(trace_model(model, x, layers="top")) == ["top"]
    assert list(trace_model(model, x, layers=["top", "lower/reader"])) == ["lower/reader", "top"]


def test_a_shared_layer_has_one_trace_per_call():
    shared = L.LSTM(4, name="shared")
    a, b = keras.Input((7, 3)), keras.Input((5, 3))
    model = randomise(keras.Model([a, b], L.Concatenate()([shared(a), shared(b)])))
    x = [numbers(2, 7, 3), numbers(2, 5, 3, seed=1)]
    traces = trace_model(model, x)
    assert list(traces) == ["shared[0]", "shared[1]"]
    assert [t.timesteps for t in traces.values()] == [7, 5]
    assert_close(np.concatenate([t.h[:, -1] for t in traces.values()], axis=-1), output(model, x))


def test_time_distributed():
    wrapped = L.TimeDistributed(L.Bidirectional(L.LSTM(4), name="words"))
    model = sequential(wrapped, L.GRU(5, name="sentences"), shape=(3, 7, 2))
    x = numbers(2, 3, 7, 2)
    traces = trace_model(model, x)
    slices = [name for name in traces if name.startswith("words/forward")]
    assert slices == ["words/forward[0]", "words/forward[1]", "words/forward[2]"]
    np.testing.assert_array_equal(traces["words/forward[1]"].x, x[:, 1])
    assert_close(traces["sentences"].x[:, 1, :4], traces["words/forward[1]"].h[:, -1])
    assert_close(traces["sentences"].h[:, -1], output(model, x))


class Subclassed(keras.Model):
    """A model whose graph only its Python code knows, with a branch that depends on nothing symbolic."""

    def __init__(self, **options):
        super().__init__(**options)
        self.blocks = [L.LSTM(4, return_sequences=True, name="low"), L.GRU(5, return_sequences=True, name="high")]
        self.unused = L.LSTM(3, name="unused")
        self.dense = L.Dense(2)

    def call(self, x, training=False):
        for block in self.blocks:
            x = block(2 * x)
        return self.dense(x[:, -1])


@pytest.mark.filterwarnings("ignore:`build\\(\\)` was called:UserWarning")
def test_a_subclassed_model():
    model, x = Subclassed(), numbers(2, 7, 3)
    with pytest.raises(ValueError, match="'subclassed' is not built"):
        trace_model(model, x)
    model(x)
    randomise(model)
    # the layer that call never reaches has no weights and needs none
    traces = trace_model(model, x, layers=["low", "high"])
    np.testing.assert_array_equal(traces["low"].x, 2 * x)
    expected = model.predict(x, verbose=0)
    assert_close(keras.ops.convert_to_numpy(model.dense(traces["high"].h[:, -1])), expected)
    assert list(trace_model(model, x)) == ["low", "high"]


class HalfBuilt(keras.Model):
    def __init__(self):
        super().__init__(name="half_built")
        self.lstm = L.LSTM(4, name="late")

    def build(self, shape):
        self.built = True

    def call(self, x):
        return self.lstm(x)


def test_a_model_that_says_it_is_built_and_is_not():
    model = HalfBuilt()
    model.build((None, 7, 3))
    with pytest.raises(ValueError, match="layer 'late' of model 'half_built' was not built"):
        trace_model(model, numbers(2, 7, 3))


def test_a_float32_cell_inside_a_float64_layer():
    model = sequential(L.RNN(L.LSTMCell(5), return_sequences=True, dtype="float64", name="it"), dtype="float64")
    x = numbers(2, 7, 3, dtype="float64")
    trace = trace_model(model, x)["it"]
    assert trace.h.dtype == np.float32
    assert_close(trace.h, output(model, x))


def test_a_trained_model_read_back_from_its_file(tmp_path):
    x = numbers(32, 7, 3)
    model = sequential(L.Bidirectional(L.LSTM(5), name="both"), L.Dense(1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy")
    model.fit(x, (x[:, :, 0].sum(1) > 0).astype("float32"), epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    for name, trace in trace_model(model, x).items():
        assert_close(trace.h, trace_model(again, x)[name].h)


def test_a_chaotic_recurrence_is_no_error():
    """With large weights rounding grows until two programs differ; that is no reason to refuse the trace."""
    layer = L.SimpleRNN(30, return_sequences=True, name="it")
    model = sequential(layer, shape=(300, 3))
    layer.cell.recurrent_kernel.assign(numbers(30, 30, seed=3))
    x = numbers(1, 300, 3)
    trace = trace_model(model, x)["it"]
    assert_close(trace.h[:, :5], output(model, x)[:, :5], 1e-5)
