"""The choices of a prediction as a widget: pick one, press Commit."""

from __future__ import annotations

import html

import ipywidgets

__all__ = ["PredictionView"]


class PredictionView(ipywidgets.VBox):
    """A question, its choices as radio buttons, and a Commit button.

    `chosen` is the choice committed before, or None; `on_commit(choice)` is called with the text of a choice.
    `fallback` (a heading, and how it looks as text and as HTML) is what front ends without widgets show.
    A choice may be committed again: until the experiment has run, changing one's mind is part of thinking.
    """

    def __init__(self, question, choices, *, chosen=None, on_commit, fallback):
        self.radio = ipywidgets.RadioButtons(
            options=choices,
            value=chosen,
            layout=ipywidgets.Layout(width="auto"),
            style={"description_width": "0"},
        )
        self.button = ipywidgets.Button(
            description="Commit",
            tooltip="Commit to this prediction",
            disabled=chosen is None,
            layout=ipywidgets.Layout(width="7em"),
        )
        self.message = ipywidgets.HTML()
        self._say(f"You predict: {chosen}" if chosen else "Choose, then commit.")
        self._on_commit = on_commit
        self._fallback = fallback
        self.radio.observe(self._picked, "value")
        self.button.on_click(self._clicked)
        heading = f"<strong>{html.escape(fallback.heading)}</strong><br>"
        title = ipywidgets.HTML(f'<div style="line-height:1.45">{heading}{html.escape(question)}</div>')
        super().__init__(
            [title, self.radio, ipywidgets.HBox([self.button, self.message])],
            layout=ipywidgets.Layout(max_width="52em", border_left="4px solid #0072B2", padding="0 0 4px 10px"),
        )

    def _picked(self, _change):
        self.button.disabled = self.radio.value is None

    def _clicked(self, _button):
        self._on_commit(self.radio.value)
        self._say(f"You predict: {self.radio.value}. Now run the experiment below.")

    def _say(self, text):
        self.message.value = f'<div style="line-height:1.45;padding:3px 0 0 8px">{html.escape(text)}</div>'

    def __repr__(self):
        return repr(self._fallback)

    def _repr_mimebundle_(self, **kwargs):
        # front ends that cannot show the widget (a saved page, GitHub) show the question as HTML
        bundle = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": repr(self._fallback), "text/html": self._fallback._repr_html_()}
