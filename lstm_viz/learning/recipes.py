"""Which cells a sweep compares: a name, a kind of cell, how it is born and how fast it learns."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np

from lstm_viz.cells import KINDS, checks

__all__ = ["RECIPES", "Recipe", "named_recipes"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One cell of a sweep.

    kind            "SimpleRNN", "LSTM" or "GRU"
    learning_rate   of Adam, positive
    options         for the cell's `initialise`: {"forget_bias": 3.0}; {"chrono": "T"} stands for the sequence's length,
                    which tells the cell how long it may have to remember
    updates         its own budget, where it differs from the sweep's
    """

    kind: str
    learning_rate: float
    options: Mapping = field(default_factory=dict)
    updates: int | None = None

    def __post_init__(self):
        checks.one_of(self.kind, KINDS, "kind")
        rate = self.learning_rate
        number = isinstance(rate, (int, float, np.number)) and not isinstance(rate, bool)
        if not number or not math.isfinite(rate) or rate <= 0:
            raise ValueError(f"learning_rate must be a positive number; got {checks.short(rate)}")
        if self.updates is not None:
            checks.whole(self.updates, "updates")
        if not isinstance(self.options, Mapping) or not all(isinstance(name, str) for name in self.options):
            raise TypeError(f"options must be a dict of names and values; got {checks.short(self.options)}")
        known = inspect.signature(KINDS[self.kind].initialise).parameters
        if unknown := set(self.options) - (set(known) - {"input_dim", "units", "seed", "dtype"}):
            raise ValueError(f"options must be those of {self.kind}.initialise; got {checks.short(sorted(unknown))}")
        self.cell(input_dim=1, units=2, timesteps=10, seed=0)  # so that a wrong option is told now

    def cell(self, *, input_dim, units, timesteps, seed):
        """A new float32 cell, before training, for sequences of `timesteps`."""
        options = dict(self.options)
        if options.get("chrono") == "T":
            options["chrono"] = max(timesteps, 3)
        return KINDS[self.kind].initialise(input_dim, units, seed=seed, dtype=np.float32, **options)

    @property
    def cost(self):
        """Work per unit, timestep and update, relative to a SimpleRNN."""
        return KINDS[self.kind].cost()

    def as_dict(self):
        """For a results file."""
        return asdict(self)


#: the four cells of the long-lag lab; `tools/make_results.py` chose their learning rates, on marked recall
RECIPES = {
    "SimpleRNN": Recipe(kind="SimpleRNN", learning_rate=0.003),
    "LSTM": Recipe(kind="LSTM", learning_rate=0.1),
    "LSTM (chrono)": Recipe(kind="LSTM", learning_rate=0.1, options={"chrono": "T"}),
    "GRU": Recipe(kind="GRU", learning_rate=0.1),
}


def named_recipes(cells):
    """{name: Recipe} from a list of names, a name, or a dict of recipes. ValueError for an unknown name, or none."""
    if isinstance(cells, str):
        cells = [cells]
    if isinstance(cells, Mapping):
        for name, recipe in cells.items():
            if not isinstance(recipe, Recipe):
                raise TypeError(f"cells[{name!r}] must be a Recipe; got {type(recipe).__name__}")
        named = dict(cells)
    else:
        known = ", ".join(map(repr, RECIPES))
        named = {}
        for name in checks.listed(cells, "cells"):
            if not isinstance(name, str) or name not in RECIPES:
                raise ValueError(
                    f"each cell must be one of {known}, or a dict of recipes; got {checks.short(name, 60)}"
                )
            named[name] = RECIPES[name]
    if not named:
        raise ValueError("cells must name at least one cell; got none")
    return named
