"""The figures by their data, layout and frames; what they look like was judged by eye."""

import re
from itertools import pairwise

import numpy as np
import pytest

from lstm_viz import GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.pictures import figures
from lstm_viz.pictures.style import QUANTITIES, colour_scale

CELLS = {"LSTM": LSTMCell, "GRU": GRUCell, "SimpleRNN": SimpleRNNCell}


def trace_of(kind, timesteps=7, units=5, input_dim=3, scale=1.0, **options):
    x = scale * np.random.default_rng(0).normal(size=(timesteps, input_dim))
    return CELLS[kind].initialise(input_dim, units, seed=1, **options).run(x)


def frames(figure, group):
    return [frame for frame in figure.frames if frame.group == group]


def by_name(figure):
    """Traces of a figure by the plain label of their quantity."""
    return {re.sub("^.*</sub> ", "", trace.name): trace for trace in figure.data}


def scale_of(trace):
    return tuple(colour for _, colour in trace.colorscale)


def check_cursor(figure, timesteps):
    """One frame per timestep that puts the one cursor over column t, and nothing but what moves."""
    found = frames(figure, "t")
    assert [frame.name for frame in found] == [f"t:{t}" for t in range(timesteps)]
    for t, frame in enumerate(found):
        (box,) = frame.layout.shapes
        assert (box.x0, box.x1) == (t - 0.5, t + 0.5)
        assert set(frame.layout.to_plotly_json()) == {"shapes"}
    (cursor,) = figure.layout.shapes
    assert (cursor.x0, cursor.x1, cursor.y0, cursor.y1) == (-0.5, 0.5, 0, 1)
    assert (cursor.xref, cursor.yref) == ("x", "paper")
    assert figure.layout.meta["timesteps"] == timesteps


# --- heatmaps ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize(("timesteps", "units"), [(1, 1), (7, 5), (40, 17)])
def test_heatmaps_show_the_values_of_the_trace(kind, timesteps, units):
    trace = trace_of(kind, timesteps, units)
    figure = figures.heatmaps(trace)
    names = {"LSTM": "f i c_tilde o c h", "GRU": "z r h_tilde h", "SimpleRNN": "h"}[kind].split()
    assert len(figure.data) == len(names)
    for name, plot in zip(names, figure.data, strict=True):
        assert plot.name == QUANTITIES[name].label
        assert plot.z.shape == (units, timesteps)
        np.testing.assert_allclose(plot.z, getattr(trace, name).T, atol=1e-7)
        gate = name in "fiozr"
        assert scale_of(plot) == tuple(c for _, c in colour_scale(QUANTITIES[name].colour, 0 if gate else -1))
        if name == "c":
            assert plot.zmax == -plot.zmin == pytest.approx(np.abs(trace.c).max())
        else:
            assert (plot.zmin, plot.zmax) == ((0, 1) if gate else (-1, 1))
    check_cursor(figure, timesteps)
    assert figure.layout.meta["units"] == units
    assert all(frame.data == () for frame in figure.frames)


def test_rows_do_not_overlap_and_share_one_time_axis():
    figure = figures.heatmaps(trace_of("LSTM"))
    domains = [figure.layout[f"yaxis{k}" if k > 1 else "yaxis"].domain for k in range(1, 7)]
    assert domains[0][1] == 1 and domains[-1][0] == 0
    for upper, lower in pairwise(domains):
        assert upper[0] > lower[1]
    assert {plot.xaxis for plot in figure.data} == {"x"}
    assert figure.layout.xaxis.anchor == "y6"
    titles = list(figure.layout.annotations)
    assert [a.y for a in titles] == [d[1] for d in domains]
    assert "forget gate" in titles[0].text and "hidden state" in titles[5].text


def test_ranges_widen_where_another_activation_leaves_them():
    trace = trace_of("LSTM", scale=5.0, activation="relu")
    shown = by_name(figures.heatmaps(trace))
    assert trace.h.max() > 1
    assert shown["hidden state"].zmax == -shown["hidden state"].zmin == pytest.approx(trace.h.max())
    assert shown["forget gate"].zmax == 1


def test_a_cell_state_of_zero_still_has_a_scale():
    zero = LSTMCell(np.zeros((1, 8)), np.zeros((2, 8))).run(np.zeros((3, 1)))
    plot = by_name(figures.heatmaps(zero))["cell state"]
    assert (plot.zmin, plot.zmax) == (-1, 1)


