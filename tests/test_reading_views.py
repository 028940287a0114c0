"""The views of lesson 09 without a browser: what they show is what the model computes, whatever is turned."""

from __future__ import annotations

import ipywidgets
import numpy as np
import pytest

from lstm_viz.lessons.lesson_09 import (
    Clamp,
    character_model,
    held_out,
    read_along,
    search_view,
    standard_library,
    surgery_view,
    truths,
    unit_table,
    units_on,
    write_along,
)
from lstm_viz.lessons.lesson_09.results import measured
from lstm_viz.lessons.lesson_09.text_pictures import guesses_markup, surprise_figure
from lstm_viz.lessons.lesson_09.unit_search import stretches_on
from lstm_viz.widgets import UnitTable

CODE = 'import os\n\ndef total(values):\n    """Add them."""\n    return sum(v for v in values)  # all\n'
ODD = ["x", "\t\r\n", "한글 😀", "<script>alert(1)</script>", "\x00\u202e", "\ud800", "a" * 2000]


@pytest.fixture(scope="module")
def model():
    yield character_model()
    ipywidgets.Widget.close_all()


def test_the_guesses_are_the_models_at_every_timestep(model):
    reading = model.read(CODE)
    markup = guesses_markup(reading)
    for t in (0, 7, len(CODE) - 1):
        shown = [(markup.texts[f"name{k}"][t], float(markup.quantities[f"guess{k}"][t, 0])) for k in range(5)]
        for (name, p), (character, expected) in zip(shown, reading.guesses(t, 5), strict=True):
            assert p == pytest.approx(expected) and name == {" ": "space", "\n": "line end"}.get(character, character)
        came = [k for k in range(5) if markup.texts[f"came{k}"][t]]
        guessed = [character for character, _ in reading.guesses(t, 5)]
        follows = CODE[t + 1 : t + 2]
        assert came == ([guessed.index(follows)] if follows in guessed and follows else [])
    t = CODE.index("total")
    assert markup.texts["next"][t - 1] == f"next comes t: {reading.surprise[t]:.2f} bits"
    assert f'after t = <b data-now="t">{t}' in markup.at(t)


def test_a_temperature_sharpens_what_is_shown_as_it_does_what_is_drawn(model):
    reading = model.read(CODE)
    usual, cold = guesses_markup(reading), guesses_markup(reading, temperature=0.5)
    p = reading.probabilities.astype(float)[:, 1:] ** 2
    expected = np.sort(p / p.sum(1, keepdims=True), axis=1)[:, -1]
    np.testing.assert_allclose(cold.quantities["guess0"][:, 0], expected, rtol=1e-5)
    assert (cold.quantities["guess0"] >= usual.quantities["guess0"] - 1e-6).all()
    assert set(np.unique(guesses_markup(reading, temperature=0).quantities["guess0"])) == {1.0}


def test_surprise_is_a_line_over_the_text(model):
    reading = model.read(CODE)
    figure = surprise_figure({"LSTM": reading.surprise}, CODE)
    np.testing.assert_array_equal(figure.data[0].y, reading.surprise.astype(np.float32))
    assert figure.layout.meta["timesteps"] == len(CODE) and not figure.frames
    two = surprise_figure({"a": reading.surprise, "b": reading.surprise}, CODE)
    assert len({(plot.line.color, plot.line.dash) for plot in two.data}) == 2
    with pytest.raises(ValueError, match="bits must have shape"):
        surprise_figure({"LSTM": reading.surprise[:3]}, CODE)


