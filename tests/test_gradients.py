"""Gradients against finite differences, and against what the mathematics says of them (TensorFlow: *_keras.py)."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lstm_viz.cells import ACTIVATIONS, GRUCell, LSTMCell, SimpleRNNCell, back, stack
from lstm_viz.learning.gradients import (
    backward,
    cell_path,
    norms_by_lag,
    reach,
    spectral_norm,
    spectral_radius,
    step_jacobians,
)
from lstm_viz.learning.tasks import MarkedRecall

CELLS = {
    "SimpleRNN": (SimpleRNNCell, {}),
    "SimpleRNN relu": (SimpleRNNCell, {"activation": "relu"}),
    "LSTM": (LSTMCell, {}),
    "LSTM others": (LSTMCell, {"activation": "linear", "recurrent_activation": "hard_sigmoid"}),
    "GRU": (GRUCell, {}),
    "GRU reset_before": (GRUCell, {"reset_after": False}),
    "GRU others": (GRUCell, {"activation": "relu", "recurrent_activation": "hard_sigmoid"}),
}


def random_cell(name, input_dim=3, units=4, seed=0):
    make, options = CELLS[name]
    cell = make.initialise(input_dim, units, seed=seed, **options)
    return cell.replace(bias=0.3 * np.random.default_rng(seed).normal(size=cell.bias.shape))


def random_state(cell, lead, rng):
    parts = tuple(rng.normal(size=(*lead, cell.units)) for _ in cell.state_names)
    return parts if len(parts) > 1 else parts[0]


def numerical(f, at, step=1e-6):
    """Central differences of a number f by every entry of `at`."""
    gradient = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        moved = at.copy()
        moved[index] += step
        above = f(moved)
        moved[index] -= 2 * step
        gradient[index] = (above - f(moved)) / (2 * step)
    return gradient


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", CELLS)
def test_every_gradient_is_the_finite_difference(name, masked):
    rng = np.random.default_rng(3)
    cell, lead, timesteps = random_cell(name), (2,), 6
    x, weigh = rng.normal(size=(*lead, timesteps, 3)), rng.normal(size=(*lead, timesteps, 4))
    state = random_state(cell, lead, rng)
    mask = rng.random((*lead, timesteps)) < 0.7 if masked else None

    def loss(cell=cell, x=x, state=state):
        return float((cell.run(x, state, mask=mask).h * weigh).sum())

    gradients = backward(cell, cell.run(x, state, mask=mask), weigh)
    for weight, gradient in zip(("kernel", "recurrent_kernel", "bias"), gradients.weights, strict=True):
        by_difference = numerical(lambda w, n=weight: loss(cell.replace(**{n: w})), np.array(getattr(cell, weight)))
        np.testing.assert_allclose(gradient, by_difference, atol=2e-8, err_msg=weight)
    np.testing.assert_allclose(gradients.x, numerical(lambda v: loss(x=v), x), atol=2e-8)
    if isinstance(state, tuple):
        by_difference = [
            numerical(lambda v: loss(state=(v, state[1])), state[0]),
            numerical(lambda v: loss(state=(state[0], v)), state[1]),
        ]
        np.testing.assert_allclose(gradients.initial_state, by_difference, atol=2e-8)
    else:
        np.testing.assert_allclose(gradients.initial_state, numerical(lambda v: loss(state=v), state), atol=2e-8)


@pytest.mark.parametrize("name", CELLS)
def test_the_gradient_of_a_state_is_that_of_beginning_there(name):
    """dL/dh_t, less what the loss says of h_t itself, is the initial-state gradient of the rest of the run."""
    rng = np.random.default_rng(4)
    cell = random_cell(name)
    x, weigh = rng.normal(size=(7, 3)), rng.normal(size=(7, 4))
    trace = cell.run(x)
    whole = backward(cell, trace, weigh)
    for t in range(6):
        rest = backward(cell, cell.run(x[t + 1 :], trace[t].state), weigh[t + 1 :]).initial_state
        h_part = rest[0] if isinstance(rest, tuple) else rest
        np.testing.assert_allclose(whole.h[t] - weigh[t], h_part, atol=1e-13)
    np.testing.assert_allclose(whole.h[-1], weigh[-1], atol=1e-13)


def test_the_gradient_of_the_cell_state_is_both_its_paths():
    """dL/dc_t = dL/dh_t * o_t * (1 - tanh(c_t)^2) + dL/dc_tp1 * f_tp1."""
    cell = random_cell("LSTM")
    trace = cell.run(np.random.default_rng(0).normal(size=(2, 8, 3)))
    g = backward(cell, trace, 1.0)
    by_h = g.h * trace.o * (1 - np.tanh(trace.c) ** 2)
    np.testing.assert_allclose(g.c[:, -1], by_h[:, -1], atol=1e-14)
    np.testing.assert_allclose(g.c[:, :-1], by_h[:, :-1] + g.c[:, 1:] * trace.f[:, 1:], atol=1e-14)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", CELLS)
def test_step_jacobians_are_finite_differences_and_multiply_to_the_gradient(name, masked):
    rng = np.random.default_rng(5)
    cell, timesteps = random_cell(name), 5
    x = rng.normal(size=(2, timesteps, 3))
    mask = rng.random((2, timesteps)) < 0.6 if masked else None
    trace = cell.run(x, random_state(cell, (2,), rng), mask=mask)
    jacobians = step_jacobians(cell, trace)
    parts = len(cell.state_names)
    n = 4 * parts
    assert jacobians.shape == (2, timesteps, n, n)

    def after(flat, b, t):
        state = tuple(flat[k * 4 : (k + 1) * 4] for k in range(parts))
        m = None if mask is None else mask[b, t : t + 1]
        state = cell.run(x[b, t : t + 1], state if parts > 1 else state[0], mask=m).state
        return np.concatenate(state) if parts > 1 else state

    for b, t in ((0, 0), (1, 2), (0, 4)):
        before = [trace.h_tm1[b, t], trace.c_tm1[b, t]] if parts > 1 else [trace.h_tm1[b, t]]
        before = np.concatenate(before)
        rows = [numerical(lambda v, i=i, b=b, t=t: after(v, b, t)[i], before) for i in range(n)]
        np.testing.assert_allclose(jacobians[b, t], rows, atol=2e-8)

    last = backward(cell, trace, 1.0)
    row = np.concatenate([np.ones(4), np.zeros(n - 4)])
    product = np.stack([np.linalg.multi_dot([row, *jacobians[b, ::-1]]) for b in range(2)])
    initial = np.concatenate(last.initial_state, axis=-1) if parts > 1 else last.initial_state
    np.testing.assert_allclose(product, initial, atol=1e-13)


def test_a_stack_and_a_batch_give_what_each_gives_alone():
    rng = np.random.default_rng(1)
    cells = [random_cell("LSTM", seed=s) for s in range(3)]
    x, dh = rng.normal(size=(3, 5, 9, 3)), rng.normal(size=(3, 5, 9, 4))
    together = backward(stack(cells), stack(cells).run(x), dh)
    for k, cell in enumerate(cells):
        alone = backward(cell, cell.run(x[k]), dh[k])
        np.testing.assert_allclose(together.h[k], alone.h, atol=1e-14)
        np.testing.assert_allclose(together.x[k], alone.x, atol=1e-14)
        for a, b in zip(together.weights, alone.weights, strict=True):
            np.testing.assert_allclose(a[k], b, atol=1e-12)
        summed = [backward(cell, cell.run(x[k, b]), dh[k, b]).weights for b in range(5)]
        for whole, parts in zip(alone.weights, zip(*summed, strict=True), strict=True):
            np.testing.assert_allclose(whole, sum(parts), atol=1e-12)


def test_long_runs_cross_the_borders_of_the_chunks(monkeypatch):
    """The same gradient however many steps' local derivatives are computed at once."""
    rng = np.random.default_rng(2)
    for name in CELLS:
        cell = random_cell(name, units=5)
        cell = cell.replace(recurrent_kernel=0.5 * cell.recurrent_kernel)
        x = 0.5 * rng.normal(size=(3, 700, 3))
        in_chunks = backward(cell, cell.run(x), 1.0)
        monkeypatch.setattr(back, "_CHUNK", 1)
        one_by_one = backward(cell, cell.run(x), 1.0)
        monkeypatch.undo()
        np.testing.assert_array_equal(one_by_one.x, in_chunks.x)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_derivatives_of_the_activations(name):
    z = np.linspace(-4.03, 4.01, 200)
    f, d = ACTIVATIONS[name], ACTIVATIONS[name].derivative
    np.testing.assert_allclose(d(f(z)), (f(z + 1e-6) - f(z - 1e-6)) / 2e-6, atol=1e-8)
    out = np.empty_like(z)
    assert d(f(z), out=out) is out
    np.testing.assert_array_equal(out, d(f(z)))


