"""Exercises and predictions of lesson 02, recurrent networks."""

import numpy as np

from lstm_viz.cells import SimpleRNNCell
from lstm_viz.exercises import Exercise, Prediction, register
from lstm_viz.exercises.answers import array, close, function, several, whole_number


def _run(x, kernel, recurrent_kernel, bias, squash=np.tanh):
    """One unit, one input, as the lesson writes it."""
    h, h_tm1 = [], 0.0
    for x_t in x:
        h_tm1 = squash(x_t * kernel + h_tm1 * recurrent_kernel + bias)
        h.append(h_tm1)
    return np.array(h)


# --- 02.1 -------------------------------------------------------------------------------------------------

_X = (1.0, 0.0, -1.0)


def _check_by_hand(h):
    right = _run(_X, 0.5, 0.8, 0.1)
    if close(h, right, 5e-3):
        return
    if close(h, _run(_X, 0.5, 0.8, 0.1, squash=float), 5e-3):
        yield "These are pre-activations: every h_t must go through tanh before the next step uses it."
    if close(h, np.tanh(_run(_X, 0.5, 0.8, 0.1, squash=float)), 5e-3):
        yield "The tanh comes too late: the next step must use h_tm1, after its tanh, not the pre-activation."
    if close(h, _run(_X, 0.5, 0.0, 0.1), 5e-3):
        yield "The previous hidden state is missing: 0.8 * h_tm1 belongs into every step after the first."
    if close(h, _run(_X, 0.5, 0.8, 0.0), 5e-3):
        yield "The bias is missing: 0.1 is added at every step, also where x_t is 0."
    if close(h, _run(_X, 0.8, 0.5, 0.1), 5e-3):
        yield "The two weights are swapped: 0.5 multiplies the input, 0.8 the previous hidden state."
    t = int(np.argmax(np.abs(h - right) > 5e-3))
    before = "" if t == 0 else " What comes before it is right."
    yield f"h_{t} should not be {h[t]:.3f}.{before} Its line is tanh(0.5 * x_{t} + 0.8 * h_tm1 + 0.1)."


_by_hand = Exercise(
    name="02.1",
    prompt="Calculate h_0, h_1, h_2 for the inputs 1, 0, -1 with kernel 0.5, recurrent_kernel 0.8, bias 0.1, "
    "starting from a hidden state of 0. Hand over the three numbers.",
    answer=array(3),
    check=_check_by_hand,
    hints=[
        "Three times the same line: tanh(0.5 * x_t + 0.8 * h_tm1 + 0.1).",
        "h_0 = tanh(0.5 * 1 + 0.8 * 0 + 0.1) = tanh(0.6). The next line has h_0 where it says h_tm1.",
    ],
    solution="""
        h_0 = np.tanh(0.5 * 1 + 0.8 * 0 + 0.1)
        h_1 = np.tanh(0.5 * 0 + 0.8 * h_0 + 0.1)
        h_2 = np.tanh(0.5 * -1 + 0.8 * h_1 + 0.1)
        h = [h_0, h_1, h_2]
    """,
    right=["(0.537, 0.485, -0.012)", "SimpleRNNCell([[0.5]], [[0.8]], [0.1]).run([[1], [0], [-1]]).h[:, 0]"],
    wrong=[
        ("[0.6, 0.58, 0.064]", "go through tanh"),
        ("np.tanh([0.6, 0.58, 0.064])", "tanh comes too late"),
        ("np.tanh([0.6, 0.1, -0.4])", "previous hidden state is missing"),
        ("[0.462, 0.354, -0.214]", "bias is missing"),
        ("[0.716, 0.429, -0.451]", "swapped"),
        ("[0.537, 0.2, 0.1]", "h_1 should not be 0.200. What comes before it is right"),
    ],
    remark="x_1 is 0 and h_1 is not: what is left of x_0 speaks through h_0.",
)


# --- 02.2 -------------------------------------------------------------------------------------------------


def _check_count(n):
    usual = {
        8 * 16 + 16: "The recurrent_kernel is missing: 16 hidden values each feed 16 units.",
        8 * 16 + 16 * 16: "The bias is missing: one number per unit.",
        16 * 16 + 16: "The kernel is missing: 8 inputs each feed 16 units.",
        50 * (8 * 16 + 16 * 16 + 16): "These are 50 cells. There is one, used 50 times, so 50 has no place here.",
        50 * 8 * 16 + 16 * 16 + 16: "The kernel sees one x_t of 8 numbers at a time; the length has no place here.",
        50 * 8 * 16 + 16: "That is a Dense layer that gets all 50 steps at once, not a cell that reads one at a time.",
        8 * (8 + 16 + 1): "There are 16 units: each has 8 input weights, 16 recurrent weights and 1 bias.",
        8 + 16 + 1: "That is what one unit has: 8 input weights, 16 recurrent weights and 1 bias. There are 16 units.",
    }
    if n != 16 * (8 + 16 + 1):
        yield usual.get(n, "Count the numbers in kernel (8, 16), in recurrent_kernel (16, 16) and in bias (16,).")


