"""Training held to Keras: the same weights after the same batches, and the same success rates over seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from lstm_viz.cells import GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.learning import tasks
from lstm_viz.learning._stack import DRAWN_AT_ONCE
from lstm_viz.learning.models import Readout
from lstm_viz.learning.training import train

pytestmark = pytest.mark.keras

LAYERS = {
    "SimpleRNN": ("SimpleRNN", SimpleRNNCell, {}),
    "LSTM": ("LSTM", LSTMCell, {}),
    "GRU": ("GRU", GRUCell, {}),
    "GRU reset_before": ("GRU", GRUCell, {"reset_after": False}),
}


@dataclass(frozen=True)
class Recorded:
    """A task that gives the batches it was made with, and the loss of the test."""

    x: np.ndarray
    y: np.ndarray
    loss: str
    outputs: int
    per_step: bool

    input_dim = 3

    def batch(self, rng, n):
        return self.x[:n], self.y[:n]

    def score(self, outputs, y):
        return np.zeros(outputs.shape[: outputs.ndim - 2 - self.per_step])

    def solved(self, score):
        return np.asarray(score) > 1


def keras_model(keras, layer_name, options, task, timesteps, units, dtype):
    inputs = keras.Input((timesteps, task.input_dim), dtype=dtype)
    layer = getattr(keras.layers, layer_name)(units, return_sequences=task.per_step, dtype=dtype, **options)
    outputs = keras.layers.Dense(task.outputs, dtype=dtype)(layer(inputs))
    return keras.Model(inputs, outputs)


def keras_loss(keras, name):
    return {
        "sparse_categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "binary_crossentropy": keras.losses.BinaryCrossentropy(from_logits=True),
        "mean_squared_error": keras.losses.MeanSquaredError(),
    }[name]


@pytest.fixture
def float64_keras():
    """Keras in float64 throughout: its inputs, and the learning rate that its optimizers keep."""
    keras = pytest.importorskip("keras")
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    yield keras
    keras.config.set_floatx(before)


@pytest.mark.parametrize(
    ("loss", "per_step", "clipping"),
    [
        ("sparse_categorical_crossentropy", False, {"clipnorm": 0.1}),
        ("sparse_categorical_crossentropy", True, {"clipnorm": None}),
        ("mean_squared_error", True, {"clipnorm": 0.05}),
        ("binary_crossentropy", False, {"clipnorm": None, "global_clipnorm": 0.1}),
    ],
)
@pytest.mark.parametrize("name", LAYERS)
def test_the_same_weights_after_20_updates(name, loss, per_step, clipping, float64_keras):
    keras = float64_keras
    layer_name, make, options = LAYERS[name]
    rng = np.random.default_rng(11)
    batch, timesteps, units, outputs, updates = 8, 12, 10, 3, 2 * DRAWN_AT_ONCE
    # the recorded batches are used twice over, as the task gives the same block at each call
    n = batch * DRAWN_AT_ONCE
    x = rng.normal(size=(n, timesteps, 3))
    shape = (n, timesteps) if per_step else (n,)
    if loss == "sparse_categorical_crossentropy":
        y = rng.integers(0, outputs, shape)
    else:
        y = rng.normal(size=(*shape, outputs))
        y = (y > 0) * 1.0 if loss == "binary_crossentropy" else y
    task = Recorded(x, y, loss, outputs, per_step)

    model = keras_model(keras, layer_name, options, task, timesteps, units, "float64")
    model.set_weights([rng.normal(size=w.shape) * 0.5 for w in model.get_weights()])
    *weights, kernel, bias = model.get_weights()
    (ours,) = train(
        [make(*weights, **options)],
        task,
        readouts=[Readout(kernel, bias)],
        learning_rate=0.01,
        updates=updates,
        batch_size=batch,
        early_stop=False,
        test_size=1,
        dtype=np.float64,
        **clipping,
    )

    model.compile(keras.optimizers.Adam(0.01, **clipping), keras_loss(keras, loss))
    losses = []
    for update in range(updates):
        rows = slice((update % DRAWN_AT_ONCE) * batch, (update % DRAWN_AT_ONCE + 1) * batch)
        losses.append(model.train_on_batch(x[rows], y[rows]))
        model.reset_metrics()
    for mine, theirs in zip(
        [*ours.cell.weights, ours.readout.kernel, ours.readout.bias], model.get_weights(), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.losses, losses, rtol=1e-5)


@pytest.mark.slow
def test_the_same_success_rates_over_seeds():
    """A plain network on marked recall at a budget that solves about half of the seeds, in Keras and here."""
    tf = pytest.importorskip("tensorflow")
    keras = pytest.importorskip("keras")
    task, units, batch, updates, keras_seeds = tasks.MarkedRecall(lag=20), 16, 32, 240, 16
    cells = [SimpleRNNCell.initialise(2, units, seed=s) for s in range(100)]
    ours = train(cells, task, updates=updates, early_stop=False, test_size=1000)
    rate = np.mean([m.solved for m in ours])
    assert 0.2 < rate < 0.8, "the setting must leave room for a difference"

    model = keras_model(keras, "SimpleRNN", {}, task, task.timesteps, units, "float32")
    optimizer = keras.optimizers.Adam(0.01, clipnorm=1.0)
    optimizer.build(model.trainable_variables)
    fresh = [v.numpy() for v in optimizer.variables]
    loss = keras_loss(keras, task.loss)

    @tf.function
    def update(x, y):
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        optimizer.apply(tape.gradient(value, model.trainable_variables))

    solved = 0
    for seed in range(keras_seeds):
        keras.utils.set_random_seed(1000 + seed)
        other = keras_model(keras, "SimpleRNN", {}, task, task.timesteps, units, "float32")
        model.set_weights(other.get_weights())
        for variable, value in zip(optimizer.variables, fresh, strict=True):
            variable.assign(value)
        rng = np.random.default_rng(5000 + seed)
        for _ in range(updates):
            update(*(tf.constant(v) for v in task.batch(rng, batch)))
        x, y = task.batch(rng, 1000)
        solved += bool(task.solved(task.score(model(x).numpy(), y)))

    # Fisher's exact test, two-sided: with one and the same true rate a difference this large is a 1 in 1000 event
    p = fisher_exact(solved, keras_seeds, sum(m.solved for m in ours), len(ours))
    assert p > 1e-3, (solved / keras_seeds, rate)


def fisher_exact(k, n, other_k, other_n):
    from math import comb

    total = comb(n + other_n, k + other_k)
    chances = [comb(n, i) * comb(other_n, k + other_k - i) / total for i in range(min(n, k + other_k) + 1)]
    return sum(c for c in chances if c <= chances[k] * (1 + 1e-9))
