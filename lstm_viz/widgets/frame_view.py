"""`FrameView`: a plotly figure whose frames follow `t` and `unit` in the browser, without the kernel."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path

import anywidget
import ipywidgets
import plotly
import traitlets
from plotly.basedatatypes import BaseFigure

from lstm_viz.cells import checks
from lstm_viz.widgets._look import VIEW, script, style_sheet
from lstm_viz.widgets._traits import Index, Text
from lstm_viz.widgets.page_font import PageFont, page_font
from lstm_viz.widgets.trace_buffers import TraceBuffers

__all__ = ["FrameView", "PlotlyLibrary", "plotly_library"]

_HERE = Path(__file__).parent
LOAD_PLOTLY = script("load_plotly")
_SCRIPTS = (*VIEW, "load_plotly", "say_now", "take_turns", "frame_view")


class PlotlyLibrary(anywidget.AnyWidget):
    """plotly.js as the installed plotly package brings it, sent to a page once and shared by every view on it.

    An AnyWidget, because JupyterLab forgets the bytes of other widgets when it saves their state.
    """

    _esm = "export default {};"
    _is_plotly_library = traitlets.Bool(True).tag(sync=True)
    version = traitlets.Unicode().tag(sync=True)
    #: where a saved page has it instead, beside itself
    url = traitlets.Unicode().tag(sync=True)
    #: gzipped, which makes 1.5 MB of 4.8 MB
    source = traitlets.Bytes().tag(sync=True)


@cache
def zipped_plotly():
    path = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    return gzip.compress(path.read_bytes(), 6, mtime=0)


_library = None


def plotly_library():
    """The one `PlotlyLibrary` of this kernel."""
    global _library
    if _library is None or _library.comm is None:  # closed by Widget.close_all
        _library = PlotlyLibrary(version=plotly.__version__, source=zipped_plotly())
    return _library


class _Figure(traitlets.TraitType):
    """A plotly figure; every assignment counts as a change, because plotly's own == leaves out the frames."""

    def validate(self, obj, value):
        if not isinstance(value, BaseFigure):
            raise TypeError(f"figure must be a plotly figure; got {type(value).__name__}")
        return value

    def set(self, obj, value):
        new = self._validate(obj, value)
        old = obj._trait_values.get(self.name)
        obj._trait_values[self.name] = new
        obj._notify_trait(self.name, old, new)


def as_text(page):
    """Plain data as JSON, in which no label such as "<!--<script>" can end or swallow the script of a saved page."""
    return _harmless(json.dumps(page, ensure_ascii=False))


def _to_json(figure, _widget):
    return _harmless(figure.to_json(validate=False))


def _harmless(text):
    return re.sub(r"<(?=!|/?script)", r"\\u003c", text, flags=re.IGNORECASE)


def _count(figure, name):
    """How many "timesteps" or "units" the figure shows: its frames, or what its `meta` says, at least 1."""
    meta = figure.layout.meta
    said = meta.get(name) if isinstance(meta, dict) else None
    return max(said or 1, sum((frame.group == "unit") == (name == "units") for frame in figure.frames))


def _buffers(buffers):
    return [
        checks.same_kind(b, TraceBuffers, "buffers", "a list of TraceBuffers")
        for b in checks.listed(buffers, "buffers")
    ]


class FrameView(anywidget.AnyWidget):
    """A plotly figure that shows its frame `t` (and, of the frames in group "unit", its frame `unit`).

    Frames are applied in the browser, so `ipywidgets.jslink((slider, "value"), (view, "t"))` or `TimeControls`
    slide through them without the kernel, also in a saved HTML page. A click on the picture goes to that timestep
    (and unit). A new `figure` is drawn in place. A `t` or `unit` outside is clipped. TypeError for what is no plotly
    figure or no whole number. A figure without values (`figures.heatmaps(trace, values=False)`) is filled in from
    `buffers`, the TraceBuffers of its traces in their order.
    """

    # traits of the class, which travel once: of a plain text anywidget makes one for each view, and sends it twice
    _esm = traitlets.Unicode(script(*_SCRIPTS)).tag(sync=True)
    _css = traitlets.Unicode(style_sheet("frame_view")).tag(sync=True)

    figure = _Figure().tag(sync=True, to_json=_to_json)
    t = Index(0).tag(sync=True)
    unit = Index(0).tag(sync=True)
    #: the quantity that was clicked, of a figure filled in from buffers
    chosen = Text("").tag(sync=True)
    _buffers = traitlets.List(traitlets.Instance(TraceBuffers)).tag(sync=True, **ipywidgets.widget_serialization)
    _font = traitlets.Instance(PageFont).tag(sync=True, **ipywidgets.widget_serialization)
    _library = traitlets.Instance(PlotlyLibrary).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, figure, t=0, unit=0, *, buffers=(), **options):
        options["_buffers"] = _buffers(buffers)
        super().__init__(figure=figure, t=t, unit=unit, _font=page_font(), _library=plotly_library(), **options)

    def show(self, figure, buffers=()):
        """Draw another figure in place, whose values are in these buffers."""
        buffers = _buffers(buffers)
        with self.hold_sync():
            self._buffers = buffers
            self.figure = figure

    @property
    def timesteps(self):
        """Number of timesteps that `t` chooses from."""
        return _count(self.figure, "timesteps")

    @property
    def units(self):
        """Number of units that `unit` chooses from."""
        return _count(self.figure, "units")

    @traitlets.validate("t", "unit")
    def _clip(self, proposal):
        count = self.timesteps if proposal["trait"].name == "t" else self.units
        return min(max(proposal["value"], 0), count - 1)

    @traitlets.observe("figure")
    def _clip_both(self, _change):
        self.t, self.unit = self.t, self.unit

    def __repr__(self):
        return f"<FrameView: {self.timesteps} frames>"
