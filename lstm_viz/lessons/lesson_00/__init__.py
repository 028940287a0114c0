"""Lesson 00, what will I be able to see?

Its labs, measurements, results and exercises.
"""

import lstm_viz.lessons.lesson_00.exercises  # noqa: F401 (registers them)
from lstm_viz.exercises import check, hint, predict, reveal, solution
from lstm_viz.lessons.lesson_00.environment import check_environment

__all__ = [
    "check",
    "check_environment",
    "hint",
    "predict",
    "reveal",
    "solution",
]
