"""The sLSTM of xLSTM: an input gate without an upper end, and a normaliser that remembers how much was written.

    f, o      = sigmoid(z_f), sigmoid(z_o);    i = exp(z_i);    c_tilde_t = tanh(z_c)
    n_t       = f * n_tm1 + i                                   the normaliser
    s         = f * n_tm1 / n_t                                 the share that is kept
    c_t       = s * c_tm1 + (1 - s) * c_tilde_t
    h_t       = o * c_t

Source: Beck et al. (2024), with a sigmoid for the forget gate (the paper has that or exp) and one head. Their c is
c_t * n_t of these equations: what they divide at the output, h = o * (c / n), is divided at once here. And log n is
kept, not n, so that nothing overflows; it takes the place of their stabiliser m. Before the first step n is 1 here
(log n = 0) and 0 in theirs; an initial state with log n = -1000 is theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells.declarations import Diagram, Edge, Layer, Line, Node, Pictured, Side
from lstm_viz.cells.trace import CellStateTrace
from lstm_viz.cells.variants._gated import GatedCell, GatedReverse


@dataclass(frozen=True, repr=False, eq=False)
class SLSTMTrace(CellStateTrace):
    """Every value of an sLSTM, each (..., timesteps, units).

    `log_i` the logarithm of the input gate, z_i itself; `log_kept` that of f * n_tm1; `log_n` that of the normaliser.
    """

    z_i: np.ndarray
    z_f: np.ndarray
    z_c: np.ndarray
    z_o: np.ndarray
    f: np.ndarray
    log_i: np.ndarray
    c_tilde: np.ndarray
    o: np.ndarray
    log_kept: np.ndarray
    log_n: np.ndarray
    share: np.ndarray
    c: np.ndarray
    h: np.ndarray

    names = ("z_i", "z_f", "z_c", "z_o", "f", "log_i", "c_tilde", "o", "log_kept", "log_n", "share", "c", "h")
    kind = "sLSTM"

    @property
    def log_n_tm1(self):
        """Log of the normaliser before each step."""
        return self._before("log_n", self.initial_state[2])

    @property
    def state(self):
        """(h, c, log_n) after the last step, in the form that `initial_state` takes."""
        return (*super().state, self._last("log_n"))

    def _state_before(self, t):
        return (*super()._state_before(t), self.log_n[..., t - 1, :]) if t else self.initial_state


class SLSTMReverse(GatedReverse):
    """The derivative of the step, line by line."""

    rows = local_rows = 4
    reads = ("f", "c_tilde", "o", "share", "c")

    def _through(self, v, dh, later, dz):
        dz_i, dz_f, dz_c, dz_o = dz
        dc, d_log_n = later[: self.units], later[self.units :]
        d_c = dc + dh * v.o
        d_share = d_c * (v.c_tm1 - v.c_tilde) * v.share * (1 - v.share)  # by log_kept - log_i
        d_log_kept = d_share + d_log_n * v.share
        dz_i[...] = d_log_n * (1 - v.share) - d_share
        dz_f[...] = d_log_kept * (1 - v.f)
        dz_c[...] = d_c * (1 - v.share) * self.d_activate(v.c_tilde)
        dz_o[...] = dh * v.c * self.d_gate(v.o)
        return d_c, np.concatenate([d_c * v.share, d_log_kept]), 0.0


_TOP, _MIX, _SHARE_CHIP, _SHARE, _LANE, _FORK, _CHIPS, _LAYERS, _BUS, _X = (
    92,
    278,
    366,
    456,
    560,
    598,
    650,
    742,
    804,
    892,
)
_F, _S, _I, _BESIDE, _C, _O, _OUT, _SHOWN = 214, 276, 342, 404, 474, 606, 669, 731
_BOTH, _ALL = "h_tm1,x", "weigh update output"
_PICTURED = Pictured(
    Diagram(
        kind="sLSTM",
        height=962,
        frame=(148, 40, 526, 812),
        nodes=(
            Node("c_in", "input", (0, _TOP), output="c_tm1"),
            Node("n_in", "input", (0, _LANE), output="log_n_tm1"),
            Node("h_in", "input", (0, _BUS), output="h_tm1"),
            Node("x_in", "input", (166, _X), output="x"),
            Node("join", "concatenate", (182, _BUS), ("h_tm1", "x"), _BOTH, "concatenate", parts=_ALL),
            Node("copy_f", "copy", (_F, _BUS), (_BOTH,), _BOTH, "copy", parts=_ALL),
            Node("copy_i", "copy", (_I, _BUS), (_BOTH,), _BOTH, "copy", parts=_ALL),
            Node("copy_c", "copy", (_C, _BUS), (_BOTH,), _BOTH, "copy", parts="update output"),
            Node("f", "layer", (_F, _LAYERS), (_BOTH,), "f", "recurrent_activation", "z_f", "f", "forget", "weigh"),
            Node("log_i", "layer", (_I, _LAYERS), (_BOTH,), "log_i", "linear", "z_i", "i", "input", "weigh"),
            Node("c_tilde", "layer", (_C, _LAYERS), (_BOTH,), "c_tilde", "activation", "z_c", "c", "candidate",
                 "update"),
            Node("o", "layer", (_O, _LAYERS), (_BOTH,), "o", "recurrent_activation", "z_o", "o", "output", "output"),
            Node("old", "pointwise", (_F, _LANE), ("f", "log_n_tm1"), "log_kept", "log f +", parts="weigh"),
            Node("fork_old", "copy", (_S, _LANE), ("log_kept",), "log_kept", "copy", parts="weigh"),
            Node("fork_i", "copy", (_I, _FORK), ("log_i",), "log_i", "copy", parts="weigh"),
            Node("sum", "pointwise", (_I, _LANE), ("log_kept", "log_i"), "log_n", "logΣ", parts="weigh"),
            Node("share", "pointwise", (_S, _SHARE), ("log_kept", "log_i"), "share", "σ(a−b)", parts="weigh"),
            Node("fork", "copy", (_S, _MIX), ("share",), "share", "copy", parts="update"),
            Node("keep", "pointwise", (_S, _TOP), ("c_tm1", "share"), "share*c_tm1", "*", parts="update"),
            Node("rest", "pointwise", (_S + 66, _MIX), ("share",), "1-share", "1-", parts="update"),
            Node("take", "pointwise", (_C, _MIX), ("1-share", "c_tilde"), "(1-share)*c_tilde", "*", parts="update"),
            Node("add", "pointwise", (_C, _TOP), ("share*c_tm1", "(1-share)*c_tilde"), "c", "+", parts="update"),
            Node("copy_state", "copy", (_O, _TOP), ("c",), "c", "copy", parts="update output"),
            Node("show", "pointwise", (_O, _MIX), ("c", "o"), "h", "*", parts="output"),
            Node("copy_h", "copy", (_OUT, _MIX), ("h",), "h", "copy", parts="output"),
            Node("c_out", "output", (800, _TOP), ("c",)),
            Node("n_out", "output", (800, _LANE), ("log_n",)),
            Node("h_up", "output", (790, 38), ("h",)),
            Node("h_out", "output", (800, _BUS), ("h",)),
        ),
        edges=(
            Edge("c_tm1", "c_in", "keep", chip=(66, _TOP, 122), parts="update", thick=True),
            Edge("share*c_tm1", "keep", "add", chip=((_S + _C) / 2, _TOP, 150), parts="update", thick=True),
            Edge("c", "add", "copy_state", parts="update output", thick=True),
            Edge("log_n_tm1", "n_in", "old", chip=(70, _LANE, 138), parts="weigh"),
            Edge("h_tm1", "h_in", "join", chip=(66, _BUS, 122), parts=_ALL),
            Edge("x", "x_in", "join", via=((166, _BUS),), chip=(150, _X, 284, "flat"), parts=_ALL),
            Edge(_BOTH, "join", "copy_f", parts=_ALL),
            Edge(_BOTH, "copy_f", "copy_i", parts=_ALL),
            Edge(_BOTH, "copy_i", "copy_c", parts="update output"),
            Edge(_BOTH, "copy_f", "f", parts="weigh"),
            Edge(_BOTH, "copy_i", "log_i", parts="weigh"),
            Edge(_BOTH, "copy_c", "c_tilde", parts="update"),
            Edge(_BOTH, "copy_c", "o", via=((_O, _BUS),), parts="output"),
            Edge("f", "f", "old", chip=(_F, _CHIPS, 118), parts="weigh"),
            Edge("log_kept", "old", "fork_old", parts="weigh"),
            Edge("log_kept", "fork_old", "sum", parts="weigh"),
            Edge("log_kept", "fork_old", "share", parts="weigh"),
            Edge("log_i", "log_i", "fork_i", chip=(_I, _CHIPS, 118), parts="weigh"),
            Edge("log_i", "fork_i", "sum", parts="weigh"),
            Edge("log_i", "fork_i", "share", via=((_BESIDE, _FORK), (_BESIDE, _SHARE)), parts="weigh"),
            Edge("log_n", "sum", "n_out", chip=(_SHOWN, _LANE, 112), parts="weigh", over=True),
            Edge("share", "share", "fork", chip=(_S, _SHARE_CHIP, 118), parts="weigh update"),
            Edge("share", "fork", "keep", parts="update"),
            Edge("share", "fork", "rest", parts="update"),
            Edge("1-share", "rest", "take", parts="update"),
            Edge("c_tilde", "c_tilde", "take", chip=(_C, _CHIPS, 118), parts="update"),
            Edge("(1-share)*c_tilde", "take", "add", chip=(_C, 186, 182), parts="update"),
            Edge("c", "copy_state", "show", parts="output"),
            Edge("o", "o", "show", chip=(_O, _CHIPS, 118), parts="output"),
            Edge("h", "show", "copy_h", parts="output"),
            Edge("h", "copy_h", "h_up", via=((790, _MIX),), chip=(_SHOWN, _MIX, 112), parts="output", over=True),
            Edge("c", "copy_state", "c_out", chip=(_SHOWN, _TOP, 112), parts="update output", thick=True),
            Edge("h", "copy_h", "h_out", via=((_OUT, _BUS),), chip=(_SHOWN, _BUS, 112), parts="output"),
        ),
        alt=(
            "sLSTM cell at timestep {t}, unit {unit}: forget gate f = {f}, logarithm of the input gate {log_i}, of the "
            "normaliser {log_n}, share kept s = {share}, candidate c tilde = {c_tilde}, output gate o = {o}; cell "
            "state before {c_tm1}, now {c} = {share*c_tm1} + {(1-share)*c_tilde}; hidden state before {h_tm1}, now {h}."
        ),
        steps={
            "weigh": "1 Weigh: what is there, f<sub>t</sub> × n<sub>t−1</sub>, against what comes, i<sub>t</sub>",
            "update": "2 Update: keep s<sub>t</sub> of the old, take 1 − s<sub>t</sub> of the new",
            "output": "3 Output: how much of the cell state to show",
        },
        notes=((486, 838, "[h<sub>t−1</sub>, x<sub>t</sub>]", _ALL),),
        legend=(320, 876),
    ),
    (
        Layer("f", "z_f", "f", "weigh"),
        Layer("log_i", "z_i", "i", "weigh", "linear"),
        Line(
            "log_n",
            "log(f<sub>t</sub> × n<sub>t−1</sub> + i<sub>t</sub>)",
            (
                Side(
                    "log({f} × exp({log_n_tm1}) + exp({log_i}))",
                    "log_n",
                    lambda v: np.logaddexp(_log(v["f"]) + v["log_n_tm1"], v["log_i"]),
                ),
            ),
            "weigh",
        ),
        Line(
            "share",
            "f<sub>t</sub> × n<sub>t−1</sub> / n<sub>t</sub>",
            (
                Side(
                    "{f} × exp({log_n_tm1} − {log_n!})",
                    "share",
                    lambda v: v["f"] * np.exp(v["log_n_tm1"] - v["log_n"]),
                ),
            ),
            "weigh",
        ),
        Layer("c_tilde", "z_c", "c", "update", "activation"),
        Line(
            "c",
            "s<sub>t</sub> × c<sub>t−1</sub> + (1 − s<sub>t</sub>) × c̃<sub>t</sub>",
            (
                Side(
                    "{share} × {c_tm1!} + (1 − {share!}) × {c_tilde!}",
                    "c",
                    lambda v: v["share"] * v["c_tm1"] + (1 - v["share"]) * v["c_tilde"],
                ),
            ),
            "update",
        ),
        Layer("o", "z_o", "o", "output"),
        Line(
            "h",
            "o<sub>t</sub> × c<sub>t</sub>",
            (Side("{o} × {c!}", "h", lambda v: v["o"] * v["c"]),),
            "output",
        ),
    ),
    compared=("share", "c", "h"),
    heights=(42, 60),
)  # fmt: skip


def _log(value):
    """Its logarithm; of 0, which a rounded gate may be, that of next to nothing."""
    return np.log(np.maximum(value, 1e-300))


class SLSTMCell(GatedCell):
    """An sLSTM with one head; the blocks of its weights are i, f, c, o. Its state is (h, c, log_n). Equations: see the
    module.

    `recurrent_activation` must be "sigmoid": the logarithm of the forget gate is computed from its pre-activation.
    """

    kind = "sLSTM"
    trace_type = SLSTMTrace
    gates = ("i", "f", "c", "o")
    state_names = ("h", "c", "log_n")
    reverse = SLSTMReverse
    shown = ("share", "c_tilde", "o", "c", "h")
    pictured = _PICTURED

    def __init__(self, kernel, recurrent_kernel, bias=None, *, activation="tanh", recurrent_activation="sigmoid"):
        super().__init__(
            kernel, recurrent_kernel, bias, activation=activation, recurrent_activation=recurrent_activation
        )
        if recurrent_activation != "sigmoid":
            raise ValueError(f"recurrent_activation of an sLSTM must be 'sigmoid'; got {recurrent_activation!r}")

    def _step(self, W, v):
        np.matmul(W, v.inputs, out=v.zs)  # z = x_t @ kernel + h_tm1 @ recurrent_kernel + bias
        self._gate(v.z_f, out=v.f)
        self._gate(v.z_o, out=v.o)
        self._activate(v.z_c, out=v.c_tilde)
        v.log_i[...] = v.z_i  # i = exp(z_i)
        np.logaddexp(0.0, -v.z_f, out=v.new)  # -log f
        np.subtract(v.log_n_tm1, v.new, out=v.log_kept)  # f * n_tm1
        np.logaddexp(v.log_kept, v.log_i, out=v.log_n)  # n = f * n_tm1 + i
        np.subtract(v.log_kept, v.log_i, out=v.new)
        self._gate(v.new, out=v.share)  # s = f * n_tm1 / n
        np.subtract(v.c_tm1, v.c_tilde, out=v.new)
        np.multiply(v.share, v.new, out=v.c)
        np.add(v.c, v.c_tilde, out=v.c)  # c = s * c_tm1 + (1 - s) * c_tilde
        np.multiply(v.o, v.c, out=v.h)  # h = o * c
