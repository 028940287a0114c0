"""player and on_change."""

from __future__ import annotations

import base64
import threading

import ipywidgets
import numpy as np
import plotly.graph_objects as go
import pytest
from test_widgets import RNG, TRACES, moving_figure

from lstm_viz.pictures import figures
from lstm_viz.widgets import explore, on_change, player
from lstm_viz.widgets.frame_view import plotly_library

# --- player -----------------------------------------------------------------------------------------------


def test_player_plays_the_frames_of_t_and_only_those():
    figure = player(figures.unit_lines(TRACES["LSTM"]))
    (slider,) = figure.layout.sliders
    assert [step.args[0][0] for step in slider.steps] == [frame.name for frame in figure.frames]
    assert [frame.name for frame in figure.frames] == [f"t:{t}" for t in range(12)]
    play, pause = figure.layout.updatemenus[0].buttons
    assert list(play.args[0]) == [f"t:{t}" for t in range(12)] and list(pause.args[0]) == [None]
    assert isinstance(figure, go.Figure)


@pytest.mark.parametrize(("timesteps", "pace"), [(4, 1000), (40, 300), (200, 120)])
def test_player_takes_twelve_seconds_within_limits_and_moves_what_changes(timesteps, pace):
    figure = figures.class_probabilities(RNG.dirichlet(np.ones(4), size=timesteps))
    layout = player(figure).layout
    (slider,), (menu,) = layout.sliders, layout.updatemenus
    played, paused = (button.args[1] for button in menu.buttons)
    assert played["frame"] == {"duration": pace, "redraw": True} and played["fromcurrent"]
    assert paused["frame"] == slider.steps[0].args[1]["frame"] == {"duration": 0, "redraw": True}


@pytest.mark.parametrize("height", [None, 300])
def test_player_puts_its_bar_below_a_picture_of_the_same_size(height):
    figure = figures.unit_lines(TRACES["LSTM"]).update_layout(height=height)
    old, new = figure.layout, player(figure).layout
    bar = new.margin.b - old.margin.b
    assert new.height - bar == (height or 420)
    inner = new.height - new.margin.t - new.margin.b
    assert new.sliders[0].y == new.updatemenus[0].y == pytest.approx(-old.margin.b / inner)
    assert bar >= 80, "the slider with its label and numbers"


def test_player_keeps_the_kind_of_the_traces_that_move():
    figure = player(figures.class_probabilities(RNG.dirichlet(np.ones(4), size=6)))
    for frame in figure.frames:
        assert [trace.type for trace in frame.data] == [figure.data[k].type for k in frame.traces]


def test_player_brings_its_plotly_js_for_pages_without_network():
    bundle = player(moving_figure())._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.plotly.v1+json", "text/html", "text/plain"}
    assert bundle["text/plain"] == "<player: 4 frames>"
    assert "http" not in bundle["text/html"].split("const bytes")[0].replace("http://www.w3.org", "")
    assert base64.b64encode(plotly_library().source).decode() in bundle["text/html"]


def test_player_refuses_what_cannot_be_played():
    with pytest.raises(TypeError, match="plotly figure"):
        player("figure")
    with pytest.raises(ValueError, match="must have frames"):
        player(go.Figure())


# --- on_change --------------------------------------------------------------------------------------------


def test_on_change_calls_with_the_values_of_all_knobs():
    a, b = ipywidgets.IntSlider(value=1), ipywidgets.FloatSlider(value=0.5)
    calls = []
    work = on_change([a, b], lambda *values: calls.append(values))
    work.run()
    a.value, b.value = 3, 2.0
    work.stop()
    a.value = 9
    assert calls == [(1, 0.5), (3, 0.5), (3, 2.0)]


def test_on_change_shows_an_error_keeps_it_raises_it_and_forgets_it_when_all_is_well():
    knob = ipywidgets.IntSlider(value=1)

    def refuse_two(value):
        if value == 2:
            raise ValueError("value must not be 2 & <it> was")

    work = on_change([knob], refuse_two)
    with pytest.raises(ValueError, match="must not be 2"):
        knob.value = 2
    assert "value must not be 2 &amp; &lt;it&gt; was." in work.status.value
    assert [str(error) for error in work.errors] == ["value must not be 2 & <it> was"]
    knob.value = 3
    assert work.status.value == ""


def test_the_last_position_of_a_knob_wins_even_if_it_moves_during_the_work():
    knob = ipywidgets.IntSlider(value=0, max=1000)
    seen, started, go_on = [], threading.Event(), threading.Event()

    def slow(value):
        seen.append(value)
        started.set()
        assert go_on.wait(10)

    on_change([knob], slow)
    worker = threading.Thread(target=lambda: setattr(knob, "value", 1))
    worker.start()
    assert started.wait(10)
    for value in range(2, 50):
        knob.value = value  # returns at once: the other thread is at work
    go_on.set()
    worker.join(10)
    assert seen == [1, 49]


def test_the_last_position_wins_after_an_error_too():
    knob = ipywidgets.IntSlider(value=0)
    seen = []

    def turn(value):
        seen.append(value)
        if value == 1:
            knob.value = 2
            raise RuntimeError("broken")

    work = on_change([knob], turn)
    knob.value = 1
    assert seen == [1, 2] and work.status.value == "" and len(work.errors) == 1


def test_a_trace_in_the_place_of_its_cell_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="cell must be the LSTM cell that made the trace; got"):
        explore(TRACES["LSTM"], cell=TRACES["LSTM"])
