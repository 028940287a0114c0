"""A whole message across a gap: copy memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstm_viz.learning.tasks.base import Task, one_hot, whole


@dataclass(frozen=True)
class CopyMemory(Task):
    """Repeat a message after a pause.

    `length` symbols out of `symbols` kinds, then T - 1 blanks with T = `lag`, then a delimiter, then `length` blanks,
    one-hot (the symbols, the blank, the delimiter). The target is a blank at every step but the last `length`, which
    repeat the message: each symbol is said T + `length` steps after it was read. The score is the accuracy over these
    last steps alone. Exact to Arjovsky 2016 with 8 symbols and length 10; the defaults are smaller, for a classroom.
    Chance: accuracy 1 / `symbols`.
    """

    symbols: int = 4
    length: int = 3

    name: ClassVar[str] = "copy memory"
    source: ClassVar[str] = "Arjovsky, Shah & Bengio (2016), after Hochreiter & Schmidhuber (1997)"
    per_step: ClassVar[bool] = True

    def __post_init__(self):
        super().__post_init__()
        self._settle(
            symbols=whole(self.symbols, 2, "symbols", most=1000), length=whole(self.length, 1, "length", most=10_000)
        )

    @property
    def input_dim(self):
        return self.symbols + 2

    @property
    def outputs(self):
        return self.symbols + 1

    @property
    def timesteps(self):
        return self.lag + 2 * self.length

    @property
    def chance(self):
        return 1.0 / self.symbols

    def _scored(self, y):
        return np.broadcast_to(np.arange(y.shape[-1]) >= y.shape[-1] - self.length, y.shape)

    def _draw(self, rng, n):
        blank, delimiter = self.symbols, self.symbols + 1
        message = rng.integers(0, self.symbols, (n, self.length))
        codes = np.full((n, self.timesteps), blank)
        codes[:, : self.length] = message
        codes[:, self.length + self.lag - 1] = delimiter
        y = np.full((n, self.timesteps), blank)
        y[:, -self.length :] = message
        return one_hot(codes, self.input_dim), y
