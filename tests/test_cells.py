"""The three cells by the properties that must hold, without any other library's help (Keras: test_cells_keras.py)."""

from __future__ import annotations

import inspect
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz import cells
from lstm_viz.cells import ACTIVATIONS, GRUCell, LSTMCell, Overflow, SimpleRNNCell, hard_sigmoid, sigmoid, stack
from lstm_viz.cells.made_by import made_by

CELLS = {
    "SimpleRNN": SimpleRNNCell,
    "LSTM": LSTMCell,
    "GRU": GRUCell,
    "GRU reset_before": lambda *weights, **options: GRUCell(*weights, reset_after=False, **options),
}
KINDS = st.sampled_from(sorted(CELLS))
SIZES = st.integers(1, 5)
SEEDS = st.integers(0, 2**32 - 1)

few = settings(max_examples=40, deadline=None)


def random_cell(kind, input_dim, units, seed, dtype=np.float64, **options):
    """A cell with every weight random, biases included, so that no term can be missing unnoticed."""
    rng = np.random.default_rng(seed)
    make = CELLS[kind]
    n = {"SimpleRNN": 1, "LSTM": 4}.get(kind, 3)
    bias_shape = (2, 3 * units) if kind == "GRU" else (n * units,)
    weights = [
        rng.normal(size=shape).astype(dtype) for shape in ((input_dim, n * units), (units, n * units), bias_shape)
    ]
    return make(*weights, **options)


def random_state(cell, lead, rng):
    parts = tuple(rng.normal(size=(*lead, cell.units)) for _ in cell.state_names)
    return parts if len(parts) > 1 else parts[0]


def assert_same(a, b, names=None, tolerance=1e-12):
    for name in names or a.names:
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=0, atol=tolerance, err_msg=name)


# --- the equations, written out once more with explicit loops and scalars ----------------------------------


def by_hand(cell, x, state):
    """h (and c) after each step, one unit and one product at a time, with the textbook formulas."""

    def dot(vector, matrix, column):
        return sum(vector[k] * matrix[k, column] for k in range(len(vector)))

    def logistic(v):
        return 1 / (1 + np.exp(-v))

    u = cell.units
    W, R = cell.kernel, cell.recurrent_kernel
    h, c = state if isinstance(state, tuple) else (state, None)
    out = []
    for x_t in x:
        if cell.kind == "SimpleRNN":
            h = np.array([np.tanh(dot(x_t, W, j) + dot(h, R, j) + cell.bias[j]) for j in range(u)])
        elif cell.kind == "LSTM":
            z = np.array([dot(x_t, W, j) + dot(h, R, j) + cell.bias[j] for j in range(4 * u)])
            i, f, c_tilde, o = logistic(z[:u]), logistic(z[u : 2 * u]), np.tanh(z[2 * u : 3 * u]), logistic(z[3 * u :])
            c = f * c + i * c_tilde
            h = o * np.tanh(c)
        else:
            b_in, b_rec = cell.bias if cell.reset_after else (cell.bias, np.zeros(3 * u))
            x_part = np.array([dot(x_t, W, j) + b_in[j] for j in range(3 * u)])
            h_part = np.array([dot(h, R, j) + b_rec[j] for j in range(3 * u)])
            z, r = logistic(x_part[:u] + h_part[:u]), logistic(x_part[u : 2 * u] + h_part[u : 2 * u])
            if cell.reset_after:
                recurrent = r * h_part[2 * u :]
            else:
                recurrent = np.array([dot(r * h, R, j) for j in range(2 * u, 3 * u)])
            h = z * h + (1 - z) * np.tanh(x_part[2 * u :] + recurrent)
        out.append((h, c))
    return out


