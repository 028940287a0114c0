"""The LSTM without an activation of its candidate, which may then be of any size. Source: Greff et al. (2015), NIAF.

i, f, o   = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)
c_tilde_t = z_c
c_t       = f * c_tm1 + i * c_tilde_t
h_t       = o * tanh(c_t)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells.declarations import Layer, Pictured
from lstm_viz.cells.lstm_declared import DIAGRAM, EQUATIONS
from lstm_viz.cells.trace import CellStateTrace
from lstm_viz.cells.variants._gated import GatedCell, GatedReverse, redrawn


@dataclass(frozen=True, repr=False, eq=False)
class NoInputActivationTrace(CellStateTrace):
    """Every value of an LSTM without activation of the candidate, each (..., timesteps, units)."""

    z_i: np.ndarray
    z_f: np.ndarray
    z_c: np.ndarray
    z_o: np.ndarray
    i: np.ndarray
    f: np.ndarray
    c_tilde: np.ndarray
    o: np.ndarray
    c: np.ndarray
    tanh_c: np.ndarray
    h: np.ndarray

    names = ("z_i", "z_f", "z_c", "z_o", "i", "f", "c_tilde", "o", "c", "tanh_c", "h")
    kind = "NoInputActivation"


class NoInputActivationReverse(GatedReverse):
    """The derivative of the step, line by line."""

    rows = local_rows = 4
    reads = ("i", "f", "c_tilde", "o", "tanh_c")

    def _through(self, v, dh, dc, dz):
        dz_i, dz_f, dz_c, dz_o = dz
        d_c = dc + dh * v.o * self.d_activate(v.tanh_c)
        dz_i[...] = d_c * v.c_tilde * self.d_gate(v.i)
        dz_f[...] = d_c * v.c_tm1 * self.d_gate(v.f)
        dz_c[...] = d_c * v.i
        dz_o[...] = dh * v.tanh_c * self.d_gate(v.o)
        return d_c, d_c * v.f, 0.0


_CANDIDATE = Layer("c_tilde", "z_c", "c", "input", "linear")
_PICTURED = Pictured(
    redrawn(DIAGRAM, kind="NoInputActivation", nodes=[DIAGRAM.changed("c_tilde", operation="linear")]),
    tuple(_CANDIDATE if getattr(line, "name", "") == "c_tilde" else line for line in EQUATIONS),
    compared=("f", "c", "h"),
    heights=(34, 60),
)


class NoInputActivationCell(GatedCell):
    """An LSTM whose candidate is linear; the blocks of its weights are i, f, c, o. Equations: see the module."""

    kind = "NoInputActivation"
    trace_type = NoInputActivationTrace
    gates = ("i", "f", "c", "o")
    state_names = ("h", "c")
    reverse = NoInputActivationReverse
    shown = ("f", "i", "c_tilde", "o", "c", "h")
    pictured = _PICTURED

    def _step(self, W, v):
        np.matmul(W, v.inputs, out=v.zs)  # z = x_t @ kernel + h_tm1 @ recurrent_kernel + bias
        self._gate(v.z_i, out=v.i)
        self._gate(v.z_f, out=v.f)
        self._gate(v.z_o, out=v.o)
        v.c_tilde[...] = v.z_c
        np.multiply(v.f, v.c_tm1, out=v.c)  # c = f * c_tm1
        np.multiply(v.i, v.c_tilde, out=v.new)
        np.add(v.c, v.new, out=v.c)  #   + i * c_tilde
        self._activate(v.c, out=v.tanh_c)
        np.multiply(v.o, v.tanh_c, out=v.h)  # h = o * tanh(c)
