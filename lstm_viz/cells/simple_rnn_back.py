"""The way back through the step of `simple_rnn.py`: from dL/dh_t to dL/dz_t and dL/dh_tm1."""

from __future__ import annotations

import numpy as np

from lstm_viz.cells.back import Reverse


class SimpleRNNReverse(Reverse):
    """The derivative of `simple_rnn.SimpleRNNCell._step`, line by line."""

    def _local_derivatives(self, steps, local):
        self.d_activate(self.kept["h"][steps], out=local)

    def _step_of_cell(self, t, local, dh, back, d_matrix, skip):
        dz, dz_by_model = local
        np.multiply(dh, dz, out=dz)
        np.matmul(back, dz_by_model, out=self.before[t])
