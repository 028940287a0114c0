"""`TextView` without a kernel: its values, what it would send to the browser, and its errors."""

from __future__ import annotations

import json
from dataclasses import replace

import ipywidgets
import numpy as np
import pytest

from lstm_viz import GRUCell, LSTMCell, SimpleRNNCell, explore
from lstm_viz.pictures.shading import measure_shade, shading
from lstm_viz.pictures.style import INK, PAPER, QUANTITIES
from lstm_viz.widgets import TextView, TimeControls
from lstm_viz.widgets.trace_buffers import TraceBuffers

TEXT = "a (b) c\n\tif x"
KINDS = {kind.kind: kind for kind in (SimpleRNNCell, LSTMCell, GRUCell)}


def read(text=TEXT, kind="LSTM", units=6, **options):
    x = np.eye(128, dtype=np.float32)[[ord(c) % 128 for c in text]]
    return KINDS[kind].initialise(128, units, seed=1, dtype="float32", **options).run(x)


TRACE = read()


def sent(view):
    return view.get_state()


@pytest.mark.parametrize(
    ("kind", "names"),
    [("LSTM", ["c", "h", "f", "i", "c_tilde", "o", "tanh_c"]), ("GRU", ["h", "z", "r", "h_tilde"]),
     ("SimpleRNN", ["h", "z"])],
)  # fmt: skip
def test_every_quantity_with_a_colour_can_be_chosen_and_the_memory_comes_first(kind, names):
    view = TextView(TEXT, read(kind=kind))
    assert sorted(view.shades) == sorted(names) and view.quantity == names[0] == next(iter(view.shades))
    for name in names:
        view.quantity = name
        assert sent(view)["quantity"] == name


def test_a_shade_is_the_pictures_own_colour_over_its_own_range():
    shades = shading(TRACE)
    assert (shades["f"].low, shades["f"].high, shades["h"].low, shades["h"].high) == (0, 1, -1, 1)
    assert (shades["c"].low, shades["c"].high) == (None, None)  # as far as each unit goes
    for name, shade in shades.items():
        assert len(shade.colours) == 33 and shade.colours[-1] == QUANTITIES[name].colour
        assert (shade.colours[0], shade.colours[16]) == (INK, PAPER) if shade.low != 0 else shade.colours[0] == PAPER
    loud = shading(read(activation="linear"))
    assert loud["tanh_c"].low in (-1, None) and loud["f"].low == 0
    assert (measure_shade("bits", [np.nan, 2.0, 7.5]).low, measure_shade("bits", [np.nan, 2.0, 7.5]).high) == (0, 7.5)
    assert measure_shade("sign", [-2.0, 1.0]).low == -2 and measure_shade("none", [np.nan]).high == 1


def test_a_character_has_what_was_computed_as_it_was_read_from_the_end_too():
    """Timestep 0 of a backward layer's trace is the last character: that one was shaded by the first's values."""
    backward = replace(read(TEXT[::-1]), go_backwards=True)  # as `trace_model` gives it for a Bidirectional
    view = TextView(TEXT, backward)
    for name in view.shades:
        np.testing.assert_allclose(view._buffers.read(name), getattr(backward, name)[::-1], atol=2e-3)
    assert view.trace is backward
    view.show(TEXT, TRACE)
    np.testing.assert_allclose(view._buffers.read("h"), TRACE.h, atol=2e-3)


def test_the_numbers_are_those_of_the_explorer_and_travel_once():
    view, other = explore(TRACE), TextView(TEXT, TRACE)
    assert view.trace is other.trace
    buffers = TraceBuffers.of(TRACE)
    assert sent(other)["_buffers"] == f"IPY_MODEL_{buffers.model_id}"
    for name in other.shades:
        np.testing.assert_allclose(buffers.read(name), getattr(TRACE, name), atol=5e-4)
    long = read(TEXT * 150, units=128)
    TextView(TEXT * 150, long)
    sizes = [
        len(part.get("data", b"")) + len(part.get("exact", b"")) for part in TraceBuffers.of(long).quantities.values()
    ]
    assert sum(sizes) < 8 * 2.2 * long.h.size


