"""What every task has, and what their generators share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from lstm_viz.cells import checks

CLASSES = "sparse_categorical_crossentropy"
NUMBERS = "mean_squared_error"


#: beyond these nothing could be trained here; a slip of the keyboard is told before it fills the memory
LONGEST_LAG = 100_000
_MOST_NUMBERS = 2**26


@dataclass(frozen=True)
class Task:
    """What every task has. `lag` must be a whole number from `minimal_lag` to 100,000 (ValueError)."""

    lag: int

    #: short name, and where the definition comes from
    name: ClassVar[str] = ""
    source: ClassVar[str] = ""
    #: "sparse_categorical_crossentropy" (y a class number) or "mean_squared_error" (y float)
    loss: ClassVar[str] = CLASSES
    #: the smallest lag for which the definition makes sense
    minimal_lag: ClassVar[int] = 1
    #: True when y has a timesteps axis
    per_step: ClassVar[bool] = False
    input_dim: ClassVar[int] = 0

    def __post_init__(self):
        self._settle(lag=whole(self.lag, self.minimal_lag, f"lag of {type(self).__name__}", most=LONGEST_LAG))

    def _settle(self, **checked):
        """Settings as checked: plain numbers, also where NumPy's came."""
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @property
    def timesteps(self):
        """Length of the sequences in a batch, padding included."""
        raise TypeError(f"{type(self).__name__} is only the base of the tasks; use one of them, as MarkedRecall(50)")

    @property
    def outputs(self):
        """Width of what a model must put out: the number of classes, or of numbers."""
        return 1

    @property
    def chance(self):
        """Score of the best constant answer: an accuracy, or a mean squared error."""
        return 1.0 / self.outputs

    @property
    def higher_is_better(self):
        """True for an accuracy, False for an error."""
        return self.loss == CLASSES

    def with_lag(self, lag):
        """The same task at another lag."""
        return replace(self, lag=lag)

    def batch(self, rng, batch_size):
        """Draw `batch_size` examples with a `numpy.random.Generator`: (x, y), shaped as the module says."""
        if not isinstance(rng, np.random.Generator):
            raise TypeError(
                f"rng must be a numpy random Generator, such as numpy.random.default_rng(0); got {type(rng).__name__}"
            )
        count = whole(batch_size, 1, "batch_size")
        if count * self.timesteps * self.input_dim > _MOST_NUMBERS:
            raise ValueError(
                f"batch_size must be at most {_MOST_NUMBERS // (self.timesteps * self.input_dim)} for sequences of "
                f"{self.timesteps} timesteps; got {shown(count)}"
            )
        return self._draw(rng, count)

    def scored(self, y):
        """Which targets count for the score: booleans of y's shape (without the outputs axis of a regression)."""
        y = numbers(y, "y")
        if y.ndim < self.per_step + (self.loss == NUMBERS):
            raise ValueError(f"y must be shaped as the targets of a batch of {self.name}; got shape {y.shape}")
        return self._scored(y)

    def _scored(self, y):
        return y >= 0 if self.loss == CLASSES else np.isfinite(y).all(-1)

    def score(self, outputs, y):
        """Accuracy in [0, 1], or mean squared error, of `outputs` (..., batch, [timesteps,] outputs) against y.

        Class outputs may be probabilities or logits. Axes before the batch (a models axis) are kept. ValueError for
        shapes that do not belong together.
        """
        outputs, y = numbers(outputs, "outputs"), numbers(y, "y")
        if outputs.ndim < 2 + self.per_step or outputs.shape[-1] != self.outputs:
            axes = "(..., batch, timesteps, " if self.per_step else "(..., batch, "
            raise ValueError(f"outputs must have shape {axes}{self.outputs}) for {self.name}; got {outputs.shape}")
        answers = outputs.shape[:-1] if self.loss == CLASSES else outputs.shape
        if y.ndim > len(answers) or y.shape != answers[len(answers) - y.ndim :]:
            raise ValueError(
                f"y must have the shape of the answers, {answers}, or without a models axis; got {y.shape}"
            )
        counted = self.scored(y)
        if self.loss == CLASSES:
            hit = outputs.argmax(-1) == y
        else:
            hit = ((outputs - np.where(counted[..., None], y, 0.0)) ** 2).mean(-1)
        axes = tuple(range(-1 - self.per_step, 0))
        with np.errstate(invalid="ignore"):  # nothing to be scored: NaN
            return np.where(counted, hit, 0.0).sum(axis=axes) / counted.sum(axis=axes)

    def solved(self, score):
        """Whether `score` counts as solved: an accuracy above 0.95, an error below a tenth of chance; NaN never."""
        score = numbers(score, "score")
        met = score > 0.95 if self.higher_is_better else score < self.chance / 10
        return met if met.ndim else bool(met)


def numbers(values, name):
    """As an array of real numbers, or ValueError."""
    try:
        array = checks.as_array(values)
    except (ValueError, TypeError, OverflowError, RuntimeError, MemoryError):
        array = None
    if array is None or array.dtype.kind not in "fiub":
        raise ValueError(f"{name} must be an array of numbers; got {shown(values)}")
    if array.size > checks.MOST_NUMBERS:
        raise ValueError(f"{name} must hold at most {checks.MOST_NUMBERS} numbers; got {array.size}")
    return array


def shown(value):
    """A value as a message shows it, in a few words."""
    return checks.short(value, 60)


def whole(value, least, name, most=None):
    """The whole number as an int, or ValueError."""
    fits = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not fits or value < least or (most is not None and value > most):
        limits = f"of at least {least}" if most is None or not fits or value < least else f"of at most {most:,}"
        raise ValueError(f"{name} must be a whole number {limits}; got {shown(value)}")
    return int(value)


def one_of(value, choices, name):
    """The value, which must be one of the choices, or ValueError."""
    value = value.item() if isinstance(value, np.generic) else value
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}; got {shown(value)}")
    return value


def one_hot(codes, width):
    """(..., width) float32, all zeros where the code is negative."""
    return (codes[..., None] == np.arange(width)).astype(np.float32)


def at_end(values, length, timesteps):
    """Per-step targets that hold `values` at each sequence's last step alone."""
    rows = np.arange(len(values))
    if values.dtype.kind == "i":
        y = np.full((len(values), timesteps), -1)
        y[rows, length - 1] = values
    else:
        y = np.full((len(values), timesteps, 1), np.nan, np.float32)
        y[rows, length - 1, 0] = values
    return y


def signs(rng, shape):
    """Fair coin flips as float32 -1 and +1."""
    count = int(np.prod(shape))
    bits = np.unpackbits(np.frombuffer(rng.bytes((count + 7) // 8), np.uint8), count=count)
    return (bits.astype(np.float32) * 2 - 1).reshape(shape)
