"""What the figures share: quantities as they are shown, cursors and frames, plots; and, from the two modules beside it,
checked arguments and the layout.
"""

from __future__ import annotations

import math

import numpy as np

from lstm_viz.pictures._figure_arguments import (  # noqa: F401 (figures and labs read them here)
    check_array,
    check_index,
    check_labels,
    check_names,
    check_title,
    check_trace,
    check_traces,
    check_wanted,
    labels_as_read,
    short,
)
from lstm_viz.pictures._figure_layout import (  # noqa: F401 (figures and labs read them here)
    LEFT,
    PHONE,
    RIGHT,
    ROW_TITLE,
    TEXT,
    TICK,
    TITLE,
    WIDE,
    Rows,
    axis_name,
    axis_title,
    every_label_fits,
    fit_time,
    plain,
    thinning,
    tick_text,
    time_axis,
    title_pad,
    wrapped,
)
from lstm_viz.pictures.style import (
    GRID,
    INK,
    MUTED,
    PAPER,
    QUANTITIES,
    SEQUENTIAL,
    Quantity,
    colour_scale,
    see_through,
    value_range,
)
from lstm_viz.pictures.text_width import text_width

#: what to look for in a row, after its name
MEANING = {
    "x": "what the cell reads",
    "f": "0 forgets the old cell state, 1 keeps it",
    "i": "0 writes nothing, 1 writes the candidate",
    "c_tilde": "what could be written",
    "o": "0 hides the cell state, 1 shows it",
    "c": "what is remembered",
    "tanh_c": "before the output gate",
    "h": "what is passed on",
    "z": "1 keeps the old state, 0 takes the candidate",
    "share": "1 keeps the old state, 0 takes the candidate",
    "log_n": "how much there is to keep",
    "r": "0 leaves the old state out of the candidate",
    "h_tilde": "what could be written",
    "recurrent_h": "what the old state gives the candidate",
}


# --- quantities -------------------------------------------------------------------------------------------


def quantity(trace, name):
    """How the value `name` of this trace is shown; `z` is a gate where it has a pre-activation, else one itself."""
    if name == "z" and "z_z" not in trace.names:
        return Quantity("z<sub>t</sub>", "pre-activation", QUANTITIES["c_tilde"].colour, None, None, "longdash")
    if name == "recurrent_h":
        return Quantity("u<sub>t</sub>", "recurrent part", QUANTITIES["h"].colour, None, None, "longdashdot")
    if name.startswith("z_"):
        of = {"c": "c_tilde", "h": "h_tilde"}.get(name[2:], name[2:])
        gate = QUANTITIES[of]
        symbol = f"z<sub>{name[2:]}</sub>"
        return Quantity(symbol, f"pre-activation of the {gate.label}", gate.colour, None, None, gate.dash)
    return QUANTITIES[name]


def is_gate(how):
    return how.low == 0.0


def is_masked(trace, name):
    """Does this value mean nothing at the timesteps that a mask skipped?"""
    return trace.mask is not None and name not in ("h", "c", "x")


def unmasked(trace, name):
    """The value `name` (timesteps, n), NaN at the timesteps that a mask skipped, where only the state has a meaning."""
    values = getattr(trace, name)
    if not is_masked(trace, name):
        return values
    return np.where(trace.mask[:, None], values, np.nan)


def axis_range(trace, group, units=slice(None)):
    """(low, high) of an axis for the values `group`, {name: Quantity}, of these units (all, or one), with some air."""
    spans = [value_range(how, [unmasked(trace, name)[:, units]]) for name, how in group.items()]
    low, high = min(low for low, _ in spans), max(high for _, high in spans)
    pad = 0.05 * (high - low)
    return low - pad, high + pad


