"""`UnitTable`: units in the order of a score; a click on a row chooses its unit in every linked view."""

from __future__ import annotations

import anywidget
import traitlets

from lstm_viz.cells import checks
from lstm_viz.widgets._look import script, style_sheet
from lstm_viz.widgets._traits import Index, Text

__all__ = ["UnitTable"]

#: rows that anybody could read
MOST = 200


def _row(row, columns):
    """{"quantity", "unit", "entries"} of (quantity or "", unit, entry, ...)."""
    row = checks.listed(row, "each of rows", MOST)
    if len(row) != len(columns) + 2:
        raise ValueError(
            f"each of rows must be (quantity, unit, one entry per column), {len(columns) + 2} things; got {len(row)}"
        )
    quantity, unit, *entries = row
    entries = [f"{entry:.2f}" if isinstance(entry, float) else str(entry) for entry in entries]
    return {"quantity": checks.text(quantity, "quantity"), "unit": checks.whole(unit, "unit", 0), "entries": entries}


class UnitTable(anywidget.AnyWidget):
    """A table of units, best first; a click on a row sets the synced `unit` and `quantity`, in the browser alone.

    rows: (quantity or "", unit, entry, ...) each, at most 200; an entry per column, floats with two decimals.
    `TimeControls.drive(table)` links its `unit`. TypeError or ValueError if rows or columns do not fit.

        UnitTable([("c", 94, 0.98), ("h", 94, 0.92)], ["AUC"])
    """

    _esm = script("hear", "care", "unit_table")
    _css = style_sheet("unit_table")

    rows = traitlets.List().tag(sync=True)
    columns = traitlets.List().tag(sync=True)
    caption = Text("").tag(sync=True)
    unit = Index(-1).tag(sync=True)
    quantity = Text("").tag(sync=True)

    def __init__(self, rows, columns, *, caption="", **options):
        super().__init__(**options)
        self.show(rows, columns, caption=caption)

    def show(self, rows, columns, *, caption=""):
        """Show other rows and columns in place."""
        columns = [checks.text(title, "each of columns") for title in checks.listed(columns, "columns", 20)]
        rows = [_row(row, columns) for row in checks.listed(rows, "rows", MOST)]
        with self.hold_sync():
            self.rows, self.columns, self.caption = rows, columns, caption

    def __repr__(self):
        return f"<UnitTable: {len(self.rows)} units>"
