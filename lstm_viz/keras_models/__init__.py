"""From Keras to traces: the bridge to its layers, Keras without its notices, a fit that can be watched and stopped.

Loads Keras only when it is asked for. Stands on `cells`.
"""

from lstm_viz import _rooms

__getattr__, __dir__, __all__ = _rooms.on_first_use(
    __name__, {"cell_from_layer": "bridge", "trace_model": "bridge", "Training": "live_fit", "keras": "quiet"}
)
