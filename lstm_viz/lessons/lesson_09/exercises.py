"""Exercises and predictions of lesson 09, inside a trained LSTM."""

import numpy as np

from lstm_viz.exercises import Exercise, Prediction, register
from lstm_viz.exercises.answers import close, function, number

# --- 09.1 -------------------------------------------------------------------------------------------------


def _check_bits(bits):
    if close(bits, 1 / 8):
        yield "That is the probability itself. Surprise is -log2 of it."
    if close(bits, np.log(8), 1e-2):
        yield "That is the natural logarithm, 2.08 nats; bits take the logarithm to base 2."
    if close(bits, -3):
        yield "The sign: log2(1/8) is -3, and surprise is minus that."
    if not close(bits, 3):
        yield f"Not {bits:g}: how many times must 1 be halved to come to 1/8?"


_bits = Exercise(
    name="09.1",
    prompt="The model gave the character that came a probability of 1/8. How many bits did it cost?",
    answer=number(),
    check=_check_bits,
    hints=["Surprise in bits is -log2(p).", "2 ** -3 is 1/8."],
    solution="-np.log2(1 / 8)",
    right=["3"],
    wrong=[
        ("0.125", "probability itself"),
        ("np.log(8)", "natural logarithm"),
        ("-3", "The sign"),
        ("8", "halved"),
    ],
    remark="One bit is the surprise of a fair coin. A model at 2 bits a character is as unsure, on average, as between "
    "four characters that are equally probable.",
)

# --- 09.2 -------------------------------------------------------------------------------------------------


def _pairs(values, truth):
    yes, no = values[truth][:, None], values[~truth][None]
    return float(np.mean((yes > no) + 0.5 * (yes == no)))


def _check_auc(auc):
    rng = np.random.default_rng(9)
    untied = np.array([0.1, 0.9, 0.4, 0.7, 0.2]), np.array([False, True, False, True, True])
    for values, truth in [untied, (rng.normal(size=40), rng.random(40) < 0.3), (untied[0].round(), untied[1])]:
        found, wanted = auc(values, truth), _pairs(values, truth)
        if close(found, wanted, 1e-6):
            continue
        if close(found, 1 - wanted, 1e-6):
            yield "The other way round: count the pairs in which the value where it is true is the *higher* one."
        strict = float(np.mean(values[truth][:, None] > values[~truth][None]))
        if close(found, strict, 1e-6):
            yield "Nearly: a pair of equal values counts one half, not nothing."
        if close(found, np.mean(values[truth]) - np.mean(values[~truth]), 1e-6):
            yield "That is the difference of the two means; AUC counts pairs, so the size of a value does not matter."
        if close(found, np.mean((values > 0.5) == truth), 1e-6):
            yield "That is the accuracy at one threshold; AUC compares all pairs and needs no threshold."
        yield f"For values {values[:5].round(2).tolist()} ... it gave {found:.4g}, but {wanted:.4g} of the pairs count."


_auc = Exercise(
    name="09.2",
    prompt="Write the AUC of one unit: of all pairs of a place where the truth holds and one where it does not, the "
    "share in which the unit is higher at the first (equal: one half).",
    answer=function("values, truth", returns=number(0, 1)),
    check=_check_auc,
    hints=[
        "values[truth] are the values where it holds, values[~truth] the others. A column against a row compares all "
        "pairs: a[:, None] > b[None].",
        "The mean of (a > b) + 0.5 * (a == b) over all pairs.",
    ],
    solution="""
        def auc(values, truth):
            a, b = values[truth][:, None], values[~truth][None]
            return np.mean((a > b) + 0.5 * (a == b))
    """,
    right=[
        "def auc(v, t):\n    ranks = np.array([(np.sum(v < x) + np.sum(v <= x) + 1) / 2 for x in v])\n"
        "    n = t.sum()\n    return (ranks[t].sum() - n * (n + 1) / 2) / (n * (len(t) - n))",
    ],
    wrong=[
        ("def auc(v, t):\n    return np.mean(v[t][:, None] < v[~t][None])", "other way round"),
        ("def auc(v, t):\n    return np.clip(np.mean(v[t]) - np.mean(v[~t]), 0, 1)", "difference of the two means"),
        ("def auc(v, t):\n    return np.mean((v > 0.5) == t)", "one threshold"),
        ("def auc(v, t):\n    return np.mean(v[t][:, None] > v[~t][None])", "one half"),
        ("def auc(v, t):\n    return 0.5", "of the pairs count"),
    ],
    remark="0.5 is what a coin gives, and 0 is as telling as 1: the unit then says no.",
)

# --- 09.3 -------------------------------------------------------------------------------------------------


