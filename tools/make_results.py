#!/usr/bin/env python3
"""Make the sweeps that the package ships, in lstm_viz/learning/results/.

usage: python tools/make_results.py [NAME ...]      (all of them by default; --list says which there are)

Learning rates are chosen on seeds 0 to 4 and a few lags (`tuning_<name>.json`: every rate for every cell); the sweep
itself runs the chosen rates on seeds 100 to 109, which played no part in the choice. A file that is there already is
resumed, so an interrupted run is continued by the same command; delete a file to make it anew.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from lstm_viz.learning import tasks
from lstm_viz.learning.sweeps import RECIPES, Recipe, lag_sweep

RESULTS = Path(__file__).resolve().parent.parent / "lstm_viz" / "learning" / "results"
RATES = (0.001, 0.003, 0.01, 0.02)  # what one usually tries; higher_rates.json goes beyond
TUNING_SEEDS, SEEDS = range(5), range(100, 110)


@dataclass(frozen=True)
class Tuned:
    """A task on which every cell gets the learning rate that does best for it."""

    task: tasks.Task
    lags: tuple
    tuning_lags: tuple
    updates: int


TUNED = {
    "marked_recall": Tuned(tasks.MarkedRecall(1), (5, 10, 20, 30, 50, 100, 200), (20, 50, 100), updates=800),
    "temporal_order": Tuned(tasks.TemporalOrder(20), (20, 30, 50, 100), (20, 50), updates=800),
    "adding": Tuned(tasks.Adding(2, version="2016"), (5, 10, 20, 50, 100), (20, 50, 100), updates=1200),
}


def at_rate(name, rate):
    return f"{name}, rate {rate:g}"


def tune(name):
    """The sweep over learning rates, and the best rate of each cell."""
    tuned = TUNED[name]
    candidates = {
        at_rate(cell, rate): replace(recipe, learning_rate=rate) for cell, recipe in RECIPES.items() for rate in RATES
    }
    found = lag_sweep(
        tuned.task,
        candidates,
        tuned.tuning_lags,
        TUNING_SEEDS,
        updates=tuned.updates,
        path=RESULTS / f"tuning_{name}.json",
        about="Made by tools/make_results.py to choose learning rates: these seeds are not reported anywhere else.",
    )
    return best_rates(found)


def best_rates(found):
    """{cell: rate} with the most runs solved over all lags; among equals the one that took the fewest updates."""

    def merit(cell, rate):
        runs = found.of(at_rate(cell, rate))
        return sum(run.solved for run in runs), -sum(run.updates for run in runs)

    return {cell: max(RATES, key=lambda rate: merit(cell, rate)) for cell in RECIPES}


def make_tuned(name):
    rates = tune(name)
    tuned = TUNED[name]
    return lag_sweep(
        tuned.task,
        {cell: replace(recipe, learning_rate=rates[cell]) for cell, recipe in RECIPES.items()},
        tuned.lags,
        SEEDS,
        updates=tuned.updates,
        path=RESULTS / f"{name}.json",
        about=f"Made by tools/make_results.py. Learning rates were chosen on seeds 0 to 4 (tuning_{name}.json); "
        "seeds 100 to 109 played no part in the choice.",
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
        about="Made by tools/make_results.py. The rates are those of marked_recall.json; seeds 100 to 109 played no "
        "part in their choice.",
    )


def make_cue_first():
    rate = RECIPES["LSTM"].learning_rate
    biased = {
        f"LSTM, forget bias {bias:g}": Recipe(kind="LSTM", learning_rate=rate, options={"forget_bias": bias})
        for bias in (0.0, 1.0, 3.0, 5.0)
    }
    biased[at_rate("LSTM, forget bias 1", 0.1)] = Recipe(kind="LSTM", learning_rate=0.1)
    return lag_sweep(
        tasks.MarkedRecall(1, cue="first"),
        {**biased, "LSTM (chrono)": RECIPES["LSTM (chrono)"], "SimpleRNN": RECIPES["SimpleRNN"], "GRU": RECIPES["GRU"]},
        (10, 20, 30, 50, 100, 200),
        SEEDS,
        updates=800,
        path=RESULTS / "cue_first.json",
        about="Made by tools/make_results.py. The rates are those of marked_recall.json, not chosen for this task; "
        "seeds 100 to 109 played no part in their choice.",
    )


def make_higher_rates():
    """Rates beyond the usual ones: is what the LSTM misses at long lags a matter of the cell, or of the rate?"""
    rates = (0.02, 0.05, 0.1)
    return lag_sweep(
        tasks.MarkedRecall(1),
        {at_rate("LSTM", rate): replace(RECIPES["LSTM"], learning_rate=rate) for rate in rates},
        (50, 100, 200),
        SEEDS,
        updates=800,
        path=RESULTS / "higher_rates.json",
        about="Made by tools/make_results.py. Asked for after seeds 0 to 4 had shown that higher rates do better; all "
        "three rates are reported, none was chosen.",
    )


def make_very_long():
    return lag_sweep(
        tasks.MarkedRecall(1),
        ["LSTM (chrono)"],
        (500, 1000),
        range(100, 105),
        updates=800,
        path=RESULTS / "very_long_lags.json",
        about="Made by tools/make_results.py. The rate is that of marked_recall.json. The chrono initialisation is "
        "told how long the sequences are.",
    )


MAKERS = {
    **{name: (lambda name=name: make_tuned(name)) for name in TUNED},
    "fair_rnn": make_fair,
    "higher_rates": make_higher_rates,
    "cue_first": make_cue_first,
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
