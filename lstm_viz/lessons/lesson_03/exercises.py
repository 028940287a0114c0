"""Exercises and predictions of lesson 03, the LSTM step by step."""

from itertools import permutations

import numpy as np

from lstm_viz.cells import LSTMCell, sigmoid
from lstm_viz.exercises import Exercise, Prediction, register
from lstm_viz.exercises.answers import array, cell, close, function, several

# --- 03.1 -------------------------------------------------------------------------------------------------

_NESTED = "((a)b)"


def _check_nested(c):
    usual = {
        "122110": "Such a cell takes 1 off at each ). Here ) closes the forget gate: what is left then?",
        "111000": "At the second ( the forget gate and the input gate are open: what is kept, what is added?",
        "111110": "Such a cell knows brackets in brackets. Here the first ) closes the forget gate.",
        "110000": "The letter a opens and closes no gate: what was there is kept.",
        "120000": "The letter a opens and closes no gate: what was there is kept.",
        "012200": "c changes at the very step that reads the bracket, not one later.",
        "011100": "c changes at the very step that reads the bracket, not one later.",
        "122222": "At ) the forget gate closes: what is f * c_tm1 then?",
    }
    right = (1, 2, 2, 0, 0, 0)
    whole = "".join(f"{value:g}" for value in c)
    if whole in usual:
        yield usual[whole]
    t = next((t for t in range(6) if abs(c[t] - right[t]) > 0.1), None)
    if t is not None:
        yield f'After "{_NESTED[: t + 1]}" c is not {c[t]:g}. Which gates does "{_NESTED[t]}" open or close?'


_nested = Exercise(
    name="03.1",
    prompt=f'The cell `brackets` reads the six characters of "{_NESTED}". What is its cell state after each of them, '
    "to the nearest whole number?",
    answer=array(6),
    check=_check_nested,
    hints=[
        "At ( the input gate opens and 1 is added; the forget gate stays open. At ) the forget gate closes.",
        "After the two opening brackets c is 2. Now the first ) comes: c = f * 2, with f nearly 0.",
    ],
    solution="[1, 2, 2, 0, 0, 0]",
    right=["np.array([1.0, 1.9993, 1.9980, 0.0013, 0.0010, 0.0])"],
    wrong=[
        ("[1, 2, 2, 1, 1, 0]", "takes 1 off"),
        ("[1, 1, 1, 0, 0, 0]", "what is added"),
        ("[1, 1, 1, 1, 1, 0]", "brackets in brackets"),
        ("[1, 2, 0, 0, 0, 0]", "opens and closes no gate"),
        ("[0, 1, 2, 2, 0, 0]", "not one later"),
        ("[1, 2, 2, 2, 2, 2]", "what is f * c_tm1 then"),
        ("[1, 2, 3, 0, 0, 0]", 'After "((a" c is not 3'),
        ("[1, 2, 2, 0, 0]", "shape (5,)"),
    ],
    remark="So at b this cell says 'outside', although one bracket is still open: one number that is cleared at ) is "
    "no counter of brackets. What a cell remembers is what its gates let it.",
)


# --- 03.2 -------------------------------------------------------------------------------------------------


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
            yield from _wrong_cell_state(c, np.split(x + u + bias, 4), c_tm1)
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
                yield f"Your four blocks are cut in the order {', '.join(order)}; in Keras they lie i, f, c, o.{beside}"


def _wrong_cell_state(c, blocks, c_tm1):
    z_i, z_f, z_c, _ = blocks
    i, f, c_tilde = sigmoid(z_i), sigmoid(z_f), np.tanh(z_c)
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


_step = Exercise(
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
            "cut in the order f, i, c, o",
        ),
        (
            """
            def step(x, h, c, k, r, b):
                i, f, o, g = np.split(x @ k + h @ r + b, 4)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                return sigmoid(o) * np.tanh(c), c
            """,
            "cut in the order i, f, o, c; in Keras they lie i, f, c, o",
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
        ("lambda x, h, c, k, r, b: np.tanh(x @ k + h @ r + b)", "give 2 values"),
        ("lambda x, h, c, k, r, b: (h @ k, c)", "stopped with ValueError"),
        ("lambda x, h, c: (h, c)", "must take 6 arguments"),
    ],
    remark="Those are all the equations of an LSTM. The package's own step, checked against Keras, says the same.",
)


