"""LiveMarkup: what the data- attributes mean, in Python. The browser's half is tested in tests/browser."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.pictures.live_markup import LiveMarkup, format_number


def live(markup, **options):
    options = {"timesteps": 2, "units": 3} | options
    return LiveMarkup(markup, {"c": np.array([[0.1, -0.2, 0.345], [1.0, 2.0, -3.0]])}, **options)


@given(st.floats(-999.9, 999.9), st.integers(0, 5))
def test_numbers_read_as_pythons_own_format(value, digits):
    plain = f"{value:.{digits}f}"
    text = format_number(value, digits)
    assert text == (plain.removeprefix("-") if float(plain) == 0 else plain)


@given(st.floats(1000, 1e300), st.booleans())
def test_large_numbers_keep_two_digits_and_a_power_of_ten(value, negative):
    value = -value if negative else value
    text = format_number(value)
    assert len(text.lstrip("-")) <= 7
    assert abs(float(text) / value - 1) <= 0.05


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.125, "0.12"), (0.375, "0.38"), (-0.001, "0.00"), (-0.006, "-0.01"), (0.0, "0.00"), (-0.0, "0.00"),
     (1e4, "1.0e4"), (999.996, "1000.00"), (1250.0, "1.3e3"), (9.96e5, "1.0e6"), (-2.5e20, "-2.5e20"),
     (math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf"), (np.float32(0.1), "0.10"), (3, "3.00")],
)  # fmt: skip
def test_numbers_that_are_easily_written_wrongly(value, text):
    assert format_number(value) == text


def test_value_index_digits_and_brackets():
    markup = (
        '<p><b data-value="c"/><b data-value="c" data-index="1"/><b data-value="c" data-digits="3"/>'
        '<b data-value="c" data-brackets=""/></p>'
    )
    assert live(markup).at(0, 2) == (
        '<p data-step=""><b data-value="c">0.34</b><b data-value="c" data-index="1">-0.20</b>'
        '<b data-value="c" data-digits="3">0.345</b><b data-value="c" data-brackets="">0.34</b></p>'
    )
    assert '<b data-value="c" data-brackets="">(-3.00)</b>' in live(markup).at(1, 2)


def test_text_now_pick_and_shift():
    markup = (
        '<p><i data-text="word"/><i data-now="t"/><i data-now="unit"/><i data-pick="k" data-words="= ≈"/>'
        '<i data-shift="unit" data-by="1.5"/><i data-shift="k" data-by="10"/></p>'
    )
    content = LiveMarkup(
        markup, {"k": np.array([[0, 1], [1, 0]], np.uint8)}, texts={"word": ["<a>", "b"]}, timesteps=2, units=2
    )
    assert content.at(0, 1) == (
        '<p data-step=""><i data-text="word">&lt;a&gt;</i><i data-now="t">0</i><i data-now="unit">1</i>'
        '<i data-pick="k" data-words="= ≈" data-picked="1">≈</i>'
        '<i data-shift="unit" data-by="1.5" transform="translate(1.50 0)"></i>'
        '<i data-shift="k" data-by="10" transform="translate(0.00 0)"></i></p>'
    )


def test_a_strip_colours_the_strongest_of_each_group():
    cells = "<rect/>" * 2
    group = '<g data-strip="c" data-colours="blue white red" data-low="-1" data-span="2" data-group="2">'
    markup = f"<svg>{group}{cells}</g></svg>"
    fills = [live(markup).at(t).split('fill="')[1:] for t in (0, 1)]
    assert [[f.split('"')[0] for f in row] for row in fills] == [["white", "red"], ["red", "blue"]]


def test_one_row_serves_every_timestep():
    content = LiveMarkup(
        '<p data-part="a"><b data-value="b"/></p>', {"b": np.array([[0.5, 1.5]])}, timesteps=9, units=2
    )
    assert content.at(0, 1) == content.at(8, 1)
    assert ">1.50<" in content.at(8, 1)


def test_the_root_says_the_alt_text_and_the_step():
    content = live("<p>c</p>", alt="t {t}, unit {unit}: {c} {word}", texts={"word": ["x", "y"]}, steps=("forget",))
    assert content.describe(1, 2) == "t 1, unit 2: -3.00 y"
    assert content.at(1, 2, "forget") == '<p data-step="forget" aria-label="t 1, unit 2: -3.00 y">c</p>'


def test_a_notebook_shows_the_first_timestep_where_no_widget_can():
    content = live('<p><b data-value="c"/></p>')
    assert ">0.10<" in content._repr_html_()
    assert repr(content) == "<live markup: 2 timesteps, 3 units>"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: live("<p/>").at(2), "t must be in 0 to 1; got 2"),
        (lambda: live("<p/>").at(-1), "t must be in 0 to 1; got -1"),
        (lambda: live("<p/>").at(0, 3), "unit must be in 0 to 2; got 3"),
        (lambda: live("<p/>", steps=("a", "b")).at(0, 0, "c"), "step must be '' or one of a, b; got 'c'"),
        (lambda: LiveMarkup("<p/>", {"c": np.ones((3, 2))}, timesteps=2), r"quantity 'c' must have shape \(2, n\)"),
        (lambda: LiveMarkup("<p/>", {"c": np.ones(2)}, timesteps=2), r"or \(1, n\); got \(2,\)"),
        (lambda: LiveMarkup("<p/>", {}, {"w": ["a"]}, timesteps=2), "text 'w' must have 2 strings"),
    ],
)
def test_errors_say_what_came_and_what_was_expected(call, message):
    with pytest.raises(ValueError, match=message):
        call()
