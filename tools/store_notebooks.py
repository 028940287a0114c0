#!/usr/bin/env python3
"""Run notebooks in full and store them with the outputs that make them readable where nothing runs.

    python tools/store_notebooks.py NOTEBOOK...

Widgets leave no state behind (a notebook would grow by megabytes, and a page without a kernel would say "Error
displaying widget"); in place of each view its picture is stored, as HTML that says it is one, with a text for who
cannot see it and without the controls, which would be dead. Cells have no execution counts: none of them has run here.
What answers a prediction is stored folded.
"""

from __future__ import annotations

import argparse
import base64
import html
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from browser import VIEW, chromium, widget_views
from experiments import fold
from picture import compress, pixels
from save_html import STATE, run, save
from without_kernel import NEEDS_PYTHON

WIDTH = 1000  # CSS pixels of a stored picture
LIMIT = 500_000
ROOM = 270_000  # for all pictures of a notebook, which grow by a third as text


def _views(notebook):
    """Every output that shows a widget, in the order of the page."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return [output for output in outputs if VIEW in output.get("data", {})]


#: what a reader could use in the live view
CONTROLS = (
    ".lstm-viz-time, .jupyter-button, .widget-button, .widget-toggle-buttons, .widget-hslider, .widget-vslider, "
    f".widget-play, .widget-dropdown, .widget-text, .widget-checkbox, .widget-select-multiple, .{NEEDS_PYTHON}"
)
HIDE = f"""
.jp-OutputArea-output {{overflow: visible !important}} /* prompts and scrollbars are no part of the picture */
:is({CONTROLS}), .{NEEDS_PYTHON}-note {{display: none !important}}
"""
#: of one view: is there a picture in it, has it controls, which text does it have for who cannot see it
ABOUT = r"""(place, controls) => {
  const seen = (selector) => [...place.querySelectorAll(selector)].filter((e) => e.checkVisibility());
  const named = seen("[aria-label]").filter((e) => !e.closest(controls) && !e.matches(".lstm-viz-choose"));
  const names = named.map((e) => e.getAttribute("aria-label").trim());
  const t = seen(".lstm-viz-readout")[0]?.textContent.trim();
  return {
    drawn: !(seen(".widget-hprogress, progress").length && !seen("svg").length),
    moves: seen(controls).length > 0,
    names: [...new Set([...(t ? [`t = ${t}`] : []), ...names])].filter((name) => name),
    text: place.innerText.replace(/\s+/g, " ").trim(),
  };
}"""


@dataclass
class Picture:
    """A view as it is stored: `png` bytes, what `ABOUT` found, and the view's own `text`."""

    about: dict
    png: bytes = b""

    def html(self, text):
        """The picture with what it is on its face; `text` is the plain text of its output."""
        then = "and it moves" if self.about["moves"] else "for the live one"
        alt = ". ".join([text, *self.about["names"]])
        alt = alt if len(alt) <= 600 else alt[:600].rsplit(" ", 1)[0] + " ..."
        png = base64.b64encode(self.png).decode()
        return (
            f"<div><em>a picture: run this cell, Shift+Enter, {then}</em></div>"
            f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{png}">'
        )


def _photograph(browser, url, needed):
    """The Picture of each of the page's widget views that is `needed`; RuntimeError if it shows others or an error."""
    page = browser.new_page(viewport={"width": WIDTH + 150, "height": 900})
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(url)
    # what is folded in a page is stored unfolded: a notebook has folds of its own
    page.evaluate("() => document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    places = widget_views(page)
    if len(places) != len(needed):
        raise RuntimeError(f"the page holds {len(places)} widget views, the notebook {len(needed)}")
    if problems:
        raise RuntimeError(f"the saved page reports: {problems[0]}")
    page.evaluate("() => document.fonts.ready")
    places = [place for place, wanted in zip(places, needed, strict=True) if wanted]
    pictures = [Picture(place.evaluate(ABOUT, CONTROLS)) for place in places]
    page.add_style_tag(content=HIDE)
    page.wait_for_timeout(500)
    drawn = [(place, picture) for place, picture in zip(places, pictures, strict=True) if picture.about["drawn"]]
    images = compress([_shot(page, place) for place, _ in drawn], ROOM)
    for (_, picture), png in zip(drawn, images, strict=True):
        picture.png = png
    page.close()
    return pictures


def _shot(page, place, patience=60):
    """The pixels of a view. It is drawn once it has come into view: a blank one is looked at again each second."""
    for _ in range(patience):
        image = pixels(page, place.screenshot())
        if image.min() < image.max():
            return image
        page.wait_for_timeout(1000)
    raise RuntimeError("a picture stays blank")


def store(path, browser):
    """Run the notebook at `path` and write it back; returns its size in bytes."""
    notebook = run(path)
    views = _views(notebook)
    with tempfile.TemporaryDirectory() as folder:
        url = save(notebook, folder, "page").as_uri()
        needed = ["text/html" not in output.data for output in views]  # else the widget has brought its own stand-in
        pictures = iter(_photograph(browser, url, needed))
    for output, wanted in zip(views, needed, strict=True):
        del output.data[VIEW]
        output.metadata.pop(VIEW, None)
        if wanted:
            picture = next(pictures)
            if picture.png:
                output.data["text/html"] = picture.html("".join(output.data["text/plain"]))
            else:  # a bar of progress: its text says as much
                output.data["text/plain"] = picture.about["text"]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
            if "nbval-ignore-output" in cell.metadata.get("tags", ()):
                cell.outputs = []  # true of this machine alone: which packages it has
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = None
    if notebook.metadata.get("widgets", {}).pop(STATE, None) is not None and not notebook.metadata.widgets:
        del notebook.metadata["widgets"]
    fold(notebook)
    # language_info stays as the kernel gave it, its version too: without it JupyterLab adds it when the notebook is
    # opened, and calls the notebook unsaved
    text = nbformat.writes(notebook, version=4)
    size = len(text.encode())
    if size > LIMIT:
        raise RuntimeError(f"{path} would be {size} bytes; a stored notebook stays under {LIMIT}")
    Path(path).write_text(text + "\n", encoding="utf-8")
    return size


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    with chromium() as browser:
        for path in parser.parse_args().notebooks:
            print(f"{path}: {store(path, browser):,} bytes", flush=True)


if __name__ == "__main__":
    main()
