"""Where gradients go in a recurrent cell: backpropagation through time in closed form, from what a run kept.

`backward(cell, trace, ...)` gives dL/dh_t, dL/dc_t, dL/dx_t and the gradients of the weights. The reverse recursion is
the derivative of `cells.loop` line by line, reads the values that the loop kept, and trains the models in `training`.
Shapes are written as in `cells`; `lag` counts steps back from the last timestep, so lag 0 is the last one.

Sources: Werbos (1990) for backpropagation through time; Hochreiter (1991), Bengio et al. (1994) and Pascanu et al.
(2013) for the product of Jacobians; Hochreiter & Schmidhuber (1997) and Gers et al. (2000) for the cell-state path.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells import LoopShape, _as_float, by_model

__all__ = [
    "DERIVATIVES",
    "Gradients",
    "backward",
    "cell_path",
    "norms_by_lag",
    "reach",
    "spectral_norm",
    "spectral_radius",
    "step_jacobians",
]


# --- derivatives of the activations, from their output y, so that no pre-activation need be kept --------------


def _d_tanh(y, out=None):
    out = np.multiply(y, y, out=out)
    return np.subtract(1.0, out, out=out)


def _d_sigmoid(y, out=None):
    out = np.multiply(y, y, out=out)
    return np.subtract(y, out, out=out)


def _d_hard_sigmoid(y, out=None):
    inside = (y > 0.0) & (y < 1.0)
    return np.multiply(inside, y.dtype.type(1.0 / 6.0), out=out)


def _d_relu(y, out=None):
    return np.multiply(y > 0.0, y.dtype.type(1.0), out=out)


def _d_linear(y, out=None):
    out = np.empty_like(y) if out is None else out
    out[...] = 1.0
    return out


#: dy/dz of each activation as a function of its output y, by its Keras name
DERIVATIVES = {
    "tanh": _d_tanh,
    "sigmoid": _d_sigmoid,
    "hard_sigmoid": _d_hard_sigmoid,
    "relu": _d_relu,
    "linear": _d_linear,
}


# --- the reverse recursion ------------------------------------------------------------------------------------

#: local derivatives are computed for several steps at once, about this many values per gate: few calls, still in cache
_CHUNK = 8192


class _Reverse:
    """Backpropagation through time over a workspace of `cells`, reusing its own arrays from call to call.

    After a call, `dh` (and `dc`) hold the gradient of the initial state. With `keep`, `kept_gradients` holds those of
    every step: "h" (and "c"), and "x".
    """

    #: blocks of rows of the cell's product, and of the local derivatives
    rows = local_rows = 1

    def __init__(self, cell, kept, *, keep=False):
        self.cell, self.kept = cell, kept
        self.timesteps, self.units, self.models, self.columns = kept["h"].shape
        self.d_activate = DERIVATIVES[cell.activation]
        self.d_gate = DERIVATIVES[getattr(cell, "recurrent_activation", "linear")]
        self.chunk = max(1, min(self.timesteps, _CHUNK // kept["h"][0].size))
        self.local = self._empty(self.chunk, self.local_rows)
        self.dz = self._empty(1, self.rows)[0]
        # dL/dh_tm1, and dL/dx_t below it where it is kept: both come out of one product
        width = self.units + (cell.input_dim if keep else 0)
        self.d_inputs = np.empty((width, self.models, self.columns), kept["h"].dtype)
        self.dh = self.d_inputs[: self.units]
        self.dc, self.scratch = (self._empty(1)[0] for _ in range(2))
        self.inputs_transposed = np.empty((self.models, self.columns, kept["inputs"].shape[1]), kept["h"].dtype)
        # views that every step uses, made once: for a single small model making them takes as long as the arithmetic
        self.inputs = kept["inputs"].transpose(0, 2, 3, 1)
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


class _SimpleRNNReverse(_Reverse):
    def _local_derivatives(self, steps, local):
        self.d_activate(self.kept["h"][steps], out=local)

    def _step_of_cell(self, t, local, back, d_matrix, skip):
        np.multiply(self.dh, local, out=self.dz)
        np.matmul(back, self.dz_by_model, out=self.d_inputs_by_model)


class _LSTMReverse(_Reverse):
    rows, local_rows = 4, 5  # o, i, f, c, and dh/dc

    def _local_derivatives(self, steps, local):
        o, i, c_tilde, tanh_c, c_tm1 = (self.kept[k][steps] for k in ("o", "i", "c_tilde", "tanh_c", "c_tm1"))
        u = self.units
        d_o, d_i, d_f, d_c, dh_dc = (local[:, k * u : (k + 1) * u] for k in range(5))
        self.d_gate(self.kept["gates"][steps, : 3 * u], out=local[:, : 3 * u])
        np.multiply(d_o, tanh_c, out=d_o)
        np.multiply(d_i, c_tilde, out=d_i)
        np.multiply(d_f, c_tm1, out=d_f)
        self.d_activate(c_tilde, out=d_c)
        np.multiply(d_c, i, out=d_c)
        self.d_activate(tanh_c, out=dh_dc)
        np.multiply(dh_dc, o, out=dh_dc)

    def _views(self, local):
        u, three = self.units, (3, *self.dc.shape)
        of_h, of_c = (local[:u], self.dz[:u]), (local[u : 4 * u].reshape(three), self.dz[u:].reshape(three))
        return local[4 * u :], *of_h, *of_c

    def _step_of_cell(self, t, views, back, d_matrix, skip):
        dh, dc = self.dh, self.dc
        dh_dc, d_o, dz_o, d_others, dz_others = views
        np.multiply(dh, dh_dc, out=self.scratch)
        np.add(dc, self.scratch, out=dc)
        if self.kept_gradients is not None:
            self.kept_gradients["c"][t] = dc
        np.multiply(dh, d_o, out=dz_o)
        np.multiply(dc, d_others, out=dz_others)
        np.multiply(dc, self.kept["f"][t], out=dc, where=True if skip is None else ~skip)
        np.matmul(back, self.dz_by_model, out=self.d_inputs_by_model)


class _GRUReverse(_Reverse):
    rows, local_rows = 4, 4  # z, r, the candidate's recurrent part and input part

    def _local_derivatives(self, steps, local):
        z, r, recurrent_h, h_tilde, h_tm1 = (self.kept[k][steps] for k in ("z", "r", "recurrent_h", "h_tilde", "h_tm1"))
        u = self.units
        d_z, d_r, d_recurrent, d_input = (local[:, k * u : (k + 1) * u] for k in range(4))
        self.d_gate(self.kept["gates"][steps], out=local[:, : 2 * u])
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

    def _step_of_cell(self, t, local, back, d_matrix, skip):
        u, dh, dz = self.units, self.dh, self.dz
        four = (4, *dh.shape)
        np.multiply(dh, local.reshape(four), out=dz.reshape(four))
        np.multiply(dh, self.kept["z"][t], out=self.scratch)  # straight on, by the update gate
        if skip is not None:
            np.copyto(self.scratch, 0.0, where=skip)
        if not self.cell.reset_after:
            self._through_reset(t, local, back, d_matrix)
        rows = slice(0, 3 * u if self.kept_gradients is None else 4 * u)  # the input part leads to x alone
        np.matmul(back[..., rows], by_model(dz[rows]), out=by_model(self.d_inputs))
        np.add(dh, self.scratch, out=dh)

    def _through_reset(self, t, local, back, d_matrix):
        """Where the reset gate acts before the product: from the candidate to r * h_tm1, and on to r and h_tm1."""
        u, dz = self.units, self.dz
        block = slice(2 * u, 3 * u)
        d_candidate, reset_h = by_model(dz[3 * u :]), by_model(self.kept["reset_h"][t])
        d_reset_h = (back[:, :u, block] @ d_candidate).swapaxes(0, 1)
        np.multiply(d_reset_h, local[u : 2 * u], out=dz[u : 2 * u])
        d_matrix[:, block, :u] += d_candidate @ reset_h.swapaxes(1, 2)
        self.scratch += d_reset_h * self.kept["r"][t]


_REVERSES = {"SimpleRNN": _SimpleRNNReverse, "LSTM": _LSTMReverse, "GRU": _GRUReverse}


def reverse_for(cell, kept, *, keep=False):
    """The reverse recursion of a cell's kind over one of its workspaces (for `training`)."""
    return _REVERSES[cell.kind](cell, kept, keep=keep)


