"""The diagrams against the cells: what is drawn is read back and measured."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations, pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from lstm_viz import GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.cells import KINDS, gru_declared, lstm_declared, simple_rnn_declared
from lstm_viz.pictures._svg import CHIP, FLAT, SMALL, path_of, shape
from lstm_viz.pictures._svg_colours import colour, palette
from lstm_viz.pictures.diagram import diagram, gru_diagram, lstm_diagram, rnn_diagram
from lstm_viz.pictures.style import QUANTITIES, colour_scale

T, X, UNITS = 9, 3, 6
VARIANTS = [k for k in KINDS if KINDS[k].__module__.startswith("lstm_viz.cells.variants") and k != "IRNN"]
CELLS = {
    "LSTM": LSTMCell.initialise(X, UNITS, seed=1),
    "GRU reset after": GRUCell.initialise(X, UNITS, seed=1),
    "GRU reset before": GRUCell.initialise(X, UNITS, seed=1, reset_after=False),
    **{kind: KINDS[kind].initialise(X, UNITS, seed=1) for kind in VARIANTS},
    "RNN": SimpleRNNCell.initialise(X, UNITS, seed=1),
    "RNN unrolled": SimpleRNNCell.initialise(X, UNITS, seed=1),
    "RNN with y": SimpleRNNCell.initialise(X, UNITS, seed=1),
    "RNN with y unrolled": SimpleRNNCell.initialise(X, UNITS, seed=1),
}
#: an output layer
V = np.random.default_rng(7).normal(size=(UNITS, 4))
NAMES = {"activation": "tanh", "recurrent_activation": "sigmoid"}


def named(graph, activation="tanh"):
    """The declaration with the activations of `CELLS` in place of the arguments that name them."""
    names = NAMES | {"activation": activation}
    return replace(graph, nodes=tuple(replace(n, operation=names.get(n.operation, n.operation)) for n in graph.nodes))


GRAPHS = {
    "LSTM": named(lstm_declared.DIAGRAM),
    "GRU reset after": named(gru_declared.diagram(True)),
    "GRU reset before": named(gru_declared.diagram(False)),
    **{kind: named(KINDS[kind].pictured.diagram, CELLS[kind].activation) for kind in VARIANTS},
    "RNN": named(simple_rnn_declared.DIAGRAM),
    "RNN unrolled": named(simple_rnn_declared.unrolled(4)),
    "RNN with y": named(simple_rnn_declared.folded(output=True)),
    "RNN with y unrolled": named(simple_rnn_declared.unrolled(4, output=True)),
}
#: every label, written down here a second time, as a reader sees it
LABELS = {
    "x": "xt", "h_tm1": "ht−1", "c_tm1": "ct−1", "f": "ft", "i": "it", "c_tilde": "c̃t", "o": "ot", "c": "ct",
    "tanh_c": "tanh ct", "h": "ht", "f*c_tm1": "ft × ct−1", "i*c_tilde": "it × c̃t",
    "z": "zt", "r": "rt", "recurrent_h": "ut", "h_tilde": "h̃t", "1-z": "1 − zt", "z*h_tm1": "zt × ht−1",
    "(1-z)*h_tilde": "(1 − zt) × h̃t", "r*recurrent_h": "rt × ut", "r*h_tm1": "rt × ht−1", "y": "yt",
    "share": "st", "1-share": "1 − st", "share*h_tm1": "st × ht−1", "(1-share)*h_tilde": "(1 − st) × h̃t",
    "share*c_tm1": "st × ct−1", "(1-share)*c_tilde": "(1 − st) × c̃t", "log_i": "log it", "log_n": "log nt",
    "log_n_tm1": "log nt−1",
    "(1-z)*h_tm1": "(1 − zt) × ht−1",
    "1-i": "1 − it", "(1-i)*c_tm1": "(1 − it) × ct−1",
}  # fmt: skip


def biased(cell):
    """The cell with biases that are not zero, so that a forgotten one shows."""
    return cell.replace(bias=np.random.default_rng(5).normal(size=cell.bias.shape) * 0.5)


def trace_of(kind, **options):
    x = np.random.default_rng(2).normal(size=(T, X))
    return biased(CELLS[kind]).run(x, **options)


def drawn(kind, trace, **options):
    if "RNN" not in kind:
        return diagram(trace, **options)
    return rnn_diagram(trace, unrolled="unrolled" in kind, y=trace.h @ V if "with y" in kind else None, **options)


def value(name, trace, first):
    """What a quantity's name says, worked out from the trace: (timesteps, n)."""
    if "@" in name:
        base, column = name.split("@")
        return value(base, trace, first)[first + int(column)]
    if name == "y":
        return trace.h @ V
    if name == "h_before":
        return trace.h_tm1[first]
    if "," in name:
        return np.concatenate([value(part, trace, first) for part in name.split(",")], axis=-1)
    names = {n: getattr(trace, n) for n in re.findall(r"[a-z]\w*", name)}
    return eval(name, {"__builtins__": {}}, names)


