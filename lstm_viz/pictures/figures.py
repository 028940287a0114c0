"""Pictures of what a recurrent cell computed: data in, one `plotly.graph_objects.Figure` out.

Nothing here shows itself. What moves with the timestep is in the figure's `frames`, one per timestep, with
`group="t"` and `name="t:<t>"`; what depends on the chosen unit is in frames of `group="unit"`, `name="unit:<unit>"`.
A time frame holds only what moves: of `layout.shapes` the sides of the cursor, merged into the figure's own shapes
as plotly merges every frame; and where values move, `data` with the indices of their `traces`.
`figure.layout.meta` is `{"timesteps": number of time frames or None, "units": units or None, "alt": what the picture
shows, in words}`.

Gates are always on [0, 1] and h and the candidate on [-1, 1] (wider only where another activation leaves it), the
cell state symmetric about 0 over the whole sequence, so a colour means the same at every timestep.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from lstm_viz.cells import KINDS, checks
from lstm_viz.pictures import _figure_parts as parts
from lstm_viz.pictures._figure_curves import check_curves, draw, of_runs
from lstm_viz.pictures._figure_image import sequence_on_image
from lstm_viz.pictures.style import SKIPPED, value_range

__all__ = [
    "class_probabilities",
    "compare",
    "confusion_matrix",
    "curves_by_lag",
    "heatmaps",
    "learning_curves",
    "sequence_on_image",
    "unit_lines",
]

# --- one trace --------------------------------------------------------------------------------------------


def heatmaps(trace, *, labels=None, names=None, title=None, row_height=None, values=True):
    """Every value of a trace as a heatmap, units down and timesteps across, under one cursor.

    trace: the trace of one sequence. labels: what each step of the input is (a text each; a str gives its
    characters); each stands under the timestep that read it, so those of a trace with `go_backwards` run from the
    end. names: the values to show, by their names in the trace, and "x" for the input; by default the gates, the
    candidate and the states. Timesteps that a mask skipped are grey.
    row_height: pixels of each row, close together (default: as suits their number, with air between them). values:
    False leaves out numbers and frames, for a `FrameView` that has them in its buffers.
    TypeError or ValueError if one of these does not fit the trace.
    """
    parts.check_trace(trace)
    values = checks.flag(values, "values")
    names = parts.check_names(names, trace, KINDS[trace.kind].shown)
    default = f"What the {trace.kind} computes at each timestep, one row per unit"
    rows = [("", trace, name) for name in names]
    labels = parts.labels_as_read(labels, trace)
    return _stacked(
        rows, labels, parts.check_title(title, default), trace.units, row_height, shared=None if values else [trace]
    )


def compare(traces, *, labels=None, names=None, title=None, row_height=None, values=True):
    """Several cells that read the same sequence, under one cursor: {"SimpleRNN": trace, "LSTM": trace, ...}.

    By default what carries memory from one timestep to the next: h, and c with its forget gate (LSTM) or the
    update gate (GRU). names: the values to show instead, of each cell those that it has, or a dict with the names for
    each kind of cell, {"LSTM": ("f", "c"), "SimpleRNN": ("h",)}. Cells may differ in units but not in timesteps
    (ValueError). A column is a step of the input, for a cell that read it from the end (`go_backwards`), too; then
    each title says which way its cell reads. row_height and values as in `heatmaps`.
    """
    traces, names = parts.check_traces(traces), parts.check_wanted(names)
    values = checks.flag(values, "values")
    both = any(trace.go_backwards for trace in traces.values())
    rows = []
    for cell, trace in traces.items():
        wanted = names.get(trace.kind, ()) if isinstance(names, Mapping) else names
        wanted = KINDS[trace.kind].pictured_as(trace).compared if names is None else checks.listed(wanted, "names")
        chosen = [n for n in wanted if isinstance(n, str) and n in (*trace.names, "x")]
        way = "" if not both else "(reads ←)  " if trace.go_backwards else "(reads →)  "
        rows += [(f"<b>{parts.tick_text(str(cell), 180)}</b>  {way}", trace, name) for name in chosen]
    if not rows:
        raise ValueError(f"names must include a value that one of the traces has; got {parts.short(names)}")
    default = "What each cell carries from timestep to timestep"
    shared = None if values else list(traces.values())
    return _stacked(rows, labels, parts.check_title(title, default), None, row_height, by_input=both, shared=shared)


def _stacked(shown, labels, title, units, row_height, by_input=False, shared=None):
    """Heatmaps in one column: (text before the title, trace, name) per row.

    by_input: columns are the input's steps. shared: the traces whose values the view has, in the order of its buffers.
    """
    timesteps = len(shown[0][1])
    labels = parts.check_labels(labels, timesteps)
    if shared is not None and not parts.every_label_fits(labels):
        labels = None  # a view says them all in its strip
    time, bottom = parts.time_axis(timesteps, labels)
    if by_input and labels is None:
        time["title"]["text"] = "step of the input"
    heights = [_height(len(shown), row_height)] * len(shown)
    rows = parts.Rows(heights, title=title, bottom=bottom, gap=_gap(10, row_height))
    how = [parts.quantity(trace, name) for _, trace, name in shown]
    data = []
    for row, (prefix, trace, name) in enumerate(shown):
        alike = [parts.unmasked(t, n) for _, t, n in shown if n == name and parts.quantity(t, n) == how[row]]
        span = value_range(how[row], alike)
        if name == "x" and min(v.min() for v in alike) >= 0:
            span = (0.0, span[1])
        drawn = parts.unmasked(trace, name)
        if by_input:
            drawn = drawn[trace.input_steps]
        hover = "input" if name == "x" else "unit"
        data.append(parts.heatmap(drawn, how[row], span=span, row=row, rows=rows, hover=hover))
        say = prefix + f"<b>{how[row].symbol}</b>" + ("" if prefix else f" {how[row].label}")
        rows.say(row, parts.row_title(trace, name, prefix), short=say)
        most = min(4, max(2, int(heights[row] // 19)))  # ticks that have room in a row of so many pixels
        axis = parts.unit_axis(drawn.shape[-1], rows.domains[row], hover, most)
        rows.layout[parts.axis_name("y", row + 1)[1]] = axis
    last = parts.axis_name("y", len(shown))[0]
    if any(trace.mask is not None and not trace.mask.all() for _, trace, _ in shown):
        rows.layout["plot_bgcolor"] = SKIPPED  # shines through where a value is missing
        time["title"]["text"] += f' (<span style="color:{SKIPPED}">■</span> skipped by the mask)'
    parts.fit_time(rows, timesteps, labels, time["title"]["text"])
    rows.layout |= {"xaxis": time | {"anchor": last}, "shapes": [parts.cursor()], "meta": rows.meta(timesteps, units)}
    if shared is not None:
        place = {id(trace): k for k, trace in enumerate(shared)}
        parts.hollow(data, [(place[id(tr)], tr, name, by_input and tr.go_backwards) for _, tr, name in shown])
        rows.layout["meta"] |= {"shared": True}
        for said in rows.layout["annotations"]:
            said["captureevents"] = True  # a click on a row's title chooses its quantity
        return go.Figure({"data": data, "layout": rows.layout})
    return go.Figure({"data": data, "layout": rows.layout, "frames": parts.time_frames(timesteps)})


def _height(count, row_height):
    if row_height is not None:
        return parts.check_index(row_height, "row_height", 2000)
    return {1: 170, 2: 120, 3: 100, 4: 84}.get(count, 68)


def _gap(usual, row_height):
    return usual if row_height is None else 2


def unit_lines(trace, *, unit=0, labels=None, names=None, title=None, row_height=None, values=True):
    """What one unit computes over time, as lines: its states and candidate above, its gates on [0, 1] below.

    Every unit has a frame with its lines, on the same axes, so units can be compared. labels, names and errors as
    in `heatmaps` (without "x", which belongs to no unit); unit is from 0 to units - 1. row_height and values as in
    `heatmaps`; without values every unit has the title that is given ("" if none), and axes that are scaled to it.
    """
    parts.check_trace(trace)
    values = checks.flag(values, "values")
    unit = parts.check_index(unit, "unit", trace.units)
    names = parts.check_names(names, trace, KINDS[trace.kind].shown)
    if "x" in names:
        raise ValueError("names must be values of a unit; got 'x', the input, which belongs to no unit")
    labels = parts.labels_as_read(labels, trace)
    how = {name: parts.quantity(trace, name) for name in names}
    signed, gates = [n for n in names if not parts.is_gate(how[n])], [n for n in names if parts.is_gate(how[n])]
    groups = [group for group in (signed, gates) if group]
    named = labels if values or parts.every_label_fits(labels) else None  # a view says them all in its strip
    time, bottom = parts.time_axis(len(trace), named)
    ending = ", and what its gates do" if gates else ""
    default = "What unit {} of the " + trace.kind + " remembers" + ending if values else ""
    titles = [parts.check_title(title, default.format(u)) for u in range(trace.units)]
    heights = [130 if row_height is None else _height(len(groups), row_height)] * len(groups)
    rows = parts.Rows(heights, title=titles[unit], bottom=bottom, gap=max(_gap(14, row_height), 10))
    data, spans = [], {}
    for row, group in enumerate(groups):
        axis, layout_name = parts.axis_name("y", row + 1)
        ticks = max(2, int(heights[row] // 28))
        shown = {name: how[name] for name in group}
        span = parts.axis_range(trace, shown)
        rows.layout[layout_name] = parts.value_axis(*span, rows.domains[row]) | {"dtick": parts.tick_step(*span, ticks)}
        if not values:
            own = [parts.axis_range(trace, shown, unit) for unit in range(trace.units)]
            steps = [parts.tick_step(*span, ticks) for span in own]
            bounds = [[float(f"{bound:.4g}") for bound in span] for span in own]
            spans[layout_name] = [[*span, step] for span, step in zip(bounds, steps, strict=True)]
        legend = rows.legend(row)
        rows.needs = max(rows.needs, parts.legend_width(how[name] for name in group) + parts.LEFT + parts.RIGHT)
        lines = [parts.line(trace, name, how[name], unit, labels) for name in group]
        data += [line | {"yaxis": axis, "legend": legend} for line in lines]
    parts.fit_time(rows, len(trace), named)
    rows.layout |= {
        "xaxis": time | {"anchor": axis},
        "shapes": [parts.cursor()],
        "showlegend": True,
        "meta": rows.meta(len(trace), trace.units, ", ".join(how[name].label for name in signed + gates)),
    }
    rows.layout["meta"]["narrow"]["data"] = [{"name": how[name].symbol} for name in signed + gates]
    if not values:
        parts.hollow(data, [(0, trace, name, False) for name in signed + gates])
        rows.layout["meta"] |= {"shared": True, "labels": labels, "unit_ranges": spans}
        return go.Figure({"data": data, "layout": rows.layout})
    frames = parts.time_frames(len(trace)) + parts.unit_frames(trace, signed + gates, titles)
    return go.Figure({"data": data, "layout": rows.layout, "frames": frames})


# --- predictions ------------------------------------------------------------------------------------------


def class_probabilities(
    probabilities, *, class_names=None, labels=None, truth=None, most=10, title=None, row_height=None
):
    """What a classifier would answer after each timestep: heatmap over time, and bars for the timestep shown.

    probabilities: (timesteps, classes) in [0, 1], or several models' as {"SimpleRNN": array, "LSTM": array}.
    truth: index of the right class, marked by an arrow. Of many classes the `most` that are ever most probable
    are shown, and the truth. row_height: pixels of each model's row, close together (default: as the classes need).
    ValueError for other shapes or values, or labels and names of another length.
    """
    several = isinstance(probabilities, Mapping)
    models = dict(probabilities) if several else {"": probabilities}
    shape = ("timesteps", "classes")
    models = {m: parts.check_array(p, "probabilities", shape, 0.0, 1.0) for m, p in models.items()}
    shapes = {p.shape for p in models.values()}
    if len(shapes) != 1:
        raise ValueError(f"probabilities must be of one shape (timesteps, classes); got {sorted(shapes) or 'no model'}")
    timesteps, classes = shapes.pop()
    labels = parts.check_labels(labels, timesteps)
    class_names = parts.check_labels(class_names, classes, "class_names", "classes") or [str(k) for k in range(classes)]
    truth = None if truth is None else parts.check_index(truth, "truth", classes)
    highest = np.max([p.max(axis=0) for p in models.values()], axis=0)
    if truth is not None:
        highest[truth] = np.inf
    kept = np.sort(np.argsort(-highest, kind="stable")[: max(parts.check_index(most, "most", 1000), 1)])
    models = {m: parts.small(p[:, kept]) for m, p in models.items()}

    ticks = [parts.tick_text(class_names[k]) for k in kept]
    left = parts.left_of([f"▶ {parts.plain(text)}" for text in ticks])
    mark = lambda texts: [f"<b>▶ {text}</b>" if k == truth else text for k, text in zip(kept, texts, strict=True)]  # noqa: E731
    brief = [parts.tick_text(class_names[k], 46) for k in kept]
    ticks = mark(ticks)
    time, bottom = parts.time_axis(timesteps, labels, width=0.66 * (parts.WIDE - left - 24))
    default = (
        "What the model would answer after each timestep"
        if len(models) == 1
        else ("What each model would answer after each timestep")
    )
    heights = [max(60, 22 * len(kept)) if row_height is None else _height(len(models), row_height)] * len(models)
    gap = _gap(10, row_height)
    rows = parts.Rows(heights, title=parts.check_title(title, default), bottom=bottom, gap=gap, left=left, right=24)
    slim = parts.left_of([f"▶ {parts.plain(text)}" for text in brief])
    rows.on_a_phone(left=slim)
    omitted = f"the {len(kept)} likeliest of {classes} classes"
    data, bars = [], []
    for row, (model, p) in enumerate(models.items()):
        axis, layout_name = parts.axis_name("y", row + 1)
        name = f"<b>{parts.tick_text(str(model), 180)}</b>  " if model else ""
        said = "probability of each class" if len(kept) == classes else omitted
        rows.say(row, name + said, short=name.strip() or "probability", share=0.68)
        rows.say(row, "probability at t", x=0.72, short="at t", share=0.28)
        rows.layout[layout_name] = parts.unit_axis(len(kept), rows.domains[row], "class") | {
            "tickvals": list(range(len(kept))),
            "ticktext": ticks,
        }
        data.append(parts.probability_map(p.T) | {"yaxis": axis})
        bars.append(parts.probability_bars(p[0]) | {"yaxis": axis})
    at_t = {"domain": [0.72, 1.0], "range": [0, 1], "tickvals": [0, 0.5, 1]}
    axes = {parts.axis_name("y", row + 1)[1]: {"ticktext": mark(brief)} for row in range(len(models))}
    few, below = parts.time_axis(timesteps, labels, width=0.66 * rows.inner_width(l=slim))
    few = {name: few[name] for name in ("tickvals", "ticktext", "tickangle") if name in few}
    across = few | {"title": {"text": "input" if labels else "timestep t"}}
    rows.on_a_phone(bottom=below, xaxis=across, xaxis2={"tickvals": [1]}, **axes)
    rows.layout |= {
        "xaxis": time | {"domain": [0, 0.68], "anchor": axis},
        "xaxis2": parts.value_axis(0, 1, [0.72, 1.0]) | at_t | {"anchor": axis, "zeroline": True},
        "shapes": [parts.cursor()],
        "bargap": 0.25,
        "meta": rows.meta(timesteps, None),
    }
    moving = [len(models) + k for k in range(len(models))]

    def at(t):
        return [{"type": "bar", "x": p[t], "marker": {"color": p[t]}} for p in models.values()]

    frames = parts.time_frames(timesteps, data=at, traces=moving)
    return go.Figure({"data": data + bars, "layout": rows.layout, "frames": frames})


def confusion_matrix(counts, *, class_names=None, title=None):
    """Which class was taken for which: counts (classes, classes), a row per true class, coloured by share of the row.

    ValueError unless counts is square, finite and not negative, or if class_names are not as many as the classes.
    """
    counts = parts.check_array(counts, "counts", ("classes", "classes"), 0)
    n = len(counts)
    if counts.shape != (n, n):
        raise ValueError(f"counts must be square, (classes, classes); got shape {counts.shape}")
    names = parts.check_labels(class_names, n, "class_names", "classes") or [str(k) for k in range(n)]
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300)
    across, bottom = parts.time_axis(n, names)
    across["title"] = parts.axis_title("predicted class", 6)
    ticks = [parts.tick_text(name) for name in names]
    left = parts.left_of([parts.plain(text) for text in ticks])
    default = "Which class is taken for which (the diagonal is right)"
    height = int(min(max(18 * n, 240), 900))
    rows = parts.Rows([height], title=parts.check_title(title, default), bottom=bottom, left=left)
    rows.say(0, "colour: share of the row" + (", number: count" if n <= 12 else ""))
    data = parts.probability_map(share, colour_bar=True) | {
        "yaxis": "y",
        "customdata": counts,
        "hovertemplate": "true %{y}, predicted %{x}<br>%{customdata} (%{z:.1%} of the row)<extra></extra>",
    }
    if n <= 12:
        data |= {"text": [[f"{c:g}" for c in row] for row in counts], "texttemplate": "%{text}"}
    step = parts.thinning(n, height / 20)
    brief = [parts.tick_text(name, 46) for name in names]
    slim = parts.left_of([parts.plain(text) for text in brief])
    few = parts.thinning(n, rows.inner_width(l=slim) / (20 if across["tickangle"] else max(map(len, names)) * 12 + 8))
    rows.on_a_phone(
        left=slim,
        xaxis={"tickvals": list(range(0, n, few)), "ticktext": ticks[::few]},
        yaxis={"ticktext": brief[::step]},
    )
    rows.layout |= {
        "xaxis": across | {"anchor": "y"},
        "yaxis": parts.unit_axis(n, rows.domains[0], "true class")
        | {"tickvals": list(range(0, n, step)), "ticktext": ticks[::step]},
        "meta": rows.meta(None, None),
    }
    return go.Figure({"data": [data], "layout": rows.layout})


# --- results of experiments -------------------------------------------------------------------------------


def learning_curves(curves, *, x=None, x_title="epoch", y_title="accuracy", chance=None, y_range=None, title=None):
    """How training went: the mean over runs as a line, from the worst to the best run as a band.

    curves: {name: (points,) or (runs, points)}. x: (points,), by default 1, 2, ... chance: level of a guess.
    """
    checked, y_title = check_curves(curves), checks.text(y_title, "y_title")
    points = next(iter(checked.values())).shape[-1]
    return draw(
        np.arange(1, points + 1) if x is None else x,
        checked,
        x_title=x_title,
        y_title=y_title,
        chance=chance,
        y_range=y_range,
        of_runs=of_runs(curves),
        title=parts.check_title(title, f"How {y_title} develops in training"),
    )


def curves_by_lag(
    lags,
    curves,
    *,
    x_title="lag (timesteps)",
    y_title="accuracy",
    chance=None,
    log_x=False,
    log_y=False,
    y_range=None,
    cursor=False,
    title=None,
):
    """A score, or a gradient's norm, against the lag: one line per model, every run as a dot or all runs as a band.

    lags: (points,) rising. curves: {name: (points,) or (runs, points)}; NaN where nothing was measured. The line is
    the mean over the runs, on a log_y axis their median (0 leaves a gap there). Up to 24 lags show every run as a
    dot, more show the band from the lowest to the highest run. chance: level of a guess, drawn as a line.
    cursor: frames `t:0`, `t:1`, ... move a cursor over the lags in turn. ValueError if shapes do not fit.
    """
    lags, y_title = parts.check_array(lags, "lags", ("points",)), checks.text(y_title, "y_title")
    return draw(
        lags,
        check_curves(curves),
        x_title=x_title,
        y_title=y_title,
        chance=chance,
        log_x=log_x,
        log_y=log_y,
        y_range=y_range,
        cursor=cursor,
        dots=lags.size <= 24,
        of_runs=of_runs(curves),
        chance_at="left",
        title=parts.check_title(title, f"How {y_title} depends on the lag"),
    )
