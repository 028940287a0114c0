"""`lag_lab`: how far back can each cell learn to remember? The shipped sweeps, drawn at once, and run live."""

from __future__ import annotations

import contextlib
import html
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

import ipywidgets

from lstm_viz.cells import checks
from lstm_viz.learning.sweeps import Recipe, Sweep, shipped
from lstm_viz.lessons.lesson_06.lag_figures import lag_figure, solved_table, task_of
from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.frame_view import FrameView
from lstm_viz.widgets.live_run import LiveRun, of_a_sweep

__all__ = ["EXPERIMENTS", "LagLab", "lag_lab"]

#: the shipped sweeps, by the name of their file
EXPERIMENTS = {
    "marked_recall": "marked recall, cue anywhere",
    "cue_first": "marked recall, cue always first",
    "two_sequence": "two sequences",
    "temporal_order": "temporal order, two symbols",
    "three_symbols": "temporal order, three symbols",
    "adding": "adding",
    "multiplication": "multiplication",
    "copy_memory": "copy memory",
    "embedded_reber": "embedded Reber grammar",
    "continual_reber": "embedded Reber, strings without a break",
    "fair_rnn": "a fair and an unfair SimpleRNN",
    "lstm_rates": "an LSTM at five learning rates",
    "very_long_lags": "lags 500 and 1000",
}
_PATIENCE = 10  # seconds that a closed lab waits for the last save of its run
_SHIPPED, _LIVE = "shipped results", "your live run"
#: what a live run begins with, so that its first dots come soon: these cells where there are such, lags, seeds
_FIRST, _LAGS, _SEEDS = ("SimpleRNN", "LSTM", "GRU"), 5, 3


class _Choice(NamedTuple):
    """Where the knobs stand."""

    cells: tuple
    lags: tuple  # positions of the first and the last
    seeds: int


