"""Every solution is right, every usual wrong answer is told why, and no answer whatever raises."""

import ast
import builtins
import importlib
import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import traitlets

from lstm_viz.exercises import answers
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


# --- the engine -------------------------------------------------------------------------------------------

TOY = Exercise(
    name="99.1",
    prompt="Say one half.",
    answer=answers.number(low=0, high=1),
    check=lambda x: [] if answers.close(x, 0.5) else ["That is not one half.", "second"],
    hints=["first hint", "second hint"],
    solution="half = 1 / 2",
    wrong=[("0.4", "not one half")],
    remark="Yes.",
)
ASK = Prediction(
    name="99.a",
    question="More or less?",
    choices={"more": "", "less": "Less would need <b>luck</b>."},
    outcome="more",
    explanation="Because.",
    decide=lambda number: "more" if number > 0 else "less",
)


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setattr(exercises, "lessons", lambda: ["99"])
    monkeypatch.setattr(exercises, "load", lambda lesson: {"99.1": TOY, "99.a": ASK})


def test_check_shows_the_first_finding_alone(toy):
    assert exercises.check("99.1", 0.5)
    wrong = exercises.check("99.1", 0.4)
    assert not wrong and wrong.text[0] == "That is not one half." and "second" not in str(wrong)
    assert str(wrong).startswith("✗ 99.1 not right yet")
    assert "✗ 99.1 not right yet" in wrong._repr_html_()


def test_a_fault_in_a_check_is_not_shown_as_a_traceback(toy, monkeypatch):
    monkeypatch.setitem(TOY.__dict__, "check", lambda x: 1 / 0)
    assert "ZeroDivisionError" in exercises.check("99.1", 0.5).text[0]


def test_hints_come_one_by_one_before_the_solution(toy):
    assert "2 hints left" in exercises.solution("99.1").text[0]
    assert "half = 1 / 2" not in str(exercises.solution("99.1"))
    assert "first hint" in str(exercises.hint("99.1"))
    assert "1 hint left" in exercises.solution("99.1").text[0]
    assert "second hint" in str(exercises.hint("99.1"))
    assert "second hint" in str(exercises.hint("99.1"))
    assert exercises.solution("99.1").code == "half = 1 / 2"


def test_the_solution_can_be_had_at_once(toy):
    assert exercises.solution("99.1", anyway=True).code == "half = 1 / 2"


@pytest.mark.parametrize("name", ["99.7", "01.x", "nonsense", 99.1, None, "", "99.a", ["99.1"], Hostile])
def test_an_unknown_name_gets_a_sentence(toy, name):
    name = Hostile() if name is Hostile else name
    for call in (exercises.check, exercises.hint, exercises.solution):
        assert call(name).status == "unknown"


@pytest.mark.parametrize("name", ["99.7", "99.1", 99.1, None])
def test_an_unknown_prediction_gets_a_sentence(toy, name):
    assert exercises.predict(name).status == "unknown"
    assert exercises.reveal(name, 1).status == "unknown"


def test_short_names_are_understood():
    assert exercises.check("2.1").name == "02.1"


@pytest.mark.parametrize("choice", [0, 3, True, "", "nothing", 1.5, Hostile, ["more"]])
def test_a_choice_that_is_none_asks_again(toy, choice):
    choice = Hostile() if choice is Hostile else choice
    message = exercises.predict("99.a", choice)
    assert "is not one of the choices" in message.text[0] and ASK.question in message.text
    assert exercises.reveal("99.a", 1).status == "observed"


def test_reveal_without_a_prediction_does_not_block(toy):
    message = exercises.reveal("99.a", 1)
    assert message.status == "observed" and "Observed: more" in message.behind and "Because." in message.behind
    shown, folded = message._repr_html_().split("<details>")
    assert "Observed" not in shown and "Because." not in shown, "the answer stands open before any prediction"
    assert "Observed: more" in folded and "Because." in str(message)
    exercises.predict("99.a", "less")
    assert "<details" not in exercises.reveal("99.a", 1)._repr_html_()


def test_reveal_of_another_outcome_does_not_explain_the_usual_one(toy):
    exercises.predict("99.a", "less")
    message = exercises.reveal("99.a", -1)
    assert message.status == "as predicted" and "Because." not in message.text


