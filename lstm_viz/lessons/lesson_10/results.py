"""What lesson 10 ships: sweeps over the variants, and cells trained on an unending stream."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from lstm_viz.cells import KINDS, checks
from lstm_viz.learning import ContinualEmbeddedReber, Readout, load
from lstm_viz.learning.grammar import SYMBOLS
from lstm_viz.pictures import table

__all__ = ["VARIANTS", "new_cell", "parameters_table", "stream", "stream_runs", "sweep", "trained"]

_FOLDER = Path(__file__).parent
#: the sweeps that `tools/run_variants.py` made
_SWEEPS = ("cue_first", "cue_anywhere", "adding", "continual_reber")
#: what each variant does with the LSTM's equations
VARIANTS = {
    "LSTM": "forget gate of Gers et al. (2000)",
    "NoForgetGate": "f = 1, as in 1997",
    "CoupledGates": "f = 1 - i",
    "NoOutputGate": "o = 1",
    "NoInputActivation": "candidate = z_c",
    "Peephole": "the gates see c",
    "sLSTM": "i = exp(z_i), what was written is counted",
    "GRU": "coupled, no cell state, reset gate",
    "GRU, reset before": "the reset before the matrix product, as in 2014",
    "MinimalGatedUnit": "a GRU with one gate for both",
    "MinGRU": "gate and candidate read x alone",
    "MinLSTM": "as MinGRU, with f and i shared out",
    "IRNN": "relu, identity at the start",
    "SimpleRNN": "no gates",
}

#: a variant that is a kind of cell with other settings: its kind and they
SETTINGS = {"GRU, reset before": ("GRU", {"reset_after": False})}


def new_cell(name, input_dim, units, seed=0):
    """A variant by its name in `VARIANTS`, as it is born. ValueError for another name."""
    checks.one_of(name, VARIANTS, "name")
    kind, options = SETTINGS.get(name, (name, {}))
    return KINDS[kind].initialise(input_dim, units, seed=seed, **options)


def sweep(name):
    """A sweep over all variants: "cue_first", "cue_anywhere", "adding" or "continual_reber", or its "tuning_<name>".

    ValueError for another name.
    """
    known = (*_SWEEPS, *(f"tuning_{each}" for each in _SWEEPS))
    return load(_FOLDER / f"{checks.one_of(name, {each: each for each in known}, 'name')}.json")


def parameters_table(input_dim=2, units=16):
    """What each variant changes, and how many numbers it learns with so many inputs (at most 1,000) and units (128)."""
    input_dim, units = checks.whole(input_dim, "input_dim", most=1000), checks.whole(units, "units", most=128)
    rows = {name: [what, f"{new_cell(name, input_dim, units).parameters:,}"] for name, what in VARIANTS.items()}
    return table(rows, ["difference", "parameters"], caption=f"{input_dim} inputs, {units} units")


@lru_cache
def _continual():
    return json.loads((_FOLDER / "continual.json").read_text(encoding="utf-8"))


def stream_runs(kind, what):
    """(seeds, 20): "largest_c" or "accuracy" in each hundred symbols of 20 streams of 2,000, as shipped.

    kind: "NoForgetGate", "LSTM" or "CoupledGates". ValueError for others.
    """
    cells = _continual()["cells"]
    runs = checks.one_of(kind, cells, "kind")["runs"]
    checks.one_of(what, runs[0], "what")
    return np.array([run[what] for run in runs])


def trained(kind):
    """(cell, readout) of the first seed of a kind, trained on streams of 100 symbols. ValueError for another kind."""
    weights = checks.one_of(kind, _continual()["cells"], "kind")["weights"]
    *of_cell, kernel, bias = (np.array(w) for w in weights)
    return KINDS[kind](*of_cell), Readout(kernel, bias)


def stream(steps=500, seed=0):
    """An unending stream of embedded Reber strings, cut after `steps`: (x one-hot (steps, 7), its symbols)."""
    x, _ = ContinualEmbeddedReber(5, steps=steps).batch(np.random.default_rng(checks.seed(seed)), 1)
    return x[0].astype(np.float64), [SYMBOLS[k] for k in x[0].argmax(-1)]
