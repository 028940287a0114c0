"""How far back a prediction looks: the gradient of each character's surprise by what was read before it."""

from __future__ import annotations

import ipywidgets
import numpy as np

from lstm_viz.cells import checks
from lstm_viz.learning.gradients import reach
from lstm_viz.lessons.lesson_09.character_model import TRAINED, CharacterModel, character_model
from lstm_viz.lessons.lesson_09.text_pictures import sign_of
from lstm_viz.pictures.reach import reach_figure
from lstm_viz.widgets.controls import TimeControls
from lstm_viz.widgets.frame_view import FrameView

__all__ = ["how_far_back", "surprise_slopes"]

#: characters; the gradients of every prediction by every character before it grow with the square
MOST = 200


def surprise_slopes(model, text):
    """d surprise of the next character / dh_t, (characters - 1, units) in nats: what each h_t hears first."""
    reading = model.read(text)
    p = np.array(reading.probabilities[:-1])
    p[np.arange(len(p)), reading.codes[1:]] -= 1
    return p @ model.kernel.T


class HowFarBack(ipywidgets.VBox):
    """What `how_far_back` returns: `reaches` {kind: (by memory, by input)} are drawn, `controls` is the bar."""

    def __init__(self, text, models):
        self.text = checks.text(text, "text")
        if not 2 <= len(text) <= MOST:
            raise ValueError(f"text must have 2 to {MOST} characters; got {len(text)}")
        self.reaches = {}
        for name, model in models.items():
            checks.same_kind(model, CharacterModel, f"model {checks.short(name)}", "a CharacterModel")
            x = model.embedding[model.encode(text[:-1])]
            self.reaches[name] = reach(model.cell, x, surprise_slopes(model, text))
        title = "How far back the prediction of the next character looks"
        self.view = FrameView(
            reach_figure(
                self.reaches,
                labels=[sign_of(character) for character in text[:-1]],
                title=title,
            )
        )
        self.controls = TimeControls(len(text) - 1, t=len(text) - 2).drive(self.view)
        super().__init__([self.controls, self.view])
        self.add_class("lstm-viz-lab")


def how_far_back(text, models=None):
    """For each place of a text: which characters before it the prediction of the next one depends on, by gradient.

    text: 2 to 200 characters. models: {name: CharacterModel}, by default the three that are shipped. Row t is about
    the surprise of character t + 1. ValueError or TypeError if text or models do not fit.
    """
    models = (
        {kind: character_model(kind) for kind in TRAINED}
        if models is None
        else checks.mapping(models, "models", "name and model")
    )
    return HowFarBack(text, models)
