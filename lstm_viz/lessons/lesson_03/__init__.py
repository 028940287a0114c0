"""Lesson 03, what do the four layers of an LSTM cell do?

Its labs, measurements, results and exercises.
"""

import lstm_viz.lessons.lesson_03.exercises  # noqa: F401 (registers them)
from lstm_viz.exercises import check, hint, predict, reveal, solution

__all__ = [
    "check",
    "hint",
    "predict",
    "reveal",
    "solution",
]
