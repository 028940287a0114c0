"""The jobs of a sweep: some seeds of one cell at one lag, trained together in a worker that says how far it is."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lstm_viz.learning.recipes import Recipe
from lstm_viz.learning.sweep_results import Run
from lstm_viz.learning.tasks import Task
from lstm_viz.learning.training import Trainer

__all__ = ["Job", "Mailbox", "do", "jobs_of"]

#: seeds trained together in one job: the more, the less time for each; but both processes want work
_TOGETHER = 10


@dataclass(frozen=True)
class Job:
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

    @property
    def keys(self):
        """(cell, lag, seed) of its runs."""
        return [(self.name, self.task.lag, seed) for seed in self.seeds]


def jobs_of(result, task, recipes, short_first=False):
    """What is still to be done: the missing seeds of each cell and lag, a few at a time, in the order of their turns.

    Longest first, so that workers end together; or with `short_first` by lag, for somebody who watches.
    """
    jobs = []
    pairs = len(recipes) * len(result.lags)
    together = _TOGETHER if pairs > 3 else min(_TOGETHER, -(-len(result.seeds) // 2))
    missing = {}
    for cell, lag, seed in result.missing:
        missing.setdefault((cell, lag), []).append(seed)
    for (name, lag), seeds in missing.items():
        for first in range(0, len(seeds), together):
            some = tuple(seeds[first : first + together])
            jobs.append(Job(len(jobs), name, recipes[name], task.with_lag(lag), some, dict(result.settings)))
    return sorted(jobs, key=lambda job: (job.task.lag, job.work) if short_first else (-job.work,))


# --- in a worker ------------------------------------------------------------------------------------------


class Mailbox:
    """How a job tells how far it is and which models have ended, and hears that it should stop: files in one folder.

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

    def hand_in(self, number, runs):
        """Runs of a job that goes on."""
        with contextlib.suppress(OSError), open(self.folder / f"{number}.runs", "a", encoding="utf-8") as file:
            file.write("".join(json.dumps(list(run)) + "\n" for run in runs))

    def handed_in(self, number):
        """The runs that a job has handed in so far."""
        try:
            text = (self.folder / f"{number}.runs").read_text(encoding="utf-8")
        except OSError:
            return []
        return [Run(*json.loads(line)) for line in text.splitlines(keepends=True) if line.endswith("\n")]

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


def do(job, folder):
    """Train one job's models and judge them. Returns (job number, runs); stopped, only the runs that were finished."""
    _ignore_interrupts()
    mailbox = Mailbox(folder)
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
    told, posted = set(), time.monotonic()
    for progress in trainer:
        ended = [index for index in trainer.models if index not in told]
        if ended:
            told.update(ended)
            mailbox.hand_in(job.number, [_run(job, trainer.models[index]) for index in ended])
        if ended or time.monotonic() - posted > 0.1:
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
        note="diverged: its loss, weights or values stopped being finite numbers" if diverged else "",
    )
