#!/usr/bin/env python3
"""Train cells on continual embedded Reber without resets, and measure what their cell states do on longer streams.

usage: nice python tools/run_continual.py      writes lstm_viz/lessons/lesson_10/continual.json

Every cell is trained on streams of 100 symbols from an empty state; then it reads 20 new streams of 2,000 symbols
without a reset. What is kept: the largest |c| and the recall's accuracy in each hundred symbols, for every seed; and
the weights of the first seed, for the lesson's slider.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from lstm_viz.cells import KINDS
from lstm_viz.learning import train
from lstm_viz.learning.tasks import ContinualEmbeddedReber

PATH = Path(__file__).resolve().parent.parent / "lstm_viz" / "lessons" / "lesson_10" / "continual.json"
CELLS, SEEDS, UNITS, RATE, UPDATES, STEPS = ("NoForgetGate", "LSTM", "CoupledGates"), range(10), 16, 0.01, 800, 2000


def by_hundred(values, counted):
    """Mean of values (streams, STEPS) where counted, in each hundred symbols."""
    values, counted = (a.reshape(len(a), -1, 100).swapaxes(0, 1) for a in (values, counted))
    return [float(v[c].mean()) for v, c in zip(values, counted, strict=True)]


def measure(model, x, y, counted):
    """Largest |c| and accuracy at the recall, in each hundred symbols of the streams."""
    trace = model.cell.run(x)
    right = model.readout(trace.h).argmax(-1) == y
    largest = np.abs(trace.c).max(axis=-1)
    return {
        "largest_c": largest.reshape(len(x), -1, 100).max(axis=-1).mean(axis=0).round(3).tolist(),
        "accuracy": np.round(by_hundred(right, counted), 4).tolist(),
    }


def main():
    task, longer = ContinualEmbeddedReber(5, steps=100), ContinualEmbeddedReber(5, steps=STEPS)
    x, y = longer.batch(np.random.default_rng(99), 20)
    counted = longer._scored(y)
    kept = {"about": __doc__.splitlines()[0], "updates": UPDATES, "rate": RATE, "units": UNITS, "seeds": list(SEEDS)}
    kept["cells"] = {}
    for kind in CELLS:
        cells = [KINDS[kind].initialise(7, UNITS, seed=seed, dtype=np.float32) for seed in SEEDS]
        models = train(
            cells, task, seeds=list(SEEDS), learning_rate=RATE, updates=UPDATES, early_stop=False, test_size=100
        )
        first = models[0]
        weights = [*first.cell.weights, first.readout.kernel, first.readout.bias]
        kept["cells"][kind] = {
            "runs": [measure(model, x, y, counted) for model in models],
            "weights": [np.round(w.astype(float), 5).tolist() for w in weights],
        }
        for run in kept["cells"][kind]["runs"]:
            print(kind, [run["largest_c"][k] for k in (0, 1, 4, 9, 19)], [run["accuracy"][k] for k in (0, 1, 19)],
                  flush=True)  # fmt: skip
        PATH.write_text(json.dumps(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
