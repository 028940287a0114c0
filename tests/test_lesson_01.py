"""The quantitative sentences of lesson 01, from its own cells, and the cases just outside them."""

import numpy as np
import pytest
from lesson_cells import Lesson

from lstm_viz import LSTMCell, SimpleRNNCell


@pytest.fixture(scope="module")
def lesson():
    lesson = Lesson("01")
    before = [cell.id for cell in lesson.cells]
    lesson.run("to", before[before.index("live") - 1])  # the live sweep of a few seeds is not run here
    lesson.run("shipped", "shipped-picture")
    return lesson


def unit(w, start, steps, x0=0.0):
    """The hidden states of one unit that begins at `start` and reads x0, then zeros."""
    x = np.zeros((steps, 1))
    x[0] = x0
    return SimpleRNNCell([[1.0]], [[w]], [0.0]).run(x, np.array([start])).h[:, 0]


def test_section_2_fades_exponentially_below_1(lesson):
    lesson.says("once it is small, each step leaves the part $w$ of it")
    for w in (0.5, 0.9):
        h = unit(w, 0.0, 60, 1.0)
        assert h[40] / h[39] == pytest.approx(w, rel=1e-3) and (np.diff(h) < 0).all()
    lesson.says("0.17 is left after 50 steps, 0.09 after 200")
    slow = unit(1.0, 0.0, 201, 1.0)
    assert [round(slow[t], 2) for t in (50, 200)] == [0.17, 0.09] and (np.diff(slow) < 0).all()
    assert abs(slow[200] - slow[199]) < abs(slow[50] - slow[49]) / 5  # "and less and less"
    lesson.says("something is left that you can see and that is still falling")
    at_50 = {w: unit(float(w), 0.0, 51, 1.0)[49:] for w in (0.5, 0.9, 1.0, 1.5)}
    assert [w for w, (before, now) in at_50.items() if now > 0.01 and before - now > 1e-3] == [1.0]


def test_section_2_above_1_the_sign_stays_and_the_size_goes(lesson):
    lesson.says("From +1 the unit with $w = 1.5$ comes to 0.859, from +0.1 to the same 0.859, and from -1 to -0.859")
    for x0 in (1.0, 0.1, 5.0, -1.0, -0.1):
        assert unit(1.5, 0.0, 60, x0)[-1] == pytest.approx(np.sign(x0) * 0.859, abs=5e-4)
    assert unit(1.5, 0.0, 60, 0.0)[-1] == 0.0


def test_section_3_the_first_bit_is_gone_within_100_steps_of_noise(lesson):
    lesson.says("in each of these twenty the first bit disappears, step by step, by a roughly constant factor")
    assert 0 < lesson.names["gone"] <= 100
    for runs in lesson.names["fades"].values():
        assert runs.shape == (10, 200) and runs[:, 100].max() < 1e-6
        for run in runs:
            straight = np.corrcoef(np.arange(5, 80), np.log(run[5:80]))[0, 1]
            assert straight < -0.93


def test_section_3_birth_is_a_matter_of_one_number(lesson):
    lesson.says("Keras does not give it at birth", "forget bias of 3 in place of 1 are still 0.5 and more apart")
    difference, noise = lesson.names["difference"], lesson.names["noise"]
    born = [difference(LSTMCell.initialise(1, 16, seed=seed, forget_bias=3.0), noise)[100] for seed in range(10)]
    assert len(born) == 10 and round(min(born), 1) >= 0.5


def test_section_3_all_that_is_handed_on_is_compared(lesson):
    lesson.says("What is compared is all that a cell hands on to its next step")
    cell, noise = LSTMCell.initialise(1, 16, seed=3), lesson.names["noise"]
    first = np.zeros_like(noise)
    first[0] = 1.0
    one, other = cell.run(noise + first), cell.run(noise - first)
    apart = np.sqrt(((one.h - other.h) ** 2 + (one.c - other.c) ** 2).sum(axis=1))
    np.testing.assert_allclose(lesson.names["fades"]["LSTM"][3], apart)


def test_section_3_what_lies_just_outside(lesson):
    tried, difference = lesson.names["tried"], lesson.names["difference"]

    def apart(units, stretch, rest):
        cells = [SimpleRNNCell.initialise(1, units, seed=seed) for seed in range(10)]
        stretched = [cell.replace(recurrent_kernel=stretch * cell.recurrent_kernel) for cell in cells]
        return np.array([difference(cell, rest) for cell in stretched])

    noise, tenth, silence, wide, doubled = (apart(*how) for how in tried.values())
    lesson.says("In silence the plain RNN still has a good part of the bit after 199 steps")
    assert silence[:, 199].min() > 0.1 * silence[:, 0].max()
    lesson.says("it drives the units to where tanh is less steep")
    cell = SimpleRNNCell.initialise(1, 16, seed=0)
    slope = {name: 1 - cell.run(lesson.names[name]).h ** 2 for name in ("noise", "silence")}
    assert slope["noise"].mean() < 0.8 and slope["silence"].mean() == 1.0
    lesson.says("the larger it is, the faster", "It need not be random. A constant 1 does it, too")
    half = apart(16, 1.0, lesson.names["noise"] / 2)
    for larger, smaller in ((noise, half), (half, tenth), (tenth, silence)):
        assert larger[:, 100].max() < smaller[:, 100].min()
    constant = np.ones_like(lesson.names["noise"])
    constant[0] = 0.0
    assert apart(16, 1.0, constant)[:, 199].max() < 1e-5
    lesson.says("More units wear it away more slowly")
    assert wide[:, 100].min() > 10 * noise[:, 100].max()
    lesson.says("the difference does not fade")
    assert doubled.min() > 0.5 and doubled[:, 100:].mean() > doubled[:, 0].mean()


