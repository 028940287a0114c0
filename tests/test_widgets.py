"""The widgets without a kernel: their values, what they would send to the browser, and their errors."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import itertools
import json
import re

import ipywidgets
import numpy as np
import plotly.graph_objects as go
import pytest

import lstm_viz
from lstm_viz import GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.pictures import figures, rnn_diagram
from lstm_viz.widgets import FrameView, Links, compare, explore, on_change, player
from lstm_viz.widgets.frame_view import PlotlyLibrary, plotly_library

RNG = np.random.default_rng(5)
X = RNG.normal(size=(12, 3))
CELLS = {kind.kind: kind.initialise(3, 5, seed=2) for kind in (SimpleRNNCell, LSTMCell, GRUCell)}
TRACES = {kind: cell.run(X) for kind, cell in CELLS.items()}


def sent(widget):
    """The state as it goes over the wire."""
    return widget.get_state()


def links_of(widget):
    """{(target, its value): link} of every link inside a box."""
    if isinstance(widget, Links):
        return {(link["target"], link["to"]): link for link in widget.links}
    found = {}
    for child in getattr(widget, "children", ()):
        found |= links_of(child)
    return found


def all_widgets(widget):
    return [widget, *itertools.chain(*(all_widgets(child) for child in getattr(widget, "children", ())))]


# --- FrameView --------------------------------------------------------------------------------------------


def moving_figure(frames=4, units=0):
    named = [go.Frame(name=f"t:{t}", group="t", layout={"shapes": [{"x0": t, "x1": t}]}) for t in range(frames)]
    named += [go.Frame(name=f"unit:{u}", group="unit", data=[{"y": [u, u]}], traces=[0]) for u in range(units)]
    return go.Figure(data=[{"y": [0, 0]}], layout={"shapes": [{"x0": 0, "x1": 0}]}, frames=named)


def test_a_view_clips_t_and_unit_to_its_frames():
    view = FrameView(moving_figure(4, units=3), t=9, unit=-2)
    assert (view.t, view.unit, view.timesteps, view.units) == (3, 0, 4, 3)
    view.t, view.unit = -5, 99
    assert (view.t, view.unit) == (0, 2)
    view.t = np.int64(2)
    assert view.t == 2 and type(view.t) is int


def test_a_new_figure_clips_t_and_is_sent_even_if_only_its_frames_differ():
    view = FrameView(moving_figure(8), t=7)
    changes = []
    view.observe(lambda change: changes.append(change["name"]))
    view.figure = moving_figure(8)
    assert changes == ["figure"]
    view.figure = moving_figure(3)
    assert view.t == 2 and sorted(changes) == ["figure", "figure", "t"]


def test_the_figure_is_sent_with_its_data_and_frames():
    trace = TRACES["LSTM"]
    figure = json.loads(sent(FrameView(figures.heatmaps(trace)))["figure"])
    z = figure["data"][0]["z"]
    values = np.frombuffer(base64.b64decode(z["bdata"]), z["dtype"]).reshape([int(n) for n in z["shape"].split(",")])
    np.testing.assert_allclose(values, trace.f.T, atol=1e-3)
    assert [frame["name"] for frame in figure["frames"]] == [f"t:{t}" for t in range(12)]
    json.dumps(figure)


def test_plotly_js_is_sent_once_for_all_views_and_unpacks_to_the_installed_one():
    views = [FrameView(moving_figure()) for _ in range(3)]
    assert {sent(view)["_library"] for view in views} == {f"IPY_MODEL_{plotly_library().model_id}"}
    assert isinstance(plotly_library(), PlotlyLibrary)
    source = gzip.decompress(plotly_library().source)
    assert b"plotly.js v" in source[:200] and len(source) > 3_000_000
    assert sum(len(json.dumps(sent(view))) for view in views) < 100_000


@pytest.mark.parametrize("wrong", [None, "figure", {"data": []}, TRACES["LSTM"]])
def test_a_view_refuses_what_is_no_figure(wrong):
    with pytest.raises(TypeError, match="figure must be a plotly figure; got"):
        FrameView(wrong)
    view = FrameView(moving_figure())
    with pytest.raises(TypeError, match="figure must be a plotly figure; got"):
        view.figure = wrong


@pytest.mark.parametrize("wrong", ["3", 1.5, None])
def test_a_view_refuses_a_t_that_is_no_whole_number(wrong):
    with pytest.raises(TypeError, match="t must be a whole number"):
        FrameView(moving_figure(), t=wrong)


# --- explore and compare ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TRACES)
def test_explore_takes_every_kind_of_trace_and_links_every_picture(kind):
    view = explore(TRACES[kind], labels="abcdefghijkl", t=3, unit=4)
    pictures = [w for w in all_widgets(view) if w.has_trait("t") and type(w).__name__ in ("FrameView", "MarkupView")]
    assert len(pictures) == 5
    links = links_of(view)
    for picture in pictures:
        assert picture.t == 3
        assert links[picture, "t"]["source"] is view.controls.slider
        assert (picture, "unit") in links
    assert repr(view) == f"explore({TRACES[kind]!r})"
    assert view._repr_mimebundle_()["text/plain"] == repr(view)


@pytest.mark.parametrize("kind", TRACES)
def test_explore_opens_on_the_unit_whose_memory_changes_most(kind):
    trace = TRACES[kind]
    memory = trace.c if kind == "LSTM" else trace.h
    steps = np.abs(np.diff(memory, axis=0, prepend=np.zeros((1, trace.units))))
    most = int(np.unravel_index(steps.argmax(), steps.shape)[1])
    assert explore(trace).unit == most and explore(trace, unit=(most + 1) % trace.units).unit != most
    assert explore(LSTMCell([[0.0] * 4], [[0.0] * 4]).run(np.zeros((3, 1)))).unit == 0  # where nothing changes


def test_a_chosen_quantity_is_one_value_of_the_bar_its_views_and_python():
    view = explore(TRACES["LSTM"])
    views = [w for w in all_widgets(view) if w.has_trait("chosen") and w.has_trait("_font")]
    assert len(views) == 5
    links = links_of(view)
    assert all(links[w, "chosen"]["source"] is view.controls._buttons and links[w, "chosen"]["back"] for w in views)
    view.chosen = "f"
    assert view.controls.chosen == view.controls._buttons.chosen == "f"
    view.controls._buttons.chosen = "c"  # as the browser sets it
    assert view.chosen == "c"
    playing = [links[w, "pace"] for w in views if w.has_trait("pace")]
    assert len(playing) == 3 and all(link["values"] == [0, view.controls._buttons.interval] for link in playing)


def test_explore_shows_another_trace_in_place():
    view = explore(TRACES["LSTM"], t=11, unit=4)
    view.step = "forget"
    before = all_widgets(view)
    other = GRUCell.initialise(3, 3).run(X[:6])
    view.show(other, labels=list(range(6)))
    assert (view.t, view.unit, view.step) == (5, 2, "")
    assert view.controls.slider.max == 5
    assert [w for w in all_widgets(view) if type(w).__name__ == "FrameView"] == [
        w for w in before if type(w).__name__ == "FrameView"
    ]
    assert "GRU" in repr(view)


def test_explore_names_the_input_as_text_as_numbers_or_as_a_row_of_a_picture():
    def line(labels, x=X):
        view = explore(CELLS["LSTM"].run(x), labels)
        return next(w for w in all_widgets(view) if "lstm-viz-input" in w._dom_classes).markup.at(1)

    assert "profit" in line(["shares", "profit", *"abcdefghij"])
    assert "0.333" in line([0, 1 / 3, *range(10)])
    assert f"({X[1, 0]:.2f}, {X[1, 1]:.2f}, {X[1, 2]:.2f})" in line(None)
    rows = np.linspace(0, 1, 24).reshape(12, 2)
    assert line(rows).split('lv-strip"')[0].count("<rect") == 2
    assert 'fill="#ffffff"' in line(np.eye(12)[:, :2])
    assert 'fill="#000000"' in line(np.eye(12)[:, :2])


@pytest.mark.parametrize(
    ("labels", "error", "match"),
    [
        ("abc", ValueError, "labels must be as many as the timesteps, 12; got 3"),
        (3, TypeError, "labels must be a list; got int 3"),
        ({"a": 1}, TypeError, "got dict"),
        (np.zeros((12, 2, 2)), ValueError, r"must have shape \(12, n\); got \(12, 2, 2\)"),
        (np.full((12, 2), np.nan), ValueError, "must hold finite numbers"),
        ([[1, 2], [1]] * 6, TypeError, "rows, all of one length, must be an array of numbers"),
        (np.array([[-1e308, 1e308]] * 12), ValueError, "must lie in -3.40282e\\+38 to 3"),
        ([None] * 12, TypeError, "must be an array of numbers"),
        (["a", *[[1, 2]] * 11], TypeError, "must be an array of numbers"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, error, match):
    for make in (explore, compare):
        with pytest.raises(error, match=match):
            make(TRACES["LSTM"], labels=labels)


def test_explore_refuses_a_batch_and_says_what_to_do():
    with pytest.raises(ValueError, match=r"trace\.select"):
        explore(CELLS["LSTM"].run(X[None]))
    with pytest.raises(ValueError, match="single timestep"):
        explore(TRACES["LSTM"][0])
    with pytest.raises(TypeError, match="ndarray"):
        explore(X)


def test_compare_takes_any_number_of_traces_under_one_slider():
    view = compare(TRACES["SimpleRNN"], TRACES["LSTM"], TRACES["GRU"], labels="abcdefghijkl", t=4)
    assert repr(view) == "compare(SimpleRNN, LSTM, GRU: 12 timesteps)"
    picture = next(w for w in all_widgets(view) if isinstance(w, FrameView))
    assert picture.t == 4 and links_of(view)[picture, "t"]["source"] is view.controls.slider
    two = compare(TRACES["LSTM"], TRACES["LSTM"], None)
    assert "LSTM 1, LSTM 2" in repr(two)
    assert "short, long" in repr(compare({"short": TRACES["LSTM"], "long": TRACES["GRU"]}))
    two.show(TRACES["SimpleRNN"], TRACES["GRU"])
    assert "SimpleRNN, GRU" in repr(two)
    with pytest.raises(ValueError, match="same number of timesteps"):
        compare(TRACES["LSTM"], CELLS["GRU"].run(X[:5]))
    with pytest.raises((TypeError, ValueError)):
        compare()


WORDS = ["the", "cat", "sat", "on", "the", "mat", "while", "it", "was", "raining", "hard", "outside"]


def read_at(view, t, kinds=("MarkupView",)):
    """What every text picture of a view says of the input at t, without the strip that says all of the input."""
    strip = r'<div class="lv-strip.*?</div>'
    return " ".join(re.sub(strip, "", w.markup.at(t)) for w in all_widgets(view) if type(w).__name__ in kinds)


def drawn(view, plot):
    """The values of a heatmap, as the browser takes them out of the view's buffers if it brings none."""
    if plot.z is not None:
        return plot.z
    buffers = next(w for w in all_widgets(view) if isinstance(w, FrameView))._buffers[plot.meta["of"]]
    values = buffers.read(plot.meta["quantity"])
    return (values[::-1] if plot.meta["reversed"] else values).T


