"""The strip of the input: all of it, in order, and the step that t reads is lit."""

from __future__ import annotations

import dataclasses
from xml.etree import ElementTree

import numpy as np
import pytest

from lstm_viz import LSTMCell, explore
from lstm_viz.pictures.input_strip import input_strip
from lstm_viz.widgets import FrameView

T = 8
FORWARD = LSTMCell.initialise(2, 3, seed=0).run(np.random.default_rng(0).normal(size=(T, 2)))
BACKWARD = dataclasses.replace(FORWARD, go_backwards=True)
WORDS = ["the", "<b>", "안녕", "+1 marked", "a", 'a "quote" & more', "\x01", "the"]


def strip(live, t):
    root = ElementTree.fromstring(live.at(t))
    return next(e for e in root.iter() if e.get("data-lit"))


@pytest.mark.parametrize("trace", [FORWARD, BACKWARD])
def test_all_words_stand_there_and_the_one_that_is_read_is_lit(trace):
    live = input_strip(trace, WORDS, None, trace.input_steps)
    for t in range(T):
        shown = list(strip(live, t))
        assert [w.text for w in shown] == [*WORDS[:6], "\ufffd", "the"]
        assert [k for k, w in enumerate(shown) if w.get("data-on") is not None] == [trace.input_steps[t]]


@pytest.mark.parametrize("trace", [FORWARD, BACKWARD])
def test_rows_are_the_picture_and_the_row_that_is_read_is_framed(trace):
    rows = np.arange(32.0).reshape(T, 4)
    live = input_strip(trace, None, rows, trace.input_steps)
    root = ElementTree.fromstring(live.at(3))
    picture = root.findall(".//div/svg/rect")
    grey = [int(e.get("fill")[1:3], 16) for e in picture]
    assert len(grey) == 32 and np.all(np.diff(grey) <= 0) and (grey[0], grey[-1]) == (255, 0)
    assert [(int(e.get("x")), int(e.get("y"))) for e in picture] == [(k % 4, k // 4) for k in range(32)]
    frames = list(strip(live, 3))
    (on,) = [e for e in frames if e.get("data-on") is not None]
    assert (int(on.get("y")), int(on.get("width"))) == (trace.input_steps[3], 4)


def test_pixels_one_by_one_stand_side_by_side_and_a_large_picture_shows_its_row_alone():
    live = input_strip(FORWARD, None, np.arange(8.0)[:, None], FORWARD.input_steps)
    root = ElementTree.fromstring(live.at(0))
    assert [e.get("x") for e in root.findall(".//div/svg/rect")] == [str(k) for k in range(T)]
    large = input_strip(FORWARD, None, np.ones((T, 600)), FORWARD.input_steps)
    assert "lv-strip" in large.markup and "data-lit" not in large.markup


def test_without_labels_single_numbers_are_the_words():
    single = LSTMCell.initialise(1, 2).run(np.linspace(-1, 1, T)[:, None])
    live = input_strip(single, None, None, single.input_steps)
    assert [w.text for w in strip(live, 0)] == [f"{v:.2f}" for v in np.linspace(-1, 1, T)]
    assert "data-lit" not in input_strip(FORWARD, None, None, FORWARD.input_steps).markup


def test_every_label_is_seen_in_explore_where_the_axis_has_no_room_for_all():
    x = np.zeros((40, 2))
    labels = ["+1"] * 40
    labels[5] = "+1 marked"
    view = explore(LSTMCell.initialise(2, 3).run(x), labels)
    frames = [w for w in view.children[1].children[1].children if isinstance(w, FrameView)]
    assert frames[1].figure.layout.xaxis.ticktext is None  # timesteps
    line = view.children[1].children[1].children[-1].markup
    assert [w.text for w in strip(line, 5)] == labels
    assert [w.text for w in strip(line, 5) if w.get("data-on") is not None] == ["+1 marked"]
    few = explore(LSTMCell.initialise(2, 3).run(x[:6]), labels[:6])
    lines = [w for w in few.children[1].children[1].children if isinstance(w, FrameView)][1]
    assert "marked" in "".join(lines.figure.layout.xaxis.ticktext)
