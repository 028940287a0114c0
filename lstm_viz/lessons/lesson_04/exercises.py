"""Exercises and predictions of lesson 04, who still knows the digit after waiting."""

import numpy as np
from scipy.stats import ttest_rel

from lstm_viz.exercises import Exercise, Prediction, register
from lstm_viz.exercises.answers import array, close, function, number, whole_number

# --- 04.1 -------------------------------------------------------------------------------------------------

_H = np.array([0.5, -1.0])
_KERNEL = np.array([[2.0, 0.0, -2.0], [0.0, 1.0, -1.0]])
_BIAS = np.array([0.0, 1.0, 0.0])


def _softmax(logits):
    exponentials = np.exp(logits)
    return exponentials / exponentials.sum()


def _check_readout(p):
    logits = _H @ _KERNEL + _BIAS
    if close(p, _softmax(logits), 5e-3):
        return
    if close(p, logits, 5e-3):
        yield "These are the logits h @ kernel + bias; the softmax is still missing."
    if close(p, np.exp(logits), 1e-2):
        yield "These are the exponentials; divide them by their sum, so that they add up to 1."
    if close(p, _softmax(_H @ _KERNEL), 5e-3):
        yield "The bias is missing: it is added before the softmax."
    if close(p, 1 / (1 + np.exp(-logits)), 5e-3):
        yield "That is a sigmoid of each logit: it judges every class on its own, and the three need not add up to 1."
    if abs(p.sum() - 1) > 5e-3:
        yield f"Probabilities add up to 1; yours add up to {p.sum():.2f}."
    yield "Begin with the three logits h @ kernel + bias, then take exp of each and divide by the sum."


_readout = Exercise(
    name="04.1",
    prompt="A hidden state h = [0.5, -1] is read out with kernel [[2, 0, -2], [0, 1, -1]] and bias [0, 1, 0]. "
    "Which probabilities do the three classes get?",
    answer=array(3),
    check=_check_readout,
    hints=[
        "The first logit is 0.5 * 2 + (-1) * 0 + 0 = 1. Two more, then the softmax.",
        "The logits are 1, 0, 0. Softmax: exp of each, divided by the sum of all three.",
    ],
    solution="""
        logits = np.array([0.5, -1]) @ [[2, 0, -2], [0, 1, -1]] + [0, 1, 0]
        p = np.exp(logits) / np.exp(logits).sum()
    """,
    right=["(0.576, 0.212, 0.212)"],
    wrong=[
        ("[1, 0, 0]", "softmax is still missing"),
        ("np.exp([1.0, 0.0, 0.0])", "divide them by their sum"),
        ("np.exp([1, -1, 0]) / np.exp([1, -1, 0]).sum()", "bias is missing"),
        ("[0.731, 0.5, 0.5]", "sigmoid"),
        ("[0.5, 0.5, 0.5]", "add up to 1.50"),
        ("[0.2, 0.4, 0.4]", "Begin with the three logits"),
    ],
    remark="The readout is the same at every timestep; only h_t moves. So an answer changes exactly when h_t does.",
)


# --- 04.2 -------------------------------------------------------------------------------------------------


def _check_columns(by_columns):
    rng = np.random.default_rng(0)
    for shape in ((8, 8), (3, 5)):
        image = rng.uniform(size=shape)
        x = by_columns(image)
        if close(x, image.T, 1e-6):
            continue
        if close(x, image, 1e-6):
            yield "That is the image itself, whose first axis counts rows: x[t] must be column t."
        if close(x, image.T[::-1], 1e-6):
            yield "These are the columns from right to left; x[0] must be the leftmost."
        if x.shape == (image.size, 1):
            yield "That is one pixel per timestep; here each timestep reads a whole column."
        if x.shape != image.T.shape:
            yield f"For an image of shape {shape} the sequence has shape {image.T.shape}; yours has {x.shape}."
        yield "x[t] must be column t of the image, from top to bottom."


_columns = Exercise(
    name="04.2",
    prompt="Write by_columns(image), which turns an image (rows, columns) into the sequence that reads it from left to "
    "right: x_t is column t.",
    answer=function("image", returns=array()),
    check=_check_columns,
    hints=[
        "A sequence has shape (timesteps, input_dim). What counts the timesteps here, and how long is one x_t?",
        "image[:, t] is column t. An array has an attribute that swaps its two axes.",
    ],
    solution="""
        def by_columns(image):
            return image.T
    """,
    right=[
        "lambda image: np.stack([image[:, t] for t in range(image.shape[1])])",
        "lambda image: [list(column) for column in zip(*image)]",
    ],
    wrong=[
        ("lambda image: image", "first axis counts rows"),
        ("lambda image: image.reshape(-1, 1)", "one pixel per timestep"),
        ("lambda image: image.T[::-1]", "right to left"),
        ("lambda image: image.sum(axis=0)", "the sequence has shape (8, 8); yours has (8,)"),
        ("lambda image: image.T[:, ::-1]", "from top to bottom"),
    ],
    remark="Same pixels, another order, another task: a model trained on rows cannot read columns.",
)


