"""`TraceBuffers`: the numbers of one trace, sent to the browser once and read there by every view of it."""

from __future__ import annotations

import re
import weakref

import anywidget
import numpy as np
import traitlets

from lstm_viz.widgets._packing import FUNCTIONS, SMALL, packed, shifted, unpacked, worked_out

__all__ = ["TraceBuffers"]

#: numbers of one quantity (timesteps x units) that a browser still shows without stopping for seconds
MOST = 1_500_000


class TraceBuffers(anywidget.AnyWidget):
    """Quantities of one trace by name, each (timesteps, n) or (1, n), packed as `_packing` says. It shows nothing.

    `TraceBuffers.of(trace)` is the same one for every view of a trace, for as long as the trace lives.
    """

    _esm = "export default {};"

    quantities = traitlets.Dict().tag(sync=True)

    @classmethod
    def of(cls, trace):
        """The buffers of a trace of one sequence, made if they are not there yet; ValueError if it is too large."""
        size = trace.timesteps * max(trace.units, trace.input_dim)
        if size > MOST:
            raise ValueError(
                f"trace is too large to show: {trace.timesteps:,} timesteps x {max(trace.units, trace.input_dim):,} "
                f"values are {size:,} numbers in each picture, of at most {MOST:,}; run the cell on a part of x"
            )
        found = _known.get(id(trace))
        if found is None or found.comm is None:  # closed by Widget.close_all
            found = _known[id(trace)] = cls()
            weakref.finalize(trace, _known.pop, id(trace), None)
        return found

    def include(self, quantities, digits=2, hovered=()):
        """Have these quantities in the browser, too, right to `digits` decimals, the `hovered` to three."""
        new = {name: np.asarray(v) for name, v in quantities.items() if name not in self.quantities}
        if not new:
            return
        ready = dict(self.quantities)
        get = _reader(ready)

        # what follows from others comes after them
        for name in sorted(
            new, key=lambda name: (bool(_FACTORS.fullmatch(name)), name.endswith("_tm1"), name in _FROM)
        ):
            values, shown = new[name], max(3, digits) if name in hovered else digits
            base = name.removesuffix("_tm1")
            factors = _FACTORS.fullmatch(name)
            if values.size <= SMALL:
                ready[name] = packed(values)
            elif base != name and base in new and np.array_equal(values[1:], new[base][:-1]):
                ready[name] = shifted(base, values)
            elif factors and set(factors.groups()) <= set(ready):
                guess = np.multiply(*map(get, factors.groups()))
                ready[name] = worked_out("product", factors.groups(), guess, values, shown)
            elif function := _function(name, new):
                source = _FROM[name]
                guess = FUNCTIONS[function](get(source))
                ready[name] = worked_out(function, [source], guess, values, shown)
            else:
                ready[name] = packed(values, shown)
        self.quantities = ready

    def read(self, name):
        """A quantity as the browser has it, float64 (timesteps, n) or (1, n)."""
        return _reader(self.quantities)(name)

    def __repr__(self):
        return f"<TraceBuffers: {len(self.quantities)} quantities>"


_known = {}
_FACTORS = re.compile(r"(\w+)\*(\w+)")

#: what a quantity is a function of, where its layer has one of the usual activations
_FROM = {"tanh_c": "c", "c_tilde": "z_c", "h_tilde": "z_h"} | {gate: f"z_{gate}" for gate in "fiozr"}


def _function(name, values):
    """The function that gives these values from what they come from, or None."""
    source = values.get(_FROM.get(name))
    if source is None or source.shape != values[name].shape:
        return None
    with np.errstate(over="ignore"):
        fits = (f for f, function in FUNCTIONS.items() if np.allclose(function(source), values[name], 1e-4, 1e-5))
        return next(fits, None)


def _reader(quantities):
    """get(name): what is packed under a name, unpacked, together with all that it follows from."""
    known = {}

    def get(name):
        if name not in known:
            how = quantities[name]
            of = [how["of"]] if isinstance(how.get("of"), str) else how.get("of", ())
            known[name] = unpacked(how, {other: get(other) for other in of})
        return known[name]

    return get
