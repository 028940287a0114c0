#!/usr/bin/env python3
"""Large views in a real JupyterLab: 2,000 timesteps of 128 units with every gate, and a clamp on 500 characters.

    python benchmarks/bench_large_views.py [--moves 20]

For `explore` and `read_along`: seconds that Python takes to build the view, MB on the page's sockets until it is drawn,
seconds from running the cell to the drawn picture, and ms from an arrow key to the last change in a picture. For
`surgery_view`: ms from a key on its knob *hold* to the pictures of the cut. Ends with an error unless the claims hold.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
from bench_browser import WATCH, move
from common import machine

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from browser import chromium
from lab import Lab

SETUP = """\
from time import perf_counter
import numpy as np
from lstm_viz import LSTMCell, explore
from lstm_viz.lessons.lesson_09 import character_model, read_along, surgery_view, training_text
cell = LSTMCell.initialise(4, 128, dtype=np.float32)
trace = cell.run(np.random.default_rng(0).normal(size=(2000, 4)).astype(np.float32))
model, text = character_model(), training_text(2000)
model.read(text[:500])
def timed(build, *arguments, **options):
    before = perf_counter()
    view = build(*arguments, **options)
    print(f"{perf_counter() - before:.3f}")
    return view"""
LARGE = {
    "explore": "timed(explore, trace)",
    "explore with cell=": "timed(explore, trace, cell=cell)",
    "read_along": "timed(read_along, model, text)",
}
SMALL = "timed(explore, LSTMCell.initialise(4, 16).run(np.random.default_rng(0).normal(size=(50, 4))))"
SURGERY = "timed(surgery_view, model, text[:500], unit=94)"


def write(folder, name, cells):
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(notebook, Path(folder) / name)


# The time of the last change in a picture or a text since a cell was chosen to be run.
OPENED = """(k) => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = k;
  const state = window.opened = {from: performance.now(), last: null};
  new MutationObserver((changes) => {
    const drawn = ({target}) => target.nodeType === 1 && target.closest(".js-plotly-plot, pre[role=slider]");
    if (changes.some(drawn)) state.last = performance.now();
  }).observe(notebook.node, {subtree: true, childList: true, attributes: true});
}"""


def run_cell(page, index):
    """Run one cell; returns its place on the page once it is drawn."""
    page.page.evaluate(OPENED, index)
    page.command("notebook:run-cell")
    return page.show_cell(index)


def opened(lab, browser, name, source):
    """(page, the view's cell, characters on the socket, seconds until it was drawn); a small view came before it."""
    write(lab.folder, name, [SETUP, SMALL, source])
    page = lab.open(browser, name)
    page.page.evaluate(OPENED, 0)
    page.command("notebook:run-cell")
    run_cell(page, 1)
    page.wait_idle()
    sent = sum(page.traffic.values())
    place = run_cell(page, 2)
    seconds = page.page.evaluate("() => window.opened.last - window.opened.from") / 1e3
    page.wait_idle()
    return page, place, sum(page.traffic.values()) - sent, seconds


def clamped(lab, browser, moves):
    """ms from a key on the knob *hold* to the last change in a picture."""
    page, place, *_ = opened(lab, browser, "surgery.ipynb", SURGERY)
    knob = place.locator(".widget-dropdown").filter(has_text="hold").locator("select").first
    knob.focus()
    page.page.evaluate(WATCH, place.element_handle())
    times = []
    for k in range(moves):
        page.page.keyboard.press("ArrowDown" if k // 2 % 2 == 0 else "ArrowUp")
        page.page.wait_for_timeout(1500)
        pressed, last = page.page.evaluate("() => [window.watched.pressed, window.watched.last]")
        if last is not None:
            times.append(last - pressed)
    page.close()
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=20)
    options = parser.parse_args()
    rows, claims = [], {}
    with tempfile.TemporaryDirectory() as place, chromium() as browser:
        folder, private = Path(place) / "notebooks", Path(place) / "private"
        folder.mkdir()
        private.mkdir()
        lab = Lab(folder, private)
        try:
            for k, (name, source) in enumerate(LARGE.items()):
                page, cell, size, seconds = opened(lab, browser, f"large_{k}.ipynb", source)
                build = float(cell.locator("pre").first.inner_text().split()[0])
                times, _ = move(page, cell, options.moves)
                page.close()
                ms = statistics.median(times)
                rows.append((name, build, size / 1e6, seconds, ms))
                claims |= {
                    f"{name}: built within 1 s": build <= 1,
                    f"{name}: at most 8 MB": size <= 8e6,
                    f"{name}: a move below 33 ms": ms < 33,
                }
            cut = clamped(lab, browser, options.moves)
        finally:
            lab.close()
    claims["read_along: drawn within 1.5 s"] = rows[-1][3] <= 1.5
    claims["a clamp answered within 150 ms"] = statistics.median(cut) <= 150
    machine("plotly", "anywidget", "ipywidgets", "jupyterlab")
    print(
        f"\n2,000 timesteps of 128 units\n{'':22}{'s to build':>12}{'MB sent':>10}{'s to drawn':>12}{'ms a move':>12}"
    )
    for name, build, size, seconds, ms in rows:
        print(f"{name:22}{build:12.2f}{size:10.2f}{seconds:12.2f}{ms:12.1f}")
    print(f"\nms from the knob to the cut, 500 characters  {statistics.median(cut):8.0f}  (largest {max(cut):.0f})\n")
    for claim, held in claims.items():
        print(f"{claim:40} {'met' if held else 'NOT MET'}")
    sys.exit(not all(claims.values()))


if __name__ == "__main__":
    main()