# --- 04.3 -------------------------------------------------------------------------------------------------


def _right_from(answers, truth):
    wrong = [t for t, answer in enumerate(answers) if answer != truth]
    if not wrong:
        return 0
    return -1 if wrong[-1] == len(answers) - 1 else wrong[-1] + 1


_ANSWERS = [
    ([3, 8, 8, 3, 3], 3),
    ([3, 3, 3], 3),
    ([1, 3, 8], 3),
    ([3, 8], 3),
    ([8, 8, 8, 3], 3),
    ([3], 3),
    ([0], 1),
    ([5, 0, 5, 0, 0, 0], 0),
]


def _check_right_from(right_from):
    for answers, truth in _ANSWERS:
        expected, got = _right_from(answers, truth), right_from(np.array(answers), truth)
        if got == expected:
            continue
        case = f"for the answers {answers} and the truth {truth} it should be {expected}, not {got}"
        if expected == -1:
            yield f"The last answer counts: if it is wrong, return -1; {case}."
        if truth in answers and got == answers.index(truth):
            yield f"That is where it is right for the first time, but it changes its mind later; {case}."
        if got == expected - 1:
            yield f"That is the last wrong answer; the right ones begin one timestep later; {case}."
        yield f"Look at the last wrong answer; {case}."


_since_when = Exercise(
    name="04.3",
    prompt="Write right_from(answers, truth): the first timestep from which on every answer is right, or -1 if the "
    "last one is wrong. answers is an array of one class number per timestep.",
    answer=function("answers, truth", returns=whole_number()),
    check=_check_right_from,
    hints=[
        "Where is the last wrong answer? One step later it begins.",
        "wrong = np.flatnonzero(answers != truth) has the timesteps of all wrong answers, the last one in wrong[-1], "
        "unless there is none.",
    ],
    solution="""
        def right_from(answers, truth):
            wrong = np.flatnonzero(answers != truth)
            if len(wrong) == 0:
                return 0
            return -1 if wrong[-1] == len(answers) - 1 else wrong[-1] + 1
    """,
    right=[
        "lambda answers, truth: next((t for t in range(len(answers)) if (answers[t:] == truth).all()), -1)",
    ],
    wrong=[
        ("lambda answers, truth: int(np.argmax(answers == truth))", "right for the first time"),
        ("lambda answers, truth: len(answers) - 1", "Look at the last wrong answer"),
        (
            "lambda a, y: next((t for t in range(len(a)) if (a[t:] == y).all()), len(a))",
            "if it is wrong, return -1",
        ),
        (
            "lambda a, y: max((t for t in range(len(a)) if a[t] != y), default=0)",
            "begin one timestep later",
        ),
    ],
    remark="Use it on `probabilities.argmax(axis=-1)` of any digit to see who makes up its mind first.",
)


# --- 04.4 -------------------------------------------------------------------------------------------------


def _check_fair(fair_score):
    rng = np.random.default_rng(0)
    for _ in range(4):
        tuning, test = rng.uniform(0.5, 1, (5, 4)), rng.uniform(0.5, 1, (10, 4))
        got, expected = fair_score(tuning, test), test[:, tuning.mean(axis=0).argmax()].mean()
        if close(got, expected, 1e-6):
            continue
        if close(got, test.mean(axis=0).max(), 1e-6):
            yield "That chooses the learning rate on the test runs themselves: the choice must not see them."
        if close(got, test.max(), 1e-6):
            yield "That is the single best run: luck is reported as skill."
        if close(got, tuning.mean(axis=0).max(), 1e-6):
            yield "That reports the very runs that were used for choosing; the best of several looks better than it is."
        if close(got, test.mean(), 1e-6):
            yield "That is the mean over all learning rates, also the unsuitable ones; choose one, on the tuning runs."
        if close(got, test[:, np.unravel_index(tuning.argmax(), tuning.shape)[1]].mean(), 1e-6):
            yield "That chooses by the single best tuning run; choose by the mean over its seeds."
        yield "Choose the column with the best mean in tuning, and report the mean of that column in test."


_fair = Exercise(
    name="04.4",
    prompt="Write fair_score(tuning, test): the score to report for a cell whose learning rate must be chosen. Both "
    "are arrays (seeds, learning rates) of accuracies; the seeds differ, the learning rates are the same.",
    answer=function("tuning, test", returns=number()),
    check=_check_fair,
    hints=[
        "Two steps: which column is chosen, and from which array is reported?",
        "best = tuning.mean(axis=0).argmax() is the column; now report the mean of it in the other array.",
    ],
    solution="""
        def fair_score(tuning, test):
            best = tuning.mean(axis=0).argmax()
            return test[:, best].mean()
    """,
    right=["lambda tuning, test: test.T[np.argmax(tuning.sum(axis=0))].mean()"],
    wrong=[
        ("lambda tuning, test: test.mean(axis=0).max()", "must not see them"),
        ("lambda tuning, test: test.max()", "single best run"),
        ("lambda tuning, test: tuning.mean(axis=0).max()", "used for choosing"),
        ("lambda tuning, test: test.mean()", "also the unsuitable ones"),
        (
            "lambda tuning, test: test[:, np.unravel_index(tuning.argmax(), tuning.shape)[1]].mean()",
            "single best tuning run",
        ),
        ("lambda tuning, test: 0.5", "Choose the column"),
    ],
    remark="Every comparison here is made so. Pixel by pixel, one common learning rate could make either cell win.",
)


