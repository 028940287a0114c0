"""One look for every picture: a colour, a range and a name per quantity, used by figures, diagrams and equations.

Every quantity has one hue: that of its wire, its line, its equation and its heatmap, where its tint is the size of the
value (`colour_scale`). The gates and the candidate of a GRU have the hues of what does their work in an LSTM. Kinds of
cells have colours of their own. All of them stand out from the paper and from each other, also for readers with the
common colour-vision deficiencies; the tests measure it. Nothing is told by colour alone: every line also has its own
dash, and every heatmap its title.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CELL_COLOURS",
    "FONT",
    "GRID",
    "INK",
    "MUTED",
    "PAPER",
    "QUANTITIES",
    "SEQUENTIAL",
    "SKIPPED",
    "Quantity",
    "colour_scale",
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


#: every quantity that a trace can hold, by its name in the trace; y is what an output layer makes of h
QUANTITIES = {
    "x": Quantity("x<sub>t</sub>", "input", "#694951", None, None),
    "f": Quantity("f<sub>t</sub>", "forget gate", "#be3809", 0.0, 1.0, "dash"),
    "i": Quantity("i<sub>t</sub>", "input gate", "#07866a", 0.0, 1.0, "dot"),
    "o": Quantity("o<sub>t</sub>", "output gate", "#e054a7", 0.0, 1.0, "dashdot"),
    "c_tilde": Quantity("c̃<sub>t</sub>", "candidate", "#b28701", -1.0, 1.0, "longdash"),
    "c": Quantity("c<sub>t</sub>", "cell state", "#0430e0", None, None, "solid"),
    "tanh_c": Quantity("tanh c<sub>t</sub>", "squashed cell state", "#2992e5", -1.0, 1.0, "longdashdot"),
    "h": Quantity("h<sub>t</sub>", "hidden state", "#3f1884", -1.0, 1.0, "solid"),
    "z": Quantity("z<sub>t</sub>", "update gate", "#be3809", 0.0, 1.0, "dash"),
    "y": Quantity("y<sub>t</sub>", "output", "#513340", None, None),
    "r": Quantity("r<sub>t</sub>", "reset gate", "#07866a", 0.0, 1.0, "dot"),
    "h_tilde": Quantity("h̃<sub>t</sub>", "candidate", "#b28701", -1.0, 1.0, "longdash"),
}

#: one colour per kind of cell where curves of several cells share an axis
CELL_COLOURS = {"SimpleRNN": "#751f04", "LSTM": "#20456d", "LSTM (chrono)": "#127425", "GRU": "#ef1c65"}

#: colour of a probability, the output of a classifier, and of other numbers in [0, 1] that are no quantity of a cell
SEQUENTIAL = ((0.0, PAPER), (1.0, QUANTITIES["y"].colour))


def colour_scale(colour, low):
    """A quantity's colours from `low` to its largest value: paper at 0, its own colour above, ink below.

    low: the least value, 0 or negative (as far below 0 as the largest is above). Pairs (place in [0, 1], colour).
    """
    return ((0.0, INK), (0.5, PAPER), (1.0, colour)) if low < 0 else ((0.0, PAPER), (1.0, colour))