def text_of(element):
    return "".join(element.itertext()).replace("\u2009", " ")


def svg(markup):
    return ElementTree.fromstring(re.sub(r' xmlns="[^"]*"', "", markup))


def by_class(root, name):
    return [e for e in root.iter() if e.get("class") == name]


@pytest.mark.parametrize("kind", CELLS)
def test_every_chip_shows_label_number_strip_and_colour_of_its_edge(kind):
    trace = trace_of(kind)
    live = drawn(kind, trace)
    t, unit = 5, 4
    root = svg(live.at(t, unit))
    chips = by_class(root, "lv-chip")
    edges = [w for w in GRAPHS[kind].edges if w.chip]
    first = np.clip(np.arange(T) - 2, 0, T - 4)
    assert len(chips) == len(edges) > 2
    for edge, chip in zip(edges, chips, strict=True):
        label, number = by_class(chip, "lv-symbol")[0], by_class(chip, "lv-number")[0]
        name = edge.quantity
        if "@" in name:
            assert text_of(label) == f"{name[0]}{first[t] + int(name[2:])}"
        elif name == "h_before":
            assert text_of(label) == f"h{first[t] - 1}"
        else:
            assert text_of(label) == LABELS[name]
        row = value(name, trace, first)[t]
        np.testing.assert_array_equal(live.quantities[name][t], row)
        assert text_of(number) == ("" if name[0] in "xy" else f"{row[unit]:.2f}".replace("-0.00", "0.00"))
        assert chip.find("rect").get("stroke") == colour(name)
        strip = next(e for e in chip.iter() if e.get("data-strip"))
        assert strip.get("data-strip") == name
        assert len(strip) == len(row)


def test_a_strip_has_the_colours_of_its_values():
    trace = trace_of("LSTM")
    root = svg(lstm_diagram(trace).at(3))
    largest = max(np.abs(trace.c).max(), np.abs(trace.c_tm1).max())
    for name, low, place in (
        ("f", 0, trace.f[3]),
        ("c_tilde", -1, (trace.c_tilde[3] + 1) / 2),
        ("c", -1, (trace.c[3] / largest + 1) / 2),
    ):
        colours = palette(colour_scale(QUANTITIES[name].colour, low))
        strip = next(e for e in root.iter() if e.get("data-strip") == name)
        assert [r.get("fill") for r in strip] == [colours[min(int(p * len(colours)), len(colours) - 1)] for p in place]


def test_more_than_64_units_share_cells_of_the_strip():
    trace = LSTMCell.initialise(2, 150, seed=0).run(np.ones((2, 2)))
    live = lstm_diagram(trace)
    strip = next(e for e in svg(live.at(1, 149)).iter() if e.get("data-strip") == "f")
    assert len(strip) == 50
    strongest = trace.f[1].reshape(50, 3).max(axis=1)
    colours = palette(colour_scale(QUANTITIES["f"].colour, 0))
    assert [r.get("fill") for r in strip] == [colours[int(v * len(colours))] for v in strongest]


@pytest.mark.parametrize("kind", CELLS)
def test_each_step_lights_its_part_of_the_picture(kind):
    live = drawn(kind, trace_of(kind))
    expected = {
        "LSTM": ("forget", "input", "update", "output"),
        "GRU": ("reset", "candidate", "update"),
        "NoForgetGate": ("input", "update", "output"),
        "CoupledGates": ("input", "update", "output"),
        "NoOutputGate": ("forget", "input", "update", "output"),
        "NoInputActivation": ("forget", "input", "update", "output"),
        "Peephole": ("forget", "input", "update", "output"),
        "MinGRU": ("candidate", "update"),
        "MinLSTM": ("gates", "candidate", "update"),
        "MinimalGatedUnit": ("candidate", "update"),
        "sLSTM": ("weigh", "update", "output"),
    }.get(kind.split()[0], ())
    assert live.steps == expected
    root = svg(live.at(0))
    parts = [e.get("data-part").split() for e in root.iter() if e.get("data-part")]
    assert {p for words in parts for p in words} == set(expected)
    for step in expected:
        assert svg(live.at(0, step=step)).get("data-step") == step
        assert f"[data-step={step}] [data-part]:not([data-part~={step}])" in live.markup


