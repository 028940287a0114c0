"""One wire as running text: how far the model has read, what it would answer, and what each word is worth."""

from __future__ import annotations

from html import escape

import numpy as np

from lstm_viz.pictures.live_markup import LiveMarkup
from lstm_viz.pictures.style import AGAINST, DARK_MUTED, FONT, INK, MUTED, PAPER, TOLD, see_through

__all__ = ["wire_markup"]

#: the states of a word, as the browser writes them into its attribute
_LATER, _NOW, _READ = range(3)
_DARKEST = 0.5  # on which the words can still be read
_MOST = 3  # topics named in the answer

_STYLE = f"""
.lstm-viz-wire {{ font: 15px/1.9 {FONT}; color: {INK}; background: {PAPER}; padding: 6px 14px; max-width: 1100px }}
.lstm-viz-wire p {{ margin: 2px 0 }}
.lstm-viz-wire .word {{ padding: 2px 4px; border-radius: 3px; border: 2px solid transparent }}
.lstm-viz-wire .word[fill=later] {{ color: {DARK_MUTED} }}
.lstm-viz-wire .word[fill=now] {{ border-color: {INK}; font-weight: 700 }}
.lstm-viz-wire .legend {{ font-size: 13px; color: {MUTED} }}
.lstm-viz-wire .shade {{ padding: 1px 8px; border-radius: 3px; color: {INK} }}
"""


def wire_markup(reading, names, *, truth=None):
    """A `Reading` as live text, twice: the word of timestep t is framed, later ones grey, each shaded by its worth.

    First by deletion (blue: the word speaks for the topic, orange: against it), then by the length of dL/dx_t, each as
    a share of the largest; hovering a word shows the number. names: the topics; truth: the number of the right one
    (None if nobody knows).
    """
    timesteps = reading.timesteps
    topic = escape(names[reading.topic])
    deletion, most = reading.deletion, float(np.abs(reading.deletion).max())
    gradient, largest = reading.gradient, float(reading.gradient.max())
    taken_out = _strip(reading.words, deletion, most, "loss without it: {:+.2e}")
    nudged = _strip(reading.words, gradient, largest, "|dL/dx_t| = {:.2e}")
    right = "" if truth is None else f" The right topic is <b>{escape(names[truth])}</b>."
    markup = f"""<div class="lstm-viz-wire" role="group">
<style>{_STYLE.replace("<", "").replace("&", "&amp;")}</style>
<p class="legend"><b>Deletion.</b> What if the word were not there? Loss for '{topic}' with <i>unknown</i> read in its
place, minus the loss as it is: {_shade(TOLD, 1, f"+{most:.2g}, speaks for it")}
{_shade(AGAINST, 1, f"-{most:.2g}, against")}</p>
{taken_out}
<p>After <b data-text="read"> </b>: <b data-text="answer"> </b>.{right}</p>
<p class="legend"><b>Gradient.</b> What if the word's numbers were moved a little? |dL/dx_t|, from
{_shade(TOLD, 0, "0")} to {_shade(TOLD, 1, f"{largest:.2g}")}</p>
{nudged}
</div>"""
    order = np.arange(timesteps)
    state = np.where(order < order[:, None], _READ, _LATER)
    np.fill_diagonal(state, _NOW)
    return LiveMarkup(
        markup,
        {"state": state.astype(np.uint8)},
        {
            "read": [f"{t + 1} of {timesteps}" for t in range(timesteps)],
            "answer": [_answer(p, names) for p in reading.probabilities],
        },
        timesteps=timesteps,
        alt="The wire, word by word. After {read}: {answer}.",
    )


def _strip(words, values, largest, says):
    """The words as a paragraph whose words change with t, each shaded by its value as a share of the largest."""
    share = values / largest if largest > 0 else np.zeros(len(words))
    spans = "\n".join(
        f'<span class="word" title="t = {t}: {says.format(value)}" '
        f'style="background: {see_through(TOLD if part >= 0 else AGAINST, _DARKEST * abs(part))}">{escape(word)}</span>'
        for t, (word, value, part) in enumerate(zip(words, values, share, strict=True))
    )
    return f'<p data-strip="state" data-colours="later now read" data-low="0" data-span="3" data-group="1">{spans}</p>'


def _shade(colour, share, text):
    ground = f"background: {see_through(colour, _DARKEST * share)}"
    return f'<span class="shade" style="{ground}; white-space: nowrap">{text}</span>'


def _answer(probabilities, names):
    best = np.argsort(-probabilities, kind="stable")[:_MOST]
    return ", ".join(f"{names[k]} {probabilities[k]:.2f}" for k in best)