@few
@given(kind=KINDS, input_dim=SIZES, units=SIZES, timesteps=SIZES, seed=SEEDS)
def test_the_run_is_the_textbook_formulas(kind, input_dim, units, timesteps, seed):
    cell = random_cell(kind, input_dim, units, seed)
    rng = np.random.default_rng(seed)
    x, state = rng.normal(size=(timesteps, input_dim)), random_state(cell, (), rng)
    trace = cell.run(x, state)
    for t, (h, c) in enumerate(by_hand(cell, x, state)):
        np.testing.assert_allclose(trace.h[t], h, rtol=0, atol=1e-12)
        if c is not None:
            np.testing.assert_allclose(trace.c[t], c, rtol=0, atol=1e-12)


@few
@given(
    kind=KINDS, seed=SEEDS, activation=st.sampled_from(sorted(ACTIVATIONS)), gate=st.sampled_from(sorted(ACTIVATIONS))
)
def test_every_kept_value_satisfies_its_equation(kind, seed, activation, gate):
    options = {"activation": activation} | ({} if kind == "SimpleRNN" else {"recurrent_activation": gate})
    cell = random_cell(kind, 3, 4, seed, **options)
    x = 0.3 * np.random.default_rng(seed).normal(size=(2, 5, 3))
    t = cell.run(x)
    act, squash = ACTIVATIONS[activation], ACTIVATIONS[gate]
    if kind == "SimpleRNN":
        pairs = [(t.z, x @ cell.kernel + t.h_tm1 @ cell.recurrent_kernel + cell.bias), (t.h, act(t.z))]
    elif kind == "LSTM":
        z = np.concatenate([t.z_i, t.z_f, t.z_c, t.z_o], axis=-1)
        pairs = [
            (z, x @ cell.kernel + t.h_tm1 @ cell.recurrent_kernel + cell.bias),
            *((getattr(t, g), squash(getattr(t, f"z_{g}"))) for g in "ifo"),
            (t.c_tilde, act(t.z_c)),
            (t.c, t.f * t.c_tm1 + t.i * t.c_tilde),
            (t.tanh_c, act(t.c)),
            (t.h, t.o * t.tanh_c),
        ]
    else:
        b_in, b_rec = cell.bias if cell.reset_after else (cell.bias, np.zeros(12))
        x_part, h_part = x @ cell.kernel + b_in, t.h_tm1 @ cell.recurrent_kernel + b_rec
        reset = (t.r * t.h_tm1) @ cell.recurrent_kernel[:, 8:]
        pairs = [
            (np.concatenate([t.z_z, t.z_r], axis=-1), (x_part + h_part)[..., :8]),
            (t.z, squash(t.z_z)),
            (t.r, squash(t.z_r)),
            (t.recurrent_h, h_part[..., 8:] if cell.reset_after else reset),
            (t.z_h, x_part[..., 8:] + (t.r * t.recurrent_h if cell.reset_after else reset)),
            (t.h_tilde, act(t.z_h)),
            (t.h, t.z * t.h_tm1 + (1 - t.z) * t.h_tilde),
        ]
    for kept, computed in pairs:
        # relu and linear recurrences can grow, so the error is measured against the size of the value
        np.testing.assert_allclose(kept, computed, rtol=1e-9, atol=1e-9)


# --- properties -------------------------------------------------------------------------------------------


@few
@given(units=SIZES, timesteps=st.integers(1, 200), seed=SEEDS)
def test_forget_gate_open_and_input_gate_closed_keep_the_cell_state(units, timesteps, seed):
    rng = np.random.default_rng(seed)
    zeros = np.zeros((3, 4 * units)), np.zeros((units, 4 * units))
    bias = np.concatenate([np.full(units, -1e4), np.full(units, 1e4), rng.normal(size=2 * units)])
    h, c = rng.normal(size=(2, units))
    trace = LSTMCell(*zeros, bias).run(rng.normal(size=(timesteps, 3)), (h, c))
    assert (trace.f == 1).all() and (trace.i == 0).all()
    np.testing.assert_array_equal(trace.c, np.broadcast_to(c, (timesteps, units)))


