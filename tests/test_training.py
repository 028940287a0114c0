"""Training by its properties: grouping, losses, clipping, early stop, divergence, interruption (Keras: *_keras.py)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from lstm_viz.cells import GRUCell, LSTMCell, Overflow, SimpleRNNCell
from lstm_viz.cells.variants import IRNNCell
from lstm_viz.learning import tasks
from lstm_viz.learning._stack import Stack
from lstm_viz.learning.adam import clip
from lstm_viz.learning.losses import LOSSES
from lstm_viz.learning.models import Readout
from lstm_viz.learning.tasks import MarkedRecall
from lstm_viz.learning.training import Trainer, train

CELLS = {
    "SimpleRNN": lambda d, u, s: SimpleRNNCell.initialise(d, u, seed=s),
    "LSTM": lambda d, u, s: LSTMCell.initialise(d, u, seed=s, forget_bias=float(s % 4)),
    "GRU": lambda d, u, s: GRUCell.initialise(d, u, seed=s),
    "GRU reset_before": lambda d, u, s: GRUCell.initialise(d, u, seed=s, reset_after=False),
}


def bits(model):
    return b"".join(a.tobytes() for a in (*model.cell.weights, model.readout.kernel, model.readout.bias, model.losses))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CELLS)
def test_results_are_the_same_to_the_last_bit_however_models_are_grouped(name, dtype):
    task = tasks.MarkedRecall(lag=9)
    seeds = list(range(11))
    rates = [0.003 + 0.001 * s for s in seeds]
    cells = [CELLS[name](2, 7, s) for s in seeds]
    settings = dict(updates=25, batch_size=13, early_stop=False, test_size=20, dtype=dtype)
    whole = train(cells, task, seeds=seeds, learning_rate=rates, stack_size=11, **settings)
    halves = train(cells, task, seeds=seeds, learning_rate=rates, stack_size=5, **settings)
    alone = [train([cells[k]], task, seeds=[k], learning_rate=rates[k], **settings)[0] for k in seeds]
    for a, b, c in zip(whole, halves, alone, strict=True):
        assert bits(a) == bits(b) == bits(c)
        assert a.score == b.score == c.score


@pytest.mark.parametrize(
    "task",
    [tasks.CopyMemory(lag=5), tasks.TwoSequence(lag=20), tasks.EmbeddedReber(lag=5), tasks.Adding(lag=20)],
    ids=lambda task: task.name,
)
def test_grouping_of_tasks_with_targets_at_many_steps(task):
    cells = [LSTMCell.initialise(task.input_dim, 6, seed=s) for s in range(3)]
    settings = dict(updates=6, early_stop=False, test_size=30, batch_size=7)
    together = train(cells, task, **settings)
    alone = [train([cells[k]], task, seeds=[k], **settings)[0] for k in range(3)]
    assert [bits(m) for m in together] == [bits(m) for m in alone]
    assert [m.score for m in together] == [m.score for m in alone]


def test_a_model_that_leaves_changes_nothing_for_the_others():
    task = tasks.MarkedRecall(lag=4)
    cells = [GRUCell.initialise(2, 8, seed=s) for s in range(6)]
    together = train(cells, task, updates=300)
    assert len({m.updates for m in together}) > 1, "they should leave at different times"
    for k in (0, 3, 5):
        assert bits(train([cells[k]], task, seeds=[k], updates=300)[0]) == bits(together[k])


# --- losses and the gradient of everything -----------------------------------------------------------------


def random_targets(name, rng, shape, outputs):
    if name == "sparse_categorical_crossentropy":
        y = rng.integers(0, outputs, shape)
        y[:, 1] = -1
        return y
    y = rng.random((*shape, outputs)) if name == "mean_squared_error" else rng.integers(0, 2, (*shape, outputs)) * 1.0
    y[:, 1] = np.nan
    return y


@pytest.mark.parametrize("shape", [(2, 5), (2, 5, 3)])
@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_their_derivatives(name, shape):
    rng = np.random.default_rng(0)
    outputs, loss = rng.normal(size=(*shape, 4)), LOSSES[name]
    y = random_targets(name, rng, shape, 4)
    value, derivative = loss(outputs, y)
    assert value.shape == (2,)
    for index in np.ndindex(outputs.shape):
        moved = outputs.copy()
        moved[index] += 1e-6
        slope = (loss(moved, y)[0] - value) / 1e-6
        np.testing.assert_allclose(slope[index[0]], derivative[index], atol=1e-5)
    assert not derivative[:, 1].any(), "no target, no gradient"
    # the mean is over the targets that there are
    kept = np.arange(shape[1]) != 1
    np.testing.assert_allclose(value, loss(outputs[:, kept], y[:, kept])[0])


def test_losses_by_hand():
    value, _ = LOSSES["sparse_categorical_crossentropy"](np.log([[[0.2, 0.8]], [[0.5, 0.5]]]), np.array([[1], [0]]))
    np.testing.assert_allclose(value, [-np.log(0.8), np.log(2)])
    value, _ = LOSSES["binary_crossentropy"](np.array([[[0.0]], [[800.0]]]), np.array([[[1.0]], [[0.0]]]))
    np.testing.assert_allclose(value, [np.log(2), 800.0])
    value, _ = LOSSES["mean_squared_error"](np.array([[[1.0, 2.0]]]), np.array([[[0.0, 0.0]]]))
    np.testing.assert_allclose(value, [2.5])


@dataclass(frozen=True)
class Fixed:
    """A task that always gives the same examples."""

    x: np.ndarray
    y: np.ndarray
    loss: str
    outputs: int
    per_step: bool
    higher_is_better: bool = True

    @property
    def input_dim(self):
        return self.x.shape[-1]

    def batch(self, rng, batch_size):
        picked = np.arange(batch_size) % len(self.x)
        return self.x[picked], self.y[picked]

    def score(self, outputs, y):
        return np.zeros(outputs.shape[: outputs.ndim - 2 - self.per_step])

    def solved(self, score):
        return np.asarray(score) > 1


@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", CELLS)
def test_the_gradient_of_every_parameter_is_the_finite_difference_of_the_loss(name, loss, per_step):
    rng = np.random.default_rng(1)
    batch, timesteps, d, u, outputs = 4, 5, 2, 3, 3
    x = rng.normal(size=(batch, timesteps, d))
    y = random_targets(loss, rng, (1, batch, timesteps) if per_step else (1, batch), outputs)[0]
    task = Fixed(x, y, loss, outputs, per_step)
    cell = CELLS[name](d, u, 1)
    cell = cell.replace(bias=rng.normal(size=cell.bias.shape))
    readout = Readout(rng.normal(size=(u, outputs)), rng.normal(size=outputs))
    trainer = Trainer(
        [cell], task, readouts=[readout], updates=1, batch_size=batch, clipnorm=None, test_size=1, dtype=np.float64
    )
    stack = Stack(trainer, [0])
    outputs_now, h = stack._forward(*(v[None] for v in (x, y)))
    gradient = stack._backward(h, LOSSES[loss](outputs_now, y[None])[1])[0]

    def value(flat):
        parts = [flat[p].reshape(s) for p, s in zip(stack.parameters.parts, stack.parameters.shapes, strict=True)]
        moved = cell.replace(kernel=parts[0], recurrent_kernel=parts[1], bias=parts[2])
        states = moved.run(x).h if per_step else moved.run(x).h[:, -1]
        return LOSSES[loss](Readout(*parts[3:])(states)[None], y[None])[0][0]

    flat = stack.parameters.flat[0]
    for k in range(len(flat)):
        up, down = flat.copy(), flat.copy()
        up[k] += 1e-6
        down[k] -= 1e-6
        np.testing.assert_allclose(gradient[k], (value(up) - value(down)) / 2e-6, atol=1e-8)


# --- clipping ----------------------------------------------------------------------------------------------


def test_clipping_is_per_variable_or_global():
    parts = [slice(0, 2), slice(2, 4)]
    g = np.array([[3.0, 4.0, 0.3, 0.4], [0.0, 0.0, 6.0, 8.0]])
    per_variable = g.copy()
    clip(per_variable, parts, clipnorm=1.0)
    np.testing.assert_allclose(per_variable, [[0.6, 0.8, 0.3, 0.4], [0, 0, 0.6, 0.8]])
    together = g.copy()
    clip(together, parts, global_clipnorm=1.0)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1)
    np.testing.assert_allclose(together[0] / g[0], np.full(4, together[0, 0] / 3))
    untouched = g.copy()
    clip(untouched, parts)
    np.testing.assert_array_equal(untouched, g)


# --- what comes out ----------------------------------------------------------------------------------------


def test_it_learns_and_stops_early():
    task = tasks.MarkedRecall(lag=5)
    cells = [LSTMCell.initialise(2, 16, seed=s) for s in range(3)]
    models = train(cells, task, updates=600)
    assert all(m.solved and m.score > 0.95 and m.updates < 600 for m in models)
    assert all(len(m.losses) == len(m.batch_scores) == m.updates for m in models)
    # the score can be had again from the parts that came out
    x, y = task.batch(np.random.default_rng(99), 2000)
    for m in models:
        again = task.score(m.readout(m.cell.run(x).h[:, -1]), y)
        assert abs(again - m.score) < 0.04
    assert models[0].cell.run(x[0]).timesteps == 6


def test_without_early_stop_all_updates_are_used():
    cells = [LSTMCell.initialise(2, 16, seed=s) for s in range(2)]
    models = train(cells, tasks.MarkedRecall(lag=1), updates=90, early_stop=False)
    assert [m.updates for m in models] == [90, 90]
    assert all(m.status == "solved" for m in models)


def test_a_model_that_did_not_learn_says_so():
    (model,) = train([SimpleRNNCell.initialise(2, 4)], tasks.MarkedRecall(lag=60), updates=5)
    assert model.status == "ran out" and 0.4 < model.score < 0.6


def test_divergence_is_marked_and_spares_the_others():
    task = tasks.Adding(lag=20, version="2016")
    cells = [SimpleRNNCell.initialise(2, 8, seed=s, activation="relu") for s in range(3)]
    models = train(cells, task, learning_rate=[0.01, 1e38, 0.01], clipnorm=None, updates=30, early_stop=False)
    assert [m.status for m in models] == ["ran out", "diverged", "ran out"]
    assert np.isnan(models[1].score) and models[1].updates < 30
    assert all(np.isfinite(w).all() for w in models[1].cell.weights)
    alone = train(cells[:1], task, clipnorm=None, updates=30, early_stop=False)[0]
    assert bits(alone) == bits(models[0])


def test_a_model_that_overflows_on_the_test_alone_has_diverged_and_spares_the_others():
    """Its weights and losses are finite numbers: the error of its test ended the training of all, and its sweep."""
    task = tasks.MarkedRecall(lag=100)
    cells = [IRNNCell.initialise(2, 4, seed=s) for s in (3, 2)]
    settings = dict(clipnorm=1e9, updates=1, test_size=256, early_stop=False)
    lost, kept = train(cells, task, seeds=[3, 2], learning_rate=[0.5, 0.001], **settings)
    assert np.isfinite(lost.losses).all() and all(np.isfinite(w).all() for w in lost.cell.weights)
    x, _ = task.batch(np.random.default_rng([2, 3]), 256)
    with pytest.raises(Overflow, match="left the range of float32"):
        lost.cell.run(x.astype(np.float32))
    assert lost.status == "diverged" and np.isnan(lost.score)
    assert kept.status == "ran out" and np.isfinite(kept.score)


def test_stopping_keeps_what_is_done_and_going_on_finishes():
    task = tasks.MarkedRecall(lag=3)
    cells = [GRUCell.initialise(2, 8, seed=s) for s in range(4)]
    trainer = Trainer(cells, task, updates=400, stack_size=2)
    for progress in trainer:
        if progress.finished == 2:
            break
    assert sorted(trainer.models) == [0, 1]
    assert [m.status for m in trainer.results()][:2] == ["solved", "solved"]
    for _ in trainer:
        pass
    assert [bits(m) for m in trainer.results()] == [bits(m) for m in train(cells, task, updates=400)]


def test_an_interrupt_in_the_middle_leaves_an_unfinished_model():
    @dataclass(frozen=True)
    class Interrupting(tasks.MarkedRecall):
        def batch(self, rng, batch_size):
            calls.append(1)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return super().batch(rng, batch_size)

    calls = []
    trainer = Trainer([LSTMCell.initialise(2, 8)], Interrupting(lag=30), updates=100)
    with pytest.raises(KeyboardInterrupt):
        for _ in trainer:
            pass
    (model,) = trainer.results()
    assert model.status == "unfinished" and model.updates == 20 and 0 <= model.score <= 1


def test_progress_counts_up_to_its_total():
    cells = [LSTMCell.initialise(2, 8, seed=s) for s in range(5)]
    seen = list(Trainer(cells, tasks.MarkedRecall(lag=3), updates=60, stack_size=3, report_every=7))
    assert [p.updates for p in seen] == sorted(p.updates for p in seen)
    assert seen[-1].updates == seen[-1].total and seen[-1].finished == seen[-1].models == 5
    assert all(0 <= p.score <= 1 and np.isfinite(p.loss) for p in seen)


def test_blas_threads_are_limited_around_training_only():
    def threads():
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before, during = threads(), []

    @dataclass(frozen=True)
    class Watching(tasks.MarkedRecall):
        def batch(self, rng, batch_size):
            during.append(threads())
            return super().batch(rng, batch_size)

    for _ in Trainer([LSTMCell.initialise(2, 4)], Watching(lag=2), updates=3, report_every=1):
        assert threads() == before
    assert all(n == 1 for n in during[0]) and threads() == before


def test_nothing_heavy_is_imported():
    import subprocess
    import sys

    code = (
        "import lstm_viz.learning, sys; print(sorted({'tensorflow', 'keras', 'plotly', 'sklearn'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": -0.1}, "learning_rate must be above 0 and finite; got -0.1"),
        ({"learning_rate": [0.1, 0.2, 0.3]}, r"one number or one per cell, 2; got shape \(3,\)"),
        ({"learning_rate": np.nan}, "learning_rate must be above 0"),
        ({"updates": 0}, "updates must be a whole number of at least 1; got 0"),
        ({"batch_size": 2.5}, "batch_size must be a whole number"),
        ({"clipnorm": -1}, "clipnorm must be above 0"),
        ({"clipnorm": 1.0, "global_clipnorm": 1.0}, "only one of clipnorm and global_clipnorm"),
        ({"seeds": [1]}, "seeds must be one per cell, 2; got 1"),
        ({"seeds": [1, -2]}, "seeds must be a whole number of at least 0; got -2"),
        ({"readouts": []}, "readouts must be one per cell, 2; got 0"),
        ({"dtype": np.float16}, "dtype must be float32 or float64"),
    ],
)
def test_bad_settings(settings, message):
    cells = [LSTMCell.initialise(2, 4, seed=s) for s in range(2)]
    with pytest.raises(ValueError, match=message):
        Trainer(cells, tasks.MarkedRecall(lag=3), **settings)


def test_bad_cells():
    task = tasks.MarkedRecall(lag=3)
    with pytest.raises(ValueError, match="at least one cell"):
        Trainer([], task)
    with pytest.raises(ValueError, match="one kind and shape"):
        Trainer([LSTMCell.initialise(2, 4), GRUCell.initialise(2, 4)], task)
    with pytest.raises(ValueError, match="input_dim of the task, 2; got 3"):
        Trainer([LSTMCell.initialise(3, 4)], task)


@pytest.mark.parametrize(
    "call",
    [
        lambda: Trainer(3, MarkedRecall(5)),
        lambda: Trainer([LSTMCell.initialise(2, 3)], "marked recall"),
        lambda: Trainer([LSTMCell.initialise(2, 3)], MarkedRecall(5), seeds=3),
        lambda: Readout.initialise("4", 2),
        lambda: Readout.initialise(4, 2)("h"),
        lambda: Readout.initialise(4, 2).probabilities(np.ones(3)),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(call):
    with pytest.raises((ValueError, TypeError), match=r"; got .") as caught:
        call()
    assert len(str(caught.value)) <= 300
