"""Exercises and predictions of lesson 02, recurrent networks."""

import numpy as np

from lstm_viz.answers import array, close
from lstm_viz.exercises import Exercise, Prediction

# 02.1: the numbers of the lesson's hand calculation
_KERNEL, _RECURRENT, _BIAS = 0.5, 0.8, 0.1
_X = np.array([1.0, 0.0, -1.0])


def _run(x, kernel=_KERNEL, recurrent_kernel=_RECURRENT, bias=_BIAS, squash=np.tanh, before=0.0):
    h = []
    for x_t in x:
        before = squash(kernel * x_t + recurrent_kernel * before + bias)
        h.append(before)
    return np.array(h)


def _check_by_hand(h):
    if close(h, _run(_X)):
        return
    if close(h, _run(_X, squash=lambda z: z)):
        yield "These are the pre-activations z_t carried on: every h_t must go through tanh before it is used again."
    if close(h, _run(_X, recurrent_kernel=0.0)):
        yield "The previous hidden state is missing: 0.8 * h_tm1 belongs into every step after the first."
    if close(h, _run(_X, bias=0.0)):
        yield "The bias is missing: 0.1 is added at every step, also where x_t is 0."
    for t, (got, expected) in enumerate(zip(h, _run(_X), strict=True)):
        if abs(got - expected) > 1e-3:
            yield f"h_{t} is {got:.3f} in your answer and {expected:.3f} here; the steps before it are right."
            return


EXERCISES = [
    Exercise(
        name="02.1",
        prompt="Calculate h_0, h_1, h_2 for x = 1, 0, -1 with kernel 0.5, recurrent_kernel 0.8, bias 0.1, "
        "and 0 as the hidden state before the first step.",
        answer=array(3),
        check=_check_by_hand,
        hints=[
            "Three times the same line: tanh(0.5 * x_t + 0.8 * h_tm1 + 0.1).",
            "h_0 = tanh(0.5 * 1 + 0.8 * 0 + 0.1) = tanh(0.6). Now use h_0 where the next line has h_tm1.",
        ],
        solution="""
            h_0 = np.tanh(0.5 * 1 + 0.8 * 0 + 0.1)
            h_1 = np.tanh(0.5 * 0 + 0.8 * h_0 + 0.1)
            h_2 = np.tanh(0.5 * -1 + 0.8 * h_1 + 0.1)
            h = [h_0, h_1, h_2]
        """,
        wrong=[
            ("[0.6, 0.58, 0.064]", "through tanh"),
            ("np.tanh([0.6, 0.1, -0.4])", "previous hidden state is missing"),
        ],
        remark="x_1 is 0, and still h_1 is not: what is left of x_0 speaks through h_0.",
    ),
]

PREDICTIONS = [
    Prediction(
        name="02.a",
        question="The same four inputs in another order: does the last hidden state change?",
        choices={
            "no, it is the same sum": "A sum would not care about order; here each tanh sits inside the next one.",
            "yes, it changes": "",
        },
        outcome="yes, it changes",
        explanation="Each step squashes what came before, so an early input has been through more tanhs.",
        decide=lambda difference: "yes, it changes" if abs(difference) > 1e-9 else "no, it is the same sum",
        examples=[(0.2, "yes, it changes"), (0.0, "no, it is the same sum")],
    ),
]