def test_forget_gate_closed_forgets_and_update_gate_open_keeps():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 3))
    lstm = random_cell("LSTM", 3, 4, 1)
    bias = lstm.bias.copy()
    bias[4:8] = -1e4
    trace = lstm.replace(bias=bias).run(x, (np.zeros(4), np.full(4, 7.0)))
    np.testing.assert_array_equal(trace.c, trace.i * trace.c_tilde)
    gru = random_cell("GRU", 3, 4, 1)
    bias = gru.bias.copy()
    bias[0, :4] = 1e4
    h = rng.normal(size=4)
    np.testing.assert_allclose(gru.replace(bias=bias).run(x, h).h, np.broadcast_to(h, (6, 4)), rtol=0, atol=1e-15)


@few
@given(kind=KINDS, input_dim=SIZES, units=SIZES, timesteps=SIZES, seed=SEEDS)
def test_permuting_the_units_permutes_the_trace(kind, input_dim, units, timesteps, seed):
    cell = random_cell(kind, input_dim, units, seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(units)
    columns = np.concatenate([block * units + order for block in range(len(cell.gates))])
    shuffled = cell.replace(
        kernel=cell.kernel[:, columns],
        recurrent_kernel=cell.recurrent_kernel[order][:, columns],
        bias=cell.bias[..., columns],
    )
    x = rng.normal(size=(timesteps, input_dim))
    whole, permuted = cell.run(x), shuffled.run(x)
    for name in whole.names:
        np.testing.assert_allclose(getattr(permuted, name), getattr(whole, name)[:, order], rtol=0, atol=1e-12)


@few
@given(kind=KINDS, timesteps=st.integers(2, 12), cut=st.integers(1, 11), seed=SEEDS)
def test_a_sequence_split_in_two_with_the_state_handed_over_equals_the_whole(kind, timesteps, cut, seed):
    cut = min(cut, timesteps - 1)
    cell = random_cell(kind, 3, 4, seed)
    x = np.random.default_rng(seed).normal(size=(2, timesteps, 3))
    whole, first = cell.run(x), cell.run(x[:, :cut])
    second = cell.run(x[:, cut:], first.state)
    for name in whole.names:
        joined = np.concatenate([getattr(first, name), getattr(second, name)], axis=-2)
        np.testing.assert_allclose(joined, getattr(whole, name), rtol=0, atol=1e-12, err_msg=name)


@few
@given(kind=KINDS, lead=st.lists(st.integers(1, 3), max_size=3), timesteps=SIZES, seed=SEEDS)
def test_a_batch_equals_its_members_one_by_one(kind, lead, timesteps, seed):
    cell = random_cell(kind, 3, 4, seed)
    rng = np.random.default_rng(seed)
    x, state = rng.normal(size=(*lead, timesteps, 3)), random_state(cell, tuple(lead), rng)
    batch = cell.run(x, state)
    assert batch.h.shape == (*lead, timesteps, 4)
    for index in np.ndindex(*lead):
        one = tuple(s[index] for s in state) if isinstance(state, tuple) else state[index]
        alone = cell.run(x[index], one)
        assert_same(batch.select(index), alone)
        assert_same(batch.select(index)[0], alone[0])
        np.testing.assert_array_equal(batch.select(index).x, x[index])


@few
@given(kind=KINDS, models=SIZES, shared=st.booleans(), seed=SEEDS)
def test_a_stack_of_cells_equals_its_cells_one_by_one(kind, models, shared, seed):
    cells = [random_cell(kind, 3, 4, seed + k) for k in range(models)]
    x = np.random.default_rng(seed).normal(size=(1 if shared else models, 2, 5, 3))
    stacked = stack(cells).run(x)
    assert stacked.h.shape == (models, 2, 5, 4)
    for k, cell in enumerate(cells):
        alone = cell.run(x[0 if shared else k])
        assert_same(stacked.select(k), alone)
        np.testing.assert_array_equal(stacked.select(k).h_tm1, alone.h_tm1)


@few
@given(kind=KINDS, timesteps=SIZES, seed=SEEDS)
def test_stepping_equals_running_and_indexing(kind, timesteps, seed):
    cell = random_cell(kind, 3, 4, seed)
    x = np.random.default_rng(seed).normal(size=(2, timesteps, 3))
    trace, state = cell.run(x), None
    for t in range(timesteps):
        step = cell.step(x[:, t], state)
        assert_same(step, trace[t])
        for before in ("h_tm1", "c_tm1") if kind == "LSTM" else ("h_tm1",):
            np.testing.assert_allclose(getattr(step, before), getattr(trace, before)[:, t], rtol=0, atol=1e-12)
        state = step.state
    assert_same(trace[-1], trace[timesteps - 1])
    assert [s.h.shape for s in trace] == [(2, 4)] * timesteps


@few
@given(kind=KINDS, seed=SEEDS, data=st.data())
def test_a_masked_run_equals_the_run_without_the_masked_steps(kind, seed, data):
    cell = random_cell(kind, 3, 4, seed)
    rng = np.random.default_rng(seed)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=1, max_size=8)))
    x, state = rng.normal(size=(len(mask), 3)), random_state(cell, (), rng)
    trace = cell.run(x, state, mask=mask)
    np.testing.assert_array_equal(trace.mask, mask)
    states = ("h", "c") if kind == "LSTM" else ("h",)
    for name in states:
        # carried over where masked
        np.testing.assert_array_equal(getattr(trace, name)[~mask], getattr(trace, f"{name}_tm1")[~mask])
    if mask.any():
        short = cell.run(x[mask], state)
        for name in trace.names:
            np.testing.assert_allclose(getattr(trace, name)[mask], getattr(short, name), rtol=0, atol=1e-12)


