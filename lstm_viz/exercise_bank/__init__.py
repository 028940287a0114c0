"""The exercises and predictions of each lesson, `lesson_NN.py`, which `exercises.check` and the rest look up."""
