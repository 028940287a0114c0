"""The minimal GRU: its gate and candidate read the input alone, so all timesteps can be computed at once.

    z         = sigmoid(x_t @ K_z + b_z)
    h_tilde_t = x_t @ K_h + b_h
    h_t       = z * h_tm1 + (1 - z) * h_tilde_t

Source: Feng et al. (2024), "Were RNNs all we needed?", whose z is 1 - z here: as in `GRUCell`, 1 keeps the old state.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells.declarations import Diagram, Edge, Layer, Line, Node, Pictured, Side
from lstm_viz.cells.trace import Trace
from lstm_viz.cells.variants._gated import GatedCell, GatedReverse


@dataclass(frozen=True, repr=False, eq=False)
class MinGRUTrace(Trace):
    """Every value of a minimal GRU, each (..., timesteps, units)."""

    z_z: np.ndarray
    z_h: np.ndarray
    z: np.ndarray
    h_tilde: np.ndarray
    h: np.ndarray

    names = ("z_z", "z_h", "z", "h_tilde", "h")
    kind = "MinGRU"


class MinGRUReverse(GatedReverse):
    """The derivative of the step, line by line."""

    rows = local_rows = 2
    reads = ("z", "h_tilde")

    def _through(self, v, dh, dc, dz):
        dz_z, dz_h = dz
        past = dh * v.z  # the only way to h_tm1
        dz_z[...] = dh * (v.h_tm1 - v.h_tilde) * self.d_gate(v.z)
        dz_h[...] = dh * (1 - v.z) * self.d_activate(v.h_tilde)
        return None, None, past


_TOP, _MIX, _CHIPS, _LAYERS, _ROW = 92, 280, 364, 452, 512
_Z, _NEW, _OUT = 254, 560, 664
_PICTURED = Pictured(
    Diagram(
        kind="MinGRU",
        height=670,
        frame=(148, 40, 564, 520),
        nodes=(
            Node("h_in", "input", (0, _TOP), output="h_tm1"),
            Node("x_in", "input", (172, 600), output="x"),
            Node("copy_x", "copy", (_Z, _ROW), ("x",), "x", "copy", parts="candidate update"),
            Node("z", "layer", (_Z, _LAYERS), ("x",), "z", "recurrent_activation", "z_z", "z", "update", "update"),
            Node("h_tilde", "layer", (_NEW, _LAYERS), ("x",), "h_tilde", "activation", "z_h", "h", "candidate",
                 "candidate"),
            Node("fork_z", "copy", (_Z, _MIX), ("z",), "z", "copy", parts="update"),
            Node("keep", "pointwise", (_Z, _TOP), ("h_tm1", "z"), "z*h_tm1", "*", parts="update"),
            Node("rest", "pointwise", (_Z + 84, _MIX), ("z",), "1-z", "1-", parts="update"),
            Node("take", "pointwise", (_NEW, _MIX), ("1-z", "h_tilde"), "(1-z)*h_tilde", "*", parts="update"),
            Node("add", "pointwise", (_NEW, _TOP), ("z*h_tm1", "(1-z)*h_tilde"), "h", "+", parts="update"),
            Node("fork_h", "copy", (_OUT, _TOP), ("h",), "h", "copy", parts="update"),
            Node("h_up", "output", (_OUT, 40), ("h",)),
            Node("h_out", "output", (800, _TOP), ("h",)),
        ),
        edges=(
            Edge("h_tm1", "h_in", "keep", chip=(66, _TOP, 122), parts="update", thick=True),
            Edge("x", "x_in", "copy_x", via=((172, _ROW),), chip=(150, 600, 284, "flat"), parts="candidate update"),
            Edge("x", "copy_x", "z", parts="update"),
            Edge("x", "copy_x", "h_tilde", via=((_NEW, _ROW),), parts="candidate"),
            Edge("z", "z", "fork_z", chip=(_Z, _CHIPS, 118), parts="update"),
            Edge("z", "fork_z", "keep", parts="update"),
            Edge("z", "fork_z", "rest", parts="update"),
            Edge("1-z", "rest", "take", chip=(436, _MIX, 112), parts="update"),
            Edge("h_tilde", "h_tilde", "take", chip=(_NEW, _CHIPS, 118), parts="candidate update"),
            Edge("(1-z)*h_tilde", "take", "add", chip=(_NEW, 186, 182), parts="update"),
            Edge("z*h_tm1", "keep", "add", chip=((_Z + _NEW) / 2, _TOP, 154), parts="update", thick=True),
            Edge("h", "add", "fork_h", parts="update", thick=True),
            Edge("h", "fork_h", "h_up", parts="update"),
            Edge("h", "fork_h", "h_out", chip=(736, _TOP, 112), parts="update", thick=True),
        ),
        alt=(
            "Minimal GRU cell at timestep {t}, unit {unit}: update gate z = {z}, candidate h tilde = {h_tilde}; hidden "
            "state before {h_tm1}, now {h} = {z*h_tm1} + {(1-z)*h_tilde}."
        ),
        steps={
            "candidate": "1 Candidate: what could be written, from the input alone",
            "update": "2 Update: keep z<sub>t</sub> of the old, take 1 − z<sub>t</sub> of the new",
        },
        legend=(320, 584),
    ),
    (
        Layer("h_tilde", "z_h", "h", "candidate", "activation", recurrent=False),
        Layer("z", "z_z", "z", "update", recurrent=False),
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
    ),
    compared=("z", "h"),
    heights=(70, 66),
)  # fmt: skip


class MinGRUCell(GatedCell):
    """A minimal GRU; the blocks of its weights are z, h. Equations: see the module.

    No layer reads h_tm1: `recurrent_kernel` (units, 2 * units), there as in every cell, must be zero, and stays so.
    """

    kind = "MinGRU"
    trace_type = MinGRUTrace
    gates = ("z", "h")
    reverse = MinGRUReverse
    shown = ("z", "h_tilde", "h")
    pictured = _PICTURED
    reads_h = False

    def __init__(self, kernel, recurrent_kernel, bias=None, *, activation="linear", recurrent_activation="sigmoid"):
        super().__init__(
            kernel, recurrent_kernel, bias, activation=activation, recurrent_activation=recurrent_activation
        )

    def _step(self, W, v):
        np.matmul(W, v.inputs, out=v.zs)  # z = x_t @ kernel + bias
        self._gate(v.z_z, out=v.z)
        self._activate(v.z_h, out=v.h_tilde)
        np.subtract(v.h_tm1, v.h_tilde, out=v.new)
        np.multiply(v.z, v.new, out=v.h)
        np.add(v.h, v.h_tilde, out=v.h)  # h = z * h_tm1 + (1 - z) * h_tilde
