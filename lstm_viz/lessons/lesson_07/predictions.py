"""Predictions of lesson 07, the arguments of the Keras LSTM layer."""

import numpy as np

from lstm_viz.exercises import Prediction

_TWICE, _FOUR, _EIGHT = "about 2 times as many", "nearly 4 times as many", "about 8 times as many"


def _decide_growth(ratio):
    return _TWICE if ratio < 2.5 else _FOUR if ratio < 5 else _EIGHT


_growth = Prediction(
    name="07.a",
    question="LSTM(32) reads 3 numbers per timestep. How many parameters has LSTM(64) in its place?",
    choices={
        _TWICE: "The kernel doubles, but the recurrent kernel is units x units: it becomes four times as large.",
        _FOUR: "",
        _EIGHT: "The recurrent kernel has two sides that double, not three.",
    },
    outcome=_FOUR,
    explanation="Most are in the recurrent kernel, units x 4 units, which grows with the square of the units.",
    decide=_decide_growth,
    examples=[(2.0, _TWICE), (3.78, _FOUR), (8.0, _EIGHT)],
)

_OUTPUT_H, _OUTPUT_C, _H_C = "the first and the second", "the first and the third", "the second and the third"


def _decide_equal(equal):
    pairs = [
        name for name, same in zip((_OUTPUT_H, _OUTPUT_C, _H_C), np.asarray(equal, bool).ravel(), strict=True) if same
    ]
    return pairs[0] if len(pairs) == 1 else ""


_returned = Prediction(
    name="07.d",
    question="LSTM(5, return_state=True) returns three arrays of the same shape. Which two are equal?",
    choices={
        _OUTPUT_H: "",
        _OUTPUT_C: "c is what the cell remembers; what it gives out is h.",
        _H_C: "h = o * tanh(c): equal only where the output gate is open and c small.",
    },
    outcome=_OUTPUT_H,
    explanation="The output is h of the last timestep, and the states follow in the order h, c. So h comes twice.",
    decide=_decide_equal,
    examples=[((True, False, False), _OUTPUT_H), ((False, True, False), _OUTPUT_C), ((False, False, True), _H_C)],
)

_SAME, _ANEW = "the same ones are hidden at every timestep", "they are drawn anew at every timestep"

_dropped = Prediction(
    name="07.e",
    question="With dropout=0.5 each number of the input is hidden with probability one half during training. What is "
    "hidden later in the same sequence?",
    choices={
        _SAME: "",
        _ANEW: "That is what a Dropout layer before the LSTM does; the argument draws once for each sequence.",
    },
    outcome=_SAME,
    explanation="One draw for each sequence (Gal & Ghahramani 2016): noise that changed at every step would drown what "
    "the cell is to remember.",
    decide=lambda changes: _SAME if changes == 0 else _ANEW,
    examples=[(0, _SAME), (3, _ANEW)],
)

_STAYS, _DRIFTS, _ZERO = "it stays as it was after the text", "it goes on changing", "it becomes exactly 0"


def _decide_padding(distances):
    after_text, to_zero = (float(value) for value in distances)
    return _STAYS if after_text == 0 else _ZERO if to_zero == 0 else _DRIFTS


_padding = Prediction(
    name="07.b",
    question="A text of 5 timesteps is padded with 7 timesteps of zeros at its end, without a mask. What does h do "
    "during the padding?",
    choices={
        _STAYS: "Zeros are an input like any other: biases and the recurrent kernel go on working.",
        _DRIFTS: "",
        _ZERO: "It may come near 0, but nothing in the equations sets it to 0.",
    },
    outcome=_DRIFTS,
    explanation="The cell does not know that the text is over: at each step its forget gate takes away a little more "
    "of c. A mask tells it.",
    decide=_decide_padding,
    examples=[((0.0, 0.4), _STAYS), ((0.3, 0.1), _DRIFTS), ((0.4, 0.0), _ZERO)],
)

_ALIKE, _OTHER, _BETTER = "the same answer", "another answer", "the same answer, more exact"

_asked_twice = Prediction(
    name="07.c",
    question="A layer with stateful=True reads the same two sequences twice, without an update of its weights in "
    "between. What does it answer the second time?",
    choices={
        _ALIKE: "That is so without stateful: every call begins at zeros.",
        _OTHER: "",
        _BETTER: "Reading twice adds no evidence: it only begins where it should not.",
    },
    outcome=_OTHER,
    explanation="The second call begins with the h and c at which the first one ended, as if the sequences went on.",
    decide=lambda difference: _ALIKE if float(difference) == 0 else _OTHER,
    examples=[(0.0, _ALIKE), (0.2, _OTHER)],
)

PREDICTIONS = [_growth, _padding, _asked_twice, _returned, _dropped]