def weight_gradients(cell, d_matrix):
    """[kernel, recurrent_kernel, bias] gradients, each with its models axis, out of the gradient of `cell.matrix`."""
    u = cell.units
    if cell.kind == "LSTM":
        d_matrix = np.roll(d_matrix, -u, axis=-2)
    columns = d_matrix.swapaxes(-1, -2)
    recurrent_kernel, kernel, bias = columns[..., :u, :], columns[..., u:-1, :], columns[..., -1, :]
    if cell.kind == "GRU":
        recurrent, given = slice(0, 3 * u), [*range(2 * u), *range(3 * u, 4 * u)]
        recurrent_kernel, kernel = recurrent_kernel[..., recurrent], kernel[..., given]
        bias = np.stack([bias[..., given], bias[..., recurrent]], axis=-2) if cell.reset_after else bias[..., given]
    return [kernel, recurrent_kernel, bias]


# --- gradients of a trace -------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False, eq=False)
class Gradients:
    """The gradient of a loss L with respect to everything that a run passed through.

    `h` (..., timesteps, units): dL/dh_t over all paths, direct and through later timesteps; `c` the same for the cell
    state (None without one); `x` (..., timesteps, input_dim): dL/dx_t; `initial_state` in the form a run takes it.
    `weights` [kernel, recurrent_kernel, bias], shaped like the cell's and summed over the batch.
    """

    h: np.ndarray
    c: np.ndarray | None
    x: np.ndarray
    initial_state: object
    weights: list

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
    dh = _as_float(dh, "dh")
    last = trace.h.shape[:-2] + trace.h.shape[-1:]
    if dh.shape == trace.h.shape:
        direct = shape.rows(dh)
    elif dh.shape in (last, ()):
        direct = shape.rows(np.broadcast_to(dh, last)[..., None, :])
    else:
        raise ValueError(f"dh must have shape {trace.h.shape}, or {last} for the last timestep alone; got {dh.shape}")
    reverse = reverse_for(cell, kept, keep=True)
    d_matrix = reverse(matrix, direct.astype(trace.h.dtype, copy=False), skip)
    every = reverse.kept_gradients
    initial = [shape.lead_first(part[None])[..., 0, :] for part in (reverse.dh, reverse.dc)[: len(cell.state_names)]]
    weights = zip(weight_gradients(cell, d_matrix), cell.weights, strict=True)
    return Gradients(
        h=shape.lead_first(every["h"]),
        c=shape.lead_first(every["c"]) if "c" in every else None,
        x=shape.lead_first(every["x"]),
        initial_state=tuple(initial) if len(initial) > 1 else initial[0],
        weights=[gradient.reshape(weight.shape) for gradient, weight in weights],
    )


