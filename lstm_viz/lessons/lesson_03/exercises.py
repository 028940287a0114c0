"""Exercises and predictions of lesson 03, the LSTM step by step."""

import numpy as np

from lstm_viz.cells import LSTMCell
from lstm_viz.exercises import Exercise, Prediction, register
from lstm_viz.exercises.answers import array, cell
from lstm_viz.lessons.lesson_03.whole_step import STEP

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


# --- 03.3 -------------------------------------------------------------------------------------------------


def _check_overwrite(lstm):
    rng = np.random.default_rng(0)
    timesteps = 60
    for markers in ((5,), (3, 20), (10, 11), (0, 7, 30)):
        for _ in range(4):
            bits = rng.choice([-1.0, 1.0], timesteps)
            x = np.stack([bits, np.isin(np.arange(timesteps), markers)], axis=1)
            trace = lstm.run(x)
            c, marked = trace.c[:, 0], bits[list(markers)]
            if abs(c[-1] - marked[-1]) > 0.2:
                yield from _not_the_last(trace, c, marked, markers[-1])


def _not_the_last(trace, c, marked, at):
    """What is wrong with a memory whose c does not end at the last of the `marked` bits, read at t = `at`."""
    shown = f"With the bits {', '.join(f'{b:+.0f}' for b in marked)} marked, c ends at {c[-1]:.2f}"
    if abs(c[at] - marked[-1]) <= 0.2:  # right at the marker: what has been lost since, and what has come in?
        kept, written = trace.f[at + 1 :, 0], (trace.i * trace.c_tilde)[at + 1 :, 0]
        why = "it was right at the marker and is overwritten by unmarked bits: when is the input gate open?"
        if kept.prod() < 0.8:
            why = "it was right at the marker and then fades away: is the forget gate open between the markers?"
            if np.abs(written).max() > 0.02:
                why += " (And is the input gate shut?)"
        yield f"{shown}: {why}"
    if len(marked) > 1 and abs(c[-1] - marked.sum()) <= 0.4:
        yield f"{shown}, the sum of the marked bits: at a marker the forget gate must clear what was there."
    if np.abs(c).max() < 0.2:
        yield f"{shown}, and it never leaves 0: at a marker the input gate must open."
    if len(marked) > 1 and trace.f[at, 0] > 0.05:
        f = trace.f[at, 0]
        yield f"{shown}: at a marker the forget gate must clear what was there, and at the last f is {f:.2f}."
    if abs(c[-1] + marked[-1]) <= 0.2:
        yield f"{shown}, just the wrong sign: what does the candidate make of a bit of +1?"
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
        ("LSTMCell([[0, 0, 10, 0], [20, 0, 0, 0]], [[0, 0, 0, 0]], [-10, -10, 0, 10])", "fades away"),
        ("LSTMCell([[0, 0, 10, 0], [20, 0, 0, 0]], [[0, 0, 0, 0]], [-10, 0, 0, 10])", "fades away"),
        ("LSTMCell([[0, 0, 10, 0], [20, -20, 0, 0]], [[0, 0, 0, 0]], [-3, 10, 0, 10])", "overwritten by unmarked"),
        ("LSTMCell([[0, 0, 10, 0], [20, -20, 0, 0]], [[0, 0, 0, 0]], [0, 0, 0, 0])", "(And is the input gate shut?)"),
        ("LSTMCell([[0, 0, 10, 0], [20, -10, 0, 0]], [[0, 0, 0, 0]], [-10, 10, 0, 10])", "at the last f is 0.50"),
        ("LSTMCell([[0, 0, -10, 0], [20, -20, 0, 0]], [[0, 0, 0, 0]], [-10, 10, 0, 10])", "just the wrong sign"),
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
        ones, steps = (f"{n} {what}{'s' * (n != 1)}" for n, what in ((int(count[t]), "one"), (t + 1, "step")))
        shown = f"After {ones} in {steps} c is {c[t]:.2f}"
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

EXERCISES = [_nested, STEP, _overwrite, _counter]


# --- predictions ------------------------------------------------------------------------------------------

_KEEPS = {
    (1, 0): "f = 1 and i = 0: keep all, write nothing",
    (1, 1): "f = 1 and i = 1: keep all, write all",
    (0, 1): "f = 0 and i = 1: clear, then write",
    (0, 0): "f = 0 and i = 0: let nothing through",
}


def _kept(gates):
    f, i = gates
    return _KEEPS[int(f), int(i)]


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
        decide=_kept,
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
        explanation="sigmoid(0) = 0.5, and 0.5 multiplied by itself 34 times is less than a billionth. The 0.000004 "
        "that c still holds has leaked in from later bits.",
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
