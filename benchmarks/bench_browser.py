#!/usr/bin/env python3
"""Sliding in a real JupyterLab: `compare` against the same figure as FigureWidget with a Python callback.

    python benchmarks/bench_browser.py [--moves 60]

Both views are cells of one notebook in one page, moved in turns: ms from key press to the last change that it makes in
the picture, and bytes on the page's sockets per move. Then a notebook with ten views of each kind: bytes on the socket
until all are drawn; and the work of a move while the numbers of a diagram travel along its wires. Ends with an error
unless the claims at the end hold.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from browser import chromium
from common import machine, show
from lab import Lab

SETUP = """\
import numpy as np, ipywidgets, plotly.graph_objects as go
from lstm_viz import LSTMCell, SimpleRNNCell, compare, explore
from lstm_viz.pictures import figures
x = np.random.default_rng(0).normal(size=(64, 4))
rnn, lstm = (cell.initialise(4, 32).run(x) for cell in (SimpleRNNCell, LSTMCell))
def figure_widget():
    figure = figures.compare({"SimpleRNN": rnn, "LSTM": lstm}, title="")
    figure.frames = []
    widget, slider = go.FigureWidget(figure), ipywidgets.IntSlider(max=63)
    (cursor,) = (shape.to_plotly_json() for shape in figure.layout.shapes)
    def move(change):  # all shapes at once: changing x0 and x1 alone makes plotly redraw every heatmap
        widget.layout.shapes = [cursor | {"x0": change["new"] - 0.5, "x1": change["new"] + 0.5}]
    slider.observe(move, "value")
    return ipywidgets.VBox([slider, widget])"""
KINDS = {"FrameView": "compare(rnn, lstm)", "FigureWidget": "figure_widget()"}
BARE = "ipywidgets.IntSlider(max=63)"
PLAYED = "explore(LSTMCell.initialise(4, 32).run(x[:20]))"

# Time of the last change in a picture since the key press; the slider's own changes are not counted.
WATCH = """(cell) => {
  const state = window.watched = {pressed: 0, last: null};
  document.addEventListener("keydown", () => { state.pressed = performance.now(); state.last = null; }, true);
  new MutationObserver((changes) => {
    // not the words for who hears the picture, which come when the slider has rested for 250 ms
    const inPicture = ({target, attributeName}) =>
      target.nodeType === 1 && attributeName !== "aria-label" && target.closest(".js-plotly-plot");
    if (changes.some(inPicture)) state.last = performance.now();
  }).observe(cell, {subtree: true, childList: true, attributes: true, characterData: true});
}"""


def write(folder, name, cells):
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, *cells)]
    nbformat.write(notebook, Path(folder) / name)


def move(page, cell, moves, start=0):
    """(ms of every move, bytes per move) of the slider in a cell, moved to and fro."""
    handle = cell.locator(".noUi-handle")
    handle.focus()
    page.page.evaluate(WATCH, cell.element_handle())
    before = sum(page.traffic.values())
    times = []
    for k in range(start, start + moves):
        page.page.keyboard.press("ArrowRight" if k // 20 % 2 == 0 else "ArrowLeft")
        page.page.wait_for_timeout(250)
        pressed, last = page.page.evaluate("() => [window.watched.pressed, window.watched.last]")
        if last is not None:
            times.append(last - pressed)
    return times, (sum(page.traffic.values()) - before) / moves


def sliding(lab, browser, moves):
    write(lab.folder, "moves.ipynb", [*KINDS.values(), BARE])
    page = lab.open(browser, "moves.ipynb")
    page.run_all()
    times, traffic = {kind: [] for kind in KINDS}, {kind: [] for kind in KINDS}
    for turn in range(4):
        for index, kind in enumerate(KINDS, start=1):
            cell = page.show_cell(index)
            found, size = move(page, cell, moves // 4, start=turn * (moves // 4))
            times[kind] += found
            traffic[kind].append(size)
    bare = move(page, page.show_cell(3), 20)[1]
    page.close()
    return times, {kind: statistics.median(sizes) for kind, sizes in traffic.items()} | {"a bare slider": bare}


# ms of the page's own work that one move of the diagram takes while its numbers travel along the wires
PLAY = """async () => {
  const {model} = document.querySelector(".lv-diagram").closest(".lstm-viz-choose").lstmViz, spent = [];
  model.set("pace", 600);
  for (let t = 0; t < 20; t++) {
    await new Promise((go) => setTimeout(go, 300));
    const before = performance.now();
    model.set("t", t);
    if (t) spent.push(performance.now() - before);
  }
  model.set("pace", 0);
  return spent;
}"""


def playing(lab, browser):
    write(lab.folder, "played.ipynb", [PLAYED])
    page = lab.open(browser, "played.ipynb")
    page.run_all()
    page.show_cell(1)
    times = page.page.evaluate(PLAY)
    page.close()
    return times


def ten_views(lab, browser):
    sizes = {}
    for kind, source in KINDS.items():
        name = f"ten_{kind}.ipynb"
        write(lab.folder, name, [source] * 10)
        page = lab.open(browser, name)
        before = sum(page.traffic.values())
        page.run_all()
        page.show_cell(10)
        page.wait_idle()
        sizes[kind] = sum(page.traffic.values()) - before
        page.close()
    return sizes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, chromium() as browser:
        folder, private = Path(place) / "notebooks", Path(place) / "private"
        folder.mkdir()
        private.mkdir()
        lab = Lab(folder, private)
        try:
            times, traffic = sliding(lab, browser, options.moves)
            sizes = ten_views(lab, browser)
            played = playing(lab, browser)
        finally:
            lab.close()
    machine("plotly", "anywidget", "ipywidgets", "jupyterlab")
    seconds = {kind: [ms / 1e3 for ms in measured] for kind, measured in times.items()}
    show("Arrow key to drawn picture, 64 timesteps, 32 units", seconds, "FrameView", {"FigureWidget": 0.7})
    print("\nBytes on the socket per move")
    for kind, size in traffic.items():
        print(f"{kind:34} {size:10,.0f}")
    print("\nMB on the socket for ten views")
    for kind, size in sizes.items():
        print(f"{kind:34} {size / 1e6:10.2f}")
    print(f"\nms of a move while numbers travel       {statistics.median(played):10.2f}  (largest {max(played):.2f})")
    ms = {kind: statistics.median(measured) for kind, measured in times.items()}
    claims = {
        "time at most 0.7 of FigureWidget's": ms["FrameView"] <= 0.7 * ms["FigureWidget"],
        "median below 8 ms": ms["FrameView"] < 8,
        "every move drawn": len(times["FrameView"]) == options.moves // 4 * 4,
        "traffic at most a bare slider's": traffic["FrameView"] <= 1.1 * traffic["a bare slider"],
        "ten views below 8 MB": sizes["FrameView"] < 8e6,
        "a played move below 8 ms": statistics.median(played) < 8,
    }
    print()
    for claim, held in claims.items():
        print(f"{claim:36} {'met' if held else 'NOT MET'}")
    sys.exit(not all(claims.values()))


if __name__ == "__main__":
    main()