_count = Exercise(
    name="02.2",
    prompt="How many numbers does a SimpleRNN with 16 units have to learn, if it reads sequences of 50 timesteps "
    "with 8 inputs each?",
    answer=whole_number(),
    check=_check_count,
    hints=["Which three arrays does a cell hold, and which shape has each of them?", "8 * 16 + 16 * 16 + 16"],
    solution="16 * (8 + 16 + 1)",
    right=["sum(w.size for w in SimpleRNNCell.initialise(8, 16).weights)", "400.0"],
    wrong=[
        ("8 * 16 + 16", "recurrent_kernel is missing"),
        ("8 * 16 + 16 * 16", "bias is missing"),
        ("50 * 400", "one, used 50 times"),
        ("50 * 8 * 16 + 16", "Dense layer"),
        ("8 + 16 + 1", "what one unit has"),
        ("7", "Count the numbers"),
        ("400.5", "whole number"),
    ],
    remark="The 50 is not in it. The same 400 numbers read 5 timesteps or 5 million.",
)


# --- 02.3 -------------------------------------------------------------------------------------------------


def _check_step(rnn_step):
    rng = np.random.default_rng(0)
    for inputs in (4, 3):  # as many as units first: there a product the wrong way round has a result to look at
        x_t, h_tm1 = rng.standard_normal(inputs), rng.uniform(-1, 1, 4)
        kernel, recurrent_kernel, bias = (rng.standard_normal(s) for s in ((inputs, 4), (4, 4), (4,)))
        h = rnn_step(x_t, h_tm1, kernel, recurrent_kernel, bias)
        x, u = x_t @ kernel, h_tm1 @ recurrent_kernel
        z = x + u + bias
        if close(h, np.tanh(z), 1e-5):
            continue
        if close(h, z, 1e-5):
            yield "That is the pre-activation: the hidden state is its tanh."
        if close(h, 1 / (1 + np.exp(-z)), 1e-5):
            yield "That is a sigmoid, which is never negative: the hidden state is the tanh of the same sum."
        if close(h, np.tanh(x + u), 1e-5):
            yield "The bias is missing."
        if close(h, np.tanh(x + u) + bias, 1e-5):
            yield "The bias is added too late: it belongs into the sum, before the tanh."
        if close(h, np.tanh(x + bias), 1e-5):
            yield "h_tm1 is not used: without it every timestep is on its own, and nothing is remembered."
        if close(h, np.tanh(u + bias), 1e-5):
            yield "x_t is not used: the cell never hears of its input."
        if close(h, np.tanh(x + recurrent_kernel @ h_tm1 + bias), 1e-5):
            yield "The recurrent_kernel is transposed: in this project (and in Keras) it is h_tm1 @ recurrent_kernel."
        if inputs == 4:
            turned = kernel @ x_t
            if close(h, np.tanh(turned + recurrent_kernel @ h_tm1 + bias), 1e-5):
                yield "Both products are the wrong way round: here it is x_t @ kernel and h_tm1 @ recurrent_kernel."
            if close(h, np.tanh(h_tm1 @ kernel + x_t @ recurrent_kernel + bias), 1e-5):
                yield "The two matrices are swapped: the kernel belongs to x_t, the recurrent_kernel to h_tm1."
            if close(h, np.tanh(turned + u + bias), 1e-5):
                yield "The kernel is on the wrong side: in this project (and in Keras) it is x_t @ kernel."
        if h.shape == (4, 4):
            yield "You get a matrix, not a vector: * multiplies element by element; a vector times a matrix is @."
        if h.shape != (4,):
            got = f"For x_t of shape {x_t.shape} and 4 units your function returns shape {h.shape}"
            yield f"{got}; a hidden state of shape (4,) is expected."
        yield "The numbers differ from tanh(x_t @ kernel + h_tm1 @ recurrent_kernel + bias)."


