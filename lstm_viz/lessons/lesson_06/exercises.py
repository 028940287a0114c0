"""Exercises and predictions of lesson 06, the long-lag lab."""

import numpy as np

from lstm_viz.cells import sigmoid
from lstm_viz.exercises import Exercise, Prediction, register
from lstm_viz.exercises.answers import array, close, function, number, several, whole_number
from lstm_viz.learning.sweep_results import success_interval
from lstm_viz.lessons.lesson_06.by_hand import carry

# --- 06.1 -------------------------------------------------------------------------------------------------


def _check_at_least(k):
    low, high = success_interval(k, 10)
    if k == 9:
        return
    if k == 6:
        yield (
            f"6 of 10 is more than half of these ten; but the true rate may then lie anywhere from {low:.2f} to "
            f"{high:.2f}."
        )
    if k == 10:
        yield "10 of 10 is enough, but so is one fewer: try success_interval(9, 10)."
    if k == 8:
        yield f"Just not: with 8 of 10 the interval begins at {low:.3f}."
    yield f"With {k} of 10 the interval is {low:.2f} to {high:.2f}; its lower end must be above 0.5."


_at_least = Exercise(
    name="06.1",
    prompt="Ten models were trained. How many of them at least must have solved the task before you may say (with 95 % "
    "confidence) that more than half of all such models would?",
    answer=whole_number(low=0, high=10),
    check=_check_at_least,
    hints=["success_interval(solved, 10) gives the interval in which the true rate may lie.", "Try 7, 8, 9."],
    solution="9",
    right=["9.0"],
    wrong=[
        ("6", "anywhere from 0.31 to 0.83"),
        ("10", "one fewer"),
        ("8", "Just not"),
        ("5", "lower end must be above 0.5"),
        ("11", "from 0 to 10"),
    ],
    remark="Ten seeds are few: they tell 0 from 10, and hardly 4 from 7. That is why a single curve proves nothing.",
)


# --- 06.2 -------------------------------------------------------------------------------------------------


def _check_chance(error):
    usual = [
        (1 / 12, "That is the variance of one such number; the target is the sum of two of them."),
        (np.sqrt(1 / 6), "That is the root of it, the standard deviation; the score is the mean *squared* error."),
        (1 / 3, "That is the mean square of one number, around 0; a good guesser would guess the mean, which is 1."),
        (7 / 6, "That is the error of guessing 0; a good guesser would guess the mean, which is 1."),
        (1.0, "That is the guess itself, the mean of the target; what is its mean squared error?"),
        (0.5, "Accuracy has a chance level of 0.5 with two classes; here a number is guessed, and its error measured."),
    ]
    if not close(error, 1 / 6, 4e-3):
        for value, why in usual:
            if close(error, value, 4e-3):
                yield why
        yield (
            "Draw it: rng.random((100000, 2)).sum(axis=1) are the targets. Which constant is closest to them, and "
            "how far?"
        )


_chance = Exercise(
    name="06.2",
    prompt="In the adding task the target is the sum of two numbers, each uniform between 0 and 1. What mean squared "
    "error "
    "does the best constant guess have?",
    answer=number(low=0),
    check=_check_chance,
    hints=[
        "The best constant guess is the mean, 1. Its mean squared error is the variance of the sum.",
        "The variance of one uniform number on [0, 1] is 1/12, and variances of independent numbers add.",
    ],
    solution="2 / 12",
    right=["0.167", "np.random.default_rng(0).random((100000, 2)).sum(axis=1).var()"],
    wrong=[
        ("1 / 12", "sum of two"),
        ("0.408", "standard deviation"),
        ("1 / 3", "around 0"),
        ("7 / 6", "guessing 0"),
        ("1", "the guess itself"),
        ("0.5", "two classes"),
        ("0.3", "Draw it"),
        ("-1", "at least 0"),
    ],
    remark="A figure without its chance line can make anything look learned.",
)


# --- 06.3 -------------------------------------------------------------------------------------------------


def _check_share(share):
    nan = np.nan
    cases = [
        ([[1.0, 0.5], [0.96, 0.97], [0.5, 0.5], [0.99, 0.94]], "plain"),
        ([[1.0, nan], [nan, nan], [0.99, 0.99], [1.0, 1.0], [0.2, nan]], "with NaN"),
    ]
    for scores, kind in cases:
        scores = np.array(scores)
        said = share(scores)
        right = (np.nan_to_num(scores) > 0.95).mean(axis=0)
        if close(said, right, 1e-6):
            continue
        with np.errstate(invalid="ignore"):
            if said.shape != (2,):
                yield f"For scores of shape {scores.shape} your function returns {said.shape}; one share per lag, (2,)."
            if close(said, np.nanmean(scores, axis=0)) or close(said, scores.mean(axis=0)):
                yield "That is the mean score. Three runs at 1.0 and one at 0.5 solved it three times out of four."
            if kind == "with NaN":
                yield (
                    "A run that diverged has the score NaN. It was trained and did not solve the task: it counts "
                    "as a run."
                )
            if close(said, (scores > 0.95).sum(axis=0)):
                yield "That is the number of solved runs; divide by how many there are."
        yield f"For the scores {scores.tolist()} it should be {right.tolist()}; got {np.round(said, 3).tolist()}."