def test_cell_path_is_the_product_of_the_forget_gates():
    cell = LSTMCell.initialise(2, 3, seed=1)
    trace = cell.run(np.random.default_rng(0).normal(size=(2, 6, 2)))
    path = cell_path(trace)
    for t in range(6):
        np.testing.assert_allclose(path[:, t], trace.f[:, t + 1 :].prod(axis=1), rtol=1e-14)
    # with no recurrent weights the direct path is the only one between cell states
    no_recurrence = cell.replace(recurrent_kernel=np.zeros_like(cell.recurrent_kernel))
    trace = no_recurrence.run(np.random.default_rng(0).normal(size=(6, 2)))
    g = backward(no_recurrence, trace, 1.0)
    np.testing.assert_allclose(g.c, g.c[-1] * cell_path(trace), rtol=1e-12)


def test_cell_path_passes_skipped_steps():
    mask = np.array([True, False, True, True])
    trace = LSTMCell.initialise(2, 3).run(np.ones((4, 2)), mask=mask)
    np.testing.assert_allclose(cell_path(trace)[0], trace.f[2] * trace.f[3])


def test_norms_by_lag():
    gradient = np.array([[3.0, 4.0], [0.0, 0.0], [6.0, 8.0]])
    np.testing.assert_allclose(norms_by_lag(gradient), [10, 0, 5])
    np.testing.assert_allclose(norms_by_lag(gradient, relative=True), [1, 0, 0.5])
    assert np.isnan(norms_by_lag(gradient[:2], relative=True)).all()
    tiny = np.full((2, 4), 1e-30, np.float32)
    np.testing.assert_allclose(norms_by_lag(tiny), 2e-30, rtol=1e-6)


