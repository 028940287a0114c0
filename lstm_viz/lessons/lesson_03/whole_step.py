"""Exercise 03.2, the whole step of an LSTM, and what usually goes wrong in it."""

from itertools import permutations

import numpy as np

from lstm_viz.cells import LSTMCell, sigmoid
from lstm_viz.exercises import Exercise
from lstm_viz.exercises.answers import array, close, function, several


def _check_step(lstm_step):
    rng = np.random.default_rng(0)
    for units in (3, 1):
        kernel, recurrent_kernel, bias = (
            rng.standard_normal(s) for s in ((2, 4 * units), (units, 4 * units), 4 * units)
        )
        x_t = rng.standard_normal(2)
        h_tm1, c_tm1 = rng.uniform(-0.9, 0.9, units), rng.standard_normal(units)
        answer = lstm_step(x_t, h_tm1, c_tm1, kernel, recurrent_kernel, bias)
        h, c = answer["h"], answer["c"]
        right = LSTMCell(kernel, recurrent_kernel, bias).step(x_t, (h_tm1, c_tm1))
        if close(h, right.h, 1e-5) and close(c, right.c, 1e-5):
            continue
        if close(h, right.c, 1e-5) and close(c, right.h, 1e-5):
            yield "Both are right, but swapped: return h_t first, then c_t."
        if h.shape != (units,) or c.shape != (units,):
            yield f"With {units} units both h_t and c_t must have shape ({units},); got {h.shape} and {c.shape}."
        x, u = x_t @ kernel, h_tm1 @ recurrent_kernel
        yield from _wrong_sum(h, c, x, u, bias, c_tm1)
        if not close(c, right.c, 1e-5):
            yield from _wrong_cell_state(c, np.split(x + u + bias, 4), c_tm1, h_tm1)
            yield "c_t is not f * c_tm1 + i * c_tilde. Check it against cell.step, one value after another."
        if close(h, right.o * right.c, 1e-5):
            yield "c_t is right; h_t = o * tanh(c_t), and here the tanh is missing."
        if close(h, right.o * np.tanh(c_tm1), 1e-5):
            yield "c_t is right; h_t must be made of the new cell state c_t, not of c_tm1."
        if close(h, right.tanh_c, 1e-5):
            yield "c_t is right; h_t = o * tanh(c_t), and here the output gate is missing."
        yield "c_t is right, h_t is not o * tanh(c_t)."


def _stepped(z, c_tm1, order="ifco"):
    """(h, c) of blocks that are taken in this order."""
    block = dict(zip(order, np.split(z, 4), strict=True))
    c = sigmoid(block["f"]) * c_tm1 + sigmoid(block["i"]) * np.tanh(block["c"])
    return sigmoid(block["o"]) * np.tanh(c), c


def _wrong_sum(h, c, x, u, bias, c_tm1):
    """What is wrong before the gates: a part of z that is missing, or its blocks in another order."""

    def same(z, order="ifco"):
        theirs = _stepped(z, c_tm1, order)
        return close(h, theirs[0], 1e-5) and close(c, theirs[1], 1e-5)

    if same(x + u):
        yield "The bias is missing: z_t = x_t @ kernel + h_tm1 @ recurrent_kernel + bias."
    if same(x + bias):
        yield "h_tm1 is not used: z_t = x_t @ kernel + h_tm1 @ recurrent_kernel + bias."
    if same(u + bias):
        yield "x_t is not used: z_t = x_t @ kernel + h_tm1 @ recurrent_kernel + bias."
    for order in permutations("ifco"):
        for z, beside in ((x + u + bias, ""), (x + u, " And the bias is missing.")):
            if order != tuple("ifco") and same(z, order):
                taken = ", ".join(order)
                yield f"Your four blocks are taken in the order {taken}; in Keras they lie i, f, c, o.{beside}"


def _wrong_cell_state(c, blocks, c_tm1, h_tm1):
    z_i, z_f, z_c, _ = blocks
    i, f, c_tilde = sigmoid(z_i), sigmoid(z_f), np.tanh(z_c)
    if close(c, (1 - f) * c_tm1 + (1 - i) * c_tilde, 1e-5):
        yield "Your sigmoid is turned round: it is 1 / (1 + np.exp(-z)), with a minus."
    if close(c, f * h_tm1 + i * c_tilde, 1e-5):
        yield "The forget gate multiplies the old cell state c_tm1, not h_tm1."
    if close(c, f * c_tm1 + i * z_c, 1e-5):
        yield "The candidate is not squashed: c_tilde = tanh(z_c)."
    if close(c, f * c_tm1 + i * sigmoid(z_c), 1e-5):
        yield "The candidate goes through tanh, not through the sigmoid: it must be able to be negative."
    if close(c, i * c_tilde, 1e-5):
        yield "The old cell state is lost: f * c_tm1 is missing."
    if close(c, f * c_tm1 + c_tilde, 1e-5):
        yield "The input gate is missing: it is i * c_tilde that is added."
    if close(c, f + i * c_tilde, 1e-5):
        yield "The forget gate must multiply the old cell state: f * c_tm1."
    if close(c, (f * c_tm1 + i) * c_tilde, 1e-5):
        yield "The candidate multiplies everything: it belongs to the input gate alone."


