"""What a sweep over lags found: one readable file, written whole or not at all.

A results file is JSON with one run per line. It holds the settings and the versions that made it, so that a sweep can
be resumed and a number in a lesson traced back. Reading checks all of it; a broken file is named and left alone.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lstm_viz.learning.tasks import CLASSES, TASKS

__all__ = ["Run", "SweepResult", "load", "shipped", "success_interval"]

_FORMAT = "lstm_viz lag sweep 1"


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


def success_interval(solved, runs, z=1.96):
    """Where the true rate of success may lie, given `solved` of `runs`: Wilson's (1927) 95 % interval, (low, high)."""
    if not 0 <= solved <= runs or runs < 1:
        raise ValueError(f"solved must be between 0 and runs, and runs at least 1; got {solved} of {runs}")
    p, zz = solved / runs, z * z / runs
    middle = (p + zz / 2) / (1 + zz)
    half = z * math.sqrt(p * (1 - p) / runs + zz / (4 * runs)) / (1 + zz)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, repr=False)
class SweepResult:
    """The runs of a sweep and what made them. Immutable: `add` and `select` give a new one.

    task          the task's class and settings, and its `chance`
    cells         {name: settings of that cell}, in the order of the sweep
    lags, seeds   what was asked for; runs may still be missing
    settings      what all runs share: units, updates, batch size, ...
    versions      of Python and the libraries, and the day
    about         one sentence for the reader: which seeds chose the settings, what made the file
    runs          tuple of Run, in the order cell, lag, seed
    """

    task: Mapping
    cells: Mapping
    lags: tuple
    seeds: tuple
    settings: Mapping
    versions: Mapping = field(default_factory=dict)
    about: str = ""
    runs: tuple = ()

    def __post_init__(self):
        order = {name: k for k, name in enumerate(self.cells)}
        unique = {run.key: run for run in self.runs}
        runs = sorted(unique.values(), key=lambda run: (order.get(run.cell, len(order)), run.lag, run.seed))
        object.__setattr__(self, "runs", tuple(runs))

    # -- asking --

    @property
    def chance(self):
        """Score of the best constant answer."""
        return self.task["chance"]

    @property
    def missing(self):
        """(cell, lag, seed) of the runs that were asked for and are not there yet."""
        done = {run.key for run in self.runs}
        return [
            key
            for key in ((cell, lag, seed) for cell in self.cells for lag in self.lags for seed in self.seeds)
            if key not in done
        ]

    def of(self, cell, lag=None):
        """The runs of one cell, at one lag or all. ValueError for a cell that is not in the sweep."""
        if cell not in self.cells:
            raise ValueError(f"cell must be one of {', '.join(map(repr, self.cells))}; got {cell!r}")
        return [run for run in self.runs if run.cell == cell and lag in (None, run.lag)]

    def scores(self, cell):
        """(seeds, lags) scores of one cell; NaN where a run is missing or diverged."""
        table = np.full((len(self.seeds), len(self.lags)), np.nan)
        for run in self.of(cell):
            if run.score is not None and run.lag in self.lags and run.seed in self.seeds:
                table[self.seeds.index(run.seed), self.lags.index(run.lag)] = run.score
        return table

    def solved(self, cell, lag):
        """(how many runs solved the task, how many there are)."""
        runs = self.of(cell, lag)
        return sum(run.solved for run in runs), len(runs)

    def mean(self, cell, lag):
        """Mean score over the runs that have one; NaN if none has."""
        scores = [run.score for run in self.of(cell, lag) if run.score is not None]
        return float(np.mean(scores)) if scores else float("nan")

    def table(self):
        """The whole result as text: solved of runs, and the mean score, for each cell and lag."""
        width = max(len(name) for name in self.cells)
        digits = 2 if TASKS[self.task["kind"]].loss == CLASSES else 3  # an accuracy, or an error near 0
        lines = [" " * width + "".join(f"{f'lag {lag}':>12}" for lag in self.lags)]
        for cell in self.cells:
            entries = []
            for lag in self.lags:
                solved, runs = self.solved(cell, lag)
                mean = f"{self.mean(cell, lag):.{digits}f}".replace("nan", "-")
                entries.append(f"{solved}/{runs} {mean}" if runs else "-")
            lines.append(cell.ljust(width) + "".join(f"{entry:>12}" for entry in entries))
        return "\n".join(lines)

    def numbers(self):
        """The runs without their times: equal for two sweeps that computed the same."""
        return tuple(run._replace(seconds=0.0) for run in self.runs)

    def __repr__(self):
        asked = len(self.cells) * len(self.lags) * len(self.seeds)
        lags = f"lag {self.lags[0]} to {self.lags[-1]}"
        return f"<sweep of {self.task['name']}: {len(self.runs)} of {asked} runs, {len(self.cells)} cells, {lags}>"

    # -- changing --

    def add(self, runs):
        """With these runs too; a run that is there already is replaced."""
        return replace(self, runs=(*self.runs, *runs))

    def select(self, *, cells=None, lags=None, seeds=None):
        """Only these cells, lags and seeds (each a list, or None for all)."""
        cells = list(self.cells) if cells is None else list(cells)
        for cell in cells:
            self.of(cell)
        lags = self.lags if lags is None else tuple(sorted(lags))
        seeds = self.seeds if seeds is None else tuple(sorted(seeds))
        runs = tuple(r for r in self.runs if r.cell in cells and r.lag in lags and r.seed in seeds)
        chosen = {name: self.cells[name] for name in self.cells if name in cells}
        return replace(self, cells=chosen, lags=lags, seeds=seeds, runs=runs)

    # -- keeping --

    def save(self, path):
        """Write to `path`, whole or not at all (OSError says why not; what was there before is then still there)."""
        path = Path(path)
        head = {
            "format": _FORMAT,
            "about": self.about,
            "task": dict(self.task),
            "settings": dict(self.settings),
            "cells": {name: dict(settings) for name, settings in self.cells.items()},
            "lags": list(self.lags),
            "seeds": list(self.seeds),
            "versions": dict(self.versions),
            "columns": list(Run._fields),
        }
        rows = ",\n".join("  " + json.dumps(list(run), allow_nan=False) for run in self.runs)
        text = json.dumps(head, indent=1, allow_nan=False, ensure_ascii=False)[:-2] + f',\n "runs": [\n{rows}\n ]\n}}\n'
        _write_whole(path, text)

    def same_sweep(self, other):
        """None if `other` can be continued as this sweep, else a few words on what differs."""
        for name in ("task", "settings"):
            mine, theirs = dict(getattr(self, name)), dict(getattr(other, name))
            for key in sorted({*mine, *theirs} - {"chance"}):  # which follows from the rest and the lag
                if mine.get(key) != theirs.get(key):
                    return f"{key} {theirs.get(key)!r} instead of {mine.get(key)!r}"
        for cell in self.cells:
            if cell in other.cells and dict(self.cells[cell]) != dict(other.cells[cell]):
                return f"other settings of {cell!r}"
        return None


