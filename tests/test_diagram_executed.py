"""The graph that a diagram is drawn from, executed: it gives the values on its edges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_diagram import CELLS, GRAPHS, T, V, biased, trace_of, value

from lstm_viz.cells import ACTIVATIONS


def layer(node, cell, brought):
    """activation(inputs through this layer's block of the weights + bias), by the kind of each input."""
    blocks = {name: k for k, name in enumerate(cell.gates)}
    k = blocks[node.block or "h"]
    weights = (cell.kernel, cell.recurrent_kernel, cell.biases)
    kernel, recurrent, bias = (np.split(w, len(cell.gates), axis=-1)[k] for w in weights)
    z = 0.0
    names = dict(brought)
    if len(names) == 2 and any(n.startswith("h@") or n == "h_before" for n in names):  # two arrows into one box
        state, read = (next(n for n in names if n[0] == letter) for letter in "hx")
        names = {f"{state},{read}": np.concatenate([names[state], names[read]], axis=-1)}
    for name, values in names.items():
        if "," in name:
            z = z + values @ np.vstack([recurrent, kernel]) + bias.sum(0)
        elif name == "x":
            z = z + values @ kernel + bias[0]
        elif name in ("c_tm1", "c"):
            z = z + values * cell.peepholes[node.block]
        elif name == "h_tm1":
            z = z + values @ recurrent + bias[-1]
        else:
            z = z + values
    return ACTIVATIONS[node.operation](z)


def execute(graph, cell, trace):
    """Work out every node from what its edges bring, and compare with what is written on the edges that leave it."""
    first = np.clip(np.arange(T) - 2, 0, T - 4)
    for node in graph.nodes:
        brought = {w.quantity: value(w.quantity, trace, first) for w in graph.edges if w.target == node.name}
        taken = {w.quantity for w in graph.edges if w.source == node.name}
        assert set(brought) == set(node.inputs), node
        assert taken == ({node.output} if node.kind != "output" else set()), node
        if node.kind in ("input", "output"):
            continue
        args = [brought[name] for name in node.inputs]
        expected = value(node.output, trace, first)
        if node.kind == "readout":
            result = args[0] @ V
        elif node.kind == "layer":
            result = layer(node, cell, brought)
        elif node.kind == "concatenate":
            result = np.concatenate(args, axis=-1)
        elif node.kind == "copy":
            (result,) = args
        elif node.kind == "delay":
            result, expected = args[0][:-1], expected[1:]
        else:
            operations = {"*": np.multiply, "+": np.add, "1-": lambda a: 1 - a, "f/(f+i)": lambda f, i: f / (f + i)}
            operations |= {"log f +": lambda f, n: np.log(f) + n, "logΣ": np.logaddexp}
            operations |= {"σ(a−b)": lambda a, b: 1 / (1 + np.exp(b - a))}
            operations |= ACTIVATIONS
            result = operations[node.operation](*args)
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12, err_msg=str(node))


@pytest.mark.parametrize("kind", CELLS)
def test_executing_the_drawn_graph_gives_the_values_on_its_edges(kind):
    execute(GRAPHS[kind], biased(CELLS[kind]), trace_of(kind))


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [("LSTM", "f", "i"), ("LSTM", "i", "o"), ("LSTM", "c_tm1", "c"), ("LSTM", "c", "tanh_c"), ("LSTM", "h", "h_tm1"),
     ("GRU reset after", "z", "r"), ("GRU reset before", "z", "1-z"), ("GRU reset after", "h", "h_tilde")],
)  # fmt: skip
def test_a_mislabelled_graph_is_caught(kind, a, b):
    """The usual mistakes of published diagrams: two labels changed over, everywhere they stand."""
    graph = GRAPHS[kind]
    swap = {a: b, b: a}
    nodes = tuple(
        replace(n, inputs=tuple(swap.get(q, q) for q in n.inputs), output=swap.get(n.output, n.output))
        for n in graph.nodes
    )
    edges = tuple(replace(w, quantity=swap.get(w.quantity, w.quantity)) for w in graph.edges)
    with pytest.raises(AssertionError):
        execute(replace(graph, nodes=nodes, edges=edges), biased(CELLS[kind]), trace_of(kind))
