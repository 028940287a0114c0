"""Exercises in a page without a kernel: numbers are checked in the page, hints and the solution come one by one.

`add(notebook)` puts them below what each `check("NN.k", ...)` cell shows. What is right is asked of the exercise itself
when the page is made: the numbers around its solution (and around its further right answers) that it accepts.
"""

from __future__ import annotations

import base64
import importlib
import inspect
import json
import re
from html import escape
from pathlib import Path

import nbformat

from lstm_viz.exercises import Exercise
from lstm_viz.exercises.asking import judge, load, run_source

SCRIPT = (Path(__file__).parent / "exercises_in_pages.js").read_text(encoding="utf-8")
_FARTHEST = 1e6  # how far from a right number its neighbours are tried


def add(notebook):
    """Put hints, solution and, where a number is asked for, a field below each exercise; how many there are."""
    count = 0
    for cell in notebook.cells:
        asked = re.search(r'^check\("(\d\d)\.(\d+)"', cell.source, re.MULTILINE) if cell.cell_type == "code" else None
        exercise = _exercise(*asked.groups()) if asked else None
        if exercise is None:
            continue
        text = markup(exercise) + ("" if count else f"<script>{SCRIPT}</script>")
        cell.outputs = [*cell.get("outputs", []), nbformat.v4.new_output("display_data", {"text/html": text})]
        count += 1
    return count


def _exercise(lesson, number):
    try:
        importlib.import_module(f"lstm_viz.lessons.lesson_{lesson}")
        found = load(lesson).get(f"{lesson}.{number}")
    except (ImportError, KeyError):  # a lesson whose libraries are not here shows its exercises as they are
        return None
    return found if isinstance(found, Exercise) else None


def markup(exercise):
    """The field, where a number is asked for, and the hints, each behind the one before, with the solution last."""
    code = f"<pre>{escape(inspect.cleandoc(exercise.solution))}</pre>"
    inner = f"<details><summary>a solution</summary>{code}</details>"
    for k, hint in reversed(list(enumerate(exercise.hints, 1))):
        name = f"hint {k} of {len(exercise.hints)}"
        inner = f"<details><summary>{name}</summary><p>{_inline(hint)}</p>{inner}</details>"
    return f'<div class="lstm-viz-exercise">{_field(exercise)}{inner}</div>'


def _inline(text):
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def _field(exercise):
    """A field and a button for a number, or for code a sentence on where it is checked."""
    if not asks_for_a_number(exercise):
        return "<p>Your code is checked where it runs: in the notebook, with Python.</p>"
    packed = base64.b64encode(json.dumps(answers(exercise)).encode()).decode()
    name = escape(exercise.name)
    return (
        f'<form data-answers="{packed}"><label>answer to {name} <input type="text" inputmode="decimal" size="12" '
        f'autocomplete="off"></label> <button type="submit">check</button> <output role="status"></output></form>'
    )


def asks_for_a_number(exercise):
    """Whether one number is the answer."""
    return exercise.answer.__qualname__.split(".")[0] in ("number", "whole_number")


def answers(exercise):
    """{"right": [[low, high], ...], "remark", "wrong": [[number, sentence], ...], "whole": a whole number is asked}."""
    right = [float(run_source(source, exercise.given)) for source in (exercise.solution, *exercise.right)]
    wrong = []
    for source, _ in exercise.wrong:
        try:
            number = float(run_source(source, exercise.given))
        except (TypeError, ValueError):  # a usual wrong answer that is no number
            continue
        wrong.append([number, judge(exercise, number).text[0]])
    return {
        "right": [[_last_right(exercise, number, -1), _last_right(exercise, number, 1)] for number in right],
        "remark": exercise.remark,
        "wrong": wrong,
        "whole": exercise.answer.__qualname__.startswith("whole_number"),
    }


def _last_right(exercise, number, way):
    """The last number on this way from a right one that the exercise accepts, as near as it can be told."""
    if not judge(exercise, number):
        raise ValueError(f"{exercise.name}: {number} is said to be right, and is not")
    good, step = 0.0, 1e-9 * max(1.0, abs(number))
    while step < _FARTHEST and judge(exercise, number + way * step):
        good, step = step, 2 * step
    for _ in range(40):
        middle = (good + step) / 2
        good, step = (middle, step) if judge(exercise, number + way * middle) else (good, middle)
    return number + way * good
