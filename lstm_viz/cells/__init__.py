"""The recurrent cells as their equations, in NumPy, keeping every intermediate value.

One step per cell. `run` repeats it over a sequence, and training, gradients, diagrams and heatmaps all
read what it kept, so nothing in this package is computed a second way.

Weights are in Keras's own layout and gate order (LSTM: i, f, c, o along the last axis; GRU: z, r, h), so
that `LSTMCell(*layer.get_weights())` is the layer. Shapes are written with these words:

    timesteps   length of the sequence            input_dim   width of one input x_t
    units       width of the hidden state h_t     (...)       any leading axes: a batch, or (models, batch)

Sources: Hochreiter & Schmidhuber (1997) and Gers et al. (2000) for the LSTM, Cho et al. (2014) for the GRU,
and the implementations in `keras.layers`, to which the tests hold every value here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

__all__ = [
    "ACTIVATIONS",
    "GRUCell",
    "GRUTrace",
    "LSTMCell",
    "LSTMTrace",
    "SimpleRNNCell",
    "SimpleRNNTrace",
    "hard_sigmoid",
    "sigmoid",
    "stack",
]


# --- activations ------------------------------------------------------------------------------------------


def _tanh(z, out=None):
    return np.tanh(z, out=out)


def sigmoid(z, out=None):
    """The logistic function 1 / (1 + e^-z), in (0, 1), written as tanh(z / 2) / 2 + 1 / 2, which cannot overflow."""
    out = np.multiply(z, 0.5, out=out)
    out = np.tanh(out, out=out if isinstance(out, np.ndarray) else None)
    out *= 0.5
    out += 0.5
    return out


def hard_sigmoid(z, out=None):
    """Keras's piecewise linear sigmoid, relu6(z + 3) / 6, in [0, 1]."""
    out = np.add(z, 3.0, out=out)
    out = np.clip(out, 0.0, 6.0, out=out if isinstance(out, np.ndarray) else None)
    out *= 1.0 / 6.0
    return out


def _relu(z, out=None):
    return np.maximum(z, 0.0, out=out)


def _linear(z, out=None):
    if out is None:
        return np.array(z)
    out[...] = z
    return out


#: The activations a cell can have, by their Keras names.
ACTIVATIONS = {"tanh": _tanh, "sigmoid": sigmoid, "hard_sigmoid": hard_sigmoid, "relu": _relu, "linear": _linear}


# --- traces: what a run keeps -----------------------------------------------------------------------------


@dataclass(frozen=True, repr=False, eq=False)
class _Trace:
    """What a cell computed over a sequence. Every value has shape (..., timesteps, units).

    `trace[t]` is the same kind of object with the values of timestep t alone, each (..., units).
    `x` is the input and `initial_state` the state before the first step, so h[t-1] and c[t-1] are known at t=0.

    `mask`, if the run had one, is (..., timesteps), False where the step was skipped: there h (and c) are the
    step's before, carried over, while the other values are what the cell computed and nothing used.
    `go_backwards` says that a layer read its input from the end: timestep t of the trace is the t-th step that was
    computed, `x` is in that order too, and `input_steps` says which step of the input each one read.
    """

    x: np.ndarray
    initial_state: object = field(kw_only=True)
    time_axis: int | None = field(default=-2, kw_only=True)
    mask: np.ndarray | None = field(default=None, kw_only=True)
    go_backwards: bool = field(default=False, kw_only=True)

    # the loop's own arrays, whose views the values are, so that `gradients` need not copy them back; not a field, so
    # that a trace with changed values never has those of another
    _workspace = None

    #: names of the values, in the order in which the step computes them
    names = ()
    #: the kind of cell, as Keras names its layer
    kind = ""

    @property
    def timesteps(self):
        """Number of timesteps (TypeError for a single step)."""
        return len(self)

    @property
    def units(self):
        """Width of the hidden state."""
        return self.h.shape[-1]

    @property
    def input_dim(self):
        """Width of one input x_t."""
        return self.x.shape[-1]

    @property
    def input_steps(self):
        """Which step of the input each timestep read, (timesteps,): 0, 1, ... or, if `go_backwards`, from the end."""
        steps = np.arange(len(self))
        return steps[::-1] if self.go_backwards else steps

    @property
    def h_tm1(self):
        """Hidden state before each step: h, shifted by one timestep, beginning with the initial state."""
        return self._before("h", self.initial_state)

    @property
    def state(self):
        """The state after the last step, in the form that `initial_state` takes."""
        return self._last("h")

    def _last(self, name):
        value = getattr(self, name)
        return value if self.time_axis is None else value[..., -1, :]

    def _before(self, name, initial):
        if self.time_axis is None:
            return initial
        value = getattr(self, name)
        first = np.broadcast_to(initial, value[..., 0, :].shape)[..., None, :]
        return np.concatenate([first, value[..., :-1, :]], axis=-2)

    def __len__(self):
        if self.time_axis is None:
            raise TypeError("this is a single timestep, it has no length; index the trace of the whole run instead")
        return self.h.shape[-2]

    def __iter__(self):
        return (self[t] for t in range(len(self)))

    def __getitem__(self, t):
        length = len(self)
        try:
            position = range(length)[t]
        except IndexError:
            raise IndexError(f"timestep {t} is outside this trace, whose timesteps are 0 to {length - 1}") from None
        if not isinstance(position, int):
            raise TypeError(f"a trace is indexed by one timestep, an int; got {t!r}")
        values = {name: getattr(self, name)[..., position, :] for name in self.names}
        return replace(
            self,
            x=self.x[..., position, :],
            initial_state=self._state_before(position),
            time_axis=None,
            mask=None if self.mask is None else self.mask[..., position],
            **values,
        )

    def _state_before(self, t):
        return self.h[..., t - 1, :] if t else self.initial_state

    def select(self, index):
        """The same trace for one member of the leading axes: `trace.select(3)` or `trace.select((0, 3))`.

        What comes back has shape (timesteps, units) per value when `index` names every leading axis.
        """
        if self.time_axis is None:
            raise TypeError("select works on the trace of a whole run, not on a single timestep")
        leading = self.h.shape[:-2]

        def pick(value, core):
            return np.broadcast_to(value, leading + value.shape[value.ndim - core :])[index]

        state = self.initial_state
        state = tuple(pick(s, 1) for s in state) if isinstance(state, tuple) else pick(state, 1)
        values = {name: pick(getattr(self, name), 2) for name in self.names}
        mask = None if self.mask is None else pick(self.mask, 1)
        return replace(self, x=pick(self.x, 2), initial_state=state, mask=mask, **values)

    def __repr__(self):
        if self.time_axis is None:
            return f"<one {self.kind} step, {self.units} units>"
        lead = "".join(f"{n} x " for n in self.h.shape[:-2])
        return f"<{self.kind} trace: {lead}{len(self)} timesteps, {self.input_dim} inputs, {self.units} units>"


