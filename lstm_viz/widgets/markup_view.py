"""A live diagram or equation in the notebook, following one timestep without the kernel."""

from __future__ import annotations

import re

import anywidget
import ipywidgets
import traitlets

from lstm_viz.cells import checks
from lstm_viz.pictures.live_markup import LiveMarkup
from lstm_viz.widgets._look import VIEW, script
from lstm_viz.widgets._packing import packed
from lstm_viz.widgets._traits import Index, Text
from lstm_viz.widgets.frame_view import as_text
from lstm_viz.widgets.page_font import PageFont, page_font
from lstm_viz.widgets.trace_buffers import TraceBuffers

__all__ = ["MarkupView"]


def _sent(markup, view):
    """What the browser needs: a page as text, and those of its numbers that the view's buffers do not hold."""
    page = {name: getattr(markup, name) for name in ("markup", "timesteps", "units", "alt", "steps", "choices")}
    page["texts"] = {name: list(words) for name, words in markup.texts.items()}
    shared = view.buffers.quantities if view is not None and view.shared is markup else ()
    own = {name: values for name, values in markup.quantities.items() if name not in shared}
    return {"page": as_text(page), "quantities": {name: packed(v, most_digits(markup)) for name, v in own.items()}}


def most_digits(markup):
    """The most decimals with which the markup writes a number."""
    return max(map(int, re.findall(r'data-digits="(\d)"', markup.markup)), default=2)


def _check(markup):
    return checks.same_kind(markup, LiveMarkup, "markup", "a LiveMarkup, as diagram(trace) returns")


class _Markup(traitlets.Instance):
    def validate(self, obj, value):
        return _check(value)


class MarkupView(anywidget.AnyWidget):
    """Shows a `LiveMarkup` (`diagram(trace)`, `equations(trace)`) at timestep `t`, for one `unit`, highlighting `step`.

    `t`, `unit` and `step` are synced: linked to a slider in the browser they move the picture without the kernel, also
    in a saved HTML page. `chosen` is the quantity that was clicked, or chosen with the arrow keys. A new `markup` is
    drawn in place, at the same `t`. A `t` or `unit` outside the markup is clipped, a `step` that it does not have
    highlights nothing. TypeError for what is no LiveMarkup or whole number.
    """

    # traits of the class, which travel once: of a plain text anywidget makes one for each view, and sends it twice
    _esm = traitlets.Unicode(script(*VIEW, "markup_view")).tag(sync=True)

    markup = _Markup(LiveMarkup).tag(sync=True, to_json=_sent)
    t = Index(0).tag(sync=True)
    unit = Index(0).tag(sync=True)
    step = Text("").tag(sync=True)
    chosen = Text("").tag(sync=True)
    #: while time plays, the milliseconds of a timestep (set in the browser): numbers travel along its lines
    pace = traitlets.Int(0).tag(sync=True)
    _buffers = traitlets.Instance(TraceBuffers, allow_none=True).tag(sync=True, **ipywidgets.widget_serialization)
    _font = traitlets.Instance(PageFont).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, markup, t=0, unit=0, step="", *, buffers=None, **options):
        if buffers is not None:
            checks.same_kind(buffers, TraceBuffers, "buffers", "TraceBuffers or None")
        self.shared = markup if buffers is not None else None
        super().__init__(markup=markup, t=t, unit=unit, step=step, _buffers=buffers, _font=page_font(), **options)

    @property
    def buffers(self):
        """The `TraceBuffers` from which the view reads, or None."""
        return self._buffers

    def show(self, markup, buffers):
        """Draw another markup in place, whose quantities are those in `buffers`, by name, as far as these hold them."""
        checks.same_kind(buffers, TraceBuffers, "buffers", "TraceBuffers")
        buffers.include(_check(markup).quantities, most_digits(markup))
        with self.hold_sync():
            self.shared, self._buffers = markup, buffers
            self.markup = markup

    @traitlets.validate("t", "unit")
    def _clip(self, proposal):
        count = self.markup.timesteps if proposal["trait"].name == "t" else self.markup.units
        return min(max(proposal["value"], 0), count - 1)

    @traitlets.observe("markup")
    def _clip_both(self, _change):
        self.t, self.unit = self.t, self.unit

    def __repr__(self):
        return f"<MarkupView: {self.markup.timesteps} timesteps, {self.markup.units} units>"
