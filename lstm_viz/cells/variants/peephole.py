"""The LSTM with peepholes: its gates see the cell state, each unit's gates that unit's own. Source: Gers et al. (2002).

    i, f      = sigmoid(z_i), sigmoid(z_f)      with p_i * c_tm1 in z_i, p_f * c_tm1 in z_f
    c_tilde_t = tanh(z_c)
    c_t       = f * c_tm1 + i * c_tilde_t
    o         = sigmoid(z_o)                    with p_o * c_t in z_o, the new cell state
    h_t       = o * tanh(c_t)

An output gate that is shut hides the cell state from all other gates of an LSTM; through a peephole they see it still.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.cells.declarations import Edge, Node, Pictured
from lstm_viz.cells.lstm_declared import DIAGRAM, EQUATIONS
from lstm_viz.cells.trace import CellStateTrace
from lstm_viz.cells.variants._gated import GatedCell, GatedReverse, moved, redrawn


@dataclass(frozen=True, repr=False, eq=False)
class PeepholeTrace(CellStateTrace):
    """Every value of an LSTM with peepholes, each (..., timesteps, units); `z_i z_f z_o` with what they see of c."""

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
    kind = "Peephole"


class PeepholeReverse(GatedReverse):
    """The derivative of the step, line by line."""

    rows = local_rows = 4
    reads = ("i", "f", "c_tilde", "o", "c", "tanh_c")

    def __call__(self, matrix, direct, skip=None, *, final_c=0.0):
        by_gate = matrix[..., -1].reshape(self.models, 4, self.units)
        self.p_i, self.p_f, _, self.p_o = by_gate.transpose(1, 2, 0)[..., None]  # each (units, models, 1)
        self.d_peepholes = np.zeros_like(by_gate)
        d_matrix = super().__call__(np.ascontiguousarray(matrix[..., :-1]), direct, skip, final_c=final_c)
        return np.concatenate([d_matrix, self.d_peepholes.reshape(self.models, -1, 1)], axis=-1)

    def _through(self, v, dh, dc, dz):
        dz_i, dz_f, dz_c, dz_o = dz
        dz_o[...] = dh * v.tanh_c * self.d_gate(v.o)
        d_c = dc + dh * v.o * self.d_activate(v.tanh_c) + dz_o * self.p_o
        dz_i[...] = d_c * v.c_tilde * self.d_gate(v.i)
        dz_f[...] = d_c * v.c_tm1 * self.d_gate(v.f)
        dz_c[...] = d_c * v.i * self.d_activate(v.c_tilde)
        return d_c, d_c * v.f + dz_i * self.p_i + dz_f * self.p_f, 0.0

    def _step_of_cell(self, t, local, dh, back, d_matrix, skip):
        super()._step_of_cell(t, local, dh, back, d_matrix, skip)
        dz_i, dz_f, _, dz_o = (each[0] for each in local[0])
        for k, dz, seen in ((0, dz_i, "c_tm1"), (1, dz_f, "c_tm1"), (3, dz_o, "c")):
            self.d_peepholes[:, k] += (dz * self.kept[seen][t]).sum(axis=-1).T


_I, _C, _O, _OUT, _SHOWN = 334, 467, 604, 668, 731
_SEEN, _INTO_I, _NEW, _ROW, _LAYERS = 139, 274, 542, 470, 540  # where the cell states come down, and along
_PLACES = {338: _I, 470: _C, 600: _O, 666: _OUT, 726: _SHOWN, 728: _SHOWN}
_ROOMY = moved(DIAGRAM, _PLACES, {466: _LAYERS}, below=(440, 74))
_PICTURED = Pictured(
    redrawn(
        _ROOMY,
        kind="Peephole",
        nodes=[
            Node("fork_before", "copy", (_SEEN, 92), ("c_tm1",), "c_tm1", "copy", parts="forget input update"),
            Node("drop_before", "copy", (_SEEN, _ROW), ("c_tm1",), "c_tm1", "copy", parts="forget input"),
            Node("fork_after", "copy", (_NEW, 92), ("c",), "c", "copy", parts="update output"),
            _ROOMY.changed("f", inputs=("h_tm1,x", "c_tm1")),
            _ROOMY.changed("i", inputs=("h_tm1,x", "c_tm1")),
            _ROOMY.changed("o", inputs=("h_tm1,x", "c")),
        ],
        without_edges=[("c_in", "keep"), ("add", "copy_state"), ("squash", "show")],
        edges=[
            Edge("c_tm1", "c_in", "fork_before", chip=(66, 92, 122), parts="forget input update", thick=True),
            Edge("c_tm1", "fork_before", "keep", parts="forget update", thick=True),
            Edge("c_tm1", "fork_before", "drop_before", parts="forget input"),
            Edge("c_tm1", "drop_before", "f", via=((_SEEN, _LAYERS),), parts="forget"),
            Edge("c_tm1", "drop_before", "i", via=((_INTO_I, _ROW), (_INTO_I, _LAYERS)), parts="input", over=True),
            Edge("c", "add", "fork_after", parts="update output", thick=True),
            Edge("c", "fork_after", "copy_state", parts="update output", thick=True),
            Edge("tanh_c", "squash", "show", chip=(_O, 210, 119), parts="output"),
            Edge("c", "fork_after", "o", via=((_NEW, _LAYERS),), parts="output"),
        ],
        alt=DIAGRAM.alt.replace("LSTM cell", "LSTM cell with peepholes"),
    ),
    tuple(
        replace(line, peephole={"i": "c_tm1", "f": "c_tm1", "o": "c"}[line.name])
        if getattr(line, "name", "") in ("i", "f", "o")
        else line
        for line in EQUATIONS
    ),
    compared=("f", "c", "h"),
    heights=(34, 60),
)


class PeepholeCell(GatedCell):
    """An LSTM whose gates see the cell state; the blocks of its weights are i, f, c, o. Equations: see the module.

    bias (7 * units,): those of the four blocks, then the peepholes p_i, p_f, p_o, one number per unit each.
    """

    kind = "Peephole"
    trace_type = PeepholeTrace
    gates = ("i", "f", "c", "o")
    seeing = ("i", "f", "o")
    state_names = ("h", "c")
    reverse = PeepholeReverse
    shown = ("f", "i", "c_tilde", "o", "c", "h")
    pictured = _PICTURED

    def _step(self, W, v):
        np.matmul(W[..., :-1], v.inputs, out=v.zs)  # z = x_t @ kernel + h_tm1 @ recurrent_kernel + bias
        p = W[..., -1].reshape(len(W), 4, self.units).transpose(1, 2, 0)[..., None]
        for k, z in ((0, v.z_i), (1, v.z_f)):
            np.multiply(p[k], v.c_tm1, out=v.new)
            np.add(z, v.new, out=z)  #   + p * c_tm1, for the input gate and the forget gate
        self._gate(v.z_i, out=v.i)
        self._gate(v.z_f, out=v.f)
        self._activate(v.z_c, out=v.c_tilde)
        np.multiply(v.f, v.c_tm1, out=v.c)  # c = f * c_tm1
        np.multiply(v.i, v.c_tilde, out=v.new)
        np.add(v.c, v.new, out=v.c)  #   + i * c_tilde
        np.multiply(p[3], v.c, out=v.new)
        np.add(v.z_o, v.new, out=v.z_o)  # the output gate sees the new cell state: z_o + p_o * c
        self._gate(v.z_o, out=v.o)
        self._activate(v.c, out=v.tanh_c)
        np.multiply(v.o, v.tanh_c, out=v.h)  # h = o * tanh(c)

    @property
    def peepholes(self):
        own = self.bias[..., 4 * self.units :]
        return dict(zip(self.seeing, np.split(own, 3, axis=-1), strict=True))

    def _bias_shape(self, units):
        return (7 * units,)

    def _pack(self, kernel, recurrent_kernel, bias):
        """As every cell's, with one more column: the peephole of each row, 0 for the candidate's."""
        u = self.units
        p_i, p_f, p_o = np.split(bias[..., 4 * u :], 3, axis=-1)
        peepholes = np.concatenate([p_i, p_f, np.zeros_like(p_i), p_o], axis=-1)
        return np.concatenate([super()._pack(kernel, recurrent_kernel, bias[..., : 4 * u]), peepholes[..., None]], -1)

    def _unpack(self, matrix):
        u, peepholes = self.units, matrix[..., -1]
        kernel, recurrent_kernel, bias = super()._unpack(matrix[..., :-1])
        return [kernel, recurrent_kernel, np.concatenate([bias, peepholes[..., : 2 * u], peepholes[..., 3 * u :]], -1)]

    @property
    def _columns(self):
        return super()._columns + 1

    @classmethod
    def _drawn_bias(cls, bias, seed):
        """With peepholes drawn from a normal distribution of deviation 0.1, as in Greff et al. (2015)."""
        peepholes = checks.another_stream(seed, 2).normal(0, 0.1, 3 * bias.shape[-1])
        return np.concatenate([bias.ravel(), peepholes.astype(bias.dtype)])
