"""The recurrent cells as their equations, in NumPy, keeping every intermediate value.

One step per cell. `run` repeats it over a sequence, and training, gradients, diagrams and heatmaps all
read what it kept, so nothing in this package is computed a second way.

Weights are in Keras's own layout and gate order (LSTM: i, f, c, o along the last axis; GRU: z, r, h), so
that `LSTMCell(*layer.get_weights())` is the layer. Shapes are written with these words:

    timesteps   length of the sequence            input_dim   width of one input x_t
    units       width of the hidden state h_t     (...)       any leading axes: a batch, or (models, batch)

Sources: Hochreiter & Schmidhuber (1997) and Gers et al. (2000) for the LSTM, Cho et al. (2014) for the GRU,
and the implementations in `keras.layers`, to which the tests hold every value here.
"""

from importlib import import_module

# the kinds are listed in the order in which they are met
from lstm_viz.cells.simple_rnn import SimpleRNNCell, SimpleRNNTrace

# isort: split
from lstm_viz.cells.lstm import LSTMCell, LSTMTrace

# isort: split
from lstm_viz.cells.activations import ACTIVATIONS, hard_sigmoid, sigmoid
from lstm_viz.cells.checks import Overflow
from lstm_viz.cells.gru import GRUCell, GRUTrace
from lstm_viz.cells.kinds import KINDS
from lstm_viz.cells.stacking import stack

__all__ = [
    "ACTIVATIONS",
    "KINDS",
    "GRUCell",
    "GRUTrace",
    "LSTMCell",
    "LSTMTrace",
    "Overflow",
    "SimpleRNNCell",
    "SimpleRNNTrace",
    "hard_sigmoid",
    "sigmoid",
    "stack",
    "variants",
]


def __getattr__(name):
    """The variants are loaded when they are first named."""
    if name == "variants":
        return import_module("lstm_viz.cells.variants")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
