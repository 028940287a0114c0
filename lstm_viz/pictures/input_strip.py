"""What a cell reads: the whole sequence as a strip of words, numbers or rows of a picture, the current step lit."""

from __future__ import annotations

import re
from html import escape

import numpy as np

from lstm_viz.pictures._svg import number
from lstm_viz.pictures._svg_colours import palette
from lstm_viz.pictures.live_markup import LiveMarkup
from lstm_viz.pictures.style import ACCENT, GREYS, MUTED, PAPER

__all__ = ["input_strip"]

_GREYS = " ".join(palette(GREYS))
#: what no document may hold
_NOWHERE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_CELLS = 4096  # of a picture
_LONG = 160  # words from which on the strip scrolls


def input_strip(trace, words, rows, steps):
    """The line that says what is read at t, and below it everything that is read, its step at t lit.

    words: a text per step of the input, or None. rows: numbers (timesteps, n) to be shown as greys, or None. Without
    either the numbers of the input are written. steps: of the input, the one that each t reads.
    """
    texts, quantities = {}, {"lit": np.asarray(steps, dtype=float)[:, None]}
    where, shown = 'input at t = <span data-now="t">0</span>', '<b data-text="input"></b>'
    if steps[0]:
        texts["step"] = [str(step) for step in steps]
        where += ' (step <span data-text="step"></span>, reading from the end)'
    if rows is not None:
        quantities["row"] = rows[steps].astype(np.float32)
        shown, strip = _row(rows), _picture(rows)
    else:
        # x lies in the order of reading, words in that of the input; from one to the other it is the same way
        numbers = words is None
        if numbers:
            words = [_numbers(trace.x[step]) for step in trace.input_steps]
        words = [_NOWHERE.sub("\ufffd", word) for word in words]
        texts["input"] = [words[step] for step in steps]
        strip = "" if numbers and trace.input_dim > 1 else _sentence(words)
    css = (
        ".lv-strip{position:relative;font-size:16px;line-height:1.5;margin:2px 0 4px;overflow-wrap:anywhere}"
        ".lv-strip i{font-style:normal;display:inline-block;max-width:100%;padding:0 3px;border-radius:4px}"
        ".lv-letters i{display:inline;padding:1px 0;margin:0}.lv-long{max-height:12em;overflow-y:auto}"
        f".lv-strip i[data-on]{{background:{ACCENT};color:{PAPER};text-decoration:underline}}"
        f".lv-strip rect[data-on]{{stroke:{ACCENT};stroke-width:3px}}"
        ".lv-strip svg{display:block;height:auto!important;margin:0!important;max-width:100%}"
    )
    return LiveMarkup(
        markup=f'<div role="group" aria-label="" data-step=""><style>{css}</style>{where}: {shown}{strip}</div>',
        quantities=quantities,
        texts=texts,
        timesteps=trace.timesteps,
        units=trace.units,
        alt="input at timestep {t}" + ("" if rows is not None else ": {input}"),
    )


def _sentence(words):
    """All of the words, one character each without gaps between them."""
    letters = all(len(word) <= 1 for word in words)
    css_class = "lv-strip" + " lv-letters" * letters + " lv-long" * (len(words) > (6 if letters else 1) * _LONG)
    return (
        f'<div class="{css_class}" data-lit="lit">'
        + "".join(f"<i>{escape(word) or ' '}</i>" for word in words)
        + "</div>"
    )


def _scale(rows):
    low = min(rows.min(), 0.0)
    return low, (rows.max() - low) or 1.0


def _row(rows):
    low, span = _scale(rows)
    cells = "".join(f'<rect x="{k}" width="1" height="1"/>' for k in range(rows.shape[1]))
    return (
        f'<svg viewBox="0 0 {rows.shape[1]} 1" width="{22 * rows.shape[1]}" preserveAspectRatio="none" '
        f'style="border:1px solid {MUTED};max-width:60%"><g data-strip="row" data-colours="{_GREYS}" '
        f'data-low="{low}" data-span="{span}" data-group="1">{cells}</g></svg>'
    )


def _picture(rows):
    """The rows below each other, as the picture that they are; single numbers side by side."""
    if rows.size > _MOST_CELLS:
        return ""
    low, span = _scale(rows)
    across = rows.shape[1] == 1
    height, width = rows.T.shape if across else rows.shape
    levels = _GREYS.split(" ")
    place = np.clip((rows - low) / span * len(levels), 0, len(levels) - 1).astype(int)

    def box(t, k, length, rest):
        x, y = (t, 0) if across else (k, t)
        return f'<rect x="{x}" y="{y}" width="{1 if across else length}" height="1" {rest}/>'

    cells = "".join(box(t, k, 1, f'fill="{levels[n]}"') for t, row in enumerate(place) for k, n in enumerate(row))
    marks = "".join(box(t, 0, width, 'fill="none" vector-effect="non-scaling-stroke"') for t in range(len(rows)))
    size = min(16, 480 / width, max(160 / height, 3))
    look = f'shape-rendering="crispEdges" style="border:1px solid {MUTED};overflow:visible"'
    return (
        f'<div class="lv-strip"><svg viewBox="0 0 {width} {height}" width="{number(size * width)}" {look}>{cells}'
        f'<g data-lit="lit">{marks}</g></svg></div>'
    )


def _numbers(x, most=8):
    """x_t as the reader would write it: one number plainly, several in brackets, a long row cut short."""
    words = [f"{value:.2f}" for value in x[:most]] + ["…"] * (len(x) > most)
    return words[0] if len(x) == 1 else f"({', '.join(words)})"
