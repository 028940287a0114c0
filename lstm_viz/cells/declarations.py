"""What a kind of cell says of itself for pictures: its operations and the edges between them, as plain data.

A cell's declaration stands beside its class; `pictures` draws whatever is declared, and the tests execute it on real
traces: each operation, applied to the values that its edges bring, must give the value on the edge that leaves it.
Places and lengths are in units of `Diagram.width`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Diagram", "Edge", "Node"]


@dataclass(frozen=True)
class Node:
    """One operation on vectors.

    kind: "layer" (learned), "pointwise", "concatenate", "copy", "delay" (the value of the timestep before), "readout"
    (an output layer, which is no part of the cell), "input" or "output" (an end of the picture).
    operation: for a layer or a pointwise function the cell's argument that names its activation ("activation",
    "recurrent_activation") or "linear"; else "*", "+" or "1-"; "" where nothing is computed. inputs, output: the
    quantities it reads and gives. of: what its activation is applied to. block: which block of the weights it has.
    """

    name: str
    kind: str
    at: tuple[float, float]
    inputs: tuple[str, ...] = ()
    output: str = ""
    operation: str = ""
    of: str = ""
    block: str = ""
    title: str = ""
    parts: str = ""


@dataclass(frozen=True)
class Edge:
    """A vector on its way from one node to another; `via` are the corners.

    chip = (x, y, width) shows its values on a card, (x, y, width, "flat") on one that is less high; label: its symbol,
    where that is not its name's. over: it crosses another edge, as over a bridge. thick: what the picture is about.
    """

    quantity: str
    source: str
    target: str
    via: tuple = ()
    chip: tuple | None = None
    parts: str = ""
    label: str = ""
    over: bool = False
    thick: bool = False


@dataclass(frozen=True)
class Diagram:
    """A cell as a picture: its operations, the edges between them, and the steps in which it is told.

    alt: the picture in words, with {quantity} for numbers. steps: name of the step -> sentence shown while it is
    highlighted. frame: (x, y, width, height) of the cell's box. notes: (x, y, text, parts) in small print. legend: its
    place. moves: how far the frame moves from one column to the next, where it marks the current timestep instead.
    name: what is written above, where that is not its kind.
    """

    kind: str
    height: float
    frame: tuple
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    alt: str
    steps: dict = field(default_factory=dict)
    notes: tuple = ()
    legend: tuple | None = None
    moves: float = 0
    width: float = 800
    name: str = ""

    def node(self, name):
        return next(n for n in self.nodes if n.name == name)
