"""`surgery_view`: hold a gate of one unit or all over a stretch of text, and see what becomes of the predictions."""

from __future__ import annotations

import html

import ipywidgets
import numpy as np
import traitlets

from lstm_viz.cells import LSTMCell, checks
from lstm_viz.lessons.lesson_09.character_model import CharacterModel
from lstm_viz.lessons.lesson_09.held_out import SCORED, bits_by_file
from lstm_viz.lessons.lesson_09.surgery import Clamp
from lstm_viz.lessons.lesson_09.text_panel import TextPanel, reading_of
from lstm_viz.lessons.lesson_09.text_pictures import guesses_markup, name_of, surprise_figure, with_line
from lstm_viz.widgets import FrameView, MarkupView, on_change

__all__ = ["SurgeryView", "surgery_view"]

_NUMBER = "a number"
_GATES = {"= 0": 0.0, "= 1": 1.0, "its mean": "mean", _NUMBER: _NUMBER}
#: gate -> {what a reader chooses: the clamp's value}
_VALUES = {
    "f": _GATES,
    "i": _GATES,
    "o": _GATES,
    "c_tilde": {"= 0": 0.0, "its mean": "mean", _NUMBER: _NUMBER},
    "c": {"held": "held", "emptied": 0},
}
_LABELS = {
    "f": "f  forget gate",
    "i": "i  input gate",
    "o": "o  output gate",
    "c_tilde": "c̃  candidate",
    "c": "c  cell state",
}
_ONE, _ALL = "the chosen unit", "all units"
_WIDE = {"description_width": "initial"}


