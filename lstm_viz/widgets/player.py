"""`player`: a figure's frames under plotly's own slider and play button, for pages without widgets."""

from __future__ import annotations

import base64
import hashlib
import json

import plotly
import plotly.graph_objects as go
import plotly.io
from plotly.basedatatypes import BaseFigure

from lstm_viz.widgets.frame_view import LOAD_PLOTLY, zipped_plotly

__all__ = ["Player", "player"]

_BAR = 96  # pixels below the picture for the button and the slider

_PAGE = """<div data-lstm-viz-figure="{key}" style="width:100%"></div>
<script type="module">
{load}
const figure = {figure};
const bytes = () => Uint8Array.from(atob("{plotly}"), (c) => c.charCodeAt(0));
for (const place of document.querySelectorAll('[data-lstm-viz-figure="{key}"]:empty')) {{
  const Plotly = await loadPlotly("{version}", {{get bytes() {{ return bytes(); }}}});
  await Plotly.newPlot(place, figure.data, figure.layout, {{displayModeBar: false, responsive: true}});
  await Plotly.addFrames(place, figure.frames);
}}
</script>"""


class Player(go.Figure):
    """A plotly figure that a saved page shows with no network: its HTML brings plotly.js along (2 MB)."""

    _ipython_display_ = None  # plotly would send what its global renderer makes, which leaves saved pages blank

    def _repr_mimebundle_(self, *_args, **_kwargs):
        figure = self.to_json(validate=False).replace("<", "\\u003c")
        page = _PAGE.format(
            key=hashlib.sha256(figure.encode()).hexdigest()[:12],
            load=LOAD_PLOTLY,
            figure=figure,
            plotly=base64.b64encode(zipped_plotly()).decode(),
            version=plotly.__version__,
        )
        mime = plotly.io.renderers["plotly_mimetype"].to_mimebundle(json.loads(figure))
        return mime | {"text/html": page, "text/plain": repr(self)}

    def __repr__(self):
        return f"<player: {len(self.frames)} frames>"


def player(figure):
    """The figure with its frames of `t` under plotly's own slider and play button, as a plain plotly figure.

    For front ends without widgets: it needs neither kernel nor network. What stands in `t` frames of the figure
    moves; the unit stays the figure's own. TypeError for what is no plotly figure, ValueError if it has no frames.
    """
    if not isinstance(figure, BaseFigure):
        raise TypeError(f"figure must be a plotly figure; got {type(figure).__name__}")
    frames = [frame for frame in figure.frames if frame.group != "unit"]
    if not frames:
        raise ValueError("figure must have frames to play; got a figure without any")
    moves = any(frame.data for frame in frames)
    at_once = {
        "mode": "immediate",
        "frame": {"duration": 0, "redraw": moves},
        "transition": {"duration": 0},
    }
    pace = int(min(max(12_000 / len(frames), 120), 1000))
    played = at_once | {"frame": {"duration": pace, "redraw": moves}, "fromcurrent": True}
    names = [frame.name or f"t:{t}" for t, frame in enumerate(frames)]
    steps = [
        {"label": str(t), "method": "animate", "args": [[name], at_once]} for t, name in enumerate(names)
    ]  # fmt: skip
    layout = figure.layout.to_plotly_json()
    margin = layout.get("margin", {})
    bottom = margin.get("b", 80)
    inner = (layout.get("height") or 420) - margin.get("t", 100) - bottom
    layout |= {
        "height": inner + margin.get("t", 100) + bottom + _BAR,
        "margin": margin | {"b": bottom + _BAR},
        "sliders": [
            {
                "steps": steps, "active": 0, "currentvalue": {"prefix": "t = ", "font": {"size": 16}},
                "x": 0.14, "len": 0.86, "y": -bottom / inner, "yanchor": "top", "pad": {"t": 14, "b": 0},
                "minorticklen": 0, "transition": {"duration": 0},
            }
        ],
        "updatemenus": [
            {
                "type": "buttons", "direction": "left", "showactive": False, "x": 0, "xanchor": "left",
                "y": -bottom / inner, "yanchor": "top", "pad": {"t": 34},
                "buttons": [
                    {"label": "▶", "method": "animate", "args": [names, played]},
                    {"label": "❚❚", "method": "animate", "args": [[None], at_once]},
                ],
            }
        ],
    }  # fmt: skip
    return Player(
        {
            "data": figure.data,
            "layout": layout,
            "frames": [_named(f, n, figure) for f, n in zip(frames, names, strict=True)],
        }
    )


def _named(frame, name, figure):
    """The frame with its name, and its traces of the kind that they have in the figure (plotly.py says scatter)."""
    frame = frame.to_plotly_json() | {"name": name}
    traces = frame.get("traces") or range(len(frame.get("data", ())))
    for k, trace in zip(traces, frame.get("data", ()), strict=True):
        trace["type"] = figure.data[k].type
    return frame
