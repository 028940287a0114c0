"""The way back: backpropagation through time over what the loop kept, for every kind of cell.

Source: Werbos (1990).
"""

from __future__ import annotations

import numpy as np

from lstm_viz.cells.activations import ACTIVATIONS
from lstm_viz.cells.loop import by_model

#: local derivatives are computed for several steps at once, about this many values per gate: few calls, still in cache
_CHUNK = 10240


class Reverse:
    """Backpropagation through time over a workspace of `cells`, reusing its own arrays from call to call.

    After a call, `dh` (and `dc`) hold the gradient of the initial state. With `keep`, `kept_gradients` holds those of
    every step: "h" (and "c"), and "x"; a new call overwrites them.
    """

    #: blocks of rows of the cell's product, and of the local derivatives
    rows = local_rows = 1
    #: what it reads of a workspace, besides the states before each step
    reads = ("h",)

    def __init__(self, cell, kept, *, keep=False):
        self.cell, self.kept, self.keep = cell, kept, keep
        self.timesteps, self.units, self.models, self.columns = kept["h"].shape
        self.d_activate = ACTIVATIONS[cell.activation].derivative
        self.d_gate = ACTIVATIONS[getattr(cell, "recurrent_activation", "linear")].derivative
        self.chunk = max(1, min(self.timesteps, _CHUNK // kept["h"][0].size))
        self.local = self._empty(self.chunk, self.local_rows)
        # dL/dh_tm1 of every step, and dL/dx_t below it where it is kept: both come out of one product
        self.d_inputs = self._steps(self.timesteps + 1, self.units + (cell.input_dim if keep else 0), keep)
        # dL/dc_t, where the cell has one, and what of it reaches c_tm1
        self.d_c = self._steps(self.timesteps, self.units, keep and "c" in kept)
        # of a state with more than h and c the other parts lie below c
        self.dc, self.scratch = self._empty(1, max(1, len(cell.state_names) - 1))[0], self._empty(1)[0]
        self.inputs_transposed = np.empty((self.models, self.columns, kept["inputs"].shape[2]), kept["h"].dtype)
        # views that every step uses, made once: for a single small model making them takes as long as the arithmetic
        self.inputs = kept["inputs"].swapaxes(2, 3)
        self.dz_by_model, self.before = by_model(self.local[:, : self.rows * self.units]), by_model(self.d_inputs)
        self.steps = [self._views(local) for local in self.local]

    @property
    def dh(self):
        """dL/dh before the first step, of the last call."""
        return self.d_inputs[0, : self.units]

    @property
    def d_state(self):
        """dL/d each part of the state before the first step, of the last call, in the order of `state_names`."""
        others = range(len(self.cell.state_names) - 1)
        return [self.dh, *(self.dc[k * self.units : (k + 1) * self.units] for k in others)]

    @property
    def kept_gradients(self):
        """{"h", "x" (and "c")} of every step, of the last call."""
        gradients = {"h": self.d_inputs[1:, : self.units], "x": self.d_inputs[:-1, self.units :]}
        return gradients | ({"c": self.d_c} if "c" in self.kept else {})

    def _steps(self, steps, rows, keep):
        """Room for each step's values; where they are not kept, all steps share the same room."""
        array = np.empty((steps if keep else 1, rows, self.models, self.columns), self.kept["h"].dtype)
        strides = array.strides if keep else (0, *array.strides[1:])
        return np.lib.stride_tricks.as_strided(array, (steps, *array.shape[1:]), strides)

    def _views(self, local):
        """What `_step_of_cell` needs of one step's local derivatives; dL/dz_t takes the place of the first rows."""
        return local, by_model(local)

    def _empty(self, steps, blocks=1):
        return np.empty((steps, blocks * self.units, self.models, self.columns), self.kept["h"].dtype)

    def __call__(self, matrix, direct, skip=None, *, final_c=0.0):
        """dL/dmatrix (models, rows, units + input_dim + 1), for the matrix and the skip that the loop used.

        `direct` (steps, units, models, columns) is what the loss itself says about h at the last `steps` timesteps,
        `final_c` what it says about the last cell state; the paths through later timesteps are added here.
        """
        d_matrix, product = np.zeros_like(matrix), np.empty_like(matrix)
        back = matrix[:, :, : self.d_inputs.shape[1]].swapaxes(1, 2)
        self.d_inputs[-1] = 0.0
        self.dc[...] = final_c
        for stop in range(self.timesteps, 0, -self.chunk):
            start = max(0, stop - self.chunk)
            local = self.local[: stop - start]
            self._local_derivatives(slice(start, stop), local)
            if skip is not None:
                np.copyto(local, 0.0, where=skip[start:stop])
            for t in range(stop - 1, start - 1, -1):
                dh = self.d_inputs[t + 1, : self.units]
                if t >= self.timesteps - len(direct):
                    np.add(dh, direct[t - self.timesteps], out=dh)
                skipped = None if skip is None else skip[t]
                carried = None if skip is None else np.where(skipped, dh, 0.0)
                self._step_of_cell(t, self.steps[t - start], dh, back, d_matrix, skipped)
                if carried is not None:
                    np.add(self.d_inputs[t, : self.units], carried, out=self.d_inputs[t, : self.units])
                if not self.keep:
                    np.copyto(self.inputs_transposed, self.inputs[t])
                    np.matmul(self.dz_by_model[t - start], self.inputs_transposed, out=product)
                    np.add(d_matrix, product, out=d_matrix)
            if self.keep:
                np.matmul(*self._side_by_side(local, start), out=product)
                np.add(d_matrix, product, out=d_matrix)
        return d_matrix

    def _side_by_side(self, local, start):
        """dL/dz (models, rows, steps * columns) and inputs (models, steps * columns, width) of a whole chunk."""
        steps, width = len(local), self.inputs_transposed.shape[-1]
        dz = local[:, : self.rows * self.units].transpose(2, 1, 0, 3)
        inputs = self.inputs[start : start + steps].swapaxes(0, 1)
        return dz.reshape(*dz.shape[:2], -1), inputs.reshape(self.models, -1, width)

    def _step_of_cell(self, t, local, dh, back, d_matrix, skip):
        """From dL/dh_t (and dL/dc_t) to `dz`, and by the product with `back` to `before[t]` (and `dc`)."""
        raise NotImplementedError
