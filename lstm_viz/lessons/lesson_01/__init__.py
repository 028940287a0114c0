"""Lesson 01, what gets lost, and why?

How many seeds its live experiment has, and its exercises.
"""

import lstm_viz.lessons.lesson_01.exercises  # noqa: F401 (registers them)
from lstm_viz.cells import checks
from lstm_viz.exercises import check, hint, predict, reveal, solution
from lstm_viz.learning import quickly

__all__ = [
    "check",
    "hint",
    "predict",
    "reveal",
    "seeds",
    "solution",
]


def seeds(count):
    """The first `count` seeds, 0 to count - 1; 0 alone where the project's own tests run the lesson."""
    return range(quickly(checks.whole(count, "count"), 1))
