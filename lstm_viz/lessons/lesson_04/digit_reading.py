"""Reading handwritten digits timestep by timestep: what lesson 04 trains, asks and measures.

A reader is a recurrent cell with a softmax readout of h. It is asked which digit it reads either once, after the last
timestep, or after every timestep. Everything here is measured on NumPy cells, whichever program trained them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lstm_viz.cells import GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.datasets import DigitSequences
from lstm_viz.learning.budget import quickly
from lstm_viz.learning.models import Readout
from lstm_viz.learning.training import train

__all__ = [
    "ASKED",
    "CELLS",
    "WIDER",
    "DigitTask",
    "Reader",
    "Results",
    "accuracy_by_step",
    "carried",
    "epochs",
    "lost_and_kept",
    "probe_accuracy",
    "reader_from_model",
    "then_blank",
    "train_readers",
    "with_blank_steps",
]

CELLS = {"SimpleRNN": SimpleRNNCell, "LSTM": LSTMCell, "GRU": GRUCell}
ASKED = ("after every timestep", "once, at the end")
#: units of a SimpleRNN that hands on as many numbers as an LSTM of 32 units, h and c
WIDER = 64
RESULTS = Path(__file__).parent / "digits.json"


class Reader(NamedTuple):
    """A cell that reads digits and the readout (units, 10) that says which digit its hidden state stands for."""

    cell: object
    readout: Readout

    def read(self, x):
        """(trace, probabilities (..., timesteps, 10)) of sequences x (..., timesteps, input_dim)."""
        trace = self.cell.run(x)
        return trace, self.readout.probabilities(trace.h)


def reader_from_model(model):
    """The `Reader` in a Keras model of one recurrent layer and one dense softmax layer; ValueError for others."""
    from lstm_viz.keras_models.bridge import cell_from_layer

    try:
        recurrent, dense = model.layers
        kernel, bias = dense.get_weights()
    except (AttributeError, ValueError):
        raise ValueError(
            f"model must be a Keras model of one recurrent and one Dense layer; got {getattr(model, 'name', model)!r}"
        ) from None
    return Reader(cell_from_layer(recurrent), Readout(kernel, bias))


def epochs(full):
    """How many epochs to train: `full`, but 2 where the project's own tests run the lesson (LSTM_VIZ_QUICK=1)."""
    return quickly(full, 2)


# --- training many at once --------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class DigitTask:
    """The training digits as a task for `learning.train`: batches drawn with replacement; `asked` as in `ASKED`."""

    data: DigitSequences
    asked: str = ASKED[1]

    loss = "sparse_categorical_crossentropy"
    outputs = 10
    chance = 0.1

    def __post_init__(self):
        if self.asked not in ASKED:
            raise ValueError(f"asked must be one of {', '.join(map(repr, ASKED))}; got {self.asked!r}")

    @property
    def input_dim(self):
        return self.data.input_dim

    @property
    def per_step(self):
        return self.asked == ASKED[0]

    def batch(self, rng, batch_size):
        """x (batch, timesteps, input_dim) and y (batch,), or (batch, timesteps) where every timestep is asked."""
        chosen = rng.integers(len(self.data.x_train), size=batch_size)
        x, y = self.data.x_train[chosen], self.data.y_train[chosen]
        return x, np.repeat(y[:, None], x.shape[1], axis=1) if self.per_step else y

    def score(self, outputs, y):
        """Accuracy of logits (..., batch, [timesteps,] 10), over the steps that were asked."""
        right = outputs.argmax(axis=-1) == y
        return right.mean(axis=(-2, -1) if self.per_step else -1)

    def solved(self, score):
        """Never: digits are read for a given number of updates."""
        return np.zeros(np.shape(score), bool)


def train_readers(kind, task, seeds, *, learning_rate, updates, units=32):
    """One `Reader` per seed, trained together in NumPy (Adam, batch 32, clipnorm 1)."""
    seeds = list(seeds)
    cells = [CELLS[kind].initialise(task.input_dim, units, seed) for seed in seeds]
    settings = {"seeds": seeds, "learning_rate": learning_rate, "updates": updates, "early_stop": False, "test_size": 1}
    return [Reader(model.cell, model.readout) for model in train(cells, task, **settings)]


# --- measuring --------------------------------------------------------------------------------------------


def accuracy_by_step(probabilities, y):
    """Share of sequences answered rightly after each timestep, (timesteps,), from probabilities (n, timesteps, 10)."""
    return (np.argmax(probabilities, axis=-1) == np.asarray(y)[:, None]).mean(axis=0)


def with_blank_steps(x, steps):
    """Sequences (n, timesteps, input_dim) followed by `steps` timesteps of empty input."""
    return np.concatenate([x, np.zeros_like(x, shape=(len(x), steps, x.shape[2]))], axis=1)


def then_blank(data, steps):
    """The same `DigitSequences`, read by rows, with `steps` blank rows after each digit, pictures and labels too."""
    if data.input_dim == 1:
        raise ValueError("data must be digits read by rows; these are read pixel by pixel")
    longer = ("x_train", "x_test", "images_train", "images_test")
    labels = (*data.labels, *(f"blank {k}" for k in range(1, steps + 1)))
    return replace(data, labels=labels, **{name: with_blank_steps(getattr(data, name), steps) for name in longer})


