"""Any built Keras model opened: the traces equal what its layers give, and what cannot be opened says why."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

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


# --- masks ------------------------------------------------------------------------------------------------


def masked_input():
    x = numbers(4, 7, 3)
    x[0, :3] = 0  # padded before
    x[1, 4:] = 0  # padded after
    x[2, [0, 2, 5]] = 0  # holes
    return x


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
