#!/usr/bin/env python3
"""Make the sweeps that the package ships, in lstm_viz/learning/results/.

usage: python tools/make_results.py [NAME ...]      (all of them by default; --list says which there are)

Learning rates are chosen on seeds 0 to 4 and a few lags (`tuning_<name>.json`), and the grid of rates goes on until
each cell's best lies strictly inside it; the sweep itself runs the chosen rates on seeds 200 to 209, which played no
part in the choice. A file that is there already is resumed, so an interrupted run is continued by the same command;
delete a file to make it anew.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import tuning

from lstm_viz.learning import tasks
from lstm_viz.learning.sweeps import RECIPES, Recipe, lag_sweep

RESULTS = Path(__file__).resolve().parent.parent / "lstm_viz" / "learning" / "results"
#: the rates that are tried: the middle ones for every cell, the others where a cell's best lies at the edge
GRID = (0.0003, 0.001, 0.003, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
MIDDLE = (0.003, 0.01, 0.02)
TUNING_SEEDS, SEEDS = range(5), range(200, 210)


@dataclass(frozen=True)
class Tuned:
    """A task on which every cell gets the learning rate that does best for it."""

    task: tasks.Task
    lags: tuple
    tuning_lags: tuple
    updates: int = 800
    cells: Mapping = field(default_factory=lambda: RECIPES)


BIASES = (0.0, 1.0, 3.0, 5.0)
#: LSTMs that differ in the bias of their forget gate alone, and those they are compared with
BIASED = {
    **{
        f"LSTM, forget bias {bias:g}": Recipe(kind="LSTM", learning_rate=0.02, options={"forget_bias": bias})
        for bias in BIASES
    },
    **{cell: RECIPES[cell] for cell in ("LSTM (chrono)", "SimpleRNN", "GRU")},
}

TUNED = {
    "marked_recall": Tuned(tasks.MarkedRecall(1), (5, 10, 20, 30, 50, 100, 200), (20, 50, 100)),
    "temporal_order": Tuned(tasks.TemporalOrder(20), (20, 30, 50, 100), (20, 50)),
    "adding": Tuned(tasks.Adding(2, version="2016"), (5, 10, 20, 50, 100), (20, 50, 100), updates=1200),
    "two_sequence": Tuned(tasks.TwoSequence(20), (20, 50), (20, 50)),
    "copy_memory": Tuned(tasks.CopyMemory(5), (5, 20), (5, 20)),
    "embedded_reber": Tuned(tasks.EmbeddedReber(5), (5, 20), (5, 20)),
    "continual_reber": Tuned(tasks.ContinualEmbeddedReber(5, steps=100), (5, 20), (5, 20)),
    "multiplication": Tuned(tasks.Multiplication(20), (20, 50), (20, 50)),
    "three_symbols": Tuned(tasks.TemporalOrder(20, symbols=3), (20, 50), (20, 50)),
    "cue_first": Tuned(tasks.MarkedRecall(1, cue="first"), (10, 20, 30, 50, 100, 200), (10, 20, 50), cells=BIASED),
}


def tune(name):
    """The sweep over learning rates of a task."""
    tuned = TUNED[name]
    return tuning.tune(
        tuned.task,
        tuned.cells,
        tuned.tuning_lags,
        TUNING_SEEDS,
        grid=GRID,
        middle=MIDDLE,
        updates=tuned.updates,
        path=RESULTS / f"tuning_{name}.json",
        about="Made by tools/make_results.py to choose learning rates: these seeds are not reported anywhere else.",
    )


def make_tuned(name):
    rates = tuning.best_rates(tune(name), GRID)
    tuned = TUNED[name]
    return lag_sweep(
        tuned.task,
        {cell: replace(recipe, learning_rate=rates[cell]) for cell, recipe in tuned.cells.items()},
        tuned.lags,
        SEEDS,
        updates=tuned.updates,
        path=RESULTS / f"{name}.json",
        about=f"Made by tools/make_results.py. Learning rates were chosen on seeds 0 to 4 (tuning_{name}.json); "
        "seeds 200 to 209 played no part in the choice.",
    )


def make_fair():
    """The same SimpleRNN as an opponent would train it, and as a friend would."""
    own = RECIPES["SimpleRNN"].learning_rate
    borrowed = RECIPES["LSTM"].learning_rate
    return lag_sweep(
        tasks.MarkedRecall(1),
        {
            "SimpleRNN, LSTM's rate": Recipe(kind="SimpleRNN", learning_rate=borrowed),
            "SimpleRNN, own rate": Recipe(kind="SimpleRNN", learning_rate=own),
            "SimpleRNN, 5x updates": Recipe(kind="SimpleRNN", learning_rate=own, updates=4000),
        },
        (10, 20, 30, 50, 100),
        SEEDS,
        updates=800,
        path=RESULTS / "fair_rnn.json",
        about="Made by tools/make_results.py. The rates are those of marked_recall.json; seeds 200 to 209 played no "
        "part in their choice.",
    )


def make_lstm_rates():
    """Is what an LSTM misses at long lags a matter of the cell, or of its learning rate?"""
    return lag_sweep(
        tasks.MarkedRecall(1),
        {
            tuning.at_rate("LSTM", rate): replace(RECIPES["LSTM"], learning_rate=rate)
            for rate in (0.01, 0.02, 0.05, 0.1, 0.2)
        },
        (50, 100, 200),
        SEEDS,
        updates=800,
        path=RESULTS / "lstm_rates.json",
        about="Made by tools/make_results.py. All rates are reported, none was chosen on these seeds.",
    )


def make_very_long():
    return lag_sweep(
        tasks.MarkedRecall(1),
        ["LSTM (chrono)"],
        (500, 1000),
        range(200, 205),
        updates=800,
        path=RESULTS / "very_long_lags.json",
        about="Made by tools/make_results.py. The rate is that of marked_recall.json. The chrono initialisation is "
        "told how long the sequences are.",
    )


MAKERS = {
    **{name: (lambda name=name: make_tuned(name)) for name in TUNED},
    "fair_rnn": make_fair,
    "lstm_rates": make_lstm_rates,
    "very_long_lags": make_very_long,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="say which sweeps there are")
    chosen = parser.parse_args()
    if chosen.list:
        print("\n".join(MAKERS))
        return
    unknown = sorted(set(chosen.names) - set(MAKERS))
    if unknown:
        parser.error(f"NAME must be among {', '.join(MAKERS)}; got {unknown[0]}")
    for name in chosen.names or MAKERS:
        found = MAKERS[name]()
        print(f"\n{name}: {found.task['name']}, chance {found.chance:.3g}\n{found.table()}", flush=True)


if __name__ == "__main__":
    main()
