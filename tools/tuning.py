"""Learning rates for a sweep, chosen on seeds of their own, from a grid that goes on until the best lies inside it."""

from __future__ import annotations

from dataclasses import replace

from lstm_viz.learning import tasks
from lstm_viz.learning.sweeps import lag_sweep


def at_rate(name, rate):
    """The name of a cell at a learning rate, in a sweep over rates."""
    return f"{name}, rate {rate:g}"


def tune(task, cells, lags, seeds, *, grid, middle, **options):
    """The sweep over learning rates. It goes on until each cell's best rate lies strictly inside what was tried.

    cells: {name: Recipe}; seeds: on which rates are chosen, what is reported has others; grid: all rates that may be
    tried, lowest first; middle: those that every cell begins with; options: as `lag_sweep` takes them.
    """
    tried = dict.fromkeys(cells, middle)
    while True:
        recipes = {
            at_rate(cell, rate): replace(cells[cell], learning_rate=rate)
            for cell, rates in tried.items()
            for rate in rates
        }
        found = lag_sweep(task, recipes, lags, seeds, **options)
        best = best_rates(found, grid)
        wider = {cell: widened(rates, best[cell], grid) for cell, rates in tried.items()}
        if wider == tried:
            return found
        tried = wider


def widened(rates, best, grid):
    """With the next rate of the grid, if the best stands at an edge of those tried."""
    low, high = grid.index(min(rates)), grid.index(max(rates))
    low -= best == grid[low] and low > 0
    high += best == grid[high] and high < len(grid) - 1
    return grid[low : high + 1]


def tried_rates(found, cell, grid):
    """The rates of the grid that a tuning sweep tried for a cell, lowest first."""
    return [rate for rate in grid if at_rate(cell, rate) in found.cells]


def best_rates(found, grid):
    """{cell: rate} with the most runs solved over all lags; among equals the fewest updates, then the best score."""
    sign = 1 if tasks.TASKS[found.task["kind"]].loss == tasks.CLASSES else -1

    def merit(cell, rate):
        runs = found.of(at_rate(cell, rate))
        scores = [sign * (found.chance if run.score is None else run.score) for run in runs]
        return sum(run.solved for run in runs), -sum(run.updates for run in runs), sum(scores)

    cells = dict.fromkeys(name.rpartition(", rate ")[0] for name in found.cells)
    return {cell: max(tried_rates(found, cell, grid), key=lambda rate: merit(cell, rate)) for cell in cells}
