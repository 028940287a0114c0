"""Places, ranges and sizes in the pictures, held by what they must satisfy."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from lstm_viz import LSTMCell
from lstm_viz.cells import KINDS
from lstm_viz.pictures import curves_by_lag, diagram, equations, heatmaps
from lstm_viz.pictures._figure_layout import PHONE, TEXT, Rows
from lstm_viz.pictures._notation import activation_of
from lstm_viz.pictures._svg import path_of, shape
from lstm_viz.pictures.input_strip import input_strip
from lstm_viz.pictures.reach import reach_figure
from lstm_viz.pictures.text_width import text_width

RNG = np.random.default_rng(0)
ALL = pytest.mark.parametrize("kind", KINDS)


def on_the_edge_of(node, point):
    """Whether a point lies on the box of a node, or is its place where it has none."""
    (x, y), (width, height) = node.at, shape(node)
    across, up = abs(point[0] - x), abs(point[1] - y)
    return (across == pytest.approx(width) and up <= height) or (up == pytest.approx(height) and across <= width)


@ALL
def test_an_edge_begins_and_ends_at_its_boxes_on_the_side_that_it_comes_from(kind):
    trace = KINDS[kind].initialise(2, 3).run(RNG.normal(size=(4, 2)))
    graph = KINDS[kind].pictured_as(trace).diagram
    graph = replace(graph, nodes=tuple(replace(n, operation=activation_of(trace, n)) for n in graph.nodes))
    for edge in graph.edges:
        path = path_of(graph, edge)
        for node, end, before in (
            (graph.node(edge.source), path[0], path[1]),
            (graph.node(edge.target), path[-1], path[-2]),
        ):
            assert on_the_edge_of(node, end), (kind, edge.source, edge.target)
            assert np.hypot(*np.subtract(before, end)) <= np.hypot(*np.subtract(before, node.at)) + 1e-9, edge


@ALL
def test_an_arrow_is_a_triangle_as_wide_to_one_side_as_to_the_other(kind):
    markup = diagram(KINDS[kind].initialise(2, 3).run(RNG.normal(size=(4, 2)))).markup
    heads = re.findall(r'<polygon points="([^"]*)"', markup)
    assert len(heads) >= 3
    for head in heads:
        tip, a, b = (np.array(corner.split(","), float) for corner in head.split(" "))
        assert np.hypot(*(tip - a)) == pytest.approx(np.hypot(*(tip - b)))
        assert np.hypot(*(a - b)) == pytest.approx(14) and np.hypot(*((a + b) / 2 - tip)) == pytest.approx(13)


def test_the_title_of_the_time_axis_is_no_wider_than_a_phone():
    trace = LSTMCell.initialise(2, 3).run(RNG.normal(size=(40, 2)), mask=np.arange(40) < 30)
    labels = [f"a word {k}" for k in range(40)]
    figure = heatmaps(trace, labels=labels)
    title = figure.layout.meta["narrow"]["layout"]["xaxis"]["title"]["text"]
    assert text_width(title, 16) < 390


def test_a_heading_may_use_the_right_margin_on_a_phone_and_not_more():
    rows = Rows([100], title="", bottom=40)
    margin = rows.layout["margin"]
    room = PHONE - margin["l"] - 8
    letters = next(n for n in range(200) if text_width("n" * (n + 1), TEXT) > room)
    for count, whole in ((letters, True), (letters + 1, False)):
        rows.say(0, "n" * count)
        assert (rows.narrow["annotations"][-1]["text"] == "n" * count) == whole


@pytest.mark.parametrize(("x", "low"), [(np.eye(3)[[0, 1, 2, 0]], 0.0), (np.eye(3)[[0, 1, 2, 0]] - 0.5, -0.5)])
def test_an_input_that_is_never_negative_is_shaded_from_0(x, low):
    (row,) = heatmaps(LSTMCell.initialise(3, 2).run(x), names=["x"]).data
    assert (row.zmin, row.zmax) == (low, 1.0 if low == 0 else 0.5)


def test_a_logarithmic_axis_of_one_value_alone_spans_more_than_a_factor_of_two():
    figure = curves_by_lag([1, 2, 3], {"LSTM": [[0.01] * 3]}, log_y=True)
    low, high = figure.layout.yaxis.range
    assert low < -2 < high and 10 ** (high - low) > 2


def test_an_equation_that_is_off_by_a_hundredth_does_not_hold():
    trace = LSTMCell.initialise(2, 3).run(RNG.normal(size=(4, 2)))
    off = replace(trace, c=trace.c + 0.02)
    assert set(equations(trace).quantities["c.0"].ravel()) <= {0, 1}
    assert set(equations(off).quantities["c.0"].ravel()) == {2}


@pytest.mark.parametrize(("count", "scrolls"), [(20, False), (160, False), (161, True)])
def test_only_a_long_text_is_scrolled(count, scrolls):
    trace = LSTMCell.initialise(1, 2).run(np.zeros((count, 1)))
    markup = input_strip(trace, ["word"] * count, None, trace.input_steps).markup
    assert ("lv-strip lv-long" in markup) == scrolls


def test_the_reach_of_models_has_room_for_every_value_and_a_dash_for_each():
    back = np.tril(np.ones((5, 5))) * 0.1 ** np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    names = ["LSTM, before", "LSTM, after", "GRU"]
    figure = reach_figure(dict.fromkeys(names, (back, back)))
    low, high = figure.layout.yaxis.range
    assert low < -4 and high > 0
    dashes = [line.line.dash for line in figure.data[:2]]
    assert dashes[0] != dashes[1] and figure.data[0].line.color == figure.data[1].line.color
