"""Lines with their spread over runs, labelled at their ends: learning curves and curves by lag."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from lstm_viz.cells import checks
from lstm_viz.pictures import _figure_parts as parts
from lstm_viz.pictures.style import CELL_COLOURS, INK, MUTED, PAPER, QUANTITIES
from lstm_viz.pictures.text_width import text_width

_HEIGHT = 300
_SAMPLE = 30  # pixels of the piece of line before a name
_OTHER_COLOURS = (*dict.fromkeys(quantity.colour for quantity in QUANTITIES.values()), INK)
_OWN_COLOURS = {quantity.label: quantity.colour for quantity in QUANTITIES.values()} | CELL_COLOURS
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_MARKERS = ("circle", "square", "diamond", "triangle-up", "x", "cross", "star")


def check_curves(curves):
    """{name: (runs, points)} of floats, NaN allowed, all with the same points."""
    if not isinstance(curves, Mapping) or not curves:
        raise TypeError(f"curves must be a dict of at least one name and its values; got {parts.short(curves)}")
    checked = {}
    for name, values in curves.items():
        shown = f"curves[{parts.short(name)}]"
        array = np.atleast_2d(checks.numbers(values, shown)).astype(float)
        if array.ndim != 2 or not array.size or np.isinf(array).any() or np.isnan(array).all():
            raise ValueError(
                f"{shown} must have shape (points,) or (runs, points) and hold numbers"
                f"; got shape {checks.shape_text(np.shape(values))}{' without a finite number' if array.size else ''}"
            )
        checked[str(name)] = array
    points = {name: array.shape[1] for name, array in checked.items()}
    if len(set(points.values())) > 1:
        raise ValueError(f"curves must have the same number of points; got {parts.short(points, 160)}")
    return checked


def of_runs(curves):
    """Whether checked curves are of runs, (runs, points): a line of (points,) is a formula, a history, a mean."""
    return any(np.ndim(values) > 1 for values in curves.values())


def draw(
    x,
    curves,
    *,
    x_title,
    y_title,
    title,
    chance=None,
    log_x=False,
    log_y=False,
    y_range=None,
    cursor=False,
    dots=False,
    of_runs=True,
    chance_at="right",
):
    """The figure of checked `curves` over `x`."""
    x = parts.check_array(x, "x" if chance_at == "right" else "lags", ("points",))
    x_title, y_title = checks.text(x_title, "x_title"), checks.text(y_title, "y_title")
    log_x, log_y, cursor = (checks.flag(v, n) for v, n in ((log_x, "log_x"), (log_y, "log_y"), (cursor, "cursor")))
    chance = None if chance is None else checks.number(chance, "chance")
    points = next(iter(curves.values())).shape[1]
    if len(x) != points or (np.diff(x) <= 0).any() or (log_x and x[0] <= 0):
        positive = " positive" if log_x else ""
        raise ValueError(
            f"the {points} points of the curves need as many{positive} rising x values; got {parts.short(x)}"
        )
    if log_y:
        if any(np.nanmin(values) < 0 for values in curves.values()):
            raise ValueError("a logarithmic axis needs values of at least 0; got negative ones")
        curves = {name: np.where(values > 0, values, np.nan) for name, values in curves.items()}
    summary = {name: _middle(values, log_y) for name, values in curves.items()}
    low, high = _range(curves, chance, log_y) if y_range is None else _checked_range(y_range, log_y)

    right = 20 + _SAMPLE + int(max(text_width(name, parts.TEXT) for name in curves))
    rows = parts.Rows([_HEIGHT], title=title, bottom=60, left=80, right=right)
    rows.needs = max(rows.needs, 80 + right + 260)
    runs = max(len(values) for values in curves.values())
    rows.on_a_phone(right=16)
    if of_runs:
        whole = not any(np.isnan(values).any() for values in curves.values())
        drawn = _what_is_drawn(runs, whole, dots, log_y)
        rows.say(0, drawn, short=drawn.split(";")[0])
    data = []
    looks = styles(list(curves))
    for name, values in curves.items():
        data += _curve(x, values, summary[name], name, looks[name], dots)
    axis = parts.value_axis(low, high, rows.domains[0], title=y_title) | {"nticks": 7}
    across = {
        "title": parts.axis_title(x_title, 6),
        "ticks": "outside",
        "ticklen": 4,
        "showgrid": False,
        "zeroline": False,
        "anchor": "y",
        "range": _x_range(x, log_x),
    }
    if log_x:
        ticks = _apart(x, rows.inner_width(parts.WIDE))
        across |= {"type": "log", "tickmode": "array", "tickvals": ticks, "ticktext": [f"{v:g}" for v in ticks]}
    if log_y:
        axis |= {"type": "log", "range": [np.log10(low), np.log10(high)], "exponentformat": "power", "zeroline": False}
        axis |= {"dtick": max(1, round((np.log10(high) - np.log10(low)) / 6))}
    rows.layout |= {"xaxis": across, "yaxis": axis}
    if cursor:
        rows.layout["shapes"].append(_lag_cursor(x[0]))
    if chance is not None:
        _chance_line(rows, chance, chance_at, log_y, PAPER if cursor else None)
    kept = len(rows.layout["annotations"]), len(rows.layout["shapes"])
    _end_labels(rows, summary, looks, low, high, log_y)
    _legend_instead(rows, curves, kept, x if log_x else None)
    rows.layout["meta"] = rows.meta(len(x) if cursor else None, None, f"curves of {', '.join(curves)}")
    frames = []
    if cursor:
        rows.layout["meta"]["cursor"] = {"title": x_title, "x": [float(f"{at:.4g}") for at in x]}
        frames = parts.time_frames(len(x), shapes=lambda k: [{"x0": x[k], "x1": x[k]}])
    return go.Figure({"data": data, "layout": rows.layout, "frames": frames})


def styles(names):
    """{name: (colour, dash, marker)}: a cell or quantity by its name has its own colour, others one that is left.

    "LSTM, something" has the LSTM's colour too, unless more than two curves would share it.
    """
    bases = [name.split(", ")[0] for name in names]
    own = {n: _OWN_COLOURS.get(b) for n, b in zip(names, bases, strict=True) if n == b or bases.count(b) <= 2}
    left = [colour for colour in _OTHER_COLOURS if colour not in own.values()] or list(_OTHER_COLOURS)
    others = [name for name in names if not own.get(name)]
    return {
        name: (
            own.get(name) or left[others.index(name) % len(left)],
            _DASHES[number % len(_DASHES)],
            _MARKERS[number % len(_MARKERS)],
        )
        for number, name in enumerate(names)
    }


def _middle(values, log_y):
    """The line through the runs; NaN where no run has a value."""
    measured = ~np.isnan(values).all(axis=0)
    middle = np.full(values.shape[1], np.nan)
    middle[measured] = (np.nanmedian if log_y else np.nanmean)(values[:, measured], axis=0)
    return middle


def _range(curves, chance, log_y):
    values = np.concatenate([v[~np.isnan(v)] for v in curves.values()] + [[] if chance is None else [chance]])
    low, high = (values.min(), values.max()) if values.size else (1e-3, 1.0)
    if log_y:
        pad = max((high / low) ** 0.06, 1.5)
        return low / pad, high * pad
    pad = 0.06 * (high - low) or 0.05
    return low - pad, high + pad


def _checked_range(y_range, log_y):
    low, high = checks.shaped(y_range, "y_range", (2,))
    if low >= high or (log_y and low <= 0):
        raise ValueError(f"y_range must be (low, high){', both above 0' if log_y else ''}; got {parts.short(y_range)}")
    return float(low), float(high)


def _x_range(x, log_x):
    x = np.log10(x) if log_x else x
    pad = 0.04 * (x[-1] - x[0]) or 0.5
    return [x[0] - pad, x[-1] + pad]


def _what_is_drawn(runs, whole, dots, log_y):
    if runs == 1:
        return "one run of each"
    middle, many = "median" if log_y else "mean", f"{runs}" if whole else f"up to {runs}"
    return f"line: {middle} of {many} runs; {'dots: single runs' if dots else 'band: all runs'}"


def _curve(x, values, middle, name, look, dots):
    colour, dash, marker = look
    many = len(x) > 24
    line = {
        "type": "scatter",
        "x": x,
        "y": middle,
        "name": name,
        "mode": "lines" if many else "lines+markers",
        "line": {"color": colour, "dash": dash, "width": 2.5},
        "marker": {"symbol": marker, "size": 8, "color": colour},
        "hovertemplate": "%{fullData.name}: %{y:.4g} at %{x}<extra></extra>",
    }
    if len(values) == 1:
        return [line]
    quiet = {"type": "scatter", "hoverinfo": "skip", "showlegend": False, "name": f"{name}, runs"}
    if dots:
        spots = {"symbol": f"{marker}-open", "size": 6, "color": colour}
        runs = {"x": np.tile(x, len(values)), "y": values.ravel(), "mode": "markers", "marker": spots, "opacity": 0.5}
        return [quiet | runs, line]
    measured = ~np.isnan(values).all(axis=0)
    low, high = np.nanmin(values[:, measured], axis=0), np.nanmax(values[:, measured], axis=0)
    around = {
        "x": np.concatenate([x[measured], x[measured][::-1]]),
        "y": np.concatenate([high, low[::-1]]),
        "fill": "toself",
        "mode": "lines",
        "line": {"width": 0, "color": colour},
        "opacity": 0.25,
    }
    return [quiet | around, line]


def _chance_line(rows, chance, side, log_y, ground):
    y = np.log10(chance) if log_y else chance
    rows.layout["shapes"].append(
        {
            "type": "line",
            "xref": "paper",
            "yref": "y",
            "x0": 0,
            "x1": 1,
            "y0": chance,
            "y1": chance,
            "line": {"color": MUTED, "dash": "dot", "width": 1.5},
            "layer": "below",
        }
    )
    rows.layout["annotations"].append(
        {
            "text": f"chance: {chance:.3g}",
            "xref": "paper",
            "yref": "y",
            "x": 0.01 if side == "left" else 0.99,
            "y": y,
            "xanchor": side,
            "yanchor": "top",  # below, where less is drawn
            "showarrow": False,
            "bgcolor": ground,  # a cursor ends at it; without one nothing is hidden
            "font": {"size": parts.TEXT, "color": MUTED},
        }
    )


def _end_labels(rows, summary, looks, low, high, log_y):
    """Each name, after a piece of its line, beside that line's end; moved apart where lines end together."""
    share = (lambda v: np.log(v / low) / np.log(high / low)) if log_y else (lambda v: (v - low) / (high - low))
    ends = {}
    for name, middle in summary.items():
        measured = middle[~np.isnan(middle)]
        ends[name] = float(np.clip(share(measured[-1]), 0, 1)) * _HEIGHT if measured.size else 0.0
    for name, y in zip(ends, spread(list(ends.values()), 21, _HEIGHT), strict=True):
        colour, dash, _ = looks[name]
        beside = {"xref": "paper", "yref": "paper"}
        text = {"text": parts.tick_text(name, 360), "font": {"size": parts.TEXT, "color": colour}, "showarrow": False}
        place = {"x": 1, "y": y / _HEIGHT, "xanchor": "left", "yanchor": "middle", "xshift": 8 + _SAMPLE}
        rows.layout["annotations"].append(beside | text | place)
        ends_at = {"y0": y / _HEIGHT, "y1": y / _HEIGHT, "x0": 8, "x1": 4 + _SAMPLE, "xsizemode": "pixel", "xanchor": 1}
        line = {"type": "line", "line": {"color": colour, "dash": dash, "width": 2.5}}
        rows.layout["shapes"].append(beside | line | ends_at)


