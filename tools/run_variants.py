#!/usr/bin/env python3
"""Make the sweeps over variants of the LSTM that lesson 10 ships, in lstm_viz/lessons/lesson_10/.

usage: nice python tools/run_variants.py [NAME ...]      (all of them by default; --list says which there are)

Learning rates are chosen on seeds 0 to 2 (`tuning_<name>.json`), and the grid of rates goes on until each cell's best
lies strictly inside it; the sweep itself runs the chosen rates on seeds 200 to 209, which played no part in the choice.
A file that is there already is resumed; delete it to make it anew.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import tuning

from lstm_viz.cells import KINDS
from lstm_viz.learning import tasks
from lstm_viz.learning.sweeps import Recipe, lag_sweep
from lstm_viz.lessons.lesson_10.results import SETTINGS

RESULTS = Path(__file__).resolve().parent.parent / "lstm_viz" / "lessons" / "lesson_10"
#: the rates that are tried: the middle ones for every cell, the others where a cell's best lies at the edge
GRID = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
MIDDLE = (0.003, 0.01, 0.03)
TUNING_SEEDS, SEEDS = range(3), range(200, 210)
#: the LSTM, what is left of it without one of its parts, and three others
CELLS = {kind: Recipe(kind=kind, learning_rate=0.01) for kind in KINDS}
CELLS |= {name: Recipe(kind=kind, learning_rate=0.01, options=options) for name, (kind, options) in SETTINGS.items()}


@dataclass(frozen=True)
class Asked:
    """A task at some lags, and the lags at which rates are chosen."""

    task: tasks.Task
    lags: tuple
    tuning_lags: tuple
    updates: int = 600


ASKED = {
    "cue_anywhere": Asked(tasks.MarkedRecall(1), (20, 50), (20,)),
    "cue_first": Asked(tasks.MarkedRecall(1, cue="first"), (20, 50), (20,)),
    "continual_reber": Asked(tasks.ContinualEmbeddedReber(5, steps=100), (5,), (5,)),
    "adding": Asked(tasks.Adding(2, version="2016"), (20, 50), (20,)),
}


def tune(name, n_jobs):
    """The sweep over learning rates of a task."""
    asked = ASKED[name]
    return tuning.tune(
        asked.task,
        CELLS,
        asked.tuning_lags,
        TUNING_SEEDS,
        grid=GRID,
        middle=MIDDLE,
        updates=asked.updates,
        path=RESULTS / f"tuning_{name}.json",
        about="Made by tools/run_variants.py to choose learning rates: these seeds are not reported anywhere else.",
        n_jobs=n_jobs,
    )


def make(name, n_jobs=1):
    """The sweep of this name, made or resumed."""
    rates = tuning.best_rates(tune(name, n_jobs), GRID)
    asked = ASKED[name]
    return lag_sweep(
        asked.task,
        {cell: replace(recipe, learning_rate=rates[cell]) for cell, recipe in CELLS.items()},
        asked.lags,
        SEEDS,
        updates=asked.updates,
        path=RESULTS / f"{name}.json",
        about=f"Made by tools/run_variants.py. Learning rates were chosen on seeds 0 to 2 (tuning_{name}.json); "
        "seeds 200 to 209 played no part in the choice.",
        n_jobs=n_jobs,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="say which sweeps there are")
    parser.add_argument("--jobs", type=int, default=1, help="processes to use")
    chosen = parser.parse_args()
    if chosen.list:
        print("\n".join(ASKED))
        return
    unknown = sorted(set(chosen.names) - set(ASKED))
    if unknown:
        parser.error(f"NAME must be among {', '.join(ASKED)}; got {unknown[0]}")
    for name in chosen.names or ASKED:
        found = make(name, chosen.jobs)
        print(f"\n{name}: {found.task['name']}, chance {found.chance:.3g}\n{found.table()}", flush=True)


if __name__ == "__main__":
    main()
