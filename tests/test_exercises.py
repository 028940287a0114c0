"""Every solution is right, every usual wrong answer is told why, and no answer whatever raises."""

import ast
import builtins
import importlib
import json
import re
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from lstm_viz.exercises import asking as exercises
from lstm_viz.exercises.asking import Exercise, Prediction, judge, run_source

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("[0-9][0-9]_*.ipynb"))
for _path in NOTEBOOKS:
    importlib.import_module(f"lstm_viz.lessons.lesson_{_path.name[:2]}")
BANK = {name: item for lesson in exercises.lessons() for name, item in exercises.load(lesson).items()}
EXERCISES = [item for item in BANK.values() if isinstance(item, Exercise)]
PREDICTIONS = [item for item in BANK.values() if isinstance(item, Prediction)]
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
each_prediction = pytest.mark.parametrize("prediction", PREDICTIONS, ids=lambda p: p.name)


@pytest.fixture(autouse=True)
def fresh_session(monkeypatch):
    monkeypatch.setattr(exercises, "_session", exercises._Session())


# --- the bank, whatever is in it --------------------------------------------------------------------------


@each_exercise
def test_solution_and_other_right_answers_pass(exercise):
    for source in (exercise.solution, *exercise.right):
        result = judge(exercise, run_source(source, exercise.given))
        assert result.status == "right", f"{source}\n{result}"


class Tensor:
    """What NumPy can read but is no array, as a Keras or PyTorch tensor is."""

    def __init__(self, value):
        self.value = value

    def __array__(self, dtype=None, copy=None):
        return np.array(self.value, dtype)

    def __bool__(self):
        raise ValueError("the truth of a tensor is not defined")

    def __eq__(self, other):
        return Tensor(self.value == other)

    __hash__ = None


FORMS = {"list": np.ndarray.tolist, "float32": lambda a: a.astype(np.float32), "tensor": Tensor}


@each_exercise
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_of_a_right_answer_passes(exercise, form):
    def converted(value):
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            return form(value)
        if isinstance(value, (list, tuple)):
            return type(value)(converted(v) for v in value)
        if callable(value):
            return lambda *arguments: converted(value(*arguments))
        return value

    answer = run_source(exercise.solution, exercise.given)
    if isinstance(answer, list) and answer and all(isinstance(v, float) for v in answer):
        answer = np.array(answer)
    result = judge(exercise, converted(answer))
    assert result.status == "right", str(result)


@each_exercise
def test_wrong_answers_are_told_why(exercise):
    assert len(exercise.wrong) >= 2
    for source, fragment in exercise.wrong:
        result = judge(exercise, run_source(source, exercise.given))
        assert result.status == "not right yet", f"{source}\n{result}"
        assert fragment in result.text[0], f"{source}\n{result}"


@each_exercise
def test_the_first_words_of_an_explanation_are_its_own(exercise):
    """Two different mistakes get two different sentences."""
    said = [judge(exercise, run_source(source, exercise.given)).text[0] for source, _ in exercise.wrong]
    assert len(set(said)) > 1


class Hostile:
    """Raises at nearly everything."""

    def __repr__(self):
        raise RuntimeError("no repr")

    def __array__(self, *args, **kwargs):
        raise RuntimeError("no array")

    def __getattr__(self, name):
        raise RuntimeError("no attributes")

    def __eq__(self, other):
        raise RuntimeError("no equality")

    __hash__ = None


def _raises(*_):
    return 1 / 0


ODD = {
    "text": "an answer",
    "empty text": "",
    "bytes": b"0.5",
    "wrong shape": np.zeros((7, 9, 2)),
    "empty": [],
    "ragged": [[1.0], [1.0, 2.0]],
    "nan": float("nan"),
    "array of nan": np.full(3, np.nan),
    "complex": 1j,
    "dict": {"a": 1},
    "set": {1.0},
    "generator": (k for k in range(3)),
    "object": object(),
    "hostile": Hostile(),
    "class": int,
    "raising function": _raises,
    "exiting function": lambda *_: sys.exit("bye"),
    "function of nothing": lambda: 1.0,
    "function returning text": lambda *_: "text",
    "function returning the wrong shape": lambda *_: np.zeros((7, 9, 2)),
    "builtin": max,
    "numbers as text": ["0.1", "0.2", "0.3"],
    "date": np.datetime64("2020-01-01"),
    "huge": 10**400,
    "endless": range(10**12),
}


@each_exercise
@pytest.mark.parametrize("odd", ODD)
def test_odd_answers_get_a_sentence(exercise, odd):
    result = judge(exercise, ODD[odd])
    assert result.status in ("not right yet", "not answered yet")
    assert len(result.text[0]) > 15
    assert "Traceback" not in str(result) and result._repr_html_()


