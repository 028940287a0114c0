"""The variants against finite differences, against the cells of which they are special cases, and in every view."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.cells import KINDS, GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.learning import MarkedRecall, Recipe, backward, lag_sweep, train
from lstm_viz.learning.gradients import step_jacobians
from lstm_viz.pictures.chain import chain
from lstm_viz.pictures.diagram import diagram
from lstm_viz.pictures.equations import RELATIONS, equations
from lstm_viz.widgets import compare, explore

VARIANTS = (
    "NoForgetGate", "CoupledGates", "NoOutputGate", "NoInputActivation", "Peephole", "MinimalGatedUnit", "IRNN",
    "MinGRU", "MinLSTM", "sLSTM",
)  # fmt: skip
T, X, UNITS = 6, 3, 4


def cell_of(kind, seed=0):
    """A float64 cell with biases, whose values are neither all 0 nor saturated."""
    rng = np.random.default_rng(seed)
    if kind == "IRNN":
        return KINDS[kind].initialise(X, UNITS, seed=seed, scale=0.7)
    cell = KINDS[kind].initialise(X, UNITS, seed=seed)
    return cell.replace(bias=rng.normal(size=cell.bias.shape) * 0.5)


def test_every_variant_is_a_kind_of_cell():
    own = {kind for kind, cell in KINDS.items() if cell.__module__.startswith("lstm_viz.cells.variants")}
    assert set(VARIANTS) == own and list(KINDS)[:3] == ["SimpleRNN", "LSTM", "GRU"]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", VARIANTS)
def test_the_way_back_is_the_derivative_of_the_step(kind, masked):
    rng = np.random.default_rng(1)
    cell, x, w = cell_of(kind), rng.normal(size=(2, T, X)), rng.normal(size=(2, T, UNITS))
    mask = np.array([1, 1, 0, 1, 1, 0], bool) if masked else None
    start = [rng.normal(size=(2, UNITS)) for _ in cell.state_names]

    def loss(cell, x, start):
        return (cell.run(x, start if len(start) > 1 else start[0], mask=mask).h * w).sum()

    def numeric(value, f, eps=1e-6):
        slope = np.zeros_like(value)
        for index in np.ndindex(*value.shape):
            up, down = value.copy(), value.copy()
            up[index] += eps
            down[index] -= eps
            slope[index] = (f(up) - f(down)) / (2 * eps)
        return slope

    found = backward(cell, cell.run(x, start if len(start) > 1 else start[0], mask=mask), w)
    for name, weight, gradient in zip(("kernel", "recurrent_kernel", "bias"), cell.weights, found.weights, strict=True):
        if name == "recurrent_kernel" and not cell.reads_h:
            assert not gradient.any()
            continue
        wanted = numeric(weight, lambda value, name=name: loss(cell.replace(**{name: value}), x, start))
        np.testing.assert_allclose(gradient, wanted, atol=1e-7)
    np.testing.assert_allclose(found.x, numeric(x, lambda value: loss(cell, value, start)), atol=1e-7)
    initial = found.initial_state if len(start) > 1 else (found.initial_state,)
    for k, gradient in enumerate(initial):
        wanted = numeric(start[k], lambda value, k=k: loss(cell, x, [*start[:k], value, *start[k + 1 :]]))
        np.testing.assert_allclose(gradient, wanted, atol=1e-7)


@pytest.mark.parametrize("kind", VARIANTS)
def test_the_gradient_of_every_step_follows_from_the_jacobians(kind):
    cell = cell_of(kind)
    trace = cell.run(np.random.default_rng(3).normal(size=(T, X)))
    last = backward(cell, trace, np.ones(UNITS))
    jacobian = step_jacobians(cell, trace)
    state = np.concatenate([np.ones(UNITS), np.zeros(UNITS * (len(cell.state_names) - 1))])
    for t in range(T - 1, -1, -1):
        state = state @ jacobian[t]
    initial = last.initial_state if len(cell.state_names) > 1 else (last.initial_state,)
    np.testing.assert_allclose(state, np.concatenate(initial), atol=1e-12)


# --- special cases ----------------------------------------------------------------------------------------


def as_lstm(cell, gates):
    """The LSTM with these layers, and 0 for those that the variant has not."""

    def spread(w):
        blocks = dict(zip(cell.gates, np.split(w, len(cell.gates), axis=-1), strict=True))
        return np.concatenate([blocks.get(gate, np.zeros_like(blocks["i"])) for gate in gates], axis=-1)

    return spread(cell.kernel), spread(cell.recurrent_kernel), spread(cell.bias)


seeds, sizes = st.integers(0, 1000), st.floats(0.1, 3)


@settings(max_examples=25)
@given(seeds, sizes)
def test_without_forget_gate_it_is_an_lstm_whose_forget_gate_stands_open(seed, size):
    cell = cell_of("NoForgetGate", seed)
    kernel, recurrent, bias = as_lstm(cell, "ifco")
    bias[UNITS : 2 * UNITS] = 100.0
    x = np.random.default_rng(seed).normal(size=(T, X)) * size
    lstm = LSTMCell(kernel, recurrent, bias).run(x)
    trace = cell.run(x)
    np.testing.assert_allclose(trace.h, lstm.h, atol=1e-12)
    np.testing.assert_allclose(trace.c, lstm.c, atol=1e-12)


@settings(max_examples=25)
@given(seeds, sizes)
def test_coupled_gates_are_an_lstm_with_f_of_1_minus_i(seed, size):
    cell = cell_of("CoupledGates", seed)
    # sigmoid(-z) is 1 - sigmoid(z): the forget gate has the input gate's weights with the other sign
    kernel, recurrent, bias = (np.array(w) for w in as_lstm(cell, "ifco"))
    for w in (kernel, recurrent, bias):
        w[..., UNITS : 2 * UNITS] = -w[..., :UNITS]
    x = np.random.default_rng(seed).normal(size=(T, X)) * size
    trace, lstm = cell.run(x), LSTMCell(kernel, recurrent, bias).run(x)
    np.testing.assert_allclose(trace.h, lstm.h, atol=1e-12)
    np.testing.assert_allclose(trace.c, lstm.c, atol=1e-12)
    assert np.abs(trace.c).max() <= 1  # a mean of what was there and the candidate


@settings(max_examples=25)
@given(seeds, sizes)
def test_without_output_gate_it_is_an_lstm_whose_output_gate_stands_open(seed, size):
    cell = cell_of("NoOutputGate", seed)
    kernel, recurrent, bias = as_lstm(cell, "ifco")
    bias[3 * UNITS :] = 100.0
    x = np.random.default_rng(seed).normal(size=(T, X)) * size
    np.testing.assert_allclose(cell.run(x).h, LSTMCell(kernel, recurrent, bias).run(x).h, atol=1e-12)


def test_without_input_activation_small_candidates_are_those_of_an_lstm_and_large_ones_are_not():
    cell = KINDS["NoInputActivation"].initialise(X, UNITS, seed=0)
    lstm, x = LSTMCell(*cell.weights), np.random.default_rng(0).normal(size=(T, X))
    np.testing.assert_allclose(cell.run(1e-4 * x).c_tilde, lstm.run(1e-4 * x).c_tilde, atol=1e-11)
    large = cell.run(5 * x)
    assert np.abs(large.c_tilde).max() > 1 and np.array_equal(large.c_tilde, large.z_c)


@settings(max_examples=25)
@given(seeds, sizes)
def test_peepholes_of_0_leave_an_lstm(seed, size):
    cell = cell_of("Peephole", seed)
    bias = np.array(cell.bias)
    bias[4 * UNITS :] = 0
    x = np.random.default_rng(seed).normal(size=(T, X)) * size
    lstm = LSTMCell(cell.kernel, cell.recurrent_kernel, bias[: 4 * UNITS]).run(x)
    blind, seeing = cell.replace(bias=bias).run(x), cell.run(x)
    np.testing.assert_allclose(blind.h, lstm.h, atol=1e-13)
    np.testing.assert_allclose(blind.c, lstm.c, atol=1e-13)
    assert np.abs(seeing.h - lstm.h).max() > 1e-6


def test_a_peephole_sees_behind_a_shut_output_gate():
    """h is 0 at every timestep, so an LSTM's gates can know nothing of c; here the forget gate follows it."""
    cell = cell_of("Peephole")
    bias = np.array(cell.bias)
    bias[3 * UNITS : 4 * UNITS], bias[6 * UNITS :] = -800.0, 0.0
    shut = cell.replace(bias=bias)
    x = np.zeros((2, T, X))
    trace = shut.run(x, [np.zeros((2, UNITS)), np.array([[0.0] * UNITS, [1.0] * UNITS])])
    assert not trace.h.any()
    p_f = cell.peepholes["f"]
    np.testing.assert_allclose(trace.z_f[1, 0] - trace.z_f[0, 0], p_f, atol=1e-12)


