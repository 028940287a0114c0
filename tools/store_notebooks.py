#!/usr/bin/env python3
"""Run notebooks in full and store them with the outputs that make them readable where nothing runs.

    python tools/store_notebooks.py NOTEBOOK...

Widgets leave no state behind (a notebook would grow by megabytes, and a page without a kernel would say "Error
displaying widget"); in place of each view its picture is stored, as image/png beside its text.
"""

from __future__ import annotations

import argparse
import base64
import tempfile
from pathlib import Path

import nbformat
from browser import VIEW, chromium, widget_views
from picture import compress, pixels
from save_html import STATE, run, save

WIDTH = 1000  # CSS pixels of a stored picture
LIMIT = 500_000
ROOM = 270_000  # for all pictures of a notebook, which grow by a third as text


def _views(notebook):
    """Every output that shows a widget, in the order of the page."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return [output for output in outputs if VIEW in output.get("data", {})]


def _photograph(browser, url, needed):
    """The PNG of each of the page's widget views that is `needed`; RuntimeError if it shows others or an error."""
    page = browser.new_page(viewport={"width": WIDTH + 150, "height": 900})
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(url)
    places = widget_views(page)
    if len(places) != len(needed):
        raise RuntimeError(f"the page holds {len(places)} widget views, the notebook {len(needed)}")
    if problems:
        raise RuntimeError(f"the saved page reports: {problems[0]}")
    # prompts and scrollbars are no part of the picture
    page.add_style_tag(content=".jp-OutputArea-output {overflow: visible !important}")
    page.evaluate("() => document.fonts.ready")
    page.wait_for_timeout(500)
    pictures = [pixels(page, place.screenshot()) for place, wanted in zip(places, needed, strict=True) if wanted]
    page.close()
    return compress(pictures, ROOM)


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
            output.data["image/png"] = base64.b64encode(next(pictures)).decode()
    if notebook.metadata.get("widgets", {}).pop(STATE, None) is not None and not notebook.metadata.widgets:
        del notebook.metadata["widgets"]
    notebook.metadata.get("language_info", {}).pop("version", None)  # differs between machines, says nothing
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
