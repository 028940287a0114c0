"""Reading handwritten digits timestep by timestep: what lesson 04 trains, asks and measures.

A reader is a recurrent cell with a softmax readout of h. It is asked which digit it reads either once, after the last
timestep, or after every timestep. Everything here is measured on NumPy cells, whichever program trained them.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lstm_viz.cells import KINDS, GRUCell, LSTMCell, SimpleRNNCell, checks
from lstm_viz.cells.cell import Cell
from lstm_viz.cells.trace import Trace
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
    "fitting_readers",
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
#: a value of h or c from which on the penalty of a probe is lost in rounding
_LARGEST = 1e6


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
    from lstm_viz.keras_models.quiet import keras

    layers = model.layers if isinstance(model, keras.Model) else ()
    # a Dense layer without activation gives the logits of a softmax
    answers = (keras.activations.softmax, keras.activations.linear)
    fits = len(layers) == 2 and isinstance(layers[1], keras.layers.Dense) and layers[1].activation in answers
    if not fits or not layers[1].use_bias:
        raise ValueError(
            "model must be a Keras model of one recurrent and one Dense layer with softmax and bias; got "
            f"{checks.short(getattr(model, 'name', model))}"
        )
    return Reader(cell_from_layer(layers[0]), Readout(*layers[1].get_weights()))


def epochs(full):
    """How many epochs to train: `full`, but 2 where the project's own tests run the lesson (LSTM_VIZ_QUICK=1)."""
    return quickly(checks.whole(full, "full"), 2)


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
            raise ValueError(f"asked must be one of {', '.join(map(repr, ASKED))}; got {checks.short(self.asked)}")

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
    """Share of sequences answered rightly after each timestep, (timesteps,), from probabilities (n, timesteps, 10).

    y (n,): the right digits. ValueError or TypeError for other shapes.
    """
    probabilities = checks.shaped(probabilities, "probabilities", ("n", "timesteps", "classes"))
    y = checks.whole_numbers(y, "y", (len(probabilities),))
    return (np.argmax(probabilities, axis=-1) == y[:, None]).mean(axis=0)


def with_blank_steps(x, steps):
    """Sequences (n, timesteps, input_dim) followed by `steps` timesteps of empty input."""
    return np.concatenate([x, np.zeros_like(x, shape=(len(x), steps, x.shape[2]))], axis=1)


def then_blank(data, steps):
    """The same `DigitSequences`, read by rows, with `steps` blank rows after each digit, pictures and labels too.

    steps: from 0 to 1000. ValueError or TypeError for more, and for digits read pixel by pixel.
    """
    _digits(data)
    if data.input_dim == 1:
        raise ValueError("data must be digits read by rows; these are read pixel by pixel")
    steps = checks.whole(steps, "steps", 0, 1000)
    longer = ("x_train", "x_test", "images_train", "images_test")
    labels = (*data.labels, *(f"blank {k}" for k in range(1, steps + 1)))
    return replace(data, labels=labels, **{name: with_blank_steps(getattr(data, name), steps) for name in longer})


def lost_and_kept(readers, data, *, after):
    """Which test digit shows best that one reader keeps its answer longer than the other: a position among them.

    readers: two, {"SimpleRNN": Reader, "LSTM": Reader}; data: digits with blank rows; after: the timestep looked at. Of
    those that both read rightly when the ink ends, the one where the second's belief in the truth is furthest ahead.
    ValueError or TypeError for fewer readers, and for what does not fit the data.
    """
    readers = list(fitting_readers(readers, data).values())
    if len(readers) < 2 or data.timesteps < 8:
        what = f"{len(readers)} readers" if len(readers) < 2 else f"{data.timesteps} timesteps"
        raise ValueError(f"two readers and digits of at least 8 timesteps are needed to compare; got {what}")
    after = checks.whole(after, "after", 0, data.timesteps - 1)
    first, second = (
        np.take_along_axis(reader.read(data.x_test)[1], data.y_test[:, None, None], axis=2)[..., 0]
        for reader in readers[:2]
    )
    known = np.minimum(first[:, 7], second[:, 7]) > 0.5
    return int(np.argmax(np.where(known, second[:, after] - first[:, after], -1.0)))


def fitting_readers(readers, data):
    """The dict {name: Reader}, if each of them can read these `DigitSequences`; else TypeError or ValueError."""
    _digits(data)
    readers = checks.mapping(readers, "readers", "name and Reader")
    for name, reader in readers.items():
        whose = f"reader {checks.short(name)}"
        checks.same_kind(reader, Reader, whose, "a Reader")
        cell, readout = reader
        checks.same_kind(cell, Cell, f"the cell of {whose}", "a cell")
        checks.same_kind(readout, Readout, f"the readout of {whose}", "a Readout")
        if cell.input_dim != data.input_dim:
            raise ValueError(
                f"{whose} must take {data.input_dim} inputs per timestep, as the data; it takes {cell.input_dim}"
            )
        if readout.kernel.shape != (cell.units, len(data.names)):
            wanted, got = (cell.units, len(data.names)), readout.kernel.shape
            raise ValueError(f"the readout of {whose} must have shape {wanted}; got {got}")
    return readers