def test_an_irnn_is_a_simple_rnn_with_relu_that_begins_as_a_memory():
    cell = KINDS["IRNN"].initialise(X, UNITS, seed=4)
    x = np.random.default_rng(0).normal(size=(T, X))
    np.testing.assert_array_equal(cell.run(x).h, SimpleRNNCell(*cell.weights, activation="relu").run(x).h)
    np.testing.assert_array_equal(cell.recurrent_kernel, np.eye(UNITS))
    start = np.array([0.5, 1.0, 2.0, 0.0])
    np.testing.assert_array_equal(cell.run(np.zeros((50, X)), start).h[-1], start)


@settings(max_examples=25)
@given(seeds, sizes, st.integers(1, 40))
def test_a_minimal_gru_is_computed_for_all_timesteps_at_once(seed, size, timesteps):
    """Its h is a running sum of candidates, weighted by products of gates: no timestep waits for another."""
    cell = cell_of("MinGRU", seed)
    x = np.random.default_rng(seed).normal(size=(timesteps, X)) * size
    z, h_tilde = (x @ cell.kernel + cell.bias).reshape(timesteps, 2, UNITS).swapaxes(0, 1)
    z = 1 / (1 + np.exp(-z))
    log_kept = np.cumsum(np.log(z), axis=0)
    weights = np.tril(np.exp(log_kept[:, None] - log_kept[None]).transpose(2, 0, 1))  # (units, t, k): kept from k to t
    h = np.einsum("utk,ku->tu", weights, (1 - z) * h_tilde)
    np.testing.assert_allclose(cell.run(x).h, h, rtol=1e-9, atol=1e-12)


