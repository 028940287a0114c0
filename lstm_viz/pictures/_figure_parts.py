"""What the figures share: checked arguments, stacked rows in pixels, time axes, cursors and their frames."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

import numpy as np

from lstm_viz.cells import GRUTrace, LSTMTrace, SimpleRNNTrace
from lstm_viz.pictures.style import DIVERGING, FONT, GRID, INK, MUTED, PAPER, QUANTITIES, SEQUENTIAL, Quantity
from lstm_viz.pictures.text_width import clipped, text_width

TEXT, TITLE = 16, 18  # of which plotly makes subscripts of 11 px
#: the widths to which texts are fitted, in pixels: of a usual view, and of one on a phone (`meta["narrow"]`)
WIDE, PHONE = 560, 310
LEFT, RIGHT = 62, 70
ROW_TITLE = 28  # pixels above a row for its title
TICK = 110  # pixels of the longest text at a tick

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
    "r": "0 leaves the old state out of the candidate",
    "h_tilde": "what could be written",
    "recurrent_h": "what the old state gives the candidate",
}


# --- arguments --------------------------------------------------------------------------------------------


def check_trace(trace, argument="trace"):
    """The trace, if it is the trace of one whole sequence."""
    if not isinstance(trace, (LSTMTrace, GRUTrace, SimpleRNNTrace)):
        raise TypeError(f"{argument} must be the trace that cell.run(x) returns; got {type(trace).__name__}")
    if trace.time_axis is None:
        raise ValueError(f"{argument} must be the trace of a whole run; got a single timestep of one")
    lead = trace.h.shape[:-2]
    if lead:
        raise ValueError(
            f"{argument} must be the trace of one sequence; got one with leading axes {lead}"
            ": choose a sequence with trace.select(i)"
        )
    return trace


def check_traces(traces):
    """A non-empty mapping of name to trace, all of one length."""
    if not isinstance(traces, Mapping) or not traces:
        raise TypeError(f"traces must be a dict of at least one name and trace; got {short(traces)}")
    for name, trace in traces.items():
        check_trace(trace, f"traces[{name!r}]")
    lengths = {name: len(trace) for name, trace in traces.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"traces must have the same number of timesteps to share an axis; got {lengths}")
    return dict(traces)


def check_names(names, trace, default):
    """The names of values to show: `default` for None, else those asked for."""
    if names is None:
        return tuple(default)
    names = (names,) if isinstance(names, str) else tuple(names)
    known = (*trace.names, "x")
    wrong = [name for name in names if name not in known]
    if wrong or not names:
        raise ValueError(f"names must be among {', '.join(known)} for a {trace.kind} trace; got {short(names)}")
    return names


def check_labels(labels, count, argument="labels", things="timesteps"):
    """`count` labels as a list of str, or None."""
    if labels is None:
        return None
    if not np.iterable(labels):
        raise TypeError(f"{argument} must be a sequence of {count} texts; got {type(labels).__name__}")
    labels = [str(label) for label in labels]
    if len(labels) != count:
        raise ValueError(f"{argument} must be as many as the {things}, {count}; got {len(labels)}")
    return labels


def labels_as_read(labels, trace):
    """The labels of the input's steps, in the order in which the trace read them, or None."""
    labels = check_labels(labels, len(trace))
    return labels and [labels[step] for step in trace.input_steps]


def check_array(value, argument, shape, low=None, high=None):
    """`value` as finite floats whose axes are named by `shape`, e.g. ("timesteps", "classes")."""
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{argument} must be an array of numbers; got {type(value).__name__}") from None
    if array.ndim != len(shape) or not array.size:
        raise ValueError(f"{argument} must have shape ({', '.join(shape)}); got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{argument} must hold finite numbers; got NaN or infinity")
    if (low is not None and array.min() < low) or (high is not None and array.max() > high):
        wanted = f"lie in [{low}, {high}]" if high is not None else f"be at least {low}"
        raise ValueError(f"{argument} must {wanted}; got values from {array.min():.3g} to {array.max():.3g}")
    return array


def check_index(value, argument, count):
    """`value` as an int of 0 to count - 1."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{argument} must be a whole number; got {short(value)}")
    if not 0 <= value < count:
        raise ValueError(f"{argument} must be from 0 to {count - 1}; got {value}")
    return int(value)


def short(value):
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


# --- quantities -------------------------------------------------------------------------------------------


def quantity(trace, name):
    """How the value `name` of this trace is shown; `z` is a gate in a GRU and a pre-activation in a SimpleRNN."""
    if name == "z" and trace.kind == "SimpleRNN":
        return Quantity("z<sub>t</sub>", "pre-activation", QUANTITIES["c_tilde"].colour, None, None, "longdash")
    if name == "recurrent_h":
        return Quantity("r̂<sub>t</sub>", "recurrent part", QUANTITIES["tanh_c"].colour, None, None, "longdashdot")
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


def used(trace, name):
    """The value `name` (timesteps, n), NaN at the timesteps that a mask skipped, where only the state has a meaning."""
    values = getattr(trace, name)
    if not is_masked(trace, name):
        return values
    return np.where(trace.mask[:, None], values, np.nan)


def value_range(how, values):
    """(low, high) that holds every value: the quantity's own, or symmetric about 0 where it has none or leaves it."""
    largest = max(float(np.nanmax(np.abs(v), initial=0.0)) for v in values)
    if how.low is not None and largest <= how.high:
        return how.low, how.high
    if is_gate(how):
        return 0.0, largest
    return -(largest or 1.0), largest or 1.0


