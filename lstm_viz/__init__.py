"""lstm_viz: see why LSTMs remember what plain RNNs forget.

`import lstm_viz` loads NumPy and nothing heavier. The other layers are loaded when first named
(`lstm_viz.explore`, `lstm_viz.figures`, ...), so half of the lessons never load TensorFlow.
"""

from importlib import import_module

from lstm_viz.cells import GRUCell, LSTMCell, SimpleRNNCell, stack

__version__ = "0.1.0"

#: public names that live in heavier modules, loaded when first used
_LAZY = {
    "cell_from_layer": "keras_bridge",
    "trace_model": "keras_bridge",
    "FrameView": "widgets",
    "explore": "widgets",
    "compare": "widgets",
    "player": "widgets",
}
_MODULES = (
    "cells", "datasets", "diagram", "equations", "exercises", "experiments", "figures", "gradients", "keras_bridge",
    "tasks", "training", "widgets",
)  # fmt: skip

__all__ = ["GRUCell", "LSTMCell", "SimpleRNNCell", "stack", *_LAZY, *_MODULES]


def __getattr__(name):
    if name in _LAZY:
        return getattr(import_module(f"lstm_viz.{_LAZY[name]}"), name)
    if name in _MODULES:
        return import_module(f"lstm_viz.{name}")
    raise AttributeError(f"module 'lstm_viz' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