def test_spectral_radius_and_norm():
    rotation = np.array([[0.0, -1.0], [1.0, 0.0]])
    shear = np.array([[1.0, 5.0], [0.0, 0.5]])
    np.testing.assert_allclose(spectral_radius([rotation, shear]), [1, 1])
    np.testing.assert_allclose(spectral_norm(rotation), 1)
    assert spectral_norm(shear) > 5
    scaled = SimpleRNNCell.initialise(2, 8, recurrent="normal", spectral_radius=1.3)
    np.testing.assert_allclose(spectral_radius(scaled.recurrent_kernel), 1.3)


def test_a_linear_orthogonal_network_neither_loses_nor_gains():
    cell = SimpleRNNCell.initialise(2, 8, activation="linear")
    g = backward(cell, cell.run(np.ones((50, 2))), 1.0)
    np.testing.assert_allclose(norms_by_lag(g.h, relative=True), 1.0, rtol=1e-12)


@pytest.mark.parametrize("radius", [0.5, 0.9, 1.0, 1.1])
def test_a_linear_network_decays_as_its_spectral_radius(radius):
    """Pascanu et al. (2013), section 2.1: in the long run the largest eigenvalue alone decides."""
    cell = SimpleRNNCell.initialise(2, 8, activation="linear", recurrent="normal", spectral_radius=radius)
    norms = norms_by_lag(backward(cell, cell.run(np.ones((400, 2))), 1.0).h)
    growth = (norms[390] / norms[90]) ** (1 / 300)
    np.testing.assert_allclose(growth, radius, rtol=0.01)


def test_the_default_lstm_loses_its_gradient_faster_than_the_default_simple_rnn():
    """The picture at initialisation on marked recall, T = 200 and 64 units: neither cell is spared, the LSTM least."""
    rng = np.random.default_rng(0)
    x, _ = MarkedRecall(lag=199).batch(rng, 32)
    curves = {}
    for make in (SimpleRNNCell, LSTMCell):
        cell = make.initialise(2, 64, seed=0)
        g = backward(cell, cell.run(x), rng.normal(size=(32, 64)))
        curves[make.kind] = norms_by_lag(g.h, relative=True).mean(axis=0)
    assert curves["LSTM"][1] < 0.3 < 0.7 < curves["SimpleRNN"][1]
    assert (curves["LSTM"][1:] < curves["SimpleRNN"][1:]).all()
    assert curves["LSTM"][100] < 1e-7 < 1e-6 < curves["SimpleRNN"][100] < 1e-2


