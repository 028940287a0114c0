"""The minimal gated unit: a GRU whose one gate does the work of both. Source: Zhou et al. (2016).

    z         = sigmoid(x_t @ K_z + h_tm1 @ R_z + b_z)
    u         = ((1 - z) * h_tm1) @ R_h             what the old state gives the candidate
    h_tilde_t = tanh(x_t @ K_h + b_h + u)
    h_t       = z * h_tm1 + (1 - z) * h_tilde_t

Their gate f is 1 - z here: as in `GRUCell`, 1 keeps the old state. What is to be replaced, 1 - z, is also what the
candidate may see.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lstm_viz.cells.declarations import Edge, Layer, Line, Node, Pictured, Side
from lstm_viz.cells.gru_declared import RESET_BEFORE
from lstm_viz.cells.loop import by_model
from lstm_viz.cells.trace import Trace
from lstm_viz.cells.variants._gated import GatedCell, GatedReverse, redrawn


@dataclass(frozen=True, repr=False, eq=False)
class MinimalGatedUnitTrace(Trace):
    """Every value of a minimal gated unit, each (..., timesteps, units); `recurrent_h` is u of the equations."""

    z_z: np.ndarray
    z_h: np.ndarray
    z: np.ndarray
    recurrent_h: np.ndarray
    h_tilde: np.ndarray
    h: np.ndarray

    names = ("z_z", "z_h", "z", "recurrent_h", "h_tilde", "h")
    kind = "MinimalGatedUnit"


class MinimalGatedUnitReverse(GatedReverse):
    """The derivative of the step, line by line."""

    rows = local_rows = 2
    reads = ("z", "h_tilde")

    def __call__(self, matrix, direct, skip=None, *, final_c=0.0):
        self.R_h = matrix[:, self.units :, : self.units]
        return super().__call__(matrix, direct, skip, final_c=final_c)

    def _through(self, v, dh, dc, dz):
        dz_z, dz_h = dz
        dz_h[...] = dh * (1 - v.z) * self.d_activate(v.h_tilde)
        d_seen = by_model(self.R_h.swapaxes(1, 2) @ by_model(dz_h))  # of (1 - z) * h_tm1
        dz_z[...] = (dh * (v.h_tm1 - v.h_tilde) - d_seen * v.h_tm1) * self.d_gate(v.z)
        return None, None, (dh - d_seen) * v.z  # the product back will bring all of d_seen, not 1 - z of it

    def _step_of_cell(self, t, local, dh, back, d_matrix, skip):
        super()._step_of_cell(t, local, dh, back, d_matrix, skip)
        hidden = by_model(self.kept["z"][t] * self.kept["h_tm1"][t])
        d_matrix[:, self.units :, : self.units] -= local[1][:, self.units :] @ hidden.swapaxes(1, 2)


_TOP, _MIX, _RESET, _JOIN = 92, 254, 526, 480
_Z, _FORK, _SEEN, _NEW, _BESIDE = 254, 380, 452, 616, 704
_ALL = "candidate update"
_PICTURED = Pictured(
    replace(
        redrawn(
            RESET_BEFORE,
            kind="MinimalGatedUnit",
            without=("r", "copy_z", "reset", "join_x"),
            without_edges=[("rest", "take")],
            no_step="reset",
            nodes=[
                RESET_BEFORE.changed("join", parts=_ALL),
                RESET_BEFORE.changed("z", parts=_ALL),
                RESET_BEFORE.changed("fork_z", parts=_ALL),
                RESET_BEFORE.changed("rest", parts=_ALL),
                RESET_BEFORE.changed("h_tilde", inputs=("(1-z)*h_tm1,x",)),
                Node("fork_rest", "copy", (_FORK, _MIX), ("1-z",), "1-z", "copy", parts=_ALL),
                Node("see", "pointwise", (_SEEN, _RESET), ("1-z", "h_tm1"), "(1-z)*h_tm1", "*", parts="candidate"),
                Node("join_seen", "concatenate", (_NEW, _JOIN), ("(1-z)*h_tm1", "x"), "(1-z)*h_tm1,x", "concatenate",
                     parts="candidate"),
            ],
            edges=[
                Edge("h_tm1,x", "join", "z", via=((_Z, 768),), parts=_ALL),
                Edge("1-z", "rest", "fork_rest", parts=_ALL),
                Edge("1-z", "fork_rest", "take", chip=(456, _MIX, 122), parts="update"),
                Edge("1-z", "fork_rest", "see", via=((_FORK, _RESET),), parts="candidate"),
                Edge("h_tm1", "drop_h", "see", via=((152, 786), (_SEEN, 786)), parts="candidate", over=True),
                Edge("(1-z)*h_tm1", "see", "join_seen", via=((_NEW, _RESET),), chip=(586, _RESET, 204),
                     parts="candidate"),
                Edge("x", "copy_x", "join_seen", via=((_BESIDE, 806), (_BESIDE, _JOIN)), parts="candidate"),
                Edge("(1-z)*h_tm1,x", "join_seen", "h_tilde", parts="candidate"),
            ],
            alt=(
                "Minimal gated unit at timestep {t}, unit {unit}: gate z = {z}, candidate h tilde = {h_tilde}; hidden "
                "state before {h_tm1}, now {h} = {z*h_tm1} + {(1-z)*h_tilde}."
            ),
        ),
        name="Minimal gated unit",
    ),
    (
        Layer("z", "z_z", "z", "candidate"),
        Line("recurrent_h", "((1 − z<sub>t</sub>) × h<sub>t−1</sub>) U<sub>h</sub>", (), "candidate"),
        Line(
            "h_tilde",
            "§(x<sub>t</sub> W<sub>h</sub> + b<sub>h</sub> + u<sub>t</sub>)",
            (
                Side("§({x@W_h+b_h} + {recurrent_h!})", "z_h", lambda v: v["x@W_h+b_h"] + v["recurrent_h"]),
                Side("§({z_h})", "h_tilde", "z_h"),
            ),
            "candidate",
            ("activation", "z_h", "h_tilde"),
        ),
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
    heights=(58, 66),
    derived={"x@W_h+b_h": lambda trace: trace.z_h - trace.recurrent_h},
)  # fmt: skip


class MinimalGatedUnitCell(GatedCell):
    """A minimal gated unit; the blocks of its weights are z, h. Equations: see the module."""

    kind = "MinimalGatedUnit"
    trace_type = MinimalGatedUnitTrace
    gates = ("z", "h")
    reverse = MinimalGatedUnitReverse
    shown = ("z", "h_tilde", "h")
    pictured = _PICTURED

    def _step(self, W, v):
        u = self.units
        np.matmul(W[:, :u], v.inputs, out=by_model(v.z_z))  # z_z = x_t @ K_z + h_tm1 @ R_z + b_z
        self._gate(v.z_z, out=v.z)
        np.multiply(v.z, v.h_tm1, out=v.new)
        np.subtract(v.h_tm1, v.new, out=v.new)
        np.matmul(W[:, u:, :u], by_model(v.new), out=by_model(v.recurrent_h))  # u = ((1 - z) * h_tm1) @ R_h
        np.matmul(W[:, u:, u:], v.inputs[:, u:], out=by_model(v.z_h))
        np.add(v.z_h, v.recurrent_h, out=v.z_h)  # z_h = x_t @ K_h + b_h + u
        self._activate(v.z_h, out=v.h_tilde)
        np.subtract(v.h_tm1, v.h_tilde, out=v.new)
        np.multiply(v.z, v.new, out=v.h)
        np.add(v.h, v.h_tilde, out=v.h)  # h = z * h_tm1 + (1 - z) * h_tilde
