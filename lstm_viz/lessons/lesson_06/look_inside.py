"""`look_inside`: the trained models of the long-lag lab, opened side by side: which gate holds what it read?"""

from __future__ import annotations

import html

import ipywidgets
import numpy as np

from lstm_viz.cells import checks
from lstm_viz.learning.models import Model
from lstm_viz.lessons.lesson_06.experiments import MOST_LAG, train_for_recall
from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.explore import Comparison

__all__ = ["LookInside", "look_inside"]

_SHOWN = ("i", "f", "c", "h")


class LookInside(ipywidgets.VBox):
    """What `look_inside` returns: `models` by name, `traces` of the sequence shown, `verdict` in words."""

    def __init__(self, models, lag, names):
        self.models, self.lag = models, lag
        if names is None:  # z is a gate in a GRU alone
            names = ("z", *_SHOWN) if any("z" in model.cell.gates for model in models.values()) else _SHOWN
        self._names = names
        style = {"description_width": "initial"}
        self.cue = ipywidgets.IntSlider(
            value=lag // 4, min=0, max=lag, description="the cue comes at t =", style=style, layout={"width": "420px"}
        )
        self.bit = ipywidgets.Dropdown(
            options=[("+1", 1.0), ("−1", -1.0)], description="and says", style=style, layout={"width": "130px"}
        )
        self.sequence = ipywidgets.IntSlider(
            value=0, min=0, max=19, description="noise", style=style, layout={"width": "300px"}
        )
        self.verdict = ipywidgets.HTML()
        self.comparison = Comparison([self.traces], self.labels, names=self._names, t=self.cue.value)
        knobs = ipywidgets.HBox([self.cue, self.bit, self.sequence], layout={"flex_flow": "row wrap"})
        self.changes = on_change((self.cue, self.bit, self.sequence), lambda *_values: self._show())
        super().__init__([knobs, self.changes.status, self.verdict, self.comparison])
        self.add_class("lstm-viz-lab")
        self._say()

    @property
    def x(self):
        """The sequence shown, (timesteps, 2): random bits, and the marker where the cue comes."""
        bits = np.random.default_rng([5, self.sequence.value]).choice([-1.0, 1.0], self.lag + 1)
        marker = np.zeros(self.lag + 1)
        bits[self.cue.value], marker[self.cue.value] = self.bit.value, 1.0
        return np.stack([bits, marker], axis=-1).astype(np.float32)

    @property
    def labels(self):
        """The bits as signs, the cue's in a circle."""
        signs = ["+" if bit > 0 else "−" for bit in self.x[:, 0]]
        signs[self.cue.value] = {"+": "⊕", "−": "⊖"}[signs[self.cue.value]]
        return signs

    @property
    def traces(self):
        """{name: trace of the sequence shown}."""
        return {name: model.cell.run(self.x) for name, model in self.models.items()}

    def answers(self):
        """{name: probability that each gives to the cue's true value after the last step}."""
        true = int(self.bit.value > 0)
        return {
            name: float(self.models[name].readout.probabilities(trace.h[-1])[true])
            for name, trace in self.traces.items()
        }

    def _show(self):
        self.comparison.show(self.traces, labels=self.labels)
        self._say()

    def _say(self):
        parts = []
        for name, p in self.answers().items():
            model = self.models[name]
            word = "right" if p > 0.5 else "wrong"
            parts.append(
                f"<b>{html.escape(name)}</b> (right for {model.score:.0%} of fresh sequences): gives the cue's value a "
                f"probability of <b>{p:.2f}</b>, {word}"
            )
        self.verdict.value = "<br>".join(parts)

    def __repr__(self):
        return f"look_inside(lag {self.lag}: {', '.join(self.models)})"


def look_inside(lag=50, cells=("SimpleRNN", "LSTM (chrono)"), *, seed=0, models=None, names=None):
    """Train the cells of the lab at one lag (some seconds) and open them side by side on one sequence.

    Move the cue, flip its bit, change the noise; the slider goes through time. Of each unit the gates that write and
    keep (i and f, z in a GRU) and the states are shown, the units that say most at the end first. models: trained
    already, as `train_for_recall` gives them. ValueError or
    TypeError for an unknown cell, a lag that is not 1 to 1000, or models of another task.
    """
    lag = checks.whole(lag, "lag", 1, MOST_LAG)
    if models is None:
        models = train_for_recall(lag, cells, seed=seed)
    for name, model in checks.mapping(models, "models", "name and trained model").items():
        checks.text(name, "each name of models")
        model = checks.same_kind(model, Model, f"models[{checks.short(name)}]", "a trained model")
        if model.cell.input_dim != 2 or model.readout.kernel.shape[1] != 2:
            raise ValueError(
                f"models[{checks.short(name)}] must read 2 numbers a step and tell 2 classes apart; it reads "
                f"{model.cell.input_dim} and tells {model.readout.kernel.shape[1]}"
            )
    return LookInside(models, lag, names)