@dataclass(frozen=True, repr=False, eq=False)
class SimpleRNNTrace(_Trace):
    """`z` pre-activation and `h` hidden state of a SimpleRNN, each (..., timesteps, units)."""

    z: np.ndarray
    h: np.ndarray

    names = ("z", "h")
    kind = "SimpleRNN"


@dataclass(frozen=True, repr=False, eq=False)
class LSTMTrace(_Trace):
    """Every value of an LSTM, each (..., timesteps, units).

    `z_i z_f z_c z_o` pre-activations; gates `i f o` in [0, 1]; candidate `c_tilde`; cell state `c`;
    `tanh_c`, the activation (tanh unless the cell says otherwise) of c; hidden state `h = o * tanh_c`.
    """

    z_i: np.ndarray
    z_f: np.ndarray
    z_c: np.ndarray
    z_o: np.ndarray
    i: np.ndarray
    f: np.ndarray
    c_tilde: np.ndarray
    o: np.ndarray
    c: np.ndarray
    tanh_c: np.ndarray
    h: np.ndarray

    names = ("z_i", "z_f", "z_c", "z_o", "i", "f", "c_tilde", "o", "c", "tanh_c", "h")
    kind = "LSTM"

    @property
    def h_tm1(self):
        """Hidden state before each step."""
        return self._before("h", self.initial_state[0])

    @property
    def c_tm1(self):
        """Cell state before each step: c, shifted by one timestep, beginning with the initial state."""
        return self._before("c", self.initial_state[1])

    @property
    def state(self):
        """(h, c) after the last step, in the form that `initial_state` takes."""
        return self._last("h"), self._last("c")

    def _state_before(self, t):
        return (self.h[..., t - 1, :], self.c[..., t - 1, :]) if t else self.initial_state


@dataclass(frozen=True, repr=False, eq=False)
class GRUTrace(_Trace):
    """Every value of a GRU, each (..., timesteps, units).

    `z_z z_r z_h` pre-activations; update gate `z` and reset gate `r` in [0, 1]; `recurrent_h`, what the
    hidden state gives the candidate before its reset (`reset_after`) or after it; candidate `h_tilde`;
    hidden state `h = z * h_tm1 + (1 - z) * h_tilde`. `reset_after` says which of the two cells it was.
    """

    z_z: np.ndarray
    z_r: np.ndarray
    z_h: np.ndarray
    z: np.ndarray
    r: np.ndarray
    recurrent_h: np.ndarray
    h_tilde: np.ndarray
    h: np.ndarray
    reset_after: bool = field(default=True, kw_only=True)

    names = ("z_z", "z_r", "z_h", "z", "r", "recurrent_h", "h_tilde", "h")
    kind = "GRU"


