"""`read_text`: a text box above `explore`, in which a cell reads what the reader types, one character per timestep."""

from __future__ import annotations

import html

import anywidget
import ipywidgets
import traitlets

from lstm_viz.cells import checks
from lstm_viz.cells.cell import Cell
from lstm_viz.widgets._characters import label_of
from lstm_viz.widgets._look import script, style_sheet
from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.explore import explore

__all__ = ["TextReader", "read_text"]

#: characters of a text that a browser still draws in about a second
MOST = 5000


class Unheard(anywidget.AnyWidget):
    """A line that appears when `source`, a text box, holds something that Python has not taken as `heard`."""

    _esm = script("unheard")
    _css = style_sheet("read_text")

    source = traitlets.Instance(ipywidgets.DOMWidget).tag(sync=True, **ipywidgets.widget_serialization)
    heard = traitlets.Unicode().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)

    def __repr__(self):
        return "<Unheard>"


class TextReader(ipywidgets.VBox):
    """What `read_text` returns. `box` is the text box, `view` the explorer below it, `trace` what it shows."""

    def __init__(self, cell, encode, text):
        checks.same_kind(cell, Cell, "cell", "a cell, such as an LSTMCell")
        if not callable(encode):
            raise TypeError(f"encode must be a function from a text to an array; got {checks.short(encode)}")
        if not 1 <= len(checks.text(text, "text")) <= MOST:
            raise ValueError(f"text must have 1 to {MOST:,} characters; got {len(text):,}")
        self._cell, self._encode = cell, encode
        self.box = ipywidgets.Text(
            text, continuous_update=False, description="your text, then Enter", placeholder="at least one character",
            tooltip="the text that the cell reads, one character per timestep; Enter reads it",
            style={"description_width": "initial"}, layout={"width": "auto", "max_width": "900px"},
        )  # fmt: skip
        self.said = ipywidgets.HTML()
        self.view = explore(self._run(text), self._labels(text))
        self._unheard = Unheard(
            source=self.box,
            heard=text,
            message="Python has not read this text yet. In a running notebook, run this cell first. In a saved page "
            "nobody reads it: what you see below is still the text before.",
        )
        super().__init__()
        self.changes = on_change([self.box], self._read)
        self.children = [self.box, self._unheard, self.said, self.changes.status, self.view]

    @property
    def trace(self):
        """The trace of the text that is shown."""
        return self.view.trace

    def _read(self, text):
        refused = self._refused(text)
        self.said.value = f'<p role="status">{html.escape(refused)}</p>' if refused else ""
        if not refused:
            self.view.show(self._run(text), self._labels(text))
            self.view.t = 0
        self.view.layout.display = "none" if refused else None
        self._unheard.heard = text

    def _refused(self, text):
        if not text:
            return "An empty text has no timesteps, so there is nothing to read: type at least one character."
        if len(text) > MOST:
            return f"This text has {len(text):,} characters; at most {MOST:,} are drawn. A shorter one, please."
        return ""

    def _run(self, text):
        try:
            x = self._encode(text)
        except Exception as error:  # the reader's own function may raise anything
            why = f"{type(error).__name__} {checks.short(str(error))}"
            raise ValueError(f"encode must turn the text into an array (characters, input_dim); got {why}") from error
        return self._cell.run(x)

    @staticmethod
    def _labels(text):
        return [label_of(character) for character in text]

    def __repr__(self):
        return f"read_text({self.trace!r})"


def read_text(cell, encode, text):
    """A text box, and `explore` of what `cell` computes as it reads the text in it, one character per timestep.

    encode: a function from a text to its input, (characters, input_dim). text: what it opens with, at least one
    character and at most 5,000. A character is a Unicode code point: an emoji of several of them takes several
    timesteps. `.trace` is what is shown. TypeError or ValueError if cell, encode or text does not fit.
    """
    return TextReader(cell, encode, text)
