"""Curves over lags, updates and runs."""

import numpy as np
import pytest
from test_figures import frames

from lstm_viz.pictures import figures
from lstm_viz.pictures._figure_curves import spread, styles
from lstm_viz.pictures.style import CELL_COLOURS, QUANTITIES

# --- curves -----------------------------------------------------------------------------------------------


def line_and_rest(figure, name):
    line = next(trace for trace in figure.data if trace.name == name)
    return line, next((trace for trace in figure.data if trace.name == f"{name}, runs"), None)


@pytest.mark.parametrize(
    ("names", "lines"), [(["a", "b"], 1), (["training", "validation", "majority"], 3), (["LSTM, h alone", "GRU"], 2)]
)
def test_on_a_phone_there_is_room_for_every_line_of_the_legend(names, lines):
    """Plotly breaks it where it is wider than the plot; with too little room the axis title slides into the ticks."""
    figure = figures.learning_curves({name: [0.1, 0.2] for name in names})
    assert figure.layout.meta["narrow"]["layout"]["margin"]["b"] == 62 + 26 * lines


def test_learning_curves_show_mean_and_range_of_the_runs():
    runs = np.array([[0.1, 0.5, 0.9], [0.3, 0.5, 0.8]])
    figure = figures.learning_curves({"LSTM": runs, "GRU": [0.2, 0.3, 0.4]}, chance=0.1)
    line, band = line_and_rest(figure, "LSTM")
    np.testing.assert_allclose(line.y, [0.2, 0.5, 0.85])
    np.testing.assert_allclose(line.x, [1, 2, 3])
    np.testing.assert_allclose(band.y, [0.3, 0.5, 0.9, 0.8, 0.5, 0.1])
    np.testing.assert_allclose(band.x, [1, 2, 3, 3, 2, 1])
    assert line.line.color == CELL_COLOURS["LSTM"]
    assert line_and_rest(figure, "GRU")[1] is None
    chance, *samples = figure.layout.shapes
    assert chance.y0 == chance.y1 == 0.1
    names = [a for a in figure.layout.annotations if a.text in ("LSTM", "GRU")]
    for sample, name in zip(samples, names, strict=True):  # a piece of each line stands before its name
        line, _ = line_and_rest(figure, name.text)
        assert (sample.line.color, sample.line.dash) == (line.line.color, line.line.dash)
        assert sample.y0 == sample.y1 == name.y and name.font.color == line.line.color
    low, high = figure.layout.yaxis.range
    assert low < 0.1 and high > 0.9


def test_curves_by_lag_show_every_run_as_a_dot():
    runs = np.array([[1.0, 0.9, 0.5], [1.0, 0.5, np.nan]])
    figure = figures.curves_by_lag([5, 10, 20], {"SimpleRNN": runs}, chance=0.5, log_x=True)
    line, dots = line_and_rest(figure, "SimpleRNN")
    np.testing.assert_allclose(line.y, [1.0, 0.7, 0.5])
    np.testing.assert_allclose(dots.x, [5, 10, 20] * 2)
    np.testing.assert_allclose(dots.y, runs.ravel())
    assert figure.layout.xaxis.type == "log" and "mean of up to 2 runs" in figure.layout.annotations[0].text
    assert figure.layout.xaxis.range[0] < np.log10(5) and figure.layout.xaxis.range[1] > np.log10(20)


def test_gradient_norms_on_a_log_axis_take_the_median_and_leave_out_zeros():
    lags = np.arange(30)
    norms = np.stack([0.5**lags, 0.6**lags, 0.9**lags])
    norms[:, 20:] = 0.0
    figure = figures.curves_by_lag(lags, {"LSTM": norms}, log_y=True, y_title="norm", cursor=True)
    line, band = line_and_rest(figure, "LSTM")
    np.testing.assert_allclose(line.y[:20], 0.6 ** lags[:20])
    assert np.isnan(line.y[20:]).all()
    assert len(band.x) == 40 and "median" in figure.layout.annotations[0].text
    low, high = figure.layout.yaxis.range
    assert low < np.log10(0.5**19) and high > 0 and figure.layout.yaxis.type == "log"
    assert [frame.layout.shapes[0].x0 for frame in frames(figure, "t")] == list(range(30))
    assert figure.layout.meta["timesteps"] == 30


def test_the_cursor_of_the_lags_is_the_shape_that_its_frames_move():
    figure = figures.curves_by_lag([1, 4, 9], {"a": [1, 2, 3]}, chance=1.5, cursor=True)
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].yref) == (1, "paper")
    assert [frame.layout.shapes[0].x0 for frame in figure.frames] == [1, 4, 9]
    assert not figures.curves_by_lag([1, 4, 9], {"a": [1, 2, 3]}).frames


def test_names_at_the_ends_of_the_lines_do_not_overlap():
    figure = figures.curves_by_lag([1, 2], {name: [0.5, 1.0] for name in "abcd"} | {"e": [0.5, 0.5]}, chance=0.5)
    height = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    ends = {a.text: a.y * height for a in figure.layout.annotations if a.text in "abcde"}
    assert len(ends) == 5 and min(ends.values()) >= 0 and max(ends.values()) <= height
    assert np.diff(sorted(ends.values())).min() >= 20.9
    assert ends["e"] < min(ends[name] for name in "abcd")


def test_spread_leaves_alone_what_is_already_apart():
    assert spread([0.0, 50.0, 90.0], 18, 100) == [0.0, 50.0, 90.0]
    assert spread([95.0, 99.0, 10.0], 18, 100) == [82.0, 100.0, 10.0]


def test_curves_differ_in_colour_dash_and_marker_and_cells_keep_their_colour():
    names = ["LSTM", "a", "b", "SimpleRNN", "c"]
    looks = styles(names)
    for part in zip(*looks.values(), strict=True):
        assert len(set(part)) == len(names)
    assert looks["LSTM"][0] == CELL_COLOURS["LSTM"] and looks["SimpleRNN"][0] == CELL_COLOURS["SimpleRNN"]


def test_a_quantity_among_curves_has_its_own_colour():
    looks = styles(["forget gate", "input gate", "LSTM"])
    expected = [QUANTITIES["f"].colour, QUANTITIES["i"].colour, CELL_COLOURS["LSTM"]]
    assert [colour for colour, _, _ in looks.values()] == expected


def test_two_curves_of_a_cell_share_its_colour_and_differ_in_dash_and_marker_but_three_do_not():
    looks = styles(["LSTM, probe", "LSTM, own readout", "GRU, a", "GRU, b", "GRU, c"])
    assert looks["LSTM, probe"][0] == looks["LSTM, own readout"][0] == CELL_COLOURS["LSTM"]
    assert looks["LSTM, probe"][1:] != looks["LSTM, own readout"][1:]
    assert len({looks[f"GRU, {k}"][0] for k in "abc"} - {CELL_COLOURS["LSTM"]}) == 3