def tick_words(figure):
    return dict(zip(figure.layout.xaxis.tickvals, figure.layout.xaxis.ticktext, strict=True))


def test_a_backward_trace_meets_the_words_from_the_end():
    cell, x = CELLS["LSTM"], np.arange(12.0)[:, None] * np.ones(3)
    backward = dataclasses.replace(cell.run(x[::-1]), go_backwards=True)  # as `trace_model` returns it
    view = explore(backward, labels=WORDS)
    said = read_at(view, 0)
    assert said.count(">outside</") == 2 and ">the</" not in said  # in the diagram and below the pictures
    assert 'data-text="step">11</' in said
    assert ">(11.00, 11.00, 11.00)</" in read_at(explore(backward), 0)
    lines = [w for w in all_widgets(view) if isinstance(w, FrameView)][1].figure
    assert tick_words(lines)[0] == "outside" and lines.layout.meta["labels"][0] == "outside"
    assert figures.unit_lines(backward, labels=WORDS).data[0].text[0] == "outside"
    assert tick_words(figures.heatmaps(backward, labels=WORDS))[0] == "outside"
    pixels = np.eye(12)
    assert '#000000"></rect></g>' in read_at(explore(backward, labels=pixels), 0)  # the last pixel of row 11 is dark
    folded = rnn_diagram(dataclasses.replace(TRACES["SimpleRNN"], go_backwards=True), unrolled=True, labels=WORDS)
    assert ">outside</" in folded.at(0) and ">the</" not in folded.at(0)


