"""How far back can each cell learn to remember? The same task at many lags, many cells, many seeds.

    result = lag_sweep(tasks.MarkedRecall(1), ["SimpleRNN", "LSTM"], lags=[5, 20, 50], seeds=range(10))
    print(result.table())

The work is cut into jobs (one cell, one lag, a few seeds, trained together as one NumPy program) that joblib spreads
over two processes, or, inside `with joblib.parallel_config(backend="dask")`, over a cluster. A run's numbers depend on
its cell, lag and seed alone, never on how many workers ran or what was trained beside it.

`Sweep` is the same thing in the background: it starts, tells how far it is, stops and keeps what is done.
"""

from __future__ import annotations

import contextlib
import datetime
import multiprocessing
import os
import platform
import signal
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lstm_viz.learning import sweep_results
from lstm_viz.learning.recipes import RECIPES, Recipe, named_recipes
from lstm_viz.learning.sweep_results import Run, SweepResult, load, shipped, success_interval
from lstm_viz.learning.tasks import Task
from lstm_viz.learning.training import Trainer

__all__ = [
    "RECIPES",
    "Progress",
    "Recipe",
    "Sweep",
    "SweepFailed",
    "SweepResult",
    "lag_sweep",
    "load",
    "shipped",
    "success_interval",
]

#: seeds trained together in one job: the more, the less time for each; but both processes want work
_TOGETHER = 10
#: fresh sequences on which each trained model is judged
_JUDGED_ON = 1024


class SweepFailed(RuntimeError):
    """A sweep ended by an error. `result` holds the runs that were finished before it."""

    def __init__(self, message, result):
        super().__init__(message)
        self.result = result


class Progress(NamedTuple):
    """How far a sweep is: `done` of the work as a fraction, finished `runs` of `asked`, `elapsed` and `left` seconds.

    `left` is None until there is something to go by.
    """

    done: float
    runs: int
    asked: int
    elapsed: float
    left: float | None

    def __str__(self):
        left = "" if self.left is None or self.done >= 1 else f", about {_duration(self.left)} left"
        return f"{self.done:.0%}, {self.runs} of {self.asked} runs, {_duration(self.elapsed)} gone{left}"


def _duration(seconds):
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.1f} min"


@dataclass(frozen=True)
class _Job:
    """Some seeds of one cell at one lag, as a worker gets them."""

    number: int
    name: str
    recipe: Recipe
    task: Task
    seeds: tuple
    settings: dict

    @property
    def work(self):
        updates = self.recipe.updates or self.settings["updates"]
        return len(self.seeds) * self.task.timesteps * updates * self.recipe.cost


# --- in a worker ------------------------------------------------------------------------------------------


class _Mailbox:
    """How a job tells how far it is and hears that it should stop: small files in one temporary folder.

    On a cluster without a shared disk there is no such folder: jobs are then neither heard nor stopped half-way.
    """

    def __init__(self, folder):
        self.folder = Path(folder)

    def post(self, number, fraction):
        with contextlib.suppress(OSError):
            (self.folder / str(number)).write_text(f"{fraction:.4f}")

    def read(self, number):
        try:
            return float((self.folder / str(number)).read_text() or 0)
        except (OSError, ValueError):
            return 0.0

    def ask_to_stop(self):
        with contextlib.suppress(OSError):
            (self.folder / "stop").touch()

    @property
    def stop_asked(self):
        return (self.folder / "stop").exists()


def _ignore_interrupts():
    """Leave Ctrl-C to the process that started the sweep: it asks the jobs to stop and keeps what is done."""
    if multiprocessing.parent_process() is not None and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _do(job, folder):
    """Train one job's models and judge them. Returns (job number, runs); stopped, only the runs that were finished."""
    _ignore_interrupts()
    mailbox = _Mailbox(folder)
    if mailbox.stop_asked:
        return job.number, []
    trainer = Trainer(
        [
            job.recipe.cell(
                input_dim=job.task.input_dim, units=job.settings["units"], timesteps=job.task.timesteps, seed=seed
            )
            for seed in job.seeds
        ],
        job.task,
        seeds=job.seeds,
        learning_rate=job.recipe.learning_rate,
        updates=job.recipe.updates or job.settings["updates"],
        batch_size=job.settings["batch_size"],
        clipnorm=job.settings["clipnorm"],
        test_size=job.settings["judged_on"],
    )
    posted = time.monotonic()
    for progress in trainer:
        if time.monotonic() - posted > 0.1:
            posted = time.monotonic()
            mailbox.post(job.number, progress.updates / progress.total)
            if mailbox.stop_asked:
                break
    return job.number, [_run(job, model) for model in trainer.models.values()]