def test_the_steps_of_the_lstm_light_what_they_are_about():
    root = svg(lstm_diagram(trace_of("LSTM")).at(0))
    parts = {}
    for chip in by_class(root, "lv-chip"):
        name = next(e for e in chip.iter() if e.get("data-strip")).get("data-strip")
        for step in chip.get("data-part").split():
            parts.setdefault(step, set()).add(name)
    assert parts == {
        "forget": {"c_tm1", "h_tm1", "x", "f"},
        "input": {"h_tm1", "x", "i", "c_tilde"},
        "update": {"c_tm1", "f", "f*c_tm1", "i", "c_tilde", "i*c_tilde", "c"},
        "output": {"h_tm1", "x", "o", "c", "tanh_c", "h"},
    }


@pytest.mark.parametrize("kind", CELLS)
def test_the_picture_is_said_in_words_with_the_current_numbers(kind):
    trace = trace_of(kind)
    root = svg(drawn(kind, trace).at(4, 2))
    assert root.get("role") == "img"
    said = root.get("aria-label")
    assert "timestep 4, unit 2" in said
    for name in set(trace.names) & {"f", "i", "o", "c", "c_tilde", "z", "r", "h_tilde", "h"} - (
        {"z"} if "RNN" in kind else set()
    ):
        assert f"{getattr(trace, name)[4, 2]:.2f}".replace("-0.00", "0.00") in said


@pytest.mark.parametrize("kind", CELLS)
def test_every_box_and_card_chooses_its_quantity(kind):
    live = drawn(kind, trace_of(kind))
    for name, label in live.choices.items():
        assert label
        root = svg(live.at(3, 1, chosen=name))
        assert root.get("data-chosen") == name
        on = [e for e in root.iter() if e.get("data-on") is not None]
        assert on and {e.get("data-choose") for e in on} == {name}
        ink = colour(name)
        assert all(
            f'"{ink}"' in ElementTree.tostring(e, "unicode") for e in on if e.get("class") in ("lv-edge", "lv-chip")
        )
    expected = {
        "LSTM": "f i c_tilde o c tanh_c h x",
        "GRU": "z r h_tilde h x",
        "NoForgetGate": "i c_tilde o c tanh_c h x",
        "CoupledGates": "i c_tilde o c tanh_c h x",
        "NoOutputGate": "f i c_tilde c h x",
        "NoInputActivation": "f i c_tilde o c tanh_c h x",
        "Peephole": "f i c_tilde o c tanh_c h x",
        "MinGRU": "z h_tilde h x",
        "MinLSTM": "f i share h_tilde h x",
        "MinimalGatedUnit": "z h_tilde h x",
        "sLSTM": "f log_i share log_n c_tilde o c h x",
    }.get(kind.split()[0], "h x").split()
    assert set(live.choices) - {"recurrent_h", "y"} == set(expected)
    assert "data-on=" not in live.at(3, 1) == live.at(3, 1, chosen="nothing")


def segments(graph, edge):
    return list(pairwise(path_of(graph, edge)))


def on_segment(point, segment):
    (px, py), ((x0, y0), (x1, y1)) = point, segment
    return min(x0, x1) <= px <= max(x0, x1) and min(y0, y1) <= py <= max(y0, y1)


def box(edge):
    x, y, width, *flat = edge.chip
    height = FLAT if flat else CHIP
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def overlap(a, b, margin=0):
    return a[0] < b[2] + margin and b[0] < a[2] + margin and a[1] < b[3] + margin and b[1] < a[3] + margin


@pytest.mark.parametrize("kind", CELLS)
def test_nothing_lies_on_anything_else(kind):
    """Chips sit on their own edge, inside the page, and neither chips, nodes nor foreign edges overlap."""
    graph = GRAPHS[kind]
    chips = [w for w in graph.edges if w.chip]
    nodes = {n.name: n for n in graph.nodes}
    boxes = {
        n.name: (n.at[0] - shape(n)[0], n.at[1] - shape(n)[1], n.at[0] + shape(n)[0], n.at[1] + shape(n)[1])
        for n in graph.nodes
    }
    for a, b in combinations(chips, 2):
        assert not overlap(box(a), box(b), margin=1), (a, b)
    for (a, one), (b, other) in combinations(boxes.items(), 2):
        assert not overlap(one, other), (a, b)
    for edge in chips:
        left, top, right, bottom = box(edge)
        assert left >= 0 and top >= 34 and right <= graph.width and bottom <= graph.height
        line = [(x, y) for s in segments(graph, edge) for x, y in np.linspace(*s, 60)]
        assert any(left < x < right and top < y < bottom for x, y in line), f"{edge} does not pass through its chip"
        for name, other in boxes.items():
            if nodes[name].kind not in ("input", "output"):
                assert not overlap(box(edge), other), (edge, name)
    for edge in graph.edges:
        for (x0, y0), (x1, y1) in segments(graph, edge):
            assert (x0 == x1) != (y0 == y1), f"{edge} is neither level nor upright"
            piece = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
            for other in chips:
                if other.quantity != edge.quantity:
                    assert not overlap(piece, box(other)), f"{edge} runs through the chip of {other}"
            for name, other in boxes.items():
                if name not in (edge.source, edge.target) and shape(nodes[name]) != (0, 0):
                    assert not overlap(piece, other), f"{edge} runs through {name}"


