"""Lesson 05, gradient flow: why does it learn, or not?

Its labs, measurements, results and exercises.
"""

import lstm_viz.lessons.lesson_05.exercises  # noqa: F401 (registers them)
from lstm_viz.cells import checks
from lstm_viz.exercises import check, hint, predict, reveal, solution
from lstm_viz.learning import quickly
from lstm_viz.lessons.lesson_05.forget_bias_lab import forget_bias_lab
from lstm_viz.lessons.lesson_05.gradient_lens import gradient_lens
from lstm_viz.lessons.lesson_05.spectral_radius_lab import spectral_radius_lab


def updates(full):
    """How many updates to train: `full`, but a fiftieth where the project's own tests run the lesson."""
    full = checks.whole(full, "full")
    return quickly(full, max(full // 50, 1))


__all__ = [
    "check",
    "forget_bias_lab",
    "gradient_lens",
    "hint",
    "predict",
    "reveal",
    "solution",
    "spectral_radius_lab",
    "updates",
]