def _check_trace(cell, trace):
    if getattr(trace, "kind", None) != cell.kind or (trace.units, trace.input_dim) != (cell.units, cell.input_dim):
        raise ValueError(f"trace must come from this cell, {cell}; got {trace!r}")
    if trace.time_axis is None:
        raise ValueError(f"trace must be of a whole run, not of a single timestep; got {trace!r}")


def _workspace_of(cell, trace):
    """What the loop kept, out of a trace: (LoopShape, workspace, matrix, skip)."""
    dtype = trace.h.dtype
    shape = LoopShape(trace.h.shape[:-2], cell.kernel.ndim - 2)
    matrix = cell.matrix(*cell.model_weights(dtype))
    skip = None if trace.mask is None else shape.rows(~trace.mask[..., None])
    if trace._workspace is not None:
        return shape, trace._workspace, matrix, skip
    kept = cell.workspace(trace.timesteps, shape.models, shape.columns, dtype, pre_activations=False)
    before = {f"{name}_tm1": getattr(trace, f"{name}_tm1") for name in cell.state_names}
    values = {"x": trace.x} | before | {name: getattr(trace, name) for name in _KEPT[cell.kind]}
    if "reset_h" in kept:
        values["reset_h"] = trace.r * trace.h_tm1
    for name, value in values.items():
        kept[name][...] = shape.rows(value)
    return shape, kept, matrix, skip