@few
@given(kind=KINDS, seed=SEEDS)
def test_gates_and_states_stay_in_their_ranges(kind, seed):
    cell = random_cell(kind, 3, 4, seed)
    trace = cell.run(50 * np.random.default_rng(seed).normal(size=(20, 3)))
    for name in set(trace.names) & {"i", "f", "o", "r"} | ({"z"} if "GRU" in kind else set()):
        assert getattr(trace, name).min() >= 0 and getattr(trace, name).max() <= 1
    for name in set(trace.names) & {"h", "c_tilde", "h_tilde", "tanh_c"}:
        assert np.abs(getattr(trace, name)).max() <= 1


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


# --- bad input --------------------------------------------------------------------------------------------

GOOD = LSTMCell.initialise(3, 4)


def with_nan(shape):
    array = np.ones(shape)
    array.flat[0] = np.nan
    return array


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: GOOD.run(np.ones(3)), ValueError, r"x must have shape \(\.\.\., timesteps, 3\).*got \(3,\)"),
        (lambda: GOOD.run(np.ones((5, 2))), ValueError, r"x must have shape .* 3\).*got \(5, 2\)"),
        (lambda: GOOD.run(np.ones((0, 3))), ValueError, r"x must not be empty; got shape \(0, 3\)"),
        (lambda: GOOD.run(np.ones((0, 5, 3))), ValueError, r"x must not be empty"),
        (lambda: GOOD.run(with_nan((5, 3))), ValueError, "x must hold finite numbers"),
        (lambda: GOOD.run(np.full((5, 3), np.inf)), ValueError, "x must hold finite numbers"),
        (lambda: GOOD.run(None), TypeError, "x must be an array of numbers; got NoneType"),
        (lambda: GOOD.run("text"), TypeError, "x must be an array of numbers; got str"),
        (lambda: GOOD.run([[1, 2, 3], [4, 5]]), TypeError, "x must be an array of numbers; got list"),
        (lambda: GOOD.run(np.ones((5, 3), complex)), TypeError, "x must be an array of numbers"),
        (lambda: GOOD.run(np.ones((5, 3)), np.ones(4)), ValueError, r"state of this LSTM is \(h, c\); got 1"),
        (lambda: GOOD.run(np.ones((5, 3)), (np.ones(4),) * 3), ValueError, r"\(h, c\); got 3"),
        (lambda: GOOD.run(np.ones((5, 3)), (np.ones(4), np.ones(5))), ValueError, r"state c .*\(4,\); got \(5,\)"),
        (lambda: GOOD.run(np.ones((5, 3)), (np.ones((2, 4)),) * 2), ValueError, r"state h .*\(4,\); got \(2, 4\)"),
        (lambda: GOOD.run(np.ones((5, 3)), (with_nan(4), np.ones(4))), ValueError, "state h must hold finite"),
        (lambda: GOOD.run(np.ones((5, 3)), mask=np.ones(4, bool)), ValueError, r"mask .*\(5,\); got bool of .*\(4,\)"),
        (lambda: GOOD.run(np.ones((5, 3)), mask=np.ones(5)), ValueError, "mask must be booleans"),
        (lambda: GOOD.step(np.ones(2)), ValueError, r"x_t must have shape \(\.\.\., 3\).*got \(2,\)"),
        (lambda: GOOD.step(1.0), ValueError, r"x_t must have shape .*got \(\)"),
        (lambda: GOOD.run(np.ones((5, 3)))[5], IndexError, "timestep 5 is outside this trace, .* 0 to 4"),
        (lambda: GOOD.run(np.ones((5, 3)))[1:2], TypeError, "indexed by one timestep"),
        (lambda: len(GOOD.run(np.ones((5, 3)))[0]), TypeError, "single timestep"),
        (lambda: GOOD.run(np.ones((5, 3)))[0].select(0), TypeError, "single timestep"),
        (lambda: LSTMCell(np.ones((3, 16)), np.ones((4, 15))), ValueError, r"recurrent_kernel .*4 \* units.*\(4, 15\)"),
        (lambda: LSTMCell(np.ones((3, 15)), np.ones((4, 16))), ValueError, r"kernel .*\(input_dim, 16\).*\(3, 15\)"),
        (lambda: LSTMCell(np.ones(16), np.ones((4, 16))), ValueError, r"kernel must have shape"),
        (lambda: LSTMCell(np.ones((0, 16)), np.ones((4, 16))), ValueError, r"kernel must have shape"),
        (lambda: LSTMCell(np.ones((3, 16)), np.ones((4, 16)), np.ones(4)), ValueError, r"bias .*\(16,\).*got \(4,\)"),
        (lambda: LSTMCell(with_nan((3, 16)), np.ones((4, 16))), ValueError, "kernel must hold finite numbers"),
        (lambda: GRUCell(np.ones((3, 12)), np.ones((4, 12)), np.ones(12)), ValueError, r"bias .*\(2, 12\).*\(12,\)"),
        (lambda: SimpleRNNCell(np.ones((3, 4)), np.ones((4, 5))), ValueError, r"\(units, units\); got \(4, 5\)"),
        (lambda: SimpleRNNCell("kernel", np.ones((4, 4))), TypeError, "kernel must be an array of numbers; got str"),
        (lambda: GOOD.replace(activation="gelu"), ValueError, "activation must be one of tanh, .*got 'gelu'"),
        (lambda: GOOD.replace(recurrent_activation=np.tanh), ValueError, "recurrent_activation must be one of"),
        (lambda: GOOD.astype(int), ValueError, "dtype must be float32 or float64"),
        (lambda: LSTMCell.initialise(0, 4), ValueError, "input_dim must be a whole number of at least 1; got 0"),
        (lambda: LSTMCell.initialise(3, 4.0), ValueError, "units must be a whole number of at least 1; got 4.0"),
        (lambda: LSTMCell.initialise(3, True), ValueError, "units must be a whole number"),
        (lambda: LSTMCell.initialise(3, 4, chrono=2), ValueError, "chrono must be a number above 2; got 2"),
        (lambda: LSTMCell.initialise(3, 4, chrono="long"), ValueError, "chrono must be a number above 2; got 'long'"),
        (lambda: LSTMCell.initialise(3, 4, forget_bias=np.ones(3)), ValueError, r"forget_bias .*\(4,\); got \(3,\)"),
        (lambda: LSTMCell.initialise(3, 4, dtype="float16"), ValueError, "dtype must be float32 or float64"),
        (lambda: SimpleRNNCell.initialise(3, 4, recurrent="ortho"), ValueError, "recurrent must be 'orthogonal' or"),
        (
            lambda: SimpleRNNCell.initialise(3, 4, spectral_radius=-1),
            ValueError,
            "spectral_radius .*at least 0; got -1",
        ),
        (lambda: stack([]), ValueError, "stack needs at least one cell"),
        (lambda: stack([GOOD, 3]), TypeError, "stack takes cells; got int 3"),
        (lambda: stack([GOOD, GRUCell.initialise(3, 4)]), ValueError, "one kind and shape"),
        (lambda: stack([GOOD, LSTMCell.initialise(3, 5)]), ValueError, "one kind and shape"),
        (lambda: stack([GOOD, GOOD]).run(np.ones((5, 3))), ValueError, r"\(2, batch, timesteps, 3\).*got \(5, 3\)"),
        (lambda: stack([GOOD, GOOD]).run(np.ones((3, 1, 5, 3))), ValueError, r"stack of 2 cells; got \(3, 1, 5, 3\)"),
    ],
)
def test_bad_input_is_named_in_one_sentence(call, error, says):
    with pytest.raises(error, match=says) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message and len(message) < 250


