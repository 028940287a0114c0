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

import time
from dataclasses import dataclass
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController

from lstm_viz.cells import stack
from lstm_viz.cells.checks import float_dtype
from lstm_viz.cells.loop import by_model, loop

__all__ = ["LOSSES", "Adam", "Model", "Progress", "Readout", "Trainer", "train"]


# --- losses: mean over the targets that there are ------------------------------------------------------------


def _softmax_cross_entropy(logits, y):
    """Loss (models,) and dL/dlogits of classes y (models, batch, ...), -1 where there is no target."""
    counted = y >= 0
    share = _share(counted, logits.dtype)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=-1, keepdims=True)
    index = np.where(counted, y, 0)[..., None]
    log_p = np.take_along_axis(shifted, index, axis=-1)[..., 0] - np.log(sums[..., 0])
    d_logits = exponentials / sums
    np.put_along_axis(d_logits, index, np.take_along_axis(d_logits, index, axis=-1) - 1.0, axis=-1)
    d_logits *= share[..., None]
    return -_sum_per_model(log_p * share), d_logits


def _binary_cross_entropy(logits, y):
    """Loss (models,) and dL/dlogits of targets y (models, batch, ..., outputs) in [0, 1], NaN where there is none."""
    counted = np.isfinite(y).all(axis=-1)
    share = _share(counted, logits.dtype) / logits.shape[-1]
    target = np.where(counted[..., None], y, 0.0).astype(logits.dtype)
    each = np.maximum(logits, 0.0) - logits * target + np.log1p(np.exp(-np.abs(logits)))
    d_logits = (np.tanh(logits * 0.5) * 0.5 + 0.5 - target) * share[..., None]
    return _sum_per_model(each * share[..., None]), d_logits


def _mean_squared_error(outputs, y):
    """Loss (models,) and dL/doutputs of numbers y (models, batch, ..., outputs), NaN where there is none."""
    counted = np.isfinite(y).all(axis=-1)
    share = _share(counted, outputs.dtype) / outputs.shape[-1]
    error = outputs - np.where(counted[..., None], y, 0.0).astype(outputs.dtype)
    return _sum_per_model(error * error * share[..., None]), 2.0 * error * share[..., None]


def _share(counted, dtype):
    """1 / number of targets of its model for each target, 0 where there is none."""
    total = counted.sum(axis=tuple(range(1, counted.ndim)), keepdims=True)
    return (counted / np.maximum(total, 1)).astype(dtype)


def _sum_per_model(values):
    return values.reshape(len(values), -1).sum(axis=1)


#: (outputs, y) -> loss per model and its derivative, by Keras's names; classes and probabilities from logits
LOSSES = {
    "sparse_categorical_crossentropy": _softmax_cross_entropy,
    "binary_crossentropy": _binary_cross_entropy,
    "mean_squared_error": _mean_squared_error,
}


# --- parameters ----------------------------------------------------------------------------------------------


class _Parameters:
    """All weights of all models in one array (models, total), with a view per variable.

    So one call of Adam updates everything, and dropping a finished model is dropping a row.
    """

    def __init__(self, variables):
        self.shapes = [v.shape[1:] for v in variables]
        self.flat = np.concatenate([v.reshape(len(v), -1) for v in variables], axis=1)
        stops = np.cumsum([int(np.prod(s)) for s in self.shapes])
        self.parts = [slice(int(stop - np.prod(s)), int(stop)) for stop, s in zip(stops, self.shapes, strict=True)]

    @property
    def variables(self):
        """One view per variable, each with the models axis first."""
        return [self.flat[:, p].reshape(len(self.flat), *s) for p, s in zip(self.parts, self.shapes, strict=True)]

    def keep(self, rows):
        """Go on with these models only."""
        self.flat = self.flat[rows]


class Adam:
    """Adam for a stack of models (Kingma & Ba 2015, in the order of its section 2, as `keras.optimizers.Adam`).

    `learning_rate` (models, 1); beta_1 0.9, beta_2 0.999, epsilon 1e-7 are Keras's defaults.
    """

    beta_1, beta_2, epsilon = 0.9, 0.999, 1e-7

    def __init__(self, parameters, learning_rate):
        self.learning_rate = learning_rate
        self.m, self.v = np.zeros_like(parameters), np.zeros_like(parameters)
        self.updates = 0

    def step(self, gradient):
        """What to subtract from the parameters for this gradient (models, total)."""
        self.updates += 1
        t = self.updates
        # Keras rounds the betas to float32 before it takes their powers, whatever the dtype of the weights
        power_1, power_2 = (float(np.float32(beta)) ** t for beta in (self.beta_1, self.beta_2))
        alpha = self.learning_rate * (np.sqrt(1.0 - power_2) / (1.0 - power_1))
        self.m += (gradient - self.m) * (1.0 - self.beta_1)
        self.v += (gradient * gradient - self.v) * (1.0 - self.beta_2)
        return self.m * alpha.astype(gradient.dtype) / (np.sqrt(self.v) + self.epsilon)

    def keep(self, rows):
        """Go on with these models only."""
        self.learning_rate, self.m, self.v = self.learning_rate[rows], self.m[rows], self.v[rows]


