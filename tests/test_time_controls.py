"""The bar of time: its parts, its keys, what it drives."""

from __future__ import annotations

import re

import ipywidgets
import pytest
from test_widgets import links_of, moving_figure, sent

from lstm_viz.widgets import FrameView, Links, TextView, TimeControls, UnitTable, on_change
from lstm_viz.widgets.controls import TimeButtons
from lstm_viz.widgets.frame_view import PlotlyLibrary
from lstm_viz.widgets.markup_view import MarkupView
from lstm_viz.widgets.page_font import PageFont
from lstm_viz.widgets.prediction import PredictionView
from lstm_viz.widgets.read_text import Unheard
from lstm_viz.widgets.trace_buffers import TraceBuffers

# --- TimeControls -----------------------------------------------------------------------------------------


def test_the_bar_and_its_parts_agree_on_t_unit_and_step():
    bar = TimeControls(8, units=3, steps=("forget", "input"), t=2, unit=1)
    unit, step = (
        next(w for w in bar.children if type(w) is kind) for kind in (ipywidgets.Dropdown, ipywidgets.ToggleButtons)
    )
    assert (bar.slider.value, unit.index, step.index) == (2, 1, 0)
    bar.t, bar.unit, bar.step = 5, 2, "input"
    assert (bar.slider.value, unit.index, step.index) == (5, 2, 2)
    bar.slider.value, unit.index, step.index = 7, 0, 1
    assert (bar.t, bar.unit, bar.step) == (7, 0, "forget")
    bar.t = 99
    assert bar.t == bar.slider.value == 7


def test_a_driven_view_follows_in_the_browser_alone():
    view = FrameView(moving_figure(8, units=3))
    bar = TimeControls(8, units=3).drive(view)
    links = links_of(bar)
    assert links[view, "t"]["source"] is bar.slider and links[view, "t"]["from"] == "value"
    assert links[view, "unit"]["from"] == "index"
    readout = next(link for (target, _), link in links.items() if isinstance(target, ipywidgets.Label))
    assert (readout["text"], readout["values"]) == ("{} / 8", None)
    state = sent(next(w for w in bar.children if isinstance(w, Links)))
    assert {"source", "target"} <= set(state["links"][0]) and state["links"][0]["target"].startswith("IPY_MODEL_")


def test_the_bar_can_be_resized_and_clips():
    view = FrameView(moving_figure(8, units=3))
    bar = TimeControls(8, units=3, steps=("forget",), t=7, unit=2).drive(view)
    bar.step = "forget"
    bar.resize(4, units=1)
    assert (bar.t, bar.unit, bar.step, bar.timesteps) == (3, 0, "", 4)
    assert not any(isinstance(child, (ipywidgets.Dropdown, ipywidgets.ToggleButtons)) for child in bar.children)
    assert (view, "t") in links_of(bar)


def test_a_bar_begins_at_the_start_and_resizes_to_one_unit_and_no_steps_unless_told():
    bar = TimeControls(8)
    assert (bar.t, bar.unit, bar.units, bar.step, bar.steps) == (0, 0, 1, "", ())
    bar = TimeControls(8, units=3, steps=("forget",))
    bar.resize(8)
    assert (bar.timesteps, bar.units, bar.steps) == (8, 1, ())


@pytest.mark.parametrize(
    "widget",
    [FrameView, Links, MarkupView, PredictionView, TextView, TimeButtons, Unheard, UnitTable],
    ids=lambda widget: widget.__name__,
)
def test_what_a_script_reads_or_sets_is_synced(widget):
    script = str(getattr(widget._esm, "default_value", widget._esm))
    named = set(re.findall(r'model\.(?:get|set|on)\("(?:change:)?(\w+)"', script))
    assert named and named <= set(widget.class_trait_names(sync=True))


@pytest.mark.parametrize("widget", [PageFont, PlotlyLibrary, TraceBuffers], ids=lambda widget: widget.__name__)
def test_all_that_a_shared_widget_has_is_sent(widget):
    own = {name for name, trait in widget.class_traits().items() if trait.this_class is widget}
    assert own and own <= set(widget.class_trait_names(sync=True))


def test_the_bar_refuses_impossible_counts():
    with pytest.raises(ValueError, match="timesteps must be at least 1; got 0"):
        TimeControls(0)
    with pytest.raises(TypeError, match=r"timesteps must be a whole number; got 2\.5"):
        TimeControls(2.5)
    with pytest.raises(ValueError, match="timesteps must be at most 1500000; got 1e"):
        TimeControls(10**9)
    with pytest.raises(ValueError, match="step must be '' or one of none"):
        TimeControls(3).step = "forget"
    with pytest.raises(TypeError, match="step must be a text; got int 3"):
        TimeControls(3).step = 3
    with pytest.raises(TypeError, match="steps must be a list of names; got the text 'forget'"):
        TimeControls(3, steps="forget")
    with pytest.raises(TypeError, match="t must be a whole number; got 'x'"):
        TimeControls(3, t="x")


def test_what_is_no_view_cannot_be_driven_linked_or_observed():
    bar, knob = TimeControls(3), ipywidgets.IntSlider()
    with pytest.raises(TypeError, match="views must be a widget with 't'; got IntSlider"):
        bar.drive(FrameView(moving_figure(3)), knob)
    assert not any(name == "t" for _, name in links_of(bar))  # all views or none
    with pytest.raises(TypeError, match=r"source must be a pair \(widget, name of its value\); got 'ab'"):
        Links().carry("ab", (knob, "value"))
    with pytest.raises(TypeError, match="target must be a widget with 'colour'; got IntSlider"):
        Links().carry((knob, "value"), (knob, "colour"))
    with pytest.raises(TypeError, match="values must be texts or numbers; got object"):
        Links().carry((knob, "value"), (knob, "max"), values=[1, object()])
    with pytest.raises(TypeError, match="text must be a text; got int 3"):
        Links().carry((knob, "value"), (knob, "max"), text=3)
    with pytest.raises(ValueError, match="text goes with neither values nor back"):
        Links().carry((knob, "value"), (knob, "max"), text="{}", back=True)
    with pytest.raises(TypeError, match="knobs must be a widget with 'value'; got int 3"):
        on_change([knob, 3], print)
    with pytest.raises(TypeError, match="function must be a function of the knobs' values; got 3"):
        on_change([knob], 3)
    with pytest.raises(TypeError, match="status must be a widget with 'value'; got str"):
        on_change([knob], print, "status")
    with pytest.raises(TypeError, match="buffers must be a list of TraceBuffers; got str 'a'"):
        FrameView(moving_figure(3), buffers="a")
