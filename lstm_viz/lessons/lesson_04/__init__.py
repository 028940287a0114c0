"""Lesson 04, the same digits through an RNN and an LSTM

Its labs, measurements, results and exercises.
"""

import lstm_viz.lessons.lesson_04.exercises  # noqa: F401 (registers them)
from lstm_viz.exercises import check, hint, predict, reveal, solution
from lstm_viz.lessons.lesson_04.digit_reader import read_digits
from lstm_viz.lessons.lesson_04.digit_reading import (
    ASKED,
    Results,
    accuracy_by_step,
    probe_accuracy,
    reader_from_model,
    with_blank_steps,
)

__all__ = [
    "ASKED",
    "Results",
    "accuracy_by_step",
    "check",
    "hint",
    "predict",
    "probe_accuracy",
    "read_digits",
    "reader_from_model",
    "reveal",
    "solution",
    "with_blank_steps",
]
