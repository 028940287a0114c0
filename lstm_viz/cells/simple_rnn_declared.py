"""How the SimpleRNN is drawn: folded, its output coming back one step later, or unrolled over a window of timesteps."""

from __future__ import annotations

from lstm_viz.cells.declarations import Diagram, Edge, Node

_BOTH = "h_tm1,x"  # concatenated
_LINE, _LOOP, _JOIN, _LAYER, _FORK = 234, 96, 312, 446, 640

DIAGRAM = Diagram(
    kind="SimpleRNN",
    height=470,
    frame=(228, 152, 350, 148),
    nodes=(
        Node("x_in", "input", (290, 400), output="x"),
        Node("join", "concatenate", (_JOIN, _LINE), ("h_tm1", "x"), _BOTH, "concatenate"),
        Node("h", "layer", (_LAYER, _LINE), (_BOTH,), "h", "activation", "z", "", "layer"),
        Node("fork", "copy", (_FORK, _LINE), ("h",), "h", "copy"),
        Node("delay", "delay", (400, _LOOP), ("h",), "h_tm1", "delay", title="one step later"),
        Node("h_out", "output", (800, _LINE), ("h",)),
    ),
    edges=(
        Edge("x", "x_in", "join", via=((290, _LINE),), chip=(166, 400, 316, "flat")),
        Edge("h_tm1", "delay", "join", via=((60, _LOOP), (60, _LINE)), chip=(142, _LINE, 122)),
        Edge(_BOTH, "join", "h"),
        Edge("h", "h", "fork"),
        Edge("h", "fork", "h_out", chip=(722, _LINE, 118)),
        Edge("h", "fork", "delay", via=((_FORK, _LOOP),)),
    ),
    alt=(
        "Simple recurrent cell at timestep {t}, unit {unit}: hidden state before {h_tm1}, now {h}, "
        "which comes back one step later."
    ),
    legend=(332, 384),
)


def unrolled(columns):
    """The cell unrolled: one column per timestep of a window, numbered from 0."""
    line, up, pitch, first = 292, 208, 164, 220
    nodes = [Node("h_in", "input", (0, line), output="h_before")]
    edges = []
    before, source = "h_before", "h_in"
    for k in range(columns):
        x, h, at = f"x@{k}", f"h@{k}", first + pitch * k
        nodes += [
            Node(f"x_in{k}", "input", (at, 404), output=x),
            Node(f"layer{k}", "layer", (at, line), (before, x), h, "activation", "z"),
            Node(f"fork{k}", "copy", (at, up), (h,), h, "copy"),
            Node(f"h_up{k}", "output", (at, 62), (h,)),
        ]
        turn = at + pitch / 2
        edges += [
            Edge(x, f"x_in{k}", f"layer{k}", chip=(at, 404, 130), label=f"x<sub>{{t{k}}}</sub>"),
            Edge(before, source, f"layer{k}", via=((turn - pitch, up), (turn - pitch, line)) if k else (),
                 chip=None if k else (64, line, 122), label="" if k else "h<sub>{before}</sub>"),
            Edge(h, f"layer{k}", f"fork{k}"),
            Edge(h, f"fork{k}", f"h_up{k}", chip=(at, 132, 130), label=f"h<sub>{{t{k}}}</sub>"),
        ]  # fmt: skip
        before, source = h, f"fork{k}"
    last = first + pitch * (columns - 1)
    nodes.append(Node("h_out", "output", (last + 86, line), (before,)))
    edges.append(Edge(before, source, "h_out", via=((last + 70, up), (last + 70, line))))
    now = ", ".join(f"h {{t{k}}} = {{h@{k}}}" for k in range(columns))
    return Diagram(
        kind="SimpleRNN",
        height=614,
        frame=(first - 78, 80, 156, 416),
        nodes=tuple(nodes),
        edges=tuple(edges),
        alt=f"Simple recurrent cell unrolled around timestep {{t}}, unit {{unit}}: h {{before}} = {{h_before}}, {now}.",
        legend=(190, 532),
        moves=pitch,
    )
