"""What comes next in a grammar: the embedded Reber grammar, in single strings and in an unending stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstm_viz.learning import grammar
from lstm_viz.learning.tasks.base import Task, one_hot, whole


class _Reber(Task):
    """What the two grammar tasks share: seven symbols, and a score at the recall of the outer T or P alone."""

    minimal_lag: ClassVar[int] = grammar.SHORTEST
    source: ClassVar[str] = "Hochreiter & Schmidhuber (1997), experiment 1, after Fahlman (1991)"
    per_step: ClassVar[bool] = True
    input_dim: ClassVar[int] = 7
    outputs: ClassVar[int] = 7

    @property
    def chance(self):
        return 0.5

    @property
    def longest(self):
        """Symbols of the longest inner string that is drawn."""
        return self.lag + 45

    def _scored(self, y):
        # the recalled symbol is the only one that stands between two E: the inner string's and the outer's
        end = y == grammar.SYMBOLS.index("E")
        counted = np.zeros(y.shape, bool)
        counted[..., 1:-1] = end[..., :-2] & end[..., 2:]
        return counted


@dataclass(frozen=True)
class EmbeddedReber(_Reber):
    """Predict the next symbol of B, T or P, a Reber string, the same T or P, E.

    Symbols B T P S X V E, one-hot; y is the next symbol, -1 once the string has ended. The T or P after the inner
    string can only be foreseen by remembering the one before it, as many steps as the inner string has symbols (5 at
    least). The score is the accuracy at this one step; `grammar.legal_next` says what is allowed at all the others.
    Exact to H&S 1997, experiment 1, up to the lengths: inner strings have `lag` to `lag` + 45 symbols, which at the
    natural `lag=5` leaves out 1 string in a million. They count a string as right when every step is, and train on a
    fixed set of 256 strings where new ones are drawn here. Chance: accuracy 0.5 at the recall.
    """

    name: ClassVar[str] = "embedded Reber"

    @property
    def timesteps(self):
        return self.longest + 3

    def _draw(self, rng, n):
        strings, _ = grammar.draw_embedded(rng, n, self.lag, self.longest)
        x = strings[:, :-1].copy()
        x[strings[:, 1:] < 0] = -1  # nothing is asked after the last symbol, so it is not shown
        return one_hot(x, 7), strings[:, 1:]


@dataclass(frozen=True)
class ContinualEmbeddedReber(_Reber):
    """Predict the next symbol of an unending stream of embedded Reber strings, with nothing to say where one ends.

    As `EmbeddedReber`, but the strings follow one another without a break and the state is never reset, so that a cell
    must learn by itself when to forget. The score is the accuracy at every recall in the stream.
    Source: Gers 2000, whose streams have up to 100,000 symbols in training; here each is cut after `steps`, which is a
    reduction (a sequence begins with an empty state), and new streams are drawn for every batch. Chance: accuracy 0.5.
    """

    steps: int = 200

    name: ClassVar[str] = "continual embedded Reber"
    source: ClassVar[str] = "Gers, Schmidhuber & Cummins (2000), experiment 1"

    def __post_init__(self):
        super().__post_init__()
        steps = whole(self.steps, self.longest + 4, "steps, to hold the longest string,", most=1_000_000)
        self._settle(steps=steps)

    @property
    def timesteps(self):
        return self.steps

    def _draw(self, rng, n):
        per_stream = -(-(self.steps + 1) // (self.lag + 4))
        strings, lengths = grammar.draw_embedded(rng, n * per_stream, self.lag, self.longest)
        starts = lengths.reshape(n, per_stream).cumsum(1) - lengths.reshape(n, per_stream)
        stream = np.zeros((n, per_stream * strings.shape[1]), np.int64)
        string, symbol = np.nonzero(strings >= 0)
        row = string // per_stream
        stream[row, starts.ravel()[string] + symbol] = strings[string, symbol]
        stream = stream[:, : self.steps + 1]
        return one_hot(stream[:, :-1], 7), stream[:, 1:]
