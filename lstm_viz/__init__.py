"""lstm_viz: see why LSTMs remember what plain RNNs forget.

`import lstm_viz` loads NumPy and nothing heavier. The other rooms are loaded when first named
(`lstm_viz.explore`, `lstm_viz.pictures`, ...), so half of the lessons never load TensorFlow.
"""

from lstm_viz import _rooms
from lstm_viz.cells import GRUCell, LSTMCell, SimpleRNNCell, stack

__version__ = "0.1.0"

_heavier, _, _lazy = _rooms.on_first_use(
    __name__,
    dict.fromkeys(_rooms.ROOMS, "")
    | {"cell_from_layer": "keras_models", "trace_model": "keras_models"}
    | {"FrameView": "widgets", "compare": "widgets", "explore": "widgets", "player": "widgets"},
)

__all__ = ["GRUCell", "LSTMCell", "SimpleRNNCell", "stack", *_lazy]


def __getattr__(name):
    return _heavier(name)


def __dir__():
    return sorted(__all__)
