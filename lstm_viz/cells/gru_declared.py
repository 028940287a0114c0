"""How the GRU is drawn: its diagram in three steps (reset, candidate, update), with either place of the reset gate."""

from __future__ import annotations

from lstm_viz.cells.declarations import Diagram, Edge, Layer, Line, Node, Pictured, Side

_BOTH = "h_tm1,x"  # concatenated
_TOP, _MIX, _CANDIDATE, _RESET, _CHIPS, _LAYERS, _BUS, _H_ROW, _X_ROW = 92, 254, 423, 526, 620, 710, 768, 786, 806
_STEM, _X, _Z, _R, _U, _NEW, _OUT = 152, 172, 254, 376, 504, 616, 664
_EVERY, _GATES = "reset candidate update", "reset update"

_NODES = (
    Node("h_in", "input", (0, _TOP), output="h_tm1"),
    Node("x_in", "input", (_X, 852), output="x"),
    Node("copy_h", "copy", (_STEM, _TOP), ("h_tm1",), "h_tm1", "copy", parts=_EVERY),
    Node("drop_h", "copy", (_STEM, _BUS), ("h_tm1",), "h_tm1", "copy", parts=_EVERY),
    Node("copy_x", "copy", (_X, _X_ROW), ("x",), "x", "copy", parts=_EVERY),
    Node("join", "concatenate", (_X + 20, _BUS), ("h_tm1", "x"), _BOTH, "concatenate", parts=_GATES),
    Node("copy_z", "copy", (_Z, _BUS), (_BOTH,), _BOTH, "copy", parts=_GATES),
    Node("r", "layer", (_R, _LAYERS), (_BOTH,), "r", "recurrent_activation", "z_r", "r", "reset", "reset"),
    Node("z", "layer", (_Z, _LAYERS), (_BOTH,), "z", "recurrent_activation", "z_z", "z", "update", "update"),
    Node("fork_z", "copy", (_Z, _MIX), ("z",), "z", "copy", parts="update"),
    Node("keep", "pointwise", (_Z, _TOP), ("h_tm1", "z"), "z*h_tm1", "*", parts="update"),
    Node("rest", "pointwise", (_Z + 84, _MIX), ("z",), "1-z", "1-", parts="update"),
    Node("take", "pointwise", (_NEW, _MIX), ("1-z", "h_tilde"), "(1-z)*h_tilde", "*", parts="update"),
    Node("add", "pointwise", (_NEW, _TOP), ("z*h_tm1", "(1-z)*h_tilde"), "h", "+", parts="update"),
    Node("fork_h", "copy", (_OUT, _TOP), ("h",), "h", "copy", parts="update"),
    Node("h_up", "output", (_OUT, 40), ("h",)),
    Node("h_out", "output", (800, _TOP), ("h",)),
)
_EDGES = (
    Edge("h_tm1", "h_in", "copy_h", chip=(66, _TOP, 122), parts=_EVERY, thick=True),
    Edge("h_tm1", "copy_h", "keep", parts="update", thick=True),
    Edge("h_tm1", "copy_h", "drop_h", parts=_EVERY),
    Edge("h_tm1", "drop_h", "join", parts=_GATES),
    Edge("x", "x_in", "copy_x", chip=(150, 852, 284, "flat"), parts=_EVERY),
    Edge("x", "copy_x", "join", via=((_X, _BUS),), parts=_GATES),
    Edge(_BOTH, "join", "copy_z", parts=_GATES),
    Edge(_BOTH, "copy_z", "z", parts="update"),
    Edge(_BOTH, "copy_z", "r", via=((_R, _BUS),), parts="reset"),
    Edge("r", "r", "reset", via=((_R, _RESET),), chip=(_R, _CHIPS, 118), parts="reset candidate"),
    Edge("z", "z", "fork_z", chip=(_Z, _CHIPS, 118), parts="update"),
    Edge("z", "fork_z", "keep", parts="update"),
    Edge("z", "fork_z", "rest", parts="update"),
    Edge("1-z", "rest", "take", chip=(452, _MIX, 122), parts="update"),
    Edge("h_tilde", "h_tilde", "take", chip=(_NEW, 336, 118), parts="candidate update"),
    Edge("(1-z)*h_tilde", "take", "add", chip=(_NEW, 188, 182), parts="update"),
    Edge("z*h_tm1", "keep", "add", chip=((_Z + _NEW) / 2, _TOP, 154), parts="update", thick=True),
    Edge("h", "add", "fork_h", parts="update", thick=True),
    Edge("h", "fork_h", "h_up", parts="update"),
    Edge("h", "fork_h", "h_out", chip=(728, _TOP, 112), parts="update", thick=True),
)
_INTO = _NEW + 30  # where x comes into the candidate, beside what the reset gate lets through


