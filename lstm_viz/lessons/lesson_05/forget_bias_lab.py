"""`forget_bias_lab`: what the forget gate lets through at birth, sigma(b) ** lag, beside what training makes of it."""

from __future__ import annotations

import asyncio
import html

import ipywidgets
import numpy as np

from lstm_viz.cells import sigmoid
from lstm_viz.learning.sweeps import Recipe, Sweep, shipped, success_interval
from lstm_viz.learning.tasks import MarkedRecall
from lstm_viz.pictures import figures
from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.frame_view import FrameView

__all__ = ["BIASES", "ForgetBiasLab", "cell_paths", "forget_bias_lab"]

#: the forget biases that the shipped sweep has, by the names that it gives them
BIASES = {f"LSTM, forget bias {b}": float(b) for b in (0, 1, 3, 5)}
_CHRONO, _YOURS = "LSTM (chrono)", "yours"
_FLOOR = 1e-8
_REFRESH = 0.4  # seconds between two looks at a live run


def cell_paths(lags, biases):
    """{name: sigma(b) ** lag} for {name: b}, and the chrono initialisation's mean over its units: each (lags,).

    At each lag the chrono cell is told that lag: its biases are log U(1, lag), so f is u / (1 + u), u from 1 to lag.
    """
    lags = np.asarray(lags, float)
    paths = {name: sigmoid(np.asarray(b, float)) ** lags for name, b in biases.items()}
    u = 1.0 + np.maximum(lags - 1.0, 0.0)[:, None] * (np.arange(500) + 0.5) / 500
    return paths | {_CHRONO: ((u / (1.0 + u)) ** lags[:, None]).mean(axis=1)}


