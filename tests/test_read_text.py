"""A text box and what a cell makes of it: any text works and is shown as text, or the reader is told why not."""

import numpy as np
import pytest

from lstm_viz import LSTMCell
from lstm_viz.widgets import read_text
from lstm_viz.widgets.read_text import MOST

KINDS = ["(", ")"]
CELL = LSTMCell.initialise(2, 3)


def encode(text):
    return np.array([[character == kind for kind in KINDS] for character in text], float)


def labels(reader):
    texts = reader.view._views["input"].markup.texts
    return list(texts["input"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a (b)", ["a", "␣", "(", "b", ")"]),
        ("안녕", ["안", "녕"]),
        ("🎉👩‍🔬", ["🎉", "👩", "U+200D", "🔬"]),
        ("e\u0301\u00a0\t\x00", ["e", "◌\u0301", "␣", "␣", "U+0000"]),
        ("<b>", ["<", "b", ">"]),
    ],
)
def test_what_is_typed_is_read_character_by_character(text, shown):
    reader = read_text(CELL, encode, "abc")
    reader.view.t = 2
    reader.box.value = text
    np.testing.assert_allclose(reader.trace.c, CELL.run(encode(text)).c)
    assert labels(reader) == shown and reader.view.t == 0
    assert reader._unheard.heard == text and not reader.changes.errors


def test_a_script_is_text():
    reader = read_text(CELL, encode, "abc")
    reader.box.value = "<script>"
    markup = reader.view._views["input"].markup
    assert "<script" not in markup.at(0) and "&lt;" in markup.at(0)


def test_what_cannot_be_read_is_said_and_the_next_text_works():
    reader = read_text(CELL, encode, "(ab)")
    before = reader.trace
    for text, says in (("", "no timesteps"), ("x" * (MOST + 1), "5,001 characters")):
        reader.box.value = text
        assert says in reader.said.value and reader.view.layout.display == "none"
        assert reader.trace is before and reader._unheard.heard == text and not reader.changes.errors
        reader.box.value = "()"
        assert reader.said.value == "" and reader.view.layout.display is None and len(reader.trace) == 2
        reader.box.value = "(ab)"
        before = reader.trace
    reader.box.value = "(" * 2000
    assert len(reader.trace) == 2000 and not reader.changes.errors


def test_a_fault_of_the_encoding_is_shown():
    reader = read_text(CELL, lambda text: encode(text)[:, : 1 + ("!" not in text)], "ab")
    with pytest.raises(ValueError, match="x must"):
        reader.box.value = "ab!"
    assert "could not be computed" in reader.changes.status.value


def test_a_character_that_the_encoding_does_not_know_is_named():
    codes = {"a": 0, "b": 1}
    reader = read_text(CELL, lambda text: np.eye(2)[[codes[c] for c in text]], "ab")
    with pytest.raises(
        ValueError, match=r"encode must turn the text into an array .*; got KeyError \"'é'\""
    ) as refused:
        reader.box.value = "abé"
    assert isinstance(refused.value.__cause__, KeyError) and "KeyError" in reader.changes.status.value


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ((encode, CELL, "a"), TypeError, "cell must be a cell, such as an LSTMCell; got function"),
        ((CELL, "abc", "a"), TypeError, "encode must be a function from a text to an array; got 'abc'"),
        ((CELL, encode, 3), TypeError, "text must be a text; got int 3"),
        ((CELL, encode, ""), ValueError, "text must have 1 to 5,000 characters; got 0"),
        ((CELL, encode, "x" * 5001), ValueError, "got 5,001"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, error, match):
    with pytest.raises(error, match=match):
        read_text(*arguments)


def test_its_name_says_what_it_shows():
    assert repr(read_text(CELL, encode, "abc")) == "read_text(<LSTM trace: 3 timesteps, 2 inputs, 3 units>)"
