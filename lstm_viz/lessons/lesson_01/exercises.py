"""Exercises and predictions of lesson 01, long-term dependency."""

import numpy as np

from lstm_viz.cells import Overflow, SimpleRNNCell, sigmoid
from lstm_viz.exercises import Exercise, Prediction, register
from lstm_viz.exercises.answers import cell, close, function, number
from lstm_viz.learning.tasks import MarkedRecall

# --- 01.1 -------------------------------------------------------------------------------------------------


def _check_slope(slope):
    z = 0.9 * 0.5
    right = 0.9 * (1 - np.tanh(z) ** 2)
    usual = [
        (1 - np.tanh(z) ** 2, "That is the slope of tanh alone; h_tm1 reaches it through the weight 0.9 (chain rule)."),
        (np.tanh(z), "That is h_t itself; the question is how much h_t changes when h_tm1 changes a little."),
        (0.9, "That is the weight; the tanh flattens what it lets through, by 1 - h_t ** 2."),
        (
            0.9 * (1 - 0.5**2),
            "The slope of tanh is 1 - h_t ** 2, with the h_t that comes out, not the 0.5 that went in.",
        ),
        (0.9 * (1 - z**2), "The slope of tanh is 1 - h_t ** 2; tanh itself is missing in your 1 - z ** 2."),
        (0.9 * (1 - np.tanh(z)), "The slope of tanh is 1 - h_t ** 2: the square is missing."),
    ]
    if not close(slope, right, 2e-3):
        for value, why in usual:
            if close(slope, value, 2e-3):
                yield why
        yield "Try it: (np.tanh(0.9 * 0.501) - np.tanh(0.9 * 0.5)) / 0.001 comes close to the right number."


_slope = Exercise(
    name="01.1",
    prompt="h_t = tanh(0.9 * h_tm1) and h_tm1 is 0.5. By which factor does a tiny change of h_tm1 reach h_t?",
    answer=number(),
    check=_check_slope,
    hints=[
        "The derivative of tanh(z) is 1 - tanh(z) ** 2, and z is 0.9 * h_tm1.",
        "0.9 * (1 - h_t ** 2), with h_t = tanh(0.45).",
    ],
    solution="0.9 * (1 - np.tanh(0.9 * 0.5) ** 2)",
    right=["0.74", "(np.tanh(0.9 * 0.501) - np.tanh(0.9 * 0.5)) / 0.001"],
    wrong=[
        ("1 - np.tanh(0.45) ** 2", "chain rule"),
        ("np.tanh(0.45)", "h_t itself"),
        ("0.9", "tanh flattens"),
        ("0.675", "not the 0.5 that went in"),
        ("0.9 * (1 - np.tanh(0.45))", "square is missing"),
        ("0.9 * (1 - 0.45**2)", "tanh itself is missing"),
        ("3", "comes close to the right number"),
    ],
    remark="Less than 0.9: tanh is nowhere steeper than 1. Each step of a unit with a weight below 1 takes some away.",
)


# --- 01.2 -------------------------------------------------------------------------------------------------


def _check_gate(bias):
    f = sigmoid(bias)
    left = f**100
    if abs(left - 0.5) <= 0.05:
        return
    if 0 < bias < 1 and abs(bias**100 - 0.5) < 0.05:
        yield f"{bias:g} is what the gate must be; its bias is what goes into the sigmoid to make it so."
    if close(bias, 0.5, 1e-9) or close(f, 0.5, 1e-9):
        yield f"A gate of {f:.2f} keeps that part at every step: after 100 steps {left:.1g} is left, not half."
    if bias < 0:
        yield f"With a negative bias the gate forgets more than half at every step: here f = {f:.3f}."
    size = "too little" if left < 0.5 else "too much"
    yield f"With this bias f = {f:.4f} and f ** 100 = {left:.3g}: that is {size}."


