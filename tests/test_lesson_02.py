"""The quantitative sentences of lesson 02, from its own cells, and the cases just outside them."""

import numpy as np
import pytest
from lesson_cells import Lesson

from lstm_viz import SimpleRNNCell


@pytest.fixture(scope="module")
def lesson():
    lesson = Lesson("02")
    lesson.run("to", "without-loop")
    return lesson


def column(*numbers):
    return np.array(numbers, float)[:, None]


def test_sections_2_and_3_an_echo_of_about_half(lesson):
    h = lesson.names["rnn"].run(column(1, 0, 0)).h[:, 0]
    np.testing.assert_allclose(h, [0.664, 0.320, 0.159], atol=5e-4)
    lesson.says("multiplying by 0.5 and squashing leave about half of it")
    np.testing.assert_allclose(h[1:] / h[:-1], 0.5, atol=0.02)
    lesson.says("The inputs at $t = 1$ and $t = 2$ are the same, the hidden states are not")


def test_section_4_vectors(lesson):
    np.testing.assert_allclose(lesson.names["h_t"], [0.405, 0.501], atol=5e-4)
    np.testing.assert_allclose(lesson.names["y_t"], [0.515, 0.485], atol=5e-4)


def test_section_5_the_number_of_weights_does_not_know_the_length(lesson):
    lesson.says(r"$\text{units} \cdot (\mathrm{input\_dim} + \text{units} + 1)$")
    for inputs, units in ((4, 16), (1, 1), (8, 3)):
        cell = SimpleRNNCell.initialise(inputs, units)
        assert sum(w.size for w in cell.weights) == units * (inputs + units + 1)
        assert cell.run(np.ones((2, inputs))).h.shape == (2, units)
        assert cell.run(np.ones((500, inputs))).h.shape == (500, units)


def test_section_6_a_running_sum_for_short_sequences_only(lesson):
    tally = lesson.names["tally"]
    lesson.says("a running sum, in hundredths")
    for numbers in ([1, -1, 1, 1], [-1, -1, 1, -1, 1, -1, -1], [1] * 9):
        assert tally.run(column(*numbers)).h[-1, 0] == pytest.approx(sum(numbers) / 100, abs=2e-3)
    lesson.says("twenty ones give 0.187, a thousand ones give 0.305, and so do ten thousand")
    far = [tally.run(np.ones((count, 1))).h[-1, 0] for count in (20, 1000, 10_000)]
    np.testing.assert_allclose(far, [0.187, 0.305, 0.305], atol=5e-4)


def maxima(cell, steps=121):
    push = np.zeros((steps, 1))
    push[0] = 1.0
    h = cell.run(push).h[:, 0]
    at = [t for t in range(1, steps - 1) if h[t - 1] < h[t] >= h[t + 1]]
    return at, h[at]


def test_section_6_a_wave_that_goes_round_in_about_12_steps(lesson):
    lesson.says("a new maximum about every 12 steps")
    at, height = maxima(lesson.names["wave"])
    assert set(np.diff(at)) <= {12, 13} and np.mean(np.diff(at)) == pytest.approx(12, abs=0.2)
    assert np.ptp(height[2:]) < 0.02  # it does not fade
    lesson.says("this wave does fade: its maxima are 0.36, 0.27, 0.22")
    _, fading = maxima(SimpleRNNCell([[1.0, 0.0]], 1.0 * lesson.names["rotation"]))
    np.testing.assert_allclose(fading[:3], [0.36, 0.27, 0.22], atol=5e-3)
    assert (np.diff(fading) < 0).all()


def test_section_7_the_tanh(lesson):
    lesson.says("Near 0 it hands numbers on almost as they are; far out it hardly tells them apart")
    assert abs(np.tanh(0.1) - 0.1) < 4e-4 and np.tanh(5) - np.tanh(3) < 0.005
    lesson.says("a $z$ of 3 and a $z$ of 5 come out nearly alike")
    assert lesson.names["with_tanh"][-1] == pytest.approx(0.503, abs=5e-4)
    assert lesson.names["without"][-1] == pytest.approx(1.1**49)
    for kernel, fades in ((0.9, True), (1.0, False), (-0.9, True), (1.1, False), (-1.1, False)):
        x = np.zeros((50, 1))
        x[0] = 1.0
        last = SimpleRNNCell([[1.0]], [[kernel]], [0.0]).run(x).h[-1, 0]
        assert (abs(last) < 0.01) == fades  # "It does with a recurrent_kernel between 0 and 1"


def test_section_8_order_counts_but_the_last_need_not_win(lesson):
    lesson.says("1, 0, 0 ends at 0.814, and 0, 0, 1 at 0.664 as before", "That is so for a cell whose memory fades")
    for kernel, ends in ((0.5, (0.159, 0.664)), (1.5, (0.814, 0.664))):
        cell = SimpleRNNCell([[0.8]], [[kernel]], [0.0])
        found = [cell.run(column(*x)).h[-1, 0] for x in ((1, 0, 0), (0, 0, 1))]
        np.testing.assert_allclose(found, ends, atol=6e-4)


def test_section_9_what_holds_unit_1_and_until_when(lesson):
    untrained, image = lesson.names["untrained"], lesson.names["image"]
    whole, alone, blank = (line.round(2) for line in lesson.names["unit_1"].values())
    np.testing.assert_array_equal(whole, untrained.run(image).h[:, 1].round(2))
    lesson.says("they push it to -0.77", "rows that by themselves say next to nothing to it, and it stays down")
    assert whole[1] == -0.77 and whole[2:].max() < -0.5
    lesson.says("rows 2 to 5 leave it between -0.21 and 0.01", "So the loop holds it down")
    assert (alone[2:6].min(), alone[2:6].max()) == (-0.21, 0.01)
    lesson.says("at row 4 it stands at -0.56 in place of -0.59", "Up to row 3 you see an echo of the first rows")
    assert (blank[4], whole[4]) == (-0.56, -0.59)
    assert (whole - blank)[2:4].max() < -0.25 and np.abs(whole - blank)[4:].max() < 0.18
    lesson.says("without those rows $h$ would be 1.08 away at row 1, and at the last row 0.27")
    assert lesson.names["apart"].round(2)[[1, 7]].tolist() == [1.08, 0.27]
    lesson.says("six numbers are all that a layer reading the last $h_t$ would get to see")
    assert untrained.run(image).h[-1].shape == (6,) and len(image) == 8
