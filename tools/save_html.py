#!/usr/bin/env python3
"""Save notebooks as pages whose sliders work with no kernel and no network.

    python tools/save_html.py NOTEBOOK... -o DIRECTORY

Every notebook is run first (quicker with LSTM_VIZ_QUICK=1), because what is stored holds no widget state. The pages
share one plotly.js and the other assets, which lie in DIRECTORY/assets.
"""

from __future__ import annotations

import argparse
import json
import uuid
from pathlib import Path

import nbformat
from html_assets import copy_assets
from nbclient import NotebookClient
from nbconvert import HTMLExporter

STATE = "application/vnd.jupyter.widget-state+json"
ASSETS = "assets"
#: JupyterLab's own font for its widgets, which the exported page leaves to the browser; long lines of code can be
#: reached on a phone, too, by scrolling them sideways
STYLE = """<style>
.jupyter-widgets {font-family: var(--jp-ui-font-family, sans-serif)}
.jp-InputArea-editor > .cm-editor {overflow-x: auto}
.lstm-viz-folded > summary {cursor: pointer; padding: 2px 8px}
@media (max-width: 600px) {.lstm-viz-folded > summary {padding: 12px 8px}}
</style>"""


def run(path, timeout=1800):
    """The notebook at `path`, executed in its own folder, with its widgets' state."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.get("metadata", {}).pop("execution", None)
    notebook.metadata.pop("widgets", None)
    folder = {"metadata": {"path": str(Path(path).resolve().parent)}}
    NotebookClient(notebook, timeout=timeout, resources=folder, record_timing=False).execute()
    return notebook


def _share_plotly(state):
    """Let the widgets load plotly.js from the file beside the page instead of carrying it."""
    for widget in state.get("state", {}).values():
        if widget["state"].get("_is_plotly_library"):
            widget["state"]["url"] = f"{ASSETS}/plotly.min.js"
            widget["buffers"] = [b for b in widget.get("buffers", []) if b["path"] != ["source"]]


def save(notebook, directory, name):
    """Write `directory/name.html` and the assets beside it; returns the path of the page.

    AssetsMissing if an asset cannot be had.
    """
    directory = Path(directory)
    copy_assets(directory / ASSETS)
    notebook = nbformat.from_dict(notebook)
    _share_plotly(notebook.metadata.get("widgets", {}).get(STATE, {}))
    exporter = HTMLExporter(
        template_name="page",
        extra_template_basedirs=[str(Path(__file__).parent)],
        require_js_url=f"{ASSETS}/require.js",
        widget_renderer_url=f"{ASSETS}/embed-amd.js",
        mathjax_url=f"{ASSETS}/mathjax/MathJax.js?config=TeX-AMS_CHTML-full,Safe",
    )
    less = uuid.uuid4().hex  # stands for every "<" of the widgets' state, which could end the script that holds it
    state = notebook.metadata.get("widgets", {})
    if STATE in state:
        state[STATE] = nbformat.from_dict(json.loads(json.dumps(state[STATE]).replace("<", less)))
    html, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": name}})
    html = html.replace(less, "\\u003c")
    # the widget manager asks require.js for the module "anywidget"
    configure = f'<script>requirejs.config({{paths: {{anywidget: "{ASSETS}/anywidget"}}}});</script>'
    page = directory / f"{name}.html"
    page.write_text(html.replace("</head>", f"{STYLE}\n{configure}\n</head>", 1), encoding="utf-8")
    return page


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True, help="directory of the pages")
    options = parser.parse_args()
    for path in options.notebooks:
        print(save(run(path), options.output, path.stem), flush=True)


if __name__ == "__main__":
    main()
