"""Many small recurrent models trained at once, in NumPy alone.

Models of one kind and size lie along a leading axis, and the cells' own loop and its reverse in `gradients` advance
them all together: `for progress in Trainer(cells, task, ...)`. Each has its own initial weights, learning rate and
stream of batches, and its numbers do not depend on which others it is trained with, to the last bit.

A model is a cell and a dense readout of h, at the last timestep or at every one. It is trained by backpropagation
through time with Adam and clipping by norm as Keras does them, on examples that are always new, so that its score on
the next batch, taken before the update, is an honest estimate of its test score: that decides when it may stop early.

Sources: Kingma & Ba (2015) for Adam, Pascanu et al. (2013) for clipping, `keras.optimizers` for the exact formulas.
"""

from __future__ import annotations

import numpy as np

from lstm_viz.cells import checks, stack
from lstm_viz.learning._stack import Stack
from lstm_viz.learning.losses import LOSSES
from lstm_viz.learning.models import Readout, TrainingProgress
from lstm_viz.learning.threads import one_thread

__all__ = ["Trainer", "train"]


def _positive(value, name):
    """One or several finite numbers above 0, as an array."""
    try:
        array = checks.as_array(value).astype(np.float64)
    except (TypeError, ValueError):
        array = np.array(np.nan)
    if not (np.isfinite(array) & (array > 0)).all():
        raise ValueError(f"{name} must be above 0 and finite; got {checks.short(value)}")
    return array


def _one_per_model(value, count, name):
    array = _positive(value, name)
    if array.shape not in ((), (count,)):
        raise ValueError(f"{name} must be one number or one per cell, {count}; got shape {array.shape}")
    return np.broadcast_to(array, (count,)).copy()


def _limit(value, name):
    if value is None:
        return None
    if not np.isscalar(value):
        raise ValueError(f"{name} must be None or one number; got {checks.short(value)}")
    return float(_positive(value, name))


class Trainer:
    """Train one model per cell; iterate over it to train, with a `TrainingProgress` every `report_every` updates.

    cells: cells of one kind and shape, one per model. task: anything with `batch(rng, batch_size) -> (x, y)`, `loss`,
    `outputs`, `per_step`, `score(outputs, y)` and `solved(score)`, as in `tasks`. seeds: one whole number per model; it
    alone decides the model's batches, test examples and initial readout (unless `readouts` are given).
    learning_rate: one number, or one per model. updates: the most that each model gets. clipnorm, global_clipnorm: as
    in a Keras optimizer (None: no clipping). A model stops early once the task calls its mean score over the last
    `window` batches solved, and its score on `test_size` other examples too; `early_stop=False` uses all updates.
    stack_size: how many models advance together (changes the speed alone). dtype: float32 or float64.

    Iteration may stop anywhere (break, KeyboardInterrupt): `models` holds what is finished, `results()` everything.
    ValueError for settings that make no sense. Diverging models are marked, never returned as numbers.
    """

    def __init__(
        self,
        cells,
        task,
        *,
        seeds=None,
        learning_rate=0.01,
        updates=800,
        batch_size=32,
        clipnorm=1.0,
        global_clipnorm=None,
        early_stop=True,
        window=10,
        test_size=500,
        readouts=None,
        stack_size=16,
        report_every=10,
        dtype=np.float32,
    ):
        self.cells = checks.listed(cells, "cells")
        stack(self.cells)  # says what is wrong with them, if anything
        count = len(self.cells)
        for name in ("batch", "loss", "outputs", "per_step", "input_dim", "score", "solved"):
            if isinstance(task, type) or not hasattr(task, name):
                raise TypeError(f"task must be a task, such as MarkedRecall(50); got {checks.short(task)}")
        self.task = task
        self.seeds = (
            list(range(count))
            if seeds is None
            else [checks.whole(s, "seeds", 0) for s in checks.listed(seeds, "seeds")]
        )
        if len(self.seeds) != count:
            raise ValueError(f"seeds must be one per cell, {count}; got {len(self.seeds)}")
        self.learning_rates = _one_per_model(learning_rate, count, "learning_rate")
        self.updates = checks.whole(updates, "updates", 1)
        self.batch_size = checks.whole(batch_size, "batch_size", 1)
        self.clipnorm = _limit(clipnorm, "clipnorm")
        self.global_clipnorm = _limit(global_clipnorm, "global_clipnorm")
        if self.clipnorm is not None and self.global_clipnorm is not None:
            raise ValueError("only one of clipnorm and global_clipnorm can be given; set the other to None")
        self.early_stop = checks.flag(early_stop, "early_stop")
        self.window = checks.whole(window, "window", 1)
        self.test_size = checks.whole(test_size, "test_size", 1)
        self.stack_size = checks.whole(stack_size, "stack_size", 1)
        self.report_every = checks.whole(report_every, "report_every", 1)
        self.dtype = checks.float_dtype(dtype)
        if task.loss not in LOSSES:
            raise ValueError(f"the loss of a task must be one of {', '.join(LOSSES)}; got {checks.short(task.loss)}")
        if task.input_dim != self.cells[0].input_dim:
            raise ValueError(
                f"the cells must have the input_dim of the task, {task.input_dim}; got {self.cells[0].input_dim}"
            )
        if readouts is None:
            readouts = [
                Readout.initialise(c.units, task.outputs, s) for c, s in zip(self.cells, self.seeds, strict=True)
            ]
        self.readouts = checks.listed(readouts, "readouts")
        if len(self.readouts) != count:
            raise ValueError(f"readouts must be one per cell, {count}; got {len(self.readouts)}")
        #: finished models by their position in `cells`
        self.models = {}
        self._current = None

    def __iter__(self):
        """Train what is not finished yet."""
        waiting = [k for k in range(len(self.cells)) if k not in self.models]
        for first in range(0, len(waiting), self.stack_size):
            self._current = Stack(self, waiting[first : first + self.stack_size])
            yield from self._train(self._current)
            self._current = None

    def _train(self, running):
        position = 0
        while running.indices:
            before = len(self.models)
            with one_thread(), np.errstate(over="ignore", invalid="ignore"):
                while running.indices and len(self.models) == before:
                    loss, score = running.update()
                    position += 1
                    if position % self.report_every == 0:
                        break
            yield self._progress(position, loss, score)

    def _progress(self, position, loss, score):
        count = len(self.cells)
        saved = sum(self.updates - m.updates for m in self.models.values())
        done = sum(m.updates for m in self.models.values())
        if self._current is not None:
            done += position * len(self._current.indices)
        return TrainingProgress(
            updates=done,
            total=self.updates * count - saved,
            finished=len(self.models),
            models=count,
            position=position,
            loss=float(np.nanmean(loss)) if np.isfinite(loss).any() else float("nan"),
            score=float(np.nanmean(score)) if np.isfinite(score).any() else float("nan"),
        )

    def results(self):
        """All models that have been trained at all, finished or not, in the order of the cells."""
        models = dict(self.models)
        if self._current is not None:
            models |= self._current.unfinished()
        return [models[k] for k in sorted(models)]


def train(cells, task, **settings):
    """Train one model per cell to the end; settings as for `Trainer`. Returns a list of `Model`, one per cell."""
    trainer = Trainer(cells, task, **settings)
    for _ in trainer:
        pass
    return trainer.results()
