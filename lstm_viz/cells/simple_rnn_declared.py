"""How the SimpleRNN is drawn: folded, its output coming back one step later, or unrolled over a window of timesteps.

With `output=True` both have the layer that reads the answer y off the hidden state; it is no part of the cell.
"""

from __future__ import annotations

from lstm_viz.cells.declarations import Diagram, Edge, Layer, Node, Pictured

_BOTH = "h_tm1,x"  # concatenated
_JOIN, _LAYER, _FORK, _READ, _LANE = 312, 446, 640, 722, 150


def folded(output=False):
    """The cell as it is built: one box, and a loop that brings h back one step later."""
    loop = 214 if output else 96
    line, end = loop + 138, loop + 304
    nodes = [
        Node("x_in", "input", (290, end), output="x"),
        Node("join", "concatenate", (_JOIN, line), ("h_tm1", "x"), _BOTH, "concatenate"),
        Node("h", "layer", (_LAYER, line), (_BOTH,), "h", "activation", "z", "", "layer"),
        Node("fork", "copy", (_FORK, line), ("h",), "h", "copy"),
        Node("delay", "delay", (400, loop), ("h",), "h_tm1", "delay", title="one step later"),
        Node("h_out", "output", (800, line), ("h",)),
    ]
    edges = [
        Edge("x", "x_in", "join", via=((290, line),), chip=(166, end, 316, "flat")),
        Edge("h_tm1", "delay", "join", via=((60, loop), (60, line)), chip=(142, line, 122)),
        Edge(_BOTH, "join", "h"),
        Edge("h", "h", "fork", chip=(572, line, 118) if output else None),
        Edge("h", "fork", "delay", via=((_FORK, loop),)),
    ]
    if output:
        nodes.append(Node("split", "copy", (_READ, line), ("h",), "h", "copy"))
        edges += [Edge("h", "fork", "split"), Edge("h", "split", "h_out")]
        _read_off(nodes, edges, "y", "h", "split", (_READ, loop), 84)
    else:
        edges.append(Edge("h", "fork", "h_out", chip=(_READ, line, 118)))
    return Diagram(
        kind="SimpleRNN",
        height=end + 70,
        frame=(228, line - 82, 350, 148),
        nodes=tuple(nodes),
        edges=tuple(edges),
        alt=(
            "Simple recurrent cell, folded, at timestep {t}, unit {unit}: hidden state before {h_tm1}, now {h}, "
            "which comes back one step later."
        ),
        legend=(332, end - 16),
        name="SimpleRNN, folded",
    )


#: the cell as one module of a chain, without the loop
MODULE = Diagram(
    kind="SimpleRNN",
    height=392,
    frame=(148, 40, 526, 220),
    nodes=(
        Node("h_in", "input", (0, _LANE), output="h_tm1"),
        Node("x_in", "input", (166, 322), output="x"),
        Node("join", "concatenate", (182, _LANE), ("h_tm1", "x"), _BOTH, "concatenate"),
        Node("h", "layer", (400, _LANE), (_BOTH,), "h", "activation", "z", "", "layer"),
        Node("h_out", "output", (800, _LANE), ("h",)),
    ),
    edges=(
        Edge("h_tm1", "h_in", "join", chip=(66, _LANE, 122)),
        Edge("x", "x_in", "join", via=((166, _LANE),), chip=(150, 322, 284, "flat")),
        Edge(_BOTH, "join", "h"),
        Edge("h", "h", "h_out", chip=(728, _LANE, 112)),
    ),
    alt="Simple recurrent cell at timestep {t}, unit {unit}: hidden state before {h_tm1}, now {h}.",
    legend=(320, 306),
)


def _read_off(nodes, edges, y, h, fork, at, top, label=""):
    """The output layer at a place, from `fork` up to y, whose card stands at `top`."""
    nodes += [
        Node(f"read {y}", "readout", at, (h,), y, title="output"),
        Node(f"out {y}", "output", (at[0], top - 66), (y,)),
    ]
    edges += [
        Edge(h, fork, f"read {y}"),
        Edge(y, f"read {y}", f"out {y}", chip=(at[0], top, 130), label=label),
    ]


DIAGRAM = folded()
EQUATIONS = (Layer("h", "z", role="activation"),)
PICTURED = Pictured(DIAGRAM, EQUATIONS, compared=("h",), heights=(170, 110), module=MODULE)


def unrolled(columns, output=False):
    """The cell as it runs: one column per timestep of a window, numbered from 0."""
    up, pitch, first = 378 if output else 208, 164, 220
    line, end = up + 84, up + 196
    nodes = [Node("h_in", "input", (0, line), output="h_before")]
    edges = []
    before, source = "h_before", "h_in"
    for k in range(columns):
        x, h, at = f"x@{k}", f"h@{k}", first + pitch * k
        nodes += [
            Node(f"x_in{k}", "input", (at, end), output=x),
            Node(f"layer{k}", "layer", (at, line), (before, x), h, "activation", "z"),
            Node(f"fork{k}", "copy", (at, up), (h,), h, "copy"),
        ]
        turn = at + pitch / 2
        edges += [
            Edge(x, f"x_in{k}", f"layer{k}", chip=(at, end, 130), label=f"x<sub>{{t{k}}}</sub>"),
            Edge(before, source, f"layer{k}", via=((turn - pitch, up), (turn - pitch, line)) if k else (),
                 chip=None if k else (64, line, 122), label="" if k else "h<sub>{before}</sub>"),
            Edge(h, f"layer{k}", f"fork{k}"),
        ]  # fmt: skip
        card = (at, up - 76, 130)
        if output:
            _read_off(nodes, edges, f"y@{k}", h, f"fork{k}", (at, up - 176), 108, f"y<sub>{{t{k}}}</sub>")
            edges[-2] = Edge(h, f"fork{k}", f"read y@{k}", chip=card, label=f"h<sub>{{t{k}}}</sub>")
        else:
            nodes.append(Node(f"h_up{k}", "output", (at, up - 146), (h,)))
            edges.append(Edge(h, f"fork{k}", f"h_up{k}", chip=card, label=f"h<sub>{{t{k}}}</sub>"))
        before, source = h, f"fork{k}"
    last = first + pitch * (columns - 1)
    nodes.append(Node("h_out", "output", (last + 86, line), (before,)))
    edges.append(Edge(before, source, "h_out", via=((last + 70, up), (last + 70, line))))
    now = ", ".join(f"h {{t{k}}} = {{h@{k}}}" for k in range(columns))
    return Diagram(
        kind="SimpleRNN",
        height=end + 210,
        frame=(first - 78, 50 if output else 80, 156, end + (42 if output else 12)),
        nodes=tuple(nodes),
        edges=tuple(edges),
        alt=f"Simple recurrent cell unrolled around timestep {{t}}, unit {{unit}}: h {{before}} = {{h_before}}, {now}.",
        legend=(190, end + 128),
        moves=pitch,
        name="SimpleRNN, unrolled",
    )