def clip(gradient, parts, clipnorm=None, global_clipnorm=None):
    """Scale gradients (models, total) in place so that no norm is above a limit.

    `clipnorm` limits the norm of each variable (of each slice in `parts`), `global_clipnorm` that of all of them
    together, as the arguments of a Keras optimizer do. Source: Pascanu et al. (2013), algorithm 1.
    """
    squares = np.stack([np.vecdot(gradient[:, p], gradient[:, p]) for p in parts], axis=1)
    if clipnorm is not None:
        factors = clipnorm / np.maximum(np.sqrt(squares), clipnorm)
        for p, factor in zip(parts, factors.T, strict=True):
            gradient[:, p] *= factor[:, None].astype(gradient.dtype)
    elif global_clipnorm is not None:
        factor = global_clipnorm / np.maximum(np.sqrt(squares.sum(axis=1)), global_clipnorm)
        gradient *= factor[:, None].astype(gradient.dtype)


# --- what comes out -------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False, eq=False)
class Readout:
    """A dense layer on h: outputs = h @ kernel + bias, kernel (units, outputs), bias (outputs,)."""

    kernel: np.ndarray
    bias: np.ndarray

    @classmethod
    def initialise(cls, units, outputs, seed=0, dtype=np.float64):
        """Keras's default: glorot_uniform kernel, zero bias."""
        limit = np.sqrt(6.0 / (units + outputs))
        kernel = np.random.default_rng([3, seed]).uniform(-limit, limit, (units, outputs))
        return cls(kernel.astype(dtype), np.zeros(outputs, dtype))

    def __call__(self, h):
        """Outputs (..., outputs) of hidden states (..., units): numbers, or logits of classes."""
        return h @ self.kernel + self.bias

    def probabilities(self, h):
        """Class probabilities (..., outputs) of hidden states (..., units): the softmax of the outputs."""
        logits = self(h)
        exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return exponentials / exponentials.sum(axis=-1, keepdims=True)


@dataclass(frozen=True, repr=False, eq=False)
class Model:
    """One trained model and how it went.

    `status` is "solved" (stopped early), "ran out" (all updates used), "diverged" (its loss or weights stopped being
    finite; cell and readout are the last finite ones, score is NaN) or "unfinished" (interrupted).
    `score` is the task's, on `test_size` examples drawn apart; `losses` and `batch_scores` (updates,) are those of each
    batch before its update.
    """

    cell: object
    readout: Readout
    seed: int
    learning_rate: float
    status: str
    score: float
    updates: int
    seconds: float
    losses: np.ndarray
    batch_scores: np.ndarray

    @property
    def solved(self):
        """Whether it stopped early because its task was solved."""
        return self.status == "solved"

    def __repr__(self):
        return f"<{self.cell.kind} model, seed {self.seed}: {self.status} after {self.updates} updates>"


@dataclass(frozen=True)
class Progress:
    """How far a training has come: `updates` done out of `total` over all models, and the latest mean loss and score.

    `finished` and `models` count models; `position` is the update number within the current stack.
    """

    updates: int
    total: int
    finished: int
    models: int
    position: int
    loss: float
    score: float


#: a model's examples are drawn for this many updates by one call of its task, which costs much less
DRAWN_AT_ONCE = 10


@cache
def _blas():
    return ThreadpoolController()


# --- training -------------------------------------------------------------------------------------------------


def _whole(value, least, name):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; got {value!r}")
    return int(value)


def _positive(value, name):
    """One or several finite numbers above 0, as an array."""
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        array = np.array(np.nan)
    if not (np.isfinite(array) & (array > 0)).all():
        raise ValueError(f"{name} must be above 0 and finite; got {value!r}")
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
        raise ValueError(f"{name} must be None or one number; got {value!r}")
    return float(_positive(value, name))


