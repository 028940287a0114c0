"""`read_along`: a text under the model's eyes: its units in colour, its guesses, its surprise, and the reader's own."""

from __future__ import annotations

import html

import ipywidgets

from lstm_viz.lessons.lesson_09.text_panel import TextPanel, cut, reading_of
from lstm_viz.lessons.lesson_09.text_pictures import guesses_markup, name_of, surprise_figure
from lstm_viz.widgets import FrameView, MarkupView, on_change
from lstm_viz.widgets.read_text import Unheard

__all__ = ["ReadAlong", "read_along"]

_NOBODY = (
    "Python has not read this text yet. In a running notebook, run this cell first. In a saved page nobody reads it: "
    "what you see below is still the text before."
)


class ReadAlong(TextPanel):
    """What `read_along` returns. `box` takes the reader's own text, `reading` is what is shown.

    `controls` (t, unit), `quantity`, `text_view`, `guesses` and `surprise` are its parts; `note` says what is special.
    """

    def __init__(self, reading, **options):
        super().__init__(reading, **options)
        text = reading.text.encode("utf-8", "replace").decode("utf-8")  # what a message can carry
        self.box = ipywidgets.Textarea(
            text, continuous_update=False, description="your own text",
            placeholder="paste code here, then click outside of this box",
            tooltip="the text that the model reads; a click outside of this box reads it", rows=3,
            style={"description_width": "initial"}, layout={"width": "auto", "max_width": "900px"},
        )  # fmt: skip
        self.note = ipywidgets.HTML()
        self._unheard = Unheard(source=self.box, heard=text, message=_NOBODY)
        self.guesses = MarkupView(guesses_markup(reading))
        self.surprise = FrameView(self._surprise())
        self.controls.drive(self.guesses, self.surprise)
        self.changes = on_change([self.box], self._read)
        self._say("")
        right = ipywidgets.VBox([self.guesses]).add_class("lstm-viz-left")
        beside = ipywidgets.Box([right, ipywidgets.VBox([self.surprise]).add_class("lstm-viz-right")])
        self.children = [
            self.controls, self.quantity, self._quantities, self.text_view, beside.add_class("lstm-viz-columns"),
            self.box, self._unheard, self.note, self.changes.status,
        ]  # fmt: skip

    def show(self, text):
        """Let the model read another text, 1 to 5,000 characters of it; `unit` and `quantity` stay."""
        text, said = cut(text)
        reading = self.reading.model.read(text)
        self.surprise.t = 0  # as in show_reading
        self.show_reading(reading, t=0)
        self.guesses.markup = guesses_markup(self.reading)
        self.surprise.figure = self._surprise()
        self._say(said)

    def _surprise(self):
        return surprise_figure({self.reading.model.kind: self.reading.surprise}, self.reading.text)

    def _read(self, text):
        if text:
            self.show(text)
        else:
            self._say("An empty text has no characters, so there is nothing to read: the last one stays.")
        self._unheard.heard = text

    def _say(self, said):
        reading = self.reading
        foreign = sorted({name_of(c) for c, unknown in zip(reading.text, reading.unknown, strict=True) if unknown})
        known = f"Not in the model's vocabulary, so read as the unknown character: {', '.join(foreign[:12])}"
        known = f"{known}{' and others' if len(foreign) > 12 else ''}." if foreign else ""
        bits = f"{len(reading):,} characters at {reading.bits:.2f} bits each on average." if len(reading) > 1 else ""
        words = " ".join(html.escape(sentence) for sentence in (said, bits, known) if sentence)
        self.note.value = f'<p role="status" style="overflow-wrap:anywhere">{words}</p>'


def read_along(model, text=None, *, t=0, unit=None, quantity=None, measures=None):
    """Read a text character by character with a trained model: units in colour, five guesses, surprise, one bar.

        read_along(character_model("LSTM"), "def f(x):\\n    return x")

    model: a `CharacterModel`, or its `Reading` of a text. text: 1 to 5,000 characters (of more, the first 5,000 are
    read, and the view says so). t, unit, quantity: where it opens (by default 0, the unit whose h varies most, and c or
    h). measures: a function of a reading that returns {label: (characters,) numbers} to be chosen for the shades, too,
    such as `lambda reading: truths(reading.text)`. Sliding and choosing need no kernel; a text of the reader's does.
    TypeError or ValueError if one of these does not fit.
    """
    return ReadAlong(reading_of(model, text), t=t, unit=unit, quantity=quantity, measures=measures)
