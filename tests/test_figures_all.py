"""What every figure must hold, what is refused, and narrow views."""

import json
import re
import time

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_figures import probabilities, trace_of

from lstm_viz import LSTMCell
from lstm_viz.pictures import figures
from lstm_viz.pictures._figure_parts import tick_step
from lstm_viz.pictures.style import PAPER

# --- what every figure must hold --------------------------------------------------------------------------


def every_figure():
    lstm = trace_of("LSTM", 12, 4)
    return {
        "heatmaps": figures.heatmaps(lstm),
        "unit_lines": figures.unit_lines(lstm),
        "compare": figures.compare({"LSTM": lstm, "GRU": trace_of("GRU", 12)}),
        "class_probabilities": figures.class_probabilities(probabilities()),
        "confusion_matrix": figures.confusion_matrix(np.eye(4)),
        "sequence_on_image": figures.sequence_on_image(np.eye(8), timesteps=64),
        "learning_curves": figures.learning_curves({"LSTM": [0.1, 0.2]}),
        "curves_by_lag": figures.curves_by_lag([1, 2], {"LSTM": [0.1, 0.2]}),
    }


@pytest.mark.parametrize("name", figures.__all__)
def test_text_is_legible_the_title_is_there_and_words_say_what_is_shown(name):
    figure = every_figure()[name]
    assert isinstance(figure, go.Figure) and figure.layout.autosize and figure.layout.width is None
    sizes = [int(size) for size in re.findall(r'"size": ?(\d+)', figure.to_json())]
    markers = {trace.marker.size for trace in figure.data if trace.type == "scatter"}
    assert figure.layout.font.size >= 16 and min(s for s in sizes if s not in markers) >= 16
    title = figure.layout.title.text
    assert len(title) > 10 and max(map(len, title.split("<br>"))) <= 62
    alt = figure.layout.meta["alt"]
    assert title.split("<br>")[0] in alt and "<" not in alt


def test_an_own_title_replaces_the_default_and_is_wrapped_when_long():
    figure = figures.heatmaps(trace_of("LSTM"), title="word " * 30)
    assert figure.layout.title.text.count("<br>") == 2
    assert figure.layout.margin.t > figures.heatmaps(trace_of("LSTM"), title="short").layout.margin.t
    assert figures.unit_lines(trace_of("LSTM"), title="mine").frames[-1].layout.title.text == "mine"


def test_a_figure_does_not_change_with_the_array_it_was_made_from():
    p = probabilities()
    figure = figures.class_probabilities(p)
    before = figure.data[0].z.copy()
    p[:] = 0
    assert (figure.data[0].z == before).all()


def test_long_sequences_are_built_fast_and_their_frames_stay_small():
    trace = trace_of("LSTM", 784, 64)
    seconds = []
    for _ in range(3):  # the best of three, in processor time: other programs may be running
        start = time.process_time()
        figure = figures.heatmaps(trace)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 1.0
    assert figure.frames[700].layout.shapes[0].x0 == 699.5
    values = 6 * 784 * 64 * 4 * 4 / 3  # float32 in base64
    assert len(json.dumps(json.loads(figure.to_json()))) < values + 784 * 100 + 10_000


# --- errors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [figures.heatmaps, figures.unit_lines, lambda t: figures.compare({"a": t})])
def test_what_is_no_trace_of_one_sequence_is_refused(draw):
    batch = LSTMCell.initialise(3, 2).run(np.zeros((4, 5, 3)))
    with pytest.raises(ValueError, match=r"leading axes \(4,\).*trace\.select"):
        draw(batch)
    draw(batch.select(1))
    with pytest.raises(ValueError, match="single timestep"):
        draw(batch.select(1)[2])
    with pytest.raises(TypeError, match=r"cell\.run\(x\).*got ndarray"):
        draw(np.zeros((5, 2)))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda t: figures.heatmaps(t, labels=["a"]), ValueError, "labels .* 7; got 1"),
        (lambda t: figures.heatmaps(t, labels=7), TypeError, "labels must be a sequence"),
        (lambda t: figures.heatmaps(t, names=["q"]), ValueError, "z_i, .*got .'q'"),
        (lambda t: figures.heatmaps(t, names=[]), ValueError, "names must be among"),
        (lambda t: figures.unit_lines(t, unit=5), ValueError, "unit must be from 0 to 4; got 5"),
        (lambda t: figures.unit_lines(t, unit=1.5), TypeError, "unit must be a whole number; got 1.5"),
        (lambda t: figures.unit_lines(t, names="x"), ValueError, "belongs to no unit"),
        (lambda t: figures.compare([t]), TypeError, "dict"),
        (lambda t: figures.compare({}), TypeError, "dict"),
        (lambda t: figures.compare({"a": t, "b": trace_of("GRU", 3)}), ValueError, "same number of timesteps"),
        (lambda t: figures.compare({"a": t}, names=["r"]), ValueError, "one of the traces has"),
        (lambda t: figures.compare({"a": t}, names=3), TypeError, "names must be a list; got int 3"),
        (lambda t: figures.compare({"a": t}, names={"LSTM": [3]}), TypeError, "each of names must be a text; got int"),
        (lambda t: figures.heatmaps(t, names=[None]), TypeError, "each of names must be a text; got NoneType"),
        (lambda t: figures.class_probabilities([0.5, 0.5]), ValueError, "(timesteps, classes).*shape"),
        (lambda t: figures.class_probabilities({}), ValueError, "no model"),
        (lambda t: figures.class_probabilities([[2.0, 0.1]]), ValueError, "lie in"),
        (lambda t: figures.class_probabilities([["a"]]), TypeError, "numbers; got list"),
        (lambda t: figures.class_probabilities([[np.nan]]), ValueError, "finite"),
        (lambda t: figures.class_probabilities([[0.5]], truth=1), ValueError, "truth must be from 0 to 0; got 1"),
        (lambda t: figures.class_probabilities([[0.5]], class_names="ab"), ValueError, "classes, 1; got 2"),
        (lambda t: figures.confusion_matrix(np.ones((2, 3))), ValueError, "square"),
        (lambda t: figures.confusion_matrix([[-1]]), ValueError, "at least 0"),
        (lambda t: figures.sequence_on_image(np.eye(8), timesteps=9), ValueError, "8 .rows. or 64 .pixels.*got 9"),
        (lambda t: figures.sequence_on_image(np.eye(8), timesteps=8, size=0), ValueError, "size must be"),
        (lambda t: figures.learning_curves([1, 2]), TypeError, "dict"),
        (lambda t: figures.learning_curves({"a": [1, 2], "b": [1]}), ValueError, "same number of points"),
        (lambda t: figures.learning_curves({"a": [np.nan]}), ValueError, "finite number"),
        (lambda t: figures.learning_curves({"a": ["x"]}), TypeError, "array of numbers"),
        (lambda t: figures.curves_by_lag([1, 2], {"a": [1]}), ValueError, "rising"),
        (lambda t: figures.curves_by_lag([2, 1], {"a": [1, 2]}), ValueError, "rising"),
        (lambda t: figures.curves_by_lag([0, 1], {"a": [1, 2]}, log_x=True), ValueError, "positive"),
        (lambda t: figures.curves_by_lag([0, 1], {"a": [-1, 2]}, log_y=True), ValueError, "at least 0"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error, words):
    with pytest.raises(error, match=words) as caught:
        call(trace_of("LSTM"))
    assert "\n" not in str(caught.value)


