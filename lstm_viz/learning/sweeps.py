"""How far back can each cell learn to remember? The same task at many lags, many cells, many seeds.

    result = lag_sweep(tasks.MarkedRecall(1), ["SimpleRNN", "LSTM"], lags=[5, 20, 50], seeds=range(10))
    print(result.table())

The work is cut into jobs (one cell, one lag, a few seeds, trained together as one NumPy program) that joblib spreads
over two processes, or, inside `with joblib.parallel_config(backend="dask")`, over a cluster. A run's numbers depend on
its cell, lag and seed alone, never on how many workers ran or what was trained beside it.

`Sweep` is the same thing in the background: it starts, tells how far it is, stops and keeps what is done.
"""

from __future__ import annotations

import queue
import tempfile
import threading
import time
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from lstm_viz.learning.recipes import RECIPES, Recipe, named_recipes
from lstm_viz.learning.sweep_jobs import Mailbox, do, jobs_of
from lstm_viz.learning.sweep_results import SweepResult, load, shipped, success_interval
from lstm_viz.learning.sweep_settings import parallel, resumed, wanted

__all__ = [
    "RECIPES",
    "Recipe",
    "Sweep",
    "SweepFailed",
    "SweepProgress",
    "SweepResult",
    "lag_sweep",
    "load",
    "shipped",
    "success_interval",
]

#: seconds between two looks at what the jobs under way have handed in
_LISTEN = 0.2


class SweepFailed(RuntimeError):
    """A sweep ended by an error. `result` holds the runs that were finished before it."""

    def __init__(self, message, result):
        super().__init__(message)
        self.result = result


class SweepProgress(NamedTuple):
    """How far a sweep is: `done` of the work as a fraction, finished `runs` of `asked`, `elapsed` and `left` seconds.

    `left` is None until there is something to go by; `problem` says that the results cannot be written, and why.
    """

    done: float
    runs: int
    asked: int
    elapsed: float
    left: float | None
    problem: str = ""

    def __str__(self):
        left = "" if self.left is None or self.done >= 1 else f", about {_duration(self.left)} left"
        text = f"{self.done:.0%}, {self.runs} of {self.asked} runs, {_duration(self.elapsed)} gone{left}"
        return f"{text}. {self.problem}" if self.problem else text


def _duration(seconds):
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.1f} min"


class Sweep:
    """A sweep over lags that runs in the background and can be stopped; what is done is kept, whatever happens.

    Takes what `lag_sweep` takes. `start()` returns at once; `result` is what is done so far, model by model, `progress`
    how far it is, `state` one of "ready", "running", "finished", "stopped", "failed", and `message` says in words what
    happened, at once if the results cannot be written. `on_change` is called without arguments, from the background
    thread, whenever runs were added, when saving fails, and at the end. With `short_first` the short lags have their
    turn first.
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
        short_first=False,
    ):
        if on_change is not None and not callable(on_change):
            raise TypeError(f"on_change must be a function without arguments; got {type(on_change).__name__}")
        if path is not None and not isinstance(path, (str, Path)):
            raise TypeError(f"path must be the name of a file, or None; got {type(path).__name__}")
        self.on_change = on_change
        self.path = None if path is None else Path(path)
        self.state = "ready"
        self.message = ""
        self.save_problem = ""
        self._wanted = wanted(task, cells, lags, seeds, units, updates, batch_size, clipnorm, about)
        self._kept = resumed(self._wanted, self.path)  # the file may hold more than was asked for this time
        self._jobs = jobs_of(self.result, task, named_recipes(cells), short_first)
        self._parallel = parallel(n_jobs)  # made here, where the caller's joblib.parallel_config is in force
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
        self._stop_jobs()

    def _stop_jobs(self):
        mailbox = self._mailbox
        if mailbox is not None:
            mailbox.ask_to_stop()

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
        return SweepProgress(done, runs, runs + len(result.missing), elapsed, left, self.save_problem)

    # -- in the background --

    def _run(self):
        try:
            with tempfile.TemporaryDirectory(prefix="lstm_viz-sweep-", ignore_cleanup_errors=True) as folder:
                self._mailbox = Mailbox(folder)
                if self._jobs:  # a finished sweep leaves its file as it is
                    self._save()
                    self._follow(folder)
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

    def _follow(self, folder):
        """Have the jobs done by a thread of their own; keep and tell of each model that ends."""
        answers = queue.SimpleQueue()
        worker = threading.Thread(target=self._compute, args=(folder, answers), name="lstm_viz jobs", daemon=True)
        worker.start()
        under_way = {job.number for job in self._jobs}
        try:
            while True:
                try:
                    answer = answers.get(timeout=_LISTEN)
                except queue.Empty:
                    self._keep([run for number in sorted(under_way) for run in self._mailbox.handed_in(number)])
                    continue
                if answer is None:
                    return
                if isinstance(answer, BaseException):
                    raise answer
                number, runs = answer
                under_way.discard(number)
                self._heard[number] = 1.0 if runs else self._heard.get(number, 0.0)
                self._keep(runs)
        finally:
            self._stop_jobs()
            worker.join()

    def _compute(self, folder, answers):
        try:
            for answer in self._parallel(self._dispatch(folder)):
                answers.put(answer)
            answers.put(None)
        except BrokenProcessPool as error:
            # an interrupt reaches the workers too: one that was still starting dies of it, and has lost nothing
            answers.put(None if self._stopping.wait(1.0) else error)
        except BaseException as error:
            answers.put(error)

    def _dispatch(self, folder):
        import joblib

        for job in self._jobs:
            if self._stopping.is_set():
                return
            # another process may have added to the file meanwhile
            seeds = tuple(key[-1] for key in job.keys if key not in self._kept.made)
            if seeds:
                yield joblib.delayed(do)(replace(job, seeds=seeds), folder)
            else:
                self._heard[job.number] = 1.0

    def _keep(self, runs):
        new = [run for run in runs if run.key not in self._kept.made]
        if new:
            self._kept = replace(self._kept, versions=self._wanted.versions).add(new)
            self._save()
            self._changed()

    def _save(self):
        if self.path is None:
            return
        problem = ""
        try:
            self._kept = self._kept.save(self.path)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            problem = (
                f"The results could not be written to {self.path} ({why}); they are kept in memory, "
                "and result.save(path) writes them elsewhere."
            )
        if problem != self.save_problem:
            self.save_problem = self.message = problem
            self._changed()

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
    clipped by norm); `path`, a results file that every finished run is added to and that is resumed from (other sweeps
    may add to it at the same time); `n_jobs`, how many processes (2, or what `joblib.parallel_config` says); `about`, a
    sentence for the file; `short_first`, whether the short lags have their turn first.

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
    """Wait for the sweep, with a bar if `show`; says it at once when the results cannot be written."""
    from tqdm.auto import tqdm

    said = ""
    with tqdm(total=100, bar_format="{percentage:3.0f}%|{bar}| {postfix}", leave=False, disable=not show) as bar:
        while sweep.state == "running":
            now = sweep.progress
            if now.problem and now.problem != said:
                bar.write(now.problem)
            said = now.problem
            bar.n = round(100 * now.done)
            bar.set_postfix_str(str(now._replace(problem="")))
            sweep.wait_for_end(1.0)
