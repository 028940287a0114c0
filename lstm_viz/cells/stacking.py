"""Many cells as one, which advance together."""

from __future__ import annotations

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.cells.cell import Cell


def stack(cells):
    """One cell that is many: the same kind and shape of cells along a new leading models axis.

    Its `run` takes x (models, batch, timesteps, input_dim), or (1, batch, ...) to give all the same input.
    """
    cells = checks.listed(cells, "cells")
    if not cells:
        raise ValueError("stack needs at least one cell; got none")
    first = cells[0]
    for cell in cells:
        if not isinstance(cell, Cell):
            raise TypeError(f"stack takes cells; got {type(cell).__name__} {checks.short(cell)}")
        if type(cell) is not type(first) or cell.config != first.config or cell.kernel.shape != first.kernel.shape:
            raise ValueError(f"stacked cells must be of one kind and shape; got {first} and {cell}")
    kernel, recurrent_kernel, bias = (np.stack(w) for w in zip(*(c.weights for c in cells), strict=True))
    return type(first)(kernel, recurrent_kernel, bias, **first.config)