@settings(max_examples=25)
@given(seeds, sizes, st.integers(1, 40))
def test_a_minimal_lstm_is_computed_for_all_timesteps_at_once(seed, size, timesteps):
    cell = cell_of("MinLSTM", seed)
    x = np.random.default_rng(seed).normal(size=(timesteps, X)) * size
    f, i, h_tilde = (x @ cell.kernel + cell.bias).reshape(timesteps, 3, UNITS).swapaxes(0, 1)
    # log(f / (f + i)) from the pre-activations alone, as Feng et al. (2024) have it
    kept = -np.logaddexp(0, np.logaddexp(0, -f) - np.logaddexp(0, -i))
    log_kept = np.cumsum(kept, axis=0)
    weights = np.tril(np.exp(log_kept[:, None] - log_kept[None]).transpose(2, 0, 1))
    h = np.einsum("utk,ku->tu", weights, -np.expm1(kept) * h_tilde)
    np.testing.assert_allclose(cell.run(x).h, h, rtol=1e-9, atol=1e-12)


def test_a_minimal_lstm_with_open_forget_and_shut_input_gates_keeps_its_state():
    start = np.array([0.5, -1.0, 2.0, 0.0])
    held = KINDS["MinLSTM"].initialise(X, UNITS, f_bias=50.0, i_bias=-50.0)
    np.testing.assert_allclose(held.run(np.zeros((50, X)), start).h[-1], start, rtol=1e-15)
    shut = KINDS["MinLSTM"].initialise(X, UNITS, f_bias=-900.0, i_bias=-900.0)  # both are 0: nothing is kept
    trace = shut.run(np.random.default_rng(0).normal(size=(T, X)), start)
    np.testing.assert_array_equal(trace.h, trace.h_tilde)


