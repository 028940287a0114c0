#!/usr/bin/env python3
"""Write the site: every lesson with live sliders, from files alone, with no kernel and no network.

    python tools/make_site.py [NOTEBOOK...] [-o DIRECTORY]

Each lesson is run in full first (quicker with LSTM_VIZ_QUICK=1), unless a run of the same sources lies in
build/lessons. Then Sphinx writes the pages. What lies in docs/ becomes a page each.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from pathlib import Path

import deflated_state
import exercises_in_pages
import experiments
import nbformat
import plotly_part
import site_reference
from html_assets import AssetsMissing, copy_assets
from lesson_runs import ROOT, lesson_run
from save_html import STATE
from without_kernel import reword, switch_off

HERE = Path(__file__).parent / "site"
#: the lesson's cell that the front page shows
FRONT = ("00_start_here", "first-slider")
FRONT_HEAD = "# What does an LSTM remember?"
FRONT_QUESTION = "**At which two characters does unit 0 change its memory, and what does it know in between?**"
WAYS = ("look", "run", "teaching")
#: what is folded in JupyterLab, and the tag that folds it here
FOLDED = {"source_hidden": "hide-input", "outputs_hidden": "hide-output"}
LOOK = """# Look

Each lesson asks one question. Its sliders work here; what trains a network needs Python: see [run](run.md).

"""


def _toctree(names, *options):
    return "\n".join(["```{toctree}", *options, "", *names, "```", ""])


def _needed(state, names):
    """The part of the widgets' `state` that the models `names` reach."""
    found, todo = set(), list(names)
    while todo:
        name = todo.pop()
        if name in found or name not in state:
            continue
        found.add(name)
        todo += re.findall(r"IPY_MODEL_(\w+)", json.dumps(state[name]["state"]))
    return {name: state[name] for name in state if name in found}


def _shown(notebook):
    """The models that the notebook's outputs show, by name."""
    views = "application/vnd.jupyter.widget-view+json"
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return [output.data[views]["model_id"] for output in outputs if views in output.get("data", {})]


def prepared(notebook):
    """A copy of an executed lesson as the site shows it: plotly.js from its file, folded code folded."""
    notebook = nbformat.from_dict(notebook)
    widgets = notebook.metadata.get("widgets", {}).get(STATE)
    if widgets:
        switch_off(widgets["state"])
        widgets["state"] = _needed(widgets["state"], _shown(notebook))
        plotly_part.from_file(widgets["state"], "_static")
    experiments.fold_in_page(notebook)
    exercises_in_pages.add(notebook)
    reword(notebook)
    for cell in notebook.cells:
        folded = cell.get("metadata", {}).get("jupyter", {})
        tags = [tag for key, tag in FOLDED.items() if folded.get(key)]
        if tags:
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), *tags]
    return notebook


def front(notebook, cell_id, pages):
    """The front page: one view of a lesson that moves by itself, one question, the ways on."""
    cell = nbformat.from_dict(next(cell for cell in notebook.cells if cell.get("id") == cell_id))
    cell.metadata["tags"] = ["remove-input"]
    ways = "\n\n".join(f"[**{name.capitalize()}** {pages[name]}]({name}.md)" for name in WAYS if name in pages)
    texts = [
        f"{FRONT_HEAD}\n\n:::{{container}} lstm-viz-ways\n{ways}\n:::",  # above the view, so that they are seen at once
        FRONT_QUESTION,
        _toctree([f"{name.capitalize()} <{name}>" for name in pages], ":hidden:"),
    ]
    head, question, tree = map(nbformat.v4.new_markdown_cell, texts)
    return prepared(nbformat.v4.new_notebook(cells=[head, cell, question, tree], metadata=notebook.metadata))


def gather(notebooks, source, store):
    """Fill the folder `source` with what Sphinx reads."""
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(HERE, source)
    copy_assets(source / "_static")
    deflated_state.write_script(source / "_static")
    for script in ("needs_python.js", "experiments.js"):
        shutil.copy(ROOT / "tools" / script, source / "_static")
    lessons, first = [path.stem for path in notebooks], None
    for path in notebooks:
        notebook, fresh = lesson_run(path, store)
        print(f"{path.stem}: {'run' if fresh else 'taken from the last run'}", flush=True)
        nbformat.write(prepared(notebook), source / path.name)
        if path.stem == FRONT[0]:
            first = notebook
    if (images := ROOT / "notebooks" / "images").is_dir():
        shutil.copytree(images, source / "images")
    (source / "look.md").write_text(LOOK + _toctree(lessons, ":maxdepth: 1"), encoding="utf-8")
    site_reference.write(source)
    pages = {"look": "the lessons, with every slider alive", **_pages(source), "reference": "every public name"}
    if first is None:
        first, _ = lesson_run(ROOT / "notebooks" / f"{FRONT[0]}.ipynb", store)
    nbformat.write(front(first, FRONT[1], pages), source / "index.ipynb")


def _pages(source):
    """Copy the pages in words; {name: what it is for the front page}."""
    texts = {"run": ROOT / "docs" / "starting.md"}
    if not texts["run"].exists():
        texts["run"] = ROOT / "README.md"
    known = {"run": "install it, change it, train it", "teaching": "plans, questions, answers"}
    texts |= {page.stem: page for page in sorted((ROOT / "docs").glob("*.md")) if page.stem != "starting"}
    for name, path in texts.items():
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"\]\((?:\.\./)?notebooks/([^)/]+\.ipynb)", r"](\1", text)
        text = re.sub(r"\]\((?:\.\./docs/|docs/)?starting\.md", "](run.md", text)
        text = text.replace("](notebooks/images/", "](images/").replace('src="notebooks/images/', 'src="images/')
        for link in re.findall(r"\]\(([\w./-]+)\)", text):  # other files of the project, such as its licence
            if (ROOT / link).is_file() and not (source / link).exists():
                (source / link).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / link, source / link)
        (source / f"{name}.md").write_text(text, encoding="utf-8")
    return {name: known.get(name, name.replace("_", " ")) for name in texts}


def build(source, output):
    """Run Sphinx; its exit code."""
    from sphinx.cmd.build import build_main

    shutil.rmtree(output, ignore_errors=True)
    code = build_main(["-q", "-b", "html", "-d", f"{source}.doctrees", str(source), str(output)])
    for page in Path(output).glob("*.html"):
        text = plotly_part.asked_for_early(page.read_text(encoding="utf-8"), "_static")
        text = deflated_state.deflate(text, f"_static/{deflated_state.SCRIPT}")
        page.write_text(text, encoding="utf-8")
    return code


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="which lessons (default: all of notebooks/)")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "build" / "site")
    parser.add_argument("--runs", type=Path, default=ROOT / "build" / "lessons", help="where runs are kept")
    options = parser.parse_args()
    source = options.output.with_name(f"{options.output.name}.source")
    notebooks = options.notebooks or sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    try:
        copy_assets(source)  # what cannot be had is said before anything runs
        gather(notebooks, source, options.runs)
    except AssetsMissing as error:
        sys.exit(f"make site: {error}")
    if code := build(source, options.output):
        sys.exit(code)
    print(f"open {options.output / 'index.html'}")


if __name__ == "__main__":
    main()