def _run(job, model):
    """A trained model as a line of the results."""
    score = float(model.score)
    diverged = model.status == "diverged" or not np.isfinite(score)
    return Run(
        cell=job.name,
        lag=job.task.lag,
        seed=model.seed,
        score=None if diverged else round(score, 6),
        solved=not diverged and bool(job.task.solved(score)),
        updates=model.updates,
        seconds=round(model.seconds, 3),
        note="diverged: its loss or weights stopped being finite numbers" if diverged else "",
    )


# --- the sweep --------------------------------------------------------------------------------------------


class Sweep:
    """A sweep over lags that runs in the background and can be stopped; what is done is kept, whatever happens.

    Takes what `lag_sweep` takes. `start()` returns at once; `result` is what is done so far, `progress` how far it is,
    `state` one of "ready", "running", "finished", "stopped", "failed", and `message` says in words what happened.
    `on_change` is called without arguments, from the background thread, whenever runs were added and at the end.
    """

    def __init__(
        self,
        task,
        cells,
        lags,
        seeds,
        *,
        units=16,
        updates=800,
        batch_size=32,
        clipnorm=1.0,
        path=None,
        n_jobs=None,
        about="",
        on_change=None,
    ):
        self.on_change = on_change
        self.path = None if path is None else Path(path)
        self.state = "ready"
        self.message = ""
        self.save_problem = ""
        self._wanted = _wanted(task, cells, lags, seeds, units, updates, batch_size, clipnorm, about)
        self._kept = _resumed(self._wanted, self.path)  # the file may hold more than was asked for this time
        self._jobs = _jobs(self.result, task, named_recipes(cells))
        self._parallel = _parallel(n_jobs)  # made here, where the caller's joblib.parallel_config is in force
        self._heard = {}  # how far each job was when last heard of
        self._started = self._ended = None
        self._mailbox = None
        self._stopping = threading.Event()
        # waited for in place of the thread: an interrupt during Thread.join makes Python 3.11 think it has ended
        self._done = threading.Event()
        self._error = None
        self._thread = None

    def start(self):
        """Begin, in the background; returns the sweep. RuntimeError if it was started before."""
        if self._thread is not None:
            raise RuntimeError("a sweep starts once; make a new one with the same path to resume it")
        self.state = "running"
        self._started = time.perf_counter()
        self._thread = threading.Thread(target=self._run, name="lstm_viz sweep", daemon=True)
        self._thread.start()
        return self

    def stop(self):
        """Ask it to stop. What is done is kept; `wait` tells when it has stopped (a fraction of a second)."""
        self._stopping.set()
        if self._mailbox is not None:
            self._mailbox.ask_to_stop()

    @property
    def stopping(self):
        """Whether it was asked to stop."""
        return self._stopping.is_set()

    def wait(self, timeout=None):
        """Wait until it has ended and return the result. SweepFailed if it ended by an error; TimeoutError."""
        if self._thread is None:
            raise RuntimeError("the sweep has not been started")
        if not self._done.wait(timeout):
            raise TimeoutError(f"the sweep is still running after {timeout} s: {self.progress}")
        if self._error is not None:
            raise SweepFailed(self.message, self.result) from self._error
        return self.result

    def wait_for_end(self, seconds):
        """Wait until it has ended, at most so long; says nothing of how it ended."""
        self._done.wait(seconds)

    @property
    def result(self):
        """What is done so far of what was asked for."""
        asked = self._wanted
        return self._kept.select(cells=asked.cells, lags=asked.lags, seeds=asked.seeds)

    @property
    def progress(self):
        """How far it is, jobs under way included."""
        total = sum(job.work for job in self._jobs)
        mailbox = self._mailbox
        for job in self._jobs:
            if mailbox is not None and self._heard.get(job.number, 0.0) < 1.0:
                # a file that is just being written reads as nothing
                self._heard[job.number] = max(self._heard.get(job.number, 0.0), mailbox.read(job.number))
        done = sum(job.work * self._heard.get(job.number, 0.0) for job in self._jobs) / total if total else 1.0
        now = self._ended or time.perf_counter()
        elapsed = now - self._started if self._started is not None else 0.0
        left = elapsed * (1 - done) / done if done > 0.01 else None
        result = self.result
        runs = len(result.runs)
        return Progress(done, runs, runs + len(result.missing), elapsed, left)

    # -- in the background --

    def _run(self):
        try:
            with tempfile.TemporaryDirectory(prefix="lstm_viz-sweep-", ignore_cleanup_errors=True) as folder:
                self._mailbox = _Mailbox(folder)
                self._save()
                for number, runs in self._parallel(self._dispatch(folder)):
                    if runs:
                        self._kept = self._kept.add(runs)
                        self._heard[number] = 1.0
                        self._save()
                        self._changed()
            outcome = "stopped" if self._stopping.is_set() and self.result.missing else "finished"
        except BaseException as error:  # handed on by wait()
            self._error, outcome = error, "failed"
        self._mailbox = None
        self._ended = time.perf_counter()
        self.message = self._what_happened(outcome)
        self.state = outcome
        try:
            self._changed()
        finally:
            self._done.set()

    def _dispatch(self, folder):
        import joblib

        for job in sorted(self._jobs, key=lambda job: -job.work):  # longest first, so that workers end together
            if self._stopping.is_set():
                return
            yield joblib.delayed(_do)(job, folder)

    def _save(self):
        if self.path is None:
            return
        try:
            self._kept.save(self.path)
            self.save_problem = ""
        except OSError as error:
            why = error.strerror or str(error)
            self.save_problem = (
                f"The results could not be written to {self.path} ({why}); they are kept in memory, "
                "and result.save(path) writes them elsewhere."
            )

    def _changed(self):
        if self.on_change is not None:
            self.on_change()

    def _what_happened(self, outcome):
        result = self.result
        runs, missing = len(result.runs), len(result.missing)
        words = {
            "finished": f"All {runs} runs are done.",
            "stopped": f"Stopped: {runs} of {runs + missing} runs are done and kept.",
            "failed": f"The sweep ended by an error ({type(self._error).__name__}: {self._error}); "
            f"the {runs} of {runs + missing} runs that were done are kept.",
        }[outcome]
        return f"{words} {self.save_problem}".strip()


