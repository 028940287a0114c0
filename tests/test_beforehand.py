"""What a page without a kernel answers to the knobs of a lab is what Python answers to them."""

from __future__ import annotations

import gzip
import itertools
import json

import ipywidgets
import numpy as np
import pytest

from lstm_viz.lessons import lesson_05, lesson_06
from lstm_viz.pictures import curves_by_lag
from lstm_viz.widgets import FrameView, on_change
from lstm_viz.widgets.beforehand import MAKING_A_PAGE, Beforehand, _rounded, beforehand


@pytest.fixture
def for_a_page(monkeypatch):
    monkeypatch.setenv(MAKING_A_PAGE, "1")
    monkeypatch.setenv("LSTM_VIZ_QUICK", "1")


def answered(found, where):
    """{(widget, name): what the page sets it to at the positions `where`}; of a figure {path: value}."""
    lengths = [len(knob["positions"]) for knob in found.knobs]
    values = {}
    answers = json.loads(gzip.decompress(found.answers))
    for target, answer in zip(found.targets, answers, strict=True):
        at = {}
        for column in answer["columns"]:
            axes = column["axes"]
            flat = np.ravel_multi_index([where[a] for a in axes], [lengths[a] for a in axes]) if axes else 0
            at.setdefault(tuple(column["path"]), []).append(column["values"][column["of"][flat]])
        if answer["kind"] == "text":
            at = "".join(at[()])
        elif answer["kind"] == "value":
            (at,) = at[()]
        else:
            at = {path: value for path, (value,) in at.items()}
        values[target["target"], target["name"]] = at
    return values


def place(tree, path):
    for key in path:
        tree = tree[key]
    return tree


def compare(lab, found):
    """Every target at every position, or at 40 of them."""
    knobs = [(knob["knob"], knob["name"], knob["positions"]) for knob in found.knobs]
    every = list(itertools.product(*(range(len(positions)) for *_, positions in knobs)))
    for where in every[:: max(1, len(every) // 40)]:
        for (knob, name, positions), at in zip(knobs, where, strict=True):
            setattr(knob, name, positions[at])
        for (widget, name), value in answered(found, where).items():
            now = getattr(widget, name)
            if isinstance(value, dict):
                tree = json.loads(now.to_json(validate=False))
                for path, part in value.items():
                    assert part == _rounded(place(tree, path)), (where, path)
            else:
                assert value == now, where
    return len(every)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "positions"),
    [(lesson_05.forget_bias_lab, 2 * 6), (lesson_05.spectral_radius_lab, 2 * 23 * 2), (lesson_06.be_the_gates, 180)],
)
def test_each_lab_answers_in_a_page_as_in_a_notebook(make, positions, for_a_page):
    lab = make()
    (found,) = (child for child in lab.children if isinstance(child, Beforehand))
    assert compare(lab, found) == positions
    assert len(found.answers) < 150_000


def small():
    slider = ipywidgets.IntSlider(value=1, min=0, max=9, description="twice")
    choice = ipywidgets.Dropdown(options=["a", "b"])
    text, asked = ipywidgets.HTML(), []

    def turned(number, letter):
        asked.append((number, letter))
        text.value = f"<b>{2 * number}</b> of {letter}"

    changes = on_change((slider, choice), turned)
    changes.run()
    return slider, choice, text, asked


def test_in_a_notebook_nothing_is_asked_and_nothing_is_sent(monkeypatch):
    monkeypatch.delenv(MAKING_A_PAGE, raising=False)
    slider, _, text, asked = small()
    assert beforehand({slider: range(10)}, [(text, "value")]) == [] and asked == [(1, "a")]


def test_the_knobs_go_back_and_the_page_says_where_they_stop(for_a_page):
    slider, choice, text, _ = small()
    (found,) = beforehand({slider: (0, 1, 5), choice: ("a", "b")}, [(text, "value")])
    assert (slider.value, choice.value, text.value) == (1, "a", "<b>2</b> of a")
    assert found.message == "Worked out beforehand, so these stop only here: twice: 0, 1, 5."
    assert [(knob["name"], knob["positions"]) for knob in found.knobs] == [("value", [0, 1, 5]), ("index", [0, 1])]
    assert answered(found, (2, 1)) == {(text, "value"): "<b>10</b> of b"}
    (whole,) = beforehand({slider: range(10), choice: ("a", "b")}, [(text, "value")])
    assert whole.message == ""


def test_what_a_knob_does_not_change_is_kept_once(for_a_page):
    slider, choice, text, _ = small()
    view = FrameView(curves_by_lag([1, 2, 3], {"y": [1.0, 2.0, 3.0]}))

    def turned(number, _letter):
        view.figure = curves_by_lag([1, 2, 3], {"y": [1.0, 2.0, 3.0 + number]}, y_range=(0, 20))

    on_change((slider, choice), turned)
    (found,) = beforehand({slider: range(10), choice: ("a", "b")}, [(text, "value"), (view, "figure")])
    columns = json.loads(gzip.decompress(found.answers))[1]["columns"]
    assert [column["path"] for column in columns if column["path"][0] == "data"] == [["data", 0, "y"]]
    assert all(column["axes"] == [0] and len(column["of"]) == 10 for column in columns)


@pytest.mark.parametrize(
    ("values", "message"),
    [((0, 2), "positions of 'twice' must have 1, where it stands"), (range(10_001), "at most 10000")],
)
def test_bad_positions(values, message, for_a_page):
    slider, _, text, _ = small()
    with pytest.raises(ValueError, match=message):
        beforehand({slider: values}, [(text, "value")])


def test_an_error_on_the_way_is_not_swallowed(for_a_page):
    slider, _, text, _ = small()

    def fails(_number):
        raise RuntimeError("planted")

    on_change((slider,), fails)
    with pytest.raises(RuntimeError, match="planted"):
        beforehand({slider: range(10)}, [(text, "value")])