_share = Exercise(
    name="06.3",
    prompt="Write solved_share(scores), which takes scores (seeds, lags) and returns for each lag the share of runs "
    "that "
    "solved the task, (lags,): a score above 0.95. A run that diverged has the score NaN.",
    answer=function("scores"),
    check=_check_share,
    hints=[
        "scores > 0.95 is True where a run solved the task. Which axis are the seeds?",
        "NaN > 0.95 is False, so the mean of the comparison counts diverged runs as not solved.",
    ],
    solution="""
        def solved_share(scores):
            return (scores > 0.95).mean(axis=0)
    """,
    right=["lambda s: (np.nan_to_num(s) > 0.95).sum(0) / len(s)"],
    wrong=[
        ("lambda s: np.nanmean(s, axis=0)", "mean score"),
        ("lambda s: (s > 0.95).sum(axis=0)", "divide by how many"),
        ("lambda s: (s > 0.95).mean(axis=1)", "one share per lag"),
        ("lambda s: (s > 0.95).mean()", "one share per lag"),
        ("lambda s: (s > 0.95).sum(axis=0) / np.isfinite(s).sum(axis=0)", "it counts as a run"),
        ("lambda s: (s > 0.9).mean(axis=0)", "it should be"),
        ("0.5", "not a function"),
    ],
    remark="Leaving out what went wrong is the easiest way to a good result.",
)


# --- 06.4 -------------------------------------------------------------------------------------------------


def _check_chrono(left):
    right = sigmoid(np.log(199.0)) ** 200
    usual = [
        (sigmoid(np.log(199.0)), "That is the gate at one step; the cell state goes through it 200 times."),
        (0.5**200, "That is a gate of 0.5, with bias 0; the bias here is log(199)."),
        (sigmoid(1.0) ** 200, "That is forget bias 1, Keras's default; the bias here is log(199)."),
        (np.log(199.0), "That is the bias; it goes through the sigmoid, and then 200 times into a product."),
    ]
    if not close(left, right, 6e-3):
        for value, why in usual:
            if abs(left / value - 1) < 0.01:
                yield why
        yield "The gate is 1 / (1 + exp(-log(199))) = 199 / 200. What is left after 200 such steps?"


_chrono = Exercise(
    name="06.4",
    prompt="For sequences of T = 200 steps the chrono initialisation draws forget biases of up to log(T - 1). A unit "
    "has "
    "the largest one. Which part of its cell state is left after 200 steps in which nothing is written?",
    answer=number(),
    check=_check_chrono,
    hints=["f = sigmoid(log(199)) = 199 / 200.", "f ** 200, and (1 - 1/T) ** T is close to 1/e."],
    solution="(199 / 200) ** 200",
    right=["0.37", "np.exp(-1)"],
    wrong=[
        ("199 / 200", "the gate at one step"),
        ("np.log(199)", "goes through the sigmoid"),
        ("0.5 ** 200", "with bias 0"),
        ("(1 / (1 + np.exp(-1))) ** 200", "Keras's default"),
        ("0.9", "199 / 200"),
    ],
    remark="The time constant of that unit is the length itself. This is what 'it is told T' means.",
)


# --- 06.5 -------------------------------------------------------------------------------------------------

_STEPS, _CUE = 12, 3


def _check_leaky(gates):
    for name, gate in gates.items():
        if gate.min() < 0.1 - 1e-9 or gate.max() > 0.9 + 1e-9:
            yield f"{name} goes from {gate.min():.2f} to {gate.max():.2f}; every gate must stay between 0.1 and 0.9."
            return
    i, f, o = (gates[name] for name in "ifo")
    score = carry(i, f, o, cue=_CUE)
    if score >= 0.9:
        return
    said = f"The bit arrives in {score:.0%} of the sequences"
    if i[_CUE] < 0.5:
        yield f"{said}: at step {_CUE} the input gate is at {i[_CUE]:.2f}, so the bit is hardly written."
    elif f[_CUE + 1 :].min() < 0.5:
        yield f"{said}: after the cue the forget gate falls to {f[_CUE + 1 :].min():.2f}, and the bit is forgotten."
    elif o[-1] < 0.5:
        yield f"{said}: at the last step the output gate is at {o[-1]:.2f}, so it is hardly said."
    elif np.delete(i, _CUE).max() > 0.3:
        yield f"{said}: the input gate also lets in the noise of the other steps."
    else:
        yield f"{said}; it should be at least 90 %."


