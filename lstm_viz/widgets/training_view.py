"""`TrainingView`: a Keras fit with a progress bar, time left, learning curves as they grow, and a Stop button."""

from __future__ import annotations

import ipywidgets
import plotly.graph_objects as go

from lstm_viz.keras_models.live_fit import Training
from lstm_viz.pictures.figures import learning_curves
from lstm_viz.widgets.frame_view import FrameView
from lstm_viz.widgets.live_run import LiveRun

__all__ = ["TrainingView"]

_EMPTY = go.Figure(layout={"height": 400, "xaxis": {"visible": False}, "yaxis": {"visible": False}})
_REDRAW = 4  # looks between two drawings of the curves, which cost the browser more than the bar


class TrainingView(ipywidgets.VBox):
    """Starts `fit(callbacks)` in the background (see `lstm_viz.keras_models.live_fit.Training`) and shows how it goes.

    fit: a function of a list of callbacks that it hands to a `fit`. epochs: how many that runs. watched: what the
    validation data is called in the curves. majority: accuracy of always giving the most frequent answer, drawn as a
    line. The cell returns at once; `await view.finished()` in the next one waits for the end, lets a click on Stop
    through, and raises what fit raised.
    """

    def __init__(self, fit, *, epochs, watched="test", majority=None):
        self.training = Training(fit, epochs=epochs)
        self._watched, self._majority = watched, majority
        self._drawn = self._looks = 0
        # made now and not with the first epoch: a saved page only knows widgets that were made while their cell ran
        self.curves = {name: FrameView(_EMPTY) for name in ("accuracy", "loss")}
        tooltip = "Stop after this epoch and go back to the weights of the best epoch so far"
        self.live = LiveRun(
            lambda: self.training, self._says, on_look=self._look, stop=("■ Stop, keep the best", tooltip)
        )
        box = {"flex": "1 1 420px", "min_width": "0"}
        curves = ipywidgets.HBox(
            [ipywidgets.Box([view], layout=box) for view in self.curves.values()],
            layout={"flex_flow": "row wrap", "width": "100%"},
        )
        super().__init__([self.live, curves])
        self.add_class("lstm-viz-lab")
        self.live.run()

    def stop(self):
        """What the button does."""
        self.live.stop()

    async def finished(self):
        """Wait for the end, without blocking the kernel; returns the training, with its `history`."""
        try:
            return await self.live.finished()
        finally:
            if self._drawn:  # sent once more, from the cell that waits
                self._draw(self._drawn)

    def wait(self):
        """`finished` outside a notebook."""
        return self.live.wait()

    def close(self):
        """Stop the training, keep the best weights, and take the view away."""
        self.live.close()
        super().close()

    def _says(self, training):
        done = training.epochs_done
        return done / training.epochs, self._sentence(done)

    def _look(self):
        """Draw the curves now and then; the bar costs the browser less."""
        training = self.training
        done = training.epochs_done
        if done > self._drawn and (not training.running or not self._drawn or self._looks >= _REDRAW):
            self._draw(done)
            self._looks = 0
        else:
            self._looks += 1

    def _sentence(self, done):
        training = self.training
        if training.error is not None:
            return f"The training ended with an error: {type(training.error).__name__}: {training.error}"
        if not done:
            return f"epoch 1 of {training.epochs}: Keras compiles the model ..."
        loss = training.history["loss"][done - 1]
        text = f"epoch {done} of {training.epochs} · loss {loss:.3f}"
        if training.running:
            left = training.seconds_left
            text += "" if left is None else f" · {_duration(left)} left"
            return text + (" · stopping after this epoch ..." if training.stopping else "")
        if training.state == "finished":
            return text + " · finished, weights of the last epoch"
        return text + f" · {training.state}, back to the weights of epoch {training.best_epoch}, the best"

    def _draw(self, done):
        history = self.training.history
        for name, view in self.curves.items():
            curves = {"training": history.get(name), self._watched: history.get(f"val_{name}")}
            curves = {label: values[:done] for label, values in curves.items() if values}
            if name == "accuracy" and curves and self._majority is not None:
                curves["majority"] = [self._majority] * done
            if curves:
                view.figure = learning_curves(curves, y_title=name)
        self._drawn = done

    def __repr__(self):
        return f"<TrainingView: {self.training.epochs} epochs>"


def _duration(seconds):
    seconds = round(seconds)
    return f"{seconds} s" if seconds < 90 else f"{seconds // 60} min {seconds % 60:02d} s"
