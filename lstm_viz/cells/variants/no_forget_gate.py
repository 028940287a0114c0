"""The LSTM without a forget gate: its cell state can only be added to. Source: Hochreiter & Schmidhuber (1997).

    i, o      = sigmoid(z_i), sigmoid(z_o)
    c_tilde_t = tanh(z_c)
    c_t       = c_tm1 + i * c_tilde_t
    h_t       = o * tanh(c_t)

Their 1997 cell squashes the candidate to [-2, 2] and has tanh in the place of h's squashing as here; what matters for
it is the first term of c_t, the constant error carousel with its weight of exactly 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells.declarations import Edge, Line, Pictured, Side
from lstm_viz.cells.lstm_declared import DIAGRAM, EQUATIONS
from lstm_viz.cells.trace import CellStateTrace
from lstm_viz.cells.variants._gated import GatedCell, GatedReverse, redrawn


@dataclass(frozen=True, repr=False, eq=False)
class NoForgetGateTrace(CellStateTrace):
    """Every value of an LSTM without forget gate, each (..., timesteps, units)."""

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
    kind = "NoForgetGate"


class NoForgetGateReverse(GatedReverse):
    """The derivative of the step, line by line."""

    rows = local_rows = 3
    reads = ("i", "c_tilde", "o", "tanh_c")

    def _through(self, v, dh, dc, dz):
        dz_i, dz_c, dz_o = dz
        d_c = dc + dh * v.o * self.d_activate(v.tanh_c)
        dz_i[...] = d_c * v.c_tilde * self.d_gate(v.i)
        dz_c[...] = d_c * v.i * self.d_activate(v.c_tilde)
        dz_o[...] = dh * v.tanh_c * self.d_gate(v.o)
        return d_c, d_c, 0.0  # nothing is lost on the way to c_tm1


_UPDATE = Line(
    "c",
    "c<sub>t−1</sub> + i<sub>t</sub> × c̃<sub>t</sub>",
    (Side("{c_tm1} + {i!} × {c_tilde!}", "c", lambda v: v["c_tm1"] + v["i"] * v["c_tilde"]),),
    "update",
)
_BOTH = "h_tm1,x"
_PICTURED = Pictured(
    redrawn(
        DIAGRAM,
        kind="NoForgetGate",
        without=("f", "keep", "copy_f"),
        no_step="forget",
        nodes=[DIAGRAM.changed("add", inputs=("c_tm1", "i*c_tilde"))],
        edges=[
            Edge("c_tm1", "c_in", "add", chip=(66, 92, 122), parts="update", thick=True),
            Edge(_BOTH, "join", "copy_i", parts="input output"),
        ],
        alt=(
            "LSTM cell without forget gate at timestep {t}, unit {unit}: input gate i = {i}, candidate c tilde = "
            "{c_tilde}, output gate o = {o}; cell state before {c_tm1}, now {c} = {c_tm1} + {i*c_tilde}; hidden state "
            "before {h_tm1}, now {h}."
        ),
    ),
    tuple(_UPDATE if line.part == "update" else line for line in EQUATIONS if line.part != "forget"),
    compared=("i", "c", "h"),
    heights=(42, 60),
)


class NoForgetGateCell(GatedCell):
    """An LSTM without forget gate; the blocks of its weights are i, c, o. Equations: see the module."""

    kind = "NoForgetGate"
    trace_type = NoForgetGateTrace
    gates = ("i", "c", "o")
    state_names = ("h", "c")
    reverse = NoForgetGateReverse
    shown = ("i", "c_tilde", "o", "c", "h")
    pictured = _PICTURED

    def _step(self, W, v):
        np.matmul(W, v.inputs, out=v.zs)  # z = x_t @ kernel + h_tm1 @ recurrent_kernel + bias
        self._gate(v.z_i, out=v.i)
        self._gate(v.z_o, out=v.o)
        self._activate(v.z_c, out=v.c_tilde)
        np.multiply(v.i, v.c_tilde, out=v.new)
        np.add(v.c_tm1, v.new, out=v.c)  # c = c_tm1 + i * c_tilde
        self._activate(v.c, out=v.tanh_c)
        np.multiply(v.o, v.tanh_c, out=v.h)  # h = o * tanh(c)
