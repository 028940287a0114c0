"""Two pictures beside a text: the best guesses for the next character, and what each character cost in bits."""

from __future__ import annotations

from html import escape

import numpy as np
import plotly.graph_objects as go

from lstm_viz.cells import checks
from lstm_viz.pictures import _figure_parts as parts
from lstm_viz.pictures.live_markup import LiveMarkup
from lstm_viz.pictures.style import FONT, INK, MUTED, PAPER, QUANTITIES

__all__ = ["best_guesses", "guesses_markup", "name_of", "sign_of", "surprise_figure", "with_line"]

_NAMES = {" ": "space", "\n": "line end", "\t": "tab", "\r": "CR", "\0": "unknown"}
_SIGNS = {" ": "␣", "\n": "↵", "\t": "→"}
_BAR = 180  # pixels of a probability of 1
_COLOUR = QUANTITIES["y"].colour
_STYLE = f"""
.lstm-viz-guesses {{ font: 15px/1.5 {FONT}; color: {INK}; background: {PAPER}; padding: 4px 8px; max-width: 520px;
  box-sizing: border-box; font-variant-numeric: tabular-nums }}
.lstm-viz-guesses p {{ margin: 0 0 2px; overflow-wrap: anywhere }}
.lstm-viz-guesses .row {{ display: flex; gap: 8px; align-items: center; height: 24px; white-space: nowrap }}
.lstm-viz-guesses .name {{ flex: 0 0 72px; font-weight: 600; text-align: right }}
.lstm-viz-guesses svg {{ flex: 0 1 {_BAR}px; min-width: 0; height: 16px; border: 1px solid {MUTED} }}
.lstm-viz-guesses .came {{ font-weight: 600 }}
"""
#: how the lines of two models, or of one before and after a cut, are told apart: colour and dash
_LINES = ((INK, "solid"), (QUANTITIES["f"].colour, "dot"))


def name_of(character):
    """A character as it stands in a list: something that can be seen."""
    if character in _NAMES:
        return _NAMES[character]
    return character if character.isprintable() else f"U+{ord(character):04X}"


def sign_of(character):
    """A character as one sign, such as the label of its timestep."""
    return _SIGNS.get(character) or name_of(character)


def best_guesses(probabilities, count=5):
    """(places, values), each (timesteps, count): the most probable characters after each timestep, the best first."""
    places = np.argsort(-probabilities, axis=1, kind="stable")[:, :count]
    return places, np.take_along_axis(probabilities, places, axis=1)


def guesses_markup(reading, *, count=5, title="The best guesses for the next character", temperature=1.0):
    """The `count` best guesses after each character as bars that follow t, and which of them came; a `LiveMarkup`.

    temperature: the probabilities are p^(1 / temperature), scaled to sum 1, as `write` draws from them.
    """
    vocabulary, codes = reading.model.vocabulary, reading.codes
    probabilities = reading.probabilities if temperature == 1 else _tempered(reading, temperature)
    places, values = best_guesses(probabilities, min(count, len(vocabulary)))
    comes = [*(name_of(character) for character in reading.text[1:]), ""]
    said = [f"next comes {name}: {bits:.2f} bits" for name, bits in zip(comes, reading.surprise[1:], strict=False)]
    names = [name_of("\0" if k == 0 else vocabulary[k]) for k in range(len(vocabulary))]
    texts = {"next": [*said, "the text ends here"], "of": [name_of(character) for character in reading.text]}
    quantities, rows = {}, []
    for k in range(places.shape[1]):
        quantities[f"guess{k}"] = values[:, k : k + 1].astype(np.float32)
        texts[f"name{k}"] = [names[place] for place in places[:, k]]
        came = np.append(places[:-1, k] == codes[1:], False)
        texts[f"came{k}"] = ["← came" if it else "" for it in came]
        rows.append(
            f'<div class="row"><span class="name" data-text="name{k}"> </span><svg viewBox="0 0 {_BAR} 16" '
            f'preserveAspectRatio="none" aria-hidden="true"><rect x="-{_BAR}" width="{_BAR}" height="16" '
            f'fill="{_COLOUR}" data-shift="guess{k}" data-by="{_BAR}"/></svg><span data-value="guess{k}" '
            f'data-index="0"> </span><span class="came" data-text="came{k}"> </span></div>'
        )
    alt = ", ".join(f"{{name{k}}} {{chance{k}}}" for k in range(places.shape[1]))
    texts |= {f"chance{k}": [f"{p:.2f}" for p in values[:, k].tolist()] for k in range(places.shape[1])}
    return LiveMarkup(
        f'<div class="lstm-viz-guesses" role="group"><style>{_STYLE}</style>'
        f'<p>{escape(title)}, after t = <b data-now="t">0</b>, <b data-text="of"> </b>:</p>{"".join(rows)}'
        '<p data-text="next"> </p></div>',
        quantities,
        texts,
        timesteps=len(reading),
        alt=f"{escape(title)} after {{of}}, t = {{t}}: {alt}; {{next}}",
    )