# --- 03.3 -------------------------------------------------------------------------------------------------


def _check_overwrite(lstm):
    rng = np.random.default_rng(0)
    timesteps = 60
    for markers in ((5,), (3, 20), (10, 11), (0, 7, 30)):
        for _ in range(4):
            bits = rng.choice([-1.0, 1.0], timesteps)
            x = np.stack([bits, np.isin(np.arange(timesteps), markers)], axis=1)
            c = lstm.run(x).c[:, 0]
            marked = bits[list(markers)]
            if abs(c[-1] - marked[-1]) <= 0.2:
                continue
            shown = f"With the bits {', '.join(f'{b:+.0f}' for b in marked)} marked, c ends at {c[-1]:.2f}"
            if abs(c[markers[-1]] - marked[-1]) <= 0.2:
                moved = np.abs(np.diff(c[markers[-1] :])).max()
                why = "it was right at the marker and then fades away: is the forget gate open between the markers?"
                if moved > 0.3:
                    why = "it was right at the marker and is overwritten by unmarked bits: when is the input gate open?"
                yield f"{shown}: {why}"
            if len(markers) > 1 and abs(c[-1] - marked.sum()) <= 0.4:
                yield f"{shown}, the sum of the marked bits: at a marker the forget gate must clear what was there."
            if np.abs(c).max() < 0.2:
                yield f"{shown}, and it never leaves 0: at a marker the input gate must open."
            yield f"{shown}; the last of them, {marked[-1]:+.0f}, is what it should hold."


_overwrite = Exercise(
    name="03.3",
    prompt="The lesson's memory keeps one marked bit; a second marked bit is added to the first. Change it so that its "
    "cell state holds the last marked bit alone, within 0.2, for 60 steps. Hand over the LSTMCell.",
    answer=cell(LSTMCell, input_dim=2, units=1),
    check=_check_overwrite,
    hints=[
        "Which gate decides what is left of the old cell state when the marker comes?",
        "The marker is the second input, so its weights are the second row of the kernel, in the order i, f, c, o.",
        "With a forget bias of 10, a weight of -20 from the marker to the forget gate closes it when the marker is 1.",
    ],
    solution="""
        LSTMCell(
            kernel=[[0.0, 0.0, 10.0, 0.0], [20.0, -20.0, 0.0, 0.0]],
            recurrent_kernel=[[0.0, 0.0, 0.0, 0.0]],
            bias=[-10.0, 10.0, 0.0, 10.0],
        )
    """,
    right=["LSTMCell([[0, 0, 3, 0], [16, -18, 0, 0]], [[0, 0, 0, 0]], [-8, 9, 0, -3])"],
    wrong=[
        ("LSTMCell([[0, 0, 10, 0], [20, 0, 0, 0]], [[0, 0, 0, 0]], [-10, 10, 0, 10])", "sum of the marked bits"),
        ("LSTMCell([[0, 0, 10, 0], [20, -20, 0, 0]], [[0, 0, 0, 0]], [-10, 1, 0, 10])", "fades away"),
        ("LSTMCell([[0, 0, 10, 0], [20, -20, 0, 0]], [[0, 0, 0, 0]], [10, 10, 0, 10])", "overwritten by unmarked"),
        ("LSTMCell([[0, 0, 10, 0], [0, -20, 0, 0]], [[0, 0, 0, 0]], [-10, 10, 0, 10])", "input gate must open"),
        ("LSTMCell([[0, 0, 0.5, 0], [20, -20, 0, 0]], [[0, 0, 0, 0]], [-10, 10, 0, 10])", "is what it should hold"),
        ("LSTMCell([[0, 0, 10, 0]], [[0, 0, 0, 0]], [-10, 10, 0, 10])", "input_dim 1"),
    ],
    remark="Clear and write at the same step, hold in between: two gates that open and close as opposites. The GRU "
    "makes one gate of these two.",
)


