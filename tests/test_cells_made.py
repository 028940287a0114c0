"""How cells are made, and that they do not change."""

from __future__ import annotations

import numpy as np
import pytest
from test_cells import CELLS, assert_same, random_cell

from lstm_viz.cells import GRUCell, LSTMCell, SimpleRNNCell, hard_sigmoid, sigmoid

# --- number types -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize(
    ("weights", "given", "expected"),
    [
        (np.float32, np.float32, np.float32),
        (np.float64, np.float64, np.float64),
        (np.float32, np.float64, np.float64),
        (np.float64, np.float32, np.float64),
        (np.float32, np.int64, np.float64),
        (np.float32, np.float16, np.float64),
        (np.float32, bool, np.float64),
    ],
)
def test_float32_stays_float32_and_everything_else_is_float64(kind, weights, given, expected):
    cell = random_cell(kind, 3, 4, 0, weights)
    trace = cell.run(np.ones((5, 3), given))
    for name in (*trace.names, "x", "h_tm1"):
        assert getattr(trace, name).dtype == expected, name
    assert all(w.dtype == weights for w in cell.weights)
    assert cell.step(np.ones(3, given)).h.dtype == expected


@pytest.mark.parametrize("kind", CELLS)
def test_float32_is_close_to_float64(kind):
    cell = random_cell(kind, 3, 4, 0)
    x = np.random.default_rng(1).normal(size=(30, 3))
    single = cell.astype(np.float32).run(x.astype(np.float32))
    assert_same(cell.run(x), single, tolerance=1e-4)


@pytest.mark.parametrize("value", [-1000.0, -1.0, 0.0, 1.0, 1000.0, np.float32(3)])
def test_the_sigmoids_of_numbers_and_arrays(value):
    exact = 1 / (1 + np.exp(-np.float64(np.clip(value, -700, 700))))
    assert sigmoid(value) == pytest.approx(exact, abs=1e-7)
    assert hard_sigmoid(value) == pytest.approx(min(max(value / 6 + 0.5, 0), 1), abs=1e-6)
    np.testing.assert_allclose(sigmoid(np.array([value])), [exact], atol=1e-7)


# --- values do not change ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CELLS)
def test_cells_and_traces_are_immutable(kind):
    kernel, recurrent_kernel, bias = (w.copy() for w in random_cell(kind, 3, 4, 0).weights)
    cell = CELLS[kind](kernel, recurrent_kernel, bias)
    x = np.ones((5, 3))
    trace = cell.run(x)
    before = trace.h.copy(), trace.x.copy()
    for array in (kernel, recurrent_kernel, bias, x):
        array += 1.0
    np.testing.assert_array_equal(cell.run(np.ones((5, 3))).h, before[0])
    np.testing.assert_array_equal(trace.x, before[1])
    state = trace.initial_state if isinstance(trace.initial_state, tuple) else (trace.initial_state,)
    for array in (*cell.weights, trace.h, trace.x, *state):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0
    with pytest.raises(AttributeError, match="immutable"):
        cell.kernel = np.zeros((3, 4))
    with pytest.raises(AttributeError):
        trace.h = 0


@pytest.mark.parametrize("kind", CELLS)
def test_replace_changes_what_it_names_and_nothing_else(kind):
    cell = random_cell(kind, 3, 4, 0, activation="relu")
    other = cell.replace(bias=np.zeros_like(cell.bias))
    assert (other.bias == 0).all() and other.config == cell.config and type(other) is type(cell)
    np.testing.assert_array_equal(other.kernel, cell.kernel)
    assert cell.replace(activation="linear").activation == "linear"
    with pytest.raises(TypeError, match="has no forget_gate"):
        cell.replace(forget_gate=1)


def test_without_a_bias_is_a_bias_of_zero():
    for kind in CELLS:
        cell = random_cell(kind, 3, 4, 0)
        bare = CELLS[kind](cell.kernel, cell.recurrent_kernel)
        zero = cell.replace(bias=np.zeros_like(cell.bias))
        assert_same(bare.run(np.ones((4, 3))), zero.run(np.ones((4, 3))), tolerance=0)


# --- initialise -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [SimpleRNNCell, LSTMCell, GRUCell])
def test_initialise_draws_what_keras_draws(cls):
    cell = cls.initialise(30, 40, seed=3)
    n = len(cell.gates)
    limit = np.sqrt(6 / (30 + n * 40))  # glorot_uniform: fan_in and fan_out of the whole kernel
    assert np.abs(cell.kernel).max() <= limit
    assert np.abs(cell.kernel).max() > 0.98 * limit
    assert abs(cell.kernel.mean()) < 3 * limit / np.sqrt(3 * cell.kernel.size)
    assert cell.kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.05)
    np.testing.assert_allclose(cell.recurrent_kernel @ cell.recurrent_kernel.T, np.eye(40), atol=1e-12)
    bias = cell.bias.reshape(-1, n, 40) if n > 1 else cell.bias
    if cls is LSTMCell:
        assert (bias[0, 1] == 1).all()
        bias = np.delete(bias, 1, axis=1)
    assert (bias == 0).all()


@pytest.mark.parametrize("cls", [SimpleRNNCell, LSTMCell, GRUCell])
def test_initialise_is_its_seed(cls):
    a, b, c = (cls.initialise(3, 4, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(a.kernel, b.kernel)
    np.testing.assert_array_equal(a.recurrent_kernel, b.recurrent_kernel)
    assert (a.kernel != c.kernel).any() and (a.recurrent_kernel != c.recurrent_kernel).any()
    assert cls.initialise(3, 4, dtype=np.float32).dtype == np.float32
    assert cls.initialise(3, 4, seed=np.random.default_rng(1)).units == 4


def test_the_alternatives_of_initialise():
    assert (LSTMCell.initialise(3, 4, forget_bias=5.0).bias[4:8] == 5).all()
    chrono = LSTMCell.initialise(3, 500, chrono=100, seed=1).bias.reshape(4, 500)
    np.testing.assert_array_equal(chrono[0], -chrono[1])
    drawn = np.exp(chrono[1])  # uniform on (1, 99)
    assert 1 <= drawn.min() < 2 and 98 < drawn.max() <= 99
    assert drawn.mean() == pytest.approx(50, abs=4)
    assert (chrono[2:] == 0).all()
    normal = SimpleRNNCell.initialise(3, 200, recurrent="normal", seed=1).recurrent_kernel
    assert normal.std() == pytest.approx(1 / np.sqrt(200), rel=0.02)
    for radius in (0.5, 1.0, 1.5):
        kernel = SimpleRNNCell.initialise(3, 20, recurrent="normal", spectral_radius=radius).recurrent_kernel
        assert np.abs(np.linalg.eigvals(kernel)).max() == pytest.approx(radius)
