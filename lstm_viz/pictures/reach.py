"""Pictures of gradients: how far back a reading reaches, and what a matrix does to a gradient over many steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from lstm_viz.pictures import _figure_parts as parts
from lstm_viz.pictures.style import CELL_COLOURS, INK, MUTED, SEQUENTIAL

__all__ = ["reach_figure"]

_NAME, _BRIEF = 190, 92  # pixels of a model's name, and of what tells it apart on a phone
_STRIP = 26  # pixels of one model's row in a strip
_FLOOR = 1e-12  # what is smaller is drawn as nothing
#: how a line is dashed, and how its name shows it
_DASHES = (("solid", "━━"), ("dash", "╍╍"), ("dot", "····"), ("dashdot", "━·"))


def reach_figure(reaches, *, labels=None, title=None):
    """How far back each reading reaches, for several models: one frame per timestep t at which the output is read.

    reaches: {name: (by state, by input)}, each (timesteps, timesteps) as `gradients.reach` gives them. Above, the
    length of the gradient by what the model remembers in at k (dL_t/dc_k of an LSTM, dL_t/dh_k of others), relative to
    its value at k = t; below, one strip per model with dL_t/dx_k,
    relative to its largest. labels: what stands under each timestep. ValueError if the arrays do not fit.
    """
    reaches = _checked(reaches)
    timesteps = next(iter(reaches.values()))[0].shape[0]
    labels = parts.check_labels(labels, timesteps)
    time, bottom = parts.time_axis(timesteps, labels)
    left = max(86, parts.left_of([f"{parts.plain(parts.tick_text(name, _NAME))} - - -" for name in reaches]))
    default = "How far back the reading at the framed timestep reaches"
    heights = [190, _STRIP * len(reaches)]
    rows = parts.Rows(heights, title=title or default, bottom=bottom, gap=16, left=left)
    slim = max(86, parts.left_of([f"{parts.plain(parts.tick_text(_brief(name), _BRIEF))} --" for name in reaches]))
    rows.on_a_phone(left=slim)  # before anything is written, so that it is cut to the room it has there
    by = {"c" if str(name).startswith("LSTM") else "h" for name in reaches}
    of_state = " and ".join(f"<b>|dL<sub>t</sub>/d{name}<sub>k</sub>|</b>" for name in sorted(by))
    of_input = "<b>|dL<sub>t</sub>/dx<sub>k</sub>|</b>"
    # short, so that a view of JupyterLab beside its file list still names its models in full
    rows.say(0, f"{of_state}, relative to k = t", short="gradient left")
    rows.say(1, f"{of_input}, share of the largest", short=of_input)
    parts.fit_time(rows, timesteps, labels, l=slim)
    looks = _looks(list(reaches))
    lines = {name: _relative(by_state) for name, (by_state, _) in reaches.items()}
    shares = np.stack([_share(by_input) for _, by_input in reaches.values()], axis=1)  # (timesteps, models, timesteps)
    last = timesteps - 1
    data = []
    for name, (colour, dash, _) in looks.items():
        data.append(
            {
                "type": "scatter",
                "y": parts.small(lines[name][last]),
                "name": name,
                "mode": "lines",
                "line": {"color": colour, "dash": dash, "width": 2.5},
                "hovertemplate": "%{fullData.name}: %{y:.2e} at k = %{x}<extra></extra>",
            }
        )
    data.append(_strips(shares[last], list(reaches), rows))
    # a reading's own step is 1, so the 1 below tells only where no reading reaches anything
    drawn = np.concatenate([line[~np.isnan(line)] for line in lines.values()] + [[1.0]])
    low, high = np.floor(np.log10(max(drawn.min(), _FLOOR))) - 0.3, np.ceil(np.log10(drawn.max())) + 0.3
    axis = parts.value_axis(low, high, rows.domains[0], title="relative length")
    axis |= {"type": "log", "exponentformat": "power", "zeroline": False, "dtick": max(1, round((high - low) / 5))}
    strips = parts.unit_axis(len(reaches), rows.domains[1], "")
    names, brief = (
        [
            f'<span style="color:{c}">{parts.tick_text(text(name), room)} {key}</span>'
            for name, (c, _, key) in looks.items()
        ]
        for text, room in ((str, _NAME), (_brief, _BRIEF))
    )
    strips |= {"tickvals": list(range(len(reaches))), "ticktext": names}
    rows.on_a_phone(yaxis2={"ticktext": brief})
    frames = parts.time_frames(
        timesteps,
        data=lambda t: [
            *({"type": "scatter", "y": parts.small(line[t])} for line in lines.values()),
            {"type": "heatmap", "z": parts.small(shares[t])},
        ],
        traces=list(range(len(data))),
    )
    rows.layout |= {
        "xaxis": time | {"anchor": "y2"},
        "yaxis": axis,
        "yaxis2": strips,
        "shapes": [parts.cursor(last)],
        "meta": rows.meta(timesteps, None, f"models: {', '.join(reaches)}"),
    }
    return go.Figure({"data": data, "layout": rows.layout, "frames": frames})


def _brief(name):
    """What stands after the comma, such as before or after training; the colour tells the cell."""
    return name.rpartition(", ")[2]


def _looks(names):
    """{name: (colour, dash, dash as text)}: the colour of the cell that the name begins with."""
    looks, used = {}, []
    for name in names:
        kind = max((k for k in CELL_COLOURS if name.startswith(k)), key=len, default=None)
        colour = CELL_COLOURS.get(kind, INK)
        # the last of a colour, a model after training, is the solid one
        again = sum(other.startswith(kind) if kind else True for other in names[len(used) + 1 :])
        used.append(name)
        looks[name] = (colour, *_DASHES[again % len(_DASHES)])
    return looks


def _strips(shares, names, rows):
    low, high = rows.domains[1]
    return {
        "type": "heatmap",
        "z": parts.small(shares),
        "zmin": 0,
        "zmax": 1,
        "colorscale": SEQUENTIAL,
        "yaxis": "y2",
        "ygap": 3,
        "hovertemplate": "%{z:.3f} at k = %{x}<extra></extra>",
        "colorbar": {
            "x": 1.0, "xpad": 8, "ypad": 0, "xanchor": "left", "y": (low + high) / 2, "yanchor": "middle",
            "len": high - low, "thickness": 10, "outlinewidth": 0, "tickvals": [0, 1],
            "tickfont": {"size": parts.TEXT, "color": MUTED},
        },
    }  # fmt: skip


def _checked(reaches):
    if not isinstance(reaches, Mapping) or not reaches:
        raise TypeError(
            f"reaches must be a dict of at least one name and its pair of arrays; got {type(reaches).__name__}"
        )
    checked = {}
    for name, pair in reaches.items():
        arrays = [parts.check_array(a, f"reaches[{name!r}]", ("timesteps", "timesteps"), low=0) for a in pair]
        if len(arrays) != 2 or any(a.shape[0] != a.shape[1] for a in arrays):
            raise ValueError(f"reaches[{name!r}] must be two square arrays; got shapes {[a.shape for a in arrays]}")
        checked[str(name)] = arrays
    sizes = {name: len(a) for name, (a, _) in checked.items()}
    if len(set(sizes.values())) > 1:
        raise ValueError(f"all reaches must have the same number of timesteps; got {sizes}")
    return checked


def _relative(by_state):
    """Relative to the reading's own step; NaN (not drawn) after it, and where nothing is left to draw."""
    own = np.diagonal(by_state)[:, None]
    relative = np.divide(by_state, own, out=np.zeros_like(by_state), where=own > 0)
    return np.where(relative > _FLOOR, relative, np.nan)


def _share(by_input):
    largest = by_input.max(axis=1, keepdims=True)
    return np.divide(by_input, largest, out=np.zeros_like(by_input), where=largest > 0)
