"""`lag_lab`: how far back can each cell learn to remember? The shipped sweeps, drawn at once, and run live."""

from __future__ import annotations

import asyncio
import html
import tempfile
from pathlib import Path

import ipywidgets

from lstm_viz.learning import tasks
from lstm_viz.learning.sweeps import Recipe, Sweep, shipped, success_interval
from lstm_viz.pictures import figures
from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.frame_view import FrameView

__all__ = ["EXPERIMENTS", "LagLab", "lag_figure", "lag_lab", "solved_table", "task_of"]

#: the shipped sweeps, by the name of their file
EXPERIMENTS = {
    "marked_recall": "marked recall, cue anywhere",
    "cue_first": "marked recall, cue always first",
    "temporal_order": "temporal order",
    "adding": "adding",
    "fair_rnn": "a fair and an unfair SimpleRNN",
    "very_long_lags": "lags 500 and 1000",
}
_REFRESH = 0.4  # seconds between two looks at a running sweep
_SHIPPED, _LIVE = "shipped results", "your live run"


def task_of(result, lag):
    """The task of a sweep at some lag."""
    settings = {k: v for k, v in result.task.items() if k not in ("kind", "name", "chance")}
    return tasks.TASKS[result.task["kind"]](lag=lag, **settings)


def lag_figure(result, *, title=None):
    """The score of every run against the lag, the chance line with it; None while there is not one score."""
    curves = {cell: result.scores(cell) for cell in result.cells if any(r.score is not None for r in result.of(cell))}
    if not curves:
        return None
    accuracy = task_of(result, result.lags[-1]).higher_is_better
    default = f"{result.task['name'].capitalize()}: the score of every run against the lag"
    return figures.curves_by_lag(
        result.lags,
        curves,
        y_title="accuracy" if accuracy else "mean squared error",
        chance=result.chance,
        log_x=len(result.lags) > 1,
        y_range=(0.0 if result.chance < 0.5 else 0.35, 1.03) if accuracy else None,
        title=default if title is None else title,
    )


def solved_table(result):
    """HTML: how many runs solved the task, and where the true rate may lie (Wilson's 95 % interval)."""
    head = "".join(f"<th style='text-align:right;padding:1px 7px'>{lag}</th>" for lag in result.lags)
    rows = []
    for cell in result.cells:
        entries = []
        for lag in result.lags:
            solved, runs = result.solved(cell, lag)
            entry = "·"
            if runs:
                low, high = success_interval(solved, runs)
                entry = f"<b>{solved}</b>/{runs}<br><small>{100 * low:.0f}–{100 * high:.0f} %</small>"
            entries.append(f"<td style='text-align:right;padding:1px 7px;white-space:nowrap'>{entry}</td>")
        rows.append(f"<tr><td style='padding:1px 10px 1px 0'>{html.escape(cell)}</td>{''.join(entries)}</tr>")
    return (
        "<div style='overflow-x:auto'>"
        "<table style='border-collapse:collapse;line-height:1.4;font-variant-numeric:tabular-nums'>"
        f"<tr><th style='text-align:left;padding:1px 10px 1px 0'>runs solved at lag</th>{head}</tr>"
        f"{''.join(rows)}</table></div>"
    )


