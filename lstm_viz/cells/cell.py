"""What all cells share: checking the weights, running the step over a sequence, being drawn."""

from __future__ import annotations

import math
from functools import cached_property
from types import MappingProxyType

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.cells.activations import ACTIVATIONS
from lstm_viz.cells.kinds import KINDS
from lstm_viz.cells.loop import LoopShape, Workspace, loop
from lstm_viz.cells.trace import Trace


class Cell:
    """What the three cells share: checking the weights, and running the step over a sequence."""

    kind = ""
    trace_type = Trace
    gates = ()  # the blocks along the weights' last axis
    state_names = ("h",)
    letters = ()  # the arrays that `_step` names
    reverse = None  # its way back, a `back.Reverse`
    shown = ("h",)  # the values that a view shows first
    pictured = None  # what it says of itself for pictures, a `declarations.Pictured`

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "kind" in vars(cls):
            KINDS[cls.kind] = cls

    def __init__(self, kernel, recurrent_kernel, bias=None, *, activation="tanh"):
        kernel = checks.floats(kernel, "kernel")
        recurrent_kernel = checks.floats(recurrent_kernel, "recurrent_kernel")
        n = len(self.gates)
        if recurrent_kernel.ndim < 2 or recurrent_kernel.shape[-1] != n * recurrent_kernel.shape[-2]:
            raise ValueError(
                f"recurrent_kernel of this {self.kind} must have shape (units, {f'{n} * ' if n > 1 else ''}units)"
                f"; got {checks.shape_text(recurrent_kernel.shape)}"
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
                f"kernel must have shape {checks.shape_text((*lead, 'input_dim', n * units))} to fit a "
                f"recurrent_kernel of shape {checks.shape_text(recurrent_kernel.shape)}"
                f"; got {checks.shape_text(kernel.shape)}"
            )
        bias_shape = lead + self._bias_shape(units)
        if bias is None:
            bias = np.zeros(bias_shape, np.result_type(kernel, recurrent_kernel))
        bias = checks.floats(bias, "bias")
        if bias.shape != bias_shape:
            raise ValueError(
                f"bias must have shape {bias_shape} to fit a recurrent_kernel of shape {recurrent_kernel.shape}"
                f"; got {checks.shape_text(bias.shape)}"
            )
        self.dtype = np.result_type(kernel, recurrent_kernel, bias)
        self.kernel = checks.frozen(kernel.astype(self.dtype))
        self.recurrent_kernel = checks.frozen(recurrent_kernel.astype(self.dtype))
        self.bias = checks.frozen(bias.astype(self.dtype))
        self.units = units
        self.input_dim = kernel.shape[-2]
        self.activation = activation
        self._activate = checks.one_of(activation, ACTIVATIONS, "activation").function

    @classmethod
    def pictured_as(cls, trace):
        """How a trace of this kind is drawn and written, a `declarations.Pictured`."""
        return cls.pictured

    def _bias_shape(self, units):
        return (len(self.gates) * units,)

    def __setattr__(self, name, value):
        if name in self.__dict__:
            raise AttributeError(f"{type(self).__name__} is immutable; make a new one with replace({name}=...)")
        super().__setattr__(name, value)

    #: {block: weights (..., units)} of the layers that see a state through a peephole, each unit its own
    peepholes = MappingProxyType({})

    @property
    def biases(self):
        """What is added to the pre-activations whatever the input, (rows, blocks * units): rows just add up."""
        return np.atleast_2d(self.bias[..., : len(self.gates) * self.units])

    @property
    def weights(self):
        """[kernel, recurrent_kernel, bias], as `layer.get_weights()` has them."""
        return [self.kernel, self.recurrent_kernel, self.bias]

    #: False where no layer reads h_tm1: the recurrent kernel is zero, and no gradient changes it
    reads_h = True

    @property
    def parameters(self):
        """How many numbers it learns."""
        return sum(w.size for w in self.weights) - (0 if self.reads_h else self.recurrent_kernel.size)

    @property
    def stacked(self):
        """The models axes of a stack of cells; () for a single one."""
        return self.kernel.shape[:-2]

    def member(self, number):
        """One cell of a stack, by its number among all."""
        number = checks.whole(number, "number", 0, most=math.prod(self.stacked) - 1)
        weights = (w[number] for w in self.model_weights(self.dtype))
        return type(self)(*weights, **self.config)

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
        dtype = checks.float_dtype(dtype)
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
        x_t = checks.floats(x_t, "x_t")
        if x_t.ndim < 1 or x_t.shape[-1] != self.input_dim:
            raise ValueError(
                f"x_t must have shape (..., {self.input_dim}), the cell's input_dim last"
                f"; got {checks.shape_text(x_t.shape)}"
            )
        return self._run(x_t[..., None, :], state)[0]

    def run(self, x, initial_state=None, *, mask=None):
        """Run a sequence: the step, once per timestep.

        x (..., timesteps, input_dim); `initial_state` as `state` in `step`; `mask` (..., timesteps) of booleans, False
        where the state is to be carried over unchanged (Keras's semantics). Returns a trace that holds every
        value, each (..., timesteps, units). Float32 input and weights give float32; otherwise float64.
        ValueError on wrong shapes, an empty sequence, NaN or infinite input.
        """
        x = checks.floats(x, "x")
        if x.ndim < 2 or x.shape[-1] != self.input_dim:
            raise ValueError(
                f"x must have shape (..., timesteps, {self.input_dim}), the cell's input_dim last"
                f"; got {checks.shape_text(x.shape)}"
            )
        if 0 in x.shape:
            raise ValueError(f"x must not be empty; got shape {x.shape}")
        return self._run(x, initial_state, mask)

    def _run(self, x, initial_state, mask=None):
        stacked = self.stacked
        if stacked and (
            x.ndim < len(stacked) + 3 or not checks.broadcastable(x.shape[-3 - len(stacked) : -3], stacked)
        ):
            raise ValueError(
                f"x must have shape {checks.shape_text((*stacked, 'batch', 'timesteps', self.input_dim))} for a stack "
                f"of {'x'.join(map(str, stacked))} cells; got {checks.shape_text(x.shape)}"
            )
        dtype = np.result_type(x, self.dtype)
        lead = np.broadcast_shapes(x.shape[:-2], (*stacked, 1)) if stacked else x.shape[:-2]
        state = self._checked_state(initial_state, lead, dtype)
        shape = LoopShape(lead, len(stacked))
        skip, carried = None, ()
        if mask is not None:
            mask = self._checked_mask(mask, (*lead, x.shape[-2]))
            skip = shape.rows(~mask[..., None])
            carried = [name + before for name in self.state_names for before in ("_tm1", "")]
        checks.affordable(
            math.prod(lead) * x.shape[-2] * self.units * (len(self.trace_type.names) + 2),
            dtype,
            f"the trace of {math.prod(lead)} sequences of {x.shape[-2]} timesteps and {self.units} units",
        )
        kept = Workspace(self, x.shape[-2], shape.models, shape.columns, dtype)
        kept["x"][...] = shape.rows(x)
        if initial_state is not None:  # zeros are there
            for name, value in zip(self.state_names, state, strict=True):
                kept[f"{name}_tm1"][0] = shape.rows(value[..., None, :])[0]
        with np.errstate(over="ignore", invalid="ignore"):  # told below, in words
            loop(self, self._matrix if dtype == self.dtype else self._packed(dtype), kept.steps(carried), skip)
            self._check_range(kept)
        values = {name: shape.lead_first(kept[name]) for name in self.trace_type.names}
        for value in (*values.values(), *state):
            value.setflags(write=False)
        trace = self.trace_type(
            x=checks.frozen(x.astype(dtype, copy=False)),
            initial_state=state if len(state) > 1 else state[0],
            mask=mask,
            cell=self,
            **self._trace_settings(),
            **values,
        )
        object.__setattr__(trace, "_workspace", kept)
        return trace

    def _check_range(self, kept):
        """Overflow if a value left the range of its floats, naming the first and when it did."""
        # One NaN or infinity makes the sum one, and a sum is quick; where finite numbers overflow it, look closely.
        # What h was, the next pre-activations tell: only its last is looked at.
        total = np.add.reduce(kept["zs"], axis=None) + np.add.reduce(kept["h"][-1], axis=None)
        for name in self.state_names[1:]:
            total += np.add.reduce(kept[name], axis=None)
        if math.isfinite(total):
            return
        wrong = {name: ~np.isfinite(kept[name]).all(axis=(1, 2, 3)) for name in self.trace_type.names}
        if not any(w.any() for w in wrong.values()):
            return
        name = min((n for n in wrong if wrong[n].any()), key=lambda n: int(wrong[n].argmax()))
        t = int(wrong[name].argmax())
        raise checks.Overflow(
            f"{name} of this {self.kind} left the range of {kept.dtype} at timestep {t}: the numbers grow without "
            f"limit with these weights and activation={self.activation!r}, or x or the state is too large",
            name,
            t,
        )

    def _trace_settings(self):
        """What a trace says of its cell beside the values."""
        return {}

    def model_weights(self, dtype):
        """The weights as float32 or float64 with exactly one leading models axis, of length 1 for a single cell."""
        return self._model_weights(checks.float_dtype(dtype))

    def _model_weights(self, dtype):
        return [w.reshape(-1, *w.shape[self.kernel.ndim - 2 :]).astype(dtype, copy=False) for w in self.weights]

    def _checked_mask(self, mask, shape):
        try:
            mask = checks.as_array(mask)
        except Exception:
            raise ValueError(
                f"mask must be booleans of shape {checks.shape_text(shape)}; got {checks.short(mask)}"
            ) from None
        if mask.dtype != np.bool_ or not checks.broadcastable(mask.shape, shape):
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
            part = checks.floats(part, f"state {name}")
            if part.ndim < 1 or part.shape[-1] != self.units or not checks.broadcastable(part.shape[:-1], lead):
                raise ValueError(
                    f"state {name} must have shape {(*lead, self.units)}; got {checks.shape_text(part.shape)}"
                )
            with np.errstate(over="ignore"):
                part = checks.floats(part.astype(dtype), f"state {name} as {np.dtype(dtype)}")
            checked.append(np.broadcast_to(part, (*lead, self.units)).astype(dtype))
        return tuple(checked)

    # -- the loop over the timesteps, shared by run, gradients and training --

    def workspace(self, timesteps, models, columns, dtype, *, pre_activations=True):
        """The arrays that the loop fills, a `Workspace`; ValueError if they would take more than 4 GB."""
        counts = {"timesteps": timesteps, "models": models, "columns": columns}
        counts = [checks.whole(count, name) for name, count in counts.items()]
        dtype, pre_activations = checks.float_dtype(dtype), checks.flag(pre_activations, "pre_activations")
        width = self.input_dim + (len(self.trace_type.names) + 2) * self.units
        checks.affordable(math.prod(counts) * width, dtype, "a workspace of this size")
        return Workspace(self, *counts, dtype, pre_activations=pre_activations)

    def _arrays(self, room):
        """{name: array} of a kind's own values in a workspace."""
        raise NotImplementedError

    def _step(self, W, v):
        """One timestep in place: v names its arrays, by `letters`."""
        raise NotImplementedError

    def _carry(self, v, skipped):
        """Where a step is skipped, its state is the one before."""
        for name in self.state_names:
            np.copyto(getattr(v, name), getattr(v, f"{name}_tm1"), where=skipped)

    def pack(self, kernel, recurrent_kernel, bias):
        """All weights of each model as one matrix (models, rows, units + input_dim + 1) for [h_tm1, x_t, 1].

        They come as `model_weights` has them, each with its models axis. How the rows are ordered says `_pack`.
        """
        names, checked, models = ("kernel", "recurrent_kernel", "bias"), [], "models"
        for name, value, own in zip(names, (kernel, recurrent_kernel, bias), self.weights, strict=True):
            axes = (models, *own.shape[self.kernel.ndim - 2 :])
            checked.append(checks.shaped(value, name, axes, finite=False))
            models = len(checked[0])
        return self._pack(*checked)

    @cached_property
    def _matrix(self):
        """The cell's own weights packed, once for all its runs."""
        return checks.frozen(self._packed(self.dtype))

    def _packed(self, dtype):
        return self._pack(*self._model_weights(dtype))

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if name != "_matrix"}

    def _pack(self, kernel, recurrent_kernel, bias):
        return np.concatenate([recurrent_kernel, kernel, bias[..., None, :]], axis=-2).swapaxes(-1, -2).copy()

    def unpack(self, matrix):
        """[kernel, recurrent_kernel, bias], each with its models axis, out of such a matrix or its gradient."""
        axes = ("models", self.reverse.rows * self.units, self._columns)
        return self._unpack(checks.shaped(matrix, "matrix", axes, finite=False))

    @property
    def _columns(self):
        """How many columns the matrix of all weights has."""
        return self.units + self.input_dim + 1

    def _unpack(self, matrix):
        columns, u = matrix.swapaxes(-1, -2), self.units
        return [columns[..., u:-1, :], columns[..., :u, :], columns[..., -1, :]]

    @classmethod
    def cost(cls):
        """Products per unit and timestep, relative to a SimpleRNN."""
        return len(cls.gates)

    # -- initialisation --

    @classmethod
    def _draw(cls, input_dim, units, seed, dtype, recurrent):
        """Keras's default kernels: glorot_uniform input kernel, orthogonal recurrent kernel."""
        input_dim, units = checks.whole(input_dim, "input_dim"), checks.whole(units, "units", most=checks.MOST_UNITS)
        seed = checks.seed(seed)
        checks.affordable(
            input_dim * len(cls.gates) * units * 8, np.float64, f"a kernel of input_dim {checks.short(input_dim)}"
        )
        dtype = checks.float_dtype(dtype)
        rng = np.random.default_rng(seed)
        width = len(cls.gates) * units
        limit = np.sqrt(6.0 / (input_dim + width))
        kernel = rng.uniform(-limit, limit, (input_dim, width))
        if isinstance(recurrent, str) and recurrent == "orthogonal":
            q, r = np.linalg.qr(rng.standard_normal((width, units)))
            recurrent_kernel = (q * np.sign(np.diag(r))).T
        elif isinstance(recurrent, str) and recurrent == "normal":
            recurrent_kernel = rng.standard_normal((units, width)) / np.sqrt(units)
        else:
            raise ValueError(f"recurrent must be 'orthogonal' or 'normal'; got {checks.short(recurrent)}")
        return kernel.astype(dtype), np.ascontiguousarray(recurrent_kernel, dtype)
