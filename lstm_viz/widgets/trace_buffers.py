"""`TraceBuffers`: the numbers of one trace, sent to the browser once and read there by every view of it."""

from __future__ import annotations

import re
import weakref

import anywidget
import numpy as np
import traitlets

from lstm_viz.widgets._look import script
from lstm_viz.widgets._packing import FUNCTIONS, RULES, SMALL, packed, shifted, unpacked, worked_out

__all__ = ["TraceBuffers"]

#: numbers of one quantity (timesteps x units) that a browser still shows without stopping for seconds
MOST = 1_500_000


class TraceBuffers(anywidget.AnyWidget):
    """Quantities of one trace by name, each (timesteps, n) or (1, n), packed as `_packing` says. It shows nothing.

    `TraceBuffers.of(trace)` is the same one for every view of a trace, for as long as the trace lives. A text, which
    writes two decimals and draws no lines, takes `TraceBuffers.of_text`, where most numbers are one byte.
    """

    _esm = script("hear") + "\nexport default {initialize: hearAnyway};"

    quantities = traitlets.Dict().tag(sync=True)
    _coarse = False

    @classmethod
    def of(cls, trace):
        """The buffers of a trace of one sequence, made if they are not there yet; ValueError if it is too large."""
        return cls._of(trace, False)

    @classmethod
    def of_text(cls, trace, quantities, scaled=()):
        """Buffers of a trace with these quantities right to two decimals: the other views' if they have them all.

        scaled: those that are shaded on each unit's own range, which may be small: more than two decimals tell there.
        """
        found = _known.get((id(trace), False))
        if found is None or found.comm is None or set(quantities) - set(found.quantities):
            found = cls._of(trace, True)
            found.include(quantities, scaled=scaled)
        return found

    @classmethod
    def _of(cls, trace, coarse):
        size = trace.timesteps * max(trace.units, trace.input_dim)
        if size > MOST:
            raise ValueError(
                f"trace is too large to show: {trace.timesteps:,} timesteps x {max(trace.units, trace.input_dim):,} "
                f"values are {size:,} numbers in each picture, of at most {MOST:,}; run the cell on a part of x"
            )
        key = id(trace), coarse
        found = _known.get(key)
        if found is None or found.comm is None:  # closed by Widget.close_all
            found = _known[key] = cls()
            found._coarse = coarse
            weakref.finalize(trace, _known.pop, key, None)
        return found

    def include(self, quantities, digits=2, hovered=(), weights=None, scaled=()):
        """Have these quantities in the browser, too, right to `digits` decimals, the `hovered` to three.

        scaled: see `of_text`.

        weights: {"W_i": kernel block (input_dim, units), "p_i": (1, units)} of the cell, where it is known: with them
        the browser works out x W_i and c p_i.
        """
        new = {name: np.asarray(v) for name, v in quantities.items() if name not in self.quantities}
        if not new:
            return
        ready = dict(self.quantities)
        get = _reader(ready)
        for name in sorted(new, key=_rank):
            values, shown = new[name], max(3, digits) if name in hovered else digits
            base = name.removesuffix("_tm1")
            if values.size <= SMALL:
                ready[name] = packed(values)
            elif base != name and base in new and np.array_equal(values[1:], new[base][:-1]):
                ready[name] = shifted(base, values)
            elif rule := _rule(name, values, ready, get, weights or {}):
                how, names = rule
                ready[name] = worked_out(how, names, RULES[how](*map(get, names)), values, shown)
            else:
                ready[name] = packed(values, shown, coarse=self._coarse and name not in scaled)
        self.quantities = ready

    def read(self, name):
        """A quantity as the browser has it, float64 (timesteps, n) or (1, n)."""
        return _reader(self.quantities)(name)

    def __repr__(self):
        return f"<TraceBuffers: {len(self.quantities)} quantities>"


_known = {}
_OF_H = "h_tm1@U_"
_OF_X = re.compile(r"x@(W_\w*)(\+b_\w+)?")
_OF_C = re.compile(r"(c|c_tm1)@(p_\w+)")
_FACTORS = re.compile(r"(\w+|\(1-\w+\))\*(\w+)")

#: products in one matrix product that a browser makes in well under a second
_MOST_PRODUCTS = 30_000_000

#: what a quantity is a function of, where its layer has one of the usual activations
_FROM = {"tanh_c": "c", "c_tilde": "z_c", "h_tilde": "z_h"} | {gate: f"z_{gate}" for gate in "fiozr"}


def _rank(name):
    """What follows from other quantities comes after them."""
    return (
        name.startswith(_OF_H),
        bool(_FACTORS.fullmatch(name)),
        "@" in name,
        name.endswith("_tm1"),
        name.startswith("1-"),
        name in _FROM,
    )


def _rule(name, values, ready, get, weights):
    """(one of RULES, names of quantities that are there) which give these values, or nearly so; None if none does."""
    if factors := _FACTORS.fullmatch(name):
        names = [factor.strip("()") for factor in factors.groups()]
        return ("product", names) if set(names) <= set(ready) else None
    if name.startswith("1-"):
        return ("1-", [name[2:]]) if name[2:] in ready else None
    if name.startswith(_OF_H):
        return _rest_of(name.removeprefix(_OF_H), values, ready, get)
    if of_c := _OF_C.fullmatch(name):
        return ("product", [of_c[1], _sent_as_is(of_c[2], weights, ready)]) if of_c[2] in weights else None
    if of_x := _OF_X.fullmatch(name):
        kernel = weights.get(of_x[1])
        if kernel is None or "x" not in ready or kernel.nbytes > 2 * values.size:
            return None
        if kernel.size * len(values) > _MOST_PRODUCTS:
            return None
        names = ["x", _sent_as_is(of_x[1], weights, ready)]
        if of_x[2]:  # its bias is the same at every timestep
            names.append(_sent_as_is(f"bias of {name}", {f"bias of {name}": values[:1] - get("x")[:1] @ kernel}, ready))
        return "matmul", names
    source = _FROM.get(name)
    if source not in ready or get(source).shape != values.shape:
        return None
    with np.errstate(over="ignore"):
        fits = (f for f in FUNCTIONS if np.allclose(RULES[f](get(source)), values, 1e-3, 1e-3))
        function = next(fits, None)
    return function and (function, [source])


def _sent_as_is(name, weights, ready):
    """The name of these weights, which are now among what is `ready`."""
    ready[name] = packed(weights[name], digits=None)
    return name


def _rest_of(block, values, ready, get):
    """The rule for h U, which is what the other parts of a sum leave of it."""
    parts = [f"x@W_{block}", f"b_{block}", *(name for name in (f"c_tm1@p_{block}", f"c@p_{block}") if name in ready)]
    # z = x W + h U + b, which may be what a linear layer gives; or what a GRU resets after the product
    layers = {"": "z", "c": "c_tilde", "h": "h_tilde"}
    sums = [[z, *parts] for z in (f"z_{block}", f"log_{block}", layers.get(block))]
    sums.append([f"recurrent_{block}", f"b_{block}"])
    there = (names for names in sums if set(names) <= set(ready))
    whole = next((n for n in there if np.allclose(RULES["rest"](*map(get, n)), values, rtol=0, atol=1e-2)), None)
    return whole and ("rest", whole)


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
