"""Exercises and predictions of lesson 10, variants."""

from lstm_viz.exercises import Exercise, Prediction, register
from lstm_viz.exercises.answers import close, number

# --- 10.1 -------------------------------------------------------------------------------------------------


def _check_grown(c):
    if not close(c, 40.0, 1e-6):
        if close(c, 4.0, 1e-6):
            yield "That is with a forget gate of 0.9 instead of 1, after very many steps: here nothing is forgotten."
        if close(c, 0.4, 1e-6):
            yield "That is what one step adds: there are 100 of them."
        yield "c = c_tm1 + i * c_tilde: the same number is added 100 times."


_grown = Exercise(
    name="10.1",
    prompt="A unit without forget gate starts at c = 0 and reads 100 steps with i = 0.5 and c_tilde = 0.8. What is c?",
    answer=number(),
    check=_check_grown,
    hints=["What does one step add?", "100 * 0.5 * 0.8"],
    solution="100 * 0.5 * 0.8",
    right=["40.0"],
    wrong=[("4.0", "forget gate of 0.9"), ("0.4", "one step adds"), ("1.0", "added 100 times")],
    remark="tanh(40) is 1 to the last digit of a float64, and its slope is 0: the readout sees no further change.",
)


# --- 10.2 -------------------------------------------------------------------------------------------------


def _check_settled(c):
    if not close(c, 0.8, 1e-6):
        if close(c, 40.0, 1e-6):
            yield "That is without forgetting: here 1 - i of the old c is kept."
        if close(c, 0.4, 1e-6):
            yield "That is c after the first step: it goes on moving towards the candidate."
        yield "Look for the c that a step leaves as it is: c = (1 - i) * c + i * c_tilde."


_settled = Exercise(
    name="10.2",
    prompt="The same unit with coupled gates, f = 1 - i: where does c settle in the long run?",
    answer=number(),
    check=_check_settled,
    hints=["A c that no longer changes solves c = 0.5 * c + 0.5 * 0.8.", "It does not depend on i."],
    solution="0.8",
    right=["0.8"],
    wrong=[("40.0", "without forgetting"), ("0.4", "first step"), ("1.0", "leaves as it is")],
    remark="A mean of candidates, each within [-1, 1], stays within [-1, 1]: coupled gates bound the cell state.",
)


# --- 10.3 -------------------------------------------------------------------------------------------------


def _check_count(count):
    if count != 288:
        if count == 384:
            yield "That is the LSTM with four layers: the forget gate has no weights of its own here."
        if count == 264:
            yield "The biases are missing: one for each unit of each layer."
        yield "Three layers, each of 8 units that read 8 values of h, 3 of x, and have a bias."


_count = Exercise(
    name="10.3",
    prompt="How many numbers does an LSTM with coupled gates learn, with 3 inputs and 8 units?",
    answer=number(),
    check=_check_count,
    hints=["Which layers are left: i, c and o.", "3 * 8 * (8 + 3 + 1)"],
    solution="3 * 8 * (8 + 3 + 1)",
    right=["288"],
    wrong=[("384", "four layers"), ("264", "biases are missing"), ("96", "Three layers")],
    remark="`cell.parameters` says it for every kind of cell.",
)


# --- predictions ------------------------------------------------------------------------------------------


def _first(solved):
    lstm, without = solved["LSTM"], solved["NoForgetGate"]
    if abs(lstm - without) <= 2:
        return "about as many"
    return "fewer" if without < lstm else "more"


def _on_adding(solved):
    return _first(solved)


def _growth(ratio):
    return "it grows on and on" if ratio > 5 else "it stays about as large" if ratio < 2 else "it grows, then settles"


_SEES = ("in none", "in the backward one alone", "in the backward one and the one on top")


def _sees(earliest):
    early = [name for name, step in earliest.items() if step < 30]
    return _SEES[2] if early == ["backward", "on top"] else _SEES[1] if early == ["backward"] else _SEES[0]


EXERCISES = [_grown, _settled, _count]
PREDICTIONS = [
    Prediction(
        name="10.a",
        question="Marked recall with the cue always first, 50 steps back. The LSTM of 1997 has no forget gate. "
        "Compared with the LSTM of today (forget bias 1), how many of its ten runs solve the task?",
        choices={
            "fewer": "Forgetting is of no use here, and at 0.73 per step it is what stands in the way.",
            "about as many": "The gate makes a difference, and not the one that is usually told.",
            "more": "",
        },
        outcome="more",
        explanation="Without a forget gate the direct path multiplies by exactly 1. A new LSTM multiplies by about "
        "0.73 at every step: after 50 of them 1.6e-7 is left to learn from.",
        decide=_first,
        examples=[
            ({"LSTM": 0, "NoForgetGate": 10}, "more"),
            ({"LSTM": 10, "NoForgetGate": 1}, "fewer"),
            ({"LSTM": 9, "NoForgetGate": 10}, "about as many"),
        ],
    ),
    Prediction(
        name="10.b",
        question="And on the adding problem, 50 steps?",
        choices={
            "fewer": "",
            "about as many": "On this task the forget gate counts.",
            "more": "What helped on one task is in the way on the other.",
        },
        outcome="fewer",
        explanation="A ranking of cells is a ranking on a task. A likely reason: what was written stays for good in a "
        "cell that cannot forget, and here something comes in at every step.",
        decide=_on_adding,
        examples=[
            ({"LSTM": 10, "NoForgetGate": 1}, "fewer"),
            ({"LSTM": 0, "NoForgetGate": 10}, "more"),
            ({"LSTM": 10, "NoForgetGate": 10}, "about as many"),
        ],
    ),
    Prediction(
        name="10.c",
        question="A cell without forget gate, trained on streams of 100 symbols, reads 2,000 without a reset. What "
        "becomes of its largest |c|?",
        choices={
            "it stays about as large": "Nothing in the cell can make a large c small again, but for candidates of the "
            "other sign.",
            "it grows, then settles": "There is nothing to settle it: c is a plain sum.",
            "it grows on and on": "",
        },
        outcome="it grows on and on",
        explanation="c is a sum of everything that was ever let in, and nobody resets it.",
        decide=_growth,
        examples=[
            (20.3, "it grows on and on"),
            (1.0, "it stays about as large"),
            (3.0, "it grows, then settles"),
        ],
    ),
    Prediction(
        name="10.d",
        question="One symbol of the stream is changed, the one at step 30. In which of the three layers is h another "
        "one before step 30?",
        choices={
            _SEES[0]: "The backward layer reads from the end: it comes by step 30 before it comes to 29.",
            _SEES[1]: "The one on top reads what the backward layer hands on, and so it knows, too.",
            _SEES[2]: "",
        },
        outcome=_SEES[2],
        explanation="What is handed on to the layer on top at step 0 comes from all of the stream.",
        decide=_sees,
        examples=[
            ({"forward": 30, "backward": 0, "on top": 0}, _SEES[2]),
            ({"forward": 30, "backward": 0, "on top": 30}, _SEES[1]),
            ({"forward": 30, "backward": 30, "on top": 30}, _SEES[0]),
        ],
    ),
]

register("10", *EXERCISES, *PREDICTIONS)