# --- checking ---------------------------------------------------------------------------------------------


def _as_float(value, name):
    try:
        array = np.asarray(value)
        if array.dtype not in (np.float32, np.float64):
            if array.dtype.kind not in "biuf":
                raise TypeError
            array = array.astype(np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be an array of numbers; got {type(value).__name__} {_short(value)}") from None
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers; got NaN or infinity in an array of shape {array.shape}")
    return array


def _short(value):
    text = " ".join(repr(value).split())
    return text if len(text) <= 40 else text[:37] + "..."


def _frozen(array):
    array = np.array(array)
    array.setflags(write=False)
    return array


def _activation(name, argument):
    try:
        return ACTIVATIONS[name]
    except (KeyError, TypeError):
        known = ", ".join(ACTIVATIONS)
        raise ValueError(f"{argument} must be one of {known}; got {_short(name)}") from None


def _float_dtype(dtype):
    try:
        known = np.dtype(dtype) in (np.float32, np.float64)
    except TypeError:
        known = False
    if not known:
        raise ValueError(f"dtype must be float32 or float64; got {_short(dtype)}")
    return np.dtype(dtype)


def _number(value, name, least, *, above=False):
    """A finite float that is at least (or above) a limit."""
    number = float(value) if np.isscalar(value) and not isinstance(value, str) else np.nan
    if not np.isfinite(number) or number < least or (above and number == least):
        raise ValueError(f"{name} must be a number {'above' if above else 'of at least'} {least}; got {_short(value)}")
    return number


def _positive_int(value, name):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1; got {_short(value)}")
    return int(value)


# --- the cells --------------------------------------------------------------------------------------------


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
        value = np.broadcast_to(value, self.lead + value.shape[-2:])
        value = value.reshape(*self._split, *value.shape[-2:]).transpose(3, 4, 1, 0, 2)
        return value.reshape(*value.shape[:2], self.models, self.columns)

    def lead_first(self, value):
        extra, models, batch = self._split
        value = value.reshape(*value.shape[:2], models, extra, batch).transpose(3, 2, 4, 0, 1)
        return value.reshape(self.lead + value.shape[-2:])


def _repeated(array, times):
    """The same array once per timestep, writable."""
    return np.lib.stride_tricks.as_strided(array, (times, *array.shape), (0, *array.strides))


def _blocks(array, count):
    """`count` equal views along the rows axis, the gates of an array (timesteps, rows, models, columns)."""
    return np.split(array, count, axis=1)


def by_model(array):
    """(..., rows, models, columns) seen as one matrix (rows, columns) per model, for products."""
    return array.swapaxes(-3, -2)


class _Cell:
    """What the three cells share: checking the weights, and running the step over a sequence."""

    kind = ""
    trace_type = _Trace
    gates = ()  # the blocks along the weights' last axis

    def __init__(self, kernel, recurrent_kernel, bias=None, *, activation="tanh"):
        kernel = _as_float(kernel, "kernel")
        recurrent_kernel = _as_float(recurrent_kernel, "recurrent_kernel")
        n = len(self.gates)
        if recurrent_kernel.ndim < 2 or recurrent_kernel.shape[-1] != n * recurrent_kernel.shape[-2]:
            raise ValueError(
                f"recurrent_kernel of this {self.kind} must have shape (units, {n} * units)"
                f"; got {recurrent_kernel.shape}".replace("1 * ", "")
            )
        units = recurrent_kernel.shape[-2]
        lead = recurrent_kernel.shape[:-2]
        if (
            units < 1
            or kernel.shape[:-2] != lead
            or kernel.ndim < 2
            or kernel.shape[-1] != n * units
            or kernel.shape[-2] < 1
        ):
            raise ValueError(
                f"kernel must have shape {(*lead, 'input_dim', n * units)} to fit a recurrent_kernel of shape "
                f"{recurrent_kernel.shape}; got {kernel.shape}".replace("'", "")
            )
        bias_shape = lead + self._bias_shape(units)
        if bias is None:
            bias = np.zeros(bias_shape, np.result_type(kernel, recurrent_kernel))
        bias = _as_float(bias, "bias")
        if bias.shape != bias_shape:
            raise ValueError(
                f"bias must have shape {bias_shape} to fit a recurrent_kernel of shape {recurrent_kernel.shape}"
                f"; got {bias.shape}"
            )
        self.dtype = np.result_type(kernel, recurrent_kernel, bias)
        self.kernel = _frozen(kernel.astype(self.dtype))
        self.recurrent_kernel = _frozen(recurrent_kernel.astype(self.dtype))
        self.bias = _frozen(bias.astype(self.dtype))
        self.units = units
        self.input_dim = kernel.shape[-2]
        self.activation = activation
        self._activate = _activation(activation, "activation")

    def _bias_shape(self, units):
        return (len(self.gates) * units,)

    def __setattr__(self, name, value):
        if name in self.__dict__:
            raise AttributeError(f"{type(self).__name__} is immutable; make a new one with replace({name}=...)")
        super().__setattr__(name, value)

    @property
    def weights(self):
        """[kernel, recurrent_kernel, bias], as `layer.get_weights()` has them."""
        return [self.kernel, self.recurrent_kernel, self.bias]

    @property
    def config(self):
        """The keyword arguments that, with the weights, make this cell again."""
        return {"activation": self.activation}

    def replace(self, **changes):
        """A new cell with some weights or settings changed: `cell.replace(bias=new_bias)`."""
        arguments = {
            "kernel": self.kernel,
            "recurrent_kernel": self.recurrent_kernel,
            "bias": self.bias,
            **self.config,
        }
        unknown = sorted(set(changes) - set(arguments))
        if unknown:
            raise TypeError(f"a {type(self).__name__} has no {unknown[0]}; it has {', '.join(arguments)}")
        return type(self)(**{**arguments, **changes})

    def astype(self, dtype):
        """The same cell with weights of another float type, float32 or float64."""
        dtype = _float_dtype(dtype)
        return self.replace(
            kernel=self.kernel.astype(dtype),
            recurrent_kernel=self.recurrent_kernel.astype(dtype),
            bias=self.bias.astype(dtype),
        )

    def __repr__(self):
        lead = "".join(f"{n} x " for n in self.kernel.shape[:-2])
        return f"{type(self).__name__}({lead}input_dim={self.input_dim}, units={self.units}, {self.dtype})"

    # -- one step and many --

    def step(self, x_t, state=None):
        """Advance one timestep.

        x_t (..., input_dim); `state` what the cell carries, each (..., units): h for SimpleRNN and GRU, the
        pair (h, c) for an LSTM; zeros when None. Returns the step's values (see the trace classes), each
        (..., units); `.state` is what to hand to the next step. ValueError on wrong shapes or NaN.
        """
        x_t = _as_float(x_t, "x_t")
        if x_t.ndim < 1 or x_t.shape[-1] != self.input_dim:
            raise ValueError(f"x_t must have shape (..., {self.input_dim}), the cell's input_dim last; got {x_t.shape}")
        return self._run(x_t[..., None, :], state)[0]

    def run(self, x, initial_state=None, *, mask=None):
        """Run a sequence: the step, once per timestep.

        x (..., timesteps, input_dim); `initial_state` as `state` in `step`; `mask` (..., timesteps) of booleans, False
        where the state is to be carried over unchanged (Keras's semantics). Returns a trace that holds every
        value, each (..., timesteps, units). Float32 input and weights give float32; otherwise float64.
        ValueError on wrong shapes, an empty sequence, NaN or infinite input.
        """
        x = _as_float(x, "x")
        if x.ndim < 2 or x.shape[-1] != self.input_dim:
            raise ValueError(
                f"x must have shape (..., timesteps, {self.input_dim}), the cell's input_dim last; got {x.shape}"
            )
        if 0 in x.shape:
            raise ValueError(f"x must not be empty; got shape {x.shape}")
        return self._run(x, initial_state, mask)

    def _run(self, x, initial_state, mask=None):
        stacked = self.kernel.shape[:-2]
        if stacked and (x.ndim < len(stacked) + 3 or not _broadcastable(x.shape[-3 - len(stacked) : -3], stacked)):
            raise ValueError(
                f"x must have shape {(*stacked, 'batch', 'timesteps', self.input_dim)} for a stack of "
                f"{'x'.join(map(str, stacked))} cells; got {x.shape}".replace("'", "")
            )
        dtype = np.result_type(x, self.dtype)
        lead = np.broadcast_shapes(x.shape[:-2], (*stacked, 1)) if stacked else x.shape[:-2]
        state = self._checked_state(initial_state, lead, dtype)
        shape = LoopShape(lead, len(stacked))
        skip = None
        if mask is not None:
            mask = self._checked_mask(mask, (*lead, x.shape[-2]))
            skip = shape.rows(~mask[..., None])
        kept = self.workspace(x.shape[-2], shape.models, shape.columns, dtype)
        kept["x"][...] = shape.rows(x)
        for name, value in zip(self.state_names, state, strict=True):
            kept[f"{name}_tm1"][0] = shape.rows(value[..., None, :])[0]
        self.loop(self.matrix(*self.model_weights(dtype)), kept, skip)
        values = {name: shape.lead_first(kept[name]) for name in self.trace_type.names}
        for value in (*values.values(), *state):
            value.setflags(write=False)
        trace = self.trace_type(
            x=_frozen(x.astype(dtype, copy=False)),
            initial_state=state if len(state) > 1 else state[0],
            mask=mask,
            **self._trace_settings(),
            **values,
        )
        object.__setattr__(trace, "_workspace", kept)
        return trace

    def _trace_settings(self):
        """What a trace says of its cell beside the values."""
        return {}

    def model_weights(self, dtype):
        """The weights with exactly one leading models axis, of length 1 for a single cell."""
        return [w.reshape(-1, *w.shape[self.kernel.ndim - 2 :]).astype(dtype, copy=False) for w in self.weights]

    def _checked_mask(self, mask, shape):
        mask = np.asarray(mask)
        if mask.dtype != np.bool_ or not _broadcastable(mask.shape, shape):
            raise ValueError(f"mask must be booleans of shape {shape}; got {mask.dtype} of shape {mask.shape}")
        mask = np.broadcast_to(mask, shape).copy()
        mask.setflags(write=False)
        return mask

    def _checked_state(self, state, lead, dtype):
        names = self.state_names
        if state is None:
            return tuple(np.zeros((*lead, self.units), dtype) for _ in names)
        parts = state if isinstance(state, (tuple, list)) and len(names) > 1 else (state,)
        if len(parts) != len(names):
            raise ValueError(f"the state of this {self.kind} is ({', '.join(names)}); got {len(parts)} array(s)")
        checked = []
        for name, part in zip(names, parts, strict=True):
            part = _as_float(part, f"state {name}")
            if part.ndim < 1 or part.shape[-1] != self.units or not _broadcastable(part.shape[:-1], lead):
                raise ValueError(f"state {name} must have shape {(*lead, self.units)}; got {part.shape}")
            checked.append(np.broadcast_to(part, (*lead, self.units)).astype(dtype))
        return tuple(checked)

    state_names = ("h",)

    # -- the loop over the timesteps, shared by run, gradients and training --
    #
    # Inside it every value is (timesteps, rows, models, columns): one row per unit (gates one below the other), one
    # column per sequence. So each gate is one contiguous block, a stack of models costs no more calls than one model,
    # and all layers of a cell are a single product with the concatenation [h_tm1, x_t, 1].

    def workspace(self, timesteps, models, columns, dtype, *, pre_activations=True):
        """The arrays that `loop` fills, by the names of the trace, each (timesteps, units, models, columns).

        To be filled by the caller: "x" (timesteps, input_dim, models, columns) and the first step of "h_tm1" (and
        "c_tm1"). With `pre_activations=False` these are not kept, and every step writes the same few that are still in
        the processor's cache: faster by a fifth, with a third less memory.
        """
        u, width = self.units, self.units + self.input_dim + 1
        inputs = np.zeros((timesteps + 1, width, models, columns), dtype)
        inputs[:, -1] = 1.0
        kept = {"inputs": inputs[:-1], "x": inputs[:-1, u:-1], "h_tm1": inputs[:-1, :u], "h": inputs[1:, :u]}

        def empty(blocks=1):
            return np.empty((timesteps, blocks * u, models, columns), dtype)

        def product(blocks):
            if pre_activations:
                return empty(blocks)
            return _repeated(np.empty((blocks * u, models, columns), dtype), timesteps)

        return kept | self._own_workspace(empty, product)

    # -- initialisation --

    @classmethod
    def _draw(cls, input_dim, units, seed, dtype, recurrent):
        """Keras's default kernels: glorot_uniform input kernel, orthogonal recurrent kernel."""
        input_dim, units = _positive_int(input_dim, "input_dim"), _positive_int(units, "units")
        dtype = _float_dtype(dtype)
        rng = np.random.default_rng(seed)
        width = len(cls.gates) * units
        limit = np.sqrt(6.0 / (input_dim + width))
        kernel = rng.uniform(-limit, limit, (input_dim, width))
        if recurrent == "orthogonal":
            q, r = np.linalg.qr(rng.standard_normal((width, units)))
            recurrent_kernel = (q * np.sign(np.diag(r))).T
        elif recurrent == "normal":
            recurrent_kernel = rng.standard_normal((units, width)) / np.sqrt(units)
        else:
            raise ValueError(f"recurrent must be 'orthogonal' or 'normal'; got {_short(recurrent)}")
        return kernel.astype(dtype), np.ascontiguousarray(recurrent_kernel, dtype)


def _broadcastable(shape, target):
    try:
        return np.broadcast_shapes(shape, target) == tuple(target)
    except ValueError:
        return False


class SimpleRNNCell(_Cell):
    """A plain recurrent cell, as `keras.layers.SimpleRNN`.

    kernel (input_dim, units), recurrent_kernel (units, units), bias (units,) or None.

        z_t = x_t @ kernel + h_tm1 @ recurrent_kernel + bias
        h_t = tanh(z_t)
    """

    kind = "SimpleRNN"
    trace_type = SimpleRNNTrace
    gates = ("h",)

    def matrix(self, kernel, recurrent_kernel, bias):
        """All weights of each model as one matrix (models, units, units + input_dim + 1) for [h_tm1, x_t, 1]."""
        return np.concatenate([recurrent_kernel, kernel, bias[..., None, :]], axis=-2).swapaxes(-1, -2).copy()

    def _own_workspace(self, empty, product):
        return {"z": product(1)}

    def loop(self, matrix, kept, skip=None):
        """Fill a workspace, one step after the other; `skip` (timesteps, 1, models, columns) carries the state over."""
        names = ("h_tm1", "z", "h")
        steps = zip(by_model(kept["inputs"]), by_model(kept["z"]), *(kept[name] for name in names), strict=True)
        for t, (inputs_t, product_t, h_tm1, z_t, h_t) in enumerate(steps):
            np.matmul(matrix, inputs_t, out=product_t)  # z = [h_tm1, x_t, 1] @ [recurrent_kernel, kernel, bias]
            self._activate(z_t, out=h_t)
            if skip is not None:
                np.copyto(h_t, h_tm1, where=skip[t])

    @classmethod
    def initialise(
        cls,
        input_dim,
        units,
        seed=0,
        *,
        recurrent="orthogonal",
        spectral_radius=None,
        activation="tanh",
        dtype=np.float64,
    ):
        """A new cell, drawn as Keras does: glorot_uniform kernel, orthogonal recurrent kernel, zero bias.

        `recurrent="normal"` draws the recurrent kernel from N(0, 1/units) instead; `spectral_radius` rescales
        it so that its largest absolute eigenvalue has that value.
        """
        kernel, recurrent_kernel = cls._draw(input_dim, units, seed, dtype, recurrent)
        if spectral_radius is not None:
            spectral_radius = _number(spectral_radius, "spectral_radius", 0)
            now = np.abs(np.linalg.eigvals(recurrent_kernel)).max()
            recurrent_kernel = recurrent_kernel * np.asarray(spectral_radius / now, dtype)
        return cls(kernel, recurrent_kernel, np.zeros(units, dtype), activation=activation)


class LSTMCell(_Cell):
    """A long short-term memory cell with forget gate, as `keras.layers.LSTM`.

    kernel (input_dim, 4 * units), recurrent_kernel (units, 4 * units), bias (4 * units,) or None; the blocks
    along the last axis are i, f, c, o.

        z_t       = x_t @ kernel + h_tm1 @ recurrent_kernel + bias      (z_i, z_f, z_c, z_o side by side)
        i, f, o   = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)
        c_tilde_t = tanh(z_c)
        c_t       = f * c_tm1 + i * c_tilde_t
        h_t       = o * tanh(c_t)
    """

    kind = "LSTM"
    trace_type = LSTMTrace
    gates = ("i", "f", "c", "o")
    state_names = ("h", "c")

    def __init__(self, kernel, recurrent_kernel, bias=None, *, activation="tanh", recurrent_activation="sigmoid"):
        super().__init__(kernel, recurrent_kernel, bias, activation=activation)
        self.recurrent_activation = recurrent_activation
        self._gate = _activation(recurrent_activation, "recurrent_activation")

    @property
    def config(self):
        return {"activation": self.activation, "recurrent_activation": self.recurrent_activation}

    def matrix(self, kernel, recurrent_kernel, bias):
        """All weights of each model as one matrix (models, 4 * units, units + input_dim + 1) for [h_tm1, x_t, 1].

        Its blocks of rows are o, i, f, c: the three gates together, and the three that meet at the cell state together.
        """
        keras = np.concatenate([recurrent_kernel, kernel, bias[..., None, :]], axis=-2).swapaxes(-1, -2)
        return np.roll(keras, self.units, axis=-2)

    def _own_workspace(self, empty, product):
        z, gates = product(4), empty(4)
        c = np.zeros_like(gates, shape=(len(gates) + 1, self.units, *gates.shape[2:]))
        named = dict(zip(("o", "i", "f", "c_tilde"), _blocks(gates, 4), strict=True))
        named |= dict(zip(("z_o", "z_i", "z_f", "z_c"), _blocks(z, 4), strict=True))
        return named | {"z": z, "gates": gates, "c_tm1": c[:-1], "c": c[1:], "tanh_c": empty()}

    def loop(self, matrix, kept, skip=None):
        """Fill a workspace, one step after the other; `skip` (timesteps, 1, models, columns) carries the state over."""
        names = ("z", "gates", "o", "i", "f", "c_tilde", "c_tm1", "c", "tanh_c", "h_tm1", "h")
        steps = zip(by_model(kept["inputs"]), by_model(kept["z"]), *(kept[name] for name in names), strict=True)
        new, half = np.empty_like(kept["c"][0]), np.empty_like(kept["gates"][0])
        for t, (inputs_t, product_t, z_t, gates_t, o, i, f, c_tilde, c_tm1, c, tanh_c, h_tm1, h) in enumerate(steps):
            np.matmul(matrix, inputs_t, out=product_t)  # z = [h_tm1, x_t, 1] @ [recurrent_kernel, kernel, bias]
            self._squash(z_t, half, gates_t)  # i, f, o = sigmoid(z); c_tilde = tanh(z)
            np.multiply(f, c_tm1, out=c)
            np.multiply(i, c_tilde, out=new)
            np.add(c, new, out=c)
            if skip is not None:
                np.copyto(c, c_tm1, where=skip[t])
            self._activate(c, out=tanh_c)
            np.multiply(o, tanh_c, out=h)
            if skip is not None:
                np.copyto(h, h_tm1, where=skip[t])

    def _squash(self, z, half, out):
        """The four layers' activations, the three gates' first; `half` may be z itself, or room for three gates."""
        gates = 3 * self.units
        if (self.activation, self.recurrent_activation) == ("tanh", "sigmoid"):
            # sigmoid(z) = tanh(z / 2) / 2 + 1 / 2, in one pass over the three gates
            np.multiply(z[:gates], 0.5, out=half[:gates])
            np.tanh(half[:gates], out=out[:gates])
            np.tanh(z[gates:], out=out[gates:])
            out[:gates] *= 0.5
            out[:gates] += 0.5
        else:
            self._gate(z[:gates], out=out[:gates])
            self._activate(z[gates:], out=out[gates:])

    @classmethod
    def initialise(
        cls,
        input_dim,
        units,
        seed=0,
        *,
        forget_bias=1.0,
        chrono=None,
        activation="tanh",
        recurrent_activation="sigmoid",
        dtype=np.float64,
    ):
        """A new cell, drawn as Keras does: glorot_uniform kernel, orthogonal recurrent kernel, forget bias 1.

        `forget_bias` is the forget gate's bias (Keras: 1, Jozefowicz et al. 2015). `chrono=T` draws it as
        log U(1, T - 1) instead, and the input gate's as its negative, for dependencies up to T steps
        (Tallec & Ollivier 2018, "Can recurrent neural networks warp time?").
        """
        kernel, recurrent_kernel = cls._draw(input_dim, units, seed, dtype, "orthogonal")
        forget_bias = _as_float(forget_bias, "forget_bias")
        if forget_bias.shape not in ((), (units,)):
            raise ValueError(f"forget_bias must be one number or one per unit, ({units},); got {forget_bias.shape}")
        bias = np.zeros((4, units))
        bias[1] = forget_bias
        if chrono is not None:
            chrono = _number(chrono, "chrono", 2, above=True)
            rng = np.random.default_rng([1, seed] if np.isscalar(seed) else seed)
            bias[1] = np.log(rng.uniform(1.0, chrono - 1.0, units))
            bias[0] = -bias[1]
        return cls(
            kernel,
            recurrent_kernel,
            bias.ravel().astype(dtype),
            activation=activation,
            recurrent_activation=recurrent_activation,
        )


class GRUCell(_Cell):
    """A gated recurrent unit, as `keras.layers.GRU`.

    kernel (input_dim, 3 * units), recurrent_kernel (units, 3 * units); the blocks along the last axis are
    z, r, h. bias (2, 3 * units), input row first, with `reset_after` (Keras's default), else (3 * units,); or None.

        z, r      = sigmoid(z_z), sigmoid(z_r)
        h_tilde_t = tanh(z_h)
        h_t       = z * h_tm1 + (1 - z) * h_tilde_t

    where the reset gate acts on the recurrent part of z_h: after the matrix product (`reset_after`),
    r * (h_tm1 @ R_h + b_h), or before it, (r * h_tm1) @ R_h, as in Cho et al. (2014).
    """

    kind = "GRU"
    trace_type = GRUTrace
    gates = ("z", "r", "h")

    def __init__(
        self,
        kernel,
        recurrent_kernel,
        bias=None,
        reset_after=True,
        *,
        activation="tanh",
        recurrent_activation="sigmoid",
    ):
        self.reset_after = bool(reset_after)
        super().__init__(kernel, recurrent_kernel, bias, activation=activation)
        self.recurrent_activation = recurrent_activation
        self._gate = _activation(recurrent_activation, "recurrent_activation")

    def _trace_settings(self):
        return {"reset_after": self.reset_after}

    def _bias_shape(self, units):
        return (2, 3 * units) if self.reset_after else (3 * units,)

    @property
    def config(self):
        return {
            "reset_after": self.reset_after,
            "activation": self.activation,
            "recurrent_activation": self.recurrent_activation,
        }

    def matrix(self, kernel, recurrent_kernel, bias):
        """All weights of each model as one matrix (models, 4 * units, units + input_dim + 1) for [h_tm1, x_t, 1].

        Its blocks of rows are z, r, and the candidate's recurrent part and input part, which the reset keeps apart.
        """
        u = self.units
        input_bias, recurrent_bias = (bias[..., 0, :], bias[..., 1, :]) if self.reset_after else (bias, 0 * bias)
        matrix = np.zeros((*kernel.shape[:-2], 4 * u, u + self.input_dim + 1), kernel.dtype)
        rows = matrix.swapaxes(-1, -2)  # [h_tm1, x_t, 1] by blocks
        rows[..., :u, : 3 * u] = recurrent_kernel
        rows[..., u:-1, : 2 * u] = kernel[..., : 2 * u]
        rows[..., u:-1, 3 * u :] = kernel[..., 2 * u :]
        rows[..., -1, : 2 * u] = (input_bias + recurrent_bias)[..., : 2 * u]
        rows[..., -1, 2 * u : 3 * u] = recurrent_bias[..., 2 * u :]
        rows[..., -1, 3 * u :] = input_bias[..., 2 * u :]
        return matrix

    def _own_workspace(self, empty, product):
        whole, gates = product(4), empty(2)
        named = dict(zip(("z_z", "z_r", "recurrent_product", "z_h"), _blocks(whole, 4), strict=True))
        named |= dict(zip(("z", "r"), _blocks(gates, 2), strict=True))
        named |= {"product": whole, "gates": gates, "recurrent_h": empty(), "h_tilde": empty()}
        return named if self.reset_after else named | {"reset_h": empty()}

    def loop(self, matrix, kept, skip=None):
        """Fill a workspace, one step after the other; `skip` (timesteps, 1, models, columns) carries the state over."""
        u = self.units
        names = ("product", "gates", "z", "r", "recurrent_h", "z_h", "h_tilde", "h_tm1", "h")
        steps = zip(by_model(kept["inputs"]), by_model(kept["product"]), *(kept[name] for name in names), strict=True)
        new = np.empty_like(kept["h"][0])
        for t, (inputs_t, product_t, z_zr, gates_t, z, r, recurrent_h, z_h, h_tilde, h_tm1, h) in enumerate(steps):
            np.matmul(matrix, inputs_t, out=product_t)
            self._gate(z_zr[: 2 * u], out=gates_t)
            if self.reset_after:
                recurrent_h[...] = z_zr[2 * u : 3 * u]
                np.multiply(r, recurrent_h, out=new)
                np.add(z_h, new, out=z_h)
            else:
                reset_h = kept["reset_h"][t]
                np.multiply(r, h_tm1, out=reset_h)
                np.matmul(matrix[:, 2 * u : 3 * u, :u], reset_h.swapaxes(0, 1), out=recurrent_h.swapaxes(0, 1))
                np.add(z_h, recurrent_h, out=z_h)
            self._activate(z_h, out=h_tilde)
            # z * h_tm1 + (1 - z) * h_tilde
            np.subtract(h_tm1, h_tilde, out=new)
            np.multiply(z, new, out=h)
            np.add(h, h_tilde, out=h)
            if skip is not None:
                np.copyto(h, h_tm1, where=skip[t])

    @classmethod
    def initialise(
        cls,
        input_dim,
        units,
        seed=0,
        *,
        reset_after=True,
        activation="tanh",
        recurrent_activation="sigmoid",
        dtype=np.float64,
    ):
        """A new cell, drawn as Keras does: glorot_uniform kernel, orthogonal recurrent kernel, zero bias."""
        kernel, recurrent_kernel = cls._draw(input_dim, units, seed, dtype, "orthogonal")
        return cls(
            kernel,
            recurrent_kernel,
            reset_after=reset_after,
            activation=activation,
            recurrent_activation=recurrent_activation,
        )


def stack(cells):
    """One cell that is many: the same kind and shape of cells along a new leading models axis.

    Its `run` takes x (models, batch, timesteps, input_dim), or (1, batch, ...) to give all the same input.
    """
    cells = list(cells)
    if not cells:
        raise ValueError("stack needs at least one cell; got none")
    first = cells[0]
    for cell in cells:
        if not isinstance(cell, _Cell):
            raise TypeError(f"stack takes cells; got {type(cell).__name__} {_short(cell)}")
        if type(cell) is not type(first) or cell.config != first.config or cell.kernel.shape != first.kernel.shape:
            raise ValueError(f"stacked cells must be of one kind and shape; got {first} and {cell}")
    kernel, recurrent_kernel, bias = (np.stack(w) for w in zip(*(c.weights for c in cells), strict=True))
    return type(first)(kernel, recurrent_kernel, bias, **first.config)