@pytest.mark.parametrize("observed", ["x", None, Hostile, [1, 2]])
def test_reveal_of_something_else_gets_a_sentence(toy, observed):
    observed = Hostile() if observed is Hostile else observed
    assert "does not tell which choice" in exercises.reveal("99.a", observed).text[0]


def test_html_is_escaped(toy):
    exercises.predict("99.a", "less")
    assert "&lt;b&gt;luck" in exercises.reveal("99.a", 1)._repr_html_()


def test_functions_get_copies_and_their_faults_become_findings():
    def spoils(a):
        a[0] = 9.0
        return a

    before = np.ones(3)
    assert answers.function("a", returns=answers.array(3))(spoils)(before)[0] == 9.0
    assert before[0] == 1.0
    with pytest.raises(answers.Finding, match="takes \\(\\)"):
        answers.function("a")(lambda: 1)
    with pytest.raises(answers.Finding, match="ZeroDivisionError"):
        answers.function("a")(_raises)(1)
    with pytest.raises(answers.Finding, match=r"shape \(2,\)"):
        answers.function("a", returns=answers.array(3))(lambda a: [1, 2])(1)
    with pytest.raises(answers.Unanswered, match="return"):
        answers.function("a")(lambda a: None)(1)


def test_readers_accept_every_form_and_name_what_is_wrong():
    assert answers.number()(np.array([[0.5]])) == 0.5
    assert answers.whole_number()(3.0) == 3
    assert answers.truth()(np.bool_(True)) is True
    assert answers.choice("Forget", "Input")(" forget ") == "Forget"
    assert answers.several(a=answers.number(), b=answers.truth())((1, True)) == {"a": 1.0, "b": True}
    for reader, value, words in [
        (answers.number(), True, "give a number"),
        (answers.number(low=0), -1, "at least 0"),
        (answers.number(high=2), 3, "at most 2"),
        (answers.whole_number(), 2.5, "whole number"),
        (answers.array(2, 3), np.zeros((3, 2)), "axes swapped"),
        (answers.array(None, 3), np.zeros(3), "(any, 3)"),
        (answers.truth(), 1, "True or False"),
        (answers.choice("a", "b"), "c", '"a", "b"'),
        (answers.several(a=answers.number(), b=answers.truth()), (1,), "2 values"),
        (answers.several(a=answers.number()), {"b": 1}, "must have a"),
        (answers.text(), 3, "in quotation marks"),
        (answers.text(least=4), "abc", "at least 4"),
    ]:
        with pytest.raises(answers.Finding, match=re.escape(words)):
            reader(value)


def test_a_cell_is_asked_for_by_kind_and_size():
    from lstm_viz import GRUCell, LSTMCell

    read = answers.cell(LSTMCell, input_dim=2, units=1)
    good = LSTMCell.initialise(2, 1)
    assert read(good) is good
    with pytest.raises(answers.Finding, match="make a cell with LSTMCell"):
        read(GRUCell.initialise(2, 1))
    with pytest.raises(answers.Finding, match="units 3"):
        read(LSTMCell.initialise(2, 3))


# --- the widget -------------------------------------------------------------------------------------------


def test_the_widget_commits_and_remembers(toy, monkeypatch):
    monkeypatch.setattr(exercises, "_has_widgets", lambda: True)
    view = exercises.predict("99.a")
    assert (view.chosen, view.choices) == (-1, ["more", "less"])
    assert exercises.reveal("99.a", 1).status == "observed"
    view.chosen = 1  # what the Commit button does
    assert exercises.reveal("99.a", 1).status == "not as predicted"
    assert exercises.predict("99.a").chosen == 1, "running the cell again keeps the choice"
    with pytest.raises(traitlets.TraitError, match="below 2"):
        view.chosen = 2


def test_the_widget_says_the_question_where_there_are_no_widgets(toy, monkeypatch):
    monkeypatch.setattr(exercises, "_has_widgets", lambda: True)
    bundle, _ = exercises.predict("99.a")._repr_mimebundle_()
    for text in (bundle["text/plain"], bundle["text/html"]):
        assert "More or less?" in text and "(2) less" in text


def test_the_engine_loads_no_widgets():
    code = "import sys, lstm_viz.exercises; assert not {'ipywidgets', 'plotly', 'keras'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


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
