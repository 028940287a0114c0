#!/usr/bin/env python3
"""Save notebooks as pages whose sliders work with no kernel and no network.

    python tools/save_html.py NOTEBOOK... -o DIRECTORY

Every notebook is run first (quicker with LSTM_VIZ_QUICK=1), because what is stored holds no widget state. Each page is
one file with all its assets inside, so that it can be mailed; index.html lists them.
"""

from __future__ import annotations

import argparse
import base64
import html
import json
import os
import re
import sys
import tempfile
import uuid
from pathlib import Path

import exercises_in_pages
import experiments
import nbformat
import plotly_part
from html_assets import AssetsMissing, copy_assets, mathematics
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from without_kernel import SCRIPT, reword, switch_off

from lstm_viz.widgets.beforehand import MAKING_A_PAGE

STATE = "application/vnd.jupyter.widget-state+json"
ASSETS = "assets"
#: what MathJax 3 has to know, as nbconvert's own pages tell MathJax 2, whose Queue the widget manager asks
MATHEMATICS = r"""window.MathJax = {
  tex: {inlineMath: [["$", "$"], ["\\(", "\\)"]], processEscapes: true, tags: "ams"},
  options: {ignoreHtmlClass: "tex2jax_ignore", enableMenu: false},
  startup: {ready: () => {
    MathJax.startup.defaultReady();
    MathJax.Hub = {Queue: ([, , element]) => MathJax.startup.promise.then(() => MathJax.typesetPromise([element]))};
  }},
};"""
INDEX = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>lstm_viz</title>
<style>body {{font: 18px/1.6 sans-serif; max-width: 40em; margin: 2em auto; padding: 0 1em}}</style></head>
<body><h1>lstm_viz</h1><p>Each lesson is one file, and its sliders work here.</p><ul>{items}</ul></body></html>
"""
#: JupyterLab's own font for its widgets, which the exported page leaves to the browser; long lines of code can be
#: reached on a phone, too, by scrolling them sideways
STYLE = """<style>
.lstm-viz-exercise {max-width: 52em; line-height: 1.45; margin: .4em 0 .8em}
.lstm-viz-exercise details {margin: .3em 0 0 .2em}
.lstm-viz-exercise summary {cursor: pointer; width: max-content; padding: .15em 0}
.lstm-viz-exercise input, .lstm-viz-exercise button {font: inherit; padding: .2em .5em}
.lstm-viz-exercise output {display: block; min-height: 1.45em; margin-top: .3em}
.jupyter-widgets {font-family: var(--jp-ui-font-family, sans-serif)}
.jp-InputArea-editor > .cm-editor {overflow-x: auto}
.lstm-viz-folded > summary, .lstm-viz-experiment > summary {
  cursor: pointer; padding: 2px 8px; width: max-content;
  font: var(--jp-content-font-size1, 14px)/1.5 var(--jp-content-font-family, sans-serif);
}
.lstm-viz-experiment {flex: 1 1 auto; min-width: 0; margin: 2px 0}
.lstm-viz-experiment > summary {margin-left: var(--jp-cell-prompt-width, 64px)}
.lstm-viz-needs-python {opacity: 0.55}
.lstm-viz-needs-python-note {margin: 4px 8px; font-size: 15px}
@media (max-width: 600px) {:is(.lstm-viz-folded, .lstm-viz-experiment) > summary {padding: 12px 8px; margin-left: 0}}
</style>"""


def run(path, timeout=1800, for_a_page=False):
    """The notebook at `path`, executed in its own folder, with its widgets' state.

    for_a_page: labs of few positions work out what a page without a kernel answers to them.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.get("metadata", {}).pop("execution", None)
    notebook.metadata.pop("widgets", None)
    folder = {"metadata": {"path": str(Path(path).resolve().parent)}}
    environment = os.environ | ({MAKING_A_PAGE: "1"} if for_a_page else {})
    NotebookClient(notebook, timeout=timeout, resources=folder, record_timing=False, coalesce_streams=True).execute(
        env=environment
    )
    return notebook


def save(notebook, directory, name, exporter=HTMLExporter, template="page", **options):
    """Write `directory/name.html` and the assets beside it; returns the path of the page.

    `exporter` is nbconvert's, with `options`; `template` a folder beside this file.
    AssetsMissing if an asset cannot be had.
    """
    directory = Path(directory)
    copy_assets(directory / ASSETS)
    page = directory / f"{name}.html"
    page.write_text(_text(notebook, name, True, exporter, template, **options), encoding="utf-8")
    return page


