"""Asking, checking, hinting, revealing: with an exercise and a prediction made up for it."""

import re
import subprocess
import sys

import numpy as np
import pytest
import traitlets
from test_exercises import Hostile, _raises, fresh_session  # noqa: F401 (pytest finds it here)

from lstm_viz.exercises import answers
from lstm_viz.exercises import asking as exercises
from lstm_viz.exercises.asking import Exercise, Prediction

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
