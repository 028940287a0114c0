"""What a sweep over lags found: its runs, what made each of them, what may be asked of them, and where they are kept.

`results_file` says how a file of them is read and written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.learning import results_file
from lstm_viz.learning.results_file import Run
from lstm_viz.learning.tasks import CLASSES, TASKS
from lstm_viz.learning.tasks.base import shown, whole

__all__ = ["Run", "SweepResult", "load", "shipped", "success_interval"]

_FOLDER = Path(__file__).parent / "results"


def success_interval(solved, runs, z=1.96):
    """Where the true rate of success may lie, given `solved` of `runs`: Wilson's (1927) 95 % interval, (low, high)."""
    solved, runs = whole(solved, 0, "solved"), whole(runs, 1, "runs", most=10**15)
    if solved > runs:
        raise ValueError(f"solved must be between 0 and runs, and runs at least 1; got {shown(solved)} of {runs}")
    if isinstance(z, bool) or not isinstance(z, (int, float, np.number)) or not 0 < z < 1e6:
        raise ValueError(f"z must be a positive number, such as 1.96; got {shown(z)}")
    p, zz = solved / runs, z * z / runs
    middle = (p + zz / 2) / (1 + zz)
    half = z * math.sqrt(p * (1 - p) / runs + zz / (4 * runs)) / (1 + zz)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, repr=False)
class SweepResult:
    """The runs of a sweep and what made them. Immutable: `add`, `merged` and `select` give a new one.

    task          the task's class and settings, and its `chance`
    cells         {name: settings of that cell}, in the order of the sweep
    lags, seeds   what was asked for; runs may still be missing
    settings      what all runs share: units, updates, batch size, ...
    versions      of Python and the libraries, and the day: what made the runs that were added last
    about         one sentence for the reader: which seeds chose the settings, what made the file
    runs          tuple of Run, in the order cell, lag, seed
    made          {(cell, lag, seed): the versions that made this run}
    """

    task: Mapping
    cells: Mapping
    lags: tuple
    seeds: tuple
    settings: Mapping
    versions: Mapping = field(default_factory=dict, compare=False)
    about: str = ""
    runs: tuple = ()
    made: Mapping = field(default_factory=dict)

    def __post_init__(self):
        for name in ("task", "cells", "settings", "versions", "made"):
            if not isinstance(getattr(self, name), Mapping):
                raise TypeError(f"{name} must be a dict; got {shown(getattr(self, name))}")
        for name in ("lags", "seeds"):
            object.__setattr__(self, name, tuple(_listed(getattr(self, name), name)))
        runs = _runs(self.runs)
        order = {name: k for k, name in enumerate(self.cells)}
        unique = {run.key: run for run in runs}
        runs = sorted(unique.values(), key=lambda run: (order.get(run.cell, len(order)), run.lag, run.seed))
        object.__setattr__(self, "runs", tuple(runs))
        object.__setattr__(self, "made", {run.key: self.made.get(run.key, self.versions) for run in runs})

    # -- asking --

    @property
    def chance(self):
        """Score of the best constant answer."""
        return self.task["chance"]

    @property
    def missing(self):
        """(cell, lag, seed) of the runs that were asked for and are not there yet."""
        return [
            key
            for key in ((cell, lag, seed) for cell in self.cells for lag in self.lags for seed in self.seeds)
            if key not in self.made
        ]

    def of(self, cell, lag=None):
        """The runs of one cell, at one lag or all. ValueError for a cell that is not in the sweep."""
        if not isinstance(cell, str) or cell not in self.cells:
            raise ValueError(f"cell must be one of {', '.join(map(repr, self.cells))}; got {shown(cell)}")
        lag = lag if lag is None else checks.whole(lag, "lag")
        return [run for run in self.runs if run.cell == cell and (lag is None or run.lag == lag)]

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
        width = max(map(len, self.cells), default=0)
        loss = getattr(TASKS.get(self.task.get("kind")), "loss", CLASSES)
        digits = 2 if loss == CLASSES else 3  # an accuracy, or an error near 0
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
        lags = f"lag {self.lags[0]} to {self.lags[-1]}" if self.lags else "no lag"
        return f"<sweep of {self.task.get('name')}: {len(self.runs)} of {asked} runs, {len(self.cells)} cells, {lags}>"

    # -- changing --

    def add(self, runs):
        """With these runs too, made by `versions`; a run that is there already is replaced."""
        runs = _runs(runs)
        kept = {key: made for key, made in self.made.items() if key not in {run.key for run in runs}}
        return replace(self, runs=(*self.runs, *runs), made=kept)

    def merged(self, other):
        """With what `other`, a sweep of the same task and settings, asked for and found; runs there already stay.

        ValueError if the two do not belong together.
        """
        differs = self.same_sweep(other)
        if differs:
            raise ValueError(f"holds another sweep ({differs})")
        new = [run for run in other.runs if run.key not in self.made]
        longer = max(other.lags, default=0) > max(self.lags, default=0)
        return SweepResult(
            task=other.task if longer else self.task,  # whose chance is that of the longest lag
            cells={**self.cells, **other.cells},
            lags=tuple(sorted({*self.lags, *other.lags})),
            seeds=tuple(sorted({*self.seeds, *other.seeds})),
            settings=self.settings,
            versions=other.versions,
            about=other.about or self.about,
            runs=(*self.runs, *new),
            made={**other.made, **self.made},
        )

    def continued(self, other, path):
        """`merged`, for a result that lies at `path`; ValueError says that it was left there."""
        try:
            return self.merged(other)
        except ValueError as error:
            raise ValueError(f"{path} {error}; it was left as it is: choose another path") from None

    def select(self, *, cells=None, lags=None, seeds=None):
        """Only these cells, lags and seeds (each a list, or None for all)."""
        cells = list(self.cells) if cells is None else _listed(cells, "cells")
        for cell in cells:
            self.of(cell)
        lags = self.lags if lags is None else _whole_numbers(lags, "lags")
        seeds = self.seeds if seeds is None else _whole_numbers(seeds, "seeds")
        runs = tuple(r for r in self.runs if r.cell in cells and r.lag in lags and r.seed in seeds)
        chosen = {name: self.cells[name] for name in self.cells if name in cells}
        return replace(self, cells=chosen, lags=lags, seeds=seeds, runs=runs)

    def same_sweep(self, other):
        """None if `other` can be continued as this sweep, else a few words on what differs."""
        if not isinstance(other, SweepResult):
            raise TypeError(f"other must be a SweepResult; got {type(other).__name__}")
        for name in ("task", "settings"):
            mine, theirs = dict(getattr(self, name)), dict(getattr(other, name))
            for key in sorted({*mine, *theirs} - {"chance"}):  # which follows from the rest and the lag
                if mine.get(key) != theirs.get(key):
                    return f"{key} {mine.get(key)!r} instead of {theirs.get(key)!r}"
        for cell in self.cells:
            if cell in other.cells and dict(self.cells[cell]) != dict(other.cells[cell]):
                return f"other settings of {cell!r}"
        return None

    # -- keeping --

    def save(self, path):
        """Add these runs to the results file at `path`, or make it; returns what the file then holds.

        Whole or not at all: OSError says why not, ValueError that the file there is broken or of another sweep; in
        both cases it is left as it was. Several processes may save to one file.
        """
        with results_file.locked(path) as file:
            there = file.read()
            if there is None:
                file.write(self)
                return self
            found = SweepResult(**there)
            kept = found.continued(self, path)
            if kept != found:  # what adds nothing writes nothing
                file.write(kept)
            return kept


