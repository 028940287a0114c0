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


#: the first tells apart what usual wrong answers count: 1 wrong, 4 right, the last wrong at 2, the first right at 0
_ANSWERS = [
    ([3, 3, 8, 3, 3], 3),
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
        if answers == [truth] * len(answers):
            yield f"No answer is wrong there, so it is right from the start; {case}."
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
        ("lambda answers, truth: int((answers != truth).sum())", "should be 3, not 1"),
        ("lambda answers, truth: [-1, *np.flatnonzero(answers != truth)][-1] + 1 or -1", "No answer is wrong there"),
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


#: what usual wrong answers report, and why that is wrong; it is said only where all tries agree
_UNFAIR = [
    (
        lambda tuning, test: test.mean(axis=0).max(),
        "That chooses the learning rate on the test runs themselves: the choice must not see them.",
    ),
    (lambda tuning, test: test.max(), "That is the single best run: luck is reported as skill."),
    (
        lambda tuning, test: test[:, tuning.mean(axis=0).argmax()].max(),
        "The column is well chosen, but that is its single best run; report the mean of all of them.",
    ),
    (
        lambda tuning, test: tuning.mean(axis=0).max(),
        "That reports the very runs that were used for choosing; the best of several looks better than it is.",
    ),
    (
        lambda tuning, test: test.mean(),
        "That is the mean over all learning rates, also the unsuitable ones; choose one, on the tuning runs.",
    ),
    (
        lambda tuning, test: test[:, np.unravel_index(tuning.argmax(), tuning.shape)[1]].mean(),
        "That chooses by the single best tuning run; choose by the mean over its seeds.",
    ),
    (
        lambda tuning, test: test[:, np.vstack([tuning, test]).mean(axis=0).argmax()].mean(),
        "That chooses on all runs, the test runs among them: the choice must not see them.",
    ),
]


def _check_fair(fair_score):
    rng = np.random.default_rng(0)
    tries = [(rng.uniform(0.5, 1, (5, 4)), rng.uniform(0.5, 1, (10, 4))) for _ in range(12)]
    got = [fair_score(tuning, test) for tuning, test in tries]
    if close(got, [test[:, tuning.mean(axis=0).argmax()].mean() for tuning, test in tries], 1e-6):
        return
    for unfair, why in _UNFAIR:
        if close(got, [unfair(tuning, test) for tuning, test in tries], 1e-6):
            yield why
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
        ("lambda tuning, test: test[:, tuning.mean(axis=0).argmax()].max()", "its single best run"),
        ("lambda tuning, test: test[:, np.vstack([tuning, test]).mean(axis=0).argmax()].mean()", "on all runs"),
        ("lambda tuning, test: test[:, np.median(tuning, axis=0).argmax()].mean()", "Choose the column"),
        ("lambda tuning, test: 0.5", "Choose the column"),
    ],
    remark="Every comparison here is made so. Pixel by pixel, one common learning rate could make either cell win.",
)


EXERCISES = [_readout, _columns, _since_when, _fair]


# --- predictions ------------------------------------------------------------------------------------------

_NEARLY_ALL, _HALF, _CHANCE = "nearly all of them, as before", "about half of them", "one in ten, as by chance"


def _share(right):
    share = float(np.mean(right))
    return _NEARLY_ALL if share > 0.75 else _HALF if share > 0.25 else _CHANCE


_LESS, _EQUAL, _MORE = (
    "less: h is what the cell has worked out to be said",
    "the same: h is computed from c",
    "more: c holds things that h does not show",
)


def _where(accuracies):
    c, h = (np.asarray(accuracies[f"{name} alone"]) for name in "ch")
    low, high = ttest_rel(c, h).confidence_interval()
    return _MORE if low > 0 else _LESS if high < 0 else _EQUAL


_BOTH_LOSE = "in neither: the noise washes it out of both"
_C_KEEPS = "in the LSTM's c, and in the SimpleRNN's h hardly ever"
_BOTH_KEEP = "in both, in the SimpleRNN's h a little less often"


def _after_noise(accuracies):
    """{"LSTM, c": ..., "SimpleRNN, h": ...}, shares that a probe finds, as one of the choices; None if it is none."""
    c, h = (float(np.mean(accuracies[name])) for name in ("LSTM, c", "SimpleRNN, h"))
    if c < 0.3:
        return _BOTH_LOSE if h < 0.3 else None
    return _C_KEEPS if h < 0.3 else _BOTH_KEEP


PREDICTIONS = [
    Prediction(
        name="04.a",
        question="The digit above was picked. Of all 450 test digits, for how many is the LSTM's answer still "
        "right after eight blank rows (mean of ten models; it was .93 before, and guessing gives .10)?",
        choices={
            _NEARLY_ALL: "So it was with the digit above, because it was picked for it.",
            _HALF: "",
            _CHANCE: "The state drifts, but not so far that the readout only guesses.",
        },
        outcome=_HALF,
        explanation="Nothing in training asked it to wait. The SimpleRNN's answers fade, too, and sooner.",
        decide=_share,
        examples=[([0.9, 0.95], _NEARLY_ALL), ([0.4, 0.6], _HALF), ([0.1, 0.15], _CHANCE)],
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
        question="Now 24 rows of noise follow the digit, in place of blank ones: every pixel is drawn at random. Where "
        "does a probe still find the digit (ten models of each cell; guessing gives .10)?",
        choices={
            _BOTH_LOSE: "Noise must come in to wash anything out, and the LSTM has gates.",
            _C_KEEPS: "",
            _BOTH_KEEP: "The SimpleRNN has nothing to keep the noise out with: every row goes into its one state.",
        },
        outcome=_C_KEEPS,
        explanation="What comes later wears an early difference away (lesson 01), unless gates keep it out.",
        decide=_after_noise,
        examples=[
            ({"LSTM, c": [0.8, 0.82], "SimpleRNN, h": [0.15, 0.2]}, _C_KEEPS),
            ({"LSTM, c": [0.2, 0.2], "SimpleRNN, h": [0.15, 0.2]}, _BOTH_LOSE),
            ({"LSTM, c": [0.8, 0.8], "SimpleRNN, h": [0.7, 0.6]}, _BOTH_KEEP),
            ({"LSTM, c": [0.1, 0.1], "SimpleRNN, h": [0.7, 0.6]}, None),
        ],
    ),
]

register("04", *EXERCISES, *PREDICTIONS)