_gate = Exercise(
    name="01.2",
    prompt="A cell state is multiplied by f = sigmoid(bias) at each of 100 timesteps. Which bias leaves half of it?",
    answer=number(),
    check=_check_gate,
    hints=[
        "First f: f ** 100 = 0.5.",
        "f = 0.5 ** (1 / 100) = 0.9931. Then undo the sigmoid: bias = log(f / (1 - f)).",
    ],
    solution="""
        f = 0.5 ** (1 / 100)
        np.log(f / (1 - f))
    """,
    right=["4.97", "5"],
    wrong=[
        ("0.5 ** (1 / 100)", "goes into the sigmoid"),
        ("0.5", "keeps that part at every step"),
        ("0", "keeps that part at every step"),
        ("-5", "forgets more than half"),
        ("1", "too little"),
        ("9", "too much"),
    ],
    remark="About 5. Keras begins with 1. Lesson 05 shows what lies between the two.",
)


# --- 01.3 -------------------------------------------------------------------------------------------------


def _check_reader(recall):
    rng = np.random.default_rng(0)
    for lag in (30, 6, 1):  # the longest first: there "the last bit" is not some other bit, too
        x, y = MarkedRecall(lag).batch(rng, 200)
        said = recall(x.astype(float))
        if said.shape != (200,):
            yield f"For 200 sequences your function returns shape {said.shape}; one answer for each is expected."
        if close(said, 2.0 * y - 1):
            yield "These are the bits -1 and +1; the classes are 0 for -1 and 1 for +1."
        if close(said, x[:, -1, 0] > 0):
            yield "That is the last bit. The bit that counts stands where the marker, x[..., 1], is 1."
        if close(said, x[:, 0, 0] > 0):
            yield "That is the first bit. The bit that counts stands where the marker, x[..., 1], is 1."
        if close(said, x[..., 1].argmax(-1)):
            yield "That is where the marker stands; the question is which bit stands there."
        share = np.mean(said == y)
        if share < 1 and close(np.round(said), y):
            yield f"A class is 0 or 1; yours are numbers beside them, such as {said[~np.isin(said, (0, 1))][0]:.6g}."
        if close(said, 1 - y):
            yield "Just the wrong way round: a marked -1 is class 0 and a marked +1 is class 1."
        if share < 1:
            yield f"At lag {lag} it is right for {share:.0%} of the sequences; guessing is right for 50%."


_reader = Exercise(
    name="01.3",
    prompt="Write recall(x), which reads x (batch, timesteps, 2) of the task MarkedRecall, the bits in x[..., 0] and "
    "the marker in x[..., 1], and returns the class of each sequence, (batch,): 1 if the marked bit is +1, else 0.",
    answer=function("x"),
    check=_check_reader,
    hints=[
        "The marker is 1 at one step and 0 at all others. What is left of bit * marker?",
        "(x[..., 0] * x[..., 1]).sum(axis=-1) is the marked bit.",
    ],
    solution="""
        def recall(x):
            marked = (x[..., 0] * x[..., 1]).sum(axis=-1)
            return (marked > 0).astype(int)
    """,
    right=[
        "lambda x: x[np.arange(len(x)), x[..., 1].argmax(-1), 0] > 0",
        "lambda x: ((x[..., 0] * x[..., 1]).sum(-1) + 1) / 2",
    ],
    wrong=[
        ("lambda x: (x[..., 0] * x[..., 1]).sum(-1)", "These are the bits"),
        ("lambda x: x[:, -1, 0] > 0", "the last bit"),
        ("lambda x: x[:, 0, 0] > 0", "the first bit"),
        ("lambda x: x[..., 1].argmax(-1)", "where the marker stands"),
        ("lambda x: (x[..., 0] * x[..., 1]).sum(-1) < 0", "wrong way round"),
        ("lambda x: x[..., 0].sum(-1) > 0", "guessing is right for 50%"),
        ("lambda x: x[:, 1, 0] > 0", "guessing is right for 50%"),
        ("lambda x: x[:, x[0, :, 1].argmax(), 0] > 0", "guessing is right for 50%"),
        ("lambda x: 1 / (1 + np.exp(-9 * (x[..., 0] * x[..., 1]).sum(-1)))", "A class is 0 or 1"),
        ("lambda x: (x[..., 0] * x[..., 1]).sum() > 0", "returns shape ()"),
        ("1", "not a function"),
    ],
    remark="Easy with the whole sequence in view. A cell sees one step at a time and must do it with what it keeps.",
)


