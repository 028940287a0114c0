"""plotly.js for a page: its part with the traces on two straight axes, a third of the whole, where that is enough.

The part is plotly's own "cartesian" bundle, of the version that the installed plotly package brings.
"""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import plotly
from html_assets import asset
from plotly.offline import get_plotlyjs_version

#: what the bundle draws, by its README
TRACES = {
    "bar", "box", "contour", "heatmap", "histogram", "histogram2d", "histogram2dcontour", "image", "pie", "scatter",
    "scatterternary", "violin",
}  # fmt: skip
WHOLE, PART = "plotly.min.js", "plotly-cartesian.min.js"


def files():
    """{name: path} of both; AssetsMissing if the part cannot be had."""
    return {WHOLE: Path(plotly.__file__).parent / "package_data" / WHOLE, PART: _part()}


def from_file(state, folder):
    """Let the widgets of `state`, {name: widget}, load plotly.js from the `folder` beside the page."""
    for widget in _libraries(state):
        widget["state"]["url"] = f"{folder}/{enough_for(state)}"
        widget["buffers"] = [b for b in widget.get("buffers", []) if b["path"] != ["source"]]


def asked_for_early(page, folder):
    """The text of a page that loads plotly.js from `folder`, with a word in its head to fetch it at once."""
    urls = [f"{folder}/{name}" for name in (PART, WHOLE) if f'"{folder}/{name}"' in page]
    links = "".join(f'<link rel="preload" as="script" href="{url}">\n' for url in urls)
    return page.replace("<link", f"{links}<link", 1)


def inside(state):
    """Let the widgets of `state` carry no more of plotly.js than they need; AssetsMissing if that cannot be had."""
    if enough_for(state) == PART:
        for widget in _libraries(state):
            data = base64.b64encode(gzip.compress(_part().read_bytes(), 9, mtime=0)).decode()
            others = [b for b in widget.get("buffers", []) if b["path"] != ["source"]]
            widget["buffers"] = [*others, {"path": ["source"], "data": data, "encoding": "base64"}]


def enough_for(state):
    """WHOLE or PART: which of the files draws every figure of `state`."""
    figures = (json.loads(widget["state"]["figure"]) for widget in state.values() if "_library" in widget["state"])
    kinds = {trace.get("type", "scatter") for figure in figures for trace in figure.get("data", [])}
    return PART if kinds <= TRACES else WHOLE


def _libraries(state):
    return [widget for widget in state.values() if widget["state"].get("_is_plotly_library")]


def _part():
    return asset(f"plotly.js-cartesian-dist-min@{get_plotlyjs_version()}", PART)
