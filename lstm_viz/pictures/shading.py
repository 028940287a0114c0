"""`shading`: how a text is shaded by what a cell computed as it read it: colours, their range, and words for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.pictures import _figure_parts as parts
from lstm_viz.pictures._svg_colours import palette
from lstm_viz.pictures.style import QUANTITIES, SEQUENTIAL, value_range

__all__ = ["Shade", "measure_shade", "shading"]


@dataclass(frozen=True)
class Shade:
    """How one quantity shades text: `label` in words, `symbol` in plain text, 33 `colours` from `low` to `high`.

    low and high are None where each unit has its own range, symmetric about 0, as a cell state has.
    """

    label: str
    symbol: str
    colours: tuple
    low: float | None
    high: float | None


def shading(trace):
    """{name: `Shade`} of every value of the trace of one sequence that has a colour: the states first, then the rest.

    Gates go from paper to their colour; states and candidates from ink (negative) over paper (0) to their colour
    (positive). A range is the quantity's own where it has one and no value leaves it. TypeError or ValueError for
    what is no trace of one sequence.
    """
    parts.check_trace(trace)
    names = [name for name in ("c", "h") if name in trace.names]
    names += [name for name in trace.names if name in QUANTITIES and name not in names]
    shades = {}
    for name in names:
        how = parts.quantity(trace, name)
        low, high = value_range(how, [getattr(trace, name)])
        scale = parts.colour_scale(how.colour, low)
        own = how.low is None or (low, high) != (how.low, how.high)
        span = (None, None) if own and low < 0 else (float(low), float(high))
        symbol = parts.plain(how.symbol).removesuffix("t").strip()
        shades[name] = Shade(how.label, symbol, tuple(palette(scale)), *span)
    return shades


def measure_shade(label, values):
    """`Shade` of a number per timestep, (timesteps,), from 0 (or its least value) to its largest; NaN has no colour.

    ValueError for what is no row of numbers, or holds infinity.
    """
    label = checks.text(label, "each label of measures")
    values = checks.shaped(values, f"measure {checks.short(label)}", ("timesteps",), finite=False)
    known = values[~np.isnan(values)]
    low, high = float(known.min(initial=0.0)), float(known.max(initial=0.0))
    if not np.isfinite(high - low):
        raise ValueError(f"measure {checks.short(label)} must hold finite numbers, or NaN for none; got infinity")
    return Shade(label, "", tuple(palette(SEQUENTIAL)), low, high if high > low else low + 1.0)
