"""The arguments of figures, checked where they come in: each is right, or refused in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lstm_viz.cells import KINDS, checks
from lstm_viz.cells.checks import short
from lstm_viz.cells.trace import Trace


def check_trace(trace, argument="trace"):
    """The trace, if it is the trace of one whole sequence."""
    if not isinstance(trace, Trace) or trace.kind not in KINDS:
        raise TypeError(f"{argument} must be the trace that cell.run(x) returns; got {type(trace).__name__}")
    if trace.time_axis is None:
        raise ValueError(f"{argument} must be the trace of a whole run; got a single timestep of one")
    lead = trace.h.shape[:-2]
    if lead:
        raise ValueError(
            f"{argument} must be the trace of one sequence; got one with leading axes {lead}"
            ": choose a sequence with trace.select(i)"
        )
    return trace


def check_traces(traces):
    """A non-empty mapping of name to trace, all of one length."""
    if not isinstance(traces, Mapping) or not traces:
        raise TypeError(f"traces must be a dict of at least one name and trace; got {short(traces)}")
    for name, trace in traces.items():
        check_trace(trace, f"traces[{short(name)}]")
    lengths = {name: len(trace) for name, trace in traces.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"traces must have the same number of timesteps to share an axis; got {lengths}")
    return dict(traces)


def check_names(names, trace, default):
    """The names of values to show: `default` for None, else those asked for."""
    if names is None:
        return tuple(default)
    names = _names(names)
    known = (*trace.names, "x")
    wrong = [name for name in names if not isinstance(name, str) or name not in known]
    if wrong or not names:
        raise ValueError(f"names must be among {', '.join(known)} for a {trace.kind} trace; got {short(names)}")
    return names


def check_wanted(names):
    """The names of values to show of several traces: None, names, or {kind of cell: names}."""
    if isinstance(names, Mapping):
        return {kind: _names(wanted) for kind, wanted in names.items()}
    return names if names is None else _names(names)


def _names(names):
    names = [names] if isinstance(names, str) else checks.listed(names, "names", 100)
    return tuple(checks.text(name, "each of names") for name in names)


def check_labels(labels, count, argument="labels", things="timesteps"):
    """`count` labels as a list of str, or None."""
    if labels is None:
        return None
    try:
        labels = checks.listed(labels, argument)
    except TypeError:
        raise TypeError(f"{argument} must be a sequence of {count} texts; got {type(labels).__name__}") from None
    if len(labels) != count:
        raise ValueError(f"{argument} must be as many as the {things}, {count}; got {len(labels)}")
    try:
        return [str(label) for label in labels]
    except Exception:  # a stranger's __str__ may do anything
        raise TypeError(f"{argument} must be a sequence of {count} texts; got what has no text") from None


def check_title(title, default):
    """The title, or the default for None."""
    return default if title is None else checks.text(title, "title")


def labels_as_read(labels, trace):
    """The labels of the input's steps, in the order in which the trace read them, or None."""
    labels = check_labels(labels, len(trace))
    return labels and [labels[step] for step in trace.input_steps]


def check_array(value, argument, shape, low=None, high=None):
    """`value` as finite floats whose axes are named by `shape`, e.g. ("timesteps", "classes")."""
    array = checks.numbers(value, argument).astype(float)
    if array.ndim != len(shape) or not array.size:
        raise ValueError(
            f"{argument} must have shape {checks.shape_text(shape)}; got shape {checks.shape_text(array.shape)}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{argument} must hold finite numbers; got NaN or infinity")
    if (low is not None and array.min() < low) or (high is not None and array.max() > high):
        wanted = f"lie in [{low}, {high}]" if high is not None else f"be at least {low}"
        raise ValueError(f"{argument} must {wanted}; got values from {array.min():.3g} to {array.max():.3g}")
    return array


def check_index(value, argument, count):
    """`value` as an int of 0 to count - 1."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{argument} must be a whole number; got {short(value)}")
    if not 0 <= value < count:
        raise ValueError(f"{argument} must be from 0 to {count - 1}; got {short(value)}")
    return int(value)
