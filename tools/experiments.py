"""What an experiment puts out stays folded until its reader has predicted, in stored notebooks and in pages.

Between a cell `predict("02.a")` and the one with `reveal("02.a", ...)`, the latter included, every number and table
tells the answer, not the last line alone. (Views stay open: they are there to be played with.) In JupyterLab a folded
output opens with a click, or by running its cell; in a page with a click, or with its whole experiment by committing to
a choice.
"""

from __future__ import annotations

import re
from pathlib import Path

from browser import VIEW

from lstm_viz.exercises.asking import UNASKED

#: opens in a page what a prediction was made about, once it is made
SCRIPT = (Path(__file__).parent / "experiments.js").read_text(encoding="utf-8")
_REVEALED = re.compile(r"<details><summary>show me</summary>(.*?)</details>", re.DOTALL)


def answers(notebook):
    """The code cells whose outputs answer a prediction that stands above them, in order."""
    found, asked = [], {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if match := re.match(r'predict\("([^"]+)"\)', cell.source):
            asked[match[1]] = []
            continue
        for cells in asked.values():
            cells.append(cell)
        for name in re.findall(r'^reveal\(\s*"([^"]+)"', cell.source, re.MULTILINE):
            found += [cell for cell in asked.pop(name, []) if cell not in found]
    return [cell for cell in found if cell.outputs and not any(map(_is_view, cell.outputs))]


def _is_view(output):
    """Whether an output shows a widget, or the picture that a stored notebook has in its place."""
    data = output.get("data", {})
    return VIEW in data or "<img " in "".join(data.get("text/html", ""))


def fold(notebook):
    """Fold these outputs, unless they are but a `reveal`, closed by itself; returns how many cells it were."""
    cells = []
    for cell in answers(notebook):
        if not all(map(_is_closed, cell.outputs)):
            cells.append(cell)
        elif cell.metadata.get("jupyter", {}).pop("outputs_hidden", None) and not cell.metadata["jupyter"]:
            del cell.metadata["jupyter"]
    return _fold(cells)


def _is_closed(output):
    return bool(_REVEALED.search("".join(output.get("data", {}).get("text/html", ""))))


def _fold(cells):
    for cell in cells:
        cell.metadata.setdefault("jupyter", {})["outputs_hidden"] = True
    return len(cells)


def fold_in_page(notebook):
    """As `fold`, for a page: what was observed stands open behind the one click, and nobody is told to run a cell."""
    cells = answers(notebook)
    for cell in cells:
        for output in cell.outputs:
            text = output.get("data", {}).get("text/html", "")
            if _REVEALED.search(text):
                text = re.sub(rf"<div[^>]*>{re.escape(UNASKED)}</div>", "", text)
                output.data["text/html"] = _REVEALED.sub(r"\1", text)
    return _fold(cells)