class ForgetBiasLab(ipywidgets.VBox):
    """What `forget_bias_lab` returns. `result` is the shipped sweep, `live` the results of your own runs."""

    def __init__(self, seeds):
        self.result = shipped("cue_first").select(cells=[*BIASES, _CHRONO])
        self.seeds = seeds
        self.sweep = self._pump = None
        self.live = []  # (bias, SweepResult)
        style, wide = {"description_width": "150px"}, {"width": "420px"}
        self.bias = ipywidgets.FloatSlider(
            value=1.0, min=-1.0, max=7.0, step=0.5, description="your forget bias b", style=style, layout=wide
        )
        self.lag = ipywidgets.SelectionSlider(
            options=list(self.result.lags), value=50, description="at lag", style=style, layout=wide
        )
        self.run_button = ipywidgets.Button(
            description="▶ Train it live", button_style="primary", layout={"width": "auto"},
            tooltip=f"Train {seeds} LSTMs with your forget bias at this lag",
        )  # fmt: skip
        self.stop_button = ipywidgets.Button(
            description="■ Stop, keep what is done", disabled=True, layout={"width": "auto"}
        )
        self._text = ipywidgets.HTML()
        self._table = ipywidgets.HTML(layout={"flex": "1 1 340px"})
        self.paths_view = FrameView(self._paths_figure())
        self.scores_view = FrameView(self._scores_figure())
        knobs = ipywidgets.VBox(
            [self.bias, self.lag, ipywidgets.HBox([self.run_button, self.stop_button]), self._text],
            layout={"flex": "0 0 440px"},
        )
        self.changes = on_change((self.bias, self.lag), lambda *_values: self._turned())
        self.run_button.on_click(lambda _button: self._clicked(self.run))
        self.stop_button.on_click(lambda _button: self._clicked(self.stop))
        self._turned()
        box = {"flex": "1 1 430px", "min_width": "0"}
        super().__init__(
            [
                ipywidgets.HBox([knobs, self._table], layout={"flex_flow": "row wrap", "grid_gap": "4px 24px"}),
                self.changes.status,
                ipywidgets.HBox(
                    [ipywidgets.Box([view], layout=box) for view in (self.paths_view, self.scores_view)],
                    layout={"flex_flow": "row wrap", "width": "100%"},
                ),
            ]
        )

    # -- what the buttons do --

    def run(self):
        """Train LSTMs with the chosen bias at the chosen lag, in the background; the cell is free at once."""
        if self.sweep is not None and self.sweep.state == "running":
            return
        bias, lag = self.bias.value, self.lag.value
        settings = {key: self.result.settings[key] for key in ("units", "updates", "batch_size", "clipnorm")}
        recipe = Recipe(kind="LSTM", learning_rate=0.02, options={"forget_bias": bias})
        task = MarkedRecall(lag, cue="first")
        self.sweep = Sweep(task, {_YOURS: recipe}, [lag], range(self.seeds), **settings)
        self._asked = bias
        self.sweep.start()
        self._refresh()
        try:
            self._pump = asyncio.get_running_loop().create_task(self._follow())
        except RuntimeError:  # no notebook, so nobody looks before `wait` has ended
            self._pump = None

    def stop(self):
        """Stop the live run; what is done is kept."""
        if self.sweep is not None:
            self.sweep.stop()
            self._refresh()

    async def finished(self):
        """Wait for the live run without blocking the kernel: `await lab.finished()`."""
        try:
            while self.sweep is not None and self.sweep.state == "running":
                await asyncio.sleep(0.1)
        except (asyncio.CancelledError, KeyboardInterrupt):
            self.stop()
            raise
        return self.wait()

    def wait(self, timeout=None):
        """Wait for the live run, blocking; returns its result. RuntimeError if nothing was started."""
        if self.sweep is None:
            raise RuntimeError("no live run was started; press the button, or call run()")
        try:
            return self.sweep.wait(timeout)
        finally:
            self._refresh()

    async def _follow(self):
        while self.sweep.state == "running":
            await asyncio.sleep(_REFRESH)
            self._refresh()
        self._refresh()

    def _refresh(self):
        """Show where the live run is now."""
        sweep = self.sweep
        running = sweep.state == "running"
        self.run_button.disabled = running
        self.stop_button.disabled = not running or sweep.stopping
        self._text.value = html.escape(str(sweep.progress) if running else sweep.message)
        if not running and sweep.result.runs and not any(result is sweep for result, _ in self.live):
            self.live.append((sweep, self._asked))
        self._say()

    def _clicked(self, action):
        try:
            action()
        except Exception as error:
            self._text.value = f'<p role="alert" style="color:#a33c00">{html.escape(str(error))}</p>'
            raise

    # -- drawing --

    def _turned(self):
        self.paths_view.figure = self._paths_figure()
        self.paths_view.t = self.lag.value - 1
        self.scores_view.t = self.result.lags.index(self.lag.value)
        self._say()

    def _paths_figure(self):
        lags = np.arange(1, self.result.lags[-1] + 1)
        short = {f"b = {b:g}": b for b in BIASES.values()} | {f"yours, b = {self.bias.value:g}": self.bias.value}
        return figures.curves_by_lag(
            lags, cell_paths(lags, short), y_title="σ(b) ** lag", log_y=True, y_range=(_FLOOR, 1.6), cursor=True,
            title="Before training: what the bias alone lets through",
        )  # fmt: skip

    def _scores_figure(self):
        curves = {_short(name): self.result.scores(name) for name in self.result.cells}
        curves = {name: values for name, values in curves.items() if not np.isnan(values).all()}
        return figures.curves_by_lag(
            self.result.lags, curves, log_x=True, chance=self.result.chance, y_range=(0.35, 1.03), cursor=True,
            title="After training: the accuracy of every run",
        )  # fmt: skip

    def _say(self):
        lag, rows = self.lag.value, []
        paths = {name: path[0] for name, path in cell_paths([lag], BIASES).items()}
        for name in self.result.cells:
            rows.append((_short(name), paths[name], *self.result.solved(name, lag), self.result.mean(name, lag)))
        for sweep, bias in self.live:
            result = sweep.result
            if lag in result.lags:
                name = f"your live run, b = {bias:g}"
                path = float(sigmoid(np.float64(bias)) ** lag)
                rows.append((name, path, *result.solved(_YOURS, lag), result.mean(_YOURS, lag)))
        cells = "".join(_row(*row) for row in rows)
        self._table.value = (
            "<table style='border-collapse:collapse;line-height:1.4;font-variant-numeric:tabular-nums'><tr>"
            f"<th style='text-align:left'>at lag {lag}</th><th style='padding:1px 12px'>σ(b) ** lag</th>"
            f"<th style='padding:1px 12px'>runs solved</th><th>mean accuracy</th></tr>{cells}</table>"
        )

    def __repr__(self):
        return f"forget_bias_lab({len(self.result.cells)} biases, lags {self.result.lags[0]} to {self.result.lags[-1]})"


def _short(name):
    return name.replace("LSTM, forget bias", "b =")


def _row(name, path, solved, runs, mean):
    found = "<td style='text-align:center'>·</td><td></td>"
    if runs:
        low, high = success_interval(solved, runs)
        found = (
            f"<td style='text-align:right;padding:1px 12px;white-space:nowrap'><b>{solved}</b>/{runs} "
            f"<small>{100 * low:.0f}–{100 * high:.0f} %</small></td><td style='text-align:right'>{mean:.2f}</td>"
        )
    return (
        f"<tr><td style='white-space:nowrap'>{html.escape(name)}</td>"
        f"<td style='text-align:right;padding:1px 12px'>{path:.1e}</td>{found}</tr>"
    )


def forget_bias_lab(seeds=3):
    """A lab: the forget bias b of an LSTM, before training and after, on marked recall with the cue always first.

    Left, sigma(b) ** lag, which is what the direct cell path lets through at initialisation (weights left out); right,
    how well cells born with b = 0, 1, 3, 5 and by the chrono initialisation learn (the shipped sweep). Choose a bias
    and a lag; a button trains `seeds` LSTMs with yours, in the background. ValueError for no seeds.
    """
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        raise ValueError(f"seeds must be a whole number of at least 1; got {seeds!r}")
    return ForgetBiasLab(seeds)