# --- 01.4 -------------------------------------------------------------------------------------------------


def _check_latch(rnn):
    try:
        apart = _apart(rnn)
    except Overflow:
        yield "The hidden state grows beyond what a float can hold; a tanh keeps it between -1 and 1."
        return
    if apart[-1] > 1 + 1e-9:  # not by rounding alone
        return
    shown = f"After 200 steps the two runs are {apart[-1]:.5g} apart"
    if rnn.activation == "sigmoid":
        yield f"{shown}. A sigmoid stays between 0 and 1, so they can never be more than 1 apart; a tanh has more room."
    if close(apart[-1], 1, 1e-9):
        yield f"{shown}, exactly as far as at the beginning: all is handed on as it is. More than 1 is asked."
    unbiased = rnn.replace(bias=[0.0])
    if rnn.bias[0] and _apart(unbiased)[-1] > 1:
        yield f"{shown}: the bias pushes both to the same side. With bias 0 your unit would keep them apart."
    later = _apart(rnn, 5000)
    if later[-1] > 0.999 * later[4000] and apart[-1] > 1e-6:
        yield f"{shown} and stay so: each settles, but too near to 0. Try a recurrent_kernel further from 0."
    yield f"{shown}: the difference fades. Try a recurrent_kernel further from 0."


def _apart(rnn, steps=200):
    """How far apart the two runs are after each step."""
    one, other = (rnn.run(np.zeros((steps, 1)), np.array([s])).h[:, 0] for s in (0.5, -0.5))
    return np.abs(one - other)


_latch = Exercise(
    name="01.4",
    prompt="Make a SimpleRNNCell of one unit that keeps two beginnings apart: from h = 0.5 and from h = -0.5, with 0 "
    "as every input, the two hidden states are still more than 1 apart after 200 steps. Hand over the cell.",
    answer=cell(SimpleRNNCell, input_dim=1, units=1),
    check=_check_latch,
    hints=[
        "SimpleRNNCell([[1.0]], [[w]], [0.0]): which w keeps tanh(w * 0.5) at 0.5 or above?",
        "tanh(w * 0.5) = 0.5 for w = 1.0986. What happens with more than that?",
    ],
    solution="SimpleRNNCell([[1.0]], [[1.5]], [0.0])",
    right=[
        "SimpleRNNCell([[0.0]], [[1.11]])",
        "SimpleRNNCell([[3.0]], [[20.0]])",
        "SimpleRNNCell([[1.0]], [[-2.0]])",
        "SimpleRNNCell([[1.0]], [[3.0]], [0.5])",
        'SimpleRNNCell([[1.0]], [[1.01]], activation="linear")',
    ],
    wrong=[
        ("SimpleRNNCell([[1.0]], [[0.9]])", "the difference fades"),
        ("SimpleRNNCell([[1.0]], [[1.0]])", "the difference fades"),
        ("SimpleRNNCell([[1.0]], [[1.05]])", "0.74141 apart and stay so"),
        ("SimpleRNNCell([[1.0]], [[0.0]])", "the difference fades"),
        ("SimpleRNNCell([[1.0]], [[1.5]], [5.0])", "the bias pushes both to the same side"),
        ("SimpleRNNCell([[1.0]], [[0.5]], [5.0])", "the difference fades"),
        ('SimpleRNNCell([[1.0]], [[1.0]], activation="linear")', "exactly as far as at the beginning"),
        ('SimpleRNNCell([[1.0]], [[1.0]], [0.1], activation="linear")', "exactly as far as at the beginning"),
        ('SimpleRNNCell([[1.0]], [[1e9]], activation="linear")', "grows beyond"),
        ('SimpleRNNCell([[1.0]], [[0.9999]], activation="linear")', "the difference fades"),
        ('SimpleRNNCell([[1.0]], [[10.0]], [-5.0], activation="sigmoid")', "never be more than 1 apart"),
        ("1.5", "make a cell with SimpleRNNCell"),
    ],
    remark="So a plain RNN can hold a bit for good. Now look at its slope, w * (1 - h ** 2), where a tanh holds it: "
    "the firmer the hold, the less a change of the start is felt, and the less training can find out (Bengio et al. "
    "1994).",
)

