"""`explore` and `compare`: one slider, and everything a cell computed following it."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Number

import ipywidgets
import numpy as np
import traitlets

from lstm_viz.cells import KINDS, checks
from lstm_viz.cells.trace import Trace
from lstm_viz.pictures import figures
from lstm_viz.pictures.diagram import diagram
from lstm_viz.pictures.equations import equations
from lstm_viz.pictures.input_strip import input_strip
from lstm_viz.pictures.live_markup import LiveMarkup
from lstm_viz.widgets._traits import Index, Text
from lstm_viz.widgets.controls import TimeControls
from lstm_viz.widgets.frame_view import FrameView
from lstm_viz.widgets.markup_view import MarkupView, most_digits
from lstm_viz.widgets.trace_buffers import MOST, TraceBuffers

__all__ = ["Comparison", "Explorer", "compare", "explore"]


class _View(ipywidgets.VBox):
    """A bar of controls above pictures that all follow it; `t`, `unit`, `step` and `chosen` are the bar's."""

    t = Index(0)
    unit = Index(0)
    step = Text("")
    chosen = Text("")

    def __init__(self, timesteps, **options):
        self.controls = TimeControls(timesteps, **options)
        super().__init__()
        self.add_class("lstm-viz-view")
        for name in ("t", "unit", "step", "chosen"):
            traitlets.link((self.controls, name), (self, name))


class Explorer(_View):
    """What `explore` returns; `show` puts another trace in its place."""

    def __init__(self, trace, labels, *, cell, t, unit):
        columns, self._views, steps = panels(trace, labels, cell=cell, t=t, unit=unit)
        now = self._views["diagram"]
        super().__init__(trace.timesteps, units=trace.units, steps=steps, t=now.t, unit=now.unit)
        self._trace = trace
        self.controls.drive(*self._views.values())
        self.children = [self.controls, columns]

    @property
    def trace(self):
        """The trace that is shown."""
        return self._trace

    def show(self, trace, labels=None, *, cell=None):
        """Draw another trace (of any kind and length) in place; `t` and `unit` stay, or are clipped."""
        drawn, buffers = _drawn(trace, labels, cell)
        self._trace = trace
        self._views["input"].markup = drawn.pop("input")  # its numbers are those of the labels, not of the trace
        for name, content in drawn.items():
            self._views[name].show(content, buffers if isinstance(content, LiveMarkup) else [buffers])
        self.controls.resize(trace.timesteps, units=trace.units, steps=drawn["diagram"].steps)

    def __repr__(self):
        return f"explore({self._trace!r})"


def panels(trace, labels=None, *, cell=None, t=0, unit=None):
    """(a box, {name: view} of what is in it, names of the steps): what `explore` has below its bar, which drives it."""
    drawn, buffers = _drawn(trace, labels, cell)
    unit = busiest_unit(trace) if unit is None else unit
    views = {
        name: MarkupView(content, t, unit, buffers=None if name == "input" else buffers)
        if isinstance(content, LiveMarkup)
        else FrameView(content, t, unit, buffers=[buffers])
        for name, content in drawn.items()
    }
    left = ipywidgets.VBox([views["diagram"], views["equations"]]).add_class("lstm-viz-left")
    views["input"].add_class("lstm-viz-input")
    right = ipywidgets.VBox([views["heatmaps"], views["lines"], views["input"]]).add_class("lstm-viz-right")
    return ipywidgets.Box([left, right]).add_class("lstm-viz-columns"), views, drawn["diagram"].steps


def explore(trace, labels=None, *, cell=None, t=0, unit=None):
    """Slide through everything that a cell computed: diagram, equations, heatmaps and one unit's lines at one `t`.

    trace: what `cell.run(x)` returns for one sequence (of a batch, take `trace.select(i)`). labels: what each step of
    the input is, one text or number each, or an array (timesteps, n) whose rows are shown as shades of grey, such as
    the rows of a picture; a trace with `go_backwards` meets them from the end. cell: the cell itself, to see
    x W + h U + b worked out. unit: where it opens, by default the one whose c (or h) changes most. The view's `t` and
    `unit` can be set and observed; `view.show(trace)` redraws in place.
    ValueError or TypeError if something does not fit.
    """
    return Explorer(trace, labels, cell=cell, t=t, unit=unit)


def busiest_unit(trace):
    """The unit whose memory (c, or h where there is none) changes most from one timestep to the next."""
    name = "c" if hasattr(trace, "c") else "h"
    changes = getattr(trace, name) - getattr(trace, f"{name}_tm1")
    return int(np.abs(changes).max(axis=0).argmax())


class Comparison(_View):
    """What `compare` returns; `show` puts other traces in their place."""

    def __init__(self, traces, labels, *, names, t):
        figure, buffers, line, kinds = _compared(traces, labels, names)
        super().__init__(line.timesteps, t=t)
        self._names, self._kinds = names, kinds
        self._figure = FrameView(figure, self.t, buffers=buffers)
        self._input = MarkupView(line, self.t).add_class("lstm-viz-input")
        self.controls.drive(self._figure, self._input)
        self.children = [self.controls, self._figure, self._input]

    def show(self, *traces, labels=None):
        """Draw other traces in place; `t` stays, or is clipped."""
        figure, buffers, line, self._kinds = _compared(traces, labels, self._names)
        self._figure.show(figure, buffers)
        self._input.markup = line
        self.controls.resize(line.timesteps)

    def __repr__(self):
        return f"compare({', '.join(self._kinds)}: {self.controls.timesteps} timesteps)"


