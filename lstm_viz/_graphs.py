"""The cells as graphs of operations, in the names of `cells.py`, with the place of everything on the page.

Units of length are those of `_svg.WIDTH`. Which quantity runs along which wire is declared here and nowhere else;
the tests execute these graphs on real traces.
"""

from __future__ import annotations

from lstm_viz._svg import Graph, Node, Wire

LSTM_STEPS = {
    "forget": "1 Forget: how much of each c<sub>t−1</sub> to keep",
    "input": "2 Input: what could be written, and how much of it",
    "update": "3 Update: keep, then add: the new cell state",
    "output": "4 Output: how much of the cell state to show",
}


def lstm_graph(activations):
    """The LSTM cell. activations: quantity -> name of the activation that gave it."""
    joined = "h_tm1,x"
    top, bus, chips, layers = 98, 476, 332, 408
    f, i, c_tilde, o, out = 196, 310, 424, 574, 661
    nodes = (
        Node("c_in", "input", (0, top), output="c_tm1"),
        Node("h_in", "input", (0, bus), output="h_tm1"),
        Node("x_in", "input", (152, 580), output="x"),
        Node("join", "concatenate", (170, bus), ("h_tm1", "x"), joined, "concatenate", parts="forget input output"),
        Node("copy_f", "copy", (f, bus), (joined,), joined, "copy", parts="forget input output"),
        Node("copy_i", "copy", (i, bus), (joined,), joined, "copy", parts="input output"),
        Node("copy_c", "copy", (c_tilde, bus), (joined,), joined, "copy", parts="input output"),
        Node("f", "layer", (f, layers), (joined,), "f", activations["f"], "f", "forget", "forget"),
        Node("i", "layer", (i, layers), (joined,), "i", activations["i"], "i", "input", "input"),
        Node(
            "c_tilde",
            "layer",
            (c_tilde, layers),
            (joined,),
            "c_tilde",
            activations["c_tilde"],
            "c",
            "candidate",
            "input",
        ),
        Node("o", "layer", (o, layers), (joined,), "o", activations["o"], "o", "output", "output"),
        Node("keep", "pointwise", (f, top), ("c_tm1", "f"), "f*c_tm1", "*", parts="update"),
        Node("scale", "pointwise", (c_tilde, 252), ("i", "c_tilde"), "i*c_tilde", "*", parts="update"),
        Node("add", "pointwise", (c_tilde, top), ("f*c_tm1", "i*c_tilde"), "c", "+", parts="update"),
        Node("copy_state", "copy", (o, top), ("c",), "c", "copy", parts="update output"),
        Node("squash", "pointwise", (o, 141), ("c",), "tanh_c", activations["tanh_c"], parts="output"),
        Node("show", "pointwise", (o, 262), ("tanh_c", "o"), "h", "*", parts="output"),
        Node("copy_h", "copy", (out, 262), ("h",), "h", "copy", parts="output"),
        Node("c_out", "output", (810, top), ("c",)),
        Node("h_up", "output", (810, 262), ("h",)),
        Node("h_out", "output", (810, bus), ("h",)),
    )
    wires = (
        Wire("c_tm1", "c_in", "keep", chip=(64, top, 124), parts="forget update"),
        Wire("f*c_tm1", "keep", "add", chip=((f + c_tilde) / 2, top, 162), parts="update"),
        Wire("c", "add", "copy_state", parts="update output"),
        Wire("c", "copy_state", "c_out", chip=(736, top, 106), parts="update output"),
        Wire("h_tm1", "h_in", "join", chip=(64, bus, 124), parts="forget input output"),
        Wire("x", "x_in", "join", via=((152, bus),), chip=(152, 556, 260), parts="forget input output"),
        Wire(joined, "join", "copy_f", parts="forget input output"),
        Wire(joined, "copy_f", "copy_i", parts="input output"),
        Wire(joined, "copy_i", "copy_c", parts="input output"),
        Wire(joined, "copy_f", "f", parts="forget"),
        Wire(joined, "copy_i", "i", parts="input"),
        Wire(joined, "copy_c", "c_tilde", parts="input"),
        Wire(joined, "copy_c", "o", via=((o, bus),), parts="output"),
        Wire("f", "f", "keep", chip=(f, chips, 106), parts="forget update"),
        Wire("i", "i", "scale", via=((i, 252),), chip=(i, chips, 106), parts="input update"),
        Wire("c_tilde", "c_tilde", "scale", chip=(c_tilde, chips, 106), parts="input update"),
        Wire("i*c_tilde", "scale", "add", chip=(c_tilde, 174, 134), parts="update"),
        Wire("c", "copy_state", "squash", parts="output"),
        Wire("tanh_c", "squash", "show", chip=(o, 200, 150), parts="output"),
        Wire("o", "o", "show", chip=(o, chips, 106), parts="output"),
        Wire("h", "show", "copy_h", parts="output"),
        Wire("h", "copy_h", "h_up", chip=(736, 262, 106), parts="output"),
        Wire("h", "copy_h", "h_out", via=((out, bus),), chip=(736, bus, 106), parts="output"),
    )
    notes = ((440, 461, "[h<sub>t−1</sub>, x<sub>t</sub>]", "forget input output"),)
    return Graph("LSTM", 596, (134, 46, 542, 456), nodes, wires, LSTM_STEPS, notes, legend=(330, 537))
