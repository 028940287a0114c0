"""A live diagram or equation in the notebook, following one timestep without the kernel."""

from __future__ import annotations

from pathlib import Path

import anywidget
import ipywidgets
import numpy as np
import traitlets

from lstm_viz.pictures.live_markup import LiveMarkup
from lstm_viz.widgets.frame_view import _Index
from lstm_viz.widgets.page_font import LOAD_FONT, PageFont, page_font

__all__ = ["MarkupView"]


def _sent(markup, _widget):
    """What the browser needs: the markup, and every quantity as little-endian numbers, row after row."""
    return {
        "markup": markup.markup,
        "quantities": {name: _packed(values) for name, values in markup.quantities.items()},
        "texts": {name: list(words) for name, words in markup.texts.items()},
        "timesteps": markup.timesteps,
        "units": markup.units,
        "alt": markup.alt,
        "steps": list(markup.steps),
    }


def _packed(values):
    values = np.asarray(values)
    dtype = {np.dtype(np.float32): "<f4", np.dtype(np.uint8): "|u1"}.get(values.dtype, "<f8")
    return {"dtype": dtype, "width": values.shape[1], "data": np.ascontiguousarray(values, dtype).tobytes()}


class MarkupView(anywidget.AnyWidget):
    """Shows a `LiveMarkup` (`diagram(trace)`, `equations(trace)`) at timestep `t`, for one `unit`, highlighting `step`.

    `t`, `unit` and `step` are synced: linked to a slider in the browser they move the picture without the kernel, also
    in a saved HTML page. A new `markup` is drawn in place, at the same `t`. A `t` or `unit` outside the markup is
    clipped, a `step` that it does not have highlights nothing. TypeError for what is no LiveMarkup or whole number.
    """

    _esm = LOAD_FONT + Path(__file__).with_name("markup_view.js").read_text(encoding="utf-8")

    markup = traitlets.Instance(LiveMarkup).tag(sync=True, to_json=_sent)
    t = _Index(0).tag(sync=True)
    unit = _Index(0).tag(sync=True)
    step = traitlets.Unicode("").tag(sync=True)
    _font = traitlets.Instance(PageFont).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, markup, t=0, unit=0, step="", **options):
        if not isinstance(markup, LiveMarkup):
            raise TypeError(f"markup must be a LiveMarkup, as diagram(trace) returns; got {type(markup).__name__}")
        super().__init__(markup=markup, t=t, unit=unit, step=step, _font=page_font(), **options)

    @traitlets.validate("t", "unit")
    def _clip(self, proposal):
        count = self.markup.timesteps if proposal["trait"].name == "t" else self.markup.units
        return min(max(proposal["value"], 0), count - 1)

    @traitlets.observe("markup")
    def _clip_both(self, _change):
        self.t, self.unit = self.t, self.unit

    def __repr__(self):
        return f"<MarkupView: {self.markup.timesteps} timesteps, {self.markup.units} units>"
