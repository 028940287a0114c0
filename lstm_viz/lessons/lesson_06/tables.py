"""The tables of lesson 06: a sweep, the rates that were tried for it, and all tasks of the package side by side."""

from __future__ import annotations

from lstm_viz.cells import checks
from lstm_viz.learning import CLASSES, TASKS, shipped
from lstm_viz.learning.sweep_results import SweepResult
from lstm_viz.pictures import table

__all__ = ["TASK_LAGS", "rates_table", "solved_rates", "sweep_table", "tasks_table"]

#: the tasks of the package, by the file of its sweep, at lags where something is decided
TASK_LAGS = {
    "marked_recall": ("marked recall, cue anywhere", (50, 200)),
    "cue_first": ("marked recall, cue always first", (30, 50)),
    "two_sequence": ("two sequences", (20, 50)),
    "temporal_order": ("temporal order, two symbols", (50, 100)),
    "three_symbols": ("temporal order, three symbols", (20, 50)),
    "adding": ("adding", (20, 100)),
    "multiplication": ("multiplication", (20, 50)),
    "copy_memory": ("copy memory", (5, 20)),
    "embedded_reber": ("embedded Reber grammar", (5, 20)),
    "continual_reber": ("embedded Reber grammar, strings without a break", (5, 20)),
}
_CELLS = ("SimpleRNN", "LSTM", "LSTM (chrono)", "GRU")
_OTHER_NAMES = {("cue_first", "LSTM"): "LSTM, forget bias 1"}


def sweep_table(result, cells=None):
    """How many runs of each cell solved the task at each lag, and their mean score.

    result: a SweepResult of a task of the package. cells: the names of those to show. TypeError or ValueError for
    another.
    """
    result = _of_the_package(result, "result")
    cells = list(result.cells) if cells is None else _cells_in(result, cells)
    digits = 2 if TASKS[result.task["kind"]].loss == CLASSES else 3

    def entry(cell, lag):
        solved, runs = result.solved(cell, lag)
        return f"{solved}/{runs}  {result.mean(cell, lag):.{digits}f}" if runs else None

    return table(
        {cell: [entry(cell, lag) for lag in result.lags] for cell in cells},
        [f"lag {lag}" for lag in result.lags],
        caption=f"{result.task['name']}: solved of all runs, and the mean score (chance {result.chance:.3g})",
    )


def solved_rates(tuning, cell):
    """{learning rate: how many runs solved the task} of those that were tried for a cell, lowest first."""
    rates = {settings["learning_rate"]: name for name, settings in tuning.cells.items() if _cell_of(name) == cell}
    return {rate: sum(run.solved for run in tuning.of(rates[rate])) for rate in sorted(rates)}


def rates_table(tuning, result):
    """How many runs solved the task at each learning rate that was tried, the chosen one in brackets.

    tuning: the sweep over rates, its cells named "LSTM, rate 0.01". result: the sweep of the chosen rates. TypeError
    for what is no SweepResult, ValueError for two that do not belong together.
    """
    tuning, result = _of_the_package(tuning, "tuning"), _of_the_package(result, "result")
    for cell, settings in result.cells.items():
        if settings["learning_rate"] not in solved_rates(tuning, cell):
            raise ValueError(f"tuning must hold the rate that result has for {checks.short(cell)}; it has not")
    tried = sorted({settings["learning_rate"] for settings in tuning.cells.values()})
    runs = len(tuning.lags) * len(tuning.seeds)
    rows = {}
    for cell, settings in result.cells.items():
        solved = solved_rates(tuning, cell)
        chosen = settings["learning_rate"]
        rows[cell] = [f"[{solved[rate]}]" if rate == chosen else solved.get(rate) for rate in tried]
    lags = ", ".join(map(str, tuning.lags))
    return table(
        rows,
        [f"{rate:g}" for rate in tried],
        corner="learning rate",
        caption=f"solved of {runs} ({len(tuning.seeds)} seeds at lags {lags}); in brackets the rate that was chosen",
    )


def _of_the_package(result, name):
    result = checks.same_kind(result, SweepResult, name, "a SweepResult, as shipped and lag_sweep return")
    if result.task["kind"] not in TASKS or not result.cells:
        raise ValueError(f"{name} must be a sweep of cells on a task of this package; got {checks.short(result.task)}")
    return result


def _cells_in(result, cells):
    cells = checks.listed(cells, "cells", 1000)
    for cell in cells:
        if not isinstance(cell, str) or cell not in result.cells:
            raise ValueError(f"each of cells must be one of the sweep's {len(result.cells)}; got {checks.short(cell)}")
    if not cells:
        raise ValueError("cells must name at least one cell; got none")
    return cells


def _cell_of(name):
    return name.rpartition(", rate ")[0]


def tasks_table():
    """How many of ten runs of each cell solved each task of the package, every cell at its own best rate."""
    rows = {}
    for name, (title, lags) in TASK_LAGS.items():
        found = shipped(name)
        for lag in lags:
            own = [found.solved(_OTHER_NAMES.get((name, cell), cell), lag) for cell in _CELLS]
            rows[f"{title}, lag {lag}"] = [solved for solved, _ in own]
    return table(rows, _CELLS, corner="task", caption="solved of 10, at a rate chosen on other seeds")