def test_section_3_a_difference_that_stays_is_not_one_that_can_be_read(lesson):
    lesson.says(
        "it soon no longer tells which bit came first: after 60 steps a linear readout of the state only guesses"
    )
    x = np.random.default_rng(0).choice([-1.0, 1.0], (4000, 60, 1))
    cell = SimpleRNNCell.initialise(1, 16, seed=0)
    h = cell.replace(recurrent_kernel=2 * cell.recurrent_kernel).run(x).h

    def read(t):
        states = np.column_stack([h[:, t], np.ones(4000)])
        weights = np.linalg.lstsq(states[:2000], x[:2000, 0, 0], rcond=None)[0]
        return np.mean(np.sign(states[2000:] @ weights) == x[2000:, 0, 0])

    assert read(5) > 0.95 and read(59) < 0.55


def test_section_4_kept_and_learnable(lesson):
    def both(w, steps=50):
        h = unit(w, 0.5, steps)
        return h[-1] - unit(w, -0.5, steps)[-1], np.prod(w * (1 - h**2))

    lesson.says("At 0.5 next to nothing is left of either")
    assert max(both(0.5)) < 1e-14
    lesson.says("At 0.9 a little is left of both, and it goes on fading by a tenth at each step")
    assert all(1e-3 < value < 5e-3 for value in both(0.9))
    np.testing.assert_allclose(np.divide(both(0.9, 51), both(0.9, 50)), 0.9, rtol=1e-3)
    lesson.says("At 1.1 and above the two starts stay 1.0 and more apart")
    assert all(both(w)[0] > 0.995 and both(w, 500)[0] > 0.995 for w in (1.1, 1.5, 2.0, 4.0))
    lesson.says("At 1.1 what can be learned is 40 times *less* than at 0.9, and at 1.5 it is 4e-20")
    assert both(0.9)[1] / both(1.1)[1] == pytest.approx(40, rel=0.05) and f"{both(1.5)[1]:.0e}" == "4e-20"
    lesson.says("At $w = 1$ both numbers are passable")
    assert both(1.0) == pytest.approx((0.33, 0.034), rel=0.02)
    slope = lesson.names["final"]
    for w in (0.9, 1.1):  # the product is what a small change really does
        measured = (slope(0.5 + 1e-6, w, 50) - slope(0.5 - 1e-6, w, 50)) / 2e-6
        assert measured == pytest.approx(both(w)[1], rel=1e-4)


def through(cell, c, steps):
    return cell.run(np.zeros((steps, 1)), initial_state=(np.tanh([1.0]), np.array([c])))


def slope(cell, steps):
    return (through(cell, 1 + 1e-6, steps).c[-1, 0] - through(cell, 1 - 1e-6, steps).c[-1, 0]) / 2e-6


def test_section_5_one_product_as_long_as_no_gate_reads_h(lesson):
    lesson.says("let no gate read $h$", "the slope is that same product", "after 50 steps nothing to speak of is left")
    for b in (0.0, 1.0, 3.0, 5.0):
        wire = LSTMCell(np.zeros((1, 4)), np.zeros((1, 4)), [-50.0, b, 0.0, 0.0])
        product = through(wire, 1.0, 20).f.prod()
        assert slope(wire, 20) == pytest.approx(product, rel=1e-4)
        assert through(wire, 1.0, 20).c[-1, 0] == pytest.approx(product)
    assert round(lesson.names["sigmoid"](1), 2) == 0.73 and lesson.names["sigmoid"](1) ** 50 < 1e-6
    fs = np.linspace(0.01, 0.999, 50)
    assert (np.diff(fs**50) > 0).all()  # "on the way there the slope grows"


def test_section_5_counterexamples_of_gates_that_read_h(lesson):
    lesson.says("Twice as much comes through as the gates alone would say. With other weights it can also be less")
    product = lesson.names["three_steps"](1.0).f.prod()
    assert product == pytest.approx(0.358, abs=5e-4) and lesson.names["slope"] == pytest.approx(2 * product, rel=0.01)
    against = LSTMCell(np.zeros((1, 4)), [[0.0, -3.0, 0.0, 0.0]], [-50.0, 2.0, 0.0, 50.0])
    assert slope(against, 3) < 0.9 * through(against, 1.0, 3).f.prod()


def test_section_6_reliable_to_lag_30_and_not_beyond(lesson):
    measured = lesson.names["measured"]
    lesson.says("10 of 10 runs at lag 30, 4 at lag 50, none at 100", "up to lag 30 both solve the task in all ten runs")
    rnn = {lag: measured.solved("SimpleRNN", lag) for lag in measured.lags}
    assert [rnn[lag] for lag in (5, 10, 20, 30)] == [(10, 10)] * 4
    assert [rnn[lag][0] for lag in (50, 100, 200)] == [4, 0, 0]
    lesson.says("The LSTM solves all of them, up to lag 200")
    assert all(measured.solved("LSTM", lag) == (10, 10) for lag in measured.lags) and max(measured.lags) == 200
    lesson.says(
        "800 updates at most", "learning rate that was chosen for it beforehand, on other seeds", "1,024 sequences"
    )
    assert measured.settings["updates"] == 800 and measured.settings["judged_on"] == 1024
    lesson.says("ten other seeds")
    assert len(measured.seeds) == 10 and "chosen on seeds 0 to 4" in measured.about
    assert not set(measured.seeds) & set(range(5))
