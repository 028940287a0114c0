"""`search_view`: which units are on in a stretch of text and off around it, and where else they are on.

After Strobelt et al. (2018), "LSTMVis", whose search by a selected range this is, with a threshold for each unit.
"""

from __future__ import annotations

import html
from dataclasses import dataclass

import ipywidgets
import numpy as np
import traitlets

from lstm_viz.cells import checks
from lstm_viz.lessons.lesson_09.text_panel import SURPRISE, TextPanel, reading_of
from lstm_viz.lessons.lesson_09.text_pictures import name_of
from lstm_viz.widgets import Links, UnitTable

__all__ = ["SearchView", "Switched", "search_view", "stretches_on", "units_on"]

_FLANK = 20  # characters on each side that count as around it, at most
_SHOWN = 8  # units in the table, and places elsewhere that are quoted


@dataclass(frozen=True)
class Switched:
    """A unit that a stretch tells apart: `sign` 1 if it is high inside, -1 if low; on where sign * value is above
    sign * `threshold`. `gap` is the distance between its least inside and its most around, in its own standard
    deviations over the text: above 0, and it is on at every character inside and at none around.
    """

    unit: int
    sign: int
    threshold: float
    gap: float


def units_on(values, start, stop, *, most=_SHOWN):
    """The `most` units, best first, that are most clearly on from start up to stop and off around it; `Switched` each.

    values: (timesteps, units). Around are as many characters on each side as the stretch has, 3 to 20, as far as the
    text goes. ValueError for a stretch that is empty, outside, or all of the text.
    """
    values = checks.shaped(values, "values", ("timesteps", "units"))
    timesteps = len(values)
    stop = checks.whole(stop, "stop", 1, timesteps)
    start = checks.whole(start, "start", 0, timesteps)
    if not 0 < stop - start < timesteps:
        raise ValueError(f"start must be below stop, and some text must be left around; got {start} and {stop}")
    flank = min(max(stop - start, 3), _FLANK)
    inside, around = (
        values[start:stop],
        np.concatenate([values[max(start - flank, 0) : start], values[stop : stop + flank]]),
    )
    ends = {1: (inside.min(0), around.max(0)), -1: (inside.max(0), around.min(0))}
    gaps = np.stack([sign * (edge - other) for sign, (edge, other) in ends.items()])
    scaled = gaps / np.maximum(values.std(0), 1e-9)
    better = scaled.argmax(0)
    order = np.argsort(-scaled.max(0), kind="stable")[: checks.whole(most, "most")]
    found = []
    for unit in order:
        sign = (1, -1)[better[unit]]
        edge, other = ends[sign]
        threshold = (float(edge[unit]) + float(other[unit])) / 2
        found.append(Switched(int(unit), sign, threshold, float(scaled[better[unit], unit])))
    return found