def load(path):
    """Read a results file. FileNotFoundError if there is none; ValueError if it is not one, or broken."""
    path = Path(path)
    text = path.read_bytes()
    try:
        data = json.loads(text)
    except ValueError as error:
        raise _broken(path, f"it is not whole JSON ({error})") from None
    if not isinstance(data, dict) or data.get("format") != _FORMAT:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise _broken(path, f"its format must be {_FORMAT!r}; got {found!r}")
    try:
        if data["columns"] != list(Run._fields):
            raise ValueError(f"its columns must be {list(Run._fields)}; got {data['columns']!r}")
        result = SweepResult(
            task=data["task"],
            cells=data["cells"],
            lags=tuple(data["lags"]),
            seeds=tuple(data["seeds"]),
            settings=data["settings"],
            versions=data["versions"],
            about=data["about"],
            runs=tuple(_checked_run(row, data["cells"]) for row in data["runs"]),
        )
        float(result.chance)
        return result
    except KeyError as error:
        raise _broken(path, f"it has no {error.args[0]!r}") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise _broken(path, str(error)) from None


@lru_cache
def shipped(name):
    """A sweep that the package brings with it, by the name of its file in `lstm_viz/results` without the ending."""
    folder = Path(__file__).parent / "results"
    path = folder / f"{name}.json"
    if not path.is_file():
        known = sorted(p.stem for p in folder.glob("*.json") if f'"{_FORMAT}"' in p.read_text(encoding="utf-8")[:200])
        raise ValueError(f"name must be one of the sweeps shipped here, {', '.join(known)}; got {name!r}")
    return load(path)


def _checked_run(row, cells):
    run = Run(*row)
    whole = all(type(value) is int for value in (run.lag, run.seed, run.updates))
    number = run.score is None or (type(run.score) in (int, float) and math.isfinite(run.score))
    if run.cell not in cells or not whole or not number or type(run.solved) is not bool:
        raise ValueError(f"a run must read {', '.join(Run._fields)}, of one of its cells; got {row!r}")
    return run


def _broken(path, why):
    return ValueError(f"{path} is not a results file that can be read: {why}; it was left as it is")


def _write_whole(path, text):
    """Write beside the target and move into place, so that no reader ever sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes a file that only its owner can read
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
