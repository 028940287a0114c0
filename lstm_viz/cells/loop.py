"""The one loop over the timesteps, for every kind of cell, and how values lie in it.

Inside it every value is (timesteps, rows, models, columns): one row per unit (gates one below the other), one column
per sequence. So each gate is one contiguous block, a stack of models costs no more calls than one model, and all layers
of a cell are a single product with the concatenation [h_tm1, x_t, 1].
"""

from __future__ import annotations

import math
from collections import namedtuple
from functools import cache, partial
from itertools import repeat

import numpy as np


def loop(cell, W, steps, skip=None):
    """The cell's step, once per timestep, in place; `skip` (timesteps, 1, models, columns) carries the state over."""
    step = cell._step
    if skip is None:
        for v in steps:
            step(W, v)
    else:
        for v, skipped in zip(steps, skip, strict=True):
            step(W, v)
            cell._carry(v, skipped)


@cache
def _step_type(names):
    return namedtuple("Step", names)


class Workspace(dict):
    """The arrays of a loop by name, each (timesteps, rows, models, columns).

    To be filled by the caller: "x" (timesteps, input_dim, models, columns) and the first step of "h_tm1" (and "c_tm1").
    "inputs" and "zs" are seen as one matrix (rows, columns) per model, for the product. With `pre_activations=False`
    these are not kept, and every step writes the same few that are still in the processor's cache: faster by a fifth,
    with a third less memory.
    """

    def __init__(self, cell, timesteps, models, columns, dtype, *, pre_activations=True):
        self.cell, self.pre_activations = cell, pre_activations
        self.shape, self.dtype = (timesteps, cell.units, models, columns), np.dtype(dtype)
        u = cell.units
        inputs = np.zeros((timesteps + 1, u + cell.input_dim + 1, models, columns), dtype)
        inputs[:, -1] = 1.0
        super().__init__(inputs=by_model(inputs[:-1]), x=inputs[:-1, u:-1], h_tm1=inputs[:-1, :u], h=inputs[1:, :u])
        self.update(cell._arrays(self))

    def empty(self, blocks=1):
        """Room for values of every timestep, `blocks` of them one below the other."""
        timesteps, units, *rest = self.shape
        return np.empty((timesteps, blocks * units, *rest), self.dtype)

    def scratch(self, blocks=1):
        """The same array at every timestep."""
        timesteps, units, *rest = self.shape
        array = np.empty((blocks * units, *rest), self.dtype)
        return np.ndarray((timesteps, *array.shape), self.dtype, array, strides=(0, *array.strides))

    def products(self, blocks):
        """Room for pre-activations."""
        return self.empty(blocks) if self.pre_activations else self.scratch(blocks)

    def shifted(self):
        """(value before each step, value after it), of one array that begins with zeros."""
        timesteps, *rest = self.shape
        array = np.zeros((timesteps + 1, *rest), self.dtype)
        return array[:-1], array[1:]

    def steps(self, carried=()):
        """What each timestep's step works on, by the letters of its equations, and the values named in `carried`."""
        letters = self.cell.letters
        if carried:
            letters = tuple(dict.fromkeys((*letters, *carried)))
        # what `_make` does, without a call in Python for every timestep
        make = partial(tuple.__new__, _step_type(letters))
        # and where it is the same array at every timestep, no view of it for each
        arrays = (self[name] for name in letters)
        return map(make, zip(*(a if a.strides[0] else repeat(a[0], len(a)) for a in arrays), strict=True))


def blocks(array, count):
    """`count` equal views along the rows axis, the gates of an array (timesteps, rows, models, columns)."""
    rows = array.shape[1] // count
    return [array[:, k * rows : (k + 1) * rows] for k in range(count)]


def by_model(array):
    """(..., rows, models, columns) seen as one matrix (rows, columns) per model, for products; and back."""
    return array.swapaxes(-3, -2)


class LoopShape:
    """How values (*extra, *models, batch, timesteps, width) lie in the loop: (timesteps, width, models, columns)."""

    def __init__(self, lead, stacked):
        first = len(lead) - 1 - stacked if stacked else len(lead)
        self.lead = lead
        self._split = (
            math.prod(lead[:first]),
            math.prod(lead[first : first + stacked]),
            math.prod(lead[first + stacked :]),
        )
        self.models = self._split[1]
        self.columns = self._split[0] * self._split[2]

    def rows(self, value):
        """From (..., timesteps, width) to the loop's order."""
        if value.shape[:-2] != self.lead:
            value = np.broadcast_to(value, self.lead + value.shape[-2:])
        value = value.reshape(*self._split, *value.shape[-2:]).transpose(3, 4, 1, 0, 2)
        return value.reshape(*value.shape[:2], self.models, self.columns)

    def lead_first(self, value):
        """From the loop's order back to (..., timesteps, width)."""
        extra, models, batch = self._split
        value = value.reshape(*value.shape[:2], models, extra, batch).transpose(3, 2, 4, 0, 1)
        return value.reshape(self.lead + value.shape[-2:])
