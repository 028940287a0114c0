"""Results files: one readable file for a sweep, that several processes may add to and that is never half written.

A results file is JSON with one run per line. It holds the settings of the sweep and, for each run, the versions and the
day that made it, so that a sweep can be resumed and a number in a lesson traced back. Reading checks all of it; a
broken file is named and left alone. Saving merges with what lies there, under a lock that ends with its process.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from lstm_viz.learning.tasks import TASKS
from lstm_viz.learning.tasks.base import shown

__all__ = ["Locked", "Run", "is_one", "locked", "read"]


class Run(NamedTuple):
    """One trained model.

    `score` on fresh sequences (None if training diverged), `solved` by the task's own measure, `updates` that were
    used, `seconds` its share of the time, `note` what went wrong, if anything.
    """

    cell: str
    lag: int
    seed: int
    score: float | None
    solved: bool
    updates: int
    seconds: float
    note: str = ""

    @property
    def key(self):
        """What the run is of: (cell, lag, seed)."""
        return self.cell, self.lag, self.seed


_FORMAT = "lstm_viz lag sweep 2"
#: one set of versions for all runs, and no column that says which
_EARLIER = "lstm_viz lag sweep 1"
#: a run, and which entry of "made" made it
_COLUMNS = [*Run._fields, "made"]
#: seconds to wait for another process that is saving
_PATIENCE = 30.0


# --- reading ----------------------------------------------------------------------------------------------


def read(path):
    """What a results file holds, as the fields of a `SweepResult`: {"task", "cells", ..., "runs", "made"}.

    FileNotFoundError if there is none; ValueError if it is not one, or broken.
    """
    path = _path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no results file {shown(str(path))}")
    return _read(path.read_bytes(), path)


def is_one(path):
    """Whether a file says that it is a results file."""
    with open(path, encoding="utf-8") as file:
        return '"format": "lstm_viz lag sweep' in file.read(200)


def _path(path):
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path must be the name of a file; got {shown(path)}")
    path = Path(path)
    try:
        path.stat()
    except FileNotFoundError:
        return path
    except (OSError, ValueError) as error:  # too long, a loop of links, below a file, a null character
        why = getattr(error, "strerror", None) or str(error)
        raise ValueError(f"path must be the name of a file; got {shown(str(path))} ({why})") from None
    if path.exists() and not path.is_file():  # a device may have no end, and a pipe nothing to say
        what = "a folder" if path.is_dir() else "a device or a pipe"
        raise ValueError(f"path must be the name of a file; {path} is {what}")
    return path


def _read(text, path):
    try:
        data = json.loads(text)
    except ValueError as error:
        raise _broken(path, f"it is not whole JSON ({error})") from None
    except RecursionError:
        raise _broken(path, "it is nested too deeply") from None
    if not isinstance(data, dict) or data.get("format") not in (_FORMAT, _EARLIER):
        found = shown(data.get("format")) if isinstance(data, dict) else type(data).__name__
        raise _broken(path, f"its format must be {_FORMAT!r}; got {found}")
    try:
        return _checked(data, earlier=data["format"] == _EARLIER)
    except KeyError as error:
        raise _broken(path, f"it has no {error.args[0]!r}") from None
    except (TypeError, ValueError) as error:
        raise _broken(path, str(error)) from None


def _broken(path, why):
    return ValueError(f"{path} is not a results file that can be read: {why}; it was left as it is")


def _checked(data, earlier):
    """The fields that a file holds. KeyError, TypeError or ValueError says what is wrong with it."""
    columns = list(Run._fields) if earlier else _COLUMNS
    if data["columns"] != columns:
        raise ValueError(f"its columns must be {', '.join(columns)}; got {shown(data['columns'])}")
    for name, kind in (("task", dict), ("cells", dict), ("settings", dict), ("about", str), ("runs", list)):
        if not isinstance(data[name], kind):
            raise ValueError(f"its {name!r} must be a JSON {'text' if kind is str else kind.__name__}")
    lags, seeds = _whole_numbers(data["lags"], "lags", 1), _whole_numbers(data["seeds"], "seeds", 0)
    if not lags or not data["cells"]:
        raise ValueError("it must name at least one cell and one lag")
    for cell, settings in data["cells"].items():
        if not isinstance(settings, dict):
            raise ValueError(f"the settings of {cell!r} must be a JSON dict; got {shown(settings)}")
    _check_task(data["task"], lags)
    made = [data["versions"]] if earlier else data["made"]
    if not isinstance(made, list) or not all(isinstance(versions, Mapping) for versions in made):
        raise ValueError(f"'made' must be a list of versions; got {shown(made)}")
    runs, makers = [], {}
    for row in data["runs"]:
        run, maker = _checked_run([*row, 0] if earlier and isinstance(row, list) else row, data["cells"], len(made))
        runs.append(run)
        makers[run.key] = made[maker]
    return dict(
        task=data["task"],
        cells=data["cells"],
        lags=lags,
        seeds=seeds,
        settings=data["settings"],
        versions=made[-1] if made else {},
        about=data["about"],
        runs=tuple(runs),
        made=makers,
    )


def _whole_numbers(values, name, least):
    if not isinstance(values, list) or not all(type(v) is int and v >= least for v in values):
        raise ValueError(f"its {name!r} must be a list of whole numbers of at least {least}; got {shown(values)}")
    return tuple(values)


def _check_task(task, lags):
    """The task can be made at every lag, if the package has it (it may be the reader's own); its chance is a number."""
    chance = task["chance"]
    if type(chance) not in (int, float) or not math.isfinite(chance):
        raise ValueError(f"the chance of its task must be a number; got {shown(chance)}")
    for name in ("kind", "name"):
        if not isinstance(task[name], str):
            raise ValueError(f"the {name} of its task must be text; got {shown(task[name])}")
    if task["kind"] in TASKS:
        settings = {key: value for key, value in task.items() if key not in ("kind", "name", "chance")}
        for lag in lags:
            try:
                TASKS[task["kind"]](lag=lag, **settings)
            except TypeError:
                raise ValueError(f"its task cannot have the settings {shown(settings)}") from None


def _checked_run(row, cells, makers):
    if not isinstance(row, list) or len(row) != len(_COLUMNS):
        raise ValueError(f"a run must read {', '.join(Run._fields)} and what made it; got {shown(row)}")
    run, maker = Run(*row[:-1]), row[-1]
    whole = all(type(value) is int for value in (run.lag, run.seed, run.updates, maker))
    score = run.score is None or _is_number(run.score)
    texts = isinstance(run.cell, str) and isinstance(run.note, str)
    if not (whole and score and texts and _is_number(run.seconds) and type(run.solved) is bool):
        raise ValueError(f"a run must read {', '.join(Run._fields)}, each of its kind; got {shown(row)}")
    if run.cell not in cells or not 0 <= maker < makers:
        raise ValueError(f"a run must be of one of its cells, made by one of its versions; got {shown(row)}")
    return run, maker


def _is_number(value):
    return type(value) in (int, float) and math.isfinite(value)


# --- writing ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def locked(path):
    """The file at `path`, which need not be there, as a `Locked`, while nobody else may save to it."""
    import filelock

    path = _path(path)
    target = Path(os.path.realpath(path))  # a link stays a link
    target.parent.mkdir(parents=True, exist_ok=True)
    # the lock is the kernel's (flock, or Windows's own), so a killed process leaves none behind; only the file stays
    with filelock.FileLock(target.with_name(f".{target.name}.lock"), timeout=_PATIENCE):
        yield Locked(path, target)


class Locked(NamedTuple):
    """A results file that this process alone may write: its `path` as it was given, and its `target` behind links."""

    path: Path
    target: Path

    def read(self):
        """As `read` of the module; None if there is no file."""
        try:
            return _read(self.target.read_bytes(), self.path)
        except FileNotFoundError:
            return None

    def write(self, result):
        """Put a `SweepResult` in the file's place, whole or not at all."""
        _write_whole(self.target, _text(result))


def _text(result):
    made = []
    for versions in result.made.values():
        if dict(versions) not in made:
            made.append(dict(versions))
    head = {
        "format": _FORMAT,
        "about": result.about,
        "task": dict(result.task),
        "settings": dict(result.settings),
        "cells": {name: dict(settings) for name, settings in result.cells.items()},
        "lags": list(result.lags),
        "seeds": list(result.seeds),
        "made": made,
        "columns": _COLUMNS,
    }
    rows = ([*run, made.index(dict(result.made[run.key]))] for run in result.runs)
    lines = ",\n".join("  " + json.dumps(row, allow_nan=False) for row in rows)
    return json.dumps(head, indent=1, allow_nan=False, ensure_ascii=False)[:-2] + f',\n "runs": [\n{lines}\n ]\n}}\n'


def _write_whole(target, text):
    """Write beside the target and move into place, so that no reader ever sees half a file. Called under the lock."""
    part = target.with_name(f".{target.name}.part")
    with contextlib.suppress(FileNotFoundError):
        part.unlink()  # of a process that was killed while it wrote
    there = target.exists()
    if there and not os.access(target, os.W_OK):
        raise PermissionError(13, "it may not be written to", str(target))
    try:
        with open(part, "xb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        if there:
            os.chmod(part, stat.S_IMODE(target.stat().st_mode))
        _move(part, target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def _move(part, target, tries=20):
    """Windows refuses while somebody is reading the target, which takes a moment."""
    for left in reversed(range(tries)):
        try:
            return os.replace(part, target)
        except PermissionError:
            if os.name != "nt" or not left:
                raise
            time.sleep(0.05)
