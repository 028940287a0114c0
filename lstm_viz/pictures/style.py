"""One look for every picture: a colour, a range and a name per quantity, used by figures, diagrams and equations.

Every quantity has one hue: that of its line in a diagram and over time, its equation and its heatmap, where its tint is
the size of the value (`colour_scale`). The gates and the candidate of a GRU have the hues of what does their work in an
LSTM. Kinds of cells have colours of their own. All of them stand out from the paper and from each other, also for
readers with the common colour-vision deficiencies; the tests measure it. Nothing is told by colour alone: every line
also has its own dash, and every heatmap its title.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = [
    "ACCENT",
    "AGAINST",
    "CELL_COLOURS",
    "CELL_PAPER",
    "CHOSEN",
    "DARK_ACCENT",
    "DARK_MUTED",
    "EDGE",
    "FONT",
    "GREYS",
    "GRID",
    "HOVER",
    "INK",
    "LIGHT_ACCENT",
    "MUTED",
    "PAPER",
    "QUANTITIES",
    "RIGHT",
    "SEQUENTIAL",
    "SKIPPED",
    "TOLD",
    "TRACK",
    "WARNING",
    "WARNING_PAPER",
    "WRONG",
    "Quantity",
    "colour_scale",
    "see_through",
    "value_range",
]

INK = "#1b1f24"
MUTED = "#57606a"
DARK_MUTED = "#454d56"  # the same on a tinted ground
PAPER = "#ffffff"
CELL_PAPER = "#f3f6f9"  # the inside of a cell, a block of code
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
    "share": Quantity("s<sub>t</sub>", "share kept", "#be3809", 0.0, 1.0, "dash"),
    "log_i": Quantity("log i<sub>t</sub>", "log of the input gate", "#07866a", None, None, "dot"),
    "log_n": Quantity("log n<sub>t</sub>", "log of the normaliser", "#2992e5", None, None, "longdashdot"),
    "h_tilde": Quantity("h̃<sub>t</sub>", "candidate", "#b28701", -1.0, 1.0, "longdash"),
}

#: controls: what can be moved and what is on, its hover, what lies behind
ACCENT, DARK_ACCENT, LIGHT_ACCENT = QUANTITIES["c"].colour, "#03248f", QUANTITIES["tanh_c"].colour
CHOSEN = "#e9ecff"  # ground of the quantity that is chosen
HOVER, EDGE, TRACK = "#eef4fa", "#8c959f", "#d0d7de"  # where no theme has its own
WARNING, WARNING_PAPER = QUANTITIES["f"].colour, "#fff4ec"

#: the edge of what is said to a reader, whose word and sign say the same; and what speaks for and against an answer
RIGHT, WRONG, TOLD = "#009E73", "#D55E00", "#0072B2"
AGAINST = "#e69f00"

#: one colour per kind of cell where curves of several cells share an axis
CELL_COLOURS = {"SimpleRNN": "#751f04", "LSTM": "#20456d", "LSTM (chrono)": "#127425", "GRU": "#ef1c65"}

#: colour of a probability, the output of a classifier, and of other numbers in [0, 1] that are no quantity of a cell
SEQUENTIAL = ((0.0, PAPER), (1.0, QUANTITIES["y"].colour))
GREYS = ((0.0, PAPER), (1.0, "#000000"))  # of a picture that a cell reads


def colour_scale(colour, low):
    """A quantity's colours from `low` to its largest value: paper at 0, its own colour above, ink below.

    low: the least value, 0 or negative (as far below 0 as the largest is above). Pairs (place in [0, 1], colour).
    """
    return ((0.0, INK), (0.5, PAPER), (1.0, colour)) if low < 0 else ((0.0, PAPER), (1.0, colour))


def see_through(colour, opacity):
    """The colour, "#rrggbb", as one that shows what is under it: as plotly and browsers write it; opacity in [0, 1]."""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:.3g})"


def value_range(how, values):
    """(low, high) of an axis or a colour scale that holds every value of the quantity `how`, in the arrays `values`.

    Its own range, where the values stay inside it. Else from 0 where it is a gate and none is below, and symmetric
    about 0 for all others. NaN counts as nothing.
    """
    lowest = min(float(np.nanmin(v, initial=0.0)) for v in values)
    largest = max(-lowest, *(float(np.nanmax(v, initial=0.0)) for v in values))
    if how.low is not None and how.low <= lowest and largest <= how.high:
        return how.low, how.high
    if how.low == 0.0 and lowest >= 0.0:
        return 0.0, largest
    return -(largest or 1.0), largest or 1.0
