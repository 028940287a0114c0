"""The drawn patterns of inputs and outputs against what they say, and against the cell that runs them."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from lstm_viz import SimpleRNNCell
from lstm_viz.pictures import sequence_patterns
from lstm_viz.pictures.patterns import PATTERNS

DRAWN = ElementTree.fromstring(sequence_patterns().at(0)).findall("figure")


def boxes(figure):
    """[(symbol, timestep)] of the boxes, from the texts in them."""
    texts = ["".join(node.itertext()) for node in figure.iter("text")]
    return [(text[0], int(text[1:])) for text in texts]


@pytest.mark.parametrize("k", range(len(PATTERNS)))
def test_boxes_stand_where_the_pattern_reads_and_answers(k):
    pattern, found = PATTERNS[k], boxes(DRAWN[k])
    assert pattern.timesteps == len(pattern.outputs)
    assert sorted(t for name, t in found if name == "h") == list(range(pattern.timesteps))
    for name, marks in (("x", pattern.inputs), ("y", pattern.outputs)):
        assert sorted(t for n, t in found if n == name) == [t for t, mark in enumerate(marks) if mark == name]
    arrows = len(DRAWN[k].findall("svg/polygon"))
    assert arrows == pattern.inputs.count("x") + pattern.outputs.count("y") + pattern.timesteps - 1


def test_the_names_say_how_many_there_are():
    many = {"one": lambda n: n == 1, "many": lambda n: n > 1}
    for pattern in PATTERNS:
        into, out = re.match(r"(\w+)-to-(\w+)", pattern.name).groups()
        assert many[into](pattern.inputs.count("x")) and many[out](pattern.outputs.count("y"))
    assert len({p.name for p in PATTERNS}) == 5 and sum(p.name.startswith("many-to-many") for p in PATTERNS) == 2


def test_no_output_that_is_used_comes_before_what_it_needs():
    """An output at t sees the inputs up to t alone, as the cell's own run shows."""
    cell = SimpleRNNCell.initialise(1, 3, seed=0)
    for pattern in PATTERNS:
        first = pattern.outputs.index("y")
        assert "x" in pattern.inputs[: first + 1]
        x = np.array([[1.0 if mark == "x" else 0.0] for mark in pattern.inputs])
        assert np.abs(cell.run(x).h[first] - cell.run(0 * x).h[first]).max() > 0.05