EXERCISES = [_readout, _columns, _since_when, _fair]


# --- predictions ------------------------------------------------------------------------------------------

_RNN_KEEPS, _LSTM_KEEPS, _SAME = "the SimpleRNN's", "the LSTM's", "both alike: a blank row changes nothing"


def _who_keeps(accuracies):
    rnn, lstm = (float(np.mean(accuracies[name])) for name in ("SimpleRNN", "LSTM"))
    return _SAME if abs(rnn - lstm) < 0.05 else _RNN_KEEPS if rnn > lstm else _LSTM_KEEPS


_LESS, _EQUAL, _MORE = (
    "less: h is what the cell has worked out to be said",
    "the same: h is computed from c",
    "more: c holds things that h does not show",
)


def _where(accuracies):
    c, h = (np.asarray(accuracies[f"{name} alone"]) for name in "ch")
    low, high = ttest_rel(c, h).confidence_interval()
    return _MORE if low > 0 else _LESS if high < 0 else _EQUAL


_RNN, _LSTM = "the SimpleRNN", "the LSTM"
_NOT_TOLD = "ten runs of each cannot tell them apart"


def _better(accuracies):
    low, high = ttest_rel(*(np.asarray(accuracies[name]) for name in ("LSTM", "SimpleRNN"))).confidence_interval()
    return _LSTM if low > 0 else _RNN if high < 0 else _NOT_TOLD


PREDICTIONS = [
    Prediction(
        name="04.a",
        question="After the digit's last row come eight blank rows, which no model has met in training. Whose answers "
        "are right more often then?",
        choices={
            _RNN_KEEPS: "It has no gate to leave its state alone with: every blank row mixes it once more.",
            _LSTM_KEEPS: "",
            _SAME: "It would be so if h_t were a notebook. It is a value that is computed anew at every step.",
        },
        outcome=_LSTM_KEEPS,
        explanation="Both fade, because nothing in training asked them to wait; the LSTM's answer lasts longer.",
        decide=_who_keeps,
        examples=[
            ({"SimpleRNN": [0.3, 0.4], "LSTM": [0.6, 0.7]}, _LSTM_KEEPS),
            ({"SimpleRNN": [0.7, 0.6], "LSTM": [0.3, 0.3]}, _RNN_KEEPS),
            ({"SimpleRNN": [0.9, 0.9], "LSTM": [0.9, 0.91]}, _SAME),
        ],
    ),
    Prediction(
        name="04.b",
        question="24 blank rows after the digit, a probe is fitted to the LSTM's h. Now one is fitted to its cell "
        "state c instead, as many numbers. Does it find the digit more or less often?",
        choices={
            _LESS: "What is worked out to be said passes the output gate, and what passes a gate can only lose.",
            _EQUAL: "h = o * tanh(c): where o is near 0, or c is far from 0, h does not tell how large c is.",
            _MORE: "",
        },
        outcome=_MORE,
        explanation="c remembers, h shows: the output gate hides a part, and tanh flattens what is large.",
        decide=_where,
        examples=[
            ({"h alone": [0.70, 0.72, 0.71], "c alone": [0.77, 0.78, 0.79]}, _MORE),
            ({"h alone": [0.70, 0.72, 0.71], "c alone": [0.60, 0.61, 0.62]}, _LESS),
            ({"h alone": [0.70, 0.72, 0.71], "c alone": [0.71, 0.70, 0.72]}, _EQUAL),
        ],
    ),
    Prediction(
        name="04.c",
        question="Ten models of each cell read the eight rows and are asked once, after the last row, each cell at its "
        "own best learning rate. Which names more test digits rightly on average?",
        choices={
            _RNN: "It learns faster at first, but the others catch up and pass it.",
            _LSTM: "",
            _NOT_TOLD: "The ranges of the two overlap, and yet the pairs of runs agree well enough on the difference.",
        },
        outcome=_LSTM,
        explanation="By one digit in a hundred or two: over eight steps a SimpleRNN carries nearly all that is needed.",
        decide=_better,
        examples=[
            ({"SimpleRNN": [0.94, 0.95, 0.96], "LSTM": [0.96, 0.98, 0.98]}, _LSTM),
            ({"SimpleRNN": [0.96, 0.97, 0.98], "LSTM": [0.94, 0.94, 0.96]}, _RNN),
            ({"SimpleRNN": [0.94, 0.96, 0.95], "LSTM": [0.95, 0.95, 0.96]}, _NOT_TOLD),
        ],
    ),
]

register("04", *EXERCISES, *PREDICTIONS)
