"""The layers of one network under one bar: what each shows, and when it shows which of its timesteps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstm_viz.cells import GRUCell, LSTMCell
from lstm_viz.widgets import explore_layers

T = 7


def layers(units=(3, 4, 2)):
    """An LSTM each way, and a GRU on top of both."""
    x = np.random.default_rng(0).normal(size=(T, 2))
    forward = LSTMCell.initialise(2, units[0], seed=0).run(x)
    backward = replace(LSTMCell.initialise(2, units[1], seed=1).run(x[::-1]), go_backwards=True)
    both = np.concatenate([forward.h, backward.h[::-1]], axis=-1)
    return {
        "there": forward,
        "back": backward,
        "on top": GRUCell.initialise(sum(units[:2]), units[2], seed=2).run(both),
    }


def link_to(view, trait):
    """What the bar's slider or unit chooser sets in a view: the list of values for its own 0, 1, ... or None."""
    return lambda controls: next(
        link["values"] for link in controls._links.links if link["target"] is view and link["to"] == trait
    )


def test_one_t_is_one_step_of_the_input_in_every_layer():
    view = explore_layers(layers(), labels=list("abcdefg"), t=2)
    assert repr(view) == "explore_layers(there, back, on top: 7 timesteps)"
    assert view.controls.timesteps == T and view.controls.t == 2
    shown = {name: {part.t for part in parts.values()} for name, parts in view.views.items()}
    assert shown == {"there": {2}, "back": {T - 1 - 2}, "on top": {2}}
    for name, at in (("there", list(range(T))), ("back", list(range(T))[::-1])):
        for part in view.views[name].values():
            assert link_to(part, "t")(view.controls) == at
    assert view.views["back"]["input"].markup.texts["input"][T - 1 - 2] == "c"


def test_a_unit_that_a_layer_has_not_is_its_last():
    view = explore_layers(layers(units=(3, 4, 2)))
    assert view.controls.units == 4
    assert link_to(view.views["on top"]["lines"], "unit")(view.controls) == [0, 1]
    assert link_to(view.views["back"]["lines"], "unit")(view.controls) == [0, 1, 2, 3]
    view.controls.resize(T, units=4)  # what is driven stays driven in the same way
    assert link_to(view.views["on top"]["lines"], "unit")(view.controls) == [0, 1]
    assert link_to(view.views["back"]["lines"], "t")(view.controls) == list(range(T))[::-1]


def test_steps_are_offered_where_all_layers_have_them():
    traces = layers()
    assert explore_layers(traces).controls.steps == ()  # a GRU has others
    assert "forget" in explore_layers({name: traces[name] for name in ("there", "back")}).controls.steps


@pytest.mark.parametrize(
    ("traces", "options", "match"),
    [
        ({}, {}, "a dict of names and traces"),
        ([1], {}, "a dict of names and traces"),
        ({"a": 1}, {}, "trace"),
        ({str(k): None for k in range(13)}, {}, "at most 12 layers; got 13"),
        (None, {"labels": ["a"]}, "as many as the timesteps"),
        (None, {"names": ("nothing",)}, "names must include"),
    ],
)
def test_what_cannot_be_shown_says_why(traces, options, match):
    with pytest.raises((ValueError, TypeError), match=match):
        explore_layers(layers() if traces is None else traces, **options)


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_lesson_10s_layers_are_those_of_keras():
    """Bidirectional, and an LSTM on top of it, with the weights of the lesson's cells."""
    from lesson_cells import Lesson

    from lstm_viz.keras_models import keras, trace_model

    x = Lesson("10").run("to", "layers-open")["x"].astype(np.float32)
    L = keras.layers
    model = keras.Sequential(
        [
            keras.Input((len(x), 7)),
            L.Bidirectional(L.LSTM(6, return_sequences=True), name="both"),
            L.LSTM(6, return_sequences=True, name="top"),
        ]
    )
    weights = [LSTMCell.initialise(n, 6, seed=seed).weights for seed, n in ((0, 7), (1, 7), (2, 12))]
    model.set_weights([w for cell in weights for w in cell])
    shown = Lesson("10").run()["layers"](x)
    np.testing.assert_allclose(model.predict(x[None], verbose=0)[0], shown["on top"].h, atol=1e-5)
    for name, trace in trace_model(model, x[None]).items():
        own = {"both/forward": "forward", "both/backward": "backward", "top": "on top"}[name]
        np.testing.assert_allclose(trace.select(0).h, shown[own].h, atol=1e-5)
        assert trace.go_backwards == shown[own].go_backwards
