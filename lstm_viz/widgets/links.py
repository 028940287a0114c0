"""`Links`: values carried from widget to widget inside the browser."""

from __future__ import annotations

import anywidget
import ipywidgets
import traitlets

from lstm_viz.cells import checks
from lstm_viz.widgets._look import script
from lstm_viz.widgets._traits import widget_with
from lstm_viz.widgets.trace_buffers import MOST

__all__ = ["Links"]


class Links(anywidget.AnyWidget):
    """Carries the values of some widgets to others in the browser, with no kernel and no message to one.

    `ipywidgets.jslink` would send every copied value to the kernel as well: one message per picture and move, where
    here only the slider's own remains. It has no look of its own; put it among the children of a box, so that the
    box takes it along wherever it goes.
    """

    _esm = script("hear", "links")

    links = traitlets.List().tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self):
        super().__init__()

    def carry(self, source, target, *, values=None, text=None, back=False):
        """From now on `source`, a pair (widget, name of its value), sets `target`, another such pair.

        values: what to set for source values 0, 1, ... (the value itself if not given). text: a text to set, in which
        `{}` stands for the source's value. back: the target's own changes go back to the source (of values, the place
        of the one that is equal; not of a text), and from there to the kernel.
        TypeError or ValueError if one of these does not fit.
        """
        (source, from_), (target, to) = _end(source, "source"), _end(target, "target")
        values, back = _sendable(values), checks.flag(back, "back")
        text = text if text is None else checks.text(text, "text")
        if text is not None and (values is not None or back):
            raise ValueError("text goes with neither values nor back: a text does not lead back to a value")
        link = {"source": source, "from": from_, "target": target, "to": to, "back": back}
        link |= {"values": values, "text": text}
        self.links = [*(old for old in self.links if (old["target"], old["to"]) != (target, to)), link]

    def __repr__(self):
        return f"<Links: {len(self.links)}>"


def _end(pair, name):
    """(widget, name of its value)."""
    if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[1], str):
        raise TypeError(f"{name} must be a pair (widget, name of its value); got {checks.short(pair)}")
    return widget_with(*pair, name), pair[1]


def _sendable(values):
    """None, or a list of what a trait of a widget in the browser can be set to."""
    if values is None:
        return None
    values = checks.listed(values, "values", MOST)
    wrong = next((v for v in values if v is not None and not isinstance(v, (str, bool, int, float))), None)
    if wrong is not None:
        raise TypeError(f"values must be texts or numbers; got {type(wrong).__name__} {checks.short(wrong)}")
    return values