def test_how_cells_and_traces_print():
    trace = GOOD.run(np.ones((2, 5, 3)))
    assert repr(GOOD) == "LSTMCell(input_dim=3, units=4, float64)"
    assert repr(trace) == "<LSTM trace: 2 x 5 timesteps, 3 inputs, 4 units>"
    assert repr(trace.select(0)[2]) == "<one LSTM step, 4 units>"
    assert (trace.timesteps, trace.units, trace.input_dim) == (5, 4, 3)


# --- one page a cell ---------------------------------------------------------------------------------------


def test_the_step_of_the_lstm_can_be_read_as_its_equations():
    """Lesson 03 shows this source beside the equations."""
    lines = inspect.getsource(LSTMCell._step).splitlines()
    assert len(lines) <= 12 and max(map(len, lines)) <= 110
    comments = "\n".join(line.partition("#")[2].strip() for line in lines if "#" in line)
    for equation in (
        "z = x_t @ kernel + h_tm1 @ recurrent_kernel + bias",
        "o, i, f = sigmoid(z_o, z_i, z_f)",
        "c_tilde = tanh(z_c)",
        "c = f * c_tm1\n+ i * c_tilde",
        "h = o * tanh(c)",
    ):
        assert equation in comments
    for letter in ("f", "c_tm1", "i", "c_tilde", "c", "o", "tanh_c", "h"):
        assert f"v.{letter}" in "".join(lines)


