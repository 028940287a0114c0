"""Exercises and predictions of lesson 03, the LSTM step by step."""

import numpy as np

from lstm_viz.cells import LSTMCell, sigmoid
from lstm_viz.exercises import Exercise, Prediction, register
from lstm_viz.exercises.answers import array, cell, close, function, number, several, whole_number

# --- 03.1 -------------------------------------------------------------------------------------------------


def _check_forget_bias(bias):
    f = sigmoid(bias)
    if abs(f - 0.9) > 0.005:
        if close(bias, 0.9, 0.01):
            yield f"0.9 goes in before the sigmoid, and sigmoid(0.9) is {f:.2f}; what comes out must be 0.9."
        elif abs(f - 0.1) < 0.01:
            yield f"The sign: with a negative z_f the gate is more closed than open, here f = {f:.2f}."
        else:
            yield f"With this bias f is sigmoid({bias:g}) = {f:.3f}; it should be 0.9."


_forget_bias = Exercise(
    name="03.1",
    prompt="All inputs and states are 0, so z_f is the bias of the forget gate alone. Which bias makes f = 0.9?",
    answer=number(),
    check=_check_forget_bias,
    hints=[
        "Try some values: sigmoid(1) is 0.73, sigmoid(3) is 0.95.",
        "Solve 1 / (1 + exp(-b)) = 0.9 for b: exp(-b) = 1 / 0.9 - 1.",
    ],
    solution="np.log(0.9 / (1 - 0.9))",
    right=["2.2", "[2.197]"],
    wrong=[("0.9", "goes in before the sigmoid"), ("-2.2", "The sign"), ("1", "sigmoid(1) = 0.731")],
    remark="About 2.2. Keras begins with a forget bias of 1, that is f = 0.73; lesson 05 shows what that means.",
)


# --- 03.2 -------------------------------------------------------------------------------------------------


def _check_half_life(steps):
    if steps != 14:
        left = 0.95**steps if 0 <= steps < 10**6 else 0.0
        if steps < 0:
            yield "Count the steps from now on: a number of at least 0."
        elif steps == 10:
            yield f"Each step takes a twentieth of what is left, not of what was there at first: 0.95^10 = {left:.2f}."
        elif steps < 14:
            yield f"After {steps} steps there is 0.95^{steps} = {left:.3f} of it left, which is not less than half."
        else:
            yield f"After {steps} steps it is {left:.3f}, less than half, but so it was before: look for the first."


_half_life = Exercise(
    name="03.2",
    prompt="The forget gate is 0.95 at every step and the input gate is 0. After how many steps is less than half of "
    "the cell state left, for the first time?",
    answer=whole_number(),
    check=_check_half_life,
    hints=["Every step multiplies c by 0.95.", "0.95 ** 5 is 0.774. When does it first fall below 0.5?"],
    solution="""
        steps, left = 0, 1.0
        while left >= 0.5:
            left = left * 0.95
            steps = steps + 1
        steps
    """,
    right=["int(np.ceil(np.log(0.5) / np.log(0.95)))"],
    wrong=[("10", "not of what was there at first"), ("13", "0.513 of it left"), ("20", "look for the first")],
    remark="0.95 looks like nearly everything, and after 14 steps half is gone. The same holds for 0.73 after 3 steps.",
)


# --- 03.3 -------------------------------------------------------------------------------------------------


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
        z = x_t @ kernel + h_tm1 @ recurrent_kernel + bias
        if not close(c, right.c, 1e-5):
            yield from _wrong_cell_state(c, z, c_tm1, units)
            yield "c_t is not f * c_tm1 + i * c_tilde. Check it against cell.step, one value after another."
        if close(h, right.o * right.c, 1e-5):
            yield "c_t is right; h_t = o * tanh(c_t), and here the tanh is missing."
        if close(h, right.o * np.tanh(c_tm1), 1e-5):
            yield "c_t is right; h_t must be made of the new cell state c_t, not of c_tm1."
        if close(h, right.tanh_c, 1e-5):
            yield "c_t is right; h_t = o * tanh(c_t), and here the output gate is missing."
        yield "c_t is right, h_t is not o * tanh(c_t)."


def _wrong_cell_state(c, z, c_tm1, units):
    blocks = [z[k * units : (k + 1) * units] for k in range(4)]
    z_i, z_f, z_c, _ = blocks
    i, f, c_tilde = sigmoid(z_i), sigmoid(z_f), np.tanh(z_c)
    if close(c, i * c_tm1 + f * c_tilde, 1e-5):
        yield "The gates i and f are swapped: in Keras's order the blocks are i, f, c, o, the input gate first."
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
    name="03.3",
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
            "gates i and f are swapped",
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


# --- 03.4 -------------------------------------------------------------------------------------------------


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
    name="03.4",
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


# --- 03.5 -------------------------------------------------------------------------------------------------


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
    name="03.5",
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

EXERCISES = [_forget_bias, _half_life, _step, _overwrite, _counter]


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
        question="The forget gate is f = sigmoid(z_f) = 0.57 with a bias of 1. What if its bias is 5?",
        choices={
            "f becomes 4.57: 4 more": "The bias is added before the sigmoid, and the sigmoid never leaves (0, 1).",
            "f comes close to 1 and stays below": "",
            "f falls: a larger bias forgets more": "The name misleads: an open forget gate (1) keeps, a closed one (0) "
            "forgets.",
        },
        outcome="f comes close to 1 and stays below",
        explanation="The sigmoid squashes every number into (0, 1): an open forget gate keeps nearly everything.",
        decide=lambda f: (
            "f becomes 4.57: 4 more"
            if f >= 1
            else "f comes close to 1 and stays below"
            if f > 0.575
            else "f falls: a larger bias forgets more"
        ),
        examples=[
            (0.987, "f comes close to 1 and stays below"),
            (4.57, "f becomes 4.57: 4 more"),
            (0.1, "f falls: a larger bias forgets more"),
        ],
    ),
    Prediction(
        name="03.b",
        question="How must the forget gate f and the input gate i stand, so that c_t is c_tm1 unchanged?",
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
