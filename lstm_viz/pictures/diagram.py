"""A cell drawn with the values of a real trace on its edges.

`diagram(trace)` chooses by the kind of the trace; `lstm_diagram`, `gru_diagram` and `rnn_diagram` are its parts. Each
returns a `LiveMarkup`: show it with `widgets.MarkupView`, or take one timestep's picture with `.at(t, unit, step)`.

What is drawn is the declaration that stands beside the cell's class; the tests execute it on real traces.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstm_viz.cells import checks, simple_rnn_declared
from lstm_viz.pictures._notation import MASKED, activation_of, check_labels, check_one_sequence, pictured, value
from lstm_viz.pictures._svg import BASE, SMALL, draw, room_of_label
from lstm_viz.pictures.live_markup import LiveMarkup

__all__ = ["diagram", "gru_diagram", "lstm_diagram", "rnn_diagram"]


def diagram(trace, *, labels=None, legend=True):
    """The diagram of the trace's own cell: see `lstm_diagram`, `gru_diagram` and `rnn_diagram`."""
    return _live(trace, pictured(trace).diagram, labels, legend)


def lstm_diagram(trace, *, labels=None, legend=True):
    """An LSTM cell with this timestep's values on every edge, in four steps: forget, input, update, output.

    trace: an LSTMTrace of one sequence, values (timesteps, units). labels: one word per step of the input, cut
    where there is no room. legend: explain line, circle, box, merge and fork below. Returns a LiveMarkup. ValueError if
    the trace has leading axes (`trace.select(0)` takes one sequence out) or the labels are of another number.
    Equations: Gers et al. (2000), as in `cells.LSTMCell`.
    """
    check_one_sequence(trace, "LSTM")
    return diagram(trace, labels=labels, legend=legend)


def gru_diagram(trace, *, labels=None, legend=True):
    """A GRU cell with this timestep's values on every edge, in three steps: reset, candidate, update.

    trace: a GRUTrace of one sequence, values (timesteps, units); `reset_after` says which of the two cells it is.
    labels, legend, result and errors as in `lstm_diagram`. Equations: Cho et al. (2014), as in `cells.GRUCell`.
    """
    check_one_sequence(trace, "GRU")
    return diagram(trace, labels=labels, legend=legend)


def rnn_diagram(trace, *, unrolled=False, y=None, labels=None, legend=True):
    """A plain recurrent cell, folded (its output comes back one step later) or unrolled over a window of timesteps.

    trace: a SimpleRNNTrace of one sequence, values (timesteps, units). unrolled: draw up to four timesteps side by
    side, the current one framed. y: what an output layer makes of h, (timesteps, n) or (timesteps,), to be drawn with
    its values; True draws the layer without any. labels, legend, result and errors as in `lstm_diagram`.
    Equation: as in `cells.SimpleRNNCell`.
    """
    check_one_sequence(trace, "SimpleRNN")
    unrolled = checks.flag(unrolled, "unrolled")
    output = y is not None and y is not False
    y = _outputs(y, trace) if output and y is not True else None
    if not unrolled:
        graph = simple_rnn_declared.folded(output)
        shown = None if y is None else _read(trace, graph) | {"y": y}
        return _live(trace, graph, labels, legend, shown)
    timesteps = len(trace)
    columns = min(timesteps, 4)
    graph = simple_rnn_declared.unrolled(columns, output)
    first = np.clip(np.arange(timesteps) - columns + 2, 0, timesteps - columns)  # one step ahead is in sight
    quantities = {"h_before": trace.h_tm1[first], "column": (np.arange(timesteps) - first)[:, None].astype(float)}
    texts = {"before": [str(t - 1) for t in first]}
    words = None if labels is None else check_labels(labels, trace, room_of_label(graph, trace.input_dim), SMALL)
    for k in range(columns):
        quantities |= {f"x@{k}": trace.x[first + k], f"h@{k}": trace.h[first + k]}
        if y is not None:
            quantities[f"y@{k}"] = y[first + k]
        texts[f"t{k}"] = [str(t + k) for t in first]
        if words is not None:
            texts[f"label@{k}"] = [words[t + k] for t in first]
    return _live(trace, graph, None, legend, quantities, texts)


def _read(trace, graph):
    """The values on the cards of a declared diagram, as the trace has them."""
    return {e.quantity: value(trace, e.quantity) for e in graph.edges if e.chip and e.quantity != "y"}


def _outputs(y, trace):
    """y as an array (timesteps, n); TypeError or ValueError if it is not that."""
    values = checks.numbers(y, "y")
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or not values.size or len(values) != len(trace) or not np.isfinite(values).all():
        raise ValueError(
            f"y must be finite, of shape ({len(trace)}, n), one row per timestep; got {checks.shape_text(values.shape)}"
        )
    return values


def _live(trace, graph, labels, legend, quantities=None, texts=None):
    """The declared diagram with the values of the trace; `quantities` and `texts` where they are not its own."""
    texts, legend = dict(texts or {}), checks.flag(legend, "legend")
    if quantities is None:
        quantities = _read(trace, graph)
    if labels is not None:
        texts["label"] = check_labels(labels, trace, room_of_label(graph, trace.input_dim), BASE)
    if trace.mask is not None:
        texts["mask"] = ["" if used else MASKED for used in trace.mask]
    nodes = tuple(replace(node, operation=activation_of(trace, node)) for node in graph.nodes)
    name = graph.name or f"{graph.kind} cell"
    title = f'{name}, t = <tspan data-now="t">0</tspan>, unit <tspan data-now="unit">0</tspan>'
    return LiveMarkup(
        markup=draw(replace(graph, nodes=nodes), quantities, trace.units, texts=texts, legend=legend, title=title),
        quantities=quantities,
        texts=texts,
        timesteps=len(trace),
        units=trace.units,
        alt=graph.alt,
        steps=tuple(graph.steps),
    )
