"""`TextPanel`: a text as a model read it, under a time bar, with a chooser for what shades it. Views stand on it."""

from __future__ import annotations

import ipywidgets
import numpy as np
import traitlets

from lstm_viz.cells import checks
from lstm_viz.lessons.lesson_09.character_model import CharacterModel, Reading
from lstm_viz.widgets import Links, TextView, TimeControls
from lstm_viz.widgets.text_view import MOST

__all__ = ["TextPanel", "cut", "reading_of"]

SURPRISE = "surprise in bits"


def reading_of(model, text):
    """The `Reading` that is meant: `model` if it is one already, else what this model reads in the text."""
    if isinstance(model, Reading):
        if text is not None:
            raise ValueError("text must be None beside a reading, which has its own; got both")
        return model
    checks.same_kind(model, CharacterModel, "model", "a character model, or its reading of a text")
    return model.read(cut(text)[0])


def cut(text):
    """(as much of a text as is shown, a sentence that says so or ""). TypeError for what is no text."""
    if len(checks.text(text, "text")) <= MOST:
        return text, ""
    return text[:MOST], f"This text has {len(text):,} characters; the first {MOST:,} of them are read."


def liveliest_unit(trace):
    """The unit whose h varies most over the text (a cell state has no bound, so its largest says little)."""
    return int(np.std(trace.h, axis=0).argmax())


class TextPanel(ipywidgets.VBox):
    """A `Reading`'s text under its bar. `reading` is what is shown; `controls` has `t` and `unit`.

    `quantity` is the chooser of what shades the text, `text_view` the text. `also` are views that follow t and unit.
    """

    def __init__(self, reading, *, t=0, unit=None, quantity=None, measures=None, bar=None):
        self.reading, self._measures = (
            checks.same_kind(reading, Reading, "reading", "what model.read returns"),
            measures,
        )
        if measures is not None and not callable(measures):
            raise TypeError(f"measures must be a function of a reading, or None; got {checks.short(measures)}")
        unit = liveliest_unit(reading.trace) if unit is None else unit
        self.controls = bar or TimeControls(len(reading), units=reading.trace.units)
        self.text_view = TextView(reading.text, reading.trace, measures=self._shown_measures(reading))
        self.quantity = ipywidgets.Dropdown(
            options=self._options(), description="shaded by", tooltip="what shades the text",
            style={"description_width": "initial"}, layout={"width": "auto", "max_width": "360px"},
        )  # fmt: skip
        self._quantities = Links()
        if quantity is not None:
            self.text_view.quantity = quantity
        self._both = traitlets.link((self.text_view, "quantity"), (self.quantity, "value"))
        self._carry()
        self.controls.drive(self.text_view)
        self.controls.t, self.controls.unit = t, unit
        super().__init__()
        self.add_class("lstm-viz-view").add_class("lstm-viz-lab")

    def show_reading(self, reading, t=None):
        """Show another reading in place, at timestep t (where it is, if None)."""
        t = min(self.controls.t if t is None else t, len(reading) - 1)
        self.reading = reading
        # what a click last told Python: cut off with the text, it would come back to the bar and have its way
        self.text_view.t = t
        self._both.unlink()
        self.text_view.show(reading.text, reading.trace, self._shown_measures(reading))
        if list(self.quantity.options) != self._options():
            self.quantity.options = self._options()
        self._both = traitlets.link((self.text_view, "quantity"), (self.quantity, "value"))
        self._carry()
        # in one message: a slider that was cut off in the browser first would say so later, and have its way
        with self.controls.slider.hold_sync():
            self.controls.resize(len(reading), units=reading.trace.units, steps=self.controls.steps)
            self.controls.t = t

    def _shown_measures(self, reading):
        own = {} if self._measures is None else self._measures(reading)
        return {SURPRISE: reading.surprise} | {str(name): 1.0 * values for name, values in own.items()}

    def _options(self):
        shades = self.text_view.shades
        return [(f"{s.symbol}  {s.label}" if s.symbol else s.label, name) for name, s in shades.items()]

    def _carry(self):
        names = [name for _, name in self._options()]
        self._quantities.carry((self.quantity, "index"), (self.text_view, "quantity"), values=names, back=True)

    def __repr__(self):
        return f"<{type(self).__name__}: {self.reading!r}>"
