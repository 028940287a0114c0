"""Colours of diagrams: of an edge, and of a strip's values."""

from __future__ import annotations

import re

import numpy as np

from lstm_viz.pictures.style import INK, PAPER, QUANTITIES, Quantity, value_range

LEVELS = 33  # colours of a strip; odd, so that the middle one stands for 0


def base_of(quantity):
    """The named quantity that a value is or is made from, as "c" of "f*c_tm1"; "" where several are joined."""
    names = [] if "," in quantity else [quantity, *reversed(re.findall(r"[a-z]\w*", quantity.split("@")[0]))]
    before = {"c_tm1": "c", "h_tm1": "h", "h_before": "h", "log_n_tm1": "log_n", "log_kept": "log_n"}
    return next((n for n in (before.get(n, n) for n in names) if n in QUANTITIES or n == "recurrent_h"), "")


def colour(quantity):
    """The colour of an edge: that of its quantity, of the state it is made from, or of the candidate.

    Ink where several quantities share it.
    """
    name = {"recurrent_h": "h"}.get(base_of(quantity), base_of(quantity))
    return QUANTITIES[name].colour if name else INK


def choosing(quantity):
    """The attribute of an element that stands for this quantity and chooses it when it is clicked."""
    return f' data-choose="{base_of(quantity)}"' if base_of(quantity) else ""


def tint(hex_colour, strength):
    """The colour mixed into the paper."""
    mix = (1 - strength) * _rgb(PAPER) + strength * _rgb(hex_colour)
    return _hex(mix)


def _rgb(hex_colour):
    return np.array([int(hex_colour[k : k + 2], 16) for k in (1, 3, 5)], float)


def _hex(rgb):
    return "#" + "".join(f"{round(float(v)):02x}" for v in rgb)


def palette(scale):
    """A colour scale of `style` in LEVELS colours."""
    places, colours = zip(*scale, strict=True)
    channels = np.array([_rgb(c) for c in colours])
    at = np.linspace(0, 1, LEVELS)
    return [_hex(rgb) for rgb in np.column_stack([np.interp(at, places, c) for c in channels.T])]


#: whose scale a quantity shares, so that one colour means one value along a line of the picture
_SCALES = {
    "c_tm1": "c",
    "f*c_tm1": "c",
    "i*c_tilde": "c",
    "h_tm1": "h",
    "h_before": "h",
    "z*h_tm1": "h",
    "(1-z)*h_tilde": "h",
    "r*h_tm1": "h",
    "r*recurrent_h": "recurrent_h",
    "1-z": "z",
    "(1-z)*h_tm1": "h",
    "share*h_tm1": "h",
    "(1-share)*h_tilde": "h",
    "1-share": "share",
    "share*c_tm1": "c",
    "(1-share)*c_tilde": "c",
    "log_n_tm1": "log_n",
}


#: how far a quantity of no fixed range goes is told by its values
_FREE = Quantity("", "", INK, None, None)


def strip_range(quantity, quantities):
    """(low, high) of a strip's colours, those of all `quantities` that share its scale."""

    def scale(name):
        name = name.split("@")[0]
        return _SCALES.get(name, name)

    name = scale(quantity)
    return value_range(QUANTITIES.get(name, _FREE), [v for q, v in quantities.items() if scale(q) == name])
