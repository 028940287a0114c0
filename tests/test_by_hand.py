"""The hand-gated cell: it obeys its gates, and its score can be worked out."""

from math import erf, sqrt

import numpy as np
import pytest

from lstm_viz.lessons.lesson_06 import by_hand


def test_the_gates_are_what_they_were_told():
    rng = np.random.default_rng(0)
    i, f, o = rng.random((3, 9))
    values = by_hand.noisy_bits(9, 4)
    trace = by_hand.hand_cell().run(by_hand.gated_input(values, i, f, o))
    for told, name in ((i, "i"), (f, "f"), (o, "o")):
        np.testing.assert_allclose(getattr(trace, name)[..., 0], np.broadcast_to(told, (4, 9)), atol=1e-12)
    np.testing.assert_allclose(trace.c_tilde[..., 0], np.tanh(2 * values), atol=1e-12)


def test_perfect_gates_carry_the_bit_and_silence_is_a_coin_toss():
    shut, kept = np.zeros(20), np.ones(20)
    write = by_hand.schedule(20, 3, 3)
    say = by_hand.schedule(20, 19, 19)
    assert by_hand.carry(write, kept, say, cue=3) == 1.0
    assert by_hand.carry(write, kept, shut, cue=3) == pytest.approx(0.5, abs=0.04)  # nothing is said
    assert by_hand.carry(shut, kept, say, cue=3) == pytest.approx(0.5, abs=0.04)  # nothing was written
    assert by_hand.carry(write, shut, say, cue=3) == pytest.approx(0.5, abs=0.04)  # forgotten at once
    assert by_hand.carry(write, kept, say, cue=4) == pytest.approx(0.5, abs=0.04)  # another bit


def test_writing_all_the_time_is_a_majority_vote():
    # with f = i = 1 the cell adds up all bits; how often the sum of 9 has the sign of one of them is a binomial sum
    n = 9
    gates = np.ones(n)
    expected = 0.5 + 70 / 2 ** (n - 1) / 2  # C(8, 4) = 70 ties of the other eight are decided by the bit itself
    assert by_hand.carry(gates, gates, gates, count=20000) == pytest.approx(expected, abs=0.015)


def test_a_leak_fades_as_a_power_of_f():
    n, f = 30, 0.85
    right = by_hand.carry(by_hand.schedule(n, 0, 0), np.full(n, f), np.ones(n), count=20000)
    h = np.tanh(np.tanh(2.0) * f ** (n - 1))
    assert right == pytest.approx(0.5 + erf(h / by_hand.LISTENER_NOISE / sqrt(2)) / 2, abs=0.01)


@pytest.mark.parametrize("gate", [np.ones(4), np.full(5, 1.5), np.full(5, np.nan)])
def test_bad_gates(gate):
    with pytest.raises(ValueError, match=r"f must (have shape \(5,\)|lie in 0 to 1|hold finite numbers)"):
        by_hand.carry(np.ones(5), gate, np.ones(5))


def test_bad_cue():
    with pytest.raises(ValueError, match="cue must be a timestep from 0 to 4; got 5"):
        by_hand.carry(np.ones(5), np.ones(5), np.ones(5), cue=5)
