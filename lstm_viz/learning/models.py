"""What a training gives: a model, which is a cell and a dense readout of h, and how it went."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells import checks


@dataclass(frozen=True, repr=False, eq=False)
class Readout:
    """A dense layer on h: outputs = h @ kernel + bias, kernel (units, outputs), bias (outputs,)."""

    kernel: np.ndarray
    bias: np.ndarray

    def __post_init__(self):
        kernel = checks.shaped(self.kernel, "kernel", ("units", "outputs"), finite=False)
        checks.shaped(self.bias, "bias", (kernel.shape[1],), finite=False)

    @classmethod
    def initialise(cls, units, outputs, seed=0, dtype=np.float64):
        """Keras's default: glorot_uniform kernel, zero bias."""
        units, outputs = checks.whole(units, "units"), checks.whole(outputs, "outputs")
        dtype, seed = checks.float_dtype(dtype), checks.whole(seed, "seed", 0)
        checks.affordable(units * outputs, np.float64, f"a readout of {checks.short(units)} units")
        limit = np.sqrt(6.0 / (units + outputs))
        kernel = np.random.default_rng([3, seed]).uniform(-limit, limit, (units, outputs))
        return cls(kernel.astype(dtype), np.zeros(outputs, dtype))

    def __call__(self, h):
        """Outputs (..., outputs) of hidden states (..., units): numbers, or logits of classes."""
        h = checks.floats(h, "h")
        if h.ndim < 1 or h.shape[-1] != self.kernel.shape[0]:
            raise ValueError(f"h must have shape (..., {self.kernel.shape[0]}); got {checks.shape_text(h.shape)}")
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
    finite, or its values on the test's sequences; cell and readout are the last finite ones, score is NaN) or
    "unfinished" (interrupted).
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
class TrainingProgress:
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
