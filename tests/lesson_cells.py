"""What a lesson says and computes, for the tests of its words: its text, and its cells run outside a notebook."""

import re
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


class Lesson:
    """A lesson by its number, "05". `names` are what its cells have defined so far."""

    def __init__(self, number):
        self.cells = nbformat.read(next(NOTEBOOKS.glob(f"{number}_*.ipynb")), 4).cells
        text = " ".join(cell.source for cell in self.cells if cell.cell_type == "markdown")
        self.text = re.sub(r"\s+", " ", text)
        self.names = {"display": lambda *shown: None}

    def run(self, *ids):
        """Run these cells, or all up to the one whose id follows "to"; questions to the reader are left out."""
        ids = ids or ("to", self.cells[-1].id)
        known = [cell.id for cell in self.cells]
        if ids[0] == "to":
            ids = known[: known.index(ids[1]) + 1]
        for cell in (self.cells[known.index(name)] for name in ids):
            if cell.cell_type == "code" and not re.search(r"^(predict|check|hint)\(", cell.source, re.M):
                exec(compile(cell.source, cell.id, "exec"), self.names)
        return self.names

    def says(self, *phrases):
        """The lesson's text holds these words, so that text and test change together."""
        for phrase in phrases:
            assert phrase in self.text, f"the lesson no longer says {phrase!r}"