# --- 03.4 -------------------------------------------------------------------------------------------------


def _check_counter(lstm):
    rng = np.random.default_rng(1)
    for density in (1.0, 0.5, 0.1, 0.0):
        bits = (rng.random(40) < density).astype(float)
        c = lstm.run(bits[:, None]).c[:, 0]
        count = np.cumsum(bits)
        if np.abs(c - count).max() <= 0.1:
            continue
        t = int(np.argmax(np.abs(c - count) > 0.1))
        shown = f"After {int(count[t])} ones in {t + 1} steps c is {c[t]:.2f}"
        if bits[t] == 0 and c[t] > count[t]:
            yield f"{shown}: it counts the zeros as well."
        if bits[t] == 0:
            yield f"{shown}: it was right before and fell: is the forget gate fully open?"
        if t == 0:
            yield f"{shown}: a 1 must add i * c_tilde = 1, so both must be nearly 1."
        if np.allclose(c, bits, atol=0.1):
            yield f"{shown}: it shows the last input and does not add up: what does the forget gate keep?"
        yield f"{shown}: the count runs away from it, so a step keeps too little or adds the wrong amount."


_counter = Exercise(
    name="03.4",
    prompt="Make an LSTMCell of one unit that counts: fed with 0s and 1s, its cell state c_t is the number of 1s so "
    "far, within 0.1, for 40 steps. Hand over the cell.",
    answer=cell(LSTMCell, input_dim=1, units=1),
    check=_check_counter,
    hints=[
        "LSTMCell(kernel=[[i, f, c, o]], recurrent_kernel=[[0, 0, 0, 0]], bias=[i, f, c, o]): choose the numbers.",
        "Nothing may be lost: the forget gate is always open. A 1 adds i * c_tilde = 1, a 0 adds nothing.",
        "tanh(0) is 0 and tanh(20) is 1: the candidate alone can tell a 0 from a 1.",
    ],
    solution="LSTMCell(kernel=[[0.0, 0.0, 20.0, 0.0]], recurrent_kernel=[[0.0] * 4], bias=[20.0, 20.0, 0.0, 20.0])",
    right=[
        "LSTMCell([[30, 0, 0, 0]], [[0] * 4], [-15, 15, 10, 0])",
        'LSTMCell([[0, 0, 1, 0]], [[0] * 4], [20, 20, 0, 20], activation="linear")',
    ],
    wrong=[
        ("LSTMCell([[0, 0, 20, 0]], [[0] * 4], [20, 1, 0, 20])", "keeps too little"),
        ("LSTMCell([[0, 0, 1, 0]], [[0] * 4], [20, 20, 0, 20])", "both must be nearly 1"),
        ("LSTMCell([[0, 0, 20, 0]], [[0] * 4], [0, 20, 0, 20])", "both must be nearly 1"),
        ("LSTMCell([[0, 0, 20, 0]], [[0] * 4], [20, -20, 0, 20])", "does not add up"),
        ("LSTMCell([[0, 0, 0, 0]], [[0] * 4], [20, 20, 20, 20])", "counts the zeros"),
        ("[20, 20, 0, 20]", "make a cell with LSTMCell"),
    ],
    remark="c grows as long as it is added to, since nothing squashes it. h = o * tanh(c) has long stopped at 1.",
)

EXERCISES = [_nested, _step, _overwrite, _counter]


# --- predictions ------------------------------------------------------------------------------------------

_KEEPS = {
    (1, 0): "f = 1 and i = 0: keep all, write nothing",
    (1, 1): "f = 1 and i = 1: keep all, write all",
    (0, 1): "f = 0 and i = 1: clear, then write",
    (0, 0): "f = 0 and i = 0: let nothing through",
}


