"""How diagrams and equations write the names of `cells.py`, and what they read off a trace."""

from __future__ import annotations

import re

import numpy as np

from lstm_viz.cells import ACTIVATIONS, KINDS, checks
from lstm_viz.cells.trace import Trace
from lstm_viz.pictures.style import QUANTITIES
from lstm_viz.pictures.text_width import clipped

#: the sign of an operation
SIGNS = {name: each.sign for name, each in ACTIVATIONS.items()} | {"*": "×", "+": "+", "1-": "1−"}

#: what is said of a timestep that the mask leaves out
MASKED = "A masked timestep: the state is carried over."

_SYMBOLS = {name: q.symbol for name, q in QUANTITIES.items()} | {
    "h_tm1": "h<sub>t−1</sub>",
    "c_tm1": "c<sub>t−1</sub>",
    "log_n_tm1": "log n<sub>t−1</sub>",
    "log_kept": "log f<sub>t</sub> n<sub>t−1</sub>",
    "recurrent_h": "u<sub>t</sub>",
}


def symbol(quantity):
    """A quantity as the equations write it, subscripts in <sub>: "f*c_tm1" -> "f<sub>t</sub> × c<sub>t−1</sub>"."""
    text = re.sub(r"[a-z]\w*", lambda m: _SYMBOLS[m[0]], quantity)
    return text.replace("*", "\u2009×\u2009").replace("1-", "1\u2009−\u2009").replace(",", ", ")


def runs(text):
    """The pieces of a symbol: (characters, is it a subscript, is it slanted). Single letters are slanted.

    A piece "{name}" stands for a text that changes with the timestep.
    """
    for part in re.split(r"(<sub>.*?</sub>)", text):
        sub = part.startswith("<sub>")
        for word in re.findall(r"\{\w+\}|[A-Za-z_]{2,}|[A-Za-z]\u0303?|[^A-Za-z_{]+", part[5:-6] if sub else part):
            yield word, sub, len(word.rstrip("\u0303")) == 1 and word[0].isascii() and word[0].isalpha()


def activation_of(trace, node):
    """The operation of a declared node, an activation by its name: as the cell of the trace says.

    "set" where the cell's activation does not give the values (a gate held by hand). A trace that does not know its
    cell has its activation read off the values.
    """
    if node.operation not in ("activation", "recurrent_activation"):
        return node.operation
    return activation_between(trace, node.operation, node.of, node.output.split("@")[0])


def activation_between(trace, role, before, after):
    """The name of the activation that the cell has in this role ("activation" or "recurrent_activation"), or "set"."""
    z, values = getattr(trace, before), getattr(trace, after)
    told = getattr(getattr(trace, "cell", None), role, None)
    for name in [told] if told else ("sigmoid", "tanh", "hard_sigmoid", "relu", "linear"):
        if np.allclose(ACTIVATIONS[name](z), values, rtol=1e-4, atol=1e-6):
            return name
    return "set"


def value(trace, quantity):
    """What a quantity's name says, (timesteps, n): a value of the trace, or a product such as "(1-z)*h_tilde"."""
    result = 1
    for factor in quantity.split("*"):
        name = factor.strip("()").removeprefix("1-")
        read = getattr(trace, name)
        result = result * (1 - read if factor.strip("()").startswith("1-") else read)
    return result


def pictured(trace):
    """What the kind of a trace says of itself for pictures; TypeError, ValueError as `check_one_sequence`."""
    check_one_sequence(trace)
    return KINDS[trace.kind].pictured_as(trace)


def check_one_sequence(trace, kind=None):
    """TypeError unless the trace is of this kind (or any), ValueError unless its values are (timesteps, units)."""
    if not isinstance(trace, Trace) or trace.kind not in ([kind] if kind else KINDS):
        wanted = f"the trace of a {kind} cell" if kind else "the trace of a cell, as `cell.run` returns it"
        raise TypeError(f"trace must be {wanted}; got {type(trace).__name__}")
    if trace.time_axis is None or trace.h.ndim != 2:
        raise ValueError(
            "trace must be of one sequence, its values (timesteps, units); "
            f"got {trace!r}: choose one sequence with trace.select(index)"
        )


def check_labels(labels, trace, room, size):
    """The labels of the input's steps as the trace read them, cut to the `room` that they have in `size`.

    ValueError unless there is one per timestep.
    """
    labels = checks.listed(labels, "labels")
    if len(labels) != len(trace):
        raise ValueError(f"labels must be {len(trace)}, one per timestep; got {len(labels)}")
    try:
        labels = [clipped(str(text), room, size) for text in labels]
    except Exception:  # a stranger's __str__ may do anything
        raise TypeError(f"labels must be {len(trace)} texts; got what has no text") from None
    return [labels[step] for step in trace.input_steps]