STEP = Exercise(
    name="03.2",
    prompt="Write lstm_step(x_t, h_tm1, c_tm1, kernel, recurrent_kernel, bias), which returns h_t and c_t, with the "
    "weights in Keras's order i, f, c, o, for any number of units.",
    answer=function("x_t, h_tm1, c_tm1, kernel, recurrent_kernel, bias", returns=several(h=array(None), c=array(None))),
    check=_check_step,
    hints=[
        "First z, all four blocks at once. Then cut it: z_i, z_f, z_c, z_o = np.split(z, 4).",
        "Three sigmoids and one tanh; then c_t = f * c_tm1 + i * c_tilde and h_t = o * np.tanh(c_t).",
        "The last line is: return h_t, c_t",
    ],
    solution="""
        def lstm_step(x_t, h_tm1, c_tm1, kernel, recurrent_kernel, bias):
            z_i, z_f, z_c, z_o = np.split(x_t @ kernel + h_tm1 @ recurrent_kernel + bias, 4)
            c_t = sigmoid(z_f) * c_tm1 + sigmoid(z_i) * np.tanh(z_c)
            h_t = sigmoid(z_o) * np.tanh(c_t)
            return h_t, c_t
    """,
    right=["lambda x, h, c, k, r, b: LSTMCell(k, r, b).step(x, (h, c)).state"],
    wrong=[
        (
            """
            def step(x, h, c, k, r, b):
                f, i, g, o = np.split(x @ k + h @ r + b, 4)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                return sigmoid(o) * np.tanh(c), c
            """,
            "taken in the order f, i, c, o",
        ),
        (
            """
            def step(x, h, c, k, r, b):
                i, f, o, g = np.split(x @ k + h @ r + b, 4)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                return sigmoid(o) * np.tanh(c), c
            """,
            "taken in the order i, f, o, c; in Keras they lie i, f, c, o",
        ),
        (
            """
            def step(x, h, c, k, r, b):
                i, f, g, o = np.split(x @ k + h @ r, 4)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                return sigmoid(o) * np.tanh(c), c
            """,
            "The bias is missing",
        ),
        (
            """
            def step(x, h, c, k, r, b):
                i, f, o, g = np.split(x @ k + h @ r, 4)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                return sigmoid(o) * np.tanh(c), c
            """,
            "And the bias is missing",
        ),
        (
            """
            def step(x, h, c, k, r, b):
                i, f, g, o = np.split(x @ k + b, 4)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                return sigmoid(o) * np.tanh(c), c
            """,
            "h_tm1 is not used",
        ),
        (
            """
            def step(x, h, c, k, r, b):
                i, f, g, o = np.split(x @ k + h @ r + b, 4)
                c = sigmoid(f) * c + sigmoid(i) * g
                return sigmoid(o) * np.tanh(c), c
            """,
            "candidate is not squashed",
        ),
        (
            """
            def step(x, h, c, k, r, b):
                i, f, g, o = sigmoid(np.split(x @ k + h @ r + b, 4))
                c = f * c + i * g
                return o * np.tanh(c), c
            """,
            "not through the sigmoid",
        ),
        (
            """
            def step(x, h, c, k, r, b):
                i, f, g, o = np.split(x @ k + h @ r + b, 4)
                c = sigmoid(i) * np.tanh(g)
                return sigmoid(o) * np.tanh(c), c
            """,
            "old cell state is lost",
        ),
        (
            """
            def step(x, h, c, k, r, b):
                i, f, g, o = np.split(x @ k + h @ r + b, 4)
                c = sigmoid(f) * c + np.tanh(g)
                return sigmoid(o) * np.tanh(c), c
            """,
            "input gate is missing",
        ),
        (
            """
            def step(x, h, c, k, r, b):
                i, f, g, o = np.split(x @ k + h @ r + b, 4)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                return sigmoid(o) * c, c
            """,
            "here the tanh is missing",
        ),
        (
            """
            def step(x, h, c, k, r, b):
                i, f, g, o = np.split(x @ k + h @ r + b, 4)
                new = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                return sigmoid(o) * np.tanh(c), new
            """,
            "not of c_tm1",
        ),
        (
            """
            def step(x, h, c, k, r, b):
                i, f, g, o = np.split(x @ k + h @ r + b, 4)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                return c, sigmoid(o) * np.tanh(c)
            """,
            "swapped: return h_t first",
        ),
        (
            """
            def step(x, h, c, k, r, b):
                i, f, g, o = np.split(x @ k + h @ r + b, 4)
                c = sigmoid(-f) * c + sigmoid(-i) * np.tanh(g)
                return sigmoid(-o) * np.tanh(c), c
            """,
            "turned round",
        ),
        (
            """
            def step(x, h, c, k, r, b):
                i, f, g, o = np.split(x @ k + h @ r + b, 4)
                c = sigmoid(f) * h + sigmoid(i) * np.tanh(g)
                return sigmoid(o) * np.tanh(c), c
            """,
            "not h_tm1",
        ),
        ("lambda x, h, c, k, r, b: np.tanh(x @ k + h @ r + b)", "give 2 values"),
        ("lambda x, h, c, k, r, b: (h @ k, c)", "stopped with ValueError"),
        ("lambda x, h, c: (h, c)", "must take 6 arguments"),
    ],
    remark="Those are all the equations of an LSTM. The package's own step, checked against Keras, says the same.",
)