def load(path):
    """Read a results file. FileNotFoundError if there is none; ValueError if it is not one, or broken."""
    return SweepResult(**results_file.read(path))


@lru_cache
def _shipped_names():
    return tuple(p.stem for p in sorted(_FOLDER.glob("*.json")) if results_file.is_one(p))


def shipped(name):
    """A sweep that the package brings with it, by the name of its file in `learning/results` without the ending."""
    if not isinstance(name, str) or name not in _shipped_names():
        known = ", ".join(known for known in _shipped_names() if not known.startswith("tuning_"))
        raise ValueError(f"name must be one of the sweeps shipped here, {known}; got {shown(name)}")
    return _shipped(name)


@lru_cache
def _shipped(name):
    return load(_FOLDER / f"{name}.json")


def _listed(values, name):
    """As a list; TypeError for what cannot be one, text included."""
    if isinstance(values, str):
        raise TypeError(f"{name} must be a list; got {shown(values)}")
    return checks.listed(values, name)


def _whole_numbers(values, name):
    """A tuple of them, rising."""
    return tuple(sorted(checks.whole(value, name, 0) for value in _listed(values, name)))


def _runs(values):
    runs = _listed(values, "runs")
    if not all(isinstance(run, Run) for run in runs):
        raise TypeError(f"runs must hold Run alone; got {shown(runs)}")
    return runs