#: what the reverse recursion reads, besides the states before each step
_KEPT = {
    "SimpleRNN": ("h",),
    "LSTM": ("o", "i", "f", "c_tilde", "tanh_c"),
    "GRU": ("z", "r", "recurrent_h", "h_tilde"),
}


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
    # every timestep of every sequence becomes a sequence of one step, repeated for each unit vector
    lead = (*trace.h.shape[:-1], n)

    def repeated(value):
        return np.broadcast_to(value[..., None, None, :], (*lead, 1, value.shape[-1]))

    values = {"x": repeated(trace.x)} | {name: repeated(getattr(trace, name)) for name in trace.names}
    state = tuple(repeated(getattr(trace, f"{name}_tm1"))[..., 0, :] for name in cell.state_names)
    mask = None if trace.mask is None else np.broadcast_to(trace.mask[..., None, None], (*lead, 1))
    x = values.pop("x")
    steps = type(trace)(x=x, initial_state=state if parts > 1 else state[0], mask=mask, **values)
    shape, kept, matrix, skip = _workspace_of(cell, steps)
    unit_vectors = shape.rows(np.broadcast_to(np.eye(n, dtype=trace.h.dtype)[:, None, :], (*lead, 1, n)))[0]
    reverse = reverse_for(cell, kept)
    reverse(matrix, unit_vectors[None, : cell.units], skip, final_c=unit_vectors[cell.units :] if parts > 1 else 0.0)
    before = [shape.lead_first(part[None])[..., 0, :] for part in (reverse.dh, reverse.dc)[:parts]]
    return np.concatenate(before, axis=-1)


def cell_path(trace):
    """The direct cell path of an LSTM: d c_T / d c_t by the forget gates alone, (..., timesteps, units).

    It is the product of f over all timesteps after t (1 at the last), what Hochreiter & Schmidhuber's constant error
    carousel has become with the forget gate of Gers et al. (2000). All paths together: `backward(...).c`.
    """
    if getattr(trace, "kind", None) != "LSTM" or trace.time_axis is None:
        raise ValueError(f"cell_path needs the trace of an LSTM's whole run; got {trace!r}")
    f = trace.f if trace.mask is None else np.where(trace.mask[..., None], trace.f, 1.0)
    path = np.ones_like(f)
    np.multiply.accumulate(f[..., :0:-1, :], axis=-2, out=path[..., -2::-1, :])
    return path


def reach(cell, x, direction=1.0):
    """How far back each reading of a sequence reaches: for L_t = direction . h_t, the length of its gradients.

    x (timesteps, input_dim); `direction` (units,), such as a readout's weights for one class, or a number for all units
    alike. Returns two arrays (timesteps, timesteps): row t, column k holds the length of dL_t/dh_k, and of dL_t/dx_k;
    0 for k > t, which cannot matter. ValueError if they do not fit.
    """
    x = _as_float(x, "x")
    if x.ndim != 2:
        raise ValueError(f"x must be one sequence, (timesteps, {cell.input_dim}); got shape {x.shape}")
    direction = _as_float(direction, "direction")
    if direction.shape not in ((), (cell.units,)):
        raise ValueError(f"direction must be a number or have shape ({cell.units},); got {direction.shape}")
    timesteps = len(x)
    # one copy of the sequence per reading, each looked at in one step alone
    trace = cell.run(np.broadcast_to(x, (timesteps, *x.shape)))
    dh = np.zeros(trace.h.shape, trace.h.dtype)
    dh[np.arange(timesteps), np.arange(timesteps)] = direction
    gradients = backward(cell, trace, dh)
    return tuple(norms_by_lag(g)[:, ::-1] for g in (gradients.h, gradients.x))


def norms_by_lag(gradient, *, relative=False):
    """Length of dL/dh_t (or of any (..., timesteps, n)) by lag: (..., timesteps), lag 0 (the last step) first.

    `relative` divides by the length at lag 0, so that the curve begins at 1 (NaN where that length is 0).
    """
    gradient = _as_float(gradient, "gradient")
    if gradient.ndim < 2:
        raise ValueError(f"gradient must have shape (..., timesteps, n); got {gradient.shape}")
    # by the largest entry, or squares of 1e-25 would underflow in float32
    largest = np.abs(gradient).max(axis=-1, keepdims=True)
    scale = np.where(largest > 0, largest, 1)
    norms = (np.sqrt(np.square(gradient / scale).sum(axis=-1)) * scale[..., 0])[..., ::-1]
    if not relative:
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
    matrix = _as_float(matrix, "matrix")
    if matrix.ndim < 2 or matrix.shape[-1] != matrix.shape[-2]:
        raise ValueError(f"matrix must be square, (..., n, n); got {matrix.shape}")
    return matrix
