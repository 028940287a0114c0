"""The cells held equal to Keras: every gate, random shapes and weights, lengths 1 to 1000, also trained."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lstm_viz.cells import ACTIVATIONS
from lstm_viz.keras_models.bridge import cell_from_layer
from lstm_viz.keras_models.quiet import keras

pytestmark = [
    pytest.mark.keras,
    # Keras reading its own variables under NumPy 2
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

KINDS = ("SimpleRNN", "LSTM", "GRU", "GRU reset_before")
#: the promise: largest difference from Keras
TOLERANCE = {"float32": 1e-6, "float64": 1e-12}


def layer(kind, units, dtype, **options):
    if kind == "GRU reset_before":
        options["reset_after"] = False
    options = {"return_sequences": True, "return_state": True, "use_cudnn": False} | options
    if kind == "SimpleRNN":
        del options["use_cudnn"]
    return getattr(keras.layers, kind.split()[0])(units, dtype=dtype, **options)


def with_weights(layer, input_dim, seed):
    """Build it, and make every weight random: biases too, which start at zero."""
    layer.build((None, None, input_dim))
    rng = np.random.default_rng(seed)
    for weight in layer.weights:
        if "bias" in weight.path:
            weight.assign(rng.uniform(-1, 1, weight.shape))
    return layer


def largest_gap(ours, theirs):
    return max(np.abs(a - np.asarray(b)).max() for a, b in zip(ours, theirs, strict=True))


def run_both(kind, input_dim, units, timesteps, dtype, seed, **options):
    keras.utils.set_random_seed(seed)
    theirs = with_weights(layer(kind, units, dtype, **options), input_dim, seed)
    x = np.random.default_rng(seed).normal(size=(2, timesteps, input_dim)).astype(dtype)
    outputs, *states = [keras.ops.convert_to_numpy(v) for v in theirs(x)]
    return theirs, x, cell_from_layer(theirs).run(x), outputs, states


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    input_dim=st.integers(1, 12),
    units=st.integers(1, 24),
    timesteps=st.integers(1, 40),
    dtype=st.sampled_from(sorted(TOLERANCE)),
    use_bias=st.booleans(),
    seed=st.integers(0, 10_000),
)
@example("LSTM", 3, 5, 1, "float32", True, 0)
@example("GRU", 1, 1, 1, "float64", False, 0)
def test_random_shapes_weights_and_lengths(kind, input_dim, units, timesteps, dtype, use_bias, seed):
    _, _, trace, outputs, states = run_both(kind, input_dim, units, timesteps, dtype, seed, use_bias=use_bias)
    assert trace.h.dtype == dtype
    ours = trace.state if isinstance(trace.state, tuple) else (trace.state,)
    assert largest_gap((trace.h, *ours), (outputs, *states)) <= TOLERANCE[dtype]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("timesteps", "units"), [(1000, 64), (200, 256)])
def test_long_sequences_and_many_units(kind, dtype, timesteps, units):
    _, _, trace, outputs, states = run_both(kind, 8, units, timesteps, dtype, seed=1)
    ours = trace.state if isinstance(trace.state, tuple) else (trace.state,)
    # many tanh units whose recurrent kernel keeps lengths (orthogonal) let rounding add up
    allowed = 1e-5 if (kind, dtype) == ("SimpleRNN", "float32") else TOLERANCE[dtype]
    assert largest_gap((trace.h, *ours), (outputs, *states)) <= allowed


@pytest.mark.parametrize(
    ("kind", "options"),
    [("SimpleRNN", {"activation": a}) for a in ACTIVATIONS]
    + [
        (kind, {"activation": a, "recurrent_activation": g})
        for kind in KINDS[1:]
        for a in ACTIVATIONS
        for g in ACTIVATIONS
        if a == "tanh" or g == "sigmoid"
    ],
)
def test_all_activations(kind, options):
    # few steps: relu and linear recurrences grow without bound
    _, _, trace, outputs, _ = run_both(kind, 3, 4, 4, "float64", seed=2, **options)
    np.testing.assert_allclose(trace.h, outputs, rtol=1e-11, atol=1e-12)
    trace32, outputs32 = run_both(kind, 3, 4, 4, "float32", seed=2, **options)[2:4]
    np.testing.assert_allclose(trace32.h, outputs32, rtol=1e-5, atol=1e-6)


def keras_gates(cell, x_t, states):
    """What Keras's own cell computes in one step, seen through its activation functions.

    The cell calls `self.recurrent_activation` and `self.activation` once per gate, in the order i, f, c, o (LSTM) or
    z, r, h (GRU) and then, for the LSTM, on c. So replacing these by functions that note what goes in and what comes
    out shows every gate as Keras itself computed it.
    """
    noted = []

    def noting(function):
        def noted_call(z):
            out = function(z)
            noted.append((keras.ops.convert_to_numpy(z), keras.ops.convert_to_numpy(out)))
            return out

        return noted_call

    saved = {name: getattr(cell, name) for name in ("activation", "recurrent_activation") if hasattr(cell, name)}
    try:
        for name, function in saved.items():
            setattr(cell, name, noting(function))
        _, states = cell(x_t, states)
    finally:
        for name, function in saved.items():
            setattr(cell, name, function)
    return noted, states


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("kind", KINDS)
def test_every_gate_equals_the_one_that_keras_computes(kind, dtype):
    theirs, x, trace, _, _ = run_both(kind, 3, 5, 12, dtype, seed=3)
    states = [keras.ops.zeros((2, 5), dtype)] * (2 if kind == "LSTM" else 1)
    order = {"SimpleRNN": ("h",), "LSTM": ("i", "f", "c_tilde", "o", "tanh_c")}.get(kind, ("z", "r", "h_tilde"))
    before = {"h": "z", "c_tilde": "z_c", "tanh_c": "c", "h_tilde": "z_h"}
    for t in range(12):
        noted, states = keras_gates(theirs.cell, x[:, t], states)
        assert len(noted) == len(order)
        for name, (z, value) in zip(order, noted, strict=True):
            assert largest_gap([getattr(trace, name)[:, t]], [value]) <= TOLERANCE[dtype], name
            z_name = before.get(name, f"z_{name}")
            # a pre-activation is not squashed, so it is compared to the size that it has
            assert largest_gap([getattr(trace, z_name)[:, t]], [z]) <= 4 * TOLERANCE[dtype], z_name
        for name, state in zip(("h", "c"), states, strict=False):
            assert largest_gap([getattr(trace, name)[:, t]], [state]) <= TOLERANCE[dtype]


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("kind", KINDS)
def test_trained_layers(kind, dtype):
    keras.utils.set_random_seed(4)
    rng = np.random.default_rng(4)
    x = rng.normal(size=(64, 20, 3)).astype(dtype)
    y = (x[:, :, 0].sum(1) > 0).astype(dtype)
    recurrent = layer(kind, 8, dtype, return_state=False)
    last = keras.layers.Lambda(lambda h: h[:, -1], dtype=dtype)
    model = keras.Sequential([keras.Input((20, 3), dtype=dtype), recurrent, last, keras.layers.Dense(1, dtype=dtype)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    before = [w.copy() for w in recurrent.get_weights()]
    model.fit(x, y, epochs=4, verbose=0)
    assert all(np.abs(a - b).max() > 0.01 for a, b in zip(before, recurrent.get_weights(), strict=True))
    trace = cell_from_layer(recurrent).run(x)
    assert largest_gap([trace.h], [keras.ops.convert_to_numpy(recurrent(x))]) <= TOLERANCE[dtype]


def test_both_implementations_of_keras_agree_with_the_cell():
    for kind in KINDS[1:]:
        _, _, trace, outputs, _ = run_both(kind, 3, 5, 12, "float64", seed=5, implementation=1)
        assert largest_gap([trace.h], [outputs]) <= 1e-12
