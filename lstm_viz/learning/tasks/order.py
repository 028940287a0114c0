"""In which order did the relevant symbols come? Temporal order, with two or three of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstm_viz.learning.tasks.base import Task, at_end, one_hot, one_of


@dataclass(frozen=True)
class TemporalOrder(Task):
    """In which order did the relevant symbols X and Y come?

    Symbols E B a b c d X Y, one-hot in this order. A sequence begins with E, ends with B and else holds random a, b,
    c, d, except for `symbols` (2 or 3) positions that hold X or Y. The class, given at the last step, reads them as a
    binary number, first symbol first, X = 0, Y = 1: XX, XY, YX, YY (the paper's Q, R, S, U).
    Lengths are uniform on T to T + T/10 with T = `lag`, positions (counted from 1) on T/10 to 2T/10 and T/2 to 6T/10,
    or with three symbols T/10 to 2T/10, 33T/100 to 43T/100 and 66T/100 to 76T/100, rounded down.
    Exact to H&S 1997, experiments 6a and 6b, at `lag=100`; other lags keep the proportions.
    Chance: accuracy 1/4 or 1/8.
    """

    symbols: int = 2

    name: ClassVar[str] = "temporal order"
    source: ClassVar[str] = "Hochreiter & Schmidhuber (1997), experiments 6a and 6b"
    minimal_lag: ClassVar[int] = 20
    per_step: ClassVar[bool] = True
    input_dim: ClassVar[int] = 8

    #: the symbols, in the order of the input channels
    alphabet: ClassVar[str] = "EBabcdXY"

    def __post_init__(self):
        super().__post_init__()
        self._settle(symbols=one_of(self.symbols, (2, 3), "symbols"))

    @property
    def outputs(self):
        return 2**self.symbols

    @property
    def timesteps(self):
        return self.lag + self.lag // 10

    @property
    def positions(self):
        """First and last position, counted from 1, of each relevant symbol."""
        hundredths = ((10, 20), (50, 60)) if self.symbols == 2 else ((10, 20), (33, 43), (66, 76))
        return tuple((self.lag * low // 100, self.lag * high // 100) for low, high in hundredths)

    def _draw(self, rng, n):
        length = rng.integers(self.lag, self.timesteps + 1, n)
        rows = np.arange(n)
        codes = rng.integers(2, 6, (n, self.timesteps))
        codes[:, 0] = 0
        kind = np.zeros(n, np.int64)
        for low, high in self.positions:
            y_here = rng.integers(0, 2, n)
            codes[rows, rng.integers(low, high + 1, n) - 1] = 6 + y_here
            kind = 2 * kind + y_here
        codes[rows, length - 1] = 1
        codes[np.arange(self.timesteps) >= length[:, None]] = -1
        return one_hot(codes, 8), at_end(kind, length, self.timesteps)
