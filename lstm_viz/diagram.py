"""A cell drawn with the values of a real trace on its wires.

`diagram(trace)` chooses by the kind of the trace; `lstm_diagram`, `gru_diagram` and `rnn_diagram` are its parts. Each
returns a `LiveMarkup`: show it with `widgets.MarkupView`, or take one timestep's picture with `.at(t, unit, step)`.

Every wire is drawn from a declared graph in the names of `cells.py`, and the tests execute that graph on real traces:
each operation, applied to the values its wires bring, must give the value on the wire that leaves it.
"""

from __future__ import annotations

from lstm_viz._graphs import lstm_graph
from lstm_viz._notation import activation_of, check_labels, check_one_sequence
from lstm_viz._svg import draw
from lstm_viz.live_markup import LiveMarkup

__all__ = ["diagram", "lstm_diagram"]


def diagram(trace, *, labels=None, legend=True):
    """The diagram of the trace's own cell: see `lstm_diagram`, `gru_diagram`, `rnn_diagram`."""
    kinds = {"LSTM": lstm_diagram}
    kind = getattr(trace, "kind", None)
    if kind not in kinds:
        raise TypeError(f"diagram draws the trace of a {', '.join(kinds)} cell; got {type(trace).__name__}")
    return kinds[kind](trace, labels=labels, legend=legend)


def lstm_diagram(trace, *, labels=None, legend=True):
    """An LSTM cell with this timestep's values on every wire, in four steps: forget, input, update, output.

    trace: an LSTMTrace of one sequence, values (timesteps, units). labels: one word per timestep for the input.
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


def _live(trace, graph, quantities, alt, labels, legend):
    texts = {} if labels is None else {"label": check_labels(labels, len(trace))}
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
