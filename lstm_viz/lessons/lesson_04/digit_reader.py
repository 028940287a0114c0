"""`read_digits`: trained readers side by side on a digit of the reader's choice, one slider through it all."""

from __future__ import annotations

import html

import ipywidgets
import numpy as np

from lstm_viz.cells import checks
from lstm_viz.lessons.lesson_04.digit_reading import fitting_readers
from lstm_viz.pictures import figures
from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.controls import TimeControls
from lstm_viz.widgets.frame_view import FrameView

__all__ = ["DigitReader", "read_digits"]

#: what is shown of each kind of cell: its gates, then what it carries
_SHOWN = {"SimpleRNN": ("h",), "LSTM": ("i", "f", "o", "c", "h"), "GRU": ("z", "r", "h")}


class DigitReader(ipywidgets.VBox):
    """What `read_digits` returns: `index` of the digit shown, `traces` and `probabilities` by the readers' names."""

    def __init__(self, readers, data, *, names, index, t):
        self.readers, self.data, self._names = dict(readers), data, names
        self.digit = ipywidgets.ToggleButtons(
            options=list(data.names),
            description="digit",
            style={"button_width": "36px", "description_width": "initial"},
        )
        self.example = ipywidgets.IntSlider(
            0, 0, 1, description="example", style={"description_width": "initial"}, layout={"width": "300px"}
        )
        if index is not None:
            self.digit.index = int(data.y_test[index])
            self.example.max = len(self.candidates) - 1
            self.example.value = int(np.searchsorted(self.candidates, index))
        self.controls = TimeControls(data.timesteps, t=t)
        self.verdict = ipywidgets.HTML()
        self.views = {name: FrameView(figure, t) for name, figure in self._read().items()}
        self.controls.drive(*self.views.values())
        self.changes = on_change((self.digit, self.example), self._choose)
        # the picture beside the answers, so that both are seen with the bar on one screen; below each other on a phone
        self.views["image"].layout.width = "130px"
        self.views["answers"].layout = {"flex": "1 1 300px", "min_width": "0"}
        seen = ipywidgets.HBox([self.views["image"], self.views["answers"]], layout={"flex_flow": "row wrap"})
        left = ipywidgets.VBox([self.verdict, seen]).add_class("lstm-viz-left")
        right = ipywidgets.VBox([self.views["values"]]).add_class("lstm-viz-right")
        knobs = ipywidgets.HBox([self.digit, self.example], layout={"flex_flow": "row wrap", "align_items": "center"})
        knobs.add_class("lstm-viz-time")  # the look of the bar below it
        columns = ipywidgets.Box([left, right]).add_class("lstm-viz-columns")
        super().__init__([knobs, self.changes.status, self.controls, columns])
        self.add_class("lstm-viz-view")
        self.changes.run()

    @property
    def candidates(self):
        """Positions among the test digits of all that are the chosen digit."""
        return np.flatnonzero(self.data.y_test == self.digit.index)

    @property
    def index(self):
        """Position among the test digits of the one that is shown."""
        return int(self.candidates[min(self.example.value, len(self.candidates) - 1)])

    def _choose(self, _digit, _example):
        self.example.max = len(self.candidates) - 1
        for name, figure in self._read().items():
            self.views[name].figure = figure

    def _read(self):
        x, truth = self.data.x_test[self.index], int(self.data.y_test[self.index])
        read = {name: reader.read(x) for name, reader in self.readers.items()}
        self.traces = {name: trace for name, (trace, _) in read.items()}
        self.probabilities = {name: probabilities for name, (_, probabilities) in read.items()}
        said = (f"<b>{html.escape(n)}</b> {verdict(p, truth, self.data.names)}" for n, p in self.probabilities.items())
        self.verdict.value = f'<div style="font-size:15px;line-height:1.5">{"<br>".join(said)}</div>'
        labels = list(self.data.labels) if self.data.timesteps <= 16 else None
        image = self.data.images_test[self.index]
        return {
            "image": figures.sequence_on_image(image, timesteps=len(x), title="", size=130 if len(image) == 8 else 320),
            "answers": figures.class_probabilities(
                self.probabilities,
                class_names=self.data.names,
                labels=labels,
                truth=truth,
                title="",
                row_height=140,
            ),
            "values": figures.compare(self.traces, labels=labels, names=self._names, title="", row_height=56),
        }

    def __repr__(self):
        return f"read_digits({', '.join(self.readers)}: {self.data.timesteps} timesteps)"


def read_digits(readers, data, *, names=_SHOWN, index=None, t=0):
    """Choose a test digit and slide through what each reader makes of it: the image, its answers, its gates and states.

    readers: {"SimpleRNN": Reader, "LSTM": Reader, ...} (see `lstm_viz.lessons.lesson_04.digit_reading`). data: what
    `load_digits_sequences` returned for them. names: the values to show, as in `pictures.compare`. index: position
    among the test digits of the one to open with. Choosing a digit computes in Python; sliding stays in the browser.
    ValueError or TypeError if a reader does not fit the data, or one of the others does not fit.
    """
    readers = fitting_readers(readers, data)
    if index is not None:
        index = checks.whole(index, "index", 0, len(data.x_test) - 1)
    return DigitReader(readers, data, names=names, index=index, t=t)


def verdict(probabilities, truth, names):
    """In words: the answer at the end, and since when it has been right. probabilities (timesteps, classes)."""
    answers = np.argmax(probabilities, axis=-1)
    at_the_end = f"says {html.escape(names[answers[-1]])} at the end ({probabilities[-1, answers[-1]]:.0%})"
    wrong = np.flatnonzero(answers != truth)
    if answers[-1] != truth:
        return f"{at_the_end}: wrong."
    since = wrong[-1] + 1 if len(wrong) else 0
    return f"{at_the_end}: right, from t = {since} on."