def _bit_left(c):
    if abs(c) < 0.01:
        return "it is gone"
    return "it is weaker, but clearly there" if abs(c) < 0.9 else "it is still there: the input gate keeps noise out"


PREDICTIONS = [
    Prediction(
        name="03.a",
        question="At the ) the forget gate is f = sigmoid(-1.4) = 0.20, with a bias of 2. What if its bias were 8?",
        choices={
            "f becomes 6.20: 6 more": "The bias is added before the sigmoid, and the sigmoid never leaves (0, 1).",
            "f comes close to 1 and stays below": "",
            "f falls: a larger bias forgets more": "The name misleads: an open forget gate (1) keeps, a closed one (0) "
            "forgets.",
        },
        outcome="f comes close to 1 and stays below",
        explanation="The sigmoid squashes every number into (0, 1). With this bias the unit would not let go at a "
        "closing bracket.",
        decide=lambda f: (
            "f becomes 6.20: 6 more"
            if f >= 1
            else "f comes close to 1 and stays below"
            if f > 0.2
            else "f falls: a larger bias forgets more"
        ),
        examples=[
            (0.987, "f comes close to 1 and stays below"),
            (6.2, "f becomes 6.20: 6 more"),
            (0.1, "f falls: a larger bias forgets more"),
        ],
    ),
    Prediction(
        name="03.b",
        question="A letter comes. How must the forget gate f and the input gate i stand, so that c_t is c_tm1 "
        "unchanged?",
        choices={
            _KEEPS[1, 0]: "",
            _KEEPS[1, 1]: "Then the candidate is added to it at every step.",
            _KEEPS[0, 1]: "That replaces the cell state by the candidate.",
            _KEEPS[0, 0]: "That empties the cell: what is not kept is gone.",
        },
        outcome=_KEEPS[1, 0],
        explanation="c_t = 1 * c_tm1 + 0 * c_tilde = c_tm1: nothing is squashed, nothing is added, however often.",
        decide=lambda gates: _KEEPS[tuple(int(g) for g in gates)],
        examples=tuple(_KEEPS.items()),
    ),
    Prediction(
        name="03.c",
        question="The memory holds a bit for 34 steps with its forget bias at 10. What is left of it with a forget "
        "bias of 0, the input gate as before?",
        choices={
            "it is still there: the input gate keeps noise out": "The input gate guards against what comes in; what "
            "is lost is the business of the forget gate.",
            "it is weaker, but clearly there": "Half at each step is little once, and next to nothing 34 times.",
            "it is gone": "",
        },
        outcome="it is gone",
        explanation="sigmoid(0) = 0.5, and 0.5 multiplied by itself 34 times is less than a billionth.",
        decide=_bit_left,
        examples=[
            (6e-11, "it is gone"),
            (0.3, "it is weaker, but clearly there"),
            (0.998, "it is still there: the input gate keeps noise out"),
        ],
    ),
    Prediction(
        name="03.d",
        question="In the same memory we close the output gate, o = 0, at every step, so that h_t is 0. What becomes of "
        "the cell state?",
        choices={
            "it is 0 too: nothing comes out, nothing is kept": "The output gate sits behind the cell state, on the way "
            "to h.",
            "it is the same as before": "",
            "it grows: what cannot get out piles up": "Reading takes nothing out: c goes on as it is.",
        },
        outcome="it is the same as before",
        explanation="o acts on h alone. Here no gate looks at h (the recurrent kernel is 0), so nothing else changes.",
        decide=lambda change: (
            "it is the same as before"
            if abs(change) < 1e-6
            else "it grows: what cannot get out piles up"
            if change > 0
            else "it is 0 too: nothing comes out, nothing is kept"
        ),
        examples=[
            (0.0, "it is the same as before"),
            (1.0, "it grows: what cannot get out piles up"),
            (-1.0, "it is 0 too: nothing comes out, nothing is kept"),
        ],
    ),
]

register("03", *EXERCISES, *PREDICTIONS)
