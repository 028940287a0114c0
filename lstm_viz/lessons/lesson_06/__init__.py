"""Lesson 06, the long-lag lab: how far back can each cell learn to remember?

Its labs, measurements, results and exercises.
"""

import lstm_viz.lessons.lesson_06.exercises  # noqa: F401 (registers them)
from lstm_viz.exercises import check, hint, predict, reveal, solution
from lstm_viz.lessons.lesson_06.be_the_gates import be_the_gates
from lstm_viz.lessons.lesson_06.by_hand import carry, gated_input, hand_cell
from lstm_viz.lessons.lesson_06.experiments import train_for_recall
from lstm_viz.lessons.lesson_06.lag_lab import lag_lab
from lstm_viz.lessons.lesson_06.look_inside import look_inside
from lstm_viz.lessons.lesson_06.tables import rates_table, sweep_table, tasks_table

__all__ = [
    "be_the_gates",
    "carry",
    "check",
    "gated_input",
    "hand_cell",
    "hint",
    "lag_lab",
    "look_inside",
    "predict",
    "rates_table",
    "reveal",
    "solution",
    "sweep_table",
    "tasks_table",
    "train_for_recall",
]
