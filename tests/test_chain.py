"""The chain of modules: what its cards say against the trace, and its wires against the declared cell."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from lstm_viz import GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.cells import simple_rnn_declared
from lstm_viz.pictures import chain, diagram

T, UNITS = 6, 4
CELLS = {
    "LSTM": LSTMCell.initialise(1, UNITS, seed=1),
    "GRU": GRUCell.initialise(1, UNITS, seed=1),
    "GRU reset before": GRUCell.initialise(1, UNITS, seed=1, reset_after=False),
    "SimpleRNN": SimpleRNNCell.initialise(1, UNITS, seed=1),
}
X = np.random.default_rng(4).normal(size=(T, 1))


def page(live, *at):
    return ElementTree.fromstring(re.sub(r' xmlns="[^"]*"', "", live.at(*at)))


def modules(root):
    """{class: its picture}"""
    return {e.get("class"): e for e in root.iter("svg")}


def cards(picture):
    """{symbol: number} of the cards in sight."""
    found = {}
    for group in picture.iter("g"):
        if group.get("class") == "lv-chip":
            symbol, number = ("".join(group.find(f"text[@class='lv-{c}']").itertext()) for c in ("symbol", "number"))
            found[symbol] = number
    return found


def written(value):
    return f"{value:.2f}".replace("-0.00", "0.00")


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("t", [1, 3, 4])
def test_three_timesteps_stand_on_the_cards(kind, t):
    trace, unit = CELLS[kind].run(X), 2
    shown = modules(page(chain(trace), t, unit))
    states = ("c", "h") if kind == "LSTM" else ("h",)
    for way, name, sign in ((-1, "lv-before", "−1"), (1, "lv-after", "+1")):
        expected = {f"xt{sign}": written(X[t + way, 0])}
        if way > 0:
            expected |= {f"{q}t+1": written(getattr(trace, q)[t + 1, unit]) for q in states}
        assert cards(shown[name]) == expected
        assert cards(shown[f"{name} lv-banner"]) == expected
        assert f"t = {t + way}" in "".join(shown[name].itertext())
    now = cards(shown["lv-now"])
    assert now["xt"] == written(X[t, 0]) and now["ht"] == written(trace.h[t, unit])
    for q in states:  # what the module before hands on
        assert now[f"{q}t−1"] == written(getattr(trace, q)[t - 1, unit])


@pytest.mark.parametrize("kind", CELLS)
def test_before_the_first_and_after_the_last_there_is_no_module(kind):
    live = chain(CELLS[kind].run(X))
    for t, seen in ((0, {"before": "hidden", "after": "visible"}), (T - 1, {"before": "visible", "after": "hidden"})):
        for name, picture in modules(page(live, t)).items():
            if name != "lv-now":
                side = name.split()[0].removeprefix("lv-")
                module, nothing = picture.findall("g")
                other = {"hidden": "visible", "visible": "hidden"}[seen[side]]
                assert (module.get("visibility"), nothing.get("visibility")) == (seen[side], other)
                assert "".join(nothing.itertext()) == f"nothing{side}"


def ends(picture, x):
    """The heights at which wires leave a picture at this place."""
    wires = [e for group in picture.iter("g") if group.get("class") == "lv-edge" for e in group.findall("path")]
    paths = [e.get("d") for e in wires]
    points = [tuple(map(float, point)) for d in paths for point in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", d)]
    return {y for px, y in points if abs(px - x) <= 6}


@pytest.mark.parametrize("kind", CELLS)
def test_the_wires_of_neighbours_meet(kind):
    shown = modules(page(chain(CELLS[kind].run(X)), 2))
    before, now, after = (shown[f"lv-{name}"] for name in ("before", "now", "after"))
    boxes = {name: tuple(map(float, shown[f"lv-{name}"].get("viewBox").split()))[2:] for name in ("before", "now")}
    lanes = 2 if kind == "LSTM" else 1
    assert len(ends(before, boxes["before"][0])) == lanes
    assert ends(before, boxes["before"][0]) == ends(now, 0) == ends(now, boxes["now"][0]) == ends(after, 0)
    assert len({e.get("viewBox").split()[3] for e in (before, now, after)}) == 1  # one scale


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "GRU reset before"])
def test_the_opened_module_is_the_cell_s_own_diagram(kind):
    trace = CELLS[kind].run(X)
    opened = modules(page(chain(trace), 3, 1))["lv-now"]
    single = ElementTree.fromstring(re.sub(r' xmlns="[^"]*"', "", diagram(trace).at(3, 1)))
    assert cards(opened) == cards(single)
    nodes = [[ElementTree.tostring(e) for e in p.iter("g") if e.get("class") == "lv-node"] for p in (opened, single)]
    assert nodes[0] == nodes[1]
    assert chain(trace).steps == diagram(trace).steps


def test_the_simple_rnn_as_a_module_computes_what_it_shows():
    trace = CELLS["SimpleRNN"].run(X)
    graph = simple_rnn_declared.MODULE
    (layer,) = (n for n in graph.nodes if n.kind == "layer")
    assert (layer.inputs, layer.output) == (("h_tm1,x",), "h")
    sources = {e.quantity for e in graph.edges if e.target == "join"}
    assert sources == {"h_tm1", "x"}
    cell = CELLS["SimpleRNN"]
    joined = np.concatenate([trace.h_tm1, trace.x], axis=1) @ np.vstack([cell.recurrent_kernel, cell.kernel])
    np.testing.assert_allclose(np.tanh(joined + cell.bias), trace.h, rtol=1e-12)


def test_labels_and_masks_are_shown():
    mask = np.arange(T) != 2
    labels = ["<b>", "안녕", "c", "antidisestablishmentarianism", "e", "f"]
    live = chain(CELLS["LSTM"].run(X, mask=mask), labels=labels)
    text = "".join(page(live, 2).itertext())
    assert "masked timestep" in text and "안녕" in text and "antidi" in text and labels[3] not in text
    assert cards(modules(page(live, 1))["lv-before"])["xt−1"] == "<b>"


def test_errors_say_what_came():
    with pytest.raises(TypeError, match=r"trace must be the trace of a cell, .*; got ndarray"):
        chain(np.ones((3, 3)))
    with pytest.raises(ValueError, match="labels must be 6, one per timestep; got 2"):
        chain(CELLS["GRU"].run(X), labels=["a", "b"])
    assert chain(CELLS["LSTM"].run(X[:1])).timesteps == 1
