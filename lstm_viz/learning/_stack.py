"""The models that advance together: their parameters, streams of batches and the arrays that they share."""

from __future__ import annotations

import time

import numpy as np

from lstm_viz.cells import Overflow, stack
from lstm_viz.cells.loop import by_model, loop
from lstm_viz.learning.adam import Adam, Parameters, clip
from lstm_viz.learning.losses import LOSSES
from lstm_viz.learning.models import Model, Readout

#: a model's examples are drawn for this many updates by one call of its task, which costs much less
DRAWN_AT_ONCE = 10


class Stack:
    """The models that advance together: their parameters, their streams of batches and the arrays they share."""

    def __init__(self, trainer, indices):
        self.trainer = trainer
        self.cell = trainer.cells[indices[0]]
        self.indices = list(indices)
        cells = stack(trainer.cells[k] for k in indices).astype(trainer.dtype)
        readouts = [trainer.readouts[k] for k in indices]
        dense = [np.stack([getattr(r, name) for r in readouts]).astype(trainer.dtype) for name in ("kernel", "bias")]
        self.parameters = Parameters([*cells.weights, *dense])
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
            lost = diverged[row] or np.isnan(scores[row])
            status = "diverged" if lost else "solved" if trainer.task.solved(scores[row]) else "ran out"
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
        """The task's score on examples that this model has never met; NaN if it leaves the range of floats on them."""
        trainer = self.trainer
        cell, readout = self._parts(row)
        x, y = trainer.task.batch(np.random.default_rng([2, trainer.seeds[self.indices[row]]]), trainer.test_size)
        try:
            h = cell.run(x.astype(trainer.dtype)).h
        except Overflow:  # with weights that are still finite: what grows without limit may do so on some sequences
            return float("nan")
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