def row_title(trace, name, prefix=""):
    how = quantity(trace, name)
    meaning = None if name == "z" and trace.kind == "SimpleRNN" else MEANING.get(name)
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


# --- layout -----------------------------------------------------------------------------------------------


class Rows:
    """Plots stacked in one column, each of a given height in pixels, with a title above it."""

    def __init__(self, heights, *, title, bottom, gap=10, left=LEFT, right=RIGHT, room=WIDE):
        self.words, self.room, self.bottom = title, room, bottom
        self.narrow, self.needs = {"annotations": []}, WIDE
        title = wrapped(title, room - 28)
        self.top = self._above(title)
        inner = sum(heights) + (len(heights) - 1) * (ROW_TITLE + gap)
        self.domains, y = [], inner
        for height in heights:
            self.domains.append((max(0.0, (y - height) / inner), min(1.0, y / inner)))
            y -= height + ROW_TITLE + gap
        self.inner = inner
        self.layout = {
            "height": inner + self.top + bottom,
            "autosize": True,
            "template": "none",  # plotly's own would add 7 kB to every figure, and colours that are not ours
            "margin": {"l": left, "r": right, "t": self.top, "b": bottom, "autoexpand": False},
            "font": {"family": FONT, "size": TEXT, "color": INK},
            "paper_bgcolor": PAPER,
            "plot_bgcolor": PAPER,
            "hoverlabel": {"font": {"size": TEXT}},
            "showlegend": False,
            "annotations": [],
            "shapes": [],
        }
        if title:
            self.layout["title"] = {
                "text": title,
                "font": {"size": TITLE},
                "x": 0,
                "xref": "container",
                "xanchor": "left",
                "y": 1,
                "yref": "container",
                "yanchor": "top",
                "pad": {"l": 14} | title_pad(title),
            }

    @staticmethod
    def _above(title):
        """Pixels above the first row: its own title, and the figure's."""
        return 14 + (24 * (title.count("<br>") + 1) + 4 if title else 0) + ROW_TITLE

    def on_a_phone(self, *, bottom=None, left=None, right=None, **layout):
        """What else of the layout is other where the view is narrower than the wide one needs."""
        margin = {"b": bottom, "l": left, "r": right}
        self.narrow |= layout
        self.narrow["margin"] = self.narrow.get("margin", {}) | {k: v for k, v in margin.items() if v is not None}

    def inner_width(self, width=PHONE, **margins):
        """Pixels of the plots in a view of `width` pixels."""
        margin = self.layout["margin"] | margins
        return width - margin["l"] - margin["r"]

    def _narrow(self):
        """{"below": the width from which on the layout itself fits, "layout": what is other in a narrower view}."""
        title = wrapped(self.words, min(self.room, PHONE) - 28)
        margin = self.narrow.get("margin", {}) | {"t": self._above(title)}
        layout = {**self.narrow, "margin": margin, "height": self.inner + margin["t"] + margin.get("b", self.bottom)}
        if title:
            layout["title"] = {"text": title, "pad": title_pad(title)}
        return {"below": int(self.needs), "layout": layout}

    def legend(self, row):
        """The layout name of a legend that stands in place of the row's title."""
        name = "legend" if row == 0 else f"legend{row + 1}"
        self.layout[name] = {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": self.domains[row][1],
            "yanchor": "bottom",
            "font": {"size": TEXT},
            "itemwidth": 34,
            "bgcolor": PAPER,  # the cursor ends at it
        }
        return name

    def meta(self, timesteps, units, shown=""):
        """What the controls need to know, and the picture in words, for readers who do not see it."""
        said = [self.layout.get("title", {}).get("text", ""), *(a["text"] for a in self.layout["annotations"]), shown]
        words = (html.unescape(re.sub("<[^>]*>", " " if "<br>" in text else "", text)) for text in said if text)
        alt = ". ".join(" ".join(w.split()) for w in words)
        return {"timesteps": timesteps, "units": units, "alt": alt, "narrow": self._narrow()}

    def say(self, row, text, x=0.0, xanchor="left", *, short=None, share=1.0):
        """Write text above a row, at the fraction `x` of the width, of which it has the `share`.

        short: what to write where the view has no room for that; by default as much of the text as fits.
        """
        margins = self.layout["margin"]["l"] + self.layout["margin"]["r"]
        bold = "<b>" in text
        self.needs = max(self.needs, margins + (text_width(plain(text), TEXT, bold=bold) + 6) / share)
        margin = self.layout["margin"] | self.narrow.get("margin", {})
        room = share * self.inner_width(**margin) + (margin["r"] - 8 if x + share >= 1 else 0)
        fits = [t for t in (short, text) if t and text_width(plain(t), TEXT, bold=bold) <= room]
        cut = html.escape(clipped(plain(short or text), room, TEXT, bold=bold), quote=False)
        self.narrow["annotations"].append({"text": fits[-1] if fits else cut})
        self.layout["annotations"].append(
            {
                "text": text,
                "xref": "paper",
                "yref": "paper",
                "x": x,
                "y": self.domains[row][1],
                "xanchor": xanchor,
                "yanchor": "bottom",
                "showarrow": False,
                "align": "left",
                "yshift": 1,
                "bgcolor": PAPER,  # the cursor ends at it
                "borderpad": 1,
                "font": {"size": TEXT},
            }
        )


