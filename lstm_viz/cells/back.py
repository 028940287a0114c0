"""The way back: backpropagation through time over what the loop kept, for every kind of cell.

Source: Werbos (1990).
"""

from __future__ import annotations

import numpy as np

from lstm_viz.cells.activations import ACTIVATIONS
from lstm_viz.cells.loop import by_model

#: local derivatives are computed for several steps at once, about this many values per gate: few calls, still in cache
_CHUNK = 8192


class Reverse:
    """Backpropagation through time over a workspace of `cells`, reusing its own arrays from call to call.

    After a call, `dh` (and `dc`) hold the gradient of the initial state. With `keep`, `kept_gradients` holds those of
    every step: "h" (and "c"), and "x".
    """

    #: blocks of rows of the cell's product, and of the local derivatives
    rows = local_rows = 1
    #: what it reads of a workspace, besides the states before each step
    reads = ("h",)

    def __init__(self, cell, kept, *, keep=False):
        self.cell, self.kept = cell, kept
        self.timesteps, self.units, self.models, self.columns = kept["h"].shape
        self.d_activate = ACTIVATIONS[cell.activation].derivative
        self.d_gate = ACTIVATIONS[getattr(cell, "recurrent_activation", "linear")].derivative
        self.chunk = max(1, min(self.timesteps, _CHUNK // kept["h"][0].size))
        self.local = self._empty(self.chunk, self.local_rows)
        self.dz = self._empty(1, self.rows)[0]
        # dL/dh_tm1, and dL/dx_t below it where it is kept: both come out of one product
        width = self.units + (cell.input_dim if keep else 0)
        self.d_inputs = np.empty((width, self.models, self.columns), kept["h"].dtype)
        self.dh = self.d_inputs[: self.units]
        self.dc, self.scratch = (self._empty(1)[0] for _ in range(2))
        self.inputs_transposed = np.empty((self.models, self.columns, kept["inputs"].shape[2]), kept["h"].dtype)
        # views that every step uses, made once: for a single small model making them takes as long as the arithmetic
        self.inputs = kept["inputs"].swapaxes(2, 3)
        self.dz_by_model, self.d_inputs_by_model = by_model(self.dz), by_model(self.d_inputs)
        self.steps = [self._views(local) for local in self.local]
        self.kept_gradients = None
        if keep:
            self.kept_gradients = {"h": self._empty(self.timesteps), "x": np.empty_like(kept["x"], order="C")}
            if "c" in kept:
                self.kept_gradients["c"] = self._empty(self.timesteps)

    def _views(self, local):
        """What `_step_of_cell` needs of one step's local derivatives, and where in dz it goes."""
        return local

    def _empty(self, steps, blocks=1):
        return np.empty((steps, blocks * self.units, self.models, self.columns), self.kept["h"].dtype)

    def __call__(self, matrix, direct, skip=None, *, final_c=0.0):
        """dL/dmatrix (models, rows, units + input_dim + 1), for the matrix and the skip that the loop used.

        `direct` (steps, units, models, columns) is what the loss itself says about h at the last `steps` timesteps,
        `final_c` what it says about the last cell state; the paths through later timesteps are added here.
        """
        d_matrix, product = np.zeros_like(matrix), np.empty_like(matrix)
        back = matrix[:, :, : len(self.d_inputs)].swapaxes(1, 2)
        self.dh[...] = 0.0
        self.dc[...] = final_c
        for stop in range(self.timesteps, 0, -self.chunk):
            start = max(0, stop - self.chunk)
            local = self.local[: stop - start]
            self._local_derivatives(slice(start, stop), local)
            if skip is not None:
                np.copyto(local, 0.0, where=skip[start:stop])
            for t in range(stop - 1, start - 1, -1):
                if t >= self.timesteps - len(direct):
                    np.add(self.dh, direct[t - self.timesteps], out=self.dh)
                self._step(t, self.steps[t - start], back, d_matrix, None if skip is None else skip[t])
                np.copyto(self.inputs_transposed, self.inputs[t])
                np.matmul(self.dz_by_model, self.inputs_transposed, out=product)
                np.add(d_matrix, product, out=d_matrix)
        return d_matrix

    def _step(self, t, local, back, d_matrix, skip):
        """From dL/dh_t (and dL/dc_t) to dL/dz_t and dL/dh_tm1 (and dL/dc_tm1)."""
        kept = self.kept_gradients
        if kept is not None:
            kept["h"][t] = self.dh
        carried = None if skip is None else np.where(skip, self.dh, 0.0)
        self._step_of_cell(t, local, back, d_matrix, skip)
        if kept is not None:
            kept["x"][t] = self.d_inputs[self.units :]
        if carried is not None:
            np.add(self.dh, carried, out=self.dh)