class _Stack:
    """The models that advance together: their parameters, their streams of batches and the arrays they share."""

    def __init__(self, trainer, indices):
        self.trainer = trainer
        self.cell = trainer.cells[indices[0]]
        self.indices = list(indices)
        cells = stack(trainer.cells[k] for k in indices).astype(trainer.dtype)
        readouts = [trainer.readouts[k] for k in indices]
        dense = [np.stack([getattr(r, name) for r in readouts]).astype(trainer.dtype) for name in ("kernel", "bias")]
        self.parameters = _Parameters([*cells.weights, *dense])
        self.adam = Adam(self.parameters.flat, trainer.learning_rates[indices][:, None])
        self.streams = [np.random.default_rng([1, trainer.seeds[k]]) for k in indices]
        self.losses = np.full((len(indices), trainer.updates), np.nan)
        self.scores = np.full((len(indices), trainer.updates), np.nan)
        self.seconds = np.zeros(len(indices))
        self.updates = 0
        self.drawn = self.kept = self.reverse = None

    def update(self):
        """One update of every model; moves those that are finished to the trainer. Returns losses and scores."""
        started = time.perf_counter()
        trainer = self.trainer
        x, y = self._batch()
        outputs, h = self._forward(x, y)
        loss, d_outputs = LOSSES[trainer.task.loss](outputs, y)
        score = trainer.task.score(outputs, y)
        gradient = self._backward(h, d_outputs)
        clip(gradient, self.parameters.parts, trainer.clipnorm, trainer.global_clipnorm)
        step = self.adam.step(gradient)
        diverged = ~(np.isfinite(loss) & np.isfinite(self.parameters.flat - step).all(axis=1))
        if diverged.any():
            step[diverged] = 0.0
        self.parameters.flat -= step
        self.losses[:, self.updates] = loss
        self.scores[:, self.updates] = score
        self.updates += 1
        self.seconds += (time.perf_counter() - started) / len(self.indices)
        self._finish(diverged)
        return loss, score

    def _batch(self):
        position = self.updates % DRAWN_AT_ONCE
        if position == 0 or self.drawn is None:
            self.drawn = [self.trainer.task.batch(s, DRAWN_AT_ONCE * self.trainer.batch_size) for s in self.streams]
        rows = slice(position * self.trainer.batch_size, (position + 1) * self.trainer.batch_size)
        return np.stack([x[rows] for x, _ in self.drawn]), np.stack([y[rows] for _, y in self.drawn])

    def _forward(self, x, y):
        """Outputs (models, batch, [steps,] outputs) at the last steps, and h there as the loop keeps it."""
        models, batch, timesteps, _ = x.shape
        if self.kept is None or self.kept["h"].shape != (timesteps, self.cell.units, models, batch):
            self.kept = self.cell.workspace(timesteps, models, batch, self.trainer.dtype, pre_activations=False)
            self.reverse = self.cell.reverse(self.cell, self.kept)
            self.steps = list(self.kept.steps())
        self.kept["x"][...] = x.transpose(2, 3, 0, 1)
        *weights, kernel, bias = self.parameters.variables
        self.matrix = self.cell.pack(*weights)
        loop(self.cell, self.matrix, self.steps)
        h = self.kept["h"][-y.shape[2] :] if self.trainer.task.per_step else self.kept["h"][-1:]
        outputs = np.matmul(kernel.swapaxes(1, 2), by_model(h)) + bias[..., None]  # (steps, models, outputs, batch)
        # contiguous, so that sums run over the outputs in the same order whatever the number of models
        outputs = np.ascontiguousarray(outputs.transpose(1, 3, 0, 2))
        return (outputs if self.trainer.task.per_step else outputs[:, :, 0]), h

    def _backward(self, h, d_outputs):
        """The gradient of all parameters (models, total), from that of the outputs."""
        kernel = self.parameters.variables[-2]
        steps, units, models, batch = h.shape
        d_outputs = d_outputs.reshape(models, batch * steps, -1)
        by_example = h.transpose(2, 1, 3, 0).reshape(models, units, batch * steps)
        d_dense = [by_example @ d_outputs, d_outputs.sum(axis=1)]
        d_h = (d_outputs @ kernel.swapaxes(1, 2)).reshape(models, batch, steps, units).transpose(2, 3, 0, 1)
        d_matrix = self.reverse(self.matrix, np.ascontiguousarray(d_h))
        gradients = [*self.cell.unpack(d_matrix), *d_dense]
        return np.concatenate([g.reshape(models, -1) for g in gradients], axis=1)

    def _finish(self, diverged):
        """Move models that are solved, diverged or at their last update to the trainer, and go on without them."""
        trainer = self.trainer
        last = self.updates == trainer.updates
        leaving = diverged | last
        scores = np.full(len(self.indices), np.nan)
        for row in np.flatnonzero(~diverged & (self._promising() | last)):
            scores[row] = self._test(row)
            leaving[row] |= bool(trainer.task.solved(scores[row]))
        for row in np.flatnonzero(leaving):
            status = "diverged" if diverged[row] else "solved" if trainer.task.solved(scores[row]) else "ran out"
            trainer.models[self.indices[row]] = self._model(row, status, float(scores[row]))
        if leaving.any():
            self._keep(np.flatnonzero(~leaving))

    def _promising(self):
        """Which models are worth a test: solved by their mean score over the last batches, every so many updates."""
        if not self.trainer.early_stop or self.updates % self.trainer.window:
            return np.zeros(len(self.indices), bool)
        return self.trainer.task.solved(self.scores[:, self.updates - self.trainer.window : self.updates].mean(axis=1))

    def _keep(self, rows):
        self.indices = [self.indices[row] for row in rows]
        self.streams = [self.streams[row] for row in rows]
        self.drawn = [self.drawn[row] for row in rows]
        self.parameters.keep(rows)
        self.adam.keep(rows)
        self.losses, self.scores, self.seconds = self.losses[rows], self.scores[rows], self.seconds[rows]
        self.kept = self.reverse = None

    def _parts(self, row):
        *weights, kernel, bias = (v[row].copy() for v in self.parameters.variables)
        names = ("kernel", "recurrent_kernel", "bias")
        return self.cell.replace(**dict(zip(names, weights, strict=True))), Readout(kernel, bias)

    def _test(self, row):
        """The task's score on examples that this model has never met."""
        trainer = self.trainer
        cell, readout = self._parts(row)
        x, y = trainer.task.batch(np.random.default_rng([2, trainer.seeds[self.indices[row]]]), trainer.test_size)
        h = cell.run(x.astype(trainer.dtype)).h
        return float(trainer.task.score(readout(h if trainer.task.per_step else h[:, -1]), y))

    def _model(self, row, status, score):
        cell, readout = self._parts(row)
        index = self.indices[row]
        return Model(
            cell=cell,
            readout=readout,
            seed=self.trainer.seeds[index],
            learning_rate=float(self.trainer.learning_rates[index]),
            status=status,
            score=score,
            updates=self.updates,
            seconds=float(self.seconds[row]),
            losses=self.losses[row, : self.updates].copy(),
            batch_scores=self.scores[row, : self.updates].copy(),
        )

    def unfinished(self):
        """The models as they are now, with a score, by their position in `cells`."""
        return {
            index: self._model(row, "unfinished", self._test(row) if self.updates else float("nan"))
            for row, index in enumerate(self.indices)
        }


