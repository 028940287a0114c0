"""The settings of a sweep, checked before anything is trained, and how its jobs are spread over processes."""

from __future__ import annotations

import datetime
import itertools
import math
import os
import platform
from dataclasses import asdict

import numpy as np

from lstm_viz.learning.recipes import named_recipes
from lstm_viz.learning.sweep_results import SweepResult, load
from lstm_viz.learning.tasks import Task
from lstm_viz.learning.tasks.base import shown, whole

__all__ = ["parallel", "resumed", "wanted"]

#: fresh sequences on which each trained model is judged
_JUDGED_ON = 1024
#: the most that is asked for on purpose; beyond it stands a slip of the keyboard
_MOST = {"units": 2048, "updates": 10_000_000, "batch_size": 65_536}
_MOST_RUNS, _MOST_GIGABYTES, _MOST_PROCESSES = 100_000, 8, 512
#: arrays of (timesteps, units, batch) that training one model keeps, four bytes a number
_KEPT_ARRAYS = 10


def wanted(task, cells, lags, seeds, units, updates, batch_size, clipnorm, about):
    """The sweep that was asked for, checked, without runs."""
    if not isinstance(task, Task):
        raise TypeError(f"task must be one of lstm_viz.learning, such as MarkedRecall(1); got {type(task).__name__}")
    if not hasattr(cells, "__iter__"):
        raise TypeError(f"cells must be a list of names or a dict of recipes; got {shown(cells)}")
    recipes = named_recipes(cells)
    lags = _whole_numbers(lags, "lags", task.minimal_lag)
    seeds = _whole_numbers(seeds, "seeds", 0)
    longest = max((task.with_lag(lag) for lag in lags), key=lambda task: task.lag)  # a task's own further limits
    sizes = {"units": units, "updates": updates, "batch_size": batch_size}
    sizes = {name: whole(value, 1, name, most=_MOST[name]) for name, value in sizes.items()}
    number = isinstance(clipnorm, (int, float, np.number)) and not isinstance(clipnorm, bool)
    if not number or not 0 < clipnorm < math.inf:
        raise ValueError(f"clipnorm must be a positive number; got {shown(clipnorm)}")
    if not isinstance(about, str):
        raise TypeError(f"about must be a sentence; got {shown(about)}")
    if len(recipes) * len(lags) * len(seeds) > _MOST_RUNS:
        raise ValueError(
            f"cells, lags and seeds must come to at most {_MOST_RUNS:,} runs; "
            f"got {len(recipes)} x {len(lags)} x {len(seeds)}"
        )
    gigabytes = 4 * _KEPT_ARRAYS * longest.timesteps * sizes["units"] * max(sizes["batch_size"], _JUDGED_ON) / 1e9
    if gigabytes > _MOST_GIGABYTES:
        raise ValueError(
            f"one model of {sizes['units']} units at lag {longest.lag} would need about {gigabytes:,.0f} GB; "
            f"ask for fewer units, a shorter lag or a smaller batch_size (at most {_MOST_GIGABYTES} GB)"
        )
    kind = {"kind": type(task).__name__, **asdict(task), "name": task.name, "chance": float(longest.chance)}
    kind.pop("lag")
    return SweepResult(
        task=kind,
        cells={name: recipe.as_dict() for name, recipe in recipes.items()},
        lags=lags,
        seeds=seeds,
        settings={**sizes, "clipnorm": float(clipnorm), "judged_on": _JUDGED_ON},
        versions=_versions(),
        about=about,
    )


def _whole_numbers(values, name, least):
    """Sorted, without repeats. ValueError for none, or for one that does not fit."""
    if isinstance(values, (int, np.integer)) and not isinstance(values, bool):
        values = [values]
    try:
        values = list(itertools.islice(values, _MOST_RUNS + 1))
    except TypeError:
        raise ValueError(f"{name} must be a list of whole numbers; got {shown(values)}") from None
    if not values:
        raise ValueError(f"{name} must hold at least one whole number; got none")
    if len(values) > _MOST_RUNS:
        raise ValueError(f"{name} must hold at most {_MOST_RUNS:,} whole numbers; got more")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(f"{name} must be whole numbers of at least {least}; got {shown(value)}")
        if value >= 2**63:
            raise ValueError(f"{name} must be whole numbers below 2 ** 63; got {shown(value)}")
    return tuple(sorted({int(value) for value in values}))


def resumed(asked, path):
    """What was asked for together with what `path` already holds; ValueError if that is another sweep."""
    if path is None:
        return asked
    try:
        found = load(path)
    except FileNotFoundError:
        return asked
    return found.continued(asked, path)


def parallel(n_jobs):
    """joblib's Parallel, by the caller's `parallel_config` if there is one, else over two processes."""
    import joblib

    if n_jobs is None:
        backend, configured = joblib.parallel.get_active_backend()
        if configured in (None, 1) and type(backend).__name__ == "LokyBackend":  # nobody has configured anything
            n_jobs = min(2, os.cpu_count() or 1)
    elif isinstance(n_jobs, bool) or not isinstance(n_jobs, int) or n_jobs == 0 or abs(n_jobs) > _MOST_PROCESSES:
        raise ValueError(
            f"n_jobs must be a whole number other than 0 (-1 for all cores), at most {_MOST_PROCESSES}; "
            f"got {shown(n_jobs)}"
        )
    return joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)


def _versions():
    import joblib

    from lstm_viz import __version__

    return {
        "lstm_viz": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "joblib": joblib.__version__,
        "machine": platform.machine(),
        "day": datetime.date.today().isoformat(),
    }