class LagLab(ipywidgets.VBox):
    """What `lag_lab` returns. `result` is what is drawn, `live` the row of buttons, with the last run as its `work`.

    Knobs: `experiment`, `source`, `cells`, `lags`, `seeds`. Shown: `view`, or `hint`
    while there is no score, `table`, `about`.
    """

    def __init__(self, experiment, folder):
        self._folder = None if folder is None else Path(folder)
        self._temporary = None  # a folder of its own, made by the first live run and gone with the lab or the kernel
        self._running = None  # the experiment of the last live run
        self._live = {}  # what live runs have found, by experiment
        self._choices = {}  # where the knobs stood, by experiment and source
        self._drawn = self._shows = None
        wide = {"description_width": "initial"}
        self.experiment = ipywidgets.Dropdown(
            options=[(text, name) for name, text in EXPERIMENTS.items()], value=experiment, description="experiment",
            style=wide, layout={"width": "340px", "max_width": "100%"},
        )  # fmt: skip
        self.source = ipywidgets.ToggleButtons(options=[_SHIPPED, _LIVE], style={"button_width": "auto"})
        self.cells = ipywidgets.SelectMultiple(
            description="cells", rows=4, style=wide, layout={"width": "340px", "max_width": "100%"},
            tooltip="hold Ctrl or Shift to choose several",
        )  # fmt: skip
        self.lags = ipywidgets.SelectionRangeSlider(
            options=[1, 2], description="lags", style=wide, layout={"width": "340px", "max_width": "100%"}
        )
        self.seeds = ipywidgets.IntSlider(
            value=1, min=1, max=10, description="seeds", tooltip="how many models of each cell at each lag",
            style=wide, layout={"width": "340px", "max_width": "100%"},
        )  # fmt: skip
        self.live = LiveRun(
            self._sweep, of_a_sweep, on_look=self._draw,
            run=("▶ Run it live", "Train the chosen cells at the chosen lags; what a stopped run has done is kept"),
        )  # fmt: skip
        self.view = FrameView(lag_figure(shipped(experiment)))
        self.hint, self.table, self.about = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        knobs = ipywidgets.HBox(
            [
                ipywidgets.VBox([self.experiment, self.source]),
                self.cells,
                ipywidgets.VBox([self.lags, self.seeds]),
            ],
            layout={"flex_flow": "row wrap", "grid_gap": "4px 16px"},
        )
        turned = (self.experiment, self.source, self.cells, self.lags, self.seeds)
        self.changes = on_change(turned, lambda *_values: self._turned())
        self.changes.run()
        super().__init__([knobs, self.live, self.changes.status, self.hint, self.view, self.table, self.about])
        self.add_class("lstm-viz-lab")

    # -- what the buttons do --

    def run(self):
        """Start the chosen sweep in the background; the cell is free at once. Continues what was stopped before."""
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
        """Stop the live run, take the lab away, and the folder that it made."""
        work = self.live.work
        self.live.close()
        super().close()
        if self._temporary is not None:
            with contextlib.suppress(Exception):  # it was shown already; here only its last save must be over
                work.wait(_PATIENCE)
            self._temporary.cleanup()

    def _sweep(self):
        """The chosen sweep, ready to start."""
        self.source.value = _LIVE
        name = self.experiment.value
        recipe, lags = shipped(name), self._chosen_lags()
        if not self.cells.value:
            raise ValueError("choose at least one cell")
        if self._folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="lstm_viz-lag-lab-", ignore_cleanup_errors=True)
            self._folder = Path(self._temporary.name)
        self._folder.mkdir(parents=True, exist_ok=True)
        sweep = Sweep(
            task_of(recipe, lags[-1]),
            {cell: Recipe(**recipe.cells[cell]) for cell in self.cells.value},
            lags,
            range(self.seeds.value),
            **{key: recipe.settings[key] for key in ("units", "updates", "batch_size", "clipnorm")},
            path=self._folder / f"{name}.json",
            about="A live run of the long-lag lab, with other seeds than the shipped results.",
            short_first=True,
        )
        self._running, self._before = name, self._live.get(name)
        return sweep

    @property
    def result(self):
        """What is drawn: the shipped sweep or the live runs, as far as chosen."""
        name = self.experiment.value
        lags, cells = self._chosen_lags(), self.cells.value
        if self.source.value == _SHIPPED:
            found = shipped(name)
            return found.select(cells=cells, lags=lags, seeds=found.seeds[: self.seeds.value])
        if self.live.work is not None and self._running == name:
            now = self.live.work.result
            self._live[name] = now if self._before is None else now.merged(self._before)
        found = self._live.get(name)
        if found is None or not set(lags) & set(found.lags) or not set(cells) & set(found.cells):
            return shipped(name).select(cells=cells, lags=lags, seeds=[])
        return found.select(cells=[cell for cell in cells if cell in found.cells], lags=set(lags) & set(found.lags))

    # -- the knobs --

    def _turned(self):
        shows = (self.experiment.value, self.source.value)
        if shows == self._shows:
            self._choices[shows] = _Choice(self.cells.value, self.lags.index, self.seeds.value)
        else:
            self._fit(*shows)
        self._draw()

    def _fit(self, name, source):
        """Fit the knobs to another experiment or source."""
        found = shipped(name)
        if list(self.cells.options) != list(found.cells):
            self.cells.options = list(found.cells)
            self.cells.rows = min(max(len(found.cells), 2), 7)
        if tuple(self.lags.options) != found.lags:
            self.lags.options = list(found.lags)
        self.seeds.max = len(found.seeds)
        choice = self._choice(found, name, source)
        self.cells.value, self.lags.index, self.seeds.value = choice
        self._choices[name, source] = choice
        self._shows = name, source

    def _choice(self, found, name, source):
        """Where the knobs stood, or stand first: at everything that was shipped, at little of it for a live run."""
        everything = _Choice(tuple(found.cells), (0, len(found.lags) - 1), len(found.seeds))
        kept = self._choices.get((name, source))
        if kept is None and source == _LIVE:
            kept = self._choices.get((name, _SHIPPED))  # what a reader has chosen there is theirs
            if kept in (None, everything):
                cells = tuple(cell for cell in found.cells if cell in _FIRST) or tuple(found.cells)
                return _Choice(cells[:3], (0, min(_LAGS, len(found.lags)) - 1), min(_SEEDS, len(found.seeds)))
        return kept or everything

    def _chosen_lags(self):
        first, last = self.lags.index
        return tuple(self.lags.options[first : last + 1])

    # -- drawing --

    def _draw(self):
        if (self.experiment.value, self.source.value) != self._shows:
            return  # the knobs are not fitted yet
        result = self.result
        models = len(self.cells.value) * len(self._chosen_lags()) * self.seeds.value
        state = (self._shows, self.live.running, models, tuple(result.cells), result.lags, result.numbers())
        if state == self._drawn:
            return
        self._drawn = state
        figure = lag_figure(result) if result.cells else None
        if figure is None:
            self.hint.value = f"<i>{self._why_nothing(models)}</i>"
        else:
            self.view.figure, self.hint.value = figure, ""
        self.view.layout.display = "none" if figure is None else None
        self.table.value = solved_table(result) if result.runs else ""
        self.about.value = f"<span style='font-size:13px;line-height:1.4'>{self._about(result)}</span>"

    def _why_nothing(self, models):
        if not self.cells.value:
            return "Choose at least one cell."
        if self.live.running and self._running == self.experiment.value:
            return "Training. The short lags come first; a dot appears for every model as it ends."
        return f"No runs yet. Run it live trains {models} models, those of the short lags first."

    def _about(self, result):
        about = result.about if self.source.value == _SHIPPED or result.runs else "No live run yet."
        settings = result.settings
        rates = ", ".join(f"{cell} {recipe['learning_rate']:g}" for cell, recipe in result.cells.items())
        updates = {recipe["updates"] or settings["updates"] for recipe in result.cells.values()}
        most = " or ".join(map(str, sorted(updates))) or settings["updates"]
        return (
            f"{html.escape(about)} {settings['units']} units, batches of {settings['batch_size']}, "
            f"at most {most} updates, fewer once solved. Learning rates: {html.escape(rates or 'none')}."
        )

    def __repr__(self):
        return f"lag_lab({self.experiment.value!r})"


def lag_lab(experiment="marked_recall", *, folder=None):
    """The long-lag lab: shipped sweeps drawn at once; choose cells, lags and seeds; a button runs them live.

    experiment: which one is open first, one of `EXPERIMENTS`. folder: where live runs are written and resumed from, one
    file per experiment; without it they last as long as the kernel. A live run begins with few models (3 cells, 5 lags,
    3 seeds) unless others were chosen, and goes on in the background: `await lab.finished()` waits for it. ValueError
    for an experiment that there is not, TypeError for a folder that is no path.
    """
    checks.one_of(experiment, EXPERIMENTS, "experiment")
    if folder is not None and not isinstance(folder, (str, os.PathLike)):
        raise TypeError(f"folder must be a path, or None; got {type(folder).__name__} {checks.short(folder)}")
    return LagLab(experiment, folder)
