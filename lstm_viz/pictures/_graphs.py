"""The cells as graphs of operations, in the names of `cells.py`, with the place of everything on the page.

Units of length are those of `_svg.WIDTH`. Which quantity runs along which wire is declared here and nowhere else;
the tests execute these graphs on real traces.
"""

from __future__ import annotations

from dataclasses import replace

from lstm_viz.pictures._svg import Graph, Node, Wire

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
        Wire("c_tm1", "c_in", "keep", chip=(64, top, 124), parts="forget update", thick=True),
        Wire("f*c_tm1", "keep", "add", chip=((f + c_tilde) / 2, top, 162), parts="update", thick=True),
        Wire("c", "add", "copy_state", parts="update output", thick=True),
        Wire("c", "copy_state", "c_out", chip=(736, top, 106), parts="update output", thick=True),
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


GRU_STEPS = {
    "reset": "1 Reset: how much of the past the candidate may see",
    "candidate": "2 Candidate: what could be written",
    "update": "3 Update: keep z<sub>t</sub> of the old, take 1 − z<sub>t</sub> of the new",
}


def gru_graph(activations, reset_after):
    """The GRU cell; with `reset_after` the reset gate acts on u = h_tm1 @ R_h + b, else on h_tm1 itself."""
    joined = "h_tm1,x"
    top, mix, candidate, chips, layers, bus, h_row, x_row = 98, 246, 384, 466, 538, 604, 626, 648
    z, r, u, h_tilde, stem, x = 218, 330, 442, 610, 152, 174
    every = "reset candidate update"
    gates = "reset update"
    nodes = [
        Node("h_in", "input", (0, top), output="h_tm1"),
        Node("x_in", "input", (x, 706), output="x"),
        Node("copy_h", "copy", (stem, top), ("h_tm1",), "h_tm1", "copy", parts=every),
        Node("drop_h", "copy", (stem, bus), ("h_tm1",), "h_tm1", "copy", parts=every),
        Node("copy_x", "copy", (x, x_row), ("x",), "x", "copy", parts=every),
        Node("join", "concatenate", (x + 20, bus), ("h_tm1", "x"), joined, "concatenate", parts=gates),
        Node("copy_z", "copy", (z, bus), (joined,), joined, "copy", parts=gates),
        Node("r", "layer", (r, layers), (joined,), "r", activations["r"], "r", "reset", "reset"),
        Node("z", "layer", (z, layers), (joined,), "z", activations["z"], "z", "update", "update"),
        Node("fork_z", "copy", (z, mix), ("z",), "z", "copy", parts="update"),
        Node("keep", "pointwise", (z, top), ("h_tm1", "z"), "z*h_tm1", "*", parts="update"),
        Node("rest", "pointwise", (z + 76, mix), ("z",), "1-z", "1-", parts="update"),
        Node("take", "pointwise", (h_tilde, mix), ("1-z", "h_tilde"), "(1-z)*h_tilde", "*", parts="update"),
        Node("add", "pointwise", (h_tilde, top), ("z*h_tm1", "(1-z)*h_tilde"), "h", "+", parts="update"),
        Node("fork_h", "copy", (h_tilde + 46, top), ("h",), "h", "copy", parts="update"),
        Node("h_up", "output", (h_tilde + 46, 18), ("h",)),
        Node("h_out", "output", (810, top), ("h",)),
    ]
    wires = [
        Wire("h_tm1", "h_in", "copy_h", chip=(64, top, 124), parts=every, thick=True),
        Wire("h_tm1", "copy_h", "keep", parts="update", thick=True),
        Wire("h_tm1", "copy_h", "drop_h", parts=every),
        Wire("h_tm1", "drop_h", "join", parts=gates),
        Wire("x", "x_in", "copy_x", chip=(152, 706, 260), parts=every),
        Wire("x", "copy_x", "join", via=((x, bus),), parts=gates),
        Wire(joined, "join", "copy_z", parts=gates),
        Wire(joined, "copy_z", "z", parts="update"),
        Wire(joined, "copy_z", "r", via=((r, bus),), parts="reset"),
        Wire("r", "r", "reset", via=((r, candidate),), chip=(r, chips, 106), parts="reset candidate"),
        Wire("z", "z", "fork_z", chip=(z, chips, 106), parts="update"),
        Wire("z", "fork_z", "keep", parts="update"),
        Wire("z", "fork_z", "rest", parts="update"),
        Wire("1-z", "rest", "take", chip=(430, mix, 134), parts="update"),
        Wire("h_tilde", "h_tilde", "take", chip=(h_tilde, 308, 110), parts="candidate update"),
        Wire("(1-z)*h_tilde", "take", "add", chip=(h_tilde, 172, 132, "tall"), parts="update"),
        Wire("z*h_tm1", "keep", "add", chip=((z + h_tilde) / 2, top, 164), parts="update", thick=True),
        Wire("h", "add", "fork_h", parts="update", thick=True),
        Wire("h", "fork_h", "h_up", parts="update"),
        Wire("h", "fork_h", "h_out", chip=(737, top, 106), parts="update", thick=True),
    ]
    if reset_after:
        scaled = "r*recurrent_h"
        nodes += [
            Node("u", "layer", (u, layers), ("h_tm1",), "recurrent_h", "linear", "h", "recurrent", "candidate"),
            Node("reset", "pointwise", (u, candidate), ("r", "recurrent_h"), scaled, "*", parts="candidate"),
        ]
        into = (scaled, "x")
        wires += [
            Wire("h_tm1", "drop_h", "u", via=((stem, h_row), (u, h_row)), parts="candidate", over=True),
            Wire("recurrent_h", "u", "reset", chip=(u, chips, 106), parts="candidate"),
            Wire(scaled, "reset", "h_tilde", chip=(507, candidate, 76, "tall"), parts="candidate"),
            Wire("x", "copy_x", "h_tilde", via=((h_tilde, x_row),), parts="candidate"),
        ]
    else:
        scaled = "r*h_tm1"
        into = (scaled + ",x",)
        nodes += [
            Node("reset", "pointwise", (u, candidate), ("r", "h_tm1"), scaled, "*", parts="candidate"),
            Node("join_x", "concatenate", (h_tilde, 496), (scaled, "x"), into[0], "concatenate", parts="candidate"),
        ]
        wires += [
            Wire("h_tm1", "drop_h", "reset", via=((stem, h_row), (u, h_row)), parts="candidate", over=True),
            Wire(scaled, "reset", "join_x", via=((506, candidate), (506, 516), (h_tilde, 516)),
                 chip=(506, 452, 96, "tall"), parts="candidate"),
            Wire("x", "copy_x", "join_x", via=((h_tilde, x_row),), parts="candidate"),
            Wire(into[0], "join_x", "h_tilde", parts="candidate"),
        ]  # fmt: skip
    layer = Node("h_tilde", "layer", (h_tilde, candidate), into, "h_tilde", activations["h_tilde"], "h", "candidate")
    nodes.append(replace(layer, parts="candidate"))
    return Graph("GRU", 752, (134, 46, 546, 618), tuple(nodes), tuple(wires), GRU_STEPS, legend=(330, 692))


