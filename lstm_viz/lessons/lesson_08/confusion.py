"""Which topic was taken for which, with every topic's name and count, and the topics that are never named."""

from __future__ import annotations

import copy

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.pictures.figures import confusion_matrix
from lstm_viz.pictures.style import MUTED, see_through

__all__ = ["topics_confused"]

_NEVER = see_through(MUTED, 0.25)
#: pixels: what a phone has beside the names of the rows, less the colour bar, and what an upright name takes
_PHONE, _LABEL = 300, 14


def topics_confused(truth, answers, names):
    """A `confusion_matrix` of topics (n,) and answers (n,): "earn 447" is a topic of 447 wires, or answers.

    names: of all topics. The columns of topics that are never answered are grey and say 0. ValueError or TypeError if
    these are not as many numbers of topics, or no names.
    """
    names = [checks.text(name, "each of names") for name in checks.listed(names, "names")]
    truth = checks.whole_numbers(truth, "truth", ("n",), 0, len(names) - 1)
    answers = checks.whole_numbers(answers, "answers", (len(truth),), 0, len(names) - 1)
    shown = np.union1d(truth, answers)
    counts = np.array([[np.sum((truth == row) & (answers == column)) for column in shown] for row in shown])
    named = counts.sum(axis=0)
    count = np.count_nonzero(named)
    title = f"{count} of {len(shown)} topics {'is' if count == 1 else 'are'} named (grey columns: never)"
    figure = confusion_matrix(counts, class_names=[names[k] for k in shown], title=title)
    every = list(range(len(shown)))
    columns = [f"{names[k]} {n}" for k, n in zip(shown, named, strict=True)]
    rows = [f"{names[k]} {n}" for k, n in zip(shown, counts.sum(axis=1), strict=True)]
    longest = max(map(len, columns + rows))
    figure.update_xaxes(tickvals=every, ticktext=columns, tickangle=-90, tickmode="array", tickfont={"size": 11})
    figure.update_yaxes(tickvals=every, ticktext=rows, tickmode="array", tickfont={"size": 11})
    for column in np.flatnonzero(named == 0):
        figure.add_vrect(column - 0.5, column + 0.5, fillcolor=_NEVER, line_width=0)
    room = 20 + 7 * longest
    figure.update_layout(margin={"l": room + 24, "b": room + 24})
    meta = copy.deepcopy(figure.layout.meta)
    narrow = meta["narrow"]["layout"]  # a phone: every name in full, too
    narrow["annotations"] = [{"text": "share of row, count" if len(shown) <= 12 else "share of the row"}]
    there = _apart(named, _LABEL * len(shown) / (_PHONE - room))
    there = {"tickvals": there, "ticktext": [columns[k] for k in there]}
    narrow["xaxis"] = there | {"title": {"text": "answer, and how often"}}
    narrow["yaxis"] = {"ticktext": rows}
    narrow["margin"]["l"] = room + 24
    figure.update_layout(height=figure.layout.height + room, meta=meta)
    figure.update_xaxes(title={"text": "answer, and how often it was given", "standoff": 6, "font": {"color": MUTED}})
    figure.update_yaxes(title={"text": "true topic, and its test wires", "standoff": 6, "font": {"color": MUTED}})
    return figure


def _apart(counts, least):
    """The places of the largest counts, in order, none nearer to another than `least`."""
    chosen = []
    for place in np.argsort(-counts, kind="stable").tolist():
        if all(abs(place - other) >= least for other in chosen):
            chosen.append(place)
    return sorted(chosen)
