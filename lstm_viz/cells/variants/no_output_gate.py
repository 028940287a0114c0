"""The LSTM without an output gate: it always shows all that it remembers. Source: Greff et al. (2015), NOG.

i, f      = sigmoid(z_i), sigmoid(z_f)
c_tilde_t = tanh(z_c)
c_t       = f * c_tm1 + i * c_tilde_t
h_t       = tanh(c_t)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells.declarations import Edge, Line, Pictured, Side
from lstm_viz.cells.lstm_declared import DIAGRAM, EQUATIONS
from lstm_viz.cells.trace import CellStateTrace
from lstm_viz.cells.variants._gated import GatedCell, GatedReverse, redrawn


@dataclass(frozen=True, repr=False, eq=False)
class NoOutputGateTrace(CellStateTrace):
    """Every value of an LSTM without output gate, each (..., timesteps, units)."""

    z_i: np.ndarray
    z_f: np.ndarray
    z_c: np.ndarray
    i: np.ndarray
    f: np.ndarray
    c_tilde: np.ndarray
    c: np.ndarray
    h: np.ndarray

    names = ("z_i", "z_f", "z_c", "i", "f", "c_tilde", "c", "h")
    kind = "NoOutputGate"


class NoOutputGateReverse(GatedReverse):
    """The derivative of the step, line by line."""

    rows = local_rows = 3
    reads = ("i", "f", "c_tilde", "h")

    def _through(self, v, dh, dc, dz):
        dz_i, dz_f, dz_c = dz
        d_c = dc + dh * self.d_activate(v.h)
        dz_i[...] = d_c * v.c_tilde * self.d_gate(v.i)
        dz_f[...] = d_c * v.c_tm1 * self.d_gate(v.f)
        dz_c[...] = d_c * v.i * self.d_activate(v.c_tilde)
        return d_c, d_c * v.f, 0.0


_SHOWN = Line("h", "§(c<sub>t</sub>)", (Side("§({c})", "h", "c"),), "output", ("activation", "c", "h"))
_PICTURED = Pictured(
    redrawn(
        DIAGRAM,
        kind="NoOutputGate",
        without=("o", "show"),
        nodes=[DIAGRAM.changed("squash", output="h")],
        edges=[Edge("h", "squash", "copy_h", via=((600, 294),), parts="output")],
        alt=(
            "LSTM cell without output gate at timestep {t}, unit {unit}: forget gate f = {f}, input gate i = {i}, "
            "candidate c tilde = {c_tilde}; cell state before {c_tm1}, now {c} = {f*c_tm1} + {i*c_tilde}; hidden state "
            "before {h_tm1}, now {h}."
        ),
    ),
    (*(line for line in EQUATIONS if line.part != "output"), _SHOWN),
    compared=("f", "c", "h"),
    heights=(42, 60),
)


class NoOutputGateCell(GatedCell):
    """An LSTM with o = 1; the blocks of its weights are i, f, c. Equations: see the module."""

    kind = "NoOutputGate"
    trace_type = NoOutputGateTrace
    gates = ("i", "f", "c")
    state_names = ("h", "c")
    reverse = NoOutputGateReverse
    shown = ("f", "i", "c_tilde", "c", "h")
    pictured = _PICTURED

    def _step(self, W, v):
        np.matmul(W, v.inputs, out=v.zs)  # z = x_t @ kernel + h_tm1 @ recurrent_kernel + bias
        self._gate(v.z_i, out=v.i)
        self._gate(v.z_f, out=v.f)
        self._activate(v.z_c, out=v.c_tilde)
        np.multiply(v.f, v.c_tm1, out=v.c)  # c = f * c_tm1
        np.multiply(v.i, v.c_tilde, out=v.new)
        np.add(v.c, v.new, out=v.c)  #   + i * c_tilde
        self._activate(v.c, out=v.h)  # h = tanh(c)
