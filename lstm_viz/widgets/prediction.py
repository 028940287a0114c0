"""The choices of a prediction as a widget: pick one, press Commit."""

from __future__ import annotations

import anywidget
import traitlets

from lstm_viz.widgets._look import script, style_sheet

__all__ = ["PredictionView"]


class PredictionView(anywidget.AnyWidget):
    """A question, its choices as radio buttons, and a Commit button, all worked by mouse or keyboard.

    `chosen` is the index of the committed choice, -1 before; it is synced, and `on_commit(choice)` is called with the
    text of the choice. `then` is what the reader is to do next. `fallback` (a heading, and how it looks as text and as
    HTML) is what front ends without widgets show. A choice may be committed again: until the experiment has run,
    changing one's mind is part of thinking.
    """

    _esm = script("hear", "prediction")
    _css = style_sheet("prediction")

    heading = traitlets.Unicode().tag(sync=True)
    question = traitlets.Unicode().tag(sync=True)
    choices = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)
    then = traitlets.Unicode("Now run the experiment below.").tag(sync=True)  # what to do once the choice is made

    def __init__(self, question, choices, *, chosen=None, on_commit, fallback):
        self._on_commit, self._fallback = on_commit, fallback
        index = choices.index(chosen) if chosen in choices else -1
        super().__init__(heading=fallback.heading, question=question, choices=choices, chosen=index)

    @traitlets.validate("chosen")
    def _known(self, proposal):
        if not -1 <= proposal["value"] < len(self.choices):
            raise traitlets.TraitError(f"chosen must be below {len(self.choices)}; got {proposal['value']}")
        return proposal["value"]

    @traitlets.observe("chosen")
    def _committed(self, change):
        if change["new"] >= 0:
            self._on_commit(self.choices[change["new"]])

    def __repr__(self):
        return repr(self._fallback)

    def _repr_mimebundle_(self, **kwargs):
        # front ends that cannot show the widget (a saved page, GitHub) show the question as HTML
        bundle = super()._repr_mimebundle_(**kwargs)
        data, *rest = bundle if isinstance(bundle, tuple) else (bundle,)
        data = {**data, "text/plain": repr(self._fallback), "text/html": self._fallback._repr_html_()}
        return (data, *rest) if rest else data