def tick_step(low, high, most):
    """The distance of ticks at round numbers, 0 among them: two at least lie in the range, three if `most` > 3."""
    fewest = 2 if most < 4 else 3
    power = math.floor(math.log10(high - low))
    for exponent in range(power, power - 3, -1):
        for digit in (5, 4, 3, 2, 1):
            step = digit * 10.0**exponent
            if math.floor(high / step + 1e-9) - math.ceil(low / step - 1e-9) + 1 >= fewest:
                return float(f"{step:.1g}")
    raise ValueError(f"no step fits between {low} and {high}")


def row_title(trace, name, prefix=""):
    how = quantity(trace, name)
    meaning = None if name == "z" and "z_z" not in trace.names else MEANING.get(name)
    return prefix + f"<b>{how.symbol}</b> {how.label}" + (f": {meaning}" if meaning else "")


def hollow(data, rows):
    """The data without values, each saying whose they are, for a view that has them: its `meta` is what it needs.

    data: the traces of a plotly figure; rows: (key, trace, name, reversed) of each.
    """
    for plot, (key, trace, name, backwards) in zip(data, rows, strict=True):
        for values in ("z", "y", "text"):
            plot.pop(values, None)
        plot["meta"] = {"quantity": name, "of": key, "masked": is_masked(trace, name), "reversed": backwards}
    return data


def small(array):
    """Half the bytes on the way to the browser, and still more digits than a screen shows."""
    return np.ascontiguousarray(array, dtype=np.float32)


# --- cursor and frames ------------------------------------------------------------------------------------


def cursor(t=0, xref="x"):
    """The column of timestep t, over every plot that shares the axis `xref`."""
    return {
        "type": "rect",
        "xref": xref,
        "yref": "paper",
        "x0": t - 0.5,
        "x1": t + 0.5,
        "y0": 0,
        "y1": 1,
        "line": {"color": INK, "width": 2},
        "fillcolor": see_through(PAPER, 0),
        "layer": "above",
    }


def time_frames(timesteps, *, shapes=None, data=None, traces=None):
    """One frame per timestep that moves the cursor; `shapes(t)` and `data(t)` say what else it moves."""
    frames = []
    for t in range(timesteps):
        frame = {"name": f"t:{t}", "group": "t", "layout": {"shapes": shapes(t) if shapes else [column(t)]}}
        if data:
            frame |= {"data": data(t), "traces": traces}
        frames.append(frame)
    return frames


def column(t):
    """What of the cursor moves with t."""
    return {"x0": t - 0.5, "x1": t + 0.5}


# --- plots ------------------------------------------------------------------------------------------------


def heatmap(values, how, *, span, row, rows, hover="unit"):
    """A heatmap (columns are timesteps) in the given row, with its own colour bar beside it."""
    low, high = span
    y0, y1 = rows.domains[row]
    ticks = [low, 0, high] if low < 0 else [low, high]
    return {
        "type": "heatmap",
        "z": small(np.transpose(values)),
        "zmin": low,
        "zmax": high,
        "colorscale": colour_scale(how.colour, low),
        "xaxis": "x",
        "yaxis": axis_name("y", row + 1)[0],
        "name": how.label,
        "hovertemplate": f"{how.symbol} %{{z:.3f}}<br>t %{{x}}, {hover} %{{y}}<extra></extra>",
        "colorbar": {
            "x": 1.0,
            "xpad": 8,
            "ypad": 0,
            "xanchor": "left",
            "y": (y0 + y1) / 2,
            "yanchor": "middle",
            "len": y1 - y0,
            "thickness": 10,
            "outlinewidth": 0,
            "tickvals": ticks,
            "ticktext": [f"{v:.2g}" if abs(v) < 100 else f"{v:.0f}" for v in ticks],
            "tickfont": {"size": TEXT},
        },
    }


def left_of(texts):
    """The left margin that ticks with these texts and the axis's title need."""
    return 40 + int(max(text_width(text, TEXT) for text in texts))


def legend_width(quantities):
    """Pixels of a legend in one row that names these quantities."""
    return sum(60 + text_width(plain(f"{how.symbol} {how.label}"), TEXT) for how in quantities)


