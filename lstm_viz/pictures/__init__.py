"""Pure functions, data in, one picture out: traces, curves, predictions, cell diagrams, equations; `style` for all.

Loads NumPy and plotly. Stands on `cells`; what moves with the timestep is in a figure's frames or a text's values.
"""

from lstm_viz.pictures.chain import chain
from lstm_viz.pictures.diagram import diagram, gru_diagram, lstm_diagram, rnn_diagram
from lstm_viz.pictures.equations import equations
from lstm_viz.pictures.figures import (
    class_probabilities,
    compare,
    confusion_matrix,
    curves_by_lag,
    heatmaps,
    learning_curves,
    sequence_on_image,
    unit_lines,
)
from lstm_viz.pictures.live_markup import LiveMarkup
from lstm_viz.pictures.patterns import sequence_patterns
from lstm_viz.pictures.table import table

__all__ = [
    "LiveMarkup",
    "chain",
    "class_probabilities",
    "compare",
    "confusion_matrix",
    "curves_by_lag",
    "diagram",
    "equations",
    "gru_diagram",
    "heatmaps",
    "learning_curves",
    "lstm_diagram",
    "rnn_diagram",
    "sequence_on_image",
    "sequence_patterns",
    "table",
    "unit_lines",
]
