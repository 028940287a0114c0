"""The way back through the step of `lstm.py`: from dL/dh_t to dL/dz_t and dL/dh_tm1."""

from __future__ import annotations

import numpy as np

from lstm_viz.cells.back import Reverse
from lstm_viz.cells.loop import by_model


class LSTMReverse(Reverse):
    """The derivative of `lstm.LSTMCell._step`, line by line."""

    reads = ("o", "i", "f", "c_tilde", "tanh_c")
    rows, local_rows = 4, 5  # o, i, f, c, and dh/dc

    def _local_derivatives(self, steps, local):
        o, i, c_tilde, tanh_c, c_tm1 = (self.kept[k][steps] for k in ("o", "i", "c_tilde", "tanh_c", "c_tm1"))
        u = self.units
        d_o, d_i, d_f, d_c, dh_dc = (local[:, k * u : (k + 1) * u] for k in range(5))
        self.d_gate(self.kept["oif"][steps], out=local[:, : 3 * u])
        np.multiply(d_o, tanh_c, out=d_o)
        np.multiply(d_i, c_tilde, out=d_i)
        np.multiply(d_f, c_tm1, out=d_f)
        self.d_activate(c_tilde, out=d_c)
        np.multiply(d_c, i, out=d_c)
        self.d_activate(tanh_c, out=dh_dc)
        np.multiply(dh_dc, o, out=dh_dc)

    def _views(self, local):
        u, dz = self.units, local[: 4 * self.units]
        return by_model(dz), local[4 * u :], local[:u], local[u : 4 * u].reshape(3, *self.dc.shape)

    def _step_of_cell(self, t, local, dh, back, d_matrix, skip):
        dz, dh_dc, dz_o, dz_others = local
        dc = self.d_c[t]
        np.multiply(dh, dh_dc, out=dh_dc)
        np.add(self.dc, dh_dc, out=dc)
        np.multiply(dh, dz_o, out=dz_o)
        np.multiply(dc, dz_others, out=dz_others)
        np.multiply(dc, self.kept["f"][t], out=self.dc)
        if skip is not None:
            np.copyto(self.dc, dc, where=skip)
        np.matmul(back, dz, out=self.before[t])