_step = Exercise(
    name="02.3",
    prompt="Write rnn_step(x_t, h_tm1, kernel, recurrent_kernel, bias), which returns h_t, for vectors of any width.",
    answer=function("x_t, h_tm1, kernel, recurrent_kernel, bias"),
    check=_check_step,
    hints=[
        "The equation of this lesson is one line of NumPy; a product of a vector and a matrix is written @.",
        "return np.tanh(x_t @ kernel + ... + bias)",
    ],
    solution="""
        def rnn_step(x_t, h_tm1, kernel, recurrent_kernel, bias):
            return np.tanh(x_t @ kernel + h_tm1 @ recurrent_kernel + bias)
    """,
    right=[
        "lambda x, h, k, r, b: SimpleRNNCell(k, r, b).step(x, h).h",
        "lambda x, h, k, r, b: np.tanh(k.T @ x + r.T @ h + b)",
        "lambda x, h, k, r, b: np.tanh(np.r_[x, h, 1] @ np.vstack([k, r, b]))",
    ],
    wrong=[
        ("lambda x, h, k, r, b: x @ k + h @ r + b", "is its tanh"),
        ("lambda x, h, k, r, b: np.tanh(x @ k + h @ r)", "bias is missing"),
        ("lambda x, h, k, r, b: np.tanh(x @ k + b)", "nothing is remembered"),
        ("lambda x, h, k, r, b: np.tanh(h @ r + b)", "x_t is not used"),
        ("lambda x, h, k, r, b: np.tanh(x @ k + r @ h + b)", "recurrent_kernel is transposed"),
        ("lambda x, h, k, r, b: np.tanh(k @ x + h @ r + b)", "kernel is on the wrong side"),
        ("lambda x, h, k, r, b: np.tanh(k @ x + r @ h + b)", "Both products are the wrong way round"),
        ("lambda x, h, k, r, b: np.tanh(x * k + h * r + b)", "not a vector: * multiplies element by element"),
        ("lambda x, h, k, r, b: np.tanh(x @ k + h @ r + b[:3])", "stopped with ValueError"),
        ("lambda x, h, k, r, b: np.tanh(x @ k + h @ r + b).sum()", "returns shape ()"),
        ("lambda x, h, k, r, b: 1 / (1 + np.exp(-(x @ k + h @ r + b)))", "a sigmoid, which is never negative"),
        ("lambda x, h, k, r, b: np.tanh(x @ k + h @ r) + b", "added too late"),
        ("lambda x, h, k, r, b: np.tanh(h @ k + x @ r + b)", "two matrices are swapped"),
        ("lambda x, h, k, r, b: np.tanh(np.tanh(x @ k + h @ r + b))", "numbers differ"),
        ("lambda x, h: np.tanh(x + h)", "must take 5 arguments"),
        ("np.tanh(0.3)", "not a function"),
    ],
    remark="That is the whole of a recurrent network. Everything else repeats this line.",
)


# --- 02.4 -------------------------------------------------------------------------------------------------


def _check_order(pair):
    first, second = pair["first"], pair["second"]
    rnn = SimpleRNNCell([[0.8]], [[0.5]], [0.0])
    if close(first, second, 1e-9):
        yield "Both sequences are the same."
    elif not close(np.sort(first), np.sort(second), 1e-9):
        yield "The two sequences must hold the same four numbers, only in another order."
    elif np.abs([first, second]).max() > 1:
        yield "The inputs must lie between -1 and 1."
    else:
        one, two = (rnn.run(x[:, None]).h[-1, 0] for x in (first, second))
        if abs(one - two) <= 1:
            yield (
                f"The last hidden states are {one:.3f} and {two:.3f}: they differ by {abs(one - two):.3f}, not by more "
                "than 1. Which timestep has the most to say in the last h?"
            )


_order = Exercise(
    name="02.4",
    prompt="Find two sequences of the same four numbers between -1 and 1, in different orders, whose last hidden "
    "states differ by more than 1, for the lesson's cell (kernel 0.8, recurrent_kernel 0.5, bias 0). Hand over both.",
    answer=several(first=array(4), second=array(4)),
    check=_check_order,
    hints=[
        "The last input has been through one tanh, the first through four: what you put last counts most.",
        "Let one sequence end with its highest numbers and the other with its lowest.",
    ],
    solution="([-1, -1, 1, 1], [1, 1, -1, -1])",
    right=["([-1, 0, 0, 1], [1, 0, 0, -1])"],
    wrong=[
        ("([1, 0, 0, 1], [1, 0, 0, 1])", "are the same"),
        ("([1, 1, 1, 1], [-1, -1, -1, -1])", "same four numbers"),
        ("([1, -1, 0, 0], [-1, 1, 0, 0])", "Which timestep has the most to say"),
        ("([-5, 0, 0, 5], [5, 0, 0, -5])", "between -1 and 1"),
        ("([1, 0, 0], [0, 0, 1])", "shape (3,)"),
    ],
    remark="Same numbers, same cell, other order: another memory. A sum or a mean would have been the same.",
)