def _text(notebook, name, shared, exporter=HTMLExporter, template="page", **options):
    """The page as text, which finds its assets in a folder beside it; `shared`: plotly.js, too."""
    notebook = nbformat.from_dict(notebook)
    widgets = notebook.metadata.get("widgets", {}).get(STATE, {})
    state = widgets.get("state", {})
    if shared:
        plotly_part.from_file(state, ASSETS)
    else:
        plotly_part.inside(state)
    switch_off(state)
    if exporter is HTMLExporter:  # a lesson; slides have no room for exercises, and their pages are turned by a teacher
        experiments.fold_in_page(notebook)
        exercises_in_pages.add(notebook)
    reword(notebook)
    exporter = exporter(
        template_name=template,
        extra_template_basedirs=[str(Path(__file__).parent)],
        require_js_url=f"{ASSETS}/require.js",
        widget_renderer_url=f"{ASSETS}/embed-amd.js",
        mathjax_url=f"{ASSETS}/mathjax/MathJax.js?config=TeX-AMS_CHTML-full,Safe",
        **options,
    )
    less = uuid.uuid4().hex  # stands for every "<" of the widgets' state, which could end the script that holds it
    if widgets:
        less_free = json.loads(json.dumps(widgets).replace("<", less))
        notebook.metadata["widgets"][STATE] = nbformat.from_dict(less_free)
    text, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": name}})
    text = text.replace(less, "\\u003c")
    text = re.sub(r'href="([\w-]+)\.ipynb', r'href="\1.html', text)
    # the widget manager asks require.js for the module "anywidget"
    configure = f'<script>requirejs.config({{paths: {{anywidget: "{ASSETS}/anywidget"}}}});</script>'
    return text.replace("</head>", f"{STYLE}\n{configure}\n<script>{SCRIPT}\n{experiments.SCRIPT}</script>\n</head>", 1)


def save_alone(notebook, directory, name):
    """Write `directory/name.html` with every asset inside; returns its path. AssetsMissing if one cannot be had."""
    mathematics_js = mathematics().read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        assets = Path(folder)
        copy_assets(assets)

        def inside(found):
            if "MathJax" in found[1]:
                return f"<script>{MATHEMATICS}</script>\n{_script(mathematics_js)}"
            return _script((assets / found[1]).read_text(encoding="utf-8"))

        text = _text(notebook, name, shared=False)
        text = re.sub(rf'<script[^>]*\ssrc="{ASSETS}/([^"?]+)[^"]*"[^>]*>\s*</script>', inside, text)
        text = re.sub(r'<script type="text/x-mathjax-config">.*?</script>', "", text, flags=re.DOTALL)
        # nbconvert asks for the widget manager by a script; here it stands at the end of the page
        text = re.sub(
            r"<script>\s*\(function\(\) \{\s*function addWidgetsRenderer.*?</script>", "", text, flags=re.DOTALL
        )
        manager = _script((assets / "embed-amd.js").read_text(encoding="utf-8"))
        head, _, end = text.rpartition("</html>")
        text = f"{head}{manager}\n</html>{end}"
        module = base64.b64encode((assets / "anywidget.js").read_bytes()).decode()
        text = text.replace(f'"{ASSETS}/anywidget"', f'"data:text/javascript;base64,{module}"')
    page = Path(directory) / f"{name}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(text, encoding="utf-8")
    return page


def _script(source):
    return "<script>" + source.replace("</script", "<\\/script") + "</script>"


def index(directory, titles):
    """Write `directory/index.html`, which lists the pages {name: title}."""
    items = "".join(f'<li><a href="{name}.html">{html.escape(title)}</a></li>' for name, title in titles.items())
    (Path(directory) / "index.html").write_text(INDEX.format(items=items), encoding="utf-8")


def title(notebook):
    """The first heading of a notebook, as text."""
    texts = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    found = next((match[1] for match in (re.search(r"^# +(.+)", text, re.M) for text in texts) if match), "a lesson")
    return " ".join(found.replace("&nbsp;", " ").split())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True, help="directory of the pages")
    options = parser.parse_args()
    titles = {}
    try:
        mathematics()  # what cannot be had is said before anything runs
        with tempfile.TemporaryDirectory() as folder:
            copy_assets(folder)
        for path in options.notebooks:
            notebook = run(path, for_a_page=True)
            print(save_alone(notebook, options.output, path.stem), flush=True)
            titles[path.stem] = title(notebook)
    except AssetsMissing as error:
        sys.exit(f"make html: {error}")
    index(options.output, titles)


if __name__ == "__main__":
    main()