def _check_bias(bias):
    if close(bias, 0.9):
        yield "A bias of 0.9 gives a gate of sigmoid(0.9) = 0.71. Which bias gives 0.9?"
    if close(bias, 1 / (1 + np.exp(-0.9)), 1e-3):
        yield "That is sigmoid(0.9), the gate for a bias of 0.9. You need the inverse: which bias gives a gate of 0.9?"
    if close(bias, -np.log(9), 1e-2):
        yield "With this bias the gate is 0.1: the sign is the other way."
    if not close(bias, np.log(9), 1e-2):
        yield f"sigmoid({bias:g}) is {1 / (1 + np.exp(-np.clip(bias, -500, 500))):.3g}, not 0.9."


_bias = Exercise(
    name="09.3",
    prompt="A clamp sets a unit's columns of $W_f$ and $U_f$ to zero. Which bias $b_f$ then holds its forget gate at "
    "0.9, whatever is read?",
    answer=number(),
    check=_check_bias,
    hints=["With zero weights the gate is sigmoid(bias).", "Solve 1 / (1 + exp(-b)) = 0.9 for b: b = ln(0.9 / 0.1)."],
    solution="np.log(0.9 / 0.1)",
    right=["2.197"],
    wrong=[("0.9", "sigmoid(0.9) = 0.71"), ("0.711", "the inverse"), ("-2.197", "sign"), ("5", "not 0.9")],
    remark="So a clamped LSTM is an LSTM with other weights: the same step runs it.",
)

# --- 09.4 -------------------------------------------------------------------------------------------------


def _check_best(best):
    if close(best, 0.5, 0.03):
        yield "0.5 is what one such unit has on average. The question is about the best of 128."
    if best < 0.6 or best > 0.72:
        yield f"{best:.3g} does not come out: of 128 units of noise take the larger of AUC and 1 - AUC, then the best."


_best = Exercise(
    name="09.4",
    prompt="128 units of pure noise are scored at 100 places, at 50 of which a truth holds. About how high is the best "
    "score among them, the larger of AUC and 1 - AUC? Simulate it.",
    answer=number(0, 1),
    check=_check_best,
    hints=[
        "rng.normal(size=(100, 128)) are the units; lesson_09.auc(values, truth) gives 128 scores.",
        "np.maximum(scores, 1 - scores).max(); repeat it a few times.",
    ],
    solution="""
        from lstm_viz.lessons.lesson_09 import auc

        rng, truth = np.random.default_rng(0), np.arange(100) < 50
        scores = auc(rng.normal(size=(100, 128)), truth)
        np.maximum(scores, 1 - scores).max()
    """,
    right=["0.66"],
    wrong=[("0.5", "best of 128"), ("0.98", "does not come out")],
    remark="The best of many looks good by chance. That is why units were chosen on some files and scored on others, "
    "and why an untrained network stands beside each score.",
)

EXERCISES = [_bits, _auc, _bias, _best]

# --- predictions ------------------------------------------------------------------------------------------

_BITS = ("counting: an n-gram", "the SimpleRNN", "the LSTM")
_PLACE = ("at the first character of a word", "inside words", "at blanks and line ends")
_FOLLOWS = ("how far the line is indented", "how deep we are in brackets", "how far along the line we are")
_STRING = (
    "a switch: AUC above .95",
    "a tendency: AUC between .65 and .95",
    "no better than an untrained network's units",
)
_GATE = ("the forget gate", "the input gate", "the output gate", "the candidate")
_CUT = ("more inside strings", "more outside strings", "about as much in both")
_BACK = ("it gains as much as the LSTM", "it gains less than a quarter of what the LSTM gains", "it gets worse")


def _cut(added):
    inside, outside = added
    return _CUT[2] if abs(inside - outside) < 0.3 * max(inside, outside) else _CUT[0 if inside > outside else 1]


def _fewest(bits):
    counting, rnn, lstm = bits
    return _BITS[int(np.argmin([counting, rnn, lstm]))]


def _back(gains):
    lstm, rnn = gains
    return _BACK[2] if rnn < -0.005 else _BACK[1 if rnn < lstm / 4 else 0]


