"""What lesson 06 trains itself: the models that `look_inside` opens, and the single unit of `be_the_gates`."""

from __future__ import annotations

import numpy as np

from lstm_viz.cells import LSTMCell, checks
from lstm_viz.learning.models import Readout
from lstm_viz.learning.recipes import named_recipes
from lstm_viz.learning.tasks import MarkedRecall
from lstm_viz.learning.training import train

__all__ = ["in_order", "train_for_recall", "train_one_unit"]

#: the longest lag that is trained while a reader waits
MOST_LAG = 1000


def train_for_recall(lag, cells=("SimpleRNN", "LSTM (chrono)"), *, seed=0, units=16, updates=800):
    """{name: trained model}: one of each cell, on marked recall with the cue anywhere, as the long-lag lab trains them.

    The units of each are put in the order of what they say at the end, the loudest first. ValueError for an unknown
    cell or a lag that is no whole number from 1 to 1000.
    """
    task = MarkedRecall(checks.whole(lag, "lag", 1, MOST_LAG))
    units, seed = checks.whole(units, "units", 1, checks.MOST_UNITS), checks.whole(seed, "seed", 0)
    models = {}
    for name, recipe in named_recipes(cells).items():
        cell = recipe.cell(input_dim=2, units=units, timesteps=task.timesteps, seed=seed)
        (model,) = train([cell], task, seeds=[seed], learning_rate=recipe.learning_rate, updates=updates)
        x, _ = task.batch(np.random.default_rng([9, seed]), 256)
        said = np.abs(model.cell.run(x).h[:, -1] * np.diff(model.readout.kernel)[:, 0]).mean(axis=0)
        models[name] = in_order(model, np.argsort(-said))
    return models


def in_order(model, order):
    """The same model with its units in another order (units,): the same outputs for every input."""
    order, cell = np.asarray(order), model.cell
    columns = np.concatenate([order + k * cell.units for k in range(len(cell.gates))])
    cell = cell.replace(
        kernel=cell.kernel[:, columns],
        recurrent_kernel=cell.recurrent_kernel[order][:, columns],
        bias=cell.bias[..., columns],
    )
    readout = Readout(model.readout.kernel[order], model.readout.bias)
    return type(model)(**{**vars(model), "cell": cell, "readout": readout})


def train_one_unit(timesteps, seed=1):
    """An LSTM of a single unit trained to name the marked bit of `timesteps` steps; the marker may be anywhere."""
    cell = LSTMCell.initialise(2, 1, seed=seed)
    (model,) = train(
        [cell], MarkedRecall(timesteps - 1), seeds=[seed], learning_rate=0.03, updates=400, early_stop=False
    )
    return model