class Trainer:
    """Train one model per cell; iterate over it to train, with a `Progress` every `report_every` updates.

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
        self.cells = list(cells)
        stack(self.cells)  # says what is wrong with them, if anything
        count = len(self.cells)
        self.task = task
        self.seeds = list(range(count)) if seeds is None else [_whole(s, 0, "seeds") for s in seeds]
        if len(self.seeds) != count:
            raise ValueError(f"seeds must be one per cell, {count}; got {len(self.seeds)}")
        self.learning_rates = _one_per_model(learning_rate, count, "learning_rate")
        self.updates = _whole(updates, 1, "updates")
        self.batch_size = _whole(batch_size, 1, "batch_size")
        self.clipnorm = _limit(clipnorm, "clipnorm")
        self.global_clipnorm = _limit(global_clipnorm, "global_clipnorm")
        if self.clipnorm is not None and self.global_clipnorm is not None:
            raise ValueError("only one of clipnorm and global_clipnorm can be given; set the other to None")
        self.early_stop = bool(early_stop)
        self.window = _whole(window, 1, "window")
        self.test_size = _whole(test_size, 1, "test_size")
        self.stack_size = _whole(stack_size, 1, "stack_size")
        self.report_every = _whole(report_every, 1, "report_every")
        self.dtype = float_dtype(dtype)
        if task.loss not in LOSSES:
            raise ValueError(f"the loss of a task must be one of {', '.join(LOSSES)}; got {task.loss!r}")
        if task.input_dim != self.cells[0].input_dim:
            raise ValueError(
                f"the cells must have the input_dim of the task, {task.input_dim}; got {self.cells[0].input_dim}"
            )
        if readouts is None:
            readouts = [Readout.initialise(c.units, task.outputs, s) for c, s in zip(cells, self.seeds, strict=True)]
        self.readouts = list(readouts)
        if len(self.readouts) != count:
            raise ValueError(f"readouts must be one per cell, {count}; got {len(self.readouts)}")
        #: finished models by their position in `cells`
        self.models = {}
        self._current = None

    def __iter__(self):
        """Train what is not finished yet."""
        waiting = [k for k in range(len(self.cells)) if k not in self.models]
        for first in range(0, len(waiting), self.stack_size):
            self._current = _Stack(self, waiting[first : first + self.stack_size])
            yield from self._train(self._current)
            self._current = None

    def _train(self, running):
        position = 0
        while running.indices:
            before = len(self.models)
            # the products here are too small to share between threads: two BLAS threads are slower than one
            with _blas().limit(limits=1, user_api="blas"), np.errstate(over="ignore", invalid="ignore"):
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
        return Progress(
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
