"""What no cell can use is refused in a sentence; a trace knows its cell."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from lstm_viz import cells
from lstm_viz.cells import ACTIVATIONS, GRUCell, LSTMCell, Overflow, SimpleRNNCell, hard_sigmoid, sigmoid, stack
from lstm_viz.cells.made_by import made_by

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