EXERCISES = [_by_hand, _count, _step, _order]


# --- predictions ------------------------------------------------------------------------------------------


def _after_one(h_1):
    if abs(h_1) < 1e-9:
        return "h_1 is exactly 0, because x_1 is 0"
    return "h_1 lies between 0 and h_0" if h_1 < 0.664 - 1e-3 else "h_1 is h_0 again: nothing new came in"


def _growth(last):
    if abs(last) < 0.01:
        return "it fades to 0"
    return "it grows past 1" if abs(last) > 1 else "it settles somewhere below 1"


PREDICTIONS = [
    Prediction(
        name="02.a",
        question="The cell has just read x_0 = 1 and its hidden state is h_0 = 0.66. Now x_1 = 0 comes. "
        "What is h_1 (kernel 0.8, recurrent_kernel 0.5, bias 0)?",
        choices={
            "h_1 is exactly 0, because x_1 is 0": "That would be so in a feed-forward layer, which has only x_1.",
            "h_1 lies between 0 and h_0": "",
            "h_1 is h_0 again: nothing new came in": "For that the recurrent weight and the tanh would have to hand "
            "h_0 on unchanged.",
        },
        outcome="h_1 lies between 0 and h_0",
        explanation="h_1 = tanh(0.5 * h_0): about half of h_0, an echo of the 1 that came before.",
        decide=_after_one,
        examples=[
            (0.32, "h_1 lies between 0 and h_0"),
            (0.0, "h_1 is exactly 0, because x_1 is 0"),
            (0.664, "h_1 is h_0 again: nothing new came in"),
        ],
    ),
    Prediction(
        name="02.b",
        question="A cell that read 3 timesteps now has to read 3,000. How many more numbers must it learn?",
        choices={
            "1,000 times as many": "That is what a Dense layer over the whole sequence would need.",
            "none: it has the same number": "",
            "a few more for every doubling": "Nothing in the cell knows how long the sequence is.",
        },
        outcome="none: it has the same number",
        explanation="The weights belong to the step, and the step is the same at every t.",
        decide=lambda ratio: {1: "none: it has the same number", 1000: "1,000 times as many"}.get(
            ratio, "a few more for every doubling"
        ),
        examples=[
            (1, "none: it has the same number"),
            (1000, "1,000 times as many"),
            (1.5, "a few more for every doubling"),
        ],
    ),
    Prediction(
        name="02.c",
        question="A unit with recurrent_kernel 1.1 reads a 1 and then 49 zeros. Without tanh its hidden state grows by "
        "a tenth at each step. What does it do with tanh?",
        choices={
            "it grows past 1": "tanh never leaves the interval from -1 to 1, whatever goes in.",
            "it settles somewhere below 1": "",
            "it fades to 0": "It does with a recurrent_kernel between 0 and 1.",
        },
        outcome="it settles somewhere below 1",
        explanation="Near 0 the tanh lets the growth of 1.1 through; further out it squashes more than 1.1 stretches. "
        "Between them is a value that stays.",
        decide=_growth,
        examples=[(0.5, "it settles somewhere below 1"), (117.0, "it grows past 1"), (1e-5, "it fades to 0")],
    ),
    Prediction(
        name="02.d",
        question="The same three inputs 1, 0, 0 in the order 0, 0, 1. In which order is the last hidden state larger?",
        choices={
            "1, 0, 0: what comes first has the most time to act": "Here time wears it down: each step hands on half.",
            "0, 0, 1: what comes last is fresh": "",
            "it is the same: the same numbers went in": "It would be, for a sum; here one tanh sits in the next.",
        },
        outcome="0, 0, 1: what comes last is fresh",
        explanation="The 1 that comes last has been through one step, the 1 that comes first through three.",
        decide=lambda difference: (
            "it is the same: the same numbers went in"
            if abs(difference) < 1e-9
            else "0, 0, 1: what comes last is fresh"
            if difference > 0
            else "1, 0, 0: what comes first has the most time to act"
        ),
        examples=[
            (0.5, "0, 0, 1: what comes last is fresh"),
            (-0.5, "1, 0, 0: what comes first has the most time to act"),
            (0.0, "it is the same: the same numbers went in"),
        ],
    ),
]

register("02", *EXERCISES, *PREDICTIONS)
