"""A cell drawn with the values of a real trace on its wires.

`diagram(trace)` chooses by the kind of the trace; `lstm_diagram`, `gru_diagram` and `rnn_diagram` are its parts. Each
returns a `LiveMarkup`: show it with `widgets.MarkupView`, or take one timestep's picture with `.at(t, unit, step)`.

Every wire is drawn from a declared graph in the names of `cells.py`, and the tests execute that graph on real traces:
each operation, applied to the values its wires bring, must give the value on the wire that leaves it.
"""

from __future__ import annotations

import numpy as np

from lstm_viz.pictures._graphs import gru_graph, lstm_graph, rnn_graph, unrolled_graph
from lstm_viz.pictures._notation import MASKED, activation_of, check_labels, check_one_sequence
from lstm_viz.pictures._svg import draw
from lstm_viz.pictures.live_markup import LiveMarkup

__all__ = ["diagram", "gru_diagram", "lstm_diagram", "rnn_diagram"]


def diagram(trace, *, labels=None, legend=True):
    """The diagram of the trace's own cell: see `lstm_diagram`, `gru_diagram` and `rnn_diagram`."""
    kinds = {"SimpleRNN": rnn_diagram, "LSTM": lstm_diagram, "GRU": gru_diagram}
    check_one_sequence(trace, list(kinds))
    return kinds[trace.kind](trace, labels=labels, legend=legend)


def lstm_diagram(trace, *, labels=None, legend=True):
    """An LSTM cell with this timestep's values on every wire, in four steps: forget, input, update, output.

    trace: an LSTMTrace of one sequence, values (timesteps, units). labels: one word per step of the input.
    legend: explain line, circle, box, merge and fork below. Returns a LiveMarkup. ValueError if the trace has leading
    axes (`trace.select(0)` takes one sequence out) or the labels are of another number.
    Equations: Gers et al. (2000), as in `cells.LSTMCell`.
    """
    check_one_sequence(trace, ["LSTM"])
    layers = {"f": "z_f", "i": "z_i", "c_tilde": "z_c", "o": "z_o", "tanh_c": "c"}
    graph = lstm_graph({name: activation_of(getattr(trace, z), getattr(trace, name)) for name, z in layers.items()})
    names = ("x", "h_tm1", "c_tm1", "f", "i", "c_tilde", "o", "c", "tanh_c", "h")
    quantities = {name: getattr(trace, name) for name in names}
    quantities["f*c_tm1"] = trace.f * trace.c_tm1
    quantities["i*c_tilde"] = trace.i * trace.c_tilde
    alt = (
        "LSTM cell at timestep {t}, unit {unit}: forget gate f = {f}, input gate i = {i}, "
        "candidate c tilde = {c_tilde}, output gate o = {o}; cell state before {c_tm1}, "
        "now {c} = {f*c_tm1} + {i*c_tilde}; hidden state before {h_tm1}, now {h}."
    )
    return _live(trace, graph, quantities, alt, labels, legend)


def gru_diagram(trace, *, labels=None, legend=True):
    """A GRU cell with this timestep's values on every wire, in three steps: reset, candidate, update.

    trace: a GRUTrace of one sequence, values (timesteps, units); `reset_after` says which of the two cells it is.
    labels, legend, result and errors as in `lstm_diagram`. Equations: Cho et al. (2014), as in `cells.GRUCell`.
    """
    check_one_sequence(trace, ["GRU"])
    layers = {"z": "z_z", "r": "z_r", "h_tilde": "z_h"}
    activations = {name: activation_of(getattr(trace, z), getattr(trace, name)) for name, z in layers.items()}
    quantities = {name: getattr(trace, name) for name in ("x", "h_tm1", "z", "r", "recurrent_h", "h_tilde", "h")}
    quantities["1-z"] = 1 - trace.z
    quantities["z*h_tm1"] = trace.z * trace.h_tm1
    quantities["(1-z)*h_tilde"] = quantities["1-z"] * trace.h_tilde
    if trace.reset_after:
        quantities["r*recurrent_h"] = trace.r * trace.recurrent_h
    else:
        del quantities["recurrent_h"]
        quantities["r*h_tm1"] = trace.r * trace.h_tm1
    alt = (
        "GRU cell at timestep {t}, unit {unit}: reset gate r = {r}, update gate z = {z}, "
        "candidate h tilde = {h_tilde}; hidden state before {h_tm1}, now {h} = {z*h_tm1} + {(1-z)*h_tilde}."
    )
    return _live(trace, gru_graph(activations, trace.reset_after), quantities, alt, labels, legend)


def rnn_diagram(trace, *, unrolled=False, labels=None, legend=True):
    """A plain recurrent cell, folded (its output comes back one step later) or unrolled over a window of timesteps.

    trace: a SimpleRNNTrace of one sequence, values (timesteps, units). unrolled: draw up to four timesteps side by
    side, the current one framed. labels, legend, result and errors as in `lstm_diagram`. Equation: as in
    `cells.SimpleRNNCell`.
    """
    check_one_sequence(trace, ["SimpleRNN"])
    activation = activation_of(trace.z, trace.h)
    if not unrolled:
        quantities = {"x": trace.x, "h_tm1": trace.h_tm1, "h": trace.h}
        alt = (
            "Simple recurrent cell at timestep {t}, unit {unit}: hidden state before {h_tm1}, now {h}, "
            "which comes back one step later."
        )
        return _live(trace, rnn_graph(activation), quantities, alt, labels, legend)
    timesteps = len(trace)
    columns = min(timesteps, 4)
    first = np.clip(np.arange(timesteps) - columns + 2, 0, timesteps - columns)  # one step ahead is in sight
    quantities = {"h_before": trace.h_tm1[first], "column": (np.arange(timesteps) - first)[:, None].astype(float)}
    texts = {"before": [str(t - 1) for t in first]}
    for k in range(columns):
        quantities |= {f"x@{k}": trace.x[first + k], f"h@{k}": trace.h[first + k]}
        texts[f"t{k}"] = [str(t + k) for t in first]
        if labels is not None:
            texts[f"label@{k}"] = [check_labels(labels, trace, 11)[t + k] for t in first]
    now = ", ".join(f"h {{t{k}}} = {{h@{k}}}" for k in range(columns))
    alt = f"Simple recurrent cell unrolled around timestep {{t}}, unit {{unit}}: h {{before}} = {{h_before}}, {now}."
    return _live(trace, unrolled_graph(activation, columns), quantities, alt, labels, legend, texts)


def _live(trace, graph, quantities, alt, labels, legend, texts=None):
    texts = dict(texts or {})
    if labels is not None:
        texts["label"] = check_labels(labels, trace, 14 if trace.input_dim > 1 else 9)
    if trace.mask is not None:
        texts["mask"] = ["" if used else MASKED for used in trace.mask]
    title = f'{graph.kind} cell, t = <tspan data-now="t">0</tspan>, unit <tspan data-now="unit">0</tspan>'
    return LiveMarkup(
        markup=draw(graph, quantities, trace.units, texts=texts, legend=legend, title=title),
        quantities=quantities,
        texts=texts,
        timesteps=len(trace),
        units=trace.units,
        alt=alt,
        steps=tuple(graph.steps),
    )
