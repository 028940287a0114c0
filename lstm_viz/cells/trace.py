"""What a run keeps: every value of every timestep, and the cell that computed it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from lstm_viz.cells.checks import short


@dataclass(frozen=True, repr=False, eq=False)
class Trace:
    """What a cell computed over a sequence. Every value has shape (..., timesteps, units).

    `trace[t]` is the same kind of object with the values of timestep t alone, each (..., units).
    `x` is the input and `initial_state` the state before the first step, so h[t-1] and c[t-1] are known at t=0.

    `mask`, if the run had one, is (..., timesteps), False where the step was skipped: there h (and c) are the
    step's before, carried over, while the other values are what the cell computed and nothing used.
    `cell` is the cell that made it (None where nobody can say).
    `go_backwards` says that a layer read its input from the end: timestep t of the trace is the t-th step that was
    computed, `x` is in that order too, and `input_steps` says which step of the input each one read.
    """

    x: np.ndarray
    initial_state: object = field(kw_only=True)
    time_axis: int | None = field(default=-2, kw_only=True)
    mask: np.ndarray | None = field(default=None, kw_only=True)
    go_backwards: bool = field(default=False, kw_only=True)
    cell: object = field(default=None, kw_only=True)

    # the loop's own arrays, whose views the values are, so that `gradients` need not copy them back; not a field, so
    # that a trace with changed values never has those of another, and never pickled
    _workspace = None

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if name != "_workspace"}

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
        if isinstance(t, (bool, np.bool_)) or not isinstance(t, (int, np.integer)):
            raise TypeError(f"a trace is indexed by one timestep, an int; got {short(t)}")
        if not -length <= t < length:
            raise IndexError(f"timestep {short(t)} is outside this trace, whose timesteps are 0 to {length - 1}")
        position = int(t) % length
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
        """The same trace for some of the leading axes: `trace.select(3)`, `trace.select((0, 3))`, `select(slice(4))`.

        What comes back has shape (timesteps, units) per value when `index` names every leading axis. IndexError where
        there is no such member, or no such axis; TypeError for what is neither a whole number nor a slice.
        """
        if self.time_axis is None:
            raise TypeError("select works on the trace of a whole run, not on a single timestep")
        leading = self.h.shape[:-2]
        index = _checked_index(index, leading)

        def pick(value, core):
            return np.broadcast_to(value, leading + value.shape[value.ndim - core :])[index]

        state = self.initial_state
        state = tuple(pick(s, 1) for s in state) if isinstance(state, tuple) else pick(state, 1)
        values = {name: pick(getattr(self, name), 2) for name in self.names}
        mask = None if self.mask is None else pick(self.mask, 1)
        cell = self._cell_of(index, leading)
        return replace(self, x=pick(self.x, 2), initial_state=state, mask=mask, cell=cell, **values)

    def _cell_of(self, index, leading):
        """The cell of the selected sequences: of a stack, the one model that made them all, if it was one."""
        stacked = getattr(self.cell, "stacked", ())
        if not stacked:
            return self.cell
        numbers = np.arange(math.prod(stacked)).reshape(*stacked, 1)
        chosen = np.unique(np.broadcast_to(numbers, leading)[index])
        return self.cell.member(chosen[0]) if len(chosen) == 1 else None

    def __repr__(self):
        if self.time_axis is None:
            return f"<one {self.kind} step, {self.units} units>"
        lead = "".join(f"{n} x " for n in self.h.shape[:-2])
        return f"<{self.kind} trace: {lead}{len(self)} timesteps, {self.input_dim} inputs, {self.units} units>"


@dataclass(frozen=True, repr=False, eq=False)
class CellStateTrace(Trace):
    """A trace with a cell state c beside the hidden state h."""

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


def _checked_index(index, leading):
    """A tuple of whole numbers and slices for the leading axes, which must leave something."""
    parts = index if isinstance(index, tuple) else (index,)
    for part in parts:
        whole = isinstance(part, (int, np.integer)) and not isinstance(part, bool)
        if not whole and not isinstance(part, slice):
            raise TypeError(f"select takes whole numbers and slices, one per leading axis; got {short(part)}")
    if len(parts) > len(leading):
        axes = f"leading axes {leading}" if leading else "no leading axes: it is one sequence"
        raise IndexError(f"select({short(index)}) names {len(parts)} axes, but this trace has {axes}")
    for part, size in zip(parts, leading, strict=False):
        try:
            empty = len(range(size)[part]) == 0 if isinstance(part, slice) else not -size <= part < size
        except (TypeError, ValueError):
            raise TypeError(f"a slice in select is made of whole numbers; got {short(part)}") from None
        if empty:
            raise IndexError(f"select({short(index)}) is outside this trace, whose leading axes are {leading}")
    return parts


def whole_run(trace, name="trace", kind=None):
    """`trace`, which must be that of a whole run (of a kind of cell); TypeError or ValueError in a sentence."""
    wanted = f"the trace of an {kind}'s whole run" if kind else "of a whole run, as `cell.run` returns it"
    if not isinstance(trace, Trace):
        raise TypeError(f"{name} must be {wanted}; got {short(trace)}")
    if trace.time_axis is None or (kind and trace.kind != kind):
        raise ValueError(f"{name} must be {wanted}; got {trace!r}")
    return trace