class SurgeryView(TextPanel):
    """What `surgery_view` returns. `whole` is the untouched reading, `reading` the one that is cut, by `clamp`.

    Knobs: `gate`, `units`, `value`, `number` (for the value "a number"), `stretch` (also selected in the text; empty:
    all of it), `on` (without it nothing is clamped). `guesses` are two views, untouched and cut; `surprise` has a line
    for each; `continuations` two texts, what each writes after the end, always the most probable character; `held_out`
    the bits per character of each of some held-out files, untouched and cut all over (none where there are no files).
    """

    def __init__(self, model, text, length, **options):
        self.model, self._length = model, length
        self.whole = model.read(text)
        super().__init__(self.whole, **options)
        self.gate = ipywidgets.Dropdown(
            options=[(label, name) for name, label in _LABELS.items()], description="hold", style=_WIDE,
            layout={"width": "auto"}, tooltip="which gate is held",
        )  # fmt: skip
        self.units = ipywidgets.Dropdown(
            options=[_ONE, _ALL], description="of", style=_WIDE, layout={"width": "auto"}, tooltip="of which units"
        )
        self.value = ipywidgets.Dropdown(
            options=list(_GATES), description="at", style=_WIDE, layout={"width": "auto"}, tooltip="at which value"
        )
        self.number = ipywidgets.FloatSlider(
            0.5, min=0, max=1, step=0.05, description="number", style=_WIDE, tooltip="the value at which it is held",
            layout={"width": "auto", "display": "none"},
        )  # fmt: skip
        self.stretch = ipywidgets.IntRangeSlider(
            value=(0, 0), min=0, max=len(text), description="stretch from, to", continuous_update=False, style=_WIDE,
            layout={"width": "auto", "max_width": "700px"},
            tooltip="the stretch of text over which it is held, all of it if empty; or drag over the text",
        )  # fmt: skip
        self.on = ipywidgets.Checkbox(True, description="cut", indent=False, layout={"width": "auto"})
        self.said = ipywidgets.HTML()
        self.guesses = [MarkupView(guesses_markup(self.whole, title=title)) for title in ("Untouched", "Cut")]
        self.surprise = FrameView(surprise_figure({"untouched": self.whole.surprise, "cut": self.whole.surprise}, text))
        self.controls.drive(*self.guesses, self.surprise)
        self._untouched = self._continued(())
        self.continuations = (self._untouched, self._untouched)
        self.held_out = (bits_by_file(model),) * 2
        knobs = [self.gate, self.units, self.value, self.number, self.stretch, self.on]
        self.changes = on_change(knobs, lambda *_values: self._cut())
        traitlets.link((self.text_view, "selection"), (self.stretch, "value"))
        self.controls.observe(lambda _change: self.units.value == _ONE and self.changes.run(), "unit")
        row = {"flex_flow": "row wrap", "align_items": "center"}
        columns = ipywidgets.Box(self.guesses, layout={"flex_flow": "row wrap", "overflow": "visible"})
        self.children = [
            self.controls, ipywidgets.HBox([self.gate, self.units, self.value, self.number, self.on], layout=row),
            self.stretch, self.said, self.quantity, self._quantities, self.text_view, columns, self.surprise,
            self.changes.status,
        ]  # fmt: skip
        self.changes.run()

    @property
    def clamp(self):
        """The `Clamp` that the knobs say, or None where nothing is cut."""
        if not self.on.value:
            return None
        value = _VALUES[self.gate.value][self.value.value]
        value = self.number.value if value == _NUMBER else value
        start, stop = self.stretch.value
        over = (start, stop) if start < stop else (0, None)
        return Clamp(self.gate.value, self.controls.unit if self.units.value == _ONE else None, value, *over)

    def _cut(self):
        choices = list(_VALUES[self.gate.value])
        if list(self.value.options) != choices:
            self.value.options = choices
            return  # its value has changed, so this is called again
        self.number.min = -1 if self.gate.value == "c_tilde" else 0
        self.number.layout.display = None if self.value.value == _NUMBER else "none"
        clamp = self.clamp
        clamps = () if clamp is None else (clamp,)
        reading = self.model.read(self.whole.text, clamps)
        self.show_reading(reading)
        self.guesses[1].markup = guesses_markup(reading, title="Cut")
        self.surprise.figure = with_line(self.surprise.figure, 1, reading.surprise)
        self.continuations = (self._untouched, self._continued(clamps))
        self.held_out = (self.held_out[0], bits_by_file(self.model, clamps))
        self.said.value = self._words(clamp)

    def _continued(self, clamps):
        """What is written after the text; a clamp whose stretch lies in the text has ended there."""
        return self.model.go_on(self.reading if clamps else self.whole, self._length, 0.0, 0, clamps)

    def _words(self, clamp):
        before, after = self.whole.bits, self.reading.bits
        cost = f"{after:.3f} bits per character, {after - before:+.3f} against {before:.3f} untouched."
        same = np.array_equal(self.whole.trace.h, self.reading.trace.h)
        what = "Nothing is cut." if clamp is None else f"Held: {clamp}."
        what += " Not one bit differs from the untouched model." if same else ""
        rows = "".join(
            f"<tr><th scope='row' style='text-align:left;padding-right:10px;font-weight:normal'>{name}</th>"
            f"<td style='overflow-wrap:anywhere'><code>{html.escape(''.join(_plain(c) for c in text))}</code></td></tr>"
            for name, text in zip(("untouched", "cut"), self.continuations, strict=True)
        )
        return (
            f'<p role="status">{html.escape(what)} {cost if len(self.whole) > 1 else ""}</p>'
            f"<p>{self._elsewhere(clamp)} It would go on so:</p><table>{rows}</table>"
        )

    def _elsewhere(self, clamp):
        """A sentence on the held-out files; a short text of the reader's own says little about a cut."""
        plain, now = self.held_out
        if not plain.size:
            return "There is no source of the standard library here, so what this costs on held-out files is not known."
        of = f"{plain.size} held-out files ({plain.size * SCORED:,} characters)"
        if clamp is None:
            return f"On {of} it needs {plain.mean():.3f} bits."
        held = "Held all over" if clamp.stop is not None else "Held"
        worse = f"worse in {(now > plain).sum()} of the files"
        return (
            f"{held}, it needs {now.mean():.3f} bits on {of}, {now.mean() - plain.mean():+.3f} against "
            f"{plain.mean():.3f} untouched; {worse}."
        )


def _plain(character):
    return {" ": " ", "\n": "↵"}.get(character) or name_of(character)


def surgery_view(model, text, *, length=40, t=0, unit=None, quantity=None):
    """Cut into an LSTM while it reads: predictions, surprise and what it would write, untouched and cut.

        surgery_view(character_model(), 'print("hello")', unit=94)

    model: a `CharacterModel` with an LSTM. text: 1 to 5,000 characters. length: characters of the continuations, 1 to
    500. t, unit, quantity as in `read_along`. The knobs need the kernel. TypeError or ValueError if one of these does
    not fit.
    """
    checks.same_kind(model, CharacterModel, "model", "a character model")
    checks.same_kind(model.cell, LSTMCell, "model.cell", "an LSTM cell, whose gates can be clamped")
    length = checks.whole(length, "length", most=500)
    return SurgeryView(model, reading_of(model, text).text, length, t=t, unit=unit, quantity=quantity)