def spread(positions, gap, height):
    """The positions in the same order, moved as little as needed to lie at least `gap` apart within [0, height]."""
    order = np.argsort(positions, kind="stable")
    placed = np.array(positions, dtype=float)[order]
    for k in range(1, len(placed)):
        placed[k] = max(placed[k], placed[k - 1] + gap)
    over = placed[-1] - height
    if over > 0:
        placed[-1] = height
        for k in range(len(placed) - 2, -1, -1):
            placed[k] = min(placed[k], placed[k + 1] - gap)
    result = np.empty_like(placed)
    result[order] = placed
    return result.tolist()


def _apart(x, width):
    """Those of the rising x > 0 whose labels do not touch on a logarithmic axis of `width` pixels, from the last on."""
    place = np.log(x / x[0]) / np.log(x[-1] / x[0]) * 0.92 * width if len(x) > 1 else np.zeros(1)
    kept = []
    for at, value in zip(place[::-1], x[::-1], strict=True):
        if not kept or at + text_width(f"{value:g}", parts.TEXT) / 2 + 8 <= kept[-1][0]:
            kept.append((at - text_width(f"{value:g}", parts.TEXT) / 2, value))
    return [value for _, value in reversed(kept)]


def _legend_instead(rows, curves, kept, log_x):
    """On a phone: a legend below the plot in place of the names beside the lines' ends."""
    names, shapes = ([{}] * count for count in kept)
    hidden = [{"visible": False}] * len(curves)
    column = 50 + max(text_width(name, parts.TEXT) for name in curves)
    # as plotly breaks it: in one line if that is as narrow as the plot, else in columns of one width
    across = rows.inner_width(r=16)
    in_one_line = sum(50 + text_width(name, parts.TEXT) for name in curves) <= across
    below = 62 + 26 * (1 if in_one_line else -(-len(curves) // max(1, int(across // column))))
    rows.narrow["annotations"] += [{}] * (len(names) - len(rows.narrow["annotations"])) + hidden
    legend = {"orientation": "h", "x": 0, "xanchor": "left", "xref": "container", "y": 0, "yref": "container"}
    axis = {}
    if log_x is not None:
        ticks = _apart(log_x, rows.inner_width(r=16))
        axis = {"xaxis": {"tickvals": ticks, "ticktext": [f"{v:g}" for v in ticks]}}
    legend |= {"yanchor": "bottom", "font": {"size": parts.TEXT}}
    rows.on_a_phone(bottom=below, showlegend=True, shapes=shapes + hidden, legend=legend, **axis)


def _lag_cursor(x):
    ends = {"x0": float(x), "x1": float(x), "y0": 0, "y1": 1}
    return {"type": "line", "xref": "x", "yref": "paper", "line": {"color": INK, "width": 2}} | ends
