"""The scores of lesson 08's models at full length, over several seeds, as `tools/run_newswires.py` found them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import reduce
from importlib.resources import files

import numpy as np

from lstm_viz.cells import checks

__all__ = ["over_seeds", "shipped_comparison", "shipped_results"]


def shipped_results():
    """The results file: a dict with "versions", "majority" and "runs", a list.

    Each run has its model, seed, epochs, seconds, the accuracy and macro_f1 on the test wires after the last epoch, the
    train_accuracy, the best_accuracy and best_epoch, and curves (lists) of some epochs.
    """
    return json.loads(files("lstm_viz.lessons.lesson_08").joinpath("newswires.json").read_text(encoding="utf-8"))


def shipped_comparison():
    """What the lesson compares, as `tools/run_newswire_comparison.py` found it.

    "bags": bags of words; "runs": the 2 x 2 of embedding and mask, mean pooling and shuffled words, each with the epoch
    that the validation wires chose; "order": the made-up task; "lens": deletion against gradient; "splits": the same
    wires dealt anew.
    """
    return json.loads(files("lstm_viz.lessons.lesson_08").joinpath("comparison.json").read_text(encoding="utf-8"))


def over_seeds(results, model, measure):
    """One measure of one model, (seeds,), such as "accuracy", or one curve, (seeds, points): "curves/test_loss".

    results: what `shipped_results` or `shipped_comparison` returns. ValueError for a model without a run and for an
    unknown measure, TypeError for what is no text.
    """
    if not isinstance(results, Mapping) or not isinstance(results.get("runs"), list):
        raise TypeError(f"results must be what shipped_results() returns; got {checks.short(results)}")
    model, names = checks.text(model, "model"), checks.text(measure, "measure").split("/")
    checks.one_of(model, list(dict.fromkeys(run["model"] for run in results["runs"])), "model")
    runs = [run for run in results["runs"] if run["model"] == model]
    try:
        return np.array([reduce(dict.__getitem__, names, run) for run in runs])
    except (KeyError, TypeError):
        raise ValueError(f"measure must be one of {', '.join(runs[0])}; got {checks.short(measure)}") from None
