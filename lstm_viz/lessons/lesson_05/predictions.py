"""Predictions of lesson 05, gradient flow."""

import numpy as np

from lstm_viz.exercises import Prediction


def _fate(left):
    if left < 0.01:
        return "it vanishes: less than 1 % is left"
    return "it explodes: more than 100 times as long" if left > 100 else "it stays between 1 % and 100 times"


def _faster(curves):
    lstm, rnn = (np.mean(curves[name]) for name in ("LSTM", "SimpleRNN"))
    return "the LSTM's" if lstm < rnn / 3 else "the SimpleRNN's" if rnn < lstm / 3 else "about the same"


def _biases(solved):
    learned = [b for b, (k, n) in solved.items() if n and k >= n / 2]
    if set(learned) >= {1.0, 3.0, 5.0}:
        return "all but b = 0"
    if not learned:
        return "none of them"
    return "only large ones, 3 or 5" if not {0.0, 1.0} & set(learned) else "b = 0 and b = 1"


_ALONE = {
    "forget bias 8": "a still larger forget bias, 8",
    "rate 0.005": "a learning rate of a quarter, 0.005",
    "input bias -3": "an input gate that starts nearly shut, bias -3",
}
_NONE_ALONE = "none of the three alone"


def _one_change(solved):
    best = max(reversed(_ALONE), key=lambda name: solved[name])
    return _ALONE[best] if solved[best] >= 9 else _NONE_ALONE


PREDICTIONS = [
    Prediction(
        name="05.a",
        question="An orthogonal recurrent matrix is scaled to a spectral radius of 1.1. Without tanh a gradient "
        "grows 1.1 ** 99 = 12,500 times over 99 steps. With tanh, and small random inputs (0.2)?",
        choices={
            "it vanishes: less than 1 % is left": "It does with large inputs, which press the tanh flat.",
            "it stays between 1 % and 100 times": "",
            "it explodes: more than 100 times as long": "It would without tanh; the tanh takes part of it away at each "
            "step.",
        },
        outcome="it stays between 1 % and 100 times",
        explanation="The network's own activity grows until the mean slope of the tanh makes up for the 1.1. That is a "
        "balance between matrix and input, and another input tips it.",
        decide=_fate,
        examples=[
            (0.67, "it stays between 1 % and 100 times"),
            (1e-4, "it vanishes: less than 1 % is left"),
            (1e4, "it explodes: more than 100 times as long"),
        ],
    ),
    Prediction(
        name="05.b",
        question="Both freshly initialised as Keras does it, 64 units, reading marked recall. Of whose gradient is "
        "less left at lag 50: dL/dc of the LSTM, or dL/dh of the SimpleRNN?",
        choices={
            "the LSTM's": "",
            "the SimpleRNN's": "That is what is often said. It can be so after training, and with larger inputs.",
            "about the same": "Both are small, but they are orders of magnitude apart.",
        },
        outcome="the LSTM's",
        explanation="Forget gates near 0.73 take away more per step than an orthogonal matrix and a tanh that these "
        "small inputs hardly press. The LSTM is not born with a gradient that lasts; it can learn to have one.",
        decide=_faster,
        examples=[
            ({"LSTM": [1e-5], "SimpleRNN": [4e-3]}, "the LSTM's"),
            ({"LSTM": [1e-2], "SimpleRNN": [1e-6]}, "the SimpleRNN's"),
            ({"LSTM": [1e-2], "SimpleRNN": [1.1e-2]}, "about the same"),
        ],
    ),
    Prediction(
        name="05.c",
        question="Marked recall with the cue always first, 50 steps back; LSTMs born with forget bias 0, 1 (Keras's "
        "default), 3 and 5. Which learn it in most runs?",
        choices={
            "all but b = 0": "With b = 1 the direct path lets 0.73 ** 50 = 1.6e-7 through: nothing to learn from.",
            "only large ones, 3 or 5": "",
            "b = 0 and b = 1": "Their gates forget half, or a quarter, of the cell state at every step.",
            "none of them": "The direct path of a large b is open from the start, and these do learn it.",
        },
        outcome="only large ones, 3 or 5",
        explanation="The cue can only be learned from through the 50 gates between it and the loss. Born nearly open, "
        "they let the loss hear of it.",
        decide=_biases,
        examples=[
            ({0.0: (0, 10), 1.0: (0, 10), 3.0: (7, 10), 5.0: (9, 10)}, "only large ones, 3 or 5"),
            ({0.0: (0, 10), 1.0: (9, 10), 3.0: (10, 10), 5.0: (10, 10)}, "all but b = 0"),
            ({0.0: (0, 10), 1.0: (0, 10), 3.0: (0, 10), 5.0: (1, 10)}, "none of them"),
            ({0.0: (8, 10), 1.0: (9, 10), 3.0: (0, 10), 5.0: (1, 10)}, "b = 0 and b = 1"),
        ],
    ),
    Prediction(
        name="05.d",
        question="With forget bias 5 the direct path lets 0.993 ** 100 = 0.51 through over 100 steps, and still, at a "
        "learning rate of 0.02, more than half of 20 runs do not solve it within 500 updates. Which one change lets "
        "nearly every run solve it?",
        choices={
            _ALONE["forget bias 8"]: "It lets still more through, of the cue and of all the noise that comes after it.",
            _ALONE["rate 0.005"]: "It helps: about three runs in four solve it.",
            _ALONE["input bias -3"]: "",
            _NONE_ALONE: "One of them is enough here.",
        },
        outcome=_ALONE["input bias -3"],
        explanation="The cell state is carried, and so are 100 bits of noise. An input gate that starts nearly shut "
        "lets in little of them, and can open many times as wide for the cue; one that is half open can only double.",
        decide=_one_change,
        examples=[
            ({"forget bias 8": 5, "rate 0.005": 8, "input bias -3": 10}, _ALONE["input bias -3"]),
            ({"forget bias 8": 10, "rate 0.005": 5, "input bias -3": 3}, _ALONE["forget bias 8"]),
            ({"forget bias 8": 0, "rate 0.005": 9, "input bias -3": 3}, _ALONE["rate 0.005"]),
            ({"forget bias 8": 7, "rate 0.005": 8, "input bias -3": 8}, _NONE_ALONE),
        ],
    ),
]
