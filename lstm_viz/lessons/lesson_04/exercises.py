"""Exercises and predictions of lesson 04, the same input through an RNN and an LSTM."""

import numpy as np

from lstm_viz.cells import LSTMCell
from lstm_viz.exercises import Exercise, Prediction, register
from lstm_viz.exercises.answers import array, cell, close, function, number, whole_number

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

_BLANK = 60


def _check_holds(lstm):
    def c_of(x):
        return lstm.run(np.array(x, float)[:, None]).c[:, 0]

    with_ink, without = c_of([1.0, *[0.0] * _BLANK]), c_of([0.0] * (_BLANK + 1))
    if abs(without).max() > 0.1:
        yield (
            f"Without any ink the cell state moves to {without[-1]:.2f}: on an empty input it must stay within 0.1 of "
            "0. Close the input gate there, or make the candidate 0."
        )
    if abs(with_ink[0]) < 0.5:
        yield (
            f"After the ink the cell state is {with_ink[0]:.2f}; it must reach 0.5 at least, above or below 0. Does "
            "the input 1 open the input gate, and is the candidate far from 0?"
        )
    if abs(with_ink[-1]) < 0.5 or with_ink[-1] * with_ink[0] < 0:
        yield (
            f"The ink was noted ({with_ink[0]:.2f}), but {_BLANK} blank steps later the cell state is "
            f"{with_ink[-1]:.2f}. How near to 1 must f be, so that f to the power of {_BLANK} is not small?"
        )
    if abs(with_ink).max() > 2:
        yield (
            f"The cell state grows to {abs(with_ink).max():.1f} on blank steps: something is added at each of them. "
            "The input gate must be closed while nothing is read."
        )


_hold = Exercise(
    name="04.4",
    prompt="Build an LSTMCell of one input and one unit that notes a stroke of ink and keeps it: after x = 1 its cell "
    f"state is at least 0.5 in size, and still is after {_BLANK} blank inputs x = 0; and without ink it stays within "
    "0.1 of 0. The gates lie in the order i, f, c, o: "
    "LSTMCell(kernel=[[i, f, c, o]], recurrent_kernel=[[...]], bias=[...]).",
    answer=cell(LSTMCell, input_dim=1, units=1),
    check=_check_holds,
    hints=[
        "Leave the recurrent kernel at zeros. What should f be on a blank input, and which number in the bias makes it "
        "so? What should i be there?",
        "f = sigmoid(5) = 0.993, and 0.993 to the power of 60 is 0.67. i = sigmoid(-5) when x = 0: bias -5; and a "
        "kernel of 10 makes it sigmoid(5) when x = 1. The candidate is tanh(3 * 1).",
    ],
    solution="""
        LSTMCell(kernel=[[10, 0, 3, 0]], recurrent_kernel=[[0, 0, 0, 0]], bias=[-5, 5, 0, 0])
    """,
    right=[
        "LSTMCell([[0, 0, 5, 0]], [[0, 0, 0, 0]], [5, 7, 0, 0])",  # i open, candidate 0 on blank inputs
        "LSTMCell([[12, -3, -4, 0]], [[0, 0, 0, 0]], [-6, 8, 0, 2])",  # notes it as a negative number
    ],
    wrong=[
        ("LSTMCell([[10, 0, 3, 0]], [[0, 0, 0, 0]], [-5, 1, 0, 0])", "60 blank steps later the cell state is 0.00"),
        ("LSTMCell([[10, 0, 3, 0]], [[0, 0, 0, 0]], [0, 5, 1, 0])", "Without any ink"),
        ("LSTMCell([[0, 0, 3, 0]], [[0, 0, 0, 0]], [-5, 5, 0, 0])", "it must reach 0.5"),
        ("LSTMCell([[10, 0, 3, 0]], [[0, 0, 3, 0]], [0, 9, 0, 3])", "something is added"),
        ("LSTMCell.initialise(2, 1)", "input_dim 2; it must be 1"),
        ("[10, 0, 3, 0]", "make a cell with LSTMCell"),
    ],
    remark="This is what a forget gate near 1 and a closed input gate are for. Training has to find it on its own, and "
    "does so only as far as its task asks for it.",
)


# --- 04.5 -------------------------------------------------------------------------------------------------


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
    name="04.5",
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


EXERCISES = [_readout, _columns, _since_when, _hold, _fair]


# --- predictions ------------------------------------------------------------------------------------------

_EARLY, _MIDDLE, _LATE = "after 1 or 2 rows", "after 3, 4 or 5 rows", "after 6 rows or more"


def _rows_needed(accuracy_by_row):
    enough = np.flatnonzero(np.asarray(accuracy_by_row) >= 0.75)
    rows = enough[0] + 1 if len(enough) else 9
    return _EARLY if rows <= 2 else _MIDDLE if rows <= 5 else _LATE


