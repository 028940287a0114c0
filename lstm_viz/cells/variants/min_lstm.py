"""The minimal LSTM: two gates that read the input alone and share one whole, so that no timestep waits for another.

    f, i      = sigmoid(x_t @ K_f + b_f), sigmoid(x_t @ K_i + b_i)
    h_tilde_t = x_t @ K_h + b_h
    s         = f / (f + i)                     the share that is kept
    h_t       = s * h_tm1 + (1 - s) * h_tilde_t

Source: Feng et al. (2024), "Were RNNs all we needed?": without c, without output gate, f and i divided by their sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells.declarations import Diagram, Edge, Layer, Line, Node, Pictured, Side
from lstm_viz.cells.trace import Trace
from lstm_viz.cells.variants._gated import GatedCell, GatedReverse


@dataclass(frozen=True, repr=False, eq=False)
class MinLSTMTrace(Trace):
    """Every value of a minimal LSTM, each (..., timesteps, units)."""

    z_f: np.ndarray
    z_i: np.ndarray
    z_h: np.ndarray
    f: np.ndarray
    i: np.ndarray
    share: np.ndarray
    h_tilde: np.ndarray
    h: np.ndarray

    names = ("z_f", "z_i", "z_h", "f", "i", "share", "h_tilde", "h")
    kind = "MinLSTM"


class MinLSTMReverse(GatedReverse):
    """The derivative of the step, line by line."""

    rows = local_rows = 3
    reads = ("f", "i", "share", "h_tilde")

    def _through(self, v, dh, dc, dz):
        dz_f, dz_i, dz_h = dz
        d_share = dh * (v.h_tm1 - v.h_tilde) / _whole(v.f, v.i)
        dz_f[...] = d_share * (1 - v.share) * self.d_gate(v.f)
        dz_i[...] = -d_share * v.share * self.d_gate(v.i)
        dz_h[...] = dh * (1 - v.share) * self.d_activate(v.h_tilde)
        return None, None, dh * v.share  # the only way to h_tm1


def _whole(f, i):
    """f + i, and 1 where both gates are 0: then nothing is kept."""
    whole = f + i
    return np.where(whole == 0, 1, whole)


_TOP, _MIX, _SHARE_CHIP, _SHARE, _CHIPS, _LAYERS, _ROW = 92, 280, 372, 452, 540, 636, 700
_F, _I, _S, _NEW, _OUT = 212, 366, 289, 560, 664
_PICTURED = Pictured(
    Diagram(
        kind="MinLSTM",
        height=858,
        frame=(148, 40, 564, 708),
        nodes=(
            Node("h_in", "input", (0, _TOP), output="h_tm1"),
            Node("x_in", "input", (172, 788), output="x"),
            Node("copy_f", "copy", (_F, _ROW), ("x",), "x", "copy", parts="gates candidate"),
            Node("copy_i", "copy", (_I, _ROW), ("x",), "x", "copy", parts="gates candidate"),
            Node("f", "layer", (_F, _LAYERS), ("x",), "f", "recurrent_activation", "z_f", "f", "forget", "gates"),
            Node("i", "layer", (_I, _LAYERS), ("x",), "i", "recurrent_activation", "z_i", "i", "input", "gates"),
            Node("h_tilde", "layer", (_NEW, _LAYERS), ("x",), "h_tilde", "activation", "z_h", "h", "candidate",
                 "candidate"),
            Node("share", "pointwise", (_S, _SHARE), ("f", "i"), "share", "f/(f+i)", parts="gates"),
            Node("fork", "copy", (_S, _MIX), ("share",), "share", "copy", parts="update"),
            Node("keep", "pointwise", (_S, _TOP), ("h_tm1", "share"), "share*h_tm1", "*", parts="update"),
            Node("rest", "pointwise", (_S + 66, _MIX), ("share",), "1-share", "1-", parts="update"),
            Node("take", "pointwise", (_NEW, _MIX), ("1-share", "h_tilde"), "(1-share)*h_tilde", "*", parts="update"),
            Node("add", "pointwise", (_NEW, _TOP), ("share*h_tm1", "(1-share)*h_tilde"), "h", "+", parts="update"),
            Node("fork_h", "copy", (_OUT, _TOP), ("h",), "h", "copy", parts="update"),
            Node("h_up", "output", (_OUT, 40), ("h",)),
            Node("h_out", "output", (800, _TOP), ("h",)),
        ),
        edges=(
            Edge("h_tm1", "h_in", "keep", chip=(66, _TOP, 122), parts="update", thick=True),
            Edge("x", "x_in", "copy_f", via=((172, _ROW),), chip=(150, 788, 284, "flat"), parts="gates candidate"),
            Edge("x", "copy_f", "f", parts="gates"),
            Edge("x", "copy_f", "copy_i", parts="gates candidate"),
            Edge("x", "copy_i", "i", parts="gates"),
            Edge("x", "copy_i", "h_tilde", via=((_NEW, _ROW),), parts="candidate"),
            Edge("f", "f", "share", via=((_F, _SHARE),), chip=(_F, _CHIPS, 118), parts="gates"),
            Edge("i", "i", "share", via=((_I, _SHARE),), chip=(_I, _CHIPS, 118), parts="gates"),
            Edge("share", "share", "fork", chip=(_S, _SHARE_CHIP, 118), parts="gates update"),
            Edge("share", "fork", "keep", parts="update"),
            Edge("share", "fork", "rest", parts="update"),
            Edge("1-share", "rest", "take", chip=(444, _MIX, 112), parts="update"),
            Edge("h_tilde", "h_tilde", "take", chip=(_NEW, _CHIPS, 118), parts="candidate update"),
            Edge("(1-share)*h_tilde", "take", "add", chip=(_NEW, 186, 182), parts="update"),
            Edge("share*h_tm1", "keep", "add", chip=((_S + _NEW) / 2, _TOP, 154), parts="update", thick=True),
            Edge("h", "add", "fork_h", parts="update", thick=True),
            Edge("h", "fork_h", "h_up", parts="update"),
            Edge("h", "fork_h", "h_out", chip=(736, _TOP, 112), parts="update", thick=True),
        ),
        alt=(
            "Minimal LSTM cell at timestep {t}, unit {unit}: forget gate f = {f}, input gate i = {i}, share kept s = "
            "{share}, candidate h tilde = {h_tilde}; hidden state before {h_tm1}, now {h} = {share*h_tm1} + "
            "{(1-share)*h_tilde}."
        ),
        steps={
            "gates": "1 Gates: how much to keep, how much to write, and the share of the one in both",
            "candidate": "2 Candidate: what could be written, from the input alone",
            "update": "3 Update: keep s<sub>t</sub> of the old, take 1 − s<sub>t</sub> of the new",
        },
        legend=(320, 772),
    ),
    (
        Layer("f", "z_f", "f", "gates", recurrent=False),
        Layer("i", "z_i", "i", "gates", recurrent=False),
        Line(
            "share",
            "f<sub>t</sub> / (f<sub>t</sub> + i<sub>t</sub>)",
            (Side("{f!} / ({f} + {i!})", "share", lambda v: v["f"] / _whole(v["f"], v["i"])),),
            "gates",
        ),
        Layer("h_tilde", "z_h", "h", "candidate", "activation", recurrent=False),
        Line(
            "h",
            "s<sub>t</sub> × h<sub>t−1</sub> + (1 − s<sub>t</sub>) × h̃<sub>t</sub>",
            (
                Side(
                    "{share} × {h_tm1!} + (1 − {share!}) × {h_tilde!}",
                    "h",
                    lambda v: v["share"] * v["h_tm1"] + (1 - v["share"]) * v["h_tilde"],
                ),
            ),
            "update",
        ),
    ),
    compared=("share", "h"),
    heights=(70, 66),
)  # fmt: skip


class MinLSTMCell(GatedCell):
    """A minimal LSTM; the blocks of its weights are f, i, h. Equations: see the module.

    No layer reads h_tm1: `recurrent_kernel` (units, 3 * units), there as in every cell, must be zero, and stays so.
    """

    kind = "MinLSTM"
    trace_type = MinLSTMTrace
    gates = ("f", "i", "h")
    reverse = MinLSTMReverse
    shown = ("share", "h_tilde", "h")
    pictured = _PICTURED
    reads_h = False

    def __init__(self, kernel, recurrent_kernel, bias=None, *, activation="linear", recurrent_activation="sigmoid"):
        super().__init__(
            kernel, recurrent_kernel, bias, activation=activation, recurrent_activation=recurrent_activation
        )

    def _step(self, W, v):
        np.matmul(W, v.inputs, out=v.zs)  # z = x_t @ kernel + bias
        self._gate(v.z_f, out=v.f)
        self._gate(v.z_i, out=v.i)
        self._activate(v.z_h, out=v.h_tilde)
        np.divide(v.f, _whole(v.f, v.i), out=v.share)  # s = f / (f + i)
        np.subtract(v.h_tm1, v.h_tilde, out=v.new)
        np.multiply(v.share, v.new, out=v.h)
        np.add(v.h, v.h_tilde, out=v.h)  # h = s * h_tm1 + (1 - s) * h_tilde
