"""`write_along`: the model goes on with a text, one character at a time, and everything is seen as it comes."""

from __future__ import annotations

import ipywidgets

from lstm_viz.cells import checks
from lstm_viz.lessons.lesson_09.character_model import CharacterModel
from lstm_viz.lessons.lesson_09.text_panel import TextPanel
from lstm_viz.lessons.lesson_09.text_pictures import guesses_markup, sign_of
from lstm_viz.widgets import MarkupView, explore, on_change

__all__ = ["WriteAlong", "write_along"]

_WIDE = {"description_width": "initial"}


class WriteAlong(TextPanel):
    """What `write_along` returns: `reading` is the start and what was written, which the bar uncovers step by step.

    Knobs: `start`, `length`, `temperature`, `seed`, and `again`, a button that rewrites what comes after t. `guesses`
    are the chances from which each character was drawn, `explorer` the whole step (None without).
    """

    def __init__(self, model, start, length, temperature, seed, explorer):
        self.model, self.throws = model, 0  # how often it was written again
        reading = model.write(start, length, temperature, seed)
        self.explorer = explore(reading.trace, _labels(reading)) if explorer else None
        bar = self.explorer.controls if explorer else None
        super().__init__(reading, t=len(start) - 1, bar=bar)
        self.text_view.reveal = True
        self.start = ipywidgets.Textarea(
            start, continuous_update=False, description="it begins with", rows=2, style=_WIDE,
            tooltip="the text that the model goes on with", layout={"width": "auto", "max_width": "900px"},
        )  # fmt: skip
        self.length = ipywidgets.IntSlider(
            length, 1, max(500, length), description="characters", continuous_update=False, style=_WIDE,
            tooltip="how many characters are written",
        )  # fmt: skip
        self.temperature = ipywidgets.FloatSlider(
            temperature, min=0.0, max=max(2.0, temperature), step=0.05, description="temperature", style=_WIDE,
            tooltip="above 1 braver, below 1 more careful, 0 always the most probable", continuous_update=False,
        )  # fmt: skip
        self.seed = ipywidgets.BoundedIntText(seed, 0, 10**6, description="seed of the dice", style=_WIDE)
        self.again = ipywidgets.Button(
            description="write again from here", tooltip="rewrite what comes after t, with other dice",
            layout={"width": "auto"},
        )  # fmt: skip
        self.note = ipywidgets.HTML()
        self.guesses = MarkupView(self._guesses())
        self.controls.drive(self.guesses)
        self.changes = on_change([self.start, self.length, self.temperature, self.seed], self._write)
        self.again.on_click(lambda _button: self.write_from(self.controls.t))
        self.text_view.marks = [(0, len(start))]
        row = {"flex_flow": "row wrap"}
        self.children = [
            self.controls, self.quantity, self._quantities, self.text_view, self.guesses, self.start,
            ipywidgets.HBox([self.temperature, self.length, self.seed, self.again], layout=row), self.note,
            self.changes.status, *([self.explorer.children[1]] if explorer else []),
        ]  # fmt: skip

    def write_from(self, t):
        """Keep the text up to timestep t, and write what comes after it once more, with another seed of the dice."""
        t = checks.whole(t, "t", 0, len(self.reading) - 1)
        kept, given = self.reading.text[: t + 1], self.text_view.marks
        self.throws += 1
        left = len(self.reading) - len(kept) or 1
        self._show(self.model.write(kept, left, self.temperature.value, self.seed.value + self.throws), t)
        self.text_view.marks = given

    def _write(self, start, length, temperature, seed):
        if not start:
            self.note.value = '<p role="status">The model needs at least one character to go on with.</p>'
            return
        self.note.value = ""
        self._show(self.model.write(start, length, temperature, seed), len(start) - 1)
        self.text_view.marks = [(0, len(start))]

    def _show(self, reading, t):
        with self.controls.slider.hold_sync():  # as in show_reading
            if self.explorer is not None:
                self.explorer.show(reading.trace, _labels(reading))
            self.show_reading(reading, t)
        self.text_view.reveal = True
        self.guesses.markup = self._guesses()

    def _guesses(self):
        title = "The chances from which the next character is drawn"
        return guesses_markup(self.reading, title=title, temperature=self.temperature.value)


def _labels(reading):
    return [sign_of(character) for character in reading.text]


def write_along(model, start="def ", *, length=120, temperature=0.7, seed=0, explorer=True):
    """Let the model write, one character at a time under the bar: play, and each character comes as it was drawn.

        write_along(character_model(), "import ", temperature=0.5)

    start: what it goes on with (underlined). length: 1 to 500 characters more. temperature, seed: as `model.write`;
    0 always takes the most probable. explorer: with every gate of the step below. All are knobs, too, and need the
    kernel; what was written can be played without one. TypeError or ValueError if one of these does not fit.
    """
    checks.same_kind(model, CharacterModel, "model", "a character model")
    if not 1 <= len(checks.text(start, "start")) <= 1000:
        raise ValueError(f"start must have 1 to 1,000 characters; got {len(start):,}")
    length = checks.whole(length, "length", most=500)
    temperature = checks.number(temperature, "temperature", 0)
    seed = checks.whole(seed, "seed", 0, 10**6)
    return WriteAlong(model, start, length, temperature, seed, checks.flag(explorer, "explorer"))
