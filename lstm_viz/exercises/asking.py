"""Predictions and exercises: the reader commits, tries, and is told at once what is right or what is wrong.

For readers, in a notebook (nothing here ever raises at an answer, whatever it is):

    predict("02.a")            choose before the experiment; predict("02.a", 1) without widgets
    reveal("02.a", observed)   what was predicted against what the experiment showed
    check("02.1", answer)      is it right, and if not, why not
    hint("02.1")               one hint further with each call
    solution("02.1")           one right answer, once the hints are used up

For authors: `lessons/lesson_NN/exercises.py` calls `register` with its exercises (names "NN.1", "NN.2", ...) and
predictions ("NN.a", "NN.b", ...). The tests run every solution green and every wrong answer red, with its explanation.
"""

from __future__ import annotations

import ast
import html
import importlib
import importlib.util
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lstm_viz import cells
from lstm_viz.cells import checks
from lstm_viz.exercises import answers
from lstm_viz.exercises.answers import Finding, Unanswered

__all__ = ["Exercise", "Message", "Prediction", "check", "hint", "predict", "reveal", "run_source", "solution"]


# --- what an author writes --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise. Sources are Python whose value is its last line: an expression, or the name it defines.

    answer    reads the raw answer and refuses a wrong type or shape: `answers.number()`, `array(3)`, `function("x, h")`
    check     takes what `answer` read; yields (or returns) sentences that say what is wrong, the most telling first;
              the reader sees the first; none means right. It tests the property, not one spelling of it.
    hints     one to four, each saying more than the one before
    solution  source of one right answer
    wrong     pairs (source of a usual wrong answer, words that its explanation must contain)
    right     sources of further right answers that must be accepted
    given     names that the notebook has defined when the answer is written, besides np and the cells
    remark    what a right answer has shown, one or two sentences
    """

    name: str
    prompt: str
    answer: Callable
    check: Callable
    hints: Sequence[str]
    solution: str
    wrong: Sequence[tuple[str, str]]
    right: Sequence[str] = ()
    given: Mapping = field(default_factory=dict)
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """One question to answer before an experiment.

    choices      each choice (at most 90 characters) with a sentence to whoever chose it
    outcome      the choice that the experiment, as the notebook has it, shows
    explanation  why it turns out so
    decide       takes what the notebook observed and returns the choice that it shows (default: it is that choice)
    examples     pairs (observed, choice) that hold `decide` to its word
    """

    name: str
    question: str
    choices: Mapping[str, str]
    outcome: str
    explanation: str
    decide: Callable = lambda observed: observed
    examples: Sequence[tuple[object, str]] = ()


def run_source(source, given=None):
    """The value of a piece of Python: of its last expression, or of the name that its last statement defines."""
    namespace = {"np": np, **{name: getattr(cells, name) for name in cells.__all__}, **(given or {})}
    tree = ast.parse(textwrap.dedent(source))
    last = tree.body[-1]
    if isinstance(last, ast.Expr):
        value = ast.Expression(tree.body.pop().value)
        exec(compile(tree, "<answer>", "exec"), namespace)
        return eval(compile(value, "<answer>", "eval"), namespace)
    exec(compile(tree, "<answer>", "exec"), namespace)
    return namespace[last.name if hasattr(last, "name") else last.targets[0].id]


# --- what a reader sees -----------------------------------------------------------------------------------

#: symbol of each status and the name of its colour in `pictures.style`; the word itself stands beside them
_LOOK = {
    "right": ("✓", "RIGHT"),
    "not right yet": ("✗", "WRONG"),
    "not answered yet": ("○", "MUTED"),
    "hint": ("→", "TOLD"),
    "solution": ("=", "TOLD"),
    "prediction": ("?", "TOLD"),
    "as predicted": ("✓", "RIGHT"),
    "not as predicted": ("✗", "WRONG"),
    "observed": ("!", "TOLD"),
    "unknown": ("○", "MUTED"),
}


@dataclass(frozen=True, repr=False)
class Message:
    """What a notebook shows: readable as plain text and as HTML, told by word and symbol and not by colour alone.

    `status` one of the words above, `name` of the exercise, `text` paragraphs (`backticks` for code), `code` a block,
    `behind` paragraphs that HTML keeps folded until the reader asks for them. True if it says that an answer is right.
    """

    status: str
    name: str
    text: tuple[str, ...] = ()
    code: str = ""
    behind: tuple[str, ...] = ()

    def __bool__(self):
        return self.status == "right"

    @property
    def heading(self):
        return f"{_LOOK[self.status][0]} {self.name} {self.status}"

    def __repr__(self):
        body = [
            line for text in (*self.text, *self.behind) for line in textwrap.wrap(text, 100, break_on_hyphens=False)
        ]
        return "\n".join(
            [self.heading, *("  " + line for line in body), *textwrap.indent(self.code, "    ").splitlines()]
        )

    def _repr_html_(self):
        from lstm_viz.pictures import style  # brings plotly, which asking alone does not need

        colour = getattr(style, _LOOK[self.status][1])
        body = _paragraphs(self.text)
        if self.behind:
            body += f"<details><summary>show me</summary>{_paragraphs(self.behind)}</details>"
        if self.code:
            body += f'<pre style="margin:6px 0 0 0">{html.escape(self.code)}</pre>'
        return (
            f'<div style="border-left:4px solid {colour};padding:2px 0 4px 10px;max-width:52em;line-height:1.45">'
            f"<strong>{html.escape(self.heading)}</strong>{body}</div>"
        )


def _paragraphs(texts):
    return "".join(f'<div style="margin-top:2px">{_inline(text)}</div>' for text in texts)


def _inline(text):
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


# --- the bank ---------------------------------------------------------------------------------------------


_bank = {}


def register(lesson, *items):
    """Make the exercises and predictions of lesson "NN" known; registering again replaces what the lesson had."""
    checks.text(lesson, "lesson")
    for item in items:
        checks.same_kind(item, (Exercise, Prediction), "an item", "an Exercise or a Prediction")
    _bank[lesson] = {item.name: item for item in items}


def lessons():
    """The numbers of the lessons that have registered exercises, such as "02"."""
    return sorted(_bank)


def load(lesson):
    """What lesson "NN" registered: a dict from name to Exercise or Prediction, in its order."""
    return _bank[lesson]


def _find(name, kind):
    """The exercise or prediction of this name, or a Message that says which there are."""
    wanted = "an exercise, such as 02.1" if kind is Exercise else "a prediction, such as 02.a"
    match = re.fullmatch(r"\s*(\d{1,2})\.(\d+|[a-z])\s*", name.lower()) if isinstance(name, str) else None
    if match is None:
        shown = answers.describe(name)
        return Message("unknown", "Name", (f"The first argument is the name of {wanted}, as text; got {shown}.",))
    lesson, part = match.group(1).zfill(2), match.group(2)
    if lesson not in lessons():
        return Message(
            "unknown",
            f"{lesson}.{part}",
            (f"Lesson {lesson} is not loaded here; `import lstm_viz.lessons.lesson_{lesson}` loads its exercises.",),
        )
    bank = load(lesson)
    found = bank.get(f"{lesson}.{part}")
    if isinstance(found, kind):
        return found
    there = ", ".join(n for n, item in bank.items() if isinstance(item, kind)) or "none"
    return Message("unknown", f"{lesson}.{part}", (f"This is not the name of {wanted}. Lesson {lesson} has: {there}.",))


@dataclass
class _Session:
    """What this reader has done since the kernel started."""

    hints_shown: dict = field(default_factory=dict)
    predicted: dict = field(default_factory=dict)


_session = _Session()


# --- exercises --------------------------------------------------------------------------------------------


def check(name, answer=None):
    """Is `answer` a right answer to exercise `name`? Returns a Message (true if right); never raises."""
    exercise = _find(name, Exercise)
    if isinstance(exercise, Message):
        return exercise
    return judge(exercise, answer)


def judge(exercise, answer):
    """As `check`, for an Exercise object."""
    help_line = f'`hint("{exercise.name}")` gives a hint.'
    try:
        if answer is None or answer is Ellipsis:
            raise Unanswered("")
        finding = _first(exercise.check(exercise.answer(answer)))
    except Unanswered as nothing:
        # an empty argument needs the question, a half-written answer also where it is empty
        text = [exercise.prompt, *([str(nothing)] if str(nothing) else []), help_line]
        return Message("not answered yet", exercise.name, tuple(text))
    except Finding as wrong:
        finding = str(wrong)
    except (Exception, SystemExit) as error:
        finding = f"Your answer could not be tried out: it stopped with {type(error).__name__}: {error}"
    if finding is None:
        return Message("right", exercise.name, (exercise.remark,) if exercise.remark else ())
    return Message("not right yet", exercise.name, (finding, help_line))


def _first(findings):
    """The first sentence of what a check returned or yields; None if there is none."""
    if findings is None or isinstance(findings, str):
        return findings or None
    return next((str(f) for f in findings), None)


def hint(name):
    """The next hint for exercise `name`; after the last one it stays there and points to the solution."""
    exercise = _find(name, Exercise)
    if isinstance(exercise, Message):
        return exercise
    total = len(exercise.hints)
    shown = min(_session.hints_shown.get(exercise.name, 0) + 1, total)
    _session.hints_shown[exercise.name] = shown
    left = total - shown
    more = (
        f"{left} more: run the cell again."
        if left
        else f'That was the last one; `solution("{exercise.name}")` shows a solution.'
    )
    return Message("hint", exercise.name, (f"({shown} of {total}) {exercise.hints[shown - 1]}", more))


def solution(name, *, anyway=False):
    """One right answer to exercise `name`, once all hints have been seen (or `anyway=True`; ValueError for no flag)."""
    anyway = checks.flag(anyway, "anyway")
    exercise = _find(name, Exercise)
    if isinstance(exercise, Message):
        return exercise
    left = len(exercise.hints) - _session.hints_shown.get(exercise.name, 0)
    if left > 0 and not anyway:
        text = (
            f"There {'is' if left == 1 else 'are'} {left} hint{'s' * (left > 1)} left: "
            f'`hint("{exercise.name}")`. To see the solution at once: `solution("{exercise.name}", anyway=True)`.'
        )
        return Message("solution", exercise.name, (text,))
    return Message("solution", exercise.name, ("One right answer:",), inspect.cleandoc(exercise.solution))


#: said of an experiment that ran before its prediction was made, as it does in every stored notebook
UNASKED = "No prediction was made before this ran: make one above, then run this cell again."


# --- predictions ------------------------------------------------------------------------------------------


def predict(name, choice=None):
    """Commit to a prediction before an experiment.

    `predict("02.a")` shows the choices, as a widget where there are widgets; `predict("02.a", 2)` or
    `predict("02.a", "its text")` commits without one. Never blocks, never raises.
    """
    prediction = _find(name, Prediction)
    if isinstance(prediction, Message):
        return prediction
    if choice is not None and choice is not Ellipsis:
        return commit(prediction, choice)
    card = _question(prediction)
    if not _has_widgets():
        return card
    from lstm_viz.widgets.prediction import PredictionView

    return PredictionView(
        prediction.question,
        list(prediction.choices),
        chosen=_session.predicted.get(prediction.name),
        on_commit=lambda chosen: commit(prediction, chosen),
        fallback=card,
    )


def commit(prediction, choice):
    """Keep the reader's choice, given as its text, the beginning of its text, or its number from 1."""
    choices = list(prediction.choices)
    if isinstance(choice, (int, np.integer)) and not isinstance(choice, bool) and 1 <= choice <= len(choices):
        found = [choices[choice - 1]]
    elif isinstance(choice, str) and choice.strip():
        text = " ".join(choice.split()).casefold()
        exact = [c for c in choices if c.casefold() == text]
        found = exact or [c for c in choices if c.casefold().startswith(text)]
    else:
        found = []
    if len(found) != 1:
        wrong = f"{answers.describe(choice)} is not one of the choices."
        return Message("prediction", prediction.name, (wrong, *_question(prediction).text))
    _session.predicted[prediction.name] = found[0]
    return Message("prediction", prediction.name, (f"You predict: {found[0]}",))


