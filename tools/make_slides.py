#!/usr/bin/env python3
"""Write lessons as slides whose sliders move, with no kernel and no network.

    python tools/make_slides.py NOTEBOOK... -o DIRECTORY

What stands on a slide follows from the notebook by rule: a heading begins a slide, and so does every view and every
prediction; formulas, tables, lists, the words after "Look for" and code of up to 14 lines are shown; all other text
becomes the speaker's notes (key s).
The exercises, and what comes after them, are left out. A run of the same sources is taken from build/lessons.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import nbformat
from html_assets import SLIDES, AssetsMissing, copy_assets
from lesson_runs import ROOT, lesson_run
from nbconvert import SlidesExporter
from save_html import ASSETS, save

VIEW = "application/vnd.jupyter.widget-view+json"
LINES = 14  # of code that a back row can read
_END = re.compile(r"^## (Exercises|If )", re.MULTILINE)
_SHOWN = re.compile(r"#|\||- |\d+\. |\$\$")


def split_text(source):
    """(what is shown, what becomes a note) of a markdown cell."""
    shown, notes = [], []
    for block in re.split(r"\n\s*\n", source.strip()):
        look = block.find("**Look for**")
        if _SHOWN.match(block) or "$$" in block:
            shown.append(block)
        elif look >= 0:
            shown.append(block[look:])
            notes.append(block[:look])
        else:
            notes.append(block)
    return "\n\n".join(shown), "\n\n".join(filter(str.strip, notes))


def _on(cell, kind):
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


def _is_code_to_show(cell):
    return not cell.source.startswith(("import ", "from ")) and not re.search(r"^check\(", cell.source, re.MULTILINE)


def as_slides(notebook):
    """A copy of a notebook that was run, with its cells chosen and marked for nbconvert's slides."""
    notebook = nbformat.from_dict(notebook)
    cells, lines = [], 0  # how full the slide is; a picture fills it
    for cell in notebook.cells:
        end = _END.search(cell.source) if cell.cell_type == "markdown" else None
        if cell.cell_type == "markdown":
            title = cell.source.startswith("# ")
            shown, notes = split_text(cell.source[: end.start()] if end else cell.source)
            if title:
                shown, notes = cell.source, ""
            if shown:
                look = "**Look for**" in shown and not shown.startswith("#") and len(shown) < 600
                size = len(shown.splitlines())
                kind = "slide" if shown.startswith("#") else "-" if look or lines + size <= LINES else "subslide"
                lines = size if kind != "-" else lines + size
                cells.append(_on(nbformat.v4.new_markdown_cell(shown), kind))
            if notes:
                cells.append(_on(nbformat.v4.new_markdown_cell(notes), "notes"))
        elif _is_code_to_show(cell):
            outputs = cell.get("outputs", [])
            view = any(VIEW in output.get("data", {}) for output in outputs)
            folded = bool(cell.metadata.get("jupyter", {}).get("source_hidden"))
            code = len(cell.source.splitlines())
            hidden = view or folded or code > LINES
            if hidden and not outputs:
                continue
            if hidden:
                cell.metadata["transient"] = {"remove_source": True}
            size = sum(len(str(output.get("text", "")).splitlines()) or 4 for output in outputs)
            size = LINES if view else size + (0 if hidden else code)
            cells.append(_on(cell, "subslide" if view or lines + size > LINES else "-"))
            lines = size if cells[-1].metadata["slideshow"]["slide_type"] == "subslide" else lines + size
        if end:
            break
    notebook.cells = cells
    return notebook


def save_slides(notebook, directory, name):
    """Write `directory/name.html` and the assets beside it; returns its path. AssetsMissing if one cannot be had."""
    copy_assets(Path(directory) / ASSETS, SLIDES)
    reveal = {"reveal_url_prefix": f"{ASSETS}/reveal.js", "reveal_theme": "white"}
    return save(as_slides(notebook), directory, name, exporter=SlidesExporter, template="slides", **reveal)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True, help="directory of the slides")
    parser.add_argument("--runs", type=Path, default=ROOT / "build" / "lessons", help="where runs are kept")
    options = parser.parse_args()
    try:
        copy_assets(options.output / ASSETS, SLIDES)  # what cannot be had is said before anything runs
    except AssetsMissing as error:
        return str(error)
    for path in options.notebooks:
        notebook, _ = lesson_run(path, options.runs)
        print(save_slides(notebook, options.output, path.stem), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