def _digits(data):
    return checks.same_kind(data, DigitSequences, "data", "DigitSequences, as load_digits_sequences returns")


def carried(trace):
    """All that a cell hands on to its next step, (..., timesteps, width): h, and of an LSTM c beside it."""
    checks.same_kind(trace, Trace, "trace", "a trace that cell.run(x) returns")
    return np.concatenate([getattr(trace, name) for name in KINDS[trace.kind].state_names], axis=-1)


def probe_accuracy(h_train, y_train, h_test, y_test):
    """How well the digit can be told from h_t, (timesteps,), by a linear readout fitted anew for every timestep.

    h_train, h_test (n, timesteps, units), or what is `carried`. The readout is a ridge regression on the ten classes
    (penalty 0.01), so this is a lower bound of what is held there. Source: Alain & Bengio (2016), "Understanding
    intermediate layers using linear classifier probes". ValueError or TypeError if shapes or digits do not fit.
    """
    h_train = checks.shaped(h_train, "h_train", ("n", "timesteps", "units"), -_LARGEST, _LARGEST)
    h_test = checks.shaped(h_test, "h_test", ("n", *h_train.shape[1:]), -_LARGEST, _LARGEST)
    y_train = checks.whole_numbers(y_train, "y_train", (len(h_train),), 0, 9)
    y_test = checks.whole_numbers(y_test, "y_test", (len(h_test),), 0, 9)
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


#: what says of each run which it is
_KEYS = ("part", "by", "asked", "cell", "learning_rate", "seed")


class Results:
    """The runs in `digits.json`, made by `tools/run_digits.py`.

    Part "tuning": every cell at every learning rate, trained on four fifths of the training digits and judged on the
    last fifth. Part "test": every cell at the learning rate chosen there, trained with other seeds on all training
    digits and judged on the test digits. ValueError for a file that is not there or holds something else; the methods
    raise ValueError for a part, reading, question, cell or value that no run has.
    """

    def __init__(self, file=RESULTS):
        if not isinstance(file, (str, os.PathLike)):
            raise TypeError(f"file must be the name of a file; got {checks.short(file)}")
        try:
            content = json.loads(Path(file).read_text(encoding="utf-8"))
            self.settings, self.runs = dict(content["settings"]), list(content["runs"])
            whole = all(isinstance(run[key], (str, int, float)) for run in self.runs for key in _KEYS)
        except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
            raise ValueError(
                f"file must be results as tools/run_digits.py writes them; {_reason(file, error)}"
            ) from None
        if not whole:
            raise ValueError(f"each run in {checks.short(str(file))} must name its {', '.join(_KEYS)}; one does not")

    def select(self, part="test", **wanted):
        """Runs of a part for which all of `by`, `asked`, `cell`, `learning_rate` and `seed` are as wanted."""
        checks.one_of(part, ("tuning", "test"), "part")
        for key, value in wanted.items():
            checks.one_of(key, _KEYS, "what is wanted")
            checks.one_of(value, list(dict.fromkeys(run[key] for run in self.runs)), key)
        return [r for r in self.runs if r["part"] == part and all(r[key] == value for key, value in wanted.items())]

    def learning_rates(self):
        """The learning rates that were tried, rising."""
        return sorted({run["learning_rate"] for run in self.runs if run["part"] == "tuning"})

    def tried(self, by, asked):
        """{cell: (seeds, learning rates)} of the accuracy at the end, in the tuning runs."""
        wanted = {"by": by, "asked": asked}
        self.select("tuning", **wanted)  # checks them
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
        after the last: "waiting", "waiting_probe", "waiting_probe_carried", "waiting_probe_c", and after the last blank
        row what two other kinds of probe find: "logistic_probe", "neighbours_probe", and the same for the others. After
        24 rows of noise, and after three other digits: "noise_probe", "digits_probe", the same for the others, and the
        answers, "noise_answers", "digits_answers".
        """
        tested = {run["cell"] for run in self.select("test", by=by, asked=asked)}
        return {
            cell: np.array(found)
            for cell in CELLS
            if cell in tested and (found := self._values("test", value, by=by, asked=asked, cell=cell))
        }

    def wider(self, value="accuracy"):
        """(seeds, ...) of a value of the test runs of a SimpleRNN that hands on as much as the LSTM: `WIDER` units.

        It reads by rows and is asked after every row; values as in `tested`.
        """
        return np.array(self._values("test", value, by="rows", asked=ASKED[0], cell=f"SimpleRNN, {WIDER} units"))

    def _cells(self, by, asked):
        return list(dict.fromkeys(run["cell"] for run in self.select("tuning", by=by, asked=asked)))

    def gates(self, by, asked, cell):
        """{gate: (seeds, timesteps)}: its mean over all units and test digits, in the test runs; {} without gates."""
        runs = self._values("test", "gates", by=by, asked=asked, cell=cell) or [{}]
        return {gate: np.array([run[gate] for run in runs]) for gate in runs[0]}

    def _values(self, part, value, **wanted):
        known = dict.fromkeys(name for run in self.runs for name in run if name not in _KEYS)
        checks.one_of(value, list(known), "value")
        return [run[value] for run in self.select(part, **wanted) if value in run]


def _reason(file, error):
    why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return f"{checks.short(str(file))} cannot be read as such: {why}"
