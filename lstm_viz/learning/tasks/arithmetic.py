"""Two numbers across a gap: adding and multiplication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstm_viz.learning.tasks.base import NUMBERS, Task, at_end, one_of, whole


def _marked_pairs(rng, n, lag, low, neutral):
    """Pairs (value, marker) as in experiments 4 and 5, the two marked values (n, 2), and each sequence's length."""
    timesteps = lag + lag // 10
    length = rng.integers(lag, timesteps + 1, n)
    rows = np.arange(n)
    x = np.zeros((n, timesteps, 2), np.float32)
    x[..., 0] = rng.uniform(low, 1.0, (n, timesteps))
    first = rng.integers(0, 10, n)
    second = rng.integers(0, lag // 2 - 1, n)
    second += second >= first  # counted among the pairs that are still unmarked
    x[:, 0, 1] = -1.0
    x[rows, length - 1, 1] = -1.0
    x[rows, first, 1] = 1.0
    x[rows, second, 1] = 1.0
    x[(first == 0) | (second == 0), 0, 0] = neutral
    marked = np.stack([x[rows, first, 0], x[rows, second, 0]], axis=-1)
    x[np.arange(timesteps) >= length[:, None]] = 0.0
    return x, marked, length


def _first_pair_marked(lag):
    """Probability that one of the two marks falls on the first pair."""
    return 0.1 + 0.9 / (lag // 2 - 1)


@dataclass(frozen=True)
class Adding(Task):
    """Add the two marked numbers.

    x is (value, marker).

    `version="1997"`: exact to H&S 1997, experiment 4. Values uniform on [-1, 1]; lengths uniform on T to T + T/10
    with T = `lag` of at least 20; one of the first ten pairs is marked 1, then one of the first T/2 - 1 pairs still
    unmarked; the first and the last pair are marked -1. Should the first pair get marked 1, its value is 0. The target
    at the last step is 0.5 + (X1 + X2) / 4. The paper calls T/2 the minimal time lag.

    `version="2016"`: exact to Arjovsky 2016. Values uniform on [0, 1], `lag` steps (at least 2), one mark in the first
    half and one in the second; the target, after the last step, is the sum.

    Chance: the variance of the target, 1/24 less a little for the first pair's rare zero (1997), 1/6 (2016).
    """

    version: str = "1997"

    name: ClassVar[str] = "adding"
    source: ClassVar[str] = "Hochreiter & Schmidhuber (1997), experiment 4; Arjovsky, Shah & Bengio (2016)"
    loss: ClassVar[str] = NUMBERS
    minimal_lag: ClassVar[int] = 2
    input_dim: ClassVar[int] = 2

    def __post_init__(self):
        super().__post_init__()
        self._settle(version=one_of(self.version, ("1997", "2016"), "version"))
        if self.version == "1997":
            whole(self.lag, 20, "lag of Adding(version='1997')")

    @property
    def per_step(self):
        return self.version == "1997"

    @property
    def timesteps(self):
        return self.lag + self.lag // 10 if self.version == "1997" else self.lag

    @property
    def chance(self):
        return (2.0 - _first_pair_marked(self.lag)) / 48.0 if self.version == "1997" else 1.0 / 6.0

    def _draw(self, rng, n):
        if self.version == "1997":
            x, marked, length = _marked_pairs(rng, n, self.lag, -1.0, 0.0)
            return x, at_end(0.5 + marked.sum(-1) / 4.0, length, self.timesteps)
        x = np.zeros((n, self.lag, 2), np.float32)
        x[..., 0] = rng.random((n, self.lag), np.float32)
        rows, half = np.arange(n), self.lag // 2
        marks = rng.integers(0, half, n), rng.integers(half, self.lag, n)
        for mark in marks:
            x[rows, mark, 1] = 1.0
        return x, sum(x[rows, mark, 0] for mark in marks)[:, None]


@dataclass(frozen=True)
class Multiplication(Task):
    """Multiply the two marked numbers.

    As `Adding(version="1997")`, but with values uniform on [0, 1], a first pair that gets marked set to 1, and the
    product X1 * X2 as target. Exact to H&S 1997, experiment 5. Chance: the variance of the target, 7/144 and a little
    more for the first pair's rare one.
    """

    name: ClassVar[str] = "multiplication"
    source: ClassVar[str] = "Hochreiter & Schmidhuber (1997), experiment 5"
    loss: ClassVar[str] = NUMBERS
    minimal_lag: ClassVar[int] = 20
    per_step: ClassVar[bool] = True
    input_dim: ClassVar[int] = 2

    @property
    def timesteps(self):
        return self.lag + self.lag // 10

    @property
    def chance(self):
        rare = _first_pair_marked(self.lag)
        mean, square = rare / 2 + (1 - rare) / 4, rare / 3 + (1 - rare) / 9
        return square - mean**2

    def _draw(self, rng, n):
        x, marked, length = _marked_pairs(rng, n, self.lag, 0.0, 1.0)
        return x, at_end(marked.prod(-1), length, self.timesteps)