PREDICTIONS = [
    Prediction(
        name="09.a",
        question="Three ways to predict the next character of Python source, learned from the same 8.8 million "
        "characters: count what followed the last few characters (the best length of context), a SimpleRNN, an LSTM. "
        "Which needs the fewest bits on files that none of them has seen?",
        choices={
            _BITS[0]: "It is hard to beat, and ahead of the SimpleRNN. But it knows nothing of what lies further back.",
            _BITS[1]: "It comes last: even counting does better.",
            _BITS[2]: "",
        },
        outcome=_BITS[2],
        explanation="The LSTM needs 0.12 bits fewer than the best counting, and 0.26 fewer than the SimpleRNN.",
        decide=_fewest,
        examples=[((2.04, 2.18, 1.92), _BITS[2]), ((1.8, 2.18, 1.92), _BITS[0]), ((2.0, 1.7, 1.9), _BITS[1])],
    ),
    Prediction(
        name="09.b",
        question="While the model reads code: where is it most surprised by the character that comes?",
        choices={
            _PLACE[0]: "",
            _PLACE[1]: "There it is rather sure: the beginning of a word says much about the rest.",
            _PLACE[2]: "These it knows best: a new line and its indentation follow from the line before.",
        },
        outcome=_PLACE[0],
        explanation="Which word comes is open; how it goes on is much less so.",
        decide=lambda bits: _PLACE[int(np.argmax(bits))],
        examples=[((4.2, 0.9, 0.4), _PLACE[0]), ((1, 2, 0.4), _PLACE[1]), ((1, 2, 4), _PLACE[2])],
    ),
    Prediction(
        name="09.c",
        question="Slide through the code below with unit 117 chosen, quantity c. What does its cell state follow?",
        choices={
            _FOLLOWS[0]: "",
            _FOLLOWS[1]: "Brackets open and close within a line; look at what happens from line to line.",
            _FOLLOWS[2]: "It does not fall back at the end of each line, as a place in the line would.",
        },
        outcome=_FOLLOWS[0],
        explanation="It climbs with each level of indentation, and falls when a block ends.",
        decide=lambda scores: _FOLLOWS[int(np.argmax(np.abs(scores)))],
        examples=[((0.9, 0.1, 0.2), _FOLLOWS[0]), ((0.1, -0.9, 0.2), _FOLLOWS[1]), ((0.1, 0.2, 0.8), _FOLLOWS[2])],
    ),
    Prediction(
        name="09.d",
        question="Among the 128 units of this LSTM, how good is the best one at saying whether we are inside a string?",
        choices={
            _STRING[0]: "Larger models have been found to have such a unit. The best one here confuses more.",
            _STRING[1]: "",
            _STRING[2]: "It is clearly better than that.",
        },
        outcome=_STRING[1],
        explanation="It leans the right way, and is wrong often: a tendency, and no switch.",
        decide=lambda scores: _STRING[0 if scores[0] > 0.95 else 2 if scores[0] <= scores[1] else 1],
        examples=[((0.75, 0.62), _STRING[1]), ((0.99, 0.62), _STRING[0]), ((0.6, 0.62), _STRING[2])],
    ),
    Prediction(
        name="09.e",
        question="Hold one of the four layers of all units at its mean, so that it no longer answers to the text. "
        "Which costs the most bits?",
        choices={
            _GATE[0]: "It costs the least of the four here.",
            _GATE[1]: "It costs less than the candidate and the output gate.",
            _GATE[2]: "It comes second.",
            _GATE[3]: "",
        },
        outcome=_GATE[3],
        explanation="The candidate says *what* is written. Held still, it writes the same whatever was read."
        " Only how much of it is still told by the gates.",
        decide=lambda added: _GATE[int(np.argmax(added))],
        examples=[
            ((1, 2, 3, 5), _GATE[3]),
            ((6, 2, 3, 5), _GATE[0]),
            ((1, 6, 3, 5), _GATE[1]),
            ((1, 2, 6, 5), _GATE[2]),
        ],
    ),
    Prediction(
        name="09.f",
        question="Cut out the unit that goes best with 'in a string' (o = 0, so that nobody sees it). Where do the "
        "predictions get worse?",
        choices={
            _CUT[0]: "So one would think, from its score. But a score does not say who listens.",
            _CUT[1]: "They get worse there, too, but not by more.",
            _CUT[2]: "",
        },
        outcome=_CUT[2],
        explanation="Others say it, too, and what this unit says matters outside of strings as well.",
        decide=_cut,
        examples=[((0.06, 0.07), _CUT[2]), ((0.2, 0.05), _CUT[0]), ((0.05, 0.2), _CUT[1])],
    ),
    Prediction(
        name="09.g",
        question="The LSTM gains when it may read 128 characters before the one to predict, and not 16. "
        "And the SimpleRNN?",
        choices={
            _BACK[0]: "It gains next to nothing: what it read long ago is gone.",
            _BACK[1]: "",
            _BACK[2]: "More context does not harm it; it only does not help.",
        },
        outcome=_BACK[1],
        explanation="What lies further back than some twenty characters does not reach this SimpleRNN's predictions.",
        decide=_back,
        examples=[((0.1, 0.009), _BACK[1]), ((0.1, 0.09), _BACK[0]), ((0.1, -0.1), _BACK[2])],
    ),
]

register("09", *EXERCISES, *PREDICTIONS)