def stretches_on(values, *switched):
    """[(start, stop), ...] where the units of some `Switched` are all on; values: (timesteps, units)."""
    on = np.all([s.sign * values[:, s.unit] > s.sign * s.threshold for s in switched], axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


class SearchView(TextPanel):
    """What `search_view` returns. `stretch` is the selected pair as a slider, `found` the `Switched` units, best first.

    `table` shows them; `note` quotes where else the chosen one is on (underlined, too), and where all clear ones are.
    """

    def __init__(self, reading, **options):
        super().__init__(reading, **options)
        self.found = []
        self.stretch = ipywidgets.IntRangeSlider(
            value=(0, 0), min=0, max=len(reading), description="stretch from, to", continuous_update=False,
            style={"description_width": "initial"}, layout={"width": "auto", "max_width": "700px"},
            tooltip="the stretch of text whose units are looked for; or drag over the text",
        )  # fmt: skip
        self.note = ipywidgets.HTML()
        self.table = UnitTable([], ["is", "gap (sd)", "on elsewhere"])
        links = Links()
        links.carry((self.text_view, "quantity"), (self.table, "quantity"), back=True)
        self.controls.drive(self.table)
        traitlets.link((self.text_view, "selection"), (self.stretch, "value"))
        self.text_view.observe(lambda _change: self._search(), ["selection", "quantity"])
        self.controls.observe(lambda _change: self._mark(), "unit")
        self.children = [
            self.controls, self.quantity, self._quantities, links, self.text_view, self.stretch, self.table, self.note
        ]  # fmt: skip
        self._search()

    @property
    def values(self):
        """(characters, units) of the quantity that shades the text; of the memory where that is no unit's."""
        name = self.text_view.quantity
        return getattr(self.reading.trace, name if name in self.reading.trace.names else "h")

    def elsewhere(self, *switched):
        """[(start, stop), ...] where that unit is on outside of the stretch; of several, where all of them are.

        TypeError for what is no `Switched`.
        """
        if not switched:
            raise TypeError("switched must be one of found, or several; got none")
        for one in switched:
            checks.same_kind(one, Switched, "switched", "one of found")
        start, stop = self.text_view.selection
        return [pair for pair in stretches_on(self.values, *switched) if pair[1] <= start or pair[0] >= stop]

    def _search(self):
        start, stop = self.text_view.selection
        if not 0 < stop - start < len(self.reading):
            self.found, rows = [], []
            self.note.value = '<p role="status">Select a stretch: drag over the text, or arrow keys with Shift.</p>'
        else:
            self.found = units_on(self.values, start, stop)
            name = self.text_view.quantity
            name = name if name in self.reading.trace.names else "h"
            rows = [(name, s.unit, "high" if s.sign > 0 else "low", s.gap, len(self.elsewhere(s))) for s in self.found]
        self.table.show(rows, ["is", "gap (sd)", "on elsewhere"], caption=self._caption(start, stop) if rows else "")
        if self.found:
            self.controls.unit = self.found[0].unit
        self._mark()

    def _caption(self, start, stop):
        clear = sum(s.gap > 0 for s in self.found)
        most = f" (the first {clear} shown)" if clear == len(self.found) else ""
        what = f"{clear or 'No'} unit{'s are' if clear != 1 else ' is'} on throughout t = {start} to {stop - 1}"
        return f"{what} and off all around it{most}; gap above 0 means so."

    def _mark(self):
        chosen = next((s for s in self.found if s.unit == self.controls.unit), None)
        places = self.elsewhere(chosen) if chosen else []
        self.text_view.marks = places
        if chosen:
            self.note.value = (
                f'<p role="status">Unit {chosen.unit} is {"above" if chosen.sign > 0 else "below"} '
                f"{chosen.threshold:.2f} in {_others(places)} (underlined).</p>{self._quoted(places)}{self._together()}"
            )

    def _together(self):
        """Where else all of the units are on that tell the stretch apart: what they say of it together."""
        clear = [s for s in self.found if s.gap > 0]
        if len(clear) < 2:
            return ""
        places = self.elsewhere(*clear)
        names = ", ".join(str(s.unit) for s in clear)
        return f"<p>Units {names} are all on together in {_others(places)}.</p>{self._quoted(places, 4)}"

    def _quoted(self, places, most=_SHOWN):
        quoted = "".join(f"<li>{self._quote(*pair)}</li>" for pair in _longest(places, most))
        return f"<ul>{quoted}</ul>" if places else ""

    def _quote(self, start, stop):
        text = self.reading.text
        before, inside = text[max(start - 12, 0) : start], text[start : min(stop, start + 60)]
        before, inside = (html.escape("".join(_plain(c) for c in part)) for part in (before, inside))
        return (
            f"t = {start} to {stop - 1}: <code>{before}<b><u>{inside}</u></b>{'…' if stop > start + 60 else ''}</code>"
        )


def _longest(places, most):
    return sorted(sorted(places, key=lambda pair: pair[0] - pair[1])[:most])


def _others(places):
    return f"{len(places) or 'no'} other stretch{'' if len(places) == 1 else 'es'}"


def _plain(character):
    return {" ": " ", "\n": "↵", "\t": "→"}.get(character) or name_of(character)


def search_view(model, text=None, *, t=0, unit=None, quantity=None):
    """Select a stretch of text: which units were on there and off around it, and where else is each of them on?

        search_view(character_model(), code)

    model: a `CharacterModel`, or its `Reading` of a text; text, t, unit, quantity as in `read_along`. The search needs
    the kernel. TypeError or ValueError if one of these does not fit.
    """
    if isinstance(quantity, str) and quantity == SURPRISE:
        raise ValueError("quantity must be a value of the units; got the surprise, which belongs to none")
    return SearchView(reading_of(model, text), t=t, unit=unit, quantity=quantity)
