"""Tasks that can only be solved by remembering: seeded generators, each with its chance level and its source.

A task is an immutable value: `MarkedRecall(lag=50)`. `task.batch(rng, batch_size)` draws examples

    x (batch, timesteps, input_dim) float32      y, what is to be said about them

`y` is (batch,) where the answer is given after the last step, and (batch, timesteps) where `task.per_step` says so:
a class number, or -1 where a step has no target. For a regression (`loss` "mean_squared_error") y is float32 with one
more axis for the outputs, and NaN where a step has no target. Sequences of several lengths are padded at their end
with zeros, which come after the last target and so change nothing.

`lag` is the number of steps between a cue and its recall, or the paper's own T, which measures the same up to a
factor; each task says exactly what it means. "Exact" below means that the inputs and targets are drawn as in the
paper; everything here is trained with cross-entropy or the mean squared error and judged by one number, `score`.

    H&S 1997        Hochreiter & Schmidhuber, Long short-term memory, Neural Computation 9(8)
    Bengio 1994     Bengio, Simard & Frasconi, Learning long-term dependencies with gradient descent is difficult
    Gers 2000       Gers, Schmidhuber & Cummins, Learning to forget, Neural Computation 12(10)
    Arjovsky 2016   Arjovsky, Shah & Bengio, Unitary evolution recurrent neural networks
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from lstm_viz.learning import grammar

__all__ = [
    "TASKS",
    "Adding",
    "ContinualEmbeddedReber",
    "CopyMemory",
    "EmbeddedReber",
    "MarkedRecall",
    "Multiplication",
    "Task",
    "TemporalOrder",
    "TwoSequence",
]

CLASSES = "sparse_categorical_crossentropy"
NUMBERS = "mean_squared_error"


@dataclass(frozen=True)
class Task:
    """What every task has. `lag` must be a whole number of at least `minimal_lag` (ValueError)."""

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
        _whole(self.lag, self.minimal_lag, f"lag of {type(self).__name__}")

    @property
    def timesteps(self):
        """Length of the sequences in a batch, padding included."""
        raise TypeError(f"{type(self).__name__} is only the base of the tasks; use one of {', '.join(TASKS)}")

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
        return self._draw(rng, _whole(batch_size, 1, "batch_size"))

    def scored(self, y):
        """Which targets count for the score: booleans of y's shape (without the outputs axis of a regression)."""
        return y >= 0 if self.loss == CLASSES else np.isfinite(y).all(-1)

    def score(self, outputs, y):
        """Accuracy in [0, 1], or mean squared error, of `outputs` (..., batch, [timesteps,] outputs) against y.

        Class outputs may be probabilities or logits. Axes before the batch (a models axis) are kept.
        """
        outputs = np.asarray(outputs)
        if outputs.shape[-1] != self.outputs or outputs.ndim < 2 + self.per_step:
            axes = "(..., batch, timesteps, " if self.per_step else "(..., batch, "
            raise ValueError(f"outputs must have shape {axes}{self.outputs}) for {self.name}; got {outputs.shape}")
        counted = self.scored(y)
        if self.loss == CLASSES:
            hit = outputs.argmax(-1) == y
        else:
            hit = ((outputs - np.where(counted[..., None], y, 0.0)) ** 2).mean(-1)
        axes = tuple(range(-1 - self.per_step, 0))
        return np.where(counted, hit, 0.0).sum(axis=axes) / counted.sum(axis=axes)

    def solved(self, score):
        """Whether `score` counts as solved: an accuracy above 0.95, an error below a tenth of chance; NaN never."""
        return score > 0.95 if self.higher_is_better else score < self.chance / 10


def _whole(value, least, name):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; got {value!r}")
    return int(value)


def _one_of(value, choices, name):
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}; got {value!r}")


def _one_hot(codes, width):
    """(..., width) float32, all zeros where the code is negative."""
    return (codes[..., None] == np.arange(width)).astype(np.float32)


def _at_end(values, length, timesteps):
    """Per-step targets that hold `values` at each sequence's last step alone."""
    rows = np.arange(len(values))
    if values.dtype.kind == "i":
        y = np.full((len(values), timesteps), -1)
        y[rows, length - 1] = values
    else:
        y = np.full((len(values), timesteps, 1), np.nan, np.float32)
        y[rows, length - 1, 0] = values
    return y


def _signs(rng, shape):
    """Fair coin flips as float32 -1 and +1."""
    count = int(np.prod(shape))
    bits = np.unpackbits(np.frombuffer(rng.bytes((count + 7) // 8), np.uint8), count=count)
    return (bits.astype(np.float32) * 2 - 1).reshape(shape)


# --- one bit across a gap ---------------------------------------------------------------------------------


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
        _one_of(self.cue, ("anywhere", "first"), "cue")

    @property
    def timesteps(self):
        return self.lag + 1

    def _draw(self, rng, n):
        bits = _signs(rng, (n, self.timesteps))
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
        _whole(self.relevant, 1, "relevant")
        if self.relevant > self.lag:
            raise ValueError(f"relevant must be at most the lag of {self.lag}; got {self.relevant}")

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
        return x, _at_end(kind, length, self.timesteps)


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
        _one_of(self.symbols, (2, 3), "symbols")

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
        return _one_hot(codes, 8), _at_end(kind, length, self.timesteps)


# --- two numbers across a gap -----------------------------------------------------------------------------


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
        _one_of(self.version, ("1997", "2016"), "version")
        if self.version == "1997":
            _whole(self.lag, 20, "lag of Adding(version='1997')")

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
            return x, _at_end(0.5 + marked.sum(-1) / 4.0, length, self.timesteps)
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
        return x, _at_end(marked.prod(-1), length, self.timesteps)


# --- a whole message --------------------------------------------------------------------------------------


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
        _whole(self.symbols, 2, "symbols")
        _whole(self.length, 1, "length")

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

    def scored(self, y):
        return np.broadcast_to(np.arange(y.shape[-1]) >= y.shape[-1] - self.length, y.shape)

    def _draw(self, rng, n):
        blank, delimiter = self.symbols, self.symbols + 1
        message = rng.integers(0, self.symbols, (n, self.length))
        codes = np.full((n, self.timesteps), blank)
        codes[:, : self.length] = message
        codes[:, self.length + self.lag - 1] = delimiter
        y = np.full((n, self.timesteps), blank)
        y[:, -self.length :] = message
        return _one_hot(codes, self.input_dim), y


# --- a grammar --------------------------------------------------------------------------------------------


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

    def scored(self, y):
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
        return _one_hot(x, 7), strings[:, 1:]


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
        _whole(self.steps, self.longest + 4, "steps, to hold the longest string,")

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
        return _one_hot(stream[:, :-1], 7), stream[:, 1:]


#: the tasks by the name of their class, as a results file writes them
TASKS = {
    task.__name__: task
    for task in (
        MarkedRecall,
        TwoSequence,
        TemporalOrder,
        Adding,
        Multiplication,
        CopyMemory,
        EmbeddedReber,
        ContinualEmbeddedReber,
    )
}
