"""Surgery on a trained LSTM: a gate held at a value, for some units, over some stretch of the text.

A gate is a learned layer, f = sigmoid(x W_f + h U_f + b_f). Set a unit's columns of W_f and U_f to zero and its bias to
logit(v), and its forget gate is v whatever is read. So a clamped cell is an ordinary cell with other weights, run by
the same step as every other: f = 1 with i = 0 keeps the cell state to the bit, and no clamp leaves all as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from lstm_viz.cells import LSTMCell, checks

__all__ = ["Clamp", "clamped_cell", "run"]

#: what can be clamped -> the block of the weights behind it; c is held by f = 1 and i = 0, emptied by f = 0 and i = 0
GATES = {"f": "f", "i": "i", "o": "o", "c_tilde": "c"}
#: a pre-activation at which the sigmoid is exactly 0 or 1 (and tanh -1 or 1), in float64 too
FAR = 1000.0


@dataclass(frozen=True)
class Clamp:
    """One cut: `gate` of `units` is `value` from timestep `start` up to, not including, `stop` (None: to the end).

    gate: "f", "i", "o", "c_tilde" or "c". units: a whole number, a list of them, or None for all. value: for a gate a
    number in [0, 1], for c_tilde one in [-1, 1], or "mean", each unit's own mean on held-out text; for "c" it is "held"
    (nothing is forgotten and nothing written) or 0 (emptied). o = 0 cuts a unit out: nobody sees it. ValueError or
    TypeError if these do not fit.
    """

    gate: str
    units: object = None
    value: object = 0.0
    start: int = 0
    stop: int | None = None

    def __post_init__(self):
        checks.one_of(self.gate, {**GATES, "c": ""}, "gate")
        units = self.units
        if units is not None:
            whole = isinstance(units, (int, np.integer)) and not isinstance(units, bool)
            units = [units] if whole else checks.listed(units, "units")
            object.__setattr__(self, "units", tuple(sorted({checks.whole(unit, "units", 0) for unit in units})))
        if self.gate == "c":
            if isinstance(self.value, str) and self.value == "held":
                pass
            elif isinstance(self.value, bool) or not np.isscalar(self.value) or self.value != 0:
                raise ValueError(f'value must be "held" or 0 for the cell state; got {checks.short(self.value)}')
        elif not (isinstance(self.value, str) and self.value == "mean"):
            least = -1 if self.gate == "c_tilde" else 0
            number = checks.number(self.value, "value", least)
            if number > 1:
                raise ValueError(f"value of {self.gate} must be from {least} to 1; got {checks.short(self.value)}")
        checks.whole(self.start, "start", 0)
        if self.stop is not None:
            checks.whole(self.stop, "stop", 0)

    def covers(self, start, stop):
        """Does it hold at every timestep from start up to, not including, stop?"""
        start, stop = checks.whole(start, "start", 0), checks.whole(stop, "stop", 0)
        return self.start <= start and (self.stop is None or stop <= self.stop)

    def __str__(self):
        held = "held" if self.value == "held" else "emptied"
        value = self.value if isinstance(self.value, str) else f"{self.value:g}"
        what = f"c {held}" if self.gate == "c" else f"{self.gate} = {value}"
        who = "all units" if self.units is None else "unit " + ", ".join(map(str, self.units))
        if self.start == 0 and self.stop is None:
            return f"{what} of {who}"
        return f"{what} of {who} from t = {self.start} to {'the end' if self.stop is None else self.stop - 1}"


def _before(value, activation):
    """The pre-activation that gives the value, (…): logit or arctanh, and +-FAR at the ends."""
    value = np.asarray(value, float)
    with np.errstate(divide="ignore"):
        z = np.arctanh(value) if activation == "tanh" else np.log(value) - np.log1p(-value)
    return np.clip(z, -FAR, FAR)


def clamped_cell(cell, clamps, means=None):
    """The cell with these clamps in its weights, whatever their stretch; a later clamp has the last word.

    means: {gate: (units,)} for "mean". TypeError if cell is no LSTM; ValueError for a unit that it does not have.
    """
    checks.same_kind(cell, LSTMCell, "cell", "an LSTM cell, whose gates can be clamped")
    if (cell.activation, cell.recurrent_activation) != ("tanh", "sigmoid"):
        raise ValueError(f"a clamp needs gates with sigmoid and a candidate with tanh; got {cell.config}")
    kernel, recurrent_kernel, bias = (np.array(weights) for weights in cell.weights)
    for clamp in clamps:
        units = np.arange(cell.units) if clamp.units is None else np.array(clamp.units, int)
        if units.size and units.max() >= cell.units:
            raise ValueError(f"units must be from 0 to {cell.units - 1}; got {units.max()}")
        pairs = [(clamp.gate, clamp.value)]
        if clamp.gate == "c":
            pairs = [("f", 1.0 if clamp.value == "held" else 0.0), ("i", 0.0)]
        for gate, value in pairs:
            if isinstance(value, str):
                if gate not in (means or {}):
                    raise ValueError(f'the means of {gate} are not known here, so value="mean" cannot be had')
                value = np.asarray(means[gate], float)[units]
            columns = cell.gates.index(GATES[gate]) * cell.units + units
            kernel[:, columns] = 0
            recurrent_kernel[:, columns] = 0
            bias[columns] = _before(value, "tanh" if gate == "c_tilde" else "sigmoid")
    return cell.replace(kernel=kernel, recurrent_kernel=recurrent_kernel, bias=bias)


def listed(clamps):
    """A list of Clamps: what is meant by one, a list of them, or none. TypeError for anything else."""
    clamps = [clamps] if isinstance(clamps, Clamp) else checks.listed(clamps, "clamps")
    return [checks.same_kind(clamp, Clamp, "clamps", "a Clamp, or a list of them") for clamp in clamps]


def stretches(clamps, timesteps):
    """[(start, stop, clamps that hold there), ...], without a gap, over the whole text."""
    ends = {0, timesteps}
    for clamp in clamps:
        ends |= {min(clamp.start, timesteps), timesteps if clamp.stop is None else min(clamp.stop, timesteps)}
    ends = sorted(ends)
    return [(start, stop, [clamp for clamp in clamps if clamp.covers(start, stop)]) for start, stop in pairwise(ends)]


def run(cell, x, clamps=(), means=None):
    """`cell.run(x)` of one sequence (timesteps, input_dim) with the clamps in force; returns one trace.

    Its `cell` is the one that made all of it, cut or not; None where a stretch alone is cut: then two did.
    """
    clamps = listed(clamps)
    if not clamps:
        return cell.run(x)
    pieces, state = [], None
    for start, stop, held in stretches(clamps, len(x)):
        here = clamped_cell(cell, held, means) if held else cell
        pieces.append(here.run(x[start:stop], state))
        state = pieces[-1].state
    first = pieces[0]
    values = {name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in first.names}
    for value in values.values():
        value.setflags(write=False)
    made_by = first.cell if all(piece.cell is first.cell for piece in pieces) else None
    return replace(first, x=np.concatenate([piece.x for piece in pieces]), cell=made_by, **values)
