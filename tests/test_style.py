"""One palette: every colour stands out from what it is drawn on and from every other, for readers of every kind."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import lstm_viz
from lstm_viz import GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.pictures import diagram, equations, heatmaps, unit_lines
from lstm_viz.pictures.style import (
    ACCENT,
    CELL_COLOURS,
    CELL_PAPER,
    DARK_ACCENT,
    DARK_MUTED,
    INK,
    MUTED,
    PAPER,
    QUANTITIES,
    WARNING_PAPER,
    Quantity,
    colour_scale,
    value_range,
)

#: what the cones miss: linear RGB to linear RGB, severity 1 (Machado, Oliveira & Fernandes 2009, table 1)
EYES = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
OWN = {name: q.colour for name, q in QUANTITIES.items() if name not in ("z", "r", "share", "log_i", "log_n", "h_tilde")}
CELLS, ANSWER = CELL_COLOURS, {"y": OWN.pop("y")}


def linear(colour):
    c = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    """Ottosson (2020), times 100, of linear RGB: a difference of 2 is about the least that is seen."""
    to_lms = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return 100 * np.asarray(to_lab) @ np.cbrt(np.asarray(to_lms) @ np.clip(rgb, 0, 1))


def distance(a, b, eyes):
    return np.linalg.norm(oklab(EYES[eyes] @ linear(a)) - oklab(EYES[eyes] @ linear(b)))


def contrast(a, b):
    """WCAG 2.2."""
    dark, light = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] for c in (a, b))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("eyes", EYES)
def test_colours_differ_for_every_kind_of_eyes(eyes):
    for group, least in ((OWN, 10), (CELLS, 10), (OWN | CELLS | ANSWER, 6.5), (OWN | {"below 0": INK}, 10)):
        for (a, colour_a), (b, colour_b) in combinations(group.items(), 2):
            assert distance(colour_a, colour_b, eyes) >= least, (a, b, eyes)


def test_the_colours_that_people_used_to_share_are_caught_by_this_measure():
    okabe_ito = {"f": "#D55E00", "c_tilde": "#E69F00", "i": "#009E73", "o": "#CC79A7"}
    assert min(distance(okabe_ito["i"], okabe_ito["o"], eyes) for eyes in EYES) < 10
    assert contrast(okabe_ito["c_tilde"], PAPER) < 3


@pytest.mark.parametrize("paper", [PAPER, CELL_PAPER])
def test_every_colour_stands_out_from_its_paper(paper):
    """Pictures bring their paper along, so it is the same in the light and in the dark theme."""
    for name, colour in (OWN | CELLS).items():
        assert contrast(colour, paper) >= 3, name  # lines and other parts of pictures (WCAG 1.4.11)
    for text in (INK, MUTED):
        assert contrast(text, paper) >= 4.5


def test_the_controls_stand_out_in_light_and_dark():
    assert contrast(ACCENT, PAPER) >= 4.5 and contrast(DARK_ACCENT, PAPER) >= 4.5
    assert contrast(INK, WARNING_PAPER) >= 4.5 and contrast(DARK_MUTED, PAPER) >= 4.5


def test_colours_stand_in_one_place():
    """Black and white alone may be written elsewhere: they are what is left when a colour is to be written on."""
    package = Path(lstm_viz.__file__).parent
    for path in [p for kind in ("py", "js", "css") for p in package.rglob(f"*.{kind}")]:
        if path != package / "pictures" / "style.py":
            found = re.findall(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b|\b(?:rgb|hsl)a?\([^)]*\)", path.read_text("utf-8"))
            assert set(found) <= {"#000000", "#ffffff"}, f"{path.name}: a colour belongs into pictures/style.py"


@pytest.mark.parametrize(
    ("low", "high", "values", "expected"),
    [
        (0.0, 1.0, [0.2, 0.9], (0.0, 1.0)),
        (0.0, 1.0, [0.0, 1.0], (0.0, 1.0)),
        (0.0, 1.0, [0.2, np.nan, 3.0], (0.0, 3.0)),  # relu as recurrent_activation
        (0.0, 1.0, [-0.5, 0.9], (-0.9, 0.9)),  # tanh
        (-1.0, 1.0, [-0.5, 1.0], (-1.0, 1.0)),
        (-1.0, 1.0, [-0.5, 2.0], (-2.0, 2.0)),
        (-1.0, 1.0, [-2.0, 0.5], (-2.0, 2.0)),
        (None, None, [-3.0, 0.5], (-3.0, 3.0)),
        (None, None, [0.0, np.nan], (-1.0, 1.0)),
    ],
)
def test_a_range_holds_every_value(low, high, values, expected):
    assert value_range(Quantity("", "", INK, low, high), [np.zeros(2), np.array(values)]) == expected


def test_a_scale_is_lighter_the_nearer_to_zero_and_its_ends_differ_without_hue():
    for name, q in QUANTITIES.items():
        (_, below), (_, zero), (_, above) = colour_scale(q.colour, -1)
        lightness = [oklab(linear(c))[0] for c in (below, zero, above)]
        assert lightness[1] > 95 and zero == PAPER
        assert lightness[2] - lightness[0] >= 10, name
        assert colour_scale(q.colour, 0) == ((0.0, PAPER), (1.0, q.colour))


@pytest.mark.parametrize("cell", [LSTMCell, GRUCell, SimpleRNNCell])
def test_a_quantity_has_its_one_colour_in_heatmap_line_wire_strip_and_equation(cell):
    trace = cell.initialise(2, 3, seed=0).run(np.random.default_rng(0).normal(size=(5, 2)))
    names = {"LSTM": "f i c_tilde o c h", "GRU": "z r h_tilde h", "SimpleRNN": "h"}[trace.kind].split()
    own = {QUANTITIES[name].label: QUANTITIES[name].colour for name in names}
    assert {plot.name: plot.colorscale[-1][1] for plot in heatmaps(trace).data} == own
    lines = {line.name.split(" ", 1)[1]: line.line.color for line in unit_lines(trace).data}
    assert {name: colour.lower() for name, colour in lines.items()} == own
    picture, formulas = diagram(trace).markup, equations(trace).markup
    for name in names:
        colour = QUANTITIES[name].colour
        wire, strip = picture.split(f'data-edge="{name}"')[1], picture.split(f'data-strip="{name}"')[1]
        assert f'stroke="{colour}"' in wire.split("</g>")[0]
        assert strip.split('data-colours="')[1].split('"')[0].split(" ")[-1] == colour
        assert f"border-color:{colour}" in formulas
