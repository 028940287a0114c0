"""`gradient_lens`: how far back each reading of a sequence reaches, for any cells, before and after training."""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets
import numpy as np

from lstm_viz.cells import checks
from lstm_viz.learning.gradients import reach
from lstm_viz.pictures.reach import reach_figure
from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.controls import TimeControls
from lstm_viz.widgets.frame_view import FrameView

__all__ = ["GradientLens", "gradient_lens"]


class GradientLens(ipywidgets.VBox):
    """What `gradient_lens` returns. `reaches` are the lengths drawn, by model; `show` opens another sequence."""

    def __init__(self, models, x, labels, direction, t):
        self.models, self._labels, self._direction = models, labels, direction
        self.x = checks.floats(x, "x")
        self.reaches = self._reaches()
        self.view = FrameView(reach_figure(self.reaches, labels=labels))
        timesteps = len(self.x)
        self.controls = TimeControls(timesteps, t=timesteps - 1 if t is None else t).drive(self.view)
        style = {"description_width": "initial"}
        self.shown = ipywidgets.SelectMultiple(
            options=list(models), value=list(models), rows=min(len(models), 4), description="models", style=style,
            layout={"width": "340px"}, tooltip="hold Ctrl or Shift to choose several",
        )  # fmt: skip
        self.changes = on_change([self.shown], lambda _names: self._draw())
        children = [self.controls, self.view, self.shown, self.changes.status]
        super().__init__(children if len(models) > 1 else children[:2])
        self.add_class("lstm-viz-lab")

    def show(self, x, labels=None):
        """Let the same models read another sequence (timesteps, input_dim)."""
        self.x, self._labels = checks.floats(x, "x"), labels
        self.reaches = self._reaches()
        self._draw()
        self.controls.resize(len(self.x))

    def _reaches(self):
        found = {}
        for name, model in self.models.items():
            cell = getattr(model, "cell", model)
            direction = self._direction
            if direction is None:
                direction = _margin(model.readout) if hasattr(model, "readout") else 1.0
            found[name] = reach(cell, self.x, direction)
        return found

    def _draw(self):
        if not self.shown.value:
            raise ValueError("choose at least one model")
        chosen = {name: self.reaches[name] for name in self.shown.value}
        self.view.figure = reach_figure(chosen, labels=self._labels)

    def __repr__(self):
        return f"gradient_lens({', '.join(self.models)}: {len(self.x)} timesteps)"


def _margin(readout):
    """What a readout of classes looks at in h: the last class against the mean of the others; or its one output."""
    kernel = np.asarray(readout.kernel, float)
    return kernel[:, -1] - (kernel[:, :-1].mean(axis=1) if kernel.shape[1] > 1 else 0.0)


def gradient_lens(models, x, *, labels=None, direction=None, t=None):
    """Slide the timestep t at which the output is read, and see how far back that reading reaches.

    models: {name: cell, or trained model with `cell` and `readout`}, for instance a SimpleRNN and an LSTM, each before
    and after training. x: one sequence (timesteps, input_dim) that all of them read. labels: what stands under each
    timestep. direction (units,): what is read off h; by default the readout's last class against the others, or the sum
    of h of a cell alone. t: where it opens, by default the last step. Sliding needs no kernel. TypeError or ValueError
    if something does not fit.
    """
    if not isinstance(models, Mapping) or not models:
        raise TypeError(f"models must be a dict of at least one name and cell; got {type(models).__name__}")
    return GradientLens(dict(models), x, labels, direction, t)
