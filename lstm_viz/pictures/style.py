"""One look for every picture: a colour, a range and a name per quantity, used by figures, diagrams and equations.

The colours are Okabe & Ito's (2008) set, which readers with the common colour-vision deficiencies can tell apart.
Nothing is told by colour alone: every line also has its own dash, and every heatmap its title.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CELL_COLOURS",
    "DIVERGING",
    "FONT",
    "GRID",
    "INK",
    "MUTED",
    "PAPER",
    "QUANTITIES",
    "SEQUENTIAL",
    "SKIPPED",
    "Quantity",
]

INK = "#1b1f24"
MUTED = "#57606a"
PAPER = "#ffffff"
GRID = "#e6e8eb"
SKIPPED = "#c3c8ce"  # where a masked timestep computed nothing that was used
#: the package's own font first (`inter.woff2`, brought to a page by `widgets.page_font`), then what the reader may have
FONT = "'lstm_viz Inter', Inter, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Quantity:
    """How one named value of a trace is shown.

    `symbol` is plain text (HTML subscripts allowed by plotly), `label` its name in words, `low` and `high` the
    fixed range of its axis (None: follow the data, symmetric about 0), `dash` plotly's dash of its line.
    """

    symbol: str
    label: str
    colour: str
    low: float | None
    high: float | None
    dash: str = "solid"


#: every quantity that a trace can hold, by its name in the trace
QUANTITIES = {
    "x": Quantity("x<sub>t</sub>", "input", "#000000", None, None),
    "f": Quantity("f<sub>t</sub>", "forget gate", "#D55E00", 0.0, 1.0, "dash"),
    "i": Quantity("i<sub>t</sub>", "input gate", "#009E73", 0.0, 1.0, "dot"),
    "o": Quantity("o<sub>t</sub>", "output gate", "#CC79A7", 0.0, 1.0, "dashdot"),
    "c_tilde": Quantity("c̃<sub>t</sub>", "candidate", "#E69F00", -1.0, 1.0, "longdash"),
    "c": Quantity("c<sub>t</sub>", "cell state", "#0072B2", None, None, "solid"),
    "tanh_c": Quantity("tanh c<sub>t</sub>", "squashed cell state", "#56B4E9", -1.0, 1.0, "longdashdot"),
    "h": Quantity("h<sub>t</sub>", "hidden state", "#000000", -1.0, 1.0, "solid"),
    "z": Quantity("z<sub>t</sub>", "update gate", "#D55E00", 0.0, 1.0, "dash"),
    "r": Quantity("r<sub>t</sub>", "reset gate", "#009E73", 0.0, 1.0, "dot"),
    "h_tilde": Quantity("h̃<sub>t</sub>", "candidate", "#E69F00", -1.0, 1.0, "longdash"),
}

#: one colour per kind of cell where curves of several cells share an axis
CELL_COLOURS = {"SimpleRNN": "#D55E00", "LSTM": "#0072B2", "LSTM (chrono)": "#009E73", "GRU": "#CC79A7"}

#: colour of a value in [0, 1] (gates, probabilities): white at 0, purple at 1, a hue that no quantity's line has
SEQUENTIAL = ((0.0, "#ffffff"), (0.5, "#b2a1d0"), (1.0, "#4b2e83"))
#: colour of a signed value: blue below 0, white at 0, vermilion above
DIVERGING = ((0.0, "#0072B2"), (0.5, "#ffffff"), (1.0, "#D55E00"))
