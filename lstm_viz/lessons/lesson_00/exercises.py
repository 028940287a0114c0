"""Exercises and predictions of lesson 00, start here."""

import numpy as np

from lstm_viz.cells import sigmoid
from lstm_viz.exercises import Exercise, Prediction, register
from lstm_viz.exercises.answers import text, whole_number

#: what the LSTM of the lesson reads, one character per timestep (Carroll 1865, chapter 1)
SENTENCE = "off the top of the house! (Which was very likely true.) Down, down, down."


# --- 00.1 -------------------------------------------------------------------------------------------------


def _check_end_of_brackets(t):
    right = SENTENCE.index(")")
    if t == right:
        return
    if t == right + 1:
        yield "Nearly: timesteps are counted from 0, so the first character is t = 0."
    if t == SENTENCE.index("("):
        yield f"At t = {t} the opening bracket is read and the c of unit 0 rises to 1. When does it fall again?"
    if not 0 <= t < len(SENTENCE):
        yield f"The sentence has the timesteps 0 to {len(SENTENCE) - 1}."
    else:
        yield f'At t = {t} the character is "{SENTENCE[t]}", and the cell state of unit 0 does not change there.'


_end_of_brackets = Exercise(
    name="00.1",
    prompt="At which timestep t does the cell state of unit 0 fall back to 0?",
    answer=whole_number(),
    check=_check_end_of_brackets,
    hints=[
        "Choose unit 0, move the slider to the right, and watch the line of c.",
        "Which character ends what stands in brackets?",
    ],
    solution=f'"{SENTENCE}".index(")")',
    right=["54", "54.0"],
    wrong=[("55", "counted from 0"), ("26", "rises to 1"), ("30", "does not change there"), ("99", "0 to 72")],
    remark="At the closing bracket the forget gate of unit 0 closes, for one step, and clears the cell.",
)


# --- 00.2 -------------------------------------------------------------------------------------------------


def _check_longest_word(t):
    right = SENTENCE.index("likely") + len("likely") - 1
    if t == right:
        return
    if 0 <= t < len(SENTENCE):
        letters = 0
        while t - letters >= 0 and SENTENCE[t - letters].isalpha():
            letters += 1
        if letters and not SENTENCE[t + 1].isalpha():
            yield f"That is the last letter of a word of {letters} letters; there is a longer one, inside the brackets."
        elif letters == 0:
            yield f'At t = {t} the character is "{SENTENCE[t]}": no letter, so unit 1 has just begun again at 0.'
        else:
            yield f"At t = {t} unit 1 has counted {letters} letter{'s' * (letters > 1)} of this word; it gets further."
    else:
        yield f"The sentence has the timesteps 0 to {len(SENTENCE) - 1}."


_longest_word = Exercise(
    name="00.2",
    prompt="At which timestep t is the cell state of unit 1 largest?",
    answer=whole_number(),
    check=_check_longest_word,
    hints=["Unit 1 adds 0.1 for each letter of a word. Which word has the most letters?", "Its last letter is a y."],
    solution="""
        sentence = "off the top of the house! (Which was very likely true.) Down, down, down."
        sentence.index("likely") + 5
    """,
    right=["47"],
    wrong=[
        ("23", "of 5 letters; there is a longer one"),
        ("52", "of 4 letters; there is"),
        ("46", "counted 5 letters"),
        ("48", "no letter"),
        ("-1", "0 to 72"),
    ],
    remark="0.6, at the last letter of the longest word: the cell state holds a count, not only a yes or no.",
)


# --- 00.3 -------------------------------------------------------------------------------------------------


def _inside(sentence):
    """How many characters the cell state of unit 0 is above 0.5 for: its own step, with the lesson's weights."""
    kept, dropped = sigmoid(8), sigmoid(-8)
    inside, c = 0, 0.0
    for character in sentence:
        c = (dropped if character == ")" else kept) * c + (kept * np.tanh(8) if character == "(" else 0.0)
        inside += c > 0.5
    return int(inside)


def _check_own_sentence(sentence):
    inside = _inside(sentence)
    if inside > len(sentence) / 2:
        return
    if "(" not in sentence:
        yield "There is no ( in it, and nothing else, no bracket of another shape, opens the input gate of unit 0."
    yield f"Unit 0 is up for {inside} of {len(sentence)} characters, and that is not more than half."


_own_sentence = Exercise(
    name="00.3",
    prompt="Write a text of at least 20 characters for which the cell state of unit 0 is above 0.5 at more than half "
    "of the timesteps.",
    answer=text(least=20),
    check=_check_own_sentence,
    hints=["Unit 0 rises at ( and falls at ).", "Put most of your text in brackets."],
    solution='"Rain (again, as on every day of this week)."',
    right=['"(a bracket that is never closed"', '"((nested brackets, too))"'],
    wrong=[
        ('"no brackets anywhere in this text"', "There is no ( in it"),
        ('"[only brackets of another shape]"', "no bracket of another shape"),
        ('"a long beginning, and then (few) words"', "up for 4 of 38"),
        ('"(short)"', "at least 20"),
        ("20", "in quotation marks"),
    ],
    remark="The same weights read any text of any length. Watch yours in the box of section 5.",
)

EXERCISES = [_end_of_brackets, _longest_word, _own_sentence]


_SAME = "c and h are the same at both"
_SHOWN = "c is the same at both, h is not"
_OTHER = "c is not the same, nor is h"


def _at_both(seen):
    """((c, c), (h, h)) at the last letters of the two words as one of the choices."""
    c, h = (abs(float(first) - float(second)) < 0.05 for first, second in seen)
    return _SAME if c and h else _SHOWN if c else _OTHER


PREDICTIONS = [
    Prediction(
        name="00.a",
        question='Unit 1 reads "house (house)". What are its cell state c and its hidden state h at the last '
        "letter of the first word and of the second?",
        choices={
            _SAME: "The word is the same, and c counts the same. But h is what is shown, and a gate decides that.",
            _SHOWN: "",
            _OTHER: "The second word has as many letters as the first, and the count begins again at every word.",
        },
        outcome=_SHOWN,
        explanation="An LSTM has two states: the cell state c remembers, and the output gate decides how much of it "
        "the hidden state h shows.",
        decide=_at_both,
        examples=[
            (((0.5, 0.5), (0.0, 0.46)), _SHOWN),
            (((0.5, 0.5), (0.46, 0.46)), _SAME),
            (((0.5, 1.0), (0.0, 0.76)), _OTHER),
        ],
    ),
]

register("00", *EXERCISES, *PREDICTIONS)
