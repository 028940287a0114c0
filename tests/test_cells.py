"""The three cells by the properties that must hold, without any other library's help (Keras: test_cells_keras.py)."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz import cells
from lstm_viz.cells import ACTIVATIONS, GRUCell, LSTMCell, SimpleRNNCell, stack

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
