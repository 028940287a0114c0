"""The quantitative sentences of lesson 00, from its own cells."""

import numpy as np
import pytest
from lesson_cells import Lesson

from lstm_viz.lessons.lesson_00 import exercises
from lstm_viz.pictures import figures
from lstm_viz.pictures.style import INK, PAPER, QUANTITIES


@pytest.fixture(scope="module")
def lesson():
    lesson = Lesson("00")
    lesson.run("imports", "cell", "first-slider", "reveal-a")
    return lesson


def test_section_2_unit_0_changes_at_two_moments_and_the_view_opens_on_it(lesson):
    lesson.says("The view opens on unit 0", "the two moments at which its cell state $c_t$ changes")
    trace, sentence = lesson.names["trace"], lesson.names["sentence"]
    assert lesson.names["explore"](trace).unit == 0
    moved = np.abs(np.diff(trace.c[:, 0], prepend=0.0))
    assert [sentence[t] for t in np.flatnonzero(moved > 0.01)] == ["(", ")"]
    assert moved[moved > 0.01].min() > 0.97


def test_section_3_ranges_and_unit_2(lesson):
    lesson.says("Gates go from 0 (closed) to 1 (open); the candidate and the hidden state from -1 to 1")
    trace, text = lesson.names["trace"], lesson.names["sentence"]
    for name in ("i", "f", "o"):
        assert 0 <= getattr(trace, name).min() <= getattr(trace, name).max() <= 1
    lesson.says("Its cell state rises at every vowel and falls at every consonant")
    kinds = [lesson.names["kind"](character) for character in text]
    steps = np.diff(trace.c[:, 2], prepend=0.0)
    assert all(step > 0 for step, kind in zip(steps, kinds, strict=True) if kind == "vowel")
    assert all(step < 0 for step, kind in zip(steps, kinds, strict=True) if kind == "consonant")


def test_section_3_one_hue_for_each_quantity(lesson):
    lesson.says(
        "Every quantity has one hue, one kind of line and one symbol", "the hue is for numbers above 0 and dark ink"
    )
    trace = lesson.names["trace"]
    lines = {line.name.split()[0]: line.line for line in figures.unit_lines(trace).data}
    assert len(lines) == 6 and len({(line.color, line.dash) for line in lines.values()}) == 6
    for heatmap, name in zip(figures.heatmaps(trace).data, ("f", "i", "c_tilde", "o", "c", "h"), strict=True):
        how = QUANTITIES[name]
        colours = [colour for _, colour in heatmap.colorscale]
        assert colours[-1] == how.colour == lines[how.symbol].color and PAPER in colours
        assert (colours[0] == INK) == (heatmap.zmin < 0)


def test_section_4_unit_1_counts_and_shows_it_only_inside_brackets(lesson):
    lesson.says(
        "it adds 0.1 to its cell state $c$ for each letter of a word, and begins again at 0 where the word ends"
    )
    for trace, text in (
        (lesson.names["trace"], lesson.names["sentence"]),
        (lesson.names["read"], lesson.names["twice"]),
    ):
        letters = 0
        for t, character in enumerate(text):
            letters = letters + 1 if character.isalpha() else 0
            assert trace.c[t, 1] == pytest.approx(0.1 * letters, abs=0.005)
        np.testing.assert_array_equal(trace.o[:, 1] > 0.9, trace.h_tm1[:, 0] > 0.7)
        np.testing.assert_array_equal(trace.o[:, 1] < 0.1, trace.h_tm1[:, 0] < 0.1)
        opened = np.flatnonzero(trace.o[:, 1] > 0.5)
        assert (opened.min(), opened.max()) == (text.index("(") + 1, text.index(")"))
    lesson.says("open only inside brackets, up to the bracket that ends them")
    assert lesson.names["last"] == [4, 11] and lesson.names["twice"][4] == lesson.names["twice"][11] == "e"
    seen = lesson.names["read"].c[[4, 11], 1], lesson.names["read"].h[[4, 11], 1]
    np.testing.assert_allclose(seen, [[0.5, 0.5], [0.0, 0.46]], atol=0.01)
    prediction = exercises.PREDICTIONS[0]
    assert prediction.decide(seen) == prediction.outcome


def test_section_4_the_answer_is_not_told_before_it_is_asked(lesson):
    cells = [cell.source for cell in lesson.cells]
    asked = next(k for k, source in enumerate(cells) if source.startswith('predict("00.a")'))
    before = " ".join(cells[:asked])
    assert "only inside brackets" not in before and "shown only" not in before and "house (house)" not in before


def test_section_5_a_bracket_that_is_never_closed_stays_up_and_every_script_is_read(lesson):
    lesson.says("what unit 0 holds at the end of a text whose bracket stays open", "is a consonant, in any script")
    lesson.run("own-text")
    lstm, encode = lesson.names["lstm"], lesson.names["encode"]
    assert lstm.run(encode("Down, down, down (and no end of it.")).c[-1, 0] > 0.99
    assert [lesson.names["kind"](letter) for letter in "안éb🎉9"] == ["consonant"] * 3 + ["anything else"] * 2


def test_the_exercises_know_the_lstm_of_the_lesson(lesson):
    trace, lstm, encode = (lesson.names[name] for name in ("trace", "lstm", "encode"))
    falls = int(np.diff(trace.c[:, 0]).argmin()) + 1
    assert list(exercises._end_of_brackets.check(falls)) == [] and falls == 54
    longest = int(trace.c[:, 1].argmax())
    assert list(exercises._longest_word.check(longest)) == [] and trace.c[longest, 1] == pytest.approx(0.6, abs=0.005)
    for text in ("(a)b", "((a)b)", ") (", "(" + "x" * 3000, "(" * 5 + ")))a"):
        assert exercises._inside(text) == (lstm.run(encode(text)).c[:, 0] > 0.5).sum()
