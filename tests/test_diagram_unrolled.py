"""The RNN unrolled in time, and its output layer."""

from __future__ import annotations

import numpy as np
import pytest
from test_diagram import T, by_class, svg, text_of, trace_of

from lstm_viz import SimpleRNNCell
from lstm_viz.pictures.diagram import rnn_diagram


@pytest.mark.parametrize(("t", "column"), [(0, 0), (1, 1), (2, 2), (5, 2), (7, 2), (8, 3)])
def test_the_window_of_the_unrolled_cell_follows_t_and_marks_it(t, column):
    live = rnn_diagram(trace_of("RNN"), unrolled=True)
    root = svg(live.at(t))
    frame = next(e for e in root.iter() if e.get("data-shift") == "column")
    assert frame.get("transform") == f"translate({column * 164:.2f} 0)"
    shown = [text_of(e) for e in by_class(root, "lv-symbol") if text_of(e)[0] == "h"]
    assert shown.count(f"h{t}") == 1
    assert shown[column + 1 if shown[0] == f"h{t - column - 1}" else column] == f"h{t}"


@pytest.mark.parametrize("unrolled", [False, True])
def test_the_output_layer_is_drawn_with_its_values_where_they_are_given(unrolled):
    trace = trace_of("RNN")
    named = svg(rnn_diagram(trace, unrolled=unrolled, y=True).at(5))
    title = text_of(by_class(named, "lv-title")[0])
    assert title == f"SimpleRNN, {'unrolled' if unrolled else 'folded'}, t = 5, unit 0"
    cards = [c for c in by_class(named, "lv-chip") if text_of(by_class(c, "lv-symbol")[0])[0] == "y"]
    assert len(cards) == (4 if unrolled else 1)
    assert not any(text_of(by_class(c, "lv-number")[0]) for c in cards)
    y = np.linspace(-1, 1, T)
    shown = svg(rnn_diagram(trace, unrolled=unrolled, y=y).at(5))
    cards = [c for c in by_class(shown, "lv-chip") if text_of(by_class(c, "lv-symbol")[0])[0] == "y"]
    expected = y[3:7] if unrolled else y[5:6]
    assert [text_of(by_class(c, "lv-number")[0]) for c in cards] == [f"{v:.2f}" for v in expected]
    for wrong, error in ((y[:-1], ValueError), (np.full(T, np.nan), ValueError), ("text", TypeError)):
        with pytest.raises(error, match="y must be"):
            rnn_diagram(trace, unrolled=unrolled, y=wrong)


def test_the_unrolled_cell_has_no_more_columns_than_timesteps():
    trace = SimpleRNNCell.initialise(2, 3).run(np.ones((2, 2)))
    root = svg(rnn_diagram(trace, unrolled=True).at(1))
    assert [text_of(e) for e in by_class(root, "lv-sign")] == ["tanh", "tanh"]