def test_names_choose_values_the_input_and_pre_activations():
    trace = trace_of("LSTM")
    figure = figures.heatmaps(trace, names=["x", "z_f", "tanh_c"])
    np.testing.assert_allclose(figure.data[0].z, trace.x.T, atol=1e-6)
    np.testing.assert_allclose(figure.data[1].z, trace.z_f.T, atol=1e-6)
    assert figure.data[1].zmax == -figure.data[1].zmin == pytest.approx(np.abs(trace.z_f).max())
    assert "pre-activation of the forget gate" in figure.layout.annotations[1].text
    positive = SimpleRNNCell.initialise(3, 2).run(np.abs(trace.x))
    plot = figures.heatmaps(positive, names="x").data[0]
    assert plot.zmin == 0 and scale_of(plot) == tuple(c for _, c in colour_scale(QUANTITIES["x"].colour, 0))


def test_z_is_the_update_gate_of_a_gru_and_the_pre_activation_of_a_simple_rnn():
    gru = figures.heatmaps(trace_of("GRU"), names="z")
    rnn = figures.heatmaps(trace_of("SimpleRNN", scale=3.0), names="z")
    assert gru.data[0].name == "update gate" and gru.data[0].zmin == 0
    assert rnn.data[0].name == "pre-activation" and rnn.data[0].zmin < -1


def test_steps_that_a_mask_skipped_show_only_the_carried_state():
    mask = np.array([True, True, False, True, False])
    trace = LSTMCell.initialise(3, 4).run(np.random.default_rng(0).normal(size=(5, 3)), mask=mask)
    shown = by_name(figures.heatmaps(trace))
    assert (np.isnan(shown["forget gate"].z) == ~mask).all()
    assert np.isfinite(shown["cell state"].z).all()
    lines = by_name(figures.unit_lines(trace))
    assert (np.isnan(lines["forget gate"].y) == ~mask).all()
    assert "skipped by the mask" in figures.heatmaps(trace).layout.xaxis.title.text
    whole = figures.heatmaps(trace_of("LSTM"))
    assert "skipped" not in whole.layout.xaxis.title.text


# --- labels on the time axis ------------------------------------------------------------------------------


def test_few_labels_are_all_shown():
    labels = [f"row {k}" for k in range(8)]
    axis = figures.heatmaps(trace_of("LSTM", 8), labels=labels).layout.xaxis
    assert list(axis.ticktext) == labels and list(axis.tickvals) == list(range(8))
    assert list(axis.range) == [-0.5, 7.5]


@pytest.mark.parametrize(("timesteps", "label"), [(8, "row"), (64, "3, 5"), (300, "wordy"), (30, "an endless label")])
def test_labels_never_overlap_on_the_narrowest_page(timesteps, label):
    figure = figures.heatmaps(trace_of("SimpleRNN", timesteps), labels=[label] * timesteps)
    axis = figure.layout.xaxis
    pixels = (600 - figure.layout.margin.l - figure.layout.margin.r) / timesteps * np.diff(axis.tickvals).min()
    needed = 16 if axis.tickangle == -90 else 7 * len(axis.ticktext[0])
    assert pixels >= needed
    if axis.tickangle == -90:
        assert figure.layout.margin.b > 7 * len(axis.ticktext[0])


def test_thinned_labels_stand_at_their_timesteps_and_the_axis_says_so():
    labels = [f"word {k}" for k in range(300)]
    axis = figures.heatmaps(trace_of("SimpleRNN", 300), labels=labels).layout.xaxis
    assert list(axis.ticktext) == [labels[t] for t in axis.tickvals]
    step = axis.tickvals[1]
    assert step > 1 and f"one label in {step}" in axis.title.text


def test_labels_are_text_not_markup():
    axis = figures.heatmaps(trace_of("LSTM", 3), labels=["<b>", "a & b", ""]).layout.xaxis
    assert list(axis.ticktext) == ["&lt;b&gt;", "a &amp; b", " "]


def test_a_string_labels_each_timestep_with_a_character():
    axis = figures.unit_lines(trace_of("SimpleRNN", 5), labels="hello").layout.xaxis
    assert list(axis.ticktext) == list("hello")