_RNN, _LSTM = "the SimpleRNN: its worst run beats the LSTM's best", "the LSTM: its worst run beats the SimpleRNN's best"
_OVERLAP = "neither clearly: the two ranges of runs overlap"


def _clear_winner(accuracies):
    rnn, lstm = (np.asarray(accuracies[name]) for name in ("SimpleRNN", "LSTM"))
    return _RNN if rnn.min() > lstm.max() else _LSTM if lstm.min() > rnn.max() else _OVERLAP


_RNN_KEEPS, _LSTM_KEEPS, _SAME = "the SimpleRNN's", "the LSTM's", "both alike: a blank row changes nothing"


def _who_keeps(accuracies):
    rnn, lstm = (float(np.mean(accuracies[name])) for name in ("SimpleRNN", "LSTM"))
    return _SAME if abs(rnn - lstm) < 0.05 else _RNN_KEEPS if rnn > lstm else _LSTM_KEEPS


PREDICTIONS = [
    Prediction(
        name="04.a",
        question="A trained LSTM reads a digit row by row, eight rows, and is asked after each which digit it is. "
        "After how many rows is it right for three quarters of digits that it has never seen?",
        choices={
            _EARLY: "Two rows are the tips of the strokes: 0, 2, 3, 8 and 9 all begin alike.",
            _MIDDLE: "",
            _LATE: "The lower half confirms more than it tells; most digits have given themselves away before.",
        },
        outcome=_MIDDLE,
        explanation="The upper half tells most digits apart; what follows confirms it.",
        decide=_rows_needed,
        examples=[
            ([0.4, 0.6, 0.74, 0.8, 0.9, 0.9, 0.9, 0.9], _MIDDLE),
            ([0.4, 0.75, 0.8, 0.8, 0.9, 0.9, 0.9, 0.9], _EARLY),
            ([0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.5, 0.7], _LATE),
        ],
    ),
    Prediction(
        name="04.b",
        question="Ten models of each cell read the eight rows and are asked once, after the last row, each cell at its "
        "own best learning rate. Which names more test digits rightly?",
        choices={
            _RNN: "It learns faster at first, but the others catch up.",
            _LSTM: "Eight steps are few: a well-initialised RNN carries what it needs that far.",
            _OVERLAP: "",
        },
        outcome=_OVERLAP,
        explanation="Over eight steps nothing is lost that the SimpleRNN could not carry, so gates have little to add.",
        decide=_clear_winner,
        examples=[
            ({"SimpleRNN": [0.94, 0.96], "LSTM": [0.95, 0.97]}, _OVERLAP),
            ({"SimpleRNN": [0.8, 0.82], "LSTM": [0.9, 0.92]}, _LSTM),
            ({"SimpleRNN": [0.95, 0.96], "LSTM": [0.9, 0.92]}, _RNN),
        ],
    ),
    Prediction(
        name="04.c",
        question="The same ten models of each cell, but trained to answer after every row. Which is right more often "
        "after the last row?",
        choices={
            _RNN: "Its whole hidden state is written anew at every step, also what the answer is read from.",
            _LSTM: "",
            _OVERLAP: "That was so when one answer was needed. Now one readout must fit the hidden states of all rows.",
        },
        outcome=_LSTM,
        explanation="Gates let a unit keep its value, and with it its meaning, so that one readout can fit all rows; a "
        "SimpleRNN writes every value anew at each step. How much of the gap that is, the probe below tells.",
        decide=_clear_winner,
        examples=[({"SimpleRNN": [0.8, 0.85], "LSTM": [0.9, 0.92]}, _LSTM)],
    ),
    Prediction(
        name="04.d",
        question="After the digit's last row come eight blank rows, which no model has met in training. Whose answers "
        "are right more often then?",
        choices={
            _RNN_KEEPS: "It has no gate to leave its state alone with: every blank row mixes it once more.",
            _LSTM_KEEPS: "",
            _SAME: "It would be so if h_t were a notebook. It is a value that is computed anew at every step.",
        },
        outcome=_LSTM_KEEPS,
        explanation="Both lose it, because nothing in training asked them to wait; the LSTM's answer lasts longer.",
        decide=_who_keeps,
        examples=[
            ({"SimpleRNN": [0.3, 0.4], "LSTM": [0.6, 0.7]}, _LSTM_KEEPS),
            ({"SimpleRNN": [0.7, 0.6], "LSTM": [0.3, 0.3]}, _RNN_KEEPS),
            ({"SimpleRNN": [0.9, 0.9], "LSTM": [0.9, 0.91]}, _SAME),
        ],
    ),
]

register("04", *EXERCISES, *PREDICTIONS)
