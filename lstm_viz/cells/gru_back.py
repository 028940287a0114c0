"""The way back through the step of `gru.py`: from dL/dh_t to dL/dz_t and dL/dh_tm1."""

from __future__ import annotations

import numpy as np

from lstm_viz.cells.back import Reverse
from lstm_viz.cells.loop import by_model


class GRUReverse(Reverse):
    """The derivative of `gru.GRUCell._step`, line by line."""

    reads = ("z", "r", "recurrent_h", "h_tilde", "reset_h")
    rows, local_rows = 4, 4  # z, r, the candidate's recurrent part and input part

    def _local_derivatives(self, steps, local):
        z, r, recurrent_h, h_tilde, h_tm1 = (self.kept[k][steps] for k in ("z", "r", "recurrent_h", "h_tilde", "h_tm1"))
        u = self.units
        d_z, d_r, d_recurrent, d_input = (local[:, k * u : (k + 1) * u] for k in range(4))
        self.d_gate(self.kept["zr"][steps], out=local[:, : 2 * u])
        self.d_activate(h_tilde, out=d_input)
        np.subtract(1.0, z, out=d_recurrent)
        np.multiply(d_input, d_recurrent, out=d_input)
        np.subtract(h_tm1, h_tilde, out=d_recurrent)
        np.multiply(d_z, d_recurrent, out=d_z)
        if self.cell.reset_after:
            np.multiply(d_r, recurrent_h, out=d_r)
            np.multiply(d_r, d_input, out=d_r)
            np.multiply(d_input, r, out=d_recurrent)
        else:
            np.multiply(d_r, h_tm1, out=d_r)
            d_recurrent[...] = 0.0

    def _views(self, local):
        return local, local.reshape(4, *self.dc.shape), local[self.units : 2 * self.units].copy()

    def _step_of_cell(self, t, local, dh, back, d_matrix, skip):
        u, (dz, by_block, d_r) = self.units, local
        if not self.cell.reset_after:
            np.copyto(d_r, dz[u : 2 * u])  # what leads through the reset gate is no part of dh's own way
        np.multiply(dh, by_block, out=by_block)
        np.multiply(dh, self.kept["z"][t], out=self.scratch)  # straight on, by the update gate
        if skip is not None:
            np.copyto(self.scratch, 0.0, where=skip)
        if not self.cell.reset_after:
            self._through_reset(t, dz, d_r, back, d_matrix)
        rows = slice(0, 4 * u if back.shape[1] > u else 3 * u)  # the input part leads to x alone
        np.matmul(back[..., rows], by_model(dz[rows]), out=self.before[t])
        dh_tm1 = self.d_inputs[t, :u]
        np.add(dh_tm1, self.scratch, out=dh_tm1)

    def _through_reset(self, t, dz, d_r, back, d_matrix):
        """Where the reset gate acts before the product: from the candidate to r * h_tm1, and on to r and h_tm1."""
        u = self.units
        block = slice(2 * u, 3 * u)
        d_candidate, reset_h = by_model(dz[3 * u :]), by_model(self.kept["reset_h"][t])
        d_reset_h = (back[:, :u, block] @ d_candidate).swapaxes(0, 1)
        np.multiply(d_reset_h, d_r, out=dz[u : 2 * u])
        d_matrix[:, block, :u] += d_candidate @ reset_h.swapaxes(1, 2)
        self.scratch += d_reset_h * self.kept["r"][t]