def test_a_minimal_gated_unit_is_a_gru_whose_reset_gate_is_what_its_update_gate_leaves():
    cell = cell_of("MinimalGatedUnit")
    # sigmoid(-z) is 1 - sigmoid(z): the reset gate has the update gate's weights with the other sign
    spread = lambda w: np.concatenate([w[..., :UNITS], -w[..., :UNITS], w[..., UNITS:]], axis=-1)  # noqa: E731
    gru = GRUCell(*map(spread, cell.weights), reset_after=False)
    x = np.random.default_rng(0).normal(size=(2, T, X))
    trace, theirs = cell.run(x), gru.run(x)
    np.testing.assert_allclose(trace.h, theirs.h, atol=1e-13)
    np.testing.assert_allclose(trace.recurrent_h, theirs.recurrent_h, atol=1e-13)


def as_in_the_paper(cell, x, n, stabilised):
    """Beck et al. (2024), equations 8 to 17 with a sigmoid for the forget gate: c and n as they are, h = o * c / n."""
    h, c, n, m, found = np.zeros(UNITS), np.zeros(UNITS), np.full(UNITS, n), np.zeros(UNITS), []
    for x_t in x:
        z_i, z_f, z_c, z_o = np.split(x_t @ cell.kernel + h @ cell.recurrent_kernel + cell.bias, 4)
        f, o = 1 / (1 + np.exp(-z_f)), 1 / (1 + np.exp(-z_o))
        if stabilised:
            new = np.maximum(np.log(f) + m, z_i)
            i, f, m = np.exp(z_i - new), np.exp(np.log(f) + m - new), new
        else:
            i = np.exp(z_i)
        c, n = f * c + i * np.tanh(z_c), f * n + i
        h = o * c / n
        found.append(h)
    return np.array(found)


@settings(max_examples=25)
@given(seeds, sizes)
def test_an_slstm_is_that_of_the_paper_stabilised_or_not(seed, size):
    cell = cell_of("sLSTM", seed)
    x = np.random.default_rng(seed).normal(size=(T, X)) * size
    for n, start in ((1.0, None), (0.0, (np.zeros(UNITS), np.zeros(UNITS), np.full(UNITS, -1000.0)))):
        trace = cell.run(x, start)
        for stabilised in (False, True):
            np.testing.assert_allclose(trace.h, as_in_the_paper(cell, x, n, stabilised), rtol=1e-9, atol=1e-12)
        assert np.abs(trace.c).max() <= 1  # a weighted mean of candidates


def test_an_slstm_stays_finite_where_the_paper_needs_its_stabiliser():
    cell = cell_of("sLSTM")
    x = np.random.default_rng(0).normal(size=(200, X)) * 500
    with np.errstate(all="ignore"):
        assert not np.isfinite(as_in_the_paper(cell, x, 1.0, stabilised=False)).all()
    trace = cell.run(x)
    assert all(np.isfinite(getattr(trace, name)).all() for name in trace.names)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(trace.h, as_in_the_paper(cell, x, 1.0, stabilised=True), rtol=1e-6, atol=1e-9)


def test_an_exponential_input_gate_replaces_what_is_stored_whatever_was_written_before():
    """After 100 steps of i = 1 a single i = exp(10) makes all but the whole of c new; an LSTM's gate ends at 1."""
    held = KINDS["sLSTM"].initialise(1, 1, seed=0)
    kernel = np.array([[10.0, 0.0, 3.0, 0.0]])  # x = 1 asks for i = exp(10) and another candidate
    cell = held.replace(kernel=kernel, recurrent_kernel=np.zeros((1, 4)), bias=np.array([0.0, 50.0, -1.0, 0.0]))
    x = np.zeros((101, 1))
    x[-1] = 1
    trace = cell.run(x)
    assert trace.share[-2, 0] > 0.98 and trace.share[-1, 0] < 0.01
    np.testing.assert_allclose(trace.log_n[-2, 0], np.log(101), atol=1e-9)
    with pytest.raises(ValueError, match="recurrent_activation of an sLSTM must be 'sigmoid'; got 'tanh'"):
        held.replace(recurrent_activation="tanh")


def test_a_minimal_gru_is_a_gru_that_does_not_look_back():
    cell = cell_of("MinGRU")
    block = lambda w: np.concatenate([w[..., :UNITS], 0 * w[..., :UNITS], w[..., UNITS:]], axis=-1)  # noqa: E731
    kernel, recurrent, bias = map(block, cell.weights)
    gru = GRUCell(kernel, recurrent, bias, reset_after=False, activation="linear")
    x = np.random.default_rng(0).normal(size=(T, X))
    np.testing.assert_allclose(cell.run(x).h, gru.run(x).h, atol=1e-13)
    with pytest.raises(ValueError, match="recurrent_kernel of a MinGRU must be zero"):
        cell.replace(recurrent_kernel=np.ones_like(cell.recurrent_kernel))