def _question(prediction):
    numbered = [f"({k}) {choice}" for k, choice in enumerate(prediction.choices, 1)]
    how = f'Choose before you read on; without buttons: `predict("{prediction.name}", 1)`.'
    return Message("prediction", prediction.name, (prediction.question, *numbered, how))


def _has_widgets():
    """True inside a Jupyter kernel that has ipywidgets."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel") and importlib.util.find_spec("ipywidgets") is not None


#: numbers that nobody's experiment shows, and that would take seconds to look through
_MOST_OBSERVED = 100_000_000


def reveal(name, observed):
    """Compare the prediction with what the experiment showed. Returns a Message; never raises."""
    prediction = _find(name, Prediction)
    if isinstance(prediction, Message):
        return prediction
    try:
        size = getattr(observed, "size", 0)
        too_large = isinstance(size, int) and size > _MOST_OBSERVED
        outcome = None if too_large else prediction.decide(observed)
    except Exception:
        outcome = None
    if not isinstance(outcome, str) or outcome not in prediction.choices:
        text = f"What was observed, {answers.describe(observed)}, does not tell which choice it is."
        return Message("observed", prediction.name, (text,))
    chosen = _session.predicted.get(prediction.name)
    lines = [f"Observed: {outcome}"]
    if chosen is not None:
        lines.append(f"You predicted: {chosen}")
        if prediction.choices[chosen] and outcome == prediction.outcome:
            lines.append(prediction.choices[chosen])
    if outcome == prediction.outcome:
        lines.append(prediction.explanation)
    else:
        lines.append(
            f"With the numbers that the notebook began with, it is: {prediction.outcome}. What did you change?"
        )
    if chosen is None:  # so in every stored notebook, too: the answer is there, but does not stand open
        return Message("observed", prediction.name, (UNASKED,), behind=tuple(lines))
    return Message("as predicted" if chosen == outcome else "not as predicted", prediction.name, tuple(lines))