def test_read_along_shows_the_reading_and_another_text(model):
    view = read_along(model, CODE, measures=lambda reading: truths(reading.text))
    assert view.reading.text == CODE and view.text_view.trace is view.reading.trace
    assert view.text_view.quantity == view.quantity.value == "c"
    assert "in a string" not in view.text_view.shades and "string" in view.text_view.shades
    view.quantity.value = "string"
    assert view.text_view.quantity == "string"
    view.text_view.quantity = "f"
    assert view.quantity.value == "f"
    view.controls.t = 40
    view.box.value = "x = 1\n"
    assert view.reading.text == "x = 1\n" and view.controls.t == 0 and view.controls.timesteps == 6
    assert view.text_view.quantity == view.quantity.value == "f"
    assert view.guesses.markup.timesteps == view.surprise.timesteps == 6
    assert f"6 characters at {view.reading.bits:.2f} bits" in view.note.value
    view.box.value = ""
    assert view.reading.text == "x = 1\n" and "nothing to read" in view.note.value
    view.box.value = "é" * 100_000
    assert len(view.reading) == 5000 and "100,000 characters; the first 5,000" in view.note.value
    assert "unknown character: é" in view.note.value and view.changes.errors == []


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_any_text_is_read_along(kind, text):
    view = read_along(character_model(kind), text)
    assert view.text_view.text == text and len(view.quantity.options) == len(view.text_view.shades)
    for widget in (view.box, view.text_view, view.guesses, view.surprise, view.note):
        str(widget.get_state()).encode("utf-8")


# --- a ranking ---------------------------------------------------------------------------------------------


def test_a_ranking_of_a_truth_is_what_was_measured_and_is_linked_to_the_text(model):
    view = unit_table("string", read_along(model, CODE))
    units = measured()["units"]["string"]["units"]
    assert [(row["quantity"], row["unit"]) for row in view.table.rows] == [tuple(unit[:2]) for unit in units]
    assert view.table.rows[0]["entries"][0] == f"{units[0][3]:.2f}"
    links = next(child for child in view.children if hasattr(child, "links")).links
    assert [(link["source"], link["target"], link["back"]) for link in links] == [
        (view.view.text_view, view.table, True)
    ]
    bar = next(child for child in view.view.controls.children if hasattr(child, "links")).links
    assert any(link["target"] is view.table and link["to"] == "unit" and link["back"] for link in bar)
    own = unit_table([("f", 3, 0.512, 7)], view.view, ["score", "rank"], caption="mine")
    assert own.table.rows == [{"quantity": "f", "unit": 3, "entries": ["0.51", "7"]}] and own.table.caption == "mine"


# --- search ------------------------------------------------------------------------------------------------


def test_a_unit_that_is_on_in_the_stretch_alone_is_found_with_its_sign_and_where_else_it_is_on():
    values = np.random.default_rng(0).normal(0, 0.1, size=(60, 5))
    values[20:25, 3] = values[40:43, 3] = 2  # high there and in one other place
    values[20:25, 1] = -3
    first, second, third = units_on(values, 20, 25, most=3)
    assert {(first.unit, first.sign), (second.unit, second.sign)} == {(3, 1), (1, -1)}
    assert first.gap > 0 and second.gap > 0 > third.gap
    high = first if first.unit == 3 else second
    assert stretches_on(values, high) == [(20, 25), (40, 43)] and 0.3 < high.threshold < 2
    assert stretches_on(values, first, second) == [(20, 25)]  # both of them, here alone


@pytest.mark.parametrize(("start", "stop"), [(3, 3), (5, 2), (0, 10), (0, 11), (-1, 3)])
def test_a_stretch_that_leaves_nothing_to_compare_is_refused(start, stop):
    with pytest.raises(ValueError, match=r"st(art|op) must be"):
        units_on(np.zeros((10, 3)), start, stop)


def test_a_search_finds_units_on_in_the_selection_and_marks_the_other_places(model):
    view = search_view(model, CODE, quantity="h")
    assert view.found == [] and "Select a stretch" in view.note.value
    start = CODE.index('"""')
    stop = CODE.index('"""', start + 3)
    view.text_view.selection = (start, stop)
    h = view.reading.trace.h
    assert view.stretch.value == (start, stop) and view.controls.unit == view.found[0].unit
    for switched in view.found:
        inside = switched.sign * h[start:stop, switched.unit]
        flank = min(max(stop - start, 3), 20)
        around = switched.sign * np.concatenate(
            [h[start - flank : start, switched.unit], h[stop:, switched.unit][:flank]]
        )
        assert (inside.min() > around.max()) == (switched.gap > 0)
    clear = sum(switched.gap > 0 for switched in view.found)
    assert view.table.caption.startswith(f"{clear or 'No'} unit")
    view.controls.unit = view.found[1].unit
    on = view.found[1].sign * h[:, view.found[1].unit] > view.found[1].sign * view.found[1].threshold
    marked = np.zeros(len(CODE), bool)
    for a, b in view.text_view.marks:
        assert on[a:b].all() and (b <= start or a >= stop)
        marked[a:b] = True
    beside = [pair for pair in stretches_on(h, view.found[1]) if pair not in view.text_view.marks]
    assert all(a < stop and b > start for a, b in beside)
    view.stretch.value = (0, 0)
    assert view.found == [] and view.table.rows == [] and view.text_view.marks == ()


