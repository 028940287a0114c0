"""The lessons' notebooks, wherever the package was installed from, written to a reader's own folder."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path

from lstm_viz.cells import checks

__all__ = ["lesson_files", "write_lessons"]

_FIRST = "00_start_here.ipynb"


def lesson_files():
    """The notebooks that belong to this package, and their pictures: {name: path}, sorted.

    They stand beside the package in a clone of the project, and under share/lstm_viz/notebooks where it was
    installed from a wheel. FileNotFoundError where they are in neither place.
    """
    beside = Path(__file__).resolve().parents[2] / "notebooks"
    if (beside / _FIRST).is_file():
        return _named(beside, beside.rglob("*"))
    try:
        installed = [path.locate() for path in metadata.files("lstm_viz") or []]
    except metadata.PackageNotFoundError:
        installed = []
    for path in map(Path, installed):
        if path.name == _FIRST and path.is_file():
            return _named(path.parent, path.parent.rglob("*"))
    raise FileNotFoundError(
        "the lessons' notebooks are not in this installation of lstm_viz; install its wheel again, "
        "or take them from the folder notebooks/ of the project"
    )


def _named(folder, paths):
    kept = (path for path in paths if path.suffix in (".ipynb", ".png") and ".ipynb_checkpoints" not in path.parts)
    return {path.relative_to(folder).as_posix(): path for path in sorted(kept)}


def write_lessons(folder):
    """Write every notebook into `folder`, which is made where it is missing; nothing that is there is overwritten.

    Returns {name: "written", "already there" or "kept as you changed it"}. A file appears whole or not at all, also
    when this is ended in the middle. TypeError for what is no path; ValueError where `folder` cannot be one, in a
    sentence; OSError where the disk refuses.
    """
    try:
        text = os.fspath(folder)
    except Exception:  # a stranger's __fspath__ may do anything
        raise TypeError(f"folder must be a path; got {checks.short(folder)}") from None
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise ValueError(f"folder must be the name of a folder; got {checks.short(folder)}")
    folder = Path(text).expanduser()
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"folder must be a folder; {checks.short(str(folder))} is a file")
    return {name: _write(source, folder / name) for name, source in lesson_files().items()}


def _write(source, target):
    if target.exists():
        return "already there" if target.read_bytes() == source.read_bytes() else "kept as you changed it"
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(source.read_bytes())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return "written"