def lag_sweep(task, cells, lags, seeds, *, progress=True, **settings):
    """Train every cell at every lag with every seed, and judge each on 1024 fresh sequences.

    task      a task of `tasks`; its own lag is replaced by each of `lags`
    cells     names ("SimpleRNN", "LSTM", "LSTM (chrono)", "GRU") or {name: Recipe}
    lags      whole numbers, none below the task's minimum
    seeds     whole numbers of at least 0; one model each, weights and training sequences both drawn from it
    progress  show a bar with the time left

    Settings: units 16, updates 800 (training ends early when the task is solved), batch_size 32, clipnorm 1.0 (gradient
    clipped by norm); `path`, a results file that is written after every few runs and resumed from; `n_jobs`, how many
    processes (2, or what `joblib.parallel_config` says); `about`, a sentence for the file.

    Returns a SweepResult. Interrupted (Kernel > Interrupt, Ctrl-C), it returns what is done. ValueError for bad
    settings and for a file that is broken or holds another sweep; SweepFailed, with the runs done, for an error on
    the way. A run that diverges has no score and says so in its note.
    """
    sweep = Sweep(task, cells, lags, seeds, **settings)
    sweep.start()
    try:
        _watch(sweep, progress)
    except KeyboardInterrupt:
        sweep.stop()
        sweep.wait()
    if sweep.state != "finished" or sweep.save_problem:
        print(sweep.message)
    return sweep.wait()


