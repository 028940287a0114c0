"""Lesson 01, what gets lost, and why?

Its labs, measurements, results and exercises.
"""

import lstm_viz.lessons.lesson_01.exercises  # noqa: F401 (registers them)
from lstm_viz.exercises import check, hint, predict, reveal, solution

__all__ = [
    "check",
    "hint",
    "predict",
    "reveal",
    "solution",
]
