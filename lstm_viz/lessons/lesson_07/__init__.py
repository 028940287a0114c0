"""Lesson 07, what does every argument of keras.layers.LSTM do?

Its labs, measurements, results and exercises.
"""

import lstm_viz.lessons.lesson_07.exercises  # noqa: F401 (registers them)
from lstm_viz.exercises import check, hint, predict, reveal, solution
from lstm_viz.lessons.lesson_07.layer_explorer import layer_explorer
from lstm_viz.lessons.lesson_07.lstm_arguments import CALL_ARGUMENTS, argument_table, cudnn_obstacles, tf2_table

__all__ = [
    "CALL_ARGUMENTS",
    "argument_table",
    "check",
    "cudnn_obstacles",
    "hint",
    "layer_explorer",
    "predict",
    "reveal",
    "solution",
    "tf2_table",
]
