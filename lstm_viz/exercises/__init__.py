"""Predict, reveal, check, hint, solution: the reader commits, tries, and is told at once what is right or wrong.

Loads NumPy, and widgets when a prediction is shown. Each lesson's room registers its own.
"""

from lstm_viz.exercises.asking import Exercise, Message, Prediction, check, hint, predict, register, reveal, solution

__all__ = [
    "Exercise",
    "Message",
    "Prediction",
    "check",
    "hint",
    "predict",
    "register",
    "reveal",
    "solution",
]
