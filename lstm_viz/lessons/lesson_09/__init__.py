"""Lesson 09, inside a trained LSTM: what did its units learn, and which gate does what?

Its character model, surgery, scores, shipped measurements, views and exercises.
"""

import lstm_viz.lessons.lesson_09.exercises  # noqa: F401 (registers them)
from lstm_viz.exercises import check, hint, predict, reveal, solution
from lstm_viz.lessons.lesson_09.character_model import CharacterModel, character_model
from lstm_viz.lessons.lesson_09.how_far_back import how_far_back
from lstm_viz.lessons.lesson_09.read_along import read_along
from lstm_viz.lessons.lesson_09.results import (
    best_unit,
    bits_table,
    context_figure,
    cuts_table,
    gates_table,
    gradient_figure,
    measured,
    other_seeds,
    seeds_table,
    sentence,
    units_table,
)
from lstm_viz.lessons.lesson_09.scores import auc, correlation, unit_scores
from lstm_viz.lessons.lesson_09.standard_library import training_text
from lstm_viz.lessons.lesson_09.surgery import Clamp
from lstm_viz.lessons.lesson_09.surgery_view import surgery_view
from lstm_viz.lessons.lesson_09.truths import truths
from lstm_viz.lessons.lesson_09.unit_search import search_view, units_on
from lstm_viz.lessons.lesson_09.unit_table import unit_table
from lstm_viz.lessons.lesson_09.write_along import write_along

__all__ = [
    "CharacterModel",
    "Clamp",
    "auc",
    "best_unit",
    "bits_table",
    "character_model",
    "check",
    "context_figure",
    "correlation",
    "cuts_table",
    "gates_table",
    "gradient_figure",
    "hint",
    "how_far_back",
    "measured",
    "other_seeds",
    "predict",
    "read_along",
    "reveal",
    "search_view",
    "seeds_table",
    "sentence",
    "solution",
    "surgery_view",
    "training_text",
    "truths",
    "unit_scores",
    "unit_table",
    "units_on",
    "units_table",
    "write_along",
]
