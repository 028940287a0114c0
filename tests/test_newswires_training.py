"""A training beside the notebook: watched, stopped, interrupted."""

import asyncio
import threading

import numpy as np
import pytest

from lstm_viz.keras_models.live_fit import Training
from lstm_viz.keras_models.quiet import keras
from lstm_viz.widgets.training_view import TrainingView

pytestmark = pytest.mark.keras

# --- training beside the notebook -----------------------------------------------------------------------------


def small_model():
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.5), "categorical_crossentropy", metrics=["accuracy"])
    return model


def small_fit(model, epochs, after_each=None):
    """fit(callbacks) on data whose validation part gets worse in time, calling `after_each(epoch)`."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 4))
    y = np.eye(3)[np.argmax(x[:, :3], axis=1)]
    worse = x, np.eye(3)[rng.integers(0, 3, 60)]

    class After(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            weights.append(self.model.get_weights())
            if after_each:
                after_each(epoch)

    weights = []

    def fit(callbacks):
        model.fit(x, y, epochs=epochs, validation_data=worse, callbacks=[After(), *callbacks], verbose=0)

    return fit, weights


def test_a_finished_training_keeps_its_last_weights():
    model = small_model()
    fit, weights = small_fit(model, 6)
    training = Training(fit, epochs=6)
    assert (training.state, training.seconds_left, training.epochs_done) == ("ready", None, 0)
    assert training.start().wait() is training
    assert training.state == "finished" and training.epochs_done == 6 and not training.running
    assert set(training.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    for now, last in zip(model.get_weights(), weights[-1], strict=True):
        np.testing.assert_array_equal(now, last)
    with pytest.raises(RuntimeError, match="begun before"):
        training.start()


def test_stop_goes_back_to_the_best_weights():
    model = small_model()
    fit, weights = small_fit(model, 50, after_each=lambda epoch: epoch == 9 and training.stop())
    training = Training(fit, epochs=50)
    training.start().wait()
    assert training.state == "stopped" and training.epochs_done == 10
    ranks = list(zip(training.history["val_accuracy"], [-loss for loss in training.history["val_loss"]], strict=True))
    assert training.best_epoch == 1 + ranks.index(max(ranks)) < 10
    for now, best in zip(model.get_weights(), weights[training.best_epoch - 1], strict=True):
        np.testing.assert_array_equal(now, best)


def test_an_interrupt_while_waiting_keeps_what_is_done():
    """As ipykernel does it: Kernel > Interrupt cancels the task of the cell that awaits."""
    in_fourth, go_on = threading.Event(), threading.Event()

    def hold(epoch):
        if epoch == 3:
            in_fourth.set()
            go_on.wait(20)

    fit, _ = small_fit(small_model(), 50, after_each=hold)

    async def cell():
        view = TrainingView(fit, epochs=50)
        task = asyncio.ensure_future(view.finished())
        await asyncio.sleep(0)  # it waits from now on: three epochs may be over before this line
        while not in_fourth.is_set():
            await asyncio.sleep(0.01)
        assert view.training.epochs_done == 3
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        return view, await task

    view, training = asyncio.run(cell())
    assert training is view.training
    assert training.state == "stopped" and training.epochs_done == 4 and training.best_epoch


def test_closing_a_training_view_stops_its_training():
    fit, _ = small_fit(small_model(), 10_000)
    view = TrainingView(fit, epochs=10_000)
    view.close()
    assert view.training.wait(300).state == "stopped"
    with pytest.raises(RuntimeError, match="the training has not been started"):
        Training(fit, epochs=3).wait()


def test_an_error_in_fit_is_raised_where_one_waits():
    def fit(callbacks):
        raise ValueError("x and y have different lengths")

    view = TrainingView(fit, epochs=3)
    with pytest.raises(ValueError, match="different lengths"):
        view.wait()
    assert view.training.state == "failed" and "different lengths" in view.live.text.value


@pytest.mark.parametrize("fit, epochs, error", [(3, 5, TypeError), (print, 0, ValueError), (print, 2.0, ValueError)])
def test_wrong_arguments_of_a_training(fit, epochs, error):
    with pytest.raises(error, match=r"fit must be|epochs must be"):
        Training(fit, epochs=epochs)


def test_the_view_shows_epoch_loss_and_curves_and_its_button_stops():
    fit, _ = small_fit(small_model(), 30, after_each=lambda epoch: epoch == 4 and view.live.stop_button.click())
    view = TrainingView(fit, epochs=30, majority=0.4)
    assert view.wait().state == "stopped"
    assert "epoch 5 of 30 · loss" in view.live.text.value and "the best" in view.live.text.value
    assert view.live.bar.value == pytest.approx(5 / 30) and view.live.stop_button.disabled
    accuracy, loss = (view.curves[name].figure for name in ("accuracy", "loss"))
    lines = {line.name: list(line.y) for line in accuracy.data if line.name}
    np.testing.assert_allclose(lines["training"], view.training.history["accuracy"], rtol=1e-6)
    np.testing.assert_allclose(lines["test"], view.training.history["val_accuracy"], rtol=1e-6)
    assert set(lines["majority"]) == {0.4} and {"training", "test"} <= {line.name for line in loss.data}
