"""Gradients against TensorFlow's GradientTape over Keras's own cells."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_viz.cells import GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.learning.gradients import backward

pytestmark = pytest.mark.keras

LAYERS = {
    "SimpleRNN": ("SimpleRNN", SimpleRNNCell, {}),
    "SimpleRNN relu": ("SimpleRNN", SimpleRNNCell, {"activation": "relu"}),
    "LSTM": ("LSTM", LSTMCell, {}),
    "LSTM hard_sigmoid": ("LSTM", LSTMCell, {"recurrent_activation": "hard_sigmoid", "activation": "linear"}),
    "GRU": ("GRU", GRUCell, {}),
    "GRU reset_before": ("GRU", GRUCell, {"reset_after": False}),
}


def assert_relative(ours, theirs, tolerance, name):
    """Largest difference relative to the largest entry, per timestep where there are timesteps."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    scale = np.abs(theirs).max()
    assert np.abs(ours - theirs).max() <= tolerance * scale, (name, np.abs(ours - theirs).max() / scale)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 1e-5)])
@pytest.mark.parametrize("name", LAYERS)
def test_gradients_agree_with_gradient_tape(name, dtype, tolerance):
    tf = pytest.importorskip("tensorflow")
    keras = pytest.importorskip("keras")
    layer_name, make, options = LAYERS[name]
    rng = np.random.default_rng(7)
    batch, timesteps, input_dim, units = 3, 40, 5, 12
    layer = getattr(keras.layers, layer_name)(units, dtype=dtype, **options)
    layer.build((None, timesteps, input_dim))
    layer.set_weights([0.4 * rng.normal(size=w.shape) for w in layer.get_weights()])
    cell = make(*layer.get_weights(), **options)
    x = rng.normal(size=(batch, timesteps, input_dim)).astype(dtype)
    weigh = rng.normal(size=(batch, timesteps, units)).astype(dtype)

    states = [tf.zeros((batch, units), dtype) for _ in cell.state_names]
    x_tensor = tf.constant(x)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x_tensor, *states])
        first, kept = list(states), []
        for t in range(timesteps):
            _, states = layer.cell(x_tensor[:, t], states)
            kept.append(list(states))
        loss = tf.add_n([tf.reduce_sum(s[0] * weigh[:, t]) for t, s in enumerate(kept)])
    trace = cell.run(x)
    ours = backward(cell, trace, weigh)
    assert ours.h.dtype == dtype
    variables = [v.value for v in layer.trainable_variables]
    for mine, theirs, what in zip(ours.weights, tape.gradient(loss, variables), layer.weights, strict=True):
        assert_relative(mine, theirs, tolerance, what.name)
    assert_relative(ours.x, tape.gradient(loss, x_tensor), tolerance, "x")
    for k, part in enumerate(("h", "c")[: len(cell.state_names)]):
        theirs = np.stack([g.numpy() for g in tape.gradient(loss, [s[k] for s in kept])], axis=1)
        for t in range(timesteps):
            assert_relative(getattr(ours, part)[:, t], theirs[:, t], tolerance, f"{part} at {t}")
        initial = ours.initial_state[k] if len(cell.state_names) > 1 else ours.initial_state
        assert_relative(initial, tape.gradient(loss, first[k]), tolerance, f"initial {part}")