@each_exercise
def test_no_answer_gets_the_question(exercise):
    for nothing in (None, ...):
        result = judge(exercise, nothing)
        assert result.status == "not answered yet"
        assert result.text[0] == exercise.prompt
    for half in ([...], [None, 1.0], lambda *_: None, lambda *_: ...):
        assert judge(exercise, half).status in ("not right yet", "not answered yet")


@each_exercise
def test_an_exercise_is_complete(exercise):
    assert re.fullmatch(r"\d\d\.[1-9]", exercise.name)
    assert 1 <= len(exercise.hints) <= 4
    assert exercise.remark


@each_prediction
def test_a_prediction_is_complete(prediction):
    assert re.fullmatch(r"\d\d\.[a-z]", prediction.name)
    assert 2 <= len(prediction.choices) <= 6
    assert all(0 < len(choice) <= 90 for choice in prediction.choices)
    assert prediction.outcome in prediction.choices
    assert len({c.casefold() for c in prediction.choices}) == len(prediction.choices)
    for choice, remark in prediction.choices.items():
        assert remark or choice == prediction.outcome, f"nothing is said to who chose {choice!r}"
    for observed, choice in prediction.examples:
        assert prediction.decide(observed) == choice


@each_prediction
def test_every_choice_can_be_committed_and_is_compared(prediction):
    for k, choice in enumerate(prediction.choices, 1):
        assert exercises.predict(prediction.name, k).text == (f"You predict: {choice}",)
        assert exercises.predict(prediction.name, choice.upper()).text == (f"You predict: {choice}",)
        shown = [observed for observed, c in prediction.examples if c == prediction.outcome] or [prediction.outcome]
        result = exercises.reveal(prediction.name, shown[0])
        assert result.status == ("as predicted" if choice == prediction.outcome else "not as predicted")
        assert prediction.explanation in result.text
        assert not prediction.choices[choice] or prediction.choices[choice] in result.text


@pytest.mark.parametrize("lesson", exercises.lessons())
def test_names_of_a_lesson_are_its_own_and_in_order(lesson):
    names = list(exercises.load(lesson))
    numbers = [n for n in names if n[-1].isdigit()]
    letters = [n for n in names if n[-1].isalpha()]
    assert 3 <= len(numbers) <= 6
    assert numbers == [f"{lesson}.{k}" for k in range(1, len(numbers) + 1)]
    assert letters == [f"{lesson}.{chr(ord('a') + k)}" for k in range(len(letters))]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_a_notebook_uses_exactly_its_exercises(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    used = {call: re.findall(rf'^(?:\w+ = )?{call}\("([^"]+)"', code, re.M) for call in ("check", "predict", "reveal")}
    lesson = path.name[:2]
    bank = exercises.load(lesson)
    assert used["check"] == [n for n in bank if n[-1].isdigit()]
    assert used["predict"] == used["reveal"] == [n for n in bank if n[-1].isalpha()]
    for k, name in enumerate(used["predict"]):
        assert code.index(f'predict("{name}"') < code.index(f'reveal("{name}"'), k


def _names(source, context):
    tree = ast.parse(source)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, context)}
    if context is ast.Store:
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                names.add(node.name)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
            elif isinstance(node, ast.arg):
                names.add(node.arg)
    return names


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_a_solution_runs_where_it_is_shown(path):
    """It uses only names that its notebook has imported or defined."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    there = set(dir(builtins))
    for cell in cells:
        if cell["cell_type"] == "code":
            there |= _names("".join(cell["source"]), ast.Store)
    for item in exercises.load(path.name[:2]).values():
        if isinstance(item, Exercise):
            source = textwrap.dedent(item.solution)
            missing = _names(source, ast.Load) - _names(source, ast.Store) - there
            assert not missing, f"{item.name}: {missing}"


def test_lesson_00_asks_about_the_sentence_that_its_notebook_reads():
    from lstm_viz.lessons.lesson_00.exercises import SENTENCE

    path = next(path for path in NOTEBOOKS if path.name.startswith("00"))
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert any(f'sentence = "{SENTENCE}"' in "".join(cell["source"]) for cell in cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_what_a_reveal_says_is_shown(path):
    """Jupyter shows the last expression of a cell alone: a reveal above it would be worked out and never seen."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in (cell for cell in cells if cell["cell_type"] == "code"):
        source = "".join(cell["source"])
        found = re.search(r"^reveal\(\s*[\"']([^\"']+)", source, re.MULTILINE)
        if found is None:
            continue
        last = ast.parse(re.sub(r"\bawait\b", "", source)).body[-1]
        assert ast.unparse(last).startswith("reveal("), f"{found[1]} in {cell['id']}"
        shown = "".join("".join(output.get("data", {}).get("text/plain", "")) for output in cell["outputs"])
        assert f"{found[1]} observed" in shown, f"what {cell['id']} stores holds no answer"