def test_float32_stays_float32():
    for name in CELLS:
        cell = random_cell(name).astype(np.float32)
        g = backward(cell, cell.run(np.ones((5, 3), np.float32)), np.ones(4, np.float32))
        assert {a.dtype for a in (g.h, g.x, *g.weights)} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c, t: backward(c, t, np.ones((3, 4))), r"dh must have shape \(2, 6, 4\), or \(2, 4\)"),
        (lambda c, t: backward(c, t, np.nan), "dh must hold finite numbers"),
        (lambda c, t: backward(c, t[0], 1.0), "trace must be of a whole run"),
        (lambda c, t: backward(LSTMCell.initialise(3, 5), t, 1.0), "trace must come from this cell"),
        (lambda c, t: backward(GRUCell.initialise(3, 4), t, 1.0), "trace must come from this cell"),
        (lambda c, t: step_jacobians(stack([c, c]), stack([c, c]).run(np.ones((2, 2, 6, 3)))), "a single cell"),
        (lambda c, t: cell_path(SimpleRNNCell.initialise(3, 4).run(np.ones((6, 3)))), "trace of an LSTM"),
        (lambda c, t: norms_by_lag([1.0, 2.0]), r"shape \(\.\.\., timesteps, n\)"),
        (lambda c, t: spectral_radius(np.ones((2, 3))), "must be square"),
    ],
)
def test_bad_input(call, message):
    cell = random_cell("LSTM")
    trace = cell.run(np.ones((2, 6, 3)))
    with pytest.raises(ValueError, match=message):
        call(cell, trace)


@pytest.mark.parametrize("name", CELLS)
def test_a_trace_with_changed_or_chosen_values_gives_its_own_gradients(name):
    """What the loop left behind is read only for the very trace that it made."""
    cell = random_cell(name)
    trace = cell.run(np.random.default_rng(0).normal(size=(3, 6, 3)))
    fresh = backward(cell, trace, 1.0)
    copied = backward(cell, dataclasses.replace(trace), 1.0)
    chosen = backward(cell, trace.select(1), 1.0)
    np.testing.assert_array_equal(fresh.x, copied.x)
    np.testing.assert_allclose(chosen.x, fresh.x[1], atol=1e-14)
    halved = backward(cell, dataclasses.replace(trace, h=0.5 * trace.h), 1.0)
    assert not np.allclose(halved.weights[1], fresh.weights[1])


@pytest.mark.parametrize("name", CELLS)
def test_reach_is_the_gradient_of_every_reading(name):
    cell = random_cell(name)
    rng = np.random.default_rng(8)
    x, direction = rng.normal(size=(6, 3)), rng.normal(size=4)
    by_state, by_input = reach(cell, x, direction)
    assert by_state.shape == by_input.shape == (6, 6)
    for t in range(6):
        g = backward(cell, cell.run(x[: t + 1]), direction)
        remembers_in = g.c if name.startswith("LSTM") else g.h
        assert g.memory is remembers_in
        np.testing.assert_allclose(by_state[t, : t + 1], np.linalg.norm(remembers_in, axis=-1), atol=1e-13)
        np.testing.assert_allclose(by_input[t, : t + 1], np.linalg.norm(g.x, axis=-1), atol=1e-13)
        assert not by_state[t, t + 1 :].any() and not by_input[t, t + 1 :].any()
    with pytest.raises(ValueError, match="one sequence"):
        reach(cell, x[None])
    with pytest.raises(ValueError, match="direction must be"):
        reach(cell, x, np.ones(3))


@pytest.mark.parametrize("name", CELLS)
def test_the_trace_of_another_cell_is_refused(name):
    """Other weights of the same shape gave gradients that were wrong by more than 100 %, without a word."""
    cell = random_cell(name)
    trace = cell.run(np.ones((6, 3)))
    others = [cell.replace(bias=cell.bias + 0.1), cell.replace(activation="sigmoid")]
    if "GRU" in name:
        others.append(type(cell)(cell.kernel, cell.recurrent_kernel, reset_after=not cell.reset_after))
    for other in others:
        for call in (lambda c: backward(c, trace, 1.0), lambda c: step_jacobians(c, trace)):
            with pytest.raises(ValueError, match="trace must come from this cell"):
                call(other)
    same = cell.replace(bias=cell.bias.copy())
    np.testing.assert_array_equal(backward(same, trace, 1.0).x, backward(cell, trace, 1.0).x)
    for nothing in (None, "trace", trace[0], np.ones(3)):
        with pytest.raises((ValueError, TypeError), match="trace must be"):
            backward(cell, nothing, 1.0)
        with pytest.raises((ValueError, TypeError), match="trace must be"):
            cell_path(nothing)
