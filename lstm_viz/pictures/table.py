"""`table`: a small table that a notebook shows as a table and a terminal as text."""

from __future__ import annotations

import html
import itertools
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Table", "table"]

#: columns that anybody could read
_MOST = 200
_CELL = "padding:2px 10px;text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums"
_TITLE = "padding:2px 10px;text-align:right;vertical-align:bottom"  # may wrap, so that the numbers stay on a phone
_NAME = "padding:2px 14px 2px 0;text-align:left;font-weight:normal"


@dataclass(frozen=True, repr=False)
class Table:
    """What `table` returns: `columns`, `rows` {name: texts}, `corner`, `caption`."""

    columns: tuple
    rows: Mapping
    corner: str = ""
    caption: str = ""

    def _repr_html_(self):
        head = "".join(f'<th scope="col" style="{_TITLE}">{html.escape(text)}</th>' for text in self.columns)
        lines = [
            f'<tr><th scope="row" style="{_NAME}">{html.escape(name)}</th>'
            + "".join(f'<td style="{_CELL}">{html.escape(text)}</td>' for text in texts)
            + "</tr>"
            for name, texts in self.rows.items()
        ]
        caption = (
            f'<caption style="caption-side:top;text-align:left;padding:2px 0">{html.escape(self.caption)}</caption>'
            if self.caption
            else ""
        )
        corner = f'<th scope="col" style="{_NAME};vertical-align:bottom">{html.escape(self.corner)}</th>'
        corner = corner if self.corner else "<td></td>"  # a heading of nothing is no heading
        return (
            f'<div style="overflow-x:auto"><table style="border-collapse:collapse;margin:4px 0">{caption}'
            f"<thead><tr>{corner}{head}</tr></thead>"
            f"<tbody>{''.join(lines)}</tbody></table></div>"
        )

    def __repr__(self):
        lines = [(self.corner, *self.columns), *((name, *texts) for name, texts in self.rows.items())]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        drawn = [
            "  ".join(text.ljust(width) if not k else text.rjust(width) for k, (text, width) in pairs).rstrip()
            for pairs in (list(enumerate(zip(line, widths, strict=True))) for line in lines)
        ]
        return "\n".join([self.caption, *drawn] if self.caption else drawn)


def table(rows, columns, *, corner="", caption=""):
    """A table of `rows`, {name: one entry per column}; entries are shown as `str` shows them, None as a dot.

    columns: their titles. corner: what the names of the rows are. ValueError for a row that is too short or too long.
    """
    if not isinstance(rows, Mapping):
        raise TypeError(f"rows must be a dict {{name: entries}}; got {type(rows).__name__}")
    columns = _written(columns, "columns must be a list of titles", none="None")
    if len(columns) > _MOST:
        raise ValueError(f"columns must hold at most {_MOST} titles; got more")
    written = {}
    for name, entries in rows.items():
        written[str(name)] = _written(entries, "a row must be a list of entries", f" for {str(name)[:40]!r}")
        if len(written[str(name)]) != len(columns):
            raise ValueError(
                f"each row must have {len(columns)} entries, one per column; "
                f"got {len(written[str(name)])} for {str(name)[:40]!r}"
            )
    return Table(columns, written, str(corner), str(caption))


def _written(entries, rule, where="", none="·"):
    """The entries as texts, one more than a table holds at most; TypeError, with the rule, for no list of such."""
    try:
        if isinstance(entries, str):
            raise TypeError("a text")
        return tuple(none if entry is None else str(entry) for entry in itertools.islice(entries, _MOST + 1))
    except Exception as error:  # whatever reading or writing them raises
        raise TypeError(f"{rule}; got {type(entries).__name__}{where}") from error
