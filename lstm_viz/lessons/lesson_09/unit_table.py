"""`unit_table`: which units go best with a truth, and what a click on one of them colours in a text."""

from __future__ import annotations

import ipywidgets

from lstm_viz.cells import checks
from lstm_viz.lessons.lesson_09.results import measured
from lstm_viz.lessons.lesson_09.text_panel import TextPanel
from lstm_viz.lessons.lesson_09.truths import TRUTHS, YES_NO
from lstm_viz.widgets import Links
from lstm_viz.widgets.unit_table import UnitTable

__all__ = ["RankedText", "unit_table"]


class RankedText(ipywidgets.VBox):
    """What `unit_table` returns: `table` above `view`, whose unit and quantity follow a click on a row."""

    def __init__(self, table, view):
        self.table, self.view = table, view
        links = Links()
        links.carry((view.text_view, "quantity"), (table, "quantity"), back=True)
        view.controls.drive(table)
        super().__init__([table, links, view])
        self.add_class("lstm-viz-lab")

    def __repr__(self):
        return f"<RankedText: {len(self.table.rows)} units>"


def unit_table(scores, view, columns=("score",), *, caption=""):
    """A ranking of units above a text; a click on a row shades the text by that unit, with no kernel.

        unit_table("string", read_along(character_model(), code))

    scores: the name of a truth ("string", "comment", ...), whose best units on held-out files are shown with the score
    that they have there; or rows (quantity, unit, entry, ...) with one entry for each of `columns`. view: what
    `read_along` returns. TypeError or ValueError if one of these does not fit.
    """
    checks.same_kind(view, TextPanel, "view", "a text of a reading, as read_along returns")
    if isinstance(scores, str):
        found = measured()["units"][checks.one_of(scores, {name: name for name in TRUTHS}, "scores")]
        columns = ["AUC" if scores in YES_NO else "correlation r", "95 % of files"]
        caption = caption or f"{TRUTHS[scores]}: the LSTM's best units, scored on held-out files"
        scores = [
            (quantity, unit, score, f"{low:.2f} to {high:.2f}")
            for quantity, unit, _, score, low, high in found["units"]
        ]
    return RankedText(UnitTable(scores, columns, caption=caption), view)
