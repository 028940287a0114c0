"""Lesson 08, newswires, single-layer and stacked

Its labs, measurements, results and exercises.
"""

import lstm_viz.lessons.lesson_08.exercises  # noqa: F401 (registers them)
from lstm_viz import _rooms
from lstm_viz.exercises import check, hint, predict, reveal, solution

_where = {
    "comparison": ["TRADE_WORDS", "of_many_lengths", "shuffled", "variant", "which_came_last"],
    "newswire_results": ["over_seeds", "shipped_comparison", "shipped_results"],
    "newswires": ["EPOCHS", "TopicClassifier", "build", "epochs"],
    "confusion": ["topics_confused"],
    "wire_reader": ["WireReader"],
    "wire_reading": ["read_wire"],
}
_names = {name: module for module, names in _where.items() for name in names}
__getattr__, __dir__, _lazy = _rooms.on_first_use(__name__, _names)
__all__ = ["check", "hint", "predict", "reveal", "solution", *_lazy]