@pytest.mark.parametrize("kind", CELLS)
def test_edges_cross_only_where_a_bridge_is_drawn(kind):
    graph = GRAPHS[kind]
    for a, b in combinations(graph.edges, 2):
        if a.quantity == b.quantity or {a.source, a.target} & {b.source, b.target}:
            continue
        for (p, q), (r, s) in ((m, n) for m in segments(graph, a) for n in segments(graph, b)):
            if (p[0] == q[0]) == (r[0] == s[0]):
                continue
            crossing = (p[0], r[1]) if p[0] == q[0] else (r[0], p[1])
            if on_segment(crossing, (p, q)) and on_segment(crossing, (r, s)):
                assert a.over or b.over, f"{a} crosses {b}"


@pytest.mark.parametrize("kind", CELLS)
def test_text_is_at_least_16_pixels_where_the_picture_is_480_wide_and_11_on_a_phone(kind):
    markup = drawn(kind, trace_of(kind), labels=list("abcdefghi")).at(0)
    sizes = [float(s) for s in re.findall(r'font-size[=:]"?([\d.]+)', markup)]
    assert min(sizes) == SMALL
    assert min(sizes) * 480 / GRAPHS[kind].width >= 16 and min(sizes) * 328 / GRAPHS[kind].width >= 11


def test_labels_of_the_input_are_shown_and_escaped():
    trace = trace_of("LSTM")
    live = lstm_diagram(trace, labels=["<b>&", *range(1, T)])
    root = svg(live.at(0))
    assert "<b>&" in text_of(root)
    assert "antidisestabli…" in lstm_diagram(trace, labels=["antidisestablishment"] * T).at(0)
    assert "7" in next(text_of(e) for e in by_class(svg(live.at(7)), "lv-number") if text_of(e) == "7")
    unrolled = svg(rnn_diagram(trace_of("RNN"), unrolled=True, labels="abcdefghi").at(5))
    assert [text_of(e) for e in by_class(unrolled, "lv-word")] == ["d", "e", "f", "g"]


def test_a_single_input_is_shown_as_a_number():
    trace = LSTMCell.initialise(1, 3).run(np.linspace(0, 1, 4)[:, None])
    root = svg(lstm_diagram(trace).at(1, 2))
    chip = next(c for c in by_class(root, "lv-chip") if text_of(by_class(c, "lv-symbol")[0]) == "xt")
    assert text_of(by_class(chip, "lv-number")[0]) == "0.33"


def test_the_signs_are_the_activations_that_the_trace_shows():
    def signs(trace):
        return [text_of(e) for e in by_class(svg(diagram(trace).at(0)), "lv-sign")]

    x = np.random.default_rng(0).normal(size=(5, 2)) * 3
    assert [s for s in signs(LSTMCell.initialise(2, 4).run(x)) if len(s) > 1 or s == "σ"] == [
        "σ", "σ", "tanh", "σ", "tanh",
    ]  # fmt: skip
    other = LSTMCell.initialise(2, 4, activation="relu", recurrent_activation="hard_sigmoid").run(x)
    assert signs(other).count("hard σ") == 3 and signs(other).count("relu") == 2
    clamped = replace(other, f=np.ones_like(other.f))
    assert signs(clamped).count("set") == 1


def test_a_masked_timestep_says_so():
    mask = np.array([True] * 4 + [False] + [True] * 4)
    live = lstm_diagram(trace_of("LSTM", mask=mask))
    assert "masked timestep" in text_of(svg(live.at(4)))
    assert "masked timestep" not in text_of(svg(live.at(5)))


def test_errors_say_what_came_and_what_was_expected():
    trace = trace_of("LSTM")
    with pytest.raises(TypeError, match=r"trace must be the trace of a cell, .*; got ndarray"):
        diagram(np.ones((3, 3)))
    with pytest.raises(TypeError, match="GRU cell; got LSTMTrace"):
        gru_diagram(trace)
    with pytest.raises(ValueError, match=r"2 x 4 timesteps.*select"):
        diagram(LSTMCell.initialise(2, 3).run(np.ones((2, 4, 2))))
    with pytest.raises(ValueError, match="one sequence"):
        diagram(trace[0])
    for call in (diagram, lstm_diagram):
        with pytest.raises(ValueError, match="labels must be 9, one per timestep; got 2"):
            call(trace, labels=["a", "b"])
