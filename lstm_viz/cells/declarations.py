"""What a kind of cell says of itself for pictures: its operations and edges, and its equations, as plain data.

A cell's declaration stands beside its class; `pictures` draws whatever is declared, and the tests execute it on real
traces: each operation, applied to the values that its edges bring, must give the value on the edge that leaves it.
Places and lengths are in units of `Diagram.width`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

__all__ = ["Diagram", "Edge", "Layer", "Line", "Node", "Pictured", "Side"]


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

    def changed(self, name, **changes):
        """The node of this name with some of its fields changed."""
        return replace(self.node(name), **changes)


@dataclass(frozen=True)
class Layer:
    """The equation of a learned layer: name = activation(x W + h U + b), its weights those of `block`.

    z: its pre-activation. role: the cell's argument that names its activation, or "linear" for none. recurrent: False
    where it reads x alone. peephole: the state ("c_tm1" or "c") of which each unit sees its own, times a weight.
    """

    name: str
    z: str
    block: str = ""
    part: str = ""
    role: str = "recurrent_activation"
    recurrent: bool = True
    peephole: str = ""


@dataclass(frozen=True)
class Side:
    """One side of a chain of equalities, in numbers.

    template: text with {quantity} for a number and {quantity!} for one in brackets if negative. gives: the quantity
    that the next side shows in its place, and rule: how it follows from this side's quantities, by name; where the
    side is the line's activation, what that is applied to. with_cell: shown only if the weights are known.
    """

    template: str
    gives: str
    rule: Callable | str
    with_cell: bool = False


@dataclass(frozen=True)
class Line:
    """left = symbols = side = side ... = left's number; `part` is the step to which it belongs.

    activation = (role, before, after): the cell's activation that the line has in it. Its sign stands for "§" in texts.
    """

    left: str
    symbols: str
    sides: tuple[Side, ...]
    part: str = ""
    activation: tuple = ()


@dataclass(frozen=True)
class Pictured:
    """All that a kind of cell says of itself for pictures.

    compared: the values that are compared with other cells'. heights: pixels of a heatmap and of a plot of lines, so
    that everything is seen at one look. module: its diagram in a chain, where that is another one. derived: functions
    of the trace for quantities of the equations that it does not have.
    """

    diagram: Diagram
    equations: tuple[Layer | Line, ...]
    compared: tuple[str, ...]
    heights: tuple[int, int]
    module: Diagram | None = None
    derived: Mapping[str, Callable] = field(default_factory=dict)