def test_units_that_tell_a_docstring_apart_are_together_on_in_the_other_one(model):
    text = CODE + 'def g(a, b):\n    """Say so."""\n    return 1\n'
    view = search_view(model, text)
    start = text.index("Add them.")
    view.text_view.selection = (start, start + 9)
    clear = [switched for switched in view.found if switched.gap > 0]
    assert len(clear) > 1
    (found,) = view.elsewhere(*clear)
    assert text[slice(*found)] in '"""Say so."""'
    assert f"Units {', '.join(str(s.unit) for s in clear)} are all on together in 1 other stretch." in view.note.value
    for switched in clear:
        on = switched.sign * view.values[slice(*found), switched.unit]
        assert on.min() > switched.sign * switched.threshold
    with pytest.raises(TypeError, match="switched must be"):
        view.elsewhere()


# --- surgery -----------------------------------------------------------------------------------------------


def test_surgery_shows_what_the_clamp_that_its_knobs_say_does(model):
    view = surgery_view(model, CODE, unit=94, length=20)
    assert view.clamp == Clamp("f", 94, 0.0)
    for gate, value, units, stretch, clamp in (
        ("o", "= 0", "all units", (5, 30), Clamp("o", None, 0.0, 5, 30)),
        ("c_tilde", "a number", "all units", (0, 0), Clamp("c_tilde", None, 0.5)),
        ("c", "held", "the chosen unit", (10, 20), Clamp("c", 94, "held", 10, 20)),
        ("i", "its mean", "all units", (0, 0), Clamp("i", None, "mean")),
    ):
        view.gate.value, view.units.value, view.stretch.value = gate, units, stretch
        view.value.value = value
        assert view.clamp == clamp
        expected = model.read(CODE, clamp)
        np.testing.assert_array_equal(view.reading.trace.h, expected.trace.h)
        assert view.text_view.trace is view.reading.trace and view.text_view.selection == stretch
        np.testing.assert_array_equal(view.surprise.figure.data[1].y, expected.surprise)
        np.testing.assert_array_equal(view.surprise.figure.data[0].y, model.read(CODE).surprise)
        names = [view.guesses[1].markup.texts["name0"][t] for t in range(len(CODE))]
        assert names == guesses_markup(expected).texts["name0"]
        assert view.continuations[1] == model.write(CODE, 20, 0.0, 0, clamp).text[len(CODE) :]
        assert f"{expected.bits:.3f} bits per character" in view.said.value
    view.units.value = "the chosen unit"
    view.controls.unit = 7
    assert view.clamp.units == (7,) and view.changes.errors == []


def test_surgery_with_nothing_cut_is_the_untouched_model_to_the_bit(model):
    view = surgery_view(model, CODE, length=20)
    view.on.value = False
    assert view.clamp is None and "Not one bit differs" in view.said.value
    for name in view.whole.trace.names:
        np.testing.assert_array_equal(getattr(view.reading.trace, name), getattr(view.whole.trace, name))
    assert view.continuations[0] == view.continuations[1]


def test_what_a_cut_costs_on_held_out_files_is_what_reading_each_of_them_says(model):
    texts = held_out.held_out_stretches()
    whole = standard_library.python_files(part="held out")
    assert 10 < len(texts) <= held_out.FILES
    assert all(sum(text in of for of in whole.values()) for text in texts)
    assert all(standard_library.part_of(name) == "held out" for name in whole)
    view = surgery_view(model, CODE, unit=94, length=5)
    view.stretch.value = (3, 9)  # of the text alone
    for bits, clamps in zip(view.held_out, ((), Clamp("f", 94, 0.0)), strict=True):
        expected = [model.read(text, clamps).surprise[held_out.BEFORE :].mean() for text in texts]
        np.testing.assert_allclose(bits, expected, rtol=1e-4)
    plain, cut = view.held_out
    assert f"Held all over, it needs {cut.mean():.3f} bits on {len(texts)} held-out files" in view.said.value
    assert f"worse in {(cut > plain).sum()} of the files" in view.said.value
    view.on.value = False
    np.testing.assert_array_equal(view.held_out[1], plain)  # to the bit


