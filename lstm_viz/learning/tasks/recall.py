"""One bit across a gap: marked recall, and which of two beginnings it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lstm_viz.learning.tasks.base import Task, at_end, one_of, shown, signs, whole


@dataclass(frozen=True)
class MarkedRecall(Task):
    """Name the one marked bit, after `lag` + 1 steps.

    x is (bit, marker): the bit is -1 or +1 at every step, the marker is 1 at exactly one step and 0 elsewhere. The
    class, given after the last step, is 0 for a marked -1 and 1 for a marked +1. With `cue="anywhere"` the marked step
    is any of them with equal probability, so that recalls over 0 to `lag` steps are mixed; with `cue="first"` it is
    always the first step, exactly `lag` steps before the recall, which is much harder.
    Chance: accuracy 0.5. Source: this project, after the marker of the adding problem (H&S 1997, experiment 4).
    """

    cue: str = "anywhere"

    name: ClassVar[str] = "marked recall"
    source: ClassVar[str] = "this project, after the marker of Hochreiter & Schmidhuber (1997), experiment 4"
    input_dim: ClassVar[int] = 2
    outputs: ClassVar[int] = 2

    def __post_init__(self):
        super().__post_init__()
        self._settle(cue=one_of(self.cue, ("anywhere", "first"), "cue"))

    @property
    def timesteps(self):
        return self.lag + 1

    def _draw(self, rng, n):
        bits = signs(rng, (n, self.timesteps))
        marked = np.zeros(n, np.int64) if self.cue == "first" else rng.integers(0, self.timesteps, n)
        rows = np.arange(n)
        x = np.zeros((n, self.timesteps, 2), np.float32)
        x[..., 0] = bits
        x[rows, marked, 1] = 1.0
        return x, (bits[rows, marked] > 0).astype(np.int64)


@dataclass(frozen=True)
class TwoSequence(Task):
    """The two-sequence (latch) problem: which of two beginnings was it, before all that noise?

    One input line. The first `relevant` elements are all +1 (class 1) or all -1 (class 0); the rest are drawn from a
    normal distribution with mean 0 and variance 0.2. Lengths are uniform on T to T + T/10 with T = `lag`; the class
    is given at the last step. With `noisy_cue` the same noise is added to the first elements too.
    Exact to H&S 1997, experiment 3a, and with `noisy_cue` 3b (they write the classes as targets 1 and 0); there T is
    100 or 1000 and `relevant` 1 or 3. Bengio 1994, who posed it, also allow lengths down to T/2.
    Chance: accuracy 0.5.
    """

    relevant: int = 3
    noisy_cue: bool = False

    name: ClassVar[str] = "two sequences"
    source: ClassVar[str] = "Bengio, Simard & Frasconi (1994); Hochreiter & Schmidhuber (1997), experiments 3a and 3b"
    per_step: ClassVar[bool] = True
    input_dim: ClassVar[int] = 1
    outputs: ClassVar[int] = 2

    def __post_init__(self):
        super().__post_init__()
        self._settle(relevant=whole(self.relevant, 1, "relevant"))
        if self.relevant > self.lag:
            raise ValueError(f"relevant must be at most the lag of {self.lag}; got {shown(self.relevant)}")

    @property
    def timesteps(self):
        return self.lag + self.lag // 10

    def _draw(self, rng, n):
        length = rng.integers(self.lag, self.timesteps + 1, n)
        kind = rng.integers(0, 2, n)
        x = rng.standard_normal((n, self.timesteps, 1), np.float32) * np.float32(np.sqrt(0.2))
        if not self.noisy_cue:
            x[:, : self.relevant] = 0.0
        x[:, : self.relevant, 0] += (2 * kind - 1)[:, None]
        x[np.arange(self.timesteps) >= length[:, None]] = 0.0
        return x, at_end(kind, length, self.timesteps)
