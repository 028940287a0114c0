"""Exercises in pages without a kernel: what the page calls right or wrong is what the exercise calls so."""

from __future__ import annotations

import importlib
import re
import sys
from html import unescape
from pathlib import Path

import nbformat
import pytest

from lstm_viz.exercises import Exercise
from lstm_viz.exercises.asking import judge, load, run_source

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import exercises_in_pages as pages

ROOT = Path(__file__).parents[1]
LESSONS = sorted(path.name[-2:] for path in (ROOT / "lstm_viz" / "lessons").glob("lesson_??"))


def exercises(lesson):
    importlib.import_module(f"lstm_viz.lessons.lesson_{lesson}.exercises")
    return [item for item in load(lesson).values() if isinstance(item, Exercise)]


NUMBERS = [e for lesson in LESSONS for e in exercises(lesson) if pages.asks_for_a_number(e)]


def test_there_are_numbers_to_check():
    assert len(NUMBERS) >= 15


@pytest.mark.parametrize("exercise", NUMBERS, ids=lambda e: e.name)
def test_a_number_is_right_in_the_page_where_the_exercise_says_so(exercise):
    known = pages.answers(exercise)
    for low, high in known["right"]:
        for number in (low, high, (low + high) / 2):
            assert judge(exercise, number)
        beyond = max(1e-6 * abs(high - low), 1e-12 * max(1, abs(low), abs(high)), 1e-12)
        for number in (low - beyond, high + beyond):
            assert not judge(exercise, number) or any(a <= number <= b for a, b in known["right"])
    for source, words in exercise.wrong:
        try:
            number = float(run_source(source, exercise.given))
        except (TypeError, ValueError):
            continue
        assert not any(a <= number <= b for a, b in known["right"])
        assert any(number == usual and words in sentence for usual, sentence in known["wrong"])


@pytest.mark.parametrize("lesson", LESSONS)
def test_hints_and_solution_stand_below_every_exercise_and_no_answer_beside_it(lesson):
    (path,) = (ROOT / "notebooks").glob(f"{lesson}_*.ipynb")
    notebook = nbformat.read(path, 4)
    assert pages.add(notebook) == len(exercises(lesson))
    html = "".join(o.data.get("text/html", "") for c in notebook.cells for o in c.get("outputs", []) if "data" in o)
    assert html.count("<script>") >= (1 if exercises(lesson) else 0)
    for exercise in exercises(lesson):
        own = pages.markup(exercise)
        assert own in html
        assert own.count("<details>") == len(exercise.hints) + 1
        assert re.sub(r"\s+", "", exercise.solution) in re.sub(r"\s+", "", unescape(own))
        seen = re.sub(r"<details>.*", "", own, flags=re.DOTALL)  # before anything is opened
        assert all(hint not in unescape(seen) for hint in exercise.hints)