def lost_and_kept(readers, data, *, after):
    """Which test digit shows best that one reader keeps its answer longer than the other: a position among them.

    readers: two, {"SimpleRNN": Reader, "LSTM": Reader}; data: digits with blank rows; after: the timestep looked at. Of
    those that both read rightly when the ink ends, the one where the second's belief in the truth is furthest ahead.
    """
    first, second = (
        np.take_along_axis(reader.read(data.x_test)[1], data.y_test[:, None, None], axis=2)[..., 0]
        for reader in list(readers.values())[:2]
    )
    known = np.minimum(first[:, 7], second[:, 7]) > 0.5
    return int(np.argmax(np.where(known, second[:, after] - first[:, after], -1.0)))


def carried(trace):
    """All that a cell hands on to its next step, (..., timesteps, width): h, and for an LSTM h and c side by side."""
    return np.concatenate([trace.h, trace.c], axis=-1) if trace.kind == "LSTM" else trace.h


def probe_accuracy(h_train, y_train, h_test, y_test):
    """How well the digit can be told from h_t, (timesteps,), by a linear readout fitted anew for every timestep.

    h_train, h_test (n, timesteps, units), or what is `carried`. The readout is a ridge regression on the ten classes
    (penalty 0.01), so this is a lower bound of what is held there. Source: Alain & Bengio (2016), "Understanding
    intermediate layers using linear classifier probes".
    """
    targets = np.eye(10)[y_train]
    accuracy = []
    for train_t, test_t in zip(_with_ones(h_train), _with_ones(h_test), strict=True):
        ridge = train_t.T @ train_t + 0.01 * np.eye(train_t.shape[1])
        weights = np.linalg.solve(ridge, train_t.T @ targets)
        accuracy.append((np.argmax(test_t @ weights, axis=1) == y_test).mean())
    return np.array(accuracy)


def _with_ones(h):
    """(n, timesteps, units) -> (timesteps, n, units + 1), a constant beside the hidden state, in float64."""
    h = np.asarray(h, np.float64)
    return np.concatenate([h, np.ones((*h.shape[:2], 1))], axis=2).swapaxes(0, 1)


# --- the shipped runs -------------------------------------------------------------------------------------


class Results:
    """The runs in `digits.json`, made by `tools/run_digits.py`.

    Part "tuning": every cell at every learning rate, trained on four fifths of the training digits and judged on the
    last fifth. Part "test": every cell at the learning rate chosen there, trained with other seeds on all training
    digits and judged on the test digits.
    """

    def __init__(self, file=RESULTS):
        content = json.loads(Path(file).read_text(encoding="utf-8"))
        self.settings = content["settings"]
        self.runs = content["runs"]

    def select(self, part="test", **wanted):
        """Runs of a part for which all of `by`, `asked`, `cell`, `learning_rate`, ... are as wanted."""
        return [r for r in self.runs if r["part"] == part and all(r[key] == value for key, value in wanted.items())]

    def learning_rates(self):
        """The learning rates that were tried, rising."""
        return sorted({run["learning_rate"] for run in self.runs if run["part"] == "tuning"})

    def tried(self, by, asked):
        """{cell: (seeds, learning rates)} of the accuracy at the end, in the tuning runs."""
        wanted = {"by": by, "asked": asked}
        rates = self.learning_rates()
        return {
            cell: np.array([self._values("tuning", "accuracy", **wanted, cell=cell, learning_rate=r) for r in rates]).T
            for cell in self._cells(by, asked)
        }

    def chosen_rates(self, by, asked):
        """{cell: the learning rate with the best mean accuracy in the tuning runs}."""
        rates = self.learning_rates()
        return {cell: rates[int(values.mean(axis=0).argmax())] for cell, values in self.tried(by, asked).items()}

    def tested(self, by, asked, value="accuracy"):
        """{cell: (seeds, ...)} of a value of the test runs.

        "accuracy" at the end; "by_step" after each timestep; "probe" of h and "probe_carried" of h and c together after
        each timestep, and for the LSTM "probe_c" of c alone; for rows also these three and the answers on 24 blank rows
        after the last: "waiting", "waiting_probe", "waiting_probe_carried", "waiting_probe_c".
        """
        return {
            cell: np.array(found)
            for cell in CELLS
            if (found := self._values("test", value, by=by, asked=asked, cell=cell))
        }

    def wider(self, value="accuracy"):
        """(seeds, ...) of a value of the test runs of a SimpleRNN that hands on as much as the LSTM: `WIDER` units.

        It reads by rows and is asked after every row; values as in `tested`.
        """
        return np.array(self._values("test", value, by="rows", asked=ASKED[0], cell=f"SimpleRNN, {WIDER} units"))

    def _cells(self, by, asked):
        return list(dict.fromkeys(run["cell"] for run in self.select("tuning", by=by, asked=asked)))

    def gates(self, by, asked, cell):
        """{gate: (seeds, timesteps)}: its mean over all units and test digits, in the test runs."""
        runs = self._values("test", "gates", by=by, asked=asked, cell=cell)
        return {gate: np.array([run[gate] for run in runs]) for gate in runs[0]}

    def _values(self, part, value, **wanted):
        return [run[value] for run in self.select(part, **wanted) if value in run]