def test_without_the_source_of_the_library_a_cut_says_so(model, monkeypatch):
    def none(**_):
        raise OSError("no Python source was found")

    monkeypatch.setattr(standard_library, "python_files", none)
    held_out.held_out_stretches.cache_clear()
    try:
        view = surgery_view(model, CODE, unit=94, length=5)
        assert "no source of the standard library here" in view.said.value and view.changes.errors == []
    finally:
        held_out.held_out_stretches.cache_clear()


# --- writing -----------------------------------------------------------------------------------------------


def test_what_is_written_is_the_models_and_is_uncovered_under_the_bar(model):
    view = write_along(model, "import ", length=40, temperature=0.5, seed=3, explorer=False)
    assert view.reading.text == model.write("import ", 40, 0.5, 3).text and view.controls.t == 6
    assert view.text_view.reveal and view.text_view.marks == ((0, 7),)
    expected = guesses_markup(view.reading, temperature=0.5)
    np.testing.assert_array_equal(view.guesses.markup.quantities["guess0"], expected.quantities["guess0"])
    view.temperature.value = 0.0
    assert view.reading.text == model.write("import ", 40, 0.0, 3).text
    kept = view.reading.text[:20]
    view.temperature.value = 2.0
    kept = view.reading.text[:20]
    before = view.reading.text
    view.controls.t = 19
    view.again.click()
    assert view.reading.text[:20] == kept and len(view.reading) == 47 and view.reading.text != before
    assert view.controls.t == 19 and view.text_view.marks == ((0, 7),)
    view.start.value = ""
    assert len(view.reading) == 47 and "at least one character" in view.note.value
    view.start.value, view.length.value = "def f(", 10
    assert view.reading.text.startswith("def f(") and len(view.reading) == 16 == view.controls.timesteps
    assert view.changes.errors == []


def test_writing_goes_through_the_explorer(model):
    view = write_along(model, "x", length=12)
    assert view.explorer.trace is view.reading.trace and view.explorer.controls is view.controls
    view.seed.value = 8
    assert view.explorer.trace is view.reading.trace


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda m: read_along(m, ""), "text must not be empty"),
        (lambda m: read_along(m, 3), "text must be a text; got int 3"),
        (lambda m: read_along(3, "x"), "model must be a character model"),
        (lambda m: read_along(m.read("x"), "x"), "text must be None beside a reading"),
        (lambda m: read_along(m, "x", quantity="q"), "quantity must be one of"),
        (lambda m: read_along(m, "x", measures=3), "measures must be a function"),
        (lambda m: surgery_view(character_model("GRU"), "x"), "model.cell must be an LSTM cell"),
        (lambda m: surgery_view(m, ""), "text must not be empty"),
        (lambda m: surgery_view(m, "x", length=0), "length must be a whole number"),
        (lambda m: write_along(m, ""), "start must have 1 to 1,000 characters; got 0"),
        (lambda m: write_along(3), "model must be a character model"),
        (lambda m: write_along(m, "x", temperature=-1), "temperature must be"),
        (lambda m: search_view(m, "x", quantity="surprise in bits"), "quantity must be a value of the units"),
        (lambda m: unit_table("strings", read_along(m, "x")), "scores must be one of"),
        (lambda m: unit_table("string", 3), "view must be a text of a reading"),
        (lambda m: UnitTable([("c", 1)], ["score"]), "each of rows must be"),
        (lambda m: UnitTable([("c", "x", 1)], ["score"]), "unit must be a whole number"),
        (lambda m: UnitTable(3, ["score"]), "rows must be a list"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(model, made, said):
    with pytest.raises((TypeError, ValueError), match=said) as caught:
        made(model)
    assert len(str(caught.value)) <= 300
