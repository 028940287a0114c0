"""MarkupView without a kernel: what it sends, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest
from ipywidgets.embed import dependency_state
from ipywidgets.widgets.widget import _remove_buffers

from lstm_viz import LSTMCell
from lstm_viz.pictures.diagram import diagram
from lstm_viz.pictures.equations import equations
from lstm_viz.pictures.live_markup import LiveMarkup
from lstm_viz.widgets import MarkupView

TYPES = {"<f4": np.float32, "<f8": np.float64, "|u1": np.uint8}


def trace_of(timesteps=6, units=4, dtype=np.float64):
    x = np.random.default_rng(0).normal(size=(timesteps, 2)).astype(dtype)
    return LSTMCell.initialise(2, units, dtype=dtype).run(x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("draw", [diagram, equations])
def test_the_numbers_are_sent_as_they_are(draw, dtype):
    live = draw(trace_of(dtype=dtype))
    sent = MarkupView(live).get_state("markup")["markup"]
    page = json.loads(sent["page"])
    assert (page["markup"], page["timesteps"], page["units"], page["alt"]) == (live.markup, 6, 4, live.alt)
    assert page["steps"] == ["forget", "input", "update", "output"]
    assert set(sent["quantities"]) == set(live.quantities)
    for name, packed in sent["quantities"].items():
        got = np.frombuffer(packed["data"], TYPES[packed["kind"]]).reshape(-1, packed["width"])
        np.testing.assert_array_equal(got, live.quantities[name])
        assert got.dtype in (dtype, np.uint8)


def test_numbers_travel_beside_the_message_not_in_it():
    view = MarkupView(diagram(trace_of()))
    _, paths, buffers = _remove_buffers(view.get_state())
    assert all(path[0] == "markup" and path[-1] == "data" for path in paths)
    assert sum(map(len, buffers)) == (11 * 4 + 2) * 6 * 8  # eleven values per unit, two inputs


def test_a_saved_page_has_everything():
    view = MarkupView(diagram(trace_of()), t=3, unit=1, step="update")
    saved = dependency_state([view])[view.model_id]
    assert {k: saved["state"][k] for k in ("t", "unit", "step")} == {"t": 3, "unit": 1, "step": "update"}
    assert len(saved["buffers"]) == len(view.markup.quantities)


def test_t_and_unit_stay_inside_the_picture_also_when_it_is_replaced():
    view = MarkupView(diagram(trace_of()), t=99, unit=-5)
    assert (view.t, view.unit) == (5, 0)
    view.t, view.unit = 4, np.int64(3)
    view.markup = diagram(trace_of(timesteps=3, units=2))
    assert (view.t, view.unit) == (2, 1)
    view.markup = diagram(trace_of())
    assert (view.t, view.unit) == (2, 1)


def test_a_new_markup_is_one_message():
    view = MarkupView(diagram(trace_of()), t=2)
    told = []
    view.send_state = lambda key=None: told.append(key)
    view.markup = diagram(trace_of())
    assert told == ["markup"]


def test_what_is_no_markup_or_no_whole_number_is_refused():
    with pytest.raises(TypeError, match="markup must be a LiveMarkup, as diagram\\(trace\\) returns; got LSTMTrace"):
        MarkupView(trace_of())
    view = MarkupView(diagram(trace_of()))
    with pytest.raises(TypeError, match="markup must be a LiveMarkup, as diagram\\(trace\\) returns; got str '<svg/>'"):
        view.markup = "<svg/>"
    with pytest.raises(TypeError, match=r"t must be a whole number; got 1\.5"):
        view.t = 1.5
    with pytest.raises(TypeError, match="step must be a text; got int 3"):
        view.step = 3


def test_it_reads_the_same_in_every_run():
    assert repr(MarkupView(diagram(trace_of()))) == "<MarkupView: 6 timesteps, 4 units>"


def test_one_unit_and_one_timestep_are_enough():
    trace = LSTMCell.initialise(1, 1).run(np.ones((1, 1)))
    for live in (diagram(trace), equations(trace)):
        assert isinstance(live, LiveMarkup)
        assert f"{trace.c[0, 0]:.2f}" in live.at(0)
        assert MarkupView(live).t == 0