# --- narrow views -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", figures.__all__)
def test_a_narrow_view_has_texts_of_its_own_that_fit(name):
    from lstm_viz.pictures._figure_parts import PHONE, TEXT, TITLE, plain
    from lstm_viz.pictures.text_width import text_width

    figure = every_figure()[name]
    narrow = figure.layout.meta["narrow"]
    layout, margin = narrow["layout"], {**figure.layout.margin.to_plotly_json(), **narrow["layout"]["margin"]}
    assert narrow["below"] >= 560
    for line in layout["title"]["text"].split("<br>"):
        assert text_width(plain(line), TITLE) <= PHONE - 28
    for said in layout["annotations"]:
        if said.get("visible", True) and "text" in said:
            assert text_width(plain(said["text"]), TEXT) <= PHONE - margin["l"]
    assert PHONE - margin["l"] - margin["r"] >= 90  # there is a plot left
    assert len(layout["annotations"]) <= len(figure.layout.annotations)
    assert layout["height"] == pytest.approx(
        figure.layout.height - figure.layout.margin.t - figure.layout.margin.b + margin["t"] + margin["b"]
    )


def test_a_figure_is_wide_enough_for_its_row_titles_where_they_are_shown_whole():
    from lstm_viz.pictures._figure_parts import TEXT, plain
    from lstm_viz.pictures.text_width import text_width

    figure = figures.compare({"a cell with quite a long name": trace_of("LSTM"), "GRU": trace_of("GRU")})
    longest = max(text_width(plain(said.text), TEXT) for said in figure.layout.annotations)
    margin = figure.layout.margin
    assert figure.layout.meta["narrow"]["below"] >= longest + margin.l + margin.r


def test_titles_and_legends_cover_the_cursor_that_passes_under_them():
    heat, lines = figures.heatmaps(trace_of("LSTM")), figures.unit_lines(trace_of("LSTM"))
    assert {said.bgcolor for said in heat.layout.annotations} == {PAPER}
    assert lines.layout.legend.bgcolor == lines.layout.legend2.bgcolor == PAPER


@given(st.floats(-100, 100), st.floats(1e-3, 1e6), st.integers(2, 7))
def test_every_axis_of_lines_has_two_ticks_at_least_and_few(place, length, most):
    low, high = place * length, (place + 1) * length
    step = tick_step(low, high, most)
    ticks = np.floor(high / step + 1e-6) - np.ceil(low / step - 1e-6) + 1
    assert (2 if most < 4 else 3) <= ticks <= 7 and step == float(f"{step:.1g}")


def test_without_values_every_unit_has_axes_scaled_to_it():
    counter = LSTMCell([[0, 0, 0, 0, 9, 9, 0, 0]], np.zeros((2, 8)), [9, 0, 9, 0, 0, 0, 9, 9]).run(np.ones((7, 1)))
    assert counter.c[-1, 0] > 6 > 2 > counter.c[-1, 1]
    figure = figures.unit_lines(counter, values=False)
    spans = figure.layout.meta["unit_ranges"]
    for unit, (low, high, _) in enumerate(spans["yaxis"]):
        assert -low == high == pytest.approx(1.1 * max(counter.c[:, unit].max(), 1.0), rel=1e-3)
    assert spans["yaxis2"] == [[-0.05, 1.05, 0.5]] * 2
    assert figure.layout.yaxis.range[1] == pytest.approx(1.1 * counter.c.max())
    assert "unit_ranges" not in figures.unit_lines(counter).layout.meta