def unit_axis(count, domain, title="unit", most=4):
    """The upright axis of a heatmap, unit 0 on top, with as few ticks as tell the units apart, about `most`."""
    step = thinning(count, most) if count > most else 1
    ticks = list(range(0, count, step))
    return {
        "domain": list(domain),
        "range": [count - 0.5, -0.5],
        "tickvals": ticks,
        "showgrid": False,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 4,
        "tickfont": {"size": TEXT},
        "title": axis_title(title, 4),
    }


def value_axis(low, high, domain, *, ticks=None, title=None, most=5):
    axis = {
        "domain": list(domain),
        "range": [low, high],
        "gridcolor": GRID,
        "zeroline": bool(low < 0),
        "zerolinecolor": MUTED,
        "zerolinewidth": 1,
        "ticks": "outside",
        "ticklen": 4,
        "tickfont": {"size": TEXT},
        "nticks": most,
    }
    if ticks is not None:
        axis |= {"tickmode": "array", "tickvals": ticks}
    if title:
        axis["title"] = axis_title(title, 4)
    return axis


def line(trace, name, how, unit, labels):
    """One unit's value over time."""
    colour, dash = how.colour, how.dash
    return {
        "type": "scatter",
        "y": small(unmasked(trace, name)[:, unit]),
        "mode": "lines+markers" if len(trace) <= 64 else "lines",
        "name": f"{how.symbol} {how.label}",
        "line": {"color": colour, "dash": dash, "width": 2 if len(trace) <= 200 else 1.2},
        "marker": {"color": colour, "size": 5},
        "text": labels,
        "hovertemplate": f"{how.symbol} %{{y:.3f}}<br>t %{{x}}{' (%{text})' if labels else ''}<extra></extra>",
    }


def unit_frames(trace, names, titles):
    """One frame per unit with that unit's lines, in the order of `names`, and its title."""
    values = np.stack([small(unmasked(trace, name).T) for name in names], axis=1)
    traces = list(range(len(names)))
    return [
        {
            "name": f"unit:{unit}",
            "group": "unit",
            "data": [{"type": "scatter", "y": y} for y in lines],
            "traces": traces,
            "layout": {
                "title": {"text": wrapped(titles[unit])},
                "meta": {"narrow": {"layout": {"title": {"text": wrapped(titles[unit], PHONE - 28)}}}},
            },
        }
        for unit, lines in enumerate(values)
    ]


def probability_map(share, *, colour_bar=False):
    """A heatmap of numbers in [0, 1], classes down."""
    plot = {
        "type": "heatmap",
        "z": small(share),
        "zmin": 0,
        "zmax": 1,
        "colorscale": SEQUENTIAL,
        "showscale": colour_bar,
        "hovertemplate": "%{z:.3f}<br>t %{x}, class %{y}<extra></extra>",
    }
    if colour_bar:
        bar = {"thickness": 10, "xpad": 8, "ypad": 0, "len": 1, "outlinewidth": 0, "tickvals": [0, 0.5, 1]}
        plot["colorbar"] = bar | {"tickfont": {"size": TEXT}}
    return plot


def probability_bars(shares):
    """Bars of numbers in [0, 1], one per class, coloured on the scale of the map beside them."""
    return {
        "type": "bar",
        "orientation": "h",
        "x": shares,
        "y": list(range(len(shares))),
        "xaxis": "x2",
        "marker": {
            "color": shares,
            "colorscale": SEQUENTIAL,
            "cmin": 0,
            "cmax": 1,
            "line": {"color": INK, "width": 1},
        },
        "hovertemplate": "%{x:.3f}, class %{y}<extra></extra>",
    }


def veil():
    """A box that lets what is under it shine through only faintly."""
    return {
        "type": "rect",
        "xref": "x",
        "yref": "y",
        "line": {"width": 0},
        "fillcolor": see_through(PAPER, 0.75),
        "layer": "above",
    }