def test_any_text_is_sent_as_characters_with_a_sign_for_what_cannot_be_seen():
    text = "a \t\n\r\x00\u200d\u202ee\u0301\ud800<script>안🎉"
    state = sent(TextView(text, read(text)))["text"]
    text_sent, glyphs = "".join(state["characters"]), {int(k): v for k, v in state["glyphs"].items()}
    assert len(state["characters"]) == len(text) and text_sent == text.replace("\ud800", "\ufffd")
    text_sent.encode("utf-8")
    assert glyphs == {
        2: "→\t", 3: "↵\n", 4: "␍", 5: "␀", 6: "U+200D", 7: "U+202E", 9: "◌\u0301", 10: "U+D800"
    }  # fmt: skip
    json.dumps(state)


def test_t_unit_and_selection_are_clipped_to_the_text():
    view = TextView(TEXT, TRACE, t=99, unit=-1, quantity="f")
    assert (view.t, view.unit, view.quantity) == (len(TEXT) - 1, 0, "f")
    view.selection = (3, 99)
    assert view.selection == (3, len(TEXT))
    view.selection = [np.int64(5), 5]
    assert view.selection == (0, 0)
    view.marks = [(-2, 4), (6, 8)]
    assert view.marks == ((0, 4), (6, 8))


def test_another_text_is_shown_in_place():
    view = TextView(TEXT, TRACE, t=10, unit=5, measures={"bits": np.arange(13.0)}, quantity="bits")
    view.selection, view.marks = (2, 5), [(1, 2)]
    view.show("abc", read("abc", units=3, kind="GRU"))
    assert (view.t, view.unit, view.quantity) == (2, 2, "h") and view.text == "abc"
    assert (view.selection, view.marks) == ((0, 0), ()) and "bits" not in view.shades
    assert repr(view) == "<TextView: 3 characters>"


def test_what_is_chosen_in_another_view_is_shown_if_the_text_has_it():
    view = TextView(TEXT, TRACE)
    view.chosen = "f"
    assert view.quantity == "f"
    view.chosen = "c_tm1"
    assert view.quantity == "f"
    bar = TimeControls(len(TEXT), units=6).drive(view)
    links = next(w for w in bar.children if hasattr(w, "links")).links
    assert {link["to"] for link in links if link["target"] is view} == {"t", "unit", "chosen"}


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: TextView("", TRACE), "text must have 1 to 5,000 characters; got 0"),
        (lambda: TextView("x" * 100_000, TRACE), "text must have 1 to 5,000 characters; got 100,000"),
        (lambda: TextView(3, TRACE), "text must be a text; got int 3"),
        (lambda: TextView("abc", TRACE), "one timestep per character, 3; got 13"),
        (lambda: TextView(TEXT, "h"), "trace must be the trace that cell.run"),
        (lambda: TextView(TEXT, TRACE, quantity="bits"), "quantity must be one of c, h, .*; got 'bits'"),
        (lambda: TextView(TEXT, TRACE, measures={"bits": [1, 2]}), "measure 'bits' must have shape"),
        (lambda: TextView(TEXT, TRACE, measures={3: np.ones(13)}), "each label of measures must be a text"),
        (lambda: TextView(TEXT, TRACE, measures={"b": np.full(13, np.inf)}), "got infinity"),
        (lambda: TextView(TEXT, TRACE, t="x"), "t must be a whole number"),
        (lambda: setattr(TextView(TEXT, TRACE), "selection", 3), "selection must be a list"),
        (lambda: setattr(TextView(TEXT, TRACE), "selection", (1, "x")), "selection must be a pair of whole numbers"),
        (lambda: setattr(TextView(TEXT, TRACE), "selection", (1, 2, 3)), "selection must"),
        (lambda: setattr(TextView(TEXT, TRACE), "marks", [3]), "each of marks must be"),
        (lambda: setattr(TextView(TEXT, TRACE), "marks", 3), "marks must be"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(made, said):
    with pytest.raises((TypeError, ValueError), match=said) as caught:
        made()
    assert len(str(caught.value)) <= 300


def teardown_module():
    ipywidgets.Widget.close_all()
