"""A Keras `fit` in a thread of its own, so that a notebook can watch it, stop it and keep its best weights.

A cell that runs `fit` itself blocks the kernel: no button reaches Python until it has ended. Here the cell returns at
once; `lstm_viz.widgets.training_view` shows how it goes and waits for it without blocking.
"""

from __future__ import annotations

import threading
import time

from lstm_viz.cells import checks
from lstm_viz.keras_models.quiet import keras

__all__ = ["Training"]


class Training:
    """Runs `fit(callbacks)` in a thread and notes every epoch.

    fit: a function of one argument, a list of Keras callbacks that it hands to `model.fit` (or to a scikit-learn
    wrapper's `fit`). epochs: how many that fit runs, for the time left. Stopped, the model gets its best
    weights so far: those of the epoch with the highest accuracy, of equal ones the lowest loss, on the validation
    data if fit has any. After all its epochs it keeps the last ones, as `fit` alone would.
    """

    def __init__(self, fit, *, epochs):
        if not callable(fit):
            raise TypeError(f"fit must be a function that takes a list of callbacks; got {type(fit).__name__}")
        self.epochs = checks.whole(epochs, "epochs")
        #: {"loss": [...], "accuracy": [...], ...}, one value per finished epoch
        self.history = {}
        self.best_epoch = None
        self.error = None
        #: "ready", "running", then "finished", "stopped" or "failed"
        self.state = "ready"
        self._fit = fit
        self._best = None
        self._stop = threading.Event()
        # waited for in place of the thread: an interrupt during Thread.join makes Python 3.11 think it has ended
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="training", daemon=True)

    @property
    def epochs_done(self):
        return min((len(values) for values in list(self.history.values())), default=0)

    @property
    def running(self):
        return self.state == "running"

    @property
    def stopping(self):
        """Whether a stop was asked for."""
        return self._stop.is_set()

    @property
    def seconds_left(self):
        """Seconds to the last epoch at the pace so far, without the first epoch's compiling; None before the second."""
        done = self.epochs_done
        if done < 2 or not self.running:
            return None
        return (self._last_epoch_at - self._first_epoch_at) / (done - 1) * (self.epochs - done)

    def start(self):
        """Begin; returns at once. RuntimeError when it has begun before."""
        if self.state != "ready":
            raise RuntimeError("this training has begun before; make a new one to train again")
        self.state = "running"
        self._thread.start()
        return self

    def stop(self):
        """Stop after the epoch that is running and go back to the best weights; safe from any thread."""
        self._stop.set()

    def wait(self, timeout=None):
        """Wait for the end; returns self. An error in fit is raised here; TimeoutError after `timeout` seconds."""
        if self.state == "ready":
            raise RuntimeError("the training has not been started")
        if not self._done.wait(timeout):
            raise TimeoutError(f"the training is still running after {timeout} s, at {self}")
        if self.error is not None:
            raise self.error
        return self

    # -- in the thread --

    def _run(self):
        try:
            self._fit([_Watch(self)])
            self.state = "finished" if self.epochs_done >= self.epochs else "stopped"
        except BaseException as error:  # whatever it is, the reader must hear of it in `finished`
            self.error = error
            self.state = "failed"
        finally:
            self._done.set()

    def _note(self, model, logs):
        now = time.perf_counter()
        if not self.history:
            self._first_epoch_at = now
        self._last_epoch_at = now
        for name, value in logs.items():
            self.history.setdefault(name, []).append(float(value))
        prefix = "val_" if "val_loss" in logs else ""
        rank = logs.get(f"{prefix}accuracy", 0.0), -logs[f"{prefix}loss"]
        if self._best is None or rank > self._best[0]:
            self._best = rank, model.get_weights()
            self.best_epoch = self.epochs_done
        if self._stop.is_set():
            model.stop_training = True

    def _go_back(self, model):
        if self._stop.is_set() and self.epochs_done < self.epochs:
            model.set_weights(self._best[1])

    def __repr__(self):
        return f"<training {self.state}: {self.epochs_done} of {self.epochs} epochs>"


class _Watch(keras.callbacks.Callback):
    def __init__(self, training):
        super().__init__()
        self.training = training

    def on_epoch_end(self, epoch, logs=None):
        self.training._note(self.model, logs)

    def on_train_end(self, logs=None):
        self.training._go_back(self.model)
