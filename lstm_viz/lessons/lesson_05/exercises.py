"""Exercises of lesson 05, gradient flow."""

import numpy as np

from lstm_viz.cells import LSTMCell, SimpleRNNCell
from lstm_viz.exercises import Exercise, register
from lstm_viz.exercises.answers import array, cell, close, function, number
from lstm_viz.learning.gradients import backward, cell_path
from lstm_viz.lessons.lesson_05.predictions import PREDICTIONS

# --- 05.1 -------------------------------------------------------------------------------------------------

_U = np.array([[0.5, -1.0], [2.0, 0.4]])
_H = np.array([0.6, -0.8])


def _check_jacobian(jacobian):
    slope = 1 - _H**2
    right = slope[:, None] * _U.T
    usual = [
        (right.T, "This is the transpose: rows are what comes out (h_t), columns what went in (h_tm1)."),
        (_U.T, "The slope of the tanh is missing: each row is multiplied by 1 - h_t ** 2 of its unit."),
        (_U, "The slope of the tanh is missing; and rows must be what comes out, so it is U.T that the slope scales."),
        (_U.T * slope, "The slope belongs to what comes out, so it multiplies rows, not columns."),
        (_U * slope[:, None], "The matrix must be U.T: h_t[0] sees h_tm1 through the first column of U."),
        ((1 - _H)[:, None] * _U.T, "The slope of tanh is 1 - h_t ** 2: the square is missing."),
    ]
    if not close(jacobian, right, 2e-3):
        for value, why in usual:
            if close(jacobian, value, 2e-3):
                yield why
        if close(jacobian, right, 1e-2):
            yield "Right but for rounding: give three decimals, such as 0.144 where 0.14 stands."
        yield "Entry [i, j] is by how much h_t[i] moves when h_tm1[j] moves: (1 - h_t[i] ** 2) * U[j, i]."


_jacobian = Exercise(
    name="05.1",
    prompt="A SimpleRNN of two units has the recurrent kernel U = [[0.5, -1.0], [2.0, 0.4]], and h_t came out as "
    "[0.6, -0.8]. What is the Jacobian of this step, dh_t / dh_tm1, with rows for what comes out?",
    answer=array(2, 2),
    check=_check_jacobian,
    hints=[
        "h_t = tanh(h_tm1 @ U + ...). First the matrix without tanh, then what tanh does to each row.",
        "np.diag(1 - h_t ** 2) @ U.T",
    ],
    solution="""
        U, h_t = np.array([[0.5, -1.0], [2.0, 0.4]]), np.array([0.6, -0.8])
        np.diag(1 - h_t**2) @ U.T
    """,
    right=["[[0.32, 1.28], [-0.36, 0.144]]"],
    wrong=[
        ("[[0.32, -0.36], [1.28, 0.144]]", "transpose"),
        ("[[0.5, 2.0], [-1.0, 0.4]]", "slope of the tanh is missing"),
        ("[[0.5, -1.0], [2.0, 0.4]]", "U.T that the slope scales"),
        ("np.array([[0.5, 2.0], [-1.0, 0.4]]) * [0.64, 0.36]", "multiplies rows, not columns"),
        ("np.array([[0.5, -1.0], [2.0, 0.4]]) * [[0.64], [0.36]]", "must be U.T"),
        ("np.array([[0.5, 2.0], [-1.0, 0.4]]) * [[0.4], [1.8]]", "square is missing"),
        ("[[0.32, 1.28], [-0.36, 0.14]]", "Right but for rounding"),
        ("np.eye(2)", "Entry [i, j]"),
        ("[0.32, 0.144]", "shape"),
    ],
    remark="Its spectral radius tells how it stretches in the long run; a saturated unit (h near 1) has a row near 0.",
)


# --- 05.2 -------------------------------------------------------------------------------------------------


def _check_radius(radius):
    left = abs(radius) ** 100
    if 0.45 <= left <= 0.55 and radius > 0:
        return
    if radius < 0:
        yield "A spectral radius is a length, so it is not negative."
    if close(radius, 0.5, 1e-9):
        yield f"At every step half would go: after 100 steps {left:.0e} is left."
    if close(radius, 0.5 / 100, 1e-9) or close(radius, 1 - 0.5 / 100, 1e-9):
        yield "Steps multiply, they do not add up: look for the number whose 100th power is 0.5."
    if close(radius, 2 ** (1 / 100), 1e-4):
        yield "This one doubles over 100 steps; the gradient is to be halved."
    yield f"Over 100 steps this makes radius ** 100 = {left:.2g}; it is to be 0.5."


