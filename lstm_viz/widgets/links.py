"""`Links`: values carried from widget to widget inside the browser."""

from __future__ import annotations

from pathlib import Path

import anywidget
import ipywidgets
import traitlets

__all__ = ["Links"]


class Links(anywidget.AnyWidget):
    """Carries the values of some widgets to others in the browser, with no kernel and no message to one.

    `ipywidgets.jslink` would send every copied value to the kernel as well: one message per picture and move, where
    here only the slider's own remains. It has no look of its own; put it among the children of a box, so that the
    box takes it along wherever it goes.
    """

    _esm = Path(__file__).with_name("links.js")

    links = traitlets.List().tag(sync=True, **ipywidgets.widget_serialization)

    def carry(self, source, target, *, values=None, back=False):
        """From now on `source`, a pair (widget, name of its value), sets `target`, another such pair.

        values: what to set for source values 0, 1, ... (the value itself if not given). back: the target's own
        changes go back to the source, and from there to the kernel.
        """
        (source, from_), (target, to) = source, target
        link = {"source": source, "from": from_, "target": target, "to": to, "values": values, "back": back}
        self.links = [*(old for old in self.links if (old["target"], old["to"]) != (target, to)), link]

    def __repr__(self):
        return f"<Links: {len(self.links)}>"
