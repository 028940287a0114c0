"""`forget_bias_lab`: what the forget gate lets through at birth, sigma(b) ** lag, beside what training makes of it."""

from __future__ import annotations

import ipywidgets
import numpy as np

from lstm_viz.cells import checks
from lstm_viz.learning import quickly
from lstm_viz.learning.sweeps import Recipe, Sweep, shipped
from lstm_viz.learning.tasks import MarkedRecall
from lstm_viz.lessons.lesson_05.forget_bias_figures import BIASES, CHRONO, biases_table, paths_figure, scores_figure
from lstm_viz.widgets.beforehand import beforehand
from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.frame_view import FrameView
from lstm_viz.widgets.live_run import LiveRun, of_a_sweep

__all__ = ["ForgetBiasLab", "forget_bias_lab"]

_YOURS = "yours"


class ForgetBiasLab(ipywidgets.VBox):
    """What `forget_bias_lab` returns. `result` is the shipped sweep, `runs` your own by (bias, lag).

    Knobs: `bias`, `lag`, and the buttons of `live`, whose `work` is the last run. Shown: `paths_view`, `scores_view`,
    `table`.
    """

    def __init__(self, seeds):
        self.result = shipped("cue_first").select(cells=[*BIASES, CHRONO])
        self.seeds = seeds
        self.runs = {}  # (bias, lag): Sweep
        style, wide = {"description_width": "150px"}, {"width": "420px", "max_width": "100%"}
        self.bias = ipywidgets.FloatSlider(
            value=1.0, min=-1.0, max=7.0, step=0.5, description="your forget bias b", style=style, layout=wide
        )
        self.lag = ipywidgets.SelectionSlider(
            options=list(self.result.lags), value=50, description="at lag", style=style, layout=wide
        )
        self.table = ipywidgets.HTML(layout={"flex": "1 1 470px", "min_width": "0"})
        tooltip = f"Train {seeds} LSTMs with your forget bias at this lag"
        self.live = LiveRun(self._sweep, of_a_sweep, on_look=self._say, run=("▶ Train it live", tooltip))
        lags = np.arange(1, self.result.lags[-1] + 1)
        self.paths_view = FrameView(paths_figure(lags, self.bias.value))
        self.scores_view = FrameView(scores_figure(self.result))
        knobs = ipywidgets.VBox(
            [self.bias, self.lag, self.live], layout={"flex": "0 1 440px", "min_width": "0", "max_width": "100%"}
        )
        self.changes = on_change((self.bias, self.lag), lambda *_values: self._turned())
        self._turned()
        box = {"flex": "1 1 430px", "min_width": "0"}
        wrapped = {"flex_flow": "row wrap", "width": "100%"}
        views = [ipywidgets.Box([view], layout=box) for view in (self.paths_view, self.scores_view)]
        biases = np.arange(self.bias.min, self.bias.max + 0.1, self.bias.step).tolist()
        positions = {self.bias: quickly(biases, [1.0, 3.0]), self.lag: self.result.lags}
        pairs = ((self.paths_view, "figure"), (self.paths_view, "t"), (self.scores_view, "t"), (self.table, "value"))
        super().__init__(
            [
                ipywidgets.HBox([knobs, self.table], layout={"flex_flow": "row wrap", "grid_gap": "4px 24px"}),
                self.changes.status,
                ipywidgets.HBox(views, layout=wrapped),
                *beforehand(positions, pairs),
            ]
        )
        self.add_class("lstm-viz-lab")

    # -- what the buttons do --

    def run(self):
        """Train LSTMs with the chosen bias at the chosen lag, in the background; the cell is free at once."""
        self.live.run()

    def stop(self):
        """Stop the live run; what is done is kept."""
        self.live.stop()

    async def finished(self):
        """Wait for the live run without blocking the kernel: `await lab.finished()`. Returns its result."""
        return await self.live.finished()

    def wait(self, timeout=None):
        """Wait for the live run, blocking; returns its result. RuntimeError if nothing was started."""
        return self.live.wait(timeout)

    def close(self):
        """Stop the live run and take the lab away."""
        self.live.close()
        super().close()

    def _sweep(self):
        bias, lag = self.bias.value, self.lag.value
        settings = {key: self.result.settings[key] for key in ("units", "updates", "batch_size", "clipnorm")}
        recipe = Recipe(kind="LSTM", learning_rate=0.02, options={"forget_bias": bias})
        sweep = Sweep(MarkedRecall(lag, cue="first"), {_YOURS: recipe}, [lag], range(self.seeds), **settings)
        self.runs[bias, lag] = sweep
        return sweep

    # -- drawing --

    def _turned(self):
        lags = np.arange(1, self.result.lags[-1] + 1)
        self.paths_view.figure = paths_figure(lags, self.bias.value)
        self.paths_view.t = self.lag.value - 1
        self.scores_view.t = self.result.lags.index(self.lag.value)
        self._say()

    def _say(self):
        """The table, with the models of live runs that have ended so far."""
        lag = self.lag.value
        live = {bias: (_YOURS, sweep.result) for (bias, at), sweep in self.runs.items() if at == lag}
        self.table.value = biases_table(self.result, lag, live)

    def __repr__(self):
        return f"forget_bias_lab({len(self.result.cells)} biases, lags {self.result.lags[0]} to {self.result.lags[-1]})"


def forget_bias_lab(seeds=3):
    """A lab: the forget bias b of an LSTM, before training and after, on marked recall with the cue always first.

    Left, sigma(b) ** lag, which is what the direct cell path lets through at initialisation (weights left out); right,
    how well cells born with b = 0, 1, 3, 5 and by the chrono initialisation learn (the shipped sweep). Choose a bias
    and a lag; a button trains `seeds` LSTMs with yours, in the background. ValueError for no seeds, or more than 1000.
    """
    return ForgetBiasLab(checks.whole(seeds, "seeds", 1, 1000))