class LagLab(ipywidgets.VBox):
    """What `lag_lab` returns. `result` is what is drawn, `sweep` the last live run (None before the first)."""

    def __init__(self, experiment, folder):
        self._folder = None if folder is None else Path(folder)
        self._temporary = None  # a folder of its own, made by the first live run and gone with the lab or the kernel
        self.sweep = self._pump = None
        self._live = {}  # what live runs have found, by experiment
        wide = {"description_width": "initial"}
        self.experiment = ipywidgets.Dropdown(
            options=[(text, name) for name, text in EXPERIMENTS.items()], value=experiment, description="experiment",
            style=wide, layout={"width": "320px"},
        )  # fmt: skip
        self.source = ipywidgets.ToggleButtons(options=[_SHIPPED, _LIVE], style={"button_width": "auto"})
        self.cells = ipywidgets.SelectMultiple(description="cells", rows=4, style=wide, layout={"width": "340px"})
        self.lags = ipywidgets.SelectionRangeSlider(
            options=[1, 2], description="lags", style=wide, layout={"width": "300px"}
        )
        self.seeds = ipywidgets.IntSlider(
            value=5, min=1, max=10, description="seeds", tooltip="how many models of each cell at each lag",
            style=wide, layout={"width": "300px"},
        )  # fmt: skip
        self.run_button = ipywidgets.Button(
            description="▶ Run it live", button_style="primary", layout={"width": "auto"},
            tooltip="Train the chosen cells at the chosen lags; what a stopped run has done is not done again",
        )  # fmt: skip
        self.stop_button = ipywidgets.Button(
            description="■ Stop, keep what is done", disabled=True, layout={"width": "auto"}
        )
        self._bar = ipywidgets.IntProgress(0, 0, 100, layout={"width": "200px"})
        self._text = ipywidgets.HTML()
        self._problem = ipywidgets.HTML()
        self._plot = ipywidgets.Box(layout={"width": "100%"})
        self._table = ipywidgets.HTML()
        self._about = ipywidgets.HTML()
        self._view = None
        self._drawn = None
        knobs = ipywidgets.HBox(
            [
                ipywidgets.VBox([self.experiment, self.source]),
                self.cells,
                ipywidgets.VBox([self.lags, self.seeds]),
            ],
            layout={"flex_flow": "row wrap", "grid_gap": "4px 16px"},
        )
        action = ipywidgets.HBox(
            [self.run_button, self.stop_button, self._bar, self._text],
            layout={"flex_flow": "row wrap", "align_items": "center"},
        )
        self._choose()
        on_change([self.experiment], lambda _name: self._choose(), status=self._problem)
        turned = (self.source, self.cells, self.lags, self.seeds)
        on_change(turned, lambda *_values: self._draw(), status=self._problem)
        self.run_button.on_click(self._shown(self.run))
        self.stop_button.on_click(self._shown(self.stop))
        super().__init__([knobs, action, self._problem, self._plot, self._table, self._about])

    # -- what the buttons do --

    def _make_folder(self):
        if self._folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="lstm_viz-lag-lab-", ignore_cleanup_errors=True)
            self._folder = Path(self._temporary.name)
        self._folder.mkdir(parents=True, exist_ok=True)

    def run(self):
        """Start the chosen sweep in the background; the cell is free at once. Continues what was stopped before."""
        if self.sweep is not None and self.sweep.state == "running":
            return
        name, recipe = self.experiment.value, shipped(self.experiment.value)
        lags = self._chosen_lags()
        cells = {cell: Recipe(**recipe.cells[cell]) for cell in self.cells.value}
        self._make_folder()
        self.sweep = Sweep(
            task_of(recipe, lags[-1]),
            cells,
            lags,
            range(self.seeds.value),
            **{key: recipe.settings[key] for key in ("units", "updates", "batch_size", "clipnorm")},
            path=self._folder / f"{name}.json",
            about="A live run of the long-lag lab.",
        )
        self._running = name
        self.sweep.start()
        self.source.value = _LIVE
        self._refresh()
        try:
            self._pump = asyncio.get_running_loop().create_task(self._follow())
        except RuntimeError:  # no notebook, so nobody looks before `wait` has ended
            self._pump = None

    def stop(self):
        """Stop the live run; what is done is kept."""
        if self.sweep is not None:
            self.sweep.stop()
            self.stop_button.disabled = True
            self._text.value = "stopping ..."

    async def finished(self):
        """Wait for the live run without blocking the kernel: `await lab.finished()`. Returns its result."""
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

    @property
    def result(self):
        """What is drawn: the shipped sweep or the live run, as far as chosen."""
        name = self.experiment.value
        lags, cells = self._chosen_lags(), self.cells.value
        if self.source.value == _SHIPPED:
            found = shipped(name)
            return found.select(cells=cells, lags=lags, seeds=found.seeds[: self.seeds.value])
        if self.sweep is not None and self._running == name:
            self._live[name] = self.sweep.result
        found = self._live.get(name)
        if found is None or not set(lags) & set(found.lags):
            return shipped(name).select(cells=cells, lags=lags, seeds=[])
        return found.select(cells=set(cells) & set(found.cells), lags=set(lags) & set(found.lags))

    # -- drawing --

    def _shown(self, action):
        """A button's work: an error is shown to the reader, in one sentence, instead of being lost."""

        def clicked(_button):
            self._problem.value = ""
            try:
                action()
            except Exception as error:
                self._problem.value = f'<p role="alert" style="color:#a33c00">{html.escape(str(error))}</p>'
                raise

        return clicked

    def _choose(self):
        """Fit the knobs to another experiment."""
        found = shipped(self.experiment.value)
        self._drawn = None
        self.cells.options = list(found.cells)
        self.cells.rows = min(max(len(found.cells), 2), 7)
        self.cells.value = list(found.cells)
        self.lags.options = list(found.lags)
        self.lags.index = (0, len(found.lags) - 1)
        self.seeds.max = len(found.seeds)
        self.seeds.value = len(found.seeds)
        self._draw()

    def _chosen_lags(self):
        first, last = self.lags.index
        return tuple(self.lags.options[first : last + 1])

    async def _follow(self):
        while self.sweep.state == "running":
            await asyncio.sleep(_REFRESH)
            self._refresh()
        self._refresh()

    def _refresh(self):
        """Show where the live run is now."""
        sweep = self.sweep
        running = sweep.state == "running"
        progress = sweep.progress
        self._bar.value = round(100 * progress.done)
        self._bar.bar_style = {"failed": "danger", "finished": "success"}.get(sweep.state, "info")
        self.run_button.disabled = running
        stopping = running and sweep.stopping
        self.stop_button.disabled = not running or stopping
        text = ("stopping ..." if stopping else str(progress)) if running else sweep.message
        self._text.value = html.escape(text)
        if self.source.value == _LIVE:
            self._draw()

    def _draw(self):
        result = self.result
        state = (self.experiment.value, self.source.value, tuple(result.cells), result.lags, result.numbers())
        if state == self._drawn:
            return
        self._drawn = state
        figure = lag_figure(result) if result.cells else None
        if figure is None:
            hint = "Choose at least one cell." if not self.cells.value else "No runs yet: press Run it live."
            self._plot.children, self._view = [ipywidgets.HTML(f"<i>{hint}</i>")], None
        elif self._view is None:
            self._view = FrameView(figure)
            self._plot.children = [self._view]
        else:
            self._view.figure = figure
        self._table.value = solved_table(result) if result.runs else ""
        settings = result.settings
        rates = ", ".join(f"{cell} {recipe['learning_rate']:g}" for cell, recipe in result.cells.items())
        updates = {recipe["updates"] or settings["updates"] for recipe in result.cells.values()}
        about = (
            f"{html.escape(result.about)} {settings['units']} units, batches of {settings['batch_size']}, "
            f"at most {' or '.join(map(str, sorted(updates)))} updates, fewer once solved. "
            f"Learning rates: {html.escape(rates)}."
        )
        self._about.value = f"<small>{about}</small>"

    def __repr__(self):
        return f"lag_lab({self.experiment.value!r})"


def lag_lab(experiment="marked_recall", *, folder=None):
    """The long-lag lab: shipped sweeps drawn at once; choose cells, lags and seeds; a button runs them live.

    experiment: which one is open first ("marked_recall", "cue_first", "temporal_order", "adding", "fair_rnn",
    "very_long_lags"). folder: where live runs are written and resumed from, one file per experiment; without it they
    last as long as the kernel. The live run goes on in the background: `await lab.finished()` waits for it.
    ValueError for an experiment that there is not.
    """
    if experiment not in EXPERIMENTS:
        raise ValueError(f"experiment must be one of {', '.join(map(repr, EXPERIMENTS))}; got {experiment!r}")
    return LagLab(experiment, folder)
