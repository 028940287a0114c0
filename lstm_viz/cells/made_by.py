"""Which cell made a trace: gradients, Jacobians and the parts of an equation are right for that one alone."""

from __future__ import annotations

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.cells.cell import Cell
from lstm_viz.cells.trace import whole_run


def made_by(cell, trace):
    """Whether this cell computed the trace of a whole run, or one of the same settings and weights did.

    Where nobody can say which did (`trace.cell` is None), the cell takes each step again, from the state before it.
    TypeError or ValueError if they are no cell and no such trace.
    """
    checks.same_kind(cell, Cell, "cell", "a cell")
    maker = whole_run(trace).cell
    if (cell.kind, cell.units, cell.input_dim) != (trace.kind, trace.units, trace.input_dim):
        return False
    if maker is None:
        return _makes_again(cell, trace)
    if maker is cell:
        return True
    if maker.config != cell.config or maker.kernel.shape != cell.kernel.shape:
        return False
    pairs, dtype = zip(maker.weights, cell.weights, strict=True), trace.h.dtype
    return all(np.array_equal(a.astype(dtype), b.astype(dtype)) for a, b in pairs)


def _makes_again(cell, trace):
    """Whether a cell makes every step of a trace out of the state before it, so that rounding does not add up."""
    leading = trace.h.shape[:-2]
    if len(leading) < len(cell.stacked) + bool(cell.stacked):
        return False

    def alone(value, core):
        """Each timestep as a sequence of its own, beside those of its batch."""
        core = value.shape[value.ndim - core :]
        value = np.broadcast_to(value, (*leading, len(trace), *core))
        return value.reshape(*leading[:-1], -1, 1, *core)

    state = tuple(alone(getattr(trace, f"{name}_tm1"), 1)[..., 0, :] for name in cell.state_names)
    mask = None if trace.mask is None else alone(trace.mask, 0)
    again = cell.run(alone(trace.x, 1), state if len(state) > 1 else state[0], mask=mask)
    near = 1000 * np.finfo(trace.h.dtype).eps
    for name in trace.names:
        kept, made = alone(getattr(trace, name), 1), getattr(again, name)
        if not np.abs(kept - made).max() <= near * (1 + np.abs(kept).max()):
            return False
    return True