# --- the plain recurrent cell -----------------------------------------------------------------------------


def rnn_graph(activation):
    """The SimpleRNN cell, folded: its hidden state comes back one timestep later."""
    joined = "h_tm1,x"
    line, loop, join, layer, fork = 218, 96, 318, 452, 650
    nodes = (
        Node("x_in", "input", (298, 372), output="x"),
        Node("join", "concatenate", (join, line), ("h_tm1", "x"), joined, "concatenate"),
        Node("h", "layer", (layer, line), (joined,), "h", activation, "", "layer"),
        Node("fork", "copy", (fork, line), ("h",), "h", "copy"),
        Node("delay", "delay", (400, loop), ("h",), "h_tm1", "delay", title="one step later"),
        Node("h_out", "output", (810, line), ("h",)),
    )
    wires = (
        Wire("x", "x_in", "join", via=((298, line),), chip=(182, 372, 296)),
        Wire("h_tm1", "delay", "join", via=((60, loop), (60, line)), chip=(150, line, 126)),
        Wire(joined, "join", "h"),
        Wire("h", "h", "fork"),
        Wire("h", "fork", "h_out", chip=(733, line, 108)),
        Wire("h", "fork", "delay", via=((fork, loop),)),
    )
    return Graph("SimpleRNN", 418, (236, 148, 350, 140), nodes, wires, legend=(360, 352))


def unrolled_graph(activation, columns):
    """The SimpleRNN cell, unrolled: one column per timestep of a window, numbered from 0."""
    line, up, pitch, first = 256, 182, 166, 225
    nodes = [Node("h_in", "input", (0, line), output="h_before")]
    wires = []
    before = "h_before"
    source = "h_in"
    for k in range(columns):
        x, h, at = f"x@{k}", f"h@{k}", first + pitch * k
        nodes += [
            Node(f"x_in{k}", "input", (at, 356), output=x),
            Node(f"layer{k}", "layer", (at, line), (before, x), h, activation, "", ""),
            Node(f"fork{k}", "copy", (at, up), (h,), h, "copy"),
            Node(f"h_up{k}", "output", (at, 54), (h,)),
        ]
        turn = at + pitch / 2
        wires += [
            Wire(x, f"x_in{k}", f"layer{k}", chip=(at, 356, 130), label=f"x<sub>{{t{k}}}</sub>"),
            Wire(before, source, f"layer{k}", via=((turn - pitch, up), (turn - pitch, line)) if k else (),
                 chip=None if k else (66, line, 128), label="" if k else "h<sub>{before}</sub>"),
            Wire(h, f"layer{k}", f"fork{k}"),
            Wire(h, f"fork{k}", f"h_up{k}", chip=(at, 116, 130), label=f"h<sub>{{t{k}}}</sub>"),
        ]  # fmt: skip
        before, source = h, f"fork{k}"
    last = first + pitch * (columns - 1)
    nodes.append(Node("h_out", "output", (last + 86, line), (before,)))
    wires.append(Wire(before, source, "h_out", via=((last + 70, up), (last + 70, line))))
    frame = (first - 78, 72, 156, 354)
    return Graph("SimpleRNN", 512, frame, tuple(nodes), tuple(wires), legend=(180, 456), moves=pitch)
