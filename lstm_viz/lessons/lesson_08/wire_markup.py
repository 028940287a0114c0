"""One wire as running text: how far the model has read, what it would answer, and which words its loss depends on."""

from __future__ import annotations

from html import escape

import numpy as np

from lstm_viz.pictures.live_markup import LiveMarkup
from lstm_viz.pictures.style import FONT, INK, MUTED, PAPER

__all__ = ["wire_markup"]

#: the states of a word, as the browser writes them into its attribute
_LATER, _NOW, _READ = range(3)
_LENS = "0,114,178"  # Okabe & Ito's blue, at an opacity by the gradient's length
_DARKEST = 0.5  # on which the words can still be read
_UNREAD = "#454d56"
_MOST = 3  # topics named in the answer

_STYLE = f"""
.lstm-viz-wire {{ font: 15px/1.9 {FONT}; color: {INK}; background: {PAPER}; padding: 6px 14px; max-width: 1100px }}
.lstm-viz-wire p {{ margin: 2px 0 }}
.lstm-viz-wire .word {{ padding: 2px 4px; border-radius: 3px; border: 2px solid transparent }}
.lstm-viz-wire .word[fill=later] {{ color: {_UNREAD} }}
.lstm-viz-wire .word[fill=now] {{ border-color: {INK}; font-weight: 700 }}
.lstm-viz-wire .legend {{ font-size: 13px; color: {MUTED} }}
.lstm-viz-wire .shade {{ padding: 1px 8px; border-radius: 3px; color: {INK} }}
"""


def wire_markup(reading, names, *, truth=None):
    """A `Reading` as live text: the word of timestep t is framed, later ones grey, each shaded by its gradient.

    The shade is the length of dL/dx_t as a share of the largest; hovering a word shows the number. names: the topics;
    truth: the number of the right one (None if nobody knows).
    """
    timesteps, largest = reading.timesteps, float(reading.gradient.max())
    share = reading.gradient / largest if largest > 0 else np.zeros(timesteps)
    words = "\n".join(
        f'<span class="word" title="t = {t}: |dL/dx_t| = {length:.2e}" '
        f'style="background: rgba({_LENS},{_DARKEST * part:.3f})">{escape(word)}</span>'
        for t, (word, length, part) in enumerate(zip(reading.words, reading.gradient, share, strict=True))
    )
    right = "" if truth is None else f" The right topic is <b>{escape(names[truth])}</b>."
    topic = escape(names[reading.topic])
    markup = f"""<div class="lstm-viz-wire" role="group">
<style>{_STYLE.replace("<", "").replace("&", "&amp;")}</style>
<p data-strip="state" data-colours="later now read" data-low="0" data-span="3" data-group="1">{words}</p>
<p>After <b data-text="read"> </b>: <b data-text="answer"> </b>.{right}</p>
<p class="legend">Shade: how much the loss for '{topic}' at the end changes with each word, |dL/dx_t|, from
<span class="shade">0</span> to
<span class="shade" style="background: rgba({_LENS},{_DARKEST})">{largest:.2g}</span></p>
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


def _answer(probabilities, names):
    best = np.argsort(-probabilities, kind="stable")[:_MOST]
    return ", ".join(f"{names[k]} {probabilities[k]:.2f}" for k in best)
