"""What lesson 05 says about radius and singular value, at a matrix just outside the rule of thumb."""

import numpy as np

from lstm_viz import SimpleRNNCell
from lstm_viz.learning import backward, spectral_radius
from lstm_viz.lessons.lesson_05.spectral_radius_lab import spectral_radius_lab

U = np.array([[2.0, 2.0], [-2.0, -2.0]])


def test_a_spectral_radius_of_0_does_not_make_every_gradient_vanish():
    """Inputs exist with which it grows to 1e25 at lag 99; without tanh it is 0 after two steps."""
    assert spectral_radius(U) < 1e-6 and np.isclose(np.linalg.norm(U, 2), 4)
    np.testing.assert_array_equal(U @ U, 0)
    cell = SimpleRNNCell(kernel=np.eye(2), recurrent_kernel=U, bias=[0.0, 0.0])
    wanted = np.array([0.0, np.sqrt(0.9)])  # slopes of the tanh: 1 and 0.1
    h, x = wanted, []
    for _ in range(100):
        x.append(np.arctanh(wanted) - h @ U)  # from where h really is: the path is unstable, rounding would grow
        h = cell.run(x[-1][None], initial_state=h).h[-1]
    trace = cell.run(np.array(x), initial_state=wanted)
    np.testing.assert_allclose(trace.h, np.tile(wanted, (100, 1)), atol=1e-6)
    lengths = np.linalg.norm(backward(cell, trace, np.ones(2)).h, axis=-1)
    assert 1e25 < lengths[0] < 1e26 and lengths[-1] == np.sqrt(2)


def test_a_largest_singular_value_below_1_makes_it_vanish_for_every_input():
    rng = np.random.default_rng(0)
    small = U * 0.9 / np.linalg.norm(U, 2)
    cell = SimpleRNNCell(kernel=np.eye(2), recurrent_kernel=small, bias=[0.0, 0.0])
    for size in (0.0, 0.3, 1.0, 3.0):
        trace = cell.run(size * rng.normal(size=(20, 100, 2)))
        lengths = np.linalg.norm(backward(cell, trace, np.ones((20, 2))).h, axis=-1)
        assert (lengths[:, 0] <= 0.9**99 * np.sqrt(2) * (1 + 1e-9)).all()


def test_the_prediction_about_the_radius_names_the_orthogonal_matrix_that_it_is_about():
    from lstm_viz.lessons.lesson_05.exercises import PREDICTIONS

    question = next(p for p in PREDICTIONS if p.name == "05.a").question
    lab = spectral_radius_lab()
    lab.radius.value, lab.size.value = 1.1, 0.2
    assert "orthogonal" in question and 0.01 < lab.left["with tanh"] < 100
