"""Run lessons for pages, once: what a former run of the same sources left is taken again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import nbformat
from save_html import run

ROOT = Path(__file__).resolve().parents[1]


def fingerprint(path):
    """Says whether a run can be taken again: it changes with the lesson's code and text, the package and QUICK."""
    digest = hashlib.sha256(os.environ.get("LSTM_VIZ_QUICK", "").encode())
    for cell in nbformat.read(path, as_version=4).cells:
        digest.update(f"{cell.cell_type}\0{cell.source}\0".encode())
    package = ROOT / "lstm_viz"
    for file in sorted(file for file in package.rglob("*") if file.is_file() and file.suffix != ".pyc"):
        digest.update(str(file.relative_to(package)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def lesson_run(path, store):
    """(the notebook at `path` with its outputs and its widgets' state, was it run just now); `store` keeps it."""
    path, store = Path(path), Path(store)
    kept = store / f"{path.stem}.{fingerprint(path)}.ipynb"
    if kept.exists():
        return nbformat.read(kept, as_version=4), False
    notebook = run(path, for_a_page=True)
    store.mkdir(parents=True, exist_ok=True)
    for old in store.glob(f"{path.stem}.*.ipynb"):
        old.unlink()
    part = kept.with_suffix(".part")
    nbformat.write(notebook, part)
    part.replace(kept)
    return notebook, True