@pytest.mark.parametrize("timesteps", [1, 2, 10, 99, 784, 1000])
def test_plain_timesteps_are_round_and_start_at_0(timesteps):
    ticks = figures.heatmaps(trace_of("SimpleRNN", timesteps)).layout.xaxis.tickvals
    assert ticks[0] == 0 and ticks[-1] <= timesteps - 1 and len(ticks) <= 20
    if len(ticks) > 1:
        assert ticks[1] in (1, 2, 5, 10, 20, 50, 100, 200)


# --- lines of one unit ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CELLS)
def test_unit_lines_show_the_chosen_unit_and_have_a_frame_for_every_unit(kind):
    trace = trace_of(kind, 9, 4)
    figure = figures.unit_lines(trace, unit=2)
    order = {"LSTM": "c_tilde c h f i o", "GRU": "h_tilde h z r", "SimpleRNN": "h"}[kind].split()
    for name, line in zip(order, figure.data, strict=True):
        np.testing.assert_allclose(line.y, getattr(trace, name)[:, 2], atol=1e-7)
        assert line.line.color == QUANTITIES[name].colour and line.line.dash == QUANTITIES[name].dash
        assert QUANTITIES[name].label in line.name
    found = frames(figure, "unit")
    assert [frame.name for frame in found] == [f"unit:{u}" for u in range(4)]
    for unit, frame in enumerate(found):
        assert list(frame.traces) == list(range(len(order)))
        assert f"unit {unit} of the {kind}" in frame.layout.title.text
        for name, line in zip(order, frame.data, strict=True):
            np.testing.assert_allclose(line.y, getattr(trace, name)[:, unit], atol=1e-7)
    assert "unit 2" in figure.layout.title.text
    check_cursor(figure, 9)


def test_every_unit_fits_the_axes_of_its_row_and_gates_have_their_own():
    trace = trace_of("LSTM", 50, 6, scale=4.0, forget_bias=6.0)
    figure = figures.unit_lines(trace)
    assert np.abs(trace.c).max() > 1
    for line in [line for frame in frames(figure, "unit") for line in frame.data]:
        low, high = figure.layout.yaxis.range
        assert low < np.min(line.y) and np.max(line.y) < high
    assert {line.yaxis for line in figure.data[:3]} == {"y"}
    assert {line.yaxis for line in figure.data[3:]} == {"y2"}
    assert figure.layout.yaxis2.range == pytest.approx((-0.05, 1.05))
    assert {line.legend for line in figure.data[3:]} == {"legend2"}


def test_one_timestep_is_visible():
    assert all("markers" in line.mode for line in figures.unit_lines(trace_of("LSTM", 1, 1)).data)


# --- cells side by side -----------------------------------------------------------------------------------


def test_compare_puts_all_cells_on_one_time_axis():
    rnn, lstm, gru = trace_of("SimpleRNN", 8, 4), trace_of("LSTM", 8, 6), trace_of("GRU", 8, 3)
    figure = figures.compare({"SimpleRNN": rnn, "my LSTM": lstm, "GRU": gru}, labels="abcdefgh")
    expected = [rnn.h, lstm.f, lstm.c, lstm.h, gru.z, gru.h]
    for values, plot in zip(expected, figure.data, strict=True):
        np.testing.assert_allclose(plot.z, values.T, atol=1e-7)
        assert plot.xaxis == "x"
    titles = [a.text for a in figure.layout.annotations]
    assert [t.split("</b>")[0] for t in titles] == ["<b>SimpleRNN"] + 3 * ["<b>my LSTM"] + 2 * ["<b>GRU"]
    check_cursor(figure, 8)
    assert figure.layout.meta["units"] is None


def test_compare_gives_the_same_quantity_the_same_scale():
    a, b = trace_of("LSTM", 8, scale=0.1), trace_of("LSTM", 8, scale=9.0)
    cells = [plot for plot in figures.compare({"a": a, "b": b}).data if plot.name == "cell state"]
    assert cells[0].zmax == cells[1].zmax == pytest.approx(max(np.abs(a.c).max(), np.abs(b.c).max()))


def test_compare_shows_of_each_cell_the_names_that_it_has():
    figure = figures.compare({"a": trace_of("SimpleRNN"), "b": trace_of("LSTM")}, names=["h", "o"])
    assert [plot.name for plot in figure.data] == ["hidden state", "hidden state", "output gate"]
    by_kind = {"SimpleRNN": ["z"], "LSTM": ["f", "c"]}
    figure = figures.compare({"a": trace_of("SimpleRNN"), "b": trace_of("LSTM"), "c": trace_of("GRU")}, names=by_kind)
    assert [plot.name for plot in figure.data] == ["pre-activation", "forget gate", "cell state"]