EXERCISES = [_slope, _gate, _reader, _latch]


# --- predictions ------------------------------------------------------------------------------------------


def _left(share):
    return (
        "about a half" if share > 0.1 else "a few thousandths" if share > 1e-4 else "nothing that a computer can hold"
    )


def _lost(step):
    return "yes, within 100 steps" if step is not None and step <= 100 else "no: nothing in the cell deletes anything"


_ALL = "both, in every run"
_SOME = "the LSTM in every run, the SimpleRNN in some"
_NEITHER = "neither of them, in any run"


def _who(solved):
    """{"SimpleRNN": solved runs, "LSTM": solved runs, "of": all runs of each} at lag 50 as one of the choices."""
    if solved["LSTM"] == solved["SimpleRNN"] == solved["of"]:
        return _ALL
    if solved["LSTM"] == 0 == solved["SimpleRNN"]:
        return _NEITHER
    return _SOME if solved["LSTM"] == solved["of"] else None


PREDICTIONS = [
    Prediction(
        name="01.a",
        question="A unit with recurrent weight 0.9 reads a 1, then 50 zeros. How much is left of its hidden state?",
        choices={
            "about a half": "0.9 is close to 1, but it is applied 50 times.",
            "a few thousandths": "",
            "nothing that a computer can hold": "With a weight of 0.5 it would be so: 0.5 ** 50 is 1e-15.",
        },
        outcome="a few thousandths",
        explanation="0.9 ** 50 is 0.005, and the tanh takes a little more at the beginning.",
        decide=_left,
        examples=[(0.0024, "a few thousandths"), (0.5, "about a half"), (1e-16, "nothing that a computer can hold")],
    ),
    Prediction(
        name="01.b",
        question="Two copies of one untrained RNN of 16 units read the same 200 random bits, but for the very first, "
        "which is +1 for one copy and -1 for the other. Will their hidden states agree to seven digits, as many as "
        "float32 has?",
        choices={
            "yes, within 100 steps": "",
            "no: nothing in the cell deletes anything": "Nothing deletes it at once. But every step makes the "
            "difference smaller, and digits are finite.",
        },
        outcome="yes, within 100 steps",
        explanation="On the way each step shrinks the difference by some factor. Once it is smaller than the last "
        "digit, what is left of the bit drowns in rounding, and no later layer, however clever, can read it.",
        decide=_lost,
        examples=[
            (70, "yes, within 100 steps"),
            (150, "no: nothing in the cell deletes anything"),
            (None, "no: nothing in the cell deletes anything"),
        ],
    ),
    Prediction(
        name="01.c",
        question="A SimpleRNN and an LSTM of 16 units each learn to name the marked bit, at lags of up to 5, 20 and 50 "
        "steps, with the same number of updates, ten runs each. Who solves lag 50?",
        choices={
            _ALL: "Both are trained with the same care, but not with the same result.",
            _SOME: "",
            _NEITHER: "That can happen, on a harder task: lesson 06.",
        },
        outcome=_SOME,
        explanation="Within this budget. Lesson 06 asks how far that holds: other seeds, more updates, other tasks.",
        decide=_who,
        examples=[
            ({"SimpleRNN": 4, "LSTM": 10, "of": 10}, _SOME),
            ({"SimpleRNN": 3, "LSTM": 3, "of": 3}, _ALL),
            ({"SimpleRNN": 0, "LSTM": 0, "of": 10}, _NEITHER),
            ({"SimpleRNN": 4, "LSTM": 9, "of": 10}, None),
        ],
    ),
]

register("01", *EXERCISES, *PREDICTIONS)
