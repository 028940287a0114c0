"""`be_the_gates`: set i, f and o by hand over time, carry one bit across noise, then see what training found."""

from __future__ import annotations

import ipywidgets
import numpy as np

from lstm_viz.cells import checks
from lstm_viz.learning import quickly
from lstm_viz.lessons.lesson_06 import by_hand
from lstm_viz.lessons.lesson_06.experiments import train_one_unit
from lstm_viz.pictures import figures
from lstm_viz.widgets.beforehand import beforehand
from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.controls import TimeControls
from lstm_viz.widgets.frame_view import FrameView

__all__ = ["GateLab", "be_the_gates"]

_GATES = {
    "i": "write: input gate i open",
    "f": "keep: forget gate f open",
    "o": "say: output gate o open",
}


class GateLab(ipywidgets.VBox):
    """What `be_the_gates` returns. `gates` are the three gates as set, `score` how often they carry the bit."""

    def __init__(self, timesteps, cue):
        self.timesteps, self.cue = timesteps, cue
        self.model = None
        last = timesteps - 1
        style = {"description_width": "165px"}
        self.sliders = {
            name: ipywidgets.IntRangeSlider(
                value=(0, last), min=0, max=last, description=text, style=style, layout={"width": "400px"},
                tooltip=f"first and last timestep at which the gate {name} is open", continuous_update=True,
            )
            for name, text in _GATES.items()
        }  # fmt: skip
        self.openness = ipywidgets.IntSlider(
            value=100, min=50, max=100, description="open gates stand at %",
            tooltip="and shut gates at 100 % minus that", style=style, layout={"width": "400px"},
        )  # fmt: skip
        self.sequence = ipywidgets.IntSlider(
            value=0, min=0, max=19, description="sequence shown", style=style, layout={"width": "400px"}
        )
        self.button = ipywidgets.Button(
            description="See what training found",
            tooltip="Train an LSTM of one unit on the same problem (about a second) and let it read this sequence",
            layout={"width": "auto"},
        )
        self.verdict = ipywidgets.HTML()
        self.found = ipywidgets.HTML()
        self.view = FrameView(self._figure(self._trace(), self._title()))
        self.trained_view = None
        self.pictures = ipywidgets.VBox([self.view])
        self.controls = TimeControls(timesteps, t=cue).drive(self.view)
        knobs = ipywidgets.VBox([*self.sliders.values(), self.openness, self.sequence], layout={"flex": "0 1 410px"})
        top = ipywidgets.HBox(
            [knobs, ipywidgets.VBox([self.verdict, self.button], layout={"align_items": "flex-start"})],
            layout={"flex_flow": "row wrap"},
        )
        turned = (*self.sliders.values(), self.openness, self.sequence)
        self.changes = on_change(turned, lambda *_values: self._recompute())
        self._recompute()
        answers = beforehand(self._positions(), [(self.view, "figure"), (self.verdict, "value")])
        super().__init__([top, self.changes.status, self.controls, self.pictures, self.found, *answers])
        self.add_class("lstm-viz-lab")
        self.button.on_click(lambda _button: self.show_training())

    @property
    def gates(self):
        """{"i": (timesteps,), "f": ..., "o": ...} in [0, 1]."""
        at = self.openness.value / 100
        return {
            name: by_hand.schedule(self.timesteps, *slider.value, open_at=at, closed_at=1.0 - at)
            for name, slider in self.sliders.items()
        }

    @property
    def values(self):
        """The bits of the sequence shown, (timesteps,)."""
        return by_hand.noisy_bits(self.timesteps, self.sequence.max + 1, seed=7)[self.sequence.value]

    @property
    def labels(self):
        """What stands under each timestep: the bit's sign, the cue's in a circle."""
        signs = ["+" if value > 0 else "−" for value in self.values]
        signs[self.cue] = {"+": "⊕", "−": "⊖"}[signs[self.cue]]
        return signs

    def _positions(self):
        """Where the knobs stop in a page without a kernel: the gates' edges at the ends, at the cue and behind it."""
        last = self.timesteps - 1
        edges = {"i": {0, self.cue, last}, "f": {0, self.cue, self.cue + 1, last}, "o": {0, last}}
        ranges = {n: [(a, b) for a in sorted(e) for b in sorted(e) if a <= b] for n, e in edges.items()}
        gates = {self.sliders[name]: of for name, of in ranges.items()}
        return {self.openness: quickly((90, 95, 100), (100,)), **gates, self.sequence: quickly((0, 1), (0,))}

    def show_training(self):
        """What the button does: train one unit (once) and let it read the sequence shown, with the cue marked."""
        if self.model is None:
            self.found.value = "Training ..."
            self.model = train_one_unit(self.timesteps)
        figure = self._trained_figure()
        if self.trained_view is None:
            self.trained_view = FrameView(figure, self.controls.t)
            self.controls.drive(self.trained_view)
            self.pictures.children = [self.view, self.trained_view]
        else:
            self.trained_view.figure = figure
        self.found.value = (
            f"Training found its own way: right for {self.model.score:.1%} of fresh sequences after "
            f"{self.model.updates} updates. It does not know when the cue comes; it reads the marker, and opens and "
            "shuts its gates by that."
        )

    # -- drawing --

    def _trace(self):
        gates = self.gates
        return by_hand.hand_cell().run(by_hand.gated_input(self.values, gates["i"], gates["f"], gates["o"]))

    def _recompute(self):
        gates = self.gates
        self.score = by_hand.carry(gates["i"], gates["f"], gates["o"], cue=self.cue)
        trace = self._trace()
        self.view.figure = self._figure(trace, self._title())
        heard, true = trace.h[-1, 0], self.values[self.cue]
        said = f"{round(float(heard), 2) + 0.0:+.2f}".replace("-", "−")
        right = np.sign(heard) == true and abs(heard) > 2 * by_hand.LISTENER_NOISE
        here = "the cue" if right else "too quiet to tell" if abs(heard) <= 2 * by_hand.LISTENER_NOISE else "wrong"
        self.verdict.value = (
            f"<div style='font-size:28px;line-height:1.3'><b>{self.score:.0%}</b> right</div>"
            f"of {by_hand.SEQUENCES} noisy sequences; a coin toss has 50 %.<br>This one: the cue was "
            f"<b>{'+1' if true > 0 else '−1'}</b>, the last h is <b>{said}</b>: {here}."
        )
        if self.trained_view is not None:
            self.trained_view.figure = self._trained_figure()

    def _title(self):
        return "Your gates (the cue is circled)"

    def _figure(self, trace, title):
        return figures.unit_lines(trace, labels=self.labels, title=title)

    def _trained_figure(self):
        marker = np.zeros(self.timesteps)
        marker[self.cue] = 1.0
        trace = self.model.cell.run(np.stack([self.values, marker], axis=-1))
        return self._figure(trace, "The gates that training found, on the same sequence")

    def __repr__(self):
        return f"be_the_gates({self.timesteps} timesteps, cue at {self.cue})"


def be_the_gates(timesteps=24, cue=4):
    """A lab: the gates of one LSTM unit in your hands, one bit to be carried from step `cue` to the end.

    Every step brings a bit, but only that of step `cue` matters. Sliders say from when to when each gate is open, and
    how tightly the gates shut; the score is measured on many sequences of other noise. ValueError for a cue that is not
    within the timesteps.
    """
    timesteps = checks.whole(timesteps, "timesteps", 3, 200)
    cue = checks.whole(cue, "cue", 0)
    if cue >= timesteps - 1:
        raise ValueError(f"cue must be a timestep from 0 to {timesteps - 2}; got {checks.short(cue)}")
    return GateLab(timesteps, cue)