def test_a_new_kind_of_cell_is_one_class_and_lists_itself():
    class Doubled(SimpleRNNCell):
        kind = "Doubled"

        def _step(self, W, v):
            super()._step(W, v)
            np.multiply(v.hs, 2.0, out=v.hs)

    try:
        assert list(cells.KINDS)[:3] == ["SimpleRNN", "LSTM", "GRU"] and cells.KINDS["Doubled"] is Doubled
        x = np.ones((1, 2))
        np.testing.assert_array_equal(Doubled.initialise(2, 3).run(x).h, 2 * SimpleRNNCell.initialise(2, 3).run(x).h)
        with pytest.raises(ValueError, match="exists already"):
            type("Other", (SimpleRNNCell,), {"kind": "LSTM"})
    finally:
        cells.KINDS.pop("Doubled", None)


# --- a trace knows its cell, a run that overflows says so ------------------------------------------------------


@pytest.mark.parametrize("kind", cells.KINDS.values())
def test_a_trace_knows_the_cell_that_made_it(kind):
    cell = kind.initialise(2, 3)
    trace = cell.run(np.ones((4, 5, 2)))
    assert trace.cell is cell and trace[2].cell is cell and trace.select(1).cell is cell
    copy = pickle.loads(pickle.dumps(trace))
    assert copy._workspace is None and np.array_equal(copy.h, trace.h)
    assert "_matrix" not in vars(copy.cell), "its weights would travel twice"
    assert np.array_equal(copy.cell.run(np.ones((4, 5, 2))).h, trace.h)
    many = stack([cell, kind.initialise(2, 3, seed=1)])
    chosen = many.run(np.ones((2, 4, 5, 2))).select((1, 0))
    np.testing.assert_array_equal(chosen.cell.kernel, many.kernel[1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", cells.KINDS.values())
def test_where_nobody_can_say_who_made_a_trace_the_cell_takes_each_step_again(kind, dtype):
    first, second = (kind.initialise(2, 3, seed=s, dtype=dtype) for s in (0, 1))
    many = stack([first, second])
    x = np.random.default_rng(0).normal(size=(2, 4, 50, 2)).astype(dtype)
    mask = np.random.default_rng(1).random((2, 4, 50)) < 0.8
    chosen = many.run(x, mask=mask).select((slice(None), slice(1, 3)))  # the two of them made it
    assert chosen.cell is None
    assert made_by(many, chosen) and not made_by(stack([second, first]), chosen)
    assert not made_by(first, chosen) and not made_by(second, chosen)
    one = replace(many.run(x).select(1), cell=None)
    assert made_by(second, one) and not made_by(first, one)
    assert not made_by(second.replace(bias=second.bias + 0.01), one)


def test_a_run_that_overflows_names_the_value_and_the_timestep():
    cell = SimpleRNNCell([[1.0]], [[10.0]], activation="relu")
    assert np.isfinite(cell.run(np.ones((309, 1))).h).all()
    with pytest.raises(Overflow, match=r"z of this SimpleRNN .* at timestep 309: ") as caught:
        cell.run(np.ones((400, 1)))
    assert (caught.value.name, caught.value.timestep) == ("z", 309)
    with pytest.raises(ValueError, match="state h as float32"):
        cell.astype(np.float32).run(np.ones((2, 1), np.float32), [1e300])


def test_what_would_fill_the_memory_is_refused_before_it_is_asked_for():
    with pytest.raises(ValueError, match="units must be a whole number of at most"):
        LSTMCell.initialise(1, 10**6)
    with pytest.raises(ValueError, match="would take"):
        LSTMCell.initialise(10**9, 10)
    with pytest.raises(ValueError, match="would take"):
        LSTMCell.initialise(1, 1000).run(np.broadcast_to(np.ones(1), (10**3, 10**3, 1)))


def test_select_takes_slices_and_says_what_does_not_exist():
    trace = LSTMCell.initialise(2, 3).run(np.ones((4, 5, 2)))
    part = trace.select(slice(1, 3))
    assert part.h.shape == (2, 5, 3) and part.x.shape == (2, 5, 2) and len(part) == 5
    for index, error in ((4, IndexError), ((0, 0), IndexError), (slice(9, 9), IndexError), ("a", TypeError)):
        with pytest.raises(error, match="select"):
            trace.select(index)
    with pytest.raises(IndexError, match="it is one sequence"):
        trace.select(0).select(0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: sigmoid("one"),
        lambda: hard_sigmoid([object()]),
        lambda: ACTIVATIONS["tanh"](1j),
        lambda: sigmoid(np.ones(2), out=np.ones(3)),
        lambda: GRUCell.initialise(2, 3, reset_after=np.ones(2)),
        lambda: SimpleRNNCell.initialise(2, 3, recurrent=np.ones(2)),
        lambda: SimpleRNNCell.initialise(2, 3, seed="one"),
        lambda: LSTMCell.initialise(2, 3).member(1),
        lambda: stack(3),
    ],
)
def test_what_no_cell_can_use_is_refused_in_a_sentence(call):
    with pytest.raises((ValueError, TypeError), match=r"; got .") as caught:
        call()
    assert len(str(caught.value)) <= 300
