"""Where gradients go in a recurrent cell: backpropagation through time in closed form, from what a run kept.

`backward(cell, trace, ...)` gives dL/dh_t, dL/dc_t, dL/dx_t and the gradients of the weights. The reverse recursion is
the derivative of a cell's step line by line (`cells/lstm_back.py`), reads the values that the loop kept, and trains
the models in `training`. Shapes are written as in `cells`; `lag` counts steps back from the last
timestep, so lag 0 is the last one.

Sources: Werbos (1990) for backpropagation through time; Hochreiter (1991), Bengio et al. (1994) and Pascanu et al.
(2013) for the product of Jacobians; Hochreiter & Schmidhuber (1997) and Gers et al. (2000) for the cell-state path.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.cells.cell import Cell
from lstm_viz.cells.loop import LoopShape
from lstm_viz.cells.made_by import made_by
from lstm_viz.cells.trace import whole_run

__all__ = [
    "Gradients",
    "backward",
    "cell_path",
    "norms_by_lag",
    "reach",
    "spectral_norm",
    "spectral_radius",
    "step_jacobians",
]


# --- gradients of a trace -------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False, eq=False)
class Gradients:
    """The gradient of a loss L with respect to everything that a run passed through.

    `h` (..., timesteps, units): dL/dh_t over all paths, direct and through later timesteps; `c` the same for the cell
    state (None without one); `memory` the one of the two that is by what the cell remembers in: c where there is a
    cell state, h elsewhere. `x` (..., timesteps, input_dim): dL/dx_t; `initial_state` in the form a run takes it.
    `weights` [kernel, recurrent_kernel, bias], shaped like the cell's and summed over the batch.
    """

    h: np.ndarray
    c: np.ndarray | None
    x: np.ndarray
    initial_state: object
    weights: list

    @property
    def memory(self):
        return self.h if self.c is None else self.c

    def __repr__(self):
        return f"<gradients over {self.h.shape[-2]} timesteps, {self.h.shape[-1]} units>"


def backward(cell, trace, dh):
    """Gradients of a loss, from what it says about h directly, by backpropagation through time.

    `trace` is what `cell.run` returned. `dh` is the derivative of the loss by h without the paths through later
    timesteps: (..., timesteps, units) where it looks at every step, or (..., units) where it looks at the last alone
    (a number stands for an array of it). ValueError if they do not fit. Source: Werbos (1990).
    """
    _check_trace(cell, trace)
    shape, kept, matrix, skip = _workspace_of(cell, trace)
    dh = checks.floats(dh, "dh")
    last = trace.h.shape[:-2] + trace.h.shape[-1:]
    if dh.shape == trace.h.shape:
        direct = shape.rows(dh)
    elif dh.shape in (last, ()):
        direct = shape.rows(np.broadcast_to(dh, last)[..., None, :])
    else:
        raise ValueError(f"dh must have shape {trace.h.shape}, or {last} for the last timestep alone; got {dh.shape}")
    reverse = cell.reverse(cell, kept, keep=True)
    d_matrix = reverse(matrix, direct.astype(trace.h.dtype, copy=False), skip)
    every = reverse.kept_gradients
    initial = [shape.lead_first(part[None])[..., 0, :] for part in reverse.d_state]
    weights = zip(cell.unpack(d_matrix), cell.weights, strict=True)
    return Gradients(
        h=shape.lead_first(every["h"]),
        c=shape.lead_first(every["c"]) if "c" in every else None,
        x=shape.lead_first(every["x"]),
        initial_state=tuple(initial) if len(initial) > 1 else initial[0],
        weights=[gradient.reshape(weight.shape) for gradient, weight in weights],
    )


def _check_trace(cell, trace):
    """A sentence, unless the trace is that of a whole run of this very cell (or of one with the same weights)."""
    if not made_by(cell, trace):
        maker = "" if trace.kind != cell.kind else ", made by one with other weights or settings"
        raise ValueError(f"trace must come from this cell, {cell}; got {trace!r}{maker}: run the cell again")
    if trace.h.ndim - 2 < len(cell.stacked) + bool(cell.stacked):
        raise ValueError(f"trace must have the models axes of this stack, {cell}; got {trace!r}")


def _workspace_of(cell, trace):
    """What the loop kept, out of a trace: (LoopShape, workspace, matrix, skip)."""
    dtype = trace.h.dtype
    shape = LoopShape(trace.h.shape[:-2], cell.kernel.ndim - 2)
    matrix = cell.pack(*cell.model_weights(dtype))
    skip = None if trace.mask is None else shape.rows(~trace.mask[..., None])
    if trace._workspace is not None:
        return shape, trace._workspace, matrix, skip
    kept = cell.workspace(trace.timesteps, shape.models, shape.columns, dtype, pre_activations=False)
    before = {f"{name}_tm1": getattr(trace, f"{name}_tm1") for name in cell.state_names}
    values = {"x": trace.x} | before | {name: getattr(trace, name) for name in cell.reverse.reads if name in kept}
    for name, value in values.items():
        kept[name][...] = shape.rows(value)
    return shape, kept, matrix, skip


def step_jacobians(cell, trace):
    """The Jacobian of each step, d state_t / d state_tm1, (..., timesteps, n, n), rows the outputs.

    n is the units; for an LSTM the state is (h, c) one below the other, n = 2 * units, and the lower right block is
    diag(f_t) plus nothing else: the direct cell path. The product over the timesteps is what backpropagation through
    time multiplies by (Pascanu et al. 2013, equation 5). Each row is one reverse step from a unit vector.
    """
    _check_trace(cell, trace)
    if cell.kernel.ndim > 2:
        raise ValueError(f"step_jacobians takes a single cell, not a stack; got {cell}")
    parts = len(cell.state_names)
    n = parts * cell.units
    checks.affordable(
        trace.h[..., 0].size * n * (cell.units * len(trace.names) + n), trace.h.dtype, "the Jacobians of all timesteps"
    )
    # every timestep of every sequence becomes a sequence of one step, repeated for each unit vector
    lead = (*trace.h.shape[:-1], n)

    def repeated(value):
        return np.broadcast_to(value[..., None, None, :], (*lead, 1, value.shape[-1]))

    values = {"x": repeated(trace.x)} | {name: repeated(getattr(trace, name)) for name in trace.names}
    state = tuple(repeated(getattr(trace, f"{name}_tm1"))[..., 0, :] for name in cell.state_names)
    mask = None if trace.mask is None else np.broadcast_to(trace.mask[..., None, None], (*lead, 1))
    x = values.pop("x")
    steps = type(trace)(
        x=x, initial_state=state if parts > 1 else state[0], mask=mask, **cell._trace_settings(), **values
    )
    shape, kept, matrix, skip = _workspace_of(cell, steps)
    unit_vectors = shape.rows(np.broadcast_to(np.eye(n, dtype=trace.h.dtype)[:, None, :], (*lead, 1, n)))[0]
    reverse = cell.reverse(cell, kept)
    reverse(matrix, unit_vectors[None, : cell.units], skip, final_c=unit_vectors[cell.units :] if parts > 1 else 0.0)
    before = [shape.lead_first(part[None])[..., 0, :] for part in reverse.d_state]
    return np.concatenate(before, axis=-1)


def cell_path(trace):
    """The direct cell path of an LSTM: d c_T / d c_t by the forget gates alone, (..., timesteps, units).

    It is the product of f over all timesteps after t (1 at the last), what Hochreiter & Schmidhuber's constant error
    carousel has become with the forget gate of Gers et al. (2000). All paths together: `backward(...).c`.
    """
    whole_run(trace, kind="LSTM")
    f = trace.f if trace.mask is None else np.where(trace.mask[..., None], trace.f, 1.0)
    path = np.ones_like(f)
    np.multiply.accumulate(f[..., :0:-1, :], axis=-2, out=path[..., -2::-1, :])
    return path


def reach(cell, x, direction=1.0):
    """How far back each reading of a sequence reaches: for L_t = direction . h_t, the length of its gradients.

    x (timesteps, input_dim); `direction` (units,), such as a readout's weights for one class, (timesteps, units) for
    another one at each timestep, or a number for all units alike. Returns two arrays (timesteps, timesteps): row t,
    column k holds the length of the gradient by what the cell remembers in at k (dL_t/dc_k in an LSTM, dL_t/dh_k
    elsewhere), and of dL_t/dx_k; 0 for k > t, which cannot matter. ValueError if they do not fit.
    """
    checks.same_kind(cell, Cell, "cell", "a cell")
    if cell.stacked:
        raise ValueError(f"reach takes a single cell, not a stack; got {cell}")
    x = checks.floats(x, "x")
    if x.ndim != 2:
        raise ValueError(f"x must be one sequence, (timesteps, {cell.input_dim}); got shape {x.shape}")
    direction = checks.floats(direction, "direction")
    timesteps = len(x)
    if direction.shape not in ((), (cell.units,), (timesteps, cell.units)):
        raise ValueError(f"direction must be a number or have shape ({cell.units},); got {direction.shape}")
    # one copy of the sequence per reading, each looked at in one step alone
    trace = cell.run(np.broadcast_to(x, (timesteps, *x.shape)))
    dh = np.zeros(trace.h.shape, trace.h.dtype)
    dh[np.arange(timesteps), np.arange(timesteps)] = direction
    gradients = backward(cell, trace, dh)
    return tuple(norms_by_lag(g)[:, ::-1] for g in (gradients.memory, gradients.x))


def norms_by_lag(gradient, *, relative=False):
    """Length of dL/dh_t (or of any (..., timesteps, n)) by lag: (..., timesteps), lag 0 (the last step) first.

    `relative` divides by the length at lag 0, so that the curve begins at 1 (NaN where that length is 0).
    """
    gradient = checks.floats(gradient, "gradient")
    if gradient.ndim < 2 or 0 in gradient.shape:
        raise ValueError(f"gradient must have shape (..., timesteps, n); got {gradient.shape}")
    # by the largest entry, or squares of 1e-25 would underflow in float32
    largest = np.abs(gradient).max(axis=-1, keepdims=True)
    scale = np.where(largest > 0, largest, 1)
    norms = (np.sqrt(np.square(gradient / scale).sum(axis=-1)) * scale[..., 0])[..., ::-1]
    if not checks.flag(relative, "relative"):
        return norms
    first = norms[..., :1]
    return np.divide(norms, first, out=np.full_like(norms, np.nan), where=first > 0)


def spectral_radius(matrix):
    """Largest absolute eigenvalue of each square matrix (..., n, n): the growth per step in the long run."""
    return np.abs(np.linalg.eigvals(_square(matrix))).max(axis=-1)


def spectral_norm(matrix):
    """Largest singular value of each matrix (..., n, n): the most that one step can stretch any vector."""
    return np.linalg.norm(_square(matrix), 2, axis=(-2, -1))


def _square(matrix):
    matrix = checks.floats(matrix, "matrix")
    if matrix.ndim < 2 or matrix.shape[-1] != matrix.shape[-2] or 0 in matrix.shape:
        raise ValueError(f"matrix must be square, (..., n, n); got {matrix.shape}")
    return matrix
