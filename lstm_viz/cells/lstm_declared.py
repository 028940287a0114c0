"""How the LSTM is drawn: its diagram in four steps (forget, input, update, output), and its equations."""

from __future__ import annotations

from lstm_viz.cells.declarations import Diagram, Edge, Layer, Line, Node, Pictured, Side

_BOTH = "h_tm1,x"  # concatenated
_TOP, _CHIPS, _LAYERS, _BUS = 92, 376, 466, 526
_F, _I, _C, _O, _OUT = 214, 338, 470, 600, 666
_SCALE, _SHOW = 258, 294

DIAGRAM = Diagram(
    kind="LSTM",
    height=684,
    frame=(148, 40, 526, 534),
    nodes=(
        Node("c_in", "input", (0, _TOP), output="c_tm1"),
        Node("h_in", "input", (0, _BUS), output="h_tm1"),
        Node("x_in", "input", (166, 614), output="x"),
        Node("join", "concatenate", (182, _BUS), ("h_tm1", "x"), _BOTH, "concatenate", parts="forget input output"),
        Node("copy_f", "copy", (_F, _BUS), (_BOTH,), _BOTH, "copy", parts="forget input output"),
        Node("copy_i", "copy", (_I, _BUS), (_BOTH,), _BOTH, "copy", parts="input output"),
        Node("copy_c", "copy", (_C, _BUS), (_BOTH,), _BOTH, "copy", parts="input output"),
        Node("f", "layer", (_F, _LAYERS), (_BOTH,), "f", "recurrent_activation", "z_f", "f", "forget", "forget"),
        Node("i", "layer", (_I, _LAYERS), (_BOTH,), "i", "recurrent_activation", "z_i", "i", "input", "input"),
        Node("c_tilde", "layer", (_C, _LAYERS), (_BOTH,), "c_tilde", "activation", "z_c", "c", "candidate", "input"),
        Node("o", "layer", (_O, _LAYERS), (_BOTH,), "o", "recurrent_activation", "z_o", "o", "output", "output"),
        Node("keep", "pointwise", (_F, _TOP), ("c_tm1", "f"), "f*c_tm1", "*", parts="update"),
        Node("scale", "pointwise", (_C, _SCALE), ("i", "c_tilde"), "i*c_tilde", "*", parts="update"),
        Node("add", "pointwise", (_C, _TOP), ("f*c_tm1", "i*c_tilde"), "c", "+", parts="update"),
        Node("copy_state", "copy", (_O, _TOP), ("c",), "c", "copy", parts="update output"),
        Node("squash", "pointwise", (_O, 134), ("c",), "tanh_c", "activation", "c", parts="output"),
        Node("show", "pointwise", (_O, _SHOW), ("tanh_c", "o"), "h", "*", parts="output"),
        Node("copy_h", "copy", (_OUT, _SHOW), ("h",), "h", "copy", parts="output"),
        Node("c_out", "output", (800, _TOP), ("c",)),
        Node("h_up", "output", (790, 38), ("h",)),
        Node("h_out", "output", (800, _BUS), ("h",)),
    ),
    edges=(
        Edge("c_tm1", "c_in", "keep", chip=(66, _TOP, 122), parts="forget update", thick=True),
        Edge("f*c_tm1", "keep", "add", chip=((_F + _C) / 2, _TOP, 146), parts="update", thick=True),
        Edge("c", "add", "copy_state", parts="update output", thick=True),
        Edge("h_tm1", "h_in", "join", chip=(66, _BUS, 122), parts="forget input output"),
        Edge("x", "x_in", "join", via=((166, _BUS),), chip=(150, 614, 284, "flat"), parts="forget input output"),
        Edge(_BOTH, "join", "copy_f", parts="forget input output"),
        Edge(_BOTH, "copy_f", "copy_i", parts="input output"),
        Edge(_BOTH, "copy_i", "copy_c", parts="input output"),
        Edge(_BOTH, "copy_f", "f", parts="forget"),
        Edge(_BOTH, "copy_i", "i", parts="input"),
        Edge(_BOTH, "copy_c", "c_tilde", parts="input"),
        Edge(_BOTH, "copy_c", "o", via=((_O, _BUS),), parts="output"),
        Edge("f", "f", "keep", chip=(_F, _CHIPS, 118), parts="forget update"),
        Edge("i", "i", "scale", via=((_I, _SCALE),), chip=(_I, _CHIPS, 118), parts="input update"),
        Edge("c_tilde", "c_tilde", "scale", chip=(_C, _CHIPS, 118), parts="input update"),
        Edge("i*c_tilde", "scale", "add", chip=(_C, 188, 118), parts="update"),
        Edge("c", "copy_state", "squash", parts="output"),
        Edge("tanh_c", "squash", "show", chip=(_O, 210, 128), parts="output"),
        Edge("o", "o", "show", chip=(_O, _CHIPS, 118), parts="output"),
        Edge("h", "show", "copy_h", parts="output"),
        Edge("h", "copy_h", "h_up", via=((790, _SHOW),), chip=(726, _SHOW, 112), parts="output", over=True),
        Edge("h", "copy_h", "h_out", via=((_OUT, _BUS),), chip=(728, _BUS, 112), parts="output"),
        # last: the gap for h on its way up would take its arrow away
        Edge("c", "copy_state", "c_out", chip=(724, _TOP, 112), parts="update output", thick=True),
    ),
    alt=(
        "LSTM cell at timestep {t}, unit {unit}: forget gate f = {f}, input gate i = {i}, "
        "candidate c tilde = {c_tilde}, output gate o = {o}; cell state before {c_tm1}, "
        "now {c} = {f*c_tm1} + {i*c_tilde}; hidden state before {h_tm1}, now {h}."
    ),
    steps={
        "forget": "1 Forget: how much of each c<sub>t−1</sub> to keep",
        "input": "2 Input: what could be written, and how much of it",
        "update": "3 Update: keep, then add: the new cell state",
        "output": "4 Output: how much of the cell state to show",
    },
    notes=((486, 560, "[h<sub>t−1</sub>, x<sub>t</sub>]", "forget input output"),),
    legend=(320, 598),
)

EQUATIONS = (
    Layer("f", "z_f", "f", "forget"),
    Layer("i", "z_i", "i", "input"),
    Layer("c_tilde", "z_c", "c", "input", "activation"),
    Line(
        "c",
        "f<sub>t</sub> × c<sub>t−1</sub> + i<sub>t</sub> × c̃<sub>t</sub>",
        (
            Side(
                "{f} × {c_tm1!} + {i!} × {c_tilde!}",
                "c",
                lambda v: v["f"] * v["c_tm1"] + v["i"] * v["c_tilde"],
            ),
        ),
        "update",
    ),
    Layer("o", "z_o", "o", "output"),
    Line(
        "h",
        "o<sub>t</sub> × §(c<sub>t</sub>)",
        (
            Side("{o} × §({c})", "tanh_c", "c"),
            Side("{o} × {tanh_c!}", "h", lambda v: v["o"] * v["tanh_c"]),
        ),
        "output",
        ("activation", "c", "tanh_c"),
    ),
)

PICTURED = Pictured(DIAGRAM, EQUATIONS, compared=("f", "c", "h"), heights=(34, 60))