def _diagram(nodes, edges, into):
    layer = Node(
        "h_tilde", "layer", (_NEW, _CANDIDATE), into, "h_tilde", "activation", "z_h", "h", "candidate", "candidate"
    )
    return Diagram(
        kind="GRU",
        height=922,
        frame=(138, 40, 574, 776),
        nodes=(*_NODES, *nodes, layer),
        edges=(*_EDGES, *edges),
        alt=(
            "GRU cell at timestep {t}, unit {unit}: reset gate r = {r}, update gate z = {z}, candidate h tilde = "
            "{h_tilde}; hidden state before {h_tm1}, now {h} = {z*h_tm1} + {(1-z)*h_tilde}."
        ),
        steps={
            "reset": "1 Reset: how much of the past the candidate may see",
            "candidate": "2 Candidate: what could be written",
            "update": "3 Update: keep z<sub>t</sub> of the old, take 1 − z<sub>t</sub> of the new",
        },
        legend=(320, 838),
    )


#: the reset gate acts on u = h_tm1 @ R_h + b, as in Keras by default
RESET_AFTER = _diagram(
    (
        Node("u", "layer", (_U, _LAYERS), ("h_tm1",), "recurrent_h", "linear", "", "h", "recurrent", "candidate"),
        Node(
            "reset", "pointwise", (_U, _RESET), ("r", "recurrent_h"), "r*recurrent_h", "*", parts="candidate"
        ),
    ),
    (
        Edge("h_tm1", "drop_h", "u", via=((_STEM, _H_ROW), (_U, _H_ROW)), parts="candidate", over=True),
        Edge("recurrent_h", "u", "reset", chip=(_U, _CHIPS, 118), parts="candidate"),
        Edge("r*recurrent_h", "reset", "h_tilde", via=((_NEW - 26, _RESET),), chip=(590, _RESET, 118),
             parts="candidate"),
        Edge("x", "copy_x", "h_tilde", via=((_NEW + 48, _X_ROW),), parts="candidate"),
    ),
    ("r*recurrent_h", "x"),
)  # fmt: skip

#: the reset gate acts on h_tm1 itself, as in Cho et al. (2014)
RESET_BEFORE = _diagram(
    (
        Node("reset", "pointwise", (_U, _RESET), ("r", "h_tm1"), "r*h_tm1", "*", parts="candidate"),
        Node("join_x", "concatenate", (_NEW, 480), ("r*h_tm1", "x"), "r*h_tm1,x", "concatenate", parts="candidate"),
    ),
    (
        Edge("h_tm1", "drop_h", "reset", via=((_STEM, _H_ROW), (_U, _H_ROW)), parts="candidate", over=True),
        Edge("r*h_tm1", "reset", "join_x", via=((_NEW, _RESET),), chip=(603, _RESET, 150), parts="candidate"),
        Edge("x", "copy_x", "join_x", via=((690, _X_ROW), (690, 480)), parts="candidate"),
        Edge("r*h_tm1,x", "join_x", "h_tilde", parts="candidate"),
    ),
    ("r*h_tm1,x",),
)


def diagram(reset_after):
    """The declared diagram of either GRU."""
    return RESET_AFTER if reset_after else RESET_BEFORE


def _equations(symbols, sides, reset, given, factor):
    """symbols and sides of the recurrent part u, and how u comes into the candidate."""
    candidate = Side(f"§({{x@W_h+b_h}} + {factor}{{recurrent_h!}})", "z_h", given)
    return (
        Layer("r", "z_r", "r", "reset"),
        Line("recurrent_h", symbols, sides, "candidate"),
        Line(
            "h_tilde",
            f"§(x<sub>t</sub> W<sub>h</sub> + b<sub>h</sub> + {reset}u<sub>t</sub>)",
            (candidate, Side("§({z_h})", "h_tilde", "z_h")),
            "candidate",
            ("activation", "z_h", "h_tilde"),
        ),
        Layer("z", "z_z", "z", "update"),
        Line(
            "h",
            "z<sub>t</sub> × h<sub>t−1</sub> + (1 − z<sub>t</sub>) × h̃<sub>t</sub>",
            (
                Side(
                    "{z} × {h_tm1!} + (1 − {z!}) × {h_tilde!}",
                    "h",
                    lambda v: v["z"] * v["h_tm1"] + (1 - v["z"]) * v["h_tilde"],
                ),
            ),
            "update",
        ),
    )


_SHOWN = {"compared": ("z", "h"), "heights": (58, 66)}

PICTURED_AFTER = Pictured(
    RESET_AFTER,
    _equations(
        "h<sub>t−1</sub> U<sub>h</sub> + b'<sub>h</sub>",
        (Side("{h_tm1@U_h} + {b_h!}", "recurrent_h", lambda v: v["h_tm1@U_h"] + v["b_h"], with_cell=True),),
        "r<sub>t</sub> × ",
        lambda v: v["x@W_h+b_h"] + v["r"] * v["recurrent_h"],
        "{r!} × ",
    ),
    derived={"x@W_h+b_h": lambda trace: trace.z_h - trace.r * trace.recurrent_h},
    **_SHOWN,
)
PICTURED_BEFORE = Pictured(
    RESET_BEFORE,
    _equations(
        "(r<sub>t</sub> × h<sub>t−1</sub>) U<sub>h</sub>",
        (),
        "",
        lambda v: v["x@W_h+b_h"] + v["recurrent_h"],
        "",
    ),
    derived={"x@W_h+b_h": lambda trace: trace.z_h - trace.recurrent_h},
    **_SHOWN,
)
