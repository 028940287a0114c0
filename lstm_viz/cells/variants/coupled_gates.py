"""The LSTM with coupled input and forget gate: what is forgotten is what is written. Source: Greff et al. (2015), CIFG.

i, o      = sigmoid(z_i), sigmoid(z_o)
c_tilde_t = tanh(z_c)
c_t       = (1 - i) * c_tm1 + i * c_tilde_t
h_t       = o * tanh(c_t)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells.declarations import Edge, Line, Node, Pictured, Side
from lstm_viz.cells.lstm_declared import DIAGRAM, EQUATIONS
from lstm_viz.cells.trace import CellStateTrace
from lstm_viz.cells.variants._gated import GatedCell, GatedReverse, redrawn


@dataclass(frozen=True, repr=False, eq=False)
class CoupledGatesTrace(CellStateTrace):
    """Every value of an LSTM whose forget gate is 1 - i, each (..., timesteps, units)."""

    z_i: np.ndarray
    z_c: np.ndarray
    z_o: np.ndarray
    i: np.ndarray
    c_tilde: np.ndarray
    o: np.ndarray
    c: np.ndarray
    tanh_c: np.ndarray
    h: np.ndarray

    names = ("z_i", "z_c", "z_o", "i", "c_tilde", "o", "c", "tanh_c", "h")
    kind = "CoupledGates"


class CoupledGatesReverse(GatedReverse):
    """The derivative of the step, line by line."""

    rows = local_rows = 3
    reads = ("i", "c_tilde", "o", "tanh_c")

    def _through(self, v, dh, dc, dz):
        dz_i, dz_c, dz_o = dz
        d_c = dc + dh * v.o * self.d_activate(v.tanh_c)
        dz_i[...] = d_c * (v.c_tilde - v.c_tm1) * self.d_gate(v.i)
        dz_c[...] = d_c * v.i * self.d_activate(v.c_tilde)
        dz_o[...] = dh * v.tanh_c * self.d_gate(v.o)
        return d_c, d_c * (1 - v.i), 0.0


_UPDATE = Line(
    "c",
    "(1 − i<sub>t</sub>) × c<sub>t−1</sub> + i<sub>t</sub> × c̃<sub>t</sub>",
    (
        Side(
            "(1 − {i!}) × {c_tm1!} + {i!} × {c_tilde!}",
            "c",
            lambda v: (1 - v["i"]) * v["c_tm1"] + v["i"] * v["c_tilde"],
        ),
    ),
    "update",
)
_I, _F, _SCALE, _TOP = 338, 214, 258, 92
_PICTURED = Pictured(
    redrawn(
        DIAGRAM,
        kind="CoupledGates",
        without=("f", "copy_f", "i", "keep"),
        no_step="forget",
        nodes=[
            DIAGRAM.node("i"),
            Node("fork_i", "copy", (_I, _SCALE), ("i",), "i", "copy", parts="update"),
            Node("rest", "pointwise", (_F, _SCALE), ("i",), "1-i", "1-", parts="update"),
            DIAGRAM.changed("keep", inputs=("c_tm1", "1-i"), output="(1-i)*c_tm1"),
            DIAGRAM.changed("add", inputs=("(1-i)*c_tm1", "i*c_tilde")),
        ],
        edges=[
            Edge("c_tm1", "c_in", "keep", chip=(66, _TOP, 122), parts="update", thick=True),
            Edge("h_tm1,x", "join", "copy_i", parts="input output"),
            Edge("h_tm1,x", "copy_i", "i", parts="input"),
            Edge("i", "i", "fork_i", chip=(_I, 376, 118), parts="input update"),
            Edge("i", "fork_i", "scale", parts="update"),
            Edge("i", "fork_i", "rest", parts="update"),
            Edge("1-i", "rest", "keep", chip=(_F, 187, 122), parts="update"),
            Edge("(1-i)*c_tm1", "keep", "add", chip=(342, _TOP, 200), parts="update", thick=True),
        ],
        alt=(
            "LSTM cell with coupled gates at timestep {t}, unit {unit}: input gate i = {i}, of the old 1 - i = {1-i}, "
            "candidate c tilde = {c_tilde}, output gate o = {o}; cell state before {c_tm1}, now {c} = {(1-i)*c_tm1} + "
            "{i*c_tilde}; hidden state before {h_tm1}, now {h}."
        ),
    ),
    tuple(_UPDATE if line.part == "update" else line for line in EQUATIONS if line.part != "forget"),
    compared=("i", "c", "h"),
    heights=(42, 60),
)


class CoupledGatesCell(GatedCell):
    """An LSTM with f = 1 - i; the blocks of its weights are i, c, o. Equations: see the module."""

    kind = "CoupledGates"
    trace_type = CoupledGatesTrace
    gates = ("i", "c", "o")
    state_names = ("h", "c")
    reverse = CoupledGatesReverse
    shown = ("i", "c_tilde", "o", "c", "h")
    pictured = _PICTURED

    def _step(self, W, v):
        np.matmul(W, v.inputs, out=v.zs)  # z = x_t @ kernel + h_tm1 @ recurrent_kernel + bias
        self._gate(v.z_i, out=v.i)
        self._gate(v.z_o, out=v.o)
        self._activate(v.z_c, out=v.c_tilde)
        np.subtract(1.0, v.i, out=v.new)
        np.multiply(v.new, v.c_tm1, out=v.c)  # c = (1 - i) * c_tm1
        np.multiply(v.i, v.c_tilde, out=v.new)
        np.add(v.c, v.new, out=v.c)  #   + i * c_tilde
        self._activate(v.c, out=v.tanh_c)
        np.multiply(v.o, v.tanh_c, out=v.h)  # h = o * tanh(c)