# --- predictions ------------------------------------------------------------------------------------------


def probabilities(timesteps=6, classes=10, seed=0):
    p = np.random.default_rng(seed).gamma(0.3, size=(timesteps, classes)) + 1e-3
    return p / p.sum(axis=1, keepdims=True)


def test_class_probabilities_over_time_and_at_each_timestep():
    rnn, lstm = probabilities(), probabilities(seed=1)
    figure = figures.class_probabilities({"SimpleRNN": rnn, "LSTM": lstm}, truth=7)
    for p, plot, bars in zip((rnn, lstm), figure.data[:2], figure.data[2:], strict=True):
        np.testing.assert_allclose(plot.z, p.T, atol=1e-7)
        np.testing.assert_allclose(bars.x, p[0], atol=1e-7)
        assert plot.yaxis == bars.yaxis and (plot.zmin, plot.zmax) == (0, 1)
    for t, frame in enumerate(frames(figure, "t")):
        assert list(frame.traces) == [2, 3] and {bars.type for bars in frame.data} == {"bar"}
        for p, bars in zip((rnn, lstm), frame.data, strict=True):
            np.testing.assert_allclose(bars.x, p[t], atol=1e-7)
            np.testing.assert_allclose(bars.marker.color, p[t], atol=1e-7)
    check_cursor(figure, 6)
    ticks = figure.layout.yaxis.ticktext
    assert ticks[7] == "<b>▶ 7</b>" and ticks[6] == "6"


def test_of_many_classes_the_likeliest_and_the_truth_are_kept_in_order():
    p = probabilities(12, 46)
    names = [f"topic {k}" for k in range(46)]
    least = int(np.argmin(p.max(axis=0)))
    figure = figures.class_probabilities(p, class_names=names, truth=least, most=8)
    kept = [int(re.search(r"topic (\d+)", text)[1]) for text in figure.layout.yaxis.ticktext]
    assert len(kept) == 8 and kept == sorted(kept) and least in kept
    assert set(kept) - {least} == set(np.argsort(-p.max(axis=0))[:7])
    np.testing.assert_allclose(figure.data[0].z, p[:, kept].T, atol=1e-7)
    assert "8 likeliest of 46 classes" in figure.layout.annotations[0].text


def test_confusion_matrix_is_coloured_by_share_of_the_true_class():
    counts = np.array([[8, 2, 0], [1, 3, 0], [0, 0, 0]])
    figure = figures.confusion_matrix(counts, class_names=["a", "b", "c"])
    np.testing.assert_allclose(figure.data[0].z, [[0.8, 0.2, 0], [0.25, 0.75, 0], [0, 0, 0]], atol=1e-7)
    assert figure.data[0].text[1] == ("1", "3", "0") or list(figure.data[0].text[1]) == ["1", "3", "0"]
    assert list(figure.layout.yaxis.ticktext) == list(figure.layout.xaxis.ticktext) == ["a", "b", "c"]
    low, high = figure.layout.yaxis.range
    assert low > high  # the first true class on top


@pytest.mark.parametrize("by", ["rows", "pixels"])
def test_sequence_on_image_veils_exactly_what_is_not_yet_read(by):
    image = np.random.default_rng(0).uniform(size=(3, 4))
    timesteps = 3 if by == "rows" else 12
    figure = figures.sequence_on_image(image, timesteps=timesteps)
    np.testing.assert_allclose(figure.data[0].z, image, atol=1e-7)
    for t, frame in enumerate(frames(figure, "t")):
        beside, below, now = frame.layout.shapes
        read = np.ones((3, 4), bool)
        for box in (beside, below):
            read[round(box.y0 + 0.5) : round(box.y1 + 0.5), round(box.x0 + 0.5) : round(box.x1 + 0.5)] = False
        expected = np.arange(12).reshape(3, 4) <= t if by == "pixels" else np.arange(3)[:, None] <= t
        assert (read == np.broadcast_to(expected, (3, 4))).all()
        assert (now.x1 - now.x0, now.y1 - now.y0) == ((4, 1) if by == "rows" else (1, 1))
    assert len(frames(figure, "t")) == timesteps