def axis_name(kind, number):
    """("x", 2) -> ("x2", "xaxis2"); the first has no number."""
    suffix = "" if number == 1 else str(number)
    return kind + suffix, f"{kind}axis{suffix}"


def axis_title(text, standoff):
    return {"text": text, "standoff": standoff, "font": {"size": TEXT}}


def plain(text):
    """The characters of a text with markup in it."""
    return html.unescape(re.sub("<[^>]*>", "", text))


def title_pad(title):
    """Pixels above a title; plotly sets one of several lines higher."""
    return {"t": 22 if "<br>" in title else 12}


def wrapped(title, room=WIDE - 28):
    """The title over as many lines as it needs in `room` pixels."""
    if not title:
        return ""
    lines = [""]
    for word in str(title).split():
        if lines[-1] and text_width(plain(f"{lines[-1]} {word}"), TITLE) > room:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)


def tick_text(label, room=TICK):
    """The label as a tick shows it, cut to `room` pixels."""
    return html.escape(clipped(label, room, TEXT), quote=False) or " "


def time_axis(timesteps, labels, *, width=WIDE - LEFT - RIGHT):
    """(layout of the time axis, pixels it needs below the plots); labels are thinned until they fit `width` pixels."""
    axis = {
        "range": [-0.5, timesteps - 0.5],
        "showgrid": False,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 4,
        "tickfont": {"size": TEXT},
        "title": axis_title("timestep t", 6),
    }
    if labels is None:
        step = thinning(timesteps, width / (text_width(str(timesteps), TEXT) + 14))
        axis |= {"tickmode": "array", "tickvals": list(range(0, timesteps, step))}
        return axis, 60
    longest = min(max(text_width(label, TEXT) for label in labels), TICK)
    across = thinning(timesteps, width / (longest + 10))
    upright = thinning(timesteps, width / 20)
    step = min(across, upright)
    shown = list(range(0, timesteps, step))
    axis |= {
        "tickmode": "array",
        "tickvals": shown,
        "ticktext": [tick_text(labels[t]) for t in shown],
        "tickangle": 0 if across <= upright else -90,
    }
    every = "" if step == 1 else f" (one label in {step})"
    axis["title"]["text"] = f"input at each timestep{every}"
    return axis, 60 if across <= upright else 46 + int(longest)


def fit_time(rows, timesteps, labels, title=None, **margins):
    """The time axis of `rows` on a phone: fewer ticks."""
    axis, bottom = time_axis(timesteps, labels, width=rows.inner_width(**margins))
    words = axis["title"]["text"] if title is None else title
    words = clipped(plain(words.replace("input at each timestep", "input")), rows.inner_width() + 40, TEXT)
    ticks = {name: axis[name] for name in ("tickvals", "ticktext", "tickangle") if name in axis}
    rows.on_a_phone(bottom=bottom, xaxis=ticks | {"title": {"text": words}})


def thinning(count, most):
    """The smallest of 1, 2, 5, 10, 20, 50, ... that leaves at most `most` of `count` labels."""
    step, factors = 1, (2, 2.5, 2)
    turn = 0
    while count / step > max(most, 1):
        step, turn = round(step * factors[turn % 3]), turn + 1
    return step


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
        "fillcolor": "rgba(0,0,0,0)",
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


def scale(low, high):
    return DIVERGING if low < 0 else SEQUENTIAL


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
        "colorscale": scale(low, high),
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
            "ticktext": [f"{v:.2g}" for v in ticks],
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
        "y": small(used(trace, name)[:, unit]),
        "mode": "lines+markers" if len(trace) <= 64 else "lines",
        "name": f"{how.symbol} {how.label}",
        "line": {"color": colour, "dash": dash, "width": 2 if len(trace) <= 200 else 1.2},
        "marker": {"color": colour, "size": 5},
        "text": labels,
        "hovertemplate": f"{how.symbol} %{{y:.3f}}<br>t %{{x}}{' (%{text})' if labels else ''}<extra></extra>",
    }


def unit_frames(trace, names, titles):
    """One frame per unit with that unit's lines, in the order of `names`, and its title."""
    values = np.stack([small(used(trace, name).T) for name in names], axis=1)
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
        "fillcolor": "rgba(255,255,255,0.75)",
        "layer": "above",
    }