def test_one_cursor_means_one_input_for_both_directions():
    cell, x = CELLS["LSTM"], np.arange(12.0)[:, None] * np.ones(3)
    forward = cell.run(x)
    backward = dataclasses.replace(cell.run(x[::-1]), go_backwards=True)
    for order in ({"there": forward, "back": backward}, {"back": backward, "there": forward}):
        view = compare(order, labels=WORDS, names=("x", "h"))
        figure = next(w for w in all_widgets(view) if isinstance(w, FrameView)).figure
        assert ">sat</" in read_at(view, 2) and tick_words(figure)[0] == "the"
        assert "(2.00, 2.00, 2.00)" in read_at(compare(order), 2)
        for row, (name, trace) in enumerate(order.items()):
            expected = trace.h[trace.input_steps[2]]
            for plots in (figure.data, figures.compare(order, names=("x", "h")).data):
                np.testing.assert_allclose(drawn(view, plots[2 * row])[:, 2], x[2])
                np.testing.assert_allclose(drawn(view, plots[2 * row + 1])[:, 2], expected, rtol=1e-5)
            way = {"there": "(reads →)", "back": "(reads ←)"}[name]
            assert f"<b>{name}</b>  {way}" in figure.layout.annotations[2 * row].text
    plain = figures.compare({"one": forward, "two": forward})
    assert "reads" not in plain.layout.annotations[0].text and plain.layout.xaxis.title.text == "timestep t"


def test_the_public_names_are_the_widgets():
    assert lstm_viz.explore is explore and lstm_viz.compare is compare and lstm_viz.player is player


@pytest.mark.parametrize(
    ("error", "said"),
    [(ValueError("no a"), ": no a."), (TypeError("no b"), ": no b."), (KeyError("c"), ": KeyError: &#x27;c&#x27;.")],
)
def test_what_a_reader_got_wrong_is_told_without_the_name_of_its_error(error, said):
    def fail(_value):
        raise error

    changes = on_change([ipywidgets.IntSlider()], fail)
    with pytest.raises(type(error)):
        changes.run()
    assert f"This could not be computed{said}" in changes.status.value
