"""Lesson 04, who still knows the digit after waiting?

Its readers of digits, what is measured on them, their shipped runs, and its exercises.
"""

import lstm_viz.lessons.lesson_04.exercises  # noqa: F401 (registers them)
from lstm_viz.exercises import check, hint, predict, reveal, solution
from lstm_viz.lessons.lesson_04.digit_reader import read_digits
from lstm_viz.lessons.lesson_04.digit_reading import (
    Results,
    accuracy_by_step,
    carried,
    epochs,
    lost_and_kept,
    probe_accuracy,
    reader_from_model,
    then_blank,
)

__all__ = [
    "Results",
    "accuracy_by_step",
    "carried",
    "check",
    "epochs",
    "hint",
    "lost_and_kept",
    "predict",
    "probe_accuracy",
    "read_digits",
    "reader_from_model",
    "reveal",
    "solution",
    "then_blank",
]