def _watch(sweep, show):
    """Wait for the sweep, with a bar if `show`."""
    if not show:
        while sweep.state == "running":
            sweep.wait_for_end(1.0)
        return
    from tqdm.auto import tqdm

    with tqdm(total=100, bar_format="{percentage:3.0f}%|{bar}| {postfix}", leave=False) as bar:
        while sweep.state == "running":
            now = sweep.progress
            bar.n = round(100 * now.done)
            bar.set_postfix_str(str(now))
            sweep.wait_for_end(1.0)


# --- settings ---------------------------------------------------------------------------------------------


def _wanted(task, cells, lags, seeds, units, updates, batch_size, clipnorm, about):
    """The sweep that was asked for, checked, without runs."""
    if not isinstance(task, Task):
        raise TypeError(f"task must be one of lstm_viz.learning, such as MarkedRecall(1); got {type(task).__name__}")
    recipes = named_recipes(cells)
    lags = _whole_numbers(lags, "lags", task.minimal_lag)
    seeds = _whole_numbers(seeds, "seeds", 0)
    for lag in lags:
        task.with_lag(lag)  # a task's own further limits
    for name, value in (("units", units), ("updates", updates), ("batch_size", batch_size)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1; got {value!r}")
    if not isinstance(clipnorm, (int, float)) or not clipnorm > 0:
        raise ValueError(f"clipnorm must be a positive number; got {clipnorm!r}")
    chance = float(task.with_lag(lags[-1]).chance)
    kind = {"kind": type(task).__name__, **asdict(task), "name": task.name, "chance": chance}
    kind.pop("lag")
    return SweepResult(
        task=kind,
        cells={name: recipe.as_dict() for name, recipe in recipes.items()},
        lags=lags,
        seeds=seeds,
        settings={
            "units": int(units),
            "updates": int(updates),
            "batch_size": int(batch_size),
            "clipnorm": float(clipnorm),
            "judged_on": _JUDGED_ON,
        },
        versions=_versions(),
        about=about,
    )


def _whole_numbers(values, name, least):
    """Sorted, without repeats. ValueError for none, or for one that does not fit."""
    try:
        values = [values] if isinstance(values, (int, np.integer)) else list(values)
    except TypeError:
        raise ValueError(f"{name} must be a list of whole numbers; got {values!r}") from None
    if not values:
        raise ValueError(f"{name} must hold at least one whole number; got none")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(f"{name} must be whole numbers of at least {least}; got {value!r}")
    return tuple(sorted({int(value) for value in values}))


def _resumed(wanted, path):
    """The sweep with the runs that its file holds. ValueError if that file is broken or of another sweep."""
    if path is None or not path.exists():
        return wanted
    found = sweep_results.load(path)
    difference = wanted.same_sweep(found)
    if difference:
        raise ValueError(f"{path} holds another sweep ({difference}); it was left as it is: choose another path")
    return replace(
        wanted,
        cells={**found.cells, **wanted.cells},
        lags=tuple(sorted({*found.lags, *wanted.lags})),
        seeds=tuple(sorted({*found.seeds, *wanted.seeds})),
        runs=found.runs,
        about=wanted.about or found.about,
    )


def _jobs(result, task, recipes):
    """What is still to be done: the missing seeds of each cell and lag, a few at a time."""
    jobs = []
    pairs = len(recipes) * len(result.lags)
    together = _TOGETHER if pairs > 3 else min(_TOGETHER, -(-len(result.seeds) // 2))
    for name, recipe in recipes.items():
        for lag in result.lags:
            seeds = [seed for cell, at, seed in result.missing if (cell, at) == (name, lag)]
            for first in range(0, len(seeds), together):
                some = tuple(seeds[first : first + together])
                jobs.append(_Job(len(jobs), name, recipe, task.with_lag(lag), some, dict(result.settings)))
    return jobs


def _parallel(n_jobs):
    """joblib's Parallel, by the caller's `parallel_config` if there is one, else over two processes."""
    import joblib

    if n_jobs is None:
        backend, configured = joblib.parallel.get_active_backend()
        if configured in (None, 1) and type(backend).__name__ == "LokyBackend":  # nobody has configured anything
            n_jobs = min(2, os.cpu_count() or 1)
    elif isinstance(n_jobs, bool) or not isinstance(n_jobs, int) or n_jobs == 0:
        raise ValueError(f"n_jobs must be a whole number other than 0 (-1 for all cores); got {n_jobs!r}")
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