def test_the_number_of_parameters():
    own = UNITS * (UNITS + X + 1)
    counts = {kind: KINDS[kind].initialise(X, UNITS).parameters for kind in VARIANTS}
    assert counts == {
        "NoForgetGate": 3 * own,
        "CoupledGates": 3 * own,
        "NoOutputGate": 3 * own,
        "NoInputActivation": 4 * own,
        "Peephole": 4 * own + 3 * UNITS,
        "IRNN": own,
        "MinGRU": 2 * UNITS * (X + 1),
        "MinLSTM": 3 * UNITS * (X + 1),
        "MinimalGatedUnit": 2 * own,
        "sLSTM": 4 * own,
    }


def test_a_bias_is_set_by_the_name_of_its_layer():
    cell = KINDS["NoForgetGate"].initialise(X, UNITS, i_bias=-2.0)
    np.testing.assert_array_equal(cell.bias.reshape(3, UNITS)[0], -2.0)
    np.testing.assert_array_equal(KINDS["NoOutputGate"].initialise(X, UNITS).bias.reshape(3, UNITS)[1], 1.0)
    with pytest.raises(TypeError, match=r"takes i_bias, c_bias, o_bias; got f_bias"):
        KINDS["NoForgetGate"].initialise(X, UNITS, f_bias=1.0)


# --- everything takes them --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", VARIANTS)
def test_every_view_takes_them(kind):
    cell = cell_of(kind)
    x = np.random.default_rng(2).normal(size=(T, X))
    trace = cell.run(x)
    view = explore(trace, cell=cell)
    assert view.trace is trace and kind in repr(view)
    assert chain(trace).steps == diagram(trace).steps == equations(trace).steps
    compare(trace, LSTMCell.initialise(X, 5).run(x))
    explore(LSTMCell.initialise(X, 5).run(x)).show(trace)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("kind", VARIANTS)
def test_the_equations_hold_and_the_page_says_where_rounding_shows(kind, known):
    cell = cell_of(kind)
    trace = cell.run(np.random.default_rng(2).normal(size=(T, X)))
    live = equations(trace, cell=cell if known else None, digits=6)
    links = [name for name in live.quantities if name[-2:-1] == "."]
    assert links
    for name in links:
        assert (live.quantities[name] != RELATIONS.index("≠")).all(), name


@pytest.mark.parametrize("kind", VARIANTS)
def test_they_learn(kind):
    options = {"scale": 0.1} if kind == "IRNN" else {}
    cells = [KINDS[kind].initialise(2, 8, seed=seed, dtype=np.float32, **options) for seed in (0, 1)]
    models = train(cells, MarkedRecall(2), seeds=[0, 1], learning_rate=0.03, updates=600)
    assert max(model.score for model in models) > 0.9
    if not KINDS[kind].reads_h:
        assert not models[0].cell.recurrent_kernel.any()


def test_a_sweep_takes_them_by_name():
    cells = {kind: Recipe(kind=kind, learning_rate=0.01) for kind in VARIANTS}
    found = lag_sweep(MarkedRecall(1), cells, [2], [0], updates=2, n_jobs=1)
    assert {run.cell for run in found.runs} == set(VARIANTS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", ["x", -1, None, {"a": 1}])
def test_what_is_no_seed_is_refused_in_a_sentence_and_a_generator_is_one(kind, seed):
    with pytest.raises(ValueError, match="seed must be a whole number of at least 0"):
        KINDS[kind].initialise(2, 3, seed)
    KINDS[kind].initialise(2, 3, np.random.default_rng(3))


@pytest.mark.parametrize("seed", [set(), [1, 2]])
def test_several_numbers_are_a_seed_of_every_kind(seed):
    for kind in KINDS:
        one, other = (KINDS[kind].initialise(2, 3, seed) for _ in range(2))
        assert all(np.array_equal(a, b) for a, b in zip(one.weights, other.weights, strict=True)), kind