_leaky = Exercise(
    name="06.5",
    prompt="No trained gate is ever quite open or quite shut. Set i, f and o for 12 steps, every value between 0.1 "
    "and 0.9, "
    "so that the bit of step 3 arrives at the end in at least 90 % of the sequences. Hand over the three arrays.",
    answer=several(i=array(_STEPS), f=array(_STEPS), o=array(_STEPS)),
    check=_check_leaky,
    hints=[
        "Write only at the cue: i is 0.1 everywhere but at step 3.",
        "Keep after the cue: f is 0.9 from step 4 on. What came before the cue should rather go: f is 0.1 until then.",
        "i, f, o = np.full((3, 12), 0.1), and then set what must be open.",
    ],
    solution="""
        i, f, o = np.full((3, 12), 0.1)
        i[3] = 0.9
        f[4:] = 0.9
        o[11] = 0.9
        (i, f, o)
    """,
    right=["(0.1 + 0.8 * (np.arange(12) == 3), 0.1 + 0.8 * (np.arange(12) > 3), np.full(12, 0.9))"],
    wrong=[
        ("(np.eye(12)[3], np.ones(12), np.ones(12))", "must stay between"),
        ("np.full((3, 12), 0.9)", "noise of the other steps"),
        ("np.full((3, 12), 0.1)", "hardly written"),
        ("(0.1 + 0.8 * (np.arange(12) == 3), np.full(12, 0.1), np.full(12, 0.9))", "forgotten"),
        ("(0.1 + 0.8 * (np.arange(12) == 3), 0.1 + 0.8 * (np.arange(12) > 3), np.full(12, 0.1))", "hardly said"),
        ("np.full((3, 11), 0.5)", "shape"),
    ],
    remark="At lag 8 leaky gates do. At lag 100 a forget gate of 0.9 leaves 0.00003: training has to push f much "
    "closer to 1.",
)

EXERCISES = [_at_least, _chance, _share, _chrono, _leaky]


# --- predictions ------------------------------------------------------------------------------------------


def _how_many(solved):
    return "none" if solved == 0 else "all ten" if solved == 10 else "some of them"


_HOW_MANY_EXAMPLES = [(0, "none"), (7, "some of them"), (10, "all ten")]


def _open(score):
    return (
        "half of the time: a coin toss"
        if score < 0.53
        else "a little more than half"
        if score < 0.75
        else "nearly always"
    )


PREDICTIONS = [
    Prediction(
        name="06.a",
        question="All gates stand wide open for 24 steps, each of which brings a random bit. How often does the last "
        "h have "
        "the sign of the bit at step 4?",
        choices={
            "half of the time: a coin toss": "It would be so if the bit were lost. It is in there, with all the "
            "others.",
            "a little more than half": "",
            "nearly always": "The bit is written, but so are the 23 others, and just as loudly.",
        },
        outcome="a little more than half",
        explanation="With f = i = 1 the cell adds everything up: h is a vote of 24 bits, and one of them is ours.",
        decide=_open,
        examples=[(0.58, "a little more than half"), (0.5, "half of the time: a coin toss"), (1.0, "nearly always")],
    ),
    Prediction(
        name="06.b",
        question="Marked recall with lags of up to 200 steps. Ten LSTMs with Keras's forget bias of 1, and with the "
        "learning rate that did best for them on other seeds. How many solve it within 800 updates?",
        choices={
            "none": "That is how the SimpleRNN fares here, also at its best rate.",
            "some of them": "That is how it looks at learning rates of 0.01 or 0.02: section 5.",
            "all ten": "",
        },
        outcome="all ten",
        explanation="At its own best rate it is as reliable here as the GRU. With a smaller one, some seeds fail.",
        decide=_how_many,
        examples=_HOW_MANY_EXAMPLES,
    ),
    Prediction(
        name="06.c",
        question="Now the cue is always the very first bit, and the rates are chosen anew. Ten LSTMs with forget bias "
        "1 at lag 50, where all ten solved the task when the cue could be anywhere. How many solve it now?",
        choices={
            "none": "",
            "some of them": "There are no short lags to begin with any more, and that changes more than one would "
            "think.",
            "all ten": "It is even the same place each time. But there is nothing near the end to learn from first.",
        },
        outcome="none",
        explanation="At birth f is 0.73, and 0.73 ** 50 is 2e-7: the first bit does not reach the end, nor does the "
        "error "
        "reach the first bit. With the cue anywhere, the short lags teach the gate to stay open, step by step.",
        decide=_how_many,
        examples=_HOW_MANY_EXAMPLES,
    ),
]

register("06", *EXERCISES, *PREDICTIONS)