def compare(*traces, labels=None, names=None, t=0):
    """One slider through several cells that read the same sequence: `compare(rnn_trace, lstm_trace, gru_trace)`.

    traces: two or more, of as many timesteps, or one dict {name: trace} where the kinds of the cells do not name them.
    One `t` is one step of the input, also for a layer that reads it from the end (its rows say so). labels as in
    `explore`; names: the values to show, as in `figures.compare`. `view.show(...)` redraws in place.
    """
    return Comparison(traces, labels, names=names, t=t)


# --- what they show ---------------------------------------------------------------------------------------


def _drawn(trace, labels, cell):
    """Everything `explore` shows of a trace, by the name of its view, and the buffers with its numbers."""
    known = isinstance(trace, Trace) and trace.kind in KINDS
    heatmap, lines = KINDS[trace.kind].pictured_as(trace).heights if known else (None, None)
    heatmaps = figures.heatmaps(trace, title="", row_height=heatmap, values=False)  # checks the trace
    buffers = TraceBuffers.of(trace)
    words, rows = _labels(labels, trace.timesteps)
    drawn = {
        "diagram": diagram(trace, labels=words),
        "equations": equations(trace, cell=cell),
        "heatmaps": _without_time_axis(heatmaps),
        "lines": figures.unit_lines(trace, labels=words, title="", row_height=lines, values=False),
        "input": input_strip(trace, words, rows, trace.input_steps),
    }
    _share(buffers, trace, drawn["heatmaps"], drawn["diagram"], drawn["equations"], cell=cell)
    return drawn, buffers


def _share(buffers, trace, figure, *markups, of=0, cell=None):
    """Put what a figure without values and some markups show of a trace into its buffers."""
    hovered = {plot.meta["quantity"] for plot in figure.data if plot.meta["of"] == of}
    quantities = {name: getattr(trace, name) for name in hovered}
    if trace.mask is not None:
        quantities["mask"] = trace.mask.astype(np.uint8)[:, None]
    for markup in markups:
        quantities |= markup.quantities
    weights = {} if cell is None else {f"p_{block}": np.atleast_2d(p) for block, p in cell.peepholes.items()}
    if cell is not None:
        kernels = np.split(cell.kernel, len(cell.gates), axis=-1)
        names = cell.gates if len(cell.gates) > 1 else ("",)
        weights |= {f"W_{block}": kernel for block, kernel in zip(names, kernels, strict=True)}
    buffers.include(quantities, max(map(most_digits, markups), default=2), hovered, weights)


def _compared(traces, labels, names):
    """(figure, its buffers, input line, names of the cells) of the given traces."""
    traces = checks.listed(traces, "traces", 100)
    if len(traces) == 1 and isinstance(traces[0], Mapping):
        named = dict(traces[0])
    else:
        named = _by_kind([trace for trace in traces if trace is not None])
    figures.compare(named, names=names, title="", values=False)  # checks the traces
    first = next(iter(named.values()))
    words, rows = _labels(labels, first.timesteps)
    figure = figures.compare(named, names=names, title="", labels=words, values=False)
    buffers = [TraceBuffers.of(trace) for trace in named.values()]
    for k, trace in enumerate(named.values()):
        _share(buffers[k], trace, figure, of=k)
    return figure, buffers, input_strip(first, words, rows, np.arange(first.timesteps)), list(map(str, named))


def _by_kind(traces):
    """{"SimpleRNN": trace, "LSTM": trace}, numbered where a kind comes twice."""
    kinds = [getattr(trace, "kind", type(trace).__name__) for trace in traces]
    names = [kind if kinds.count(kind) == 1 else f"{kind} {kinds[: k + 1].count(kind)}" for k, kind in enumerate(kinds)]
    return dict(zip(names, traces, strict=True))


def _without_time_axis(figure):
    """The figure without the words below it: the picture underneath has the same timesteps and says them."""
    spare = figure.layout.margin.b - 10
    figure.update_layout(height=figure.layout.height - spare, margin_b=10)
    figure.update_xaxes(showticklabels=False, title_text="")
    narrow = figure.layout.meta["narrow"]
    layout = {name: value for name, value in narrow["layout"].items() if name != "xaxis"}
    layout["height"] -= layout["margin"].get("b", spare + 10) - 10
    layout["margin"] = layout["margin"] | {"b": 10}
    figure.layout.meta = figure.layout.meta | {"narrow": narrow | {"layout": layout}}
    return figure


def _labels(labels, timesteps):
    """(a text per timestep or None, rows of numbers (timesteps, n) or None)."""
    if labels is None:
        return None, None
    if isinstance(labels, Mapping):
        raise TypeError(f"labels must be one text, number or row per timestep; got {type(labels).__name__}")
    labels = checks.listed(labels, "labels", MOST)
    if len(labels) != timesteps:
        raise ValueError(f"labels must be as many as the timesteps, {timesteps}; got {len(labels)}")
    if not all(isinstance(label, (str, Number, np.generic)) for label in labels):
        most = float(np.finfo(np.float32).max)  # what the browser is sent
        name = "labels that are rows, all of one length,"
        return None, checks.shaped(labels, name, (timesteps, "n"), -most, most).astype(np.float64)
    return [f"{label:.3g}" if isinstance(label, float | np.floating) else str(label) for label in labels], None