def _tempered(reading, temperature):
    """What `write` draws from: never the unknown character."""
    logs = np.log(np.maximum(reading.probabilities.astype(float), 1e-300))
    logs[:, 0] = -np.inf
    if temperature == 0:
        return (logs == logs.max(1, keepdims=True)).astype(float)
    logs = (logs - logs.max(1, keepdims=True)) / max(temperature, 1e-6)
    weights = np.exp(logs)
    return weights / weights.sum(1, keepdims=True)


def surprise_figure(curves, text, *, height=130, title=""):
    """What each character cost in bits, -log2 p(character t | those before it), as lines over t under one cursor.

    curves: {name: (timesteps,) bits, nan where none is known}, one or two. text: what was read, shown when hovered.
    ValueError if lengths do not fit.
    """
    curves = {str(name): parts.small(checks.shaped(bits, "bits", (len(text),), finite=False))
              for name, bits in curves.items()}  # fmt: skip
    timesteps = len(text)
    time, bottom = parts.time_axis(timesteps, None)
    rows = parts.Rows([height], title=title, bottom=bottom, left=62, right=24)
    named = len(curves) > 1
    if named:
        legend = rows.legend(0)
    else:
        rows.say(0, "<b>surprise</b>: bits that each character cost", short="surprise in bits")
    parts.fit_time(rows, timesteps, None)
    labels = [name_of(character) for character in text]
    data = []
    for (name, bits), (colour, dash) in zip(curves.items(), _LINES, strict=False):
        plot = {
            "type": "scatter", "y": bits, "mode": "lines", "name": name, "text": labels,
            "line": {"color": colour, "dash": dash, "width": 2 if timesteps <= 200 else 1.2},
            "hovertemplate": "%{text} cost %{y:.2f} bits<br>t %{x}<extra></extra>",
        }  # fmt: skip
        data.append(plot | ({"legend": legend} if named else {}))
    rows.layout["yaxis"] = parts.value_axis(*_bits_range(curves.values()), rows.domains[0], title="bits", most=4)
    shown = f"surprise in bits of {', '.join(curves)}"
    rows.layout |= {
        "xaxis": time | {"anchor": "y"},
        "shapes": [parts.cursor()],
        "showlegend": named,
        "meta": rows.meta(timesteps, None, shown) | {"shared": True},
    }
    return go.Figure({"data": data, "layout": rows.layout})


def _bits_range(curves):
    highest = max([float(np.nanmax(bits, initial=0)) for bits in curves])
    return 0, 1.05 * highest or 1


def with_line(figure, which, bits):
    """A figure of `surprise_figure` with other bits in one of its lines; the same object, quicker than a new one."""
    bits = checks.shaped(bits, "bits", (len(figure.data[which].y),), finite=False)
    with figure.batch_update():
        figure.data[which].y = parts.small(bits)
        figure.layout.yaxis.range = _bits_range(line.y for line in figure.data)
    return figure