_radius = Exercise(
    name="05.2",
    prompt="An orthogonal recurrent matrix is scaled to a spectral radius, and there is no tanh. Which radius leaves "
    "half of the gradient at lag 100?",
    answer=number(),
    check=_check_radius,
    hints=["Every step multiplies the length of the gradient by the radius.", "radius ** 100 = 0.5, so a 100th root."],
    solution="0.5 ** (1 / 100)",
    right=["0.9931", "np.exp(np.log(0.5) / 100)"],
    wrong=[
        ("0.5", "half would go"),
        ("0.995", "do not add up"),
        ("2 ** (1 / 100)", "doubles"),
        ("0.9", "it is to be 0.5"),
        ("-0.9931", "not negative"),
    ],
    remark="0.993 is fine, 0.95 leaves 0.6 %, 1.05 makes it 130 times longer: a knife edge, before any tanh.",
)


# --- 05.3 -------------------------------------------------------------------------------------------------


def _check_backward(go_back):
    for seed, (timesteps, units) in enumerate(((4, 3), (7, 2), (1, 3))):
        rng = np.random.default_rng(seed)
        rnn = SimpleRNNCell(rng.normal(size=(2, units)), rng.normal(size=(units, units)), rng.normal(size=units))
        trace, dh = rnn.run(rng.normal(size=(timesteps, 2))), rng.normal(size=units)
        right = backward(rnn, trace, dh).h
        got = go_back(trace.h, dh, np.array(rnn.recurrent_kernel))
        if got.shape != right.shape:
            yield f"It should return one row per timestep, shape {right.shape}; it returns shape {got.shape}."
            return
        if close(got, right, 1e-6):
            continue
        slope, u = 1 - trace.h**2, rnn.recurrent_kernel
        usual = [
            (_recursion(dh, slope, u.T), "The order of the first two factors is right, but it must be U.T, not U."),
            (_recursion(dh, np.ones_like(slope), u), "The slope 1 - h ** 2 of each step is missing."),
            (
                _recursion(dh, np.roll(slope, 1, axis=0), u),
                "From t to t-1 it is the slope at t that counts, not at t-1.",
            ),
        ]
        if close(got[::-1], right, 1e-6):
            yield "The rows are in the wrong order: row t belongs to timestep t, so the last row is dh itself."
        for value, why in usual:
            if close(got, value, 1e-6):
                yield why
        if not close(got[-1], dh, 1e-6):
            yield "The last row must be dh itself: nothing lies between the last h and the loss."
        yield "From row t to row t-1: times 1 - h[t] ** 2, unit by unit, then @ recurrent_kernel.T."
        return


def _recursion(dh, slope, u):
    rows = [dh]
    for t in range(len(slope) - 1, 0, -1):
        rows.insert(0, (rows[0] * slope[t]) @ u.T)
    return np.array(rows)


_backward = Exercise(
    name="05.3",
    prompt="Write backpropagation through time for a SimpleRNN: from h (timesteps, units) and dh, the gradient of the "
    "loss by the last h, return dL/dh_t for every t, (timesteps, units).",
    answer=function("h, dh, recurrent_kernel", returns=array()),
    check=_check_backward,
    hints=[
        "Begin with the last row, which is dh, and go down to t = 1; each row comes from the one after it.",
        "row[t - 1] = (row[t] * (1 - h[t] ** 2)) @ recurrent_kernel.T",
    ],
    solution="""
        def go_back(h, dh, recurrent_kernel):
            rows = np.zeros_like(h)
            rows[-1] = dh
            for t in range(len(h) - 1, 0, -1):
                rows[t - 1] = (rows[t] * (1 - h[t] ** 2)) @ recurrent_kernel.T
            return rows
    """,
    right=[
        """
        def with_jacobians(h, dh, recurrent_kernel):
            rows = [dh]
            for h_t in h[:0:-1]:
                rows.append(rows[-1] @ np.diag(1 - h_t**2) @ recurrent_kernel.T)
            return rows[::-1]
        """
    ],
    wrong=[
        (
            """
            def f(h, dh, U):
                rows = np.zeros_like(h)
                rows[-1] = dh
                for t in range(len(h) - 1, 0, -1):
                    rows[t - 1] = (rows[t] * (1 - h[t] ** 2)) @ U
                return rows
            """,
            "must be U.T",
        ),
        (
            """
            def f(h, dh, U):
                rows = np.zeros_like(h)
                rows[-1] = dh
                for t in range(len(h) - 1, 0, -1):
                    rows[t - 1] = rows[t] @ U.T
                return rows
            """,
            "slope 1 - h ** 2 of each step is missing",
        ),
        (
            """
            def f(h, dh, U):
                rows = np.zeros_like(h)
                rows[-1] = dh
                for t in range(len(h) - 1, 0, -1):
                    rows[t - 1] = (rows[t] * (1 - h[t - 1] ** 2)) @ U.T
                return rows
            """,
            "slope at t that counts",
        ),
        (
            """
            def f(h, dh, U):
                rows = [dh]
                for h_t in h[:0:-1]:
                    rows.append(rows[-1] * (1 - h_t**2) @ U.T)
                return rows
            """,
            "wrong order",
        ),
        ("lambda h, dh, U: np.zeros_like(h)", "last row must be dh"),
        ("lambda h, dh, U: dh", "one row per timestep"),
        ("lambda h, dh, U: h * 0 + dh", "From row t to row t-1"),
    ],
    remark="This is what the package does, and what TensorFlow's tape arrives at: the tests compare all three.",
)


