"""Lesson 10, variants: which parts of the LSTM matter?

Its results, a trained pair on an unending stream, and exercises.
"""

import lstm_viz.lessons.lesson_10.exercises  # noqa: F401 (registers them)
from lstm_viz.exercises import check, hint, predict, reveal, solution
from lstm_viz.lessons.lesson_10.results import VARIANTS, new_cell, parameters_table, stream, stream_runs, sweep, trained

__all__ = [
    "VARIANTS",
    "check",
    "hint",
    "new_cell",
    "parameters_table",
    "predict",
    "reveal",
    "solution",
    "stream",
    "stream_runs",
    "sweep",
    "trained",
]