# --- 05.4 -------------------------------------------------------------------------------------------------


def _check_gate(lstm):
    zeros, once = np.zeros((101, 1)), np.zeros((101, 1))
    once[50] = 1.0
    keeps = float(cell_path(lstm.run(zeros))[0, 0])
    cut = float(cell_path(lstm.run(once))[0, 0])
    if keeps < 0.5:
        yield (
            f"With inputs of 0 the direct path over 100 steps is {keeps:.1e}: the forget gate must stand closer to 1 "
            "there, which its bias decides."
        )
    if cut > 0.01:
        yield (
            f"With a single input of 1 the path is still {cut:.2f}: the forget gate must close at that step, which its "
            "weight in the kernel decides."
        )


_gate = Exercise(
    name="05.4",
    prompt="Make an LSTMCell of one unit and one input whose direct cell path over 100 steps is at least 0.5 as long "
    "as all inputs are 0, and at most 0.01 if a single one of them is 1.",
    answer=cell(LSTMCell, input_dim=1, units=1),
    check=_check_gate,
    hints=[
        "The direct path is the product of the forget gates. The blocks are i, f, c, o: f is the second.",
        "f = sigmoid(kernel * x + bias): a large bias (6) for x = 0, and a kernel that overrules it for x = 1.",
    ],
    solution="LSTMCell(kernel=[[0, -15, 0, 0]], recurrent_kernel=[[0, 0, 0, 0]], bias=[0, 6, 0, 0])",
    right=["LSTMCell([[1, -30, 1, 1]], [[0.1, 0.1, 0.1, 0.1]], [0, 9, 0, 0])"],
    wrong=[
        ("LSTMCell.initialise(1, 1)", "closer to 1"),
        ("LSTMCell([[0, 0, 0, 0]], [[0, 0, 0, 0]], [0, 6, 0, 0])", "must close at that step"),
        ("LSTMCell([[0, -15, 0, 0]], [[0, 0, 0, 0]], [6, 0, 0, 0])", "closer to 1"),
        ("SimpleRNNCell.initialise(1, 1)", "LSTMCell"),
        ("LSTMCell.initialise(1, 2)", "units"),
    ],
    remark="Let through for 100 steps, and stopped where the input says so: no fixed matrix does that.",
)


# --- 05.5 -------------------------------------------------------------------------------------------------


def _check_clip(clip):
    rng = np.random.default_rng(0)
    for length in (0.2, 1.0, 7.0, 1e6):
        gradient = rng.normal(size=(3, 4))
        gradient *= length / np.linalg.norm(gradient)
        for limit in (1.0, 5.0):
            got = clip(gradient, limit)
            if got.shape != gradient.shape:
                yield f"It should return an array of the same shape {gradient.shape}; it returns {got.shape}."
                return
            norm = float(np.linalg.norm(got))
            if close(got, gradient * min(1.0, limit / length), 1e-6 * max(1.0, limit)):
                continue
            if length <= limit:
                yield f"A gradient of norm {length:g} is within the limit {limit:g} and must be left as it is."
            if close(got, np.clip(gradient, -limit, limit), 1e-9):
                yield "This clips every entry by itself, which turns the gradient; scale all of them by one factor."
            if norm > limit * (1 + 1e-6):
                yield f"The norm of what comes out is {norm:.3g}, above the limit {limit:g}."
            yield "What comes out must point the way of the gradient and have a norm of exactly the limit."
            return


_clip = Exercise(
    name="05.5",
    prompt="Write clipping by norm: a gradient whose norm is above `limit` is scaled down to that norm, "
    "any other is left as it is.",
    answer=function("gradient, limit", returns=array()),
    check=_check_clip,
    hints=[
        "np.linalg.norm(gradient) is its length over all entries.",
        "One factor for all entries: limit / norm where the norm is above the limit, else 1.",
    ],
    solution="""
        def clip(gradient, limit):
            return gradient * min(1.0, limit / np.linalg.norm(gradient))
    """,
    right=["lambda gradient, limit: gradient * limit / max(np.sqrt((gradient**2).sum()), limit)"],
    wrong=[
        ("lambda g, limit: np.clip(g, -limit, limit)", "clips every entry by itself"),
        ("lambda g, limit: g / np.linalg.norm(g) * limit", "must be left as it is"),
        ("lambda g, limit: g", "above the limit"),
        ("lambda g, limit: g / max(1.0, np.linalg.norm(g))", "exactly the limit"),
        ("lambda g, limit: g.sum()", "same shape"),
    ],
    remark="It cures the exploding side alone: there is no factor that brings back a direction that has vanished.",
)


EXERCISES = [_jacobian, _radius, _backward, _gate, _clip]

register("05", *EXERCISES, *PREDICTIONS)
