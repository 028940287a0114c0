"""A picture in text (SVG or HTML) whose numbers follow the timestep.

A `LiveMarkup` is one piece of markup, drawn once, together with the numbers of every timestep. Some of its elements
say, in `data-` attributes, what they show of the timestep `t`, the chosen `unit` and the highlighted `step`:

    data-value="c"       text is the value of quantity c for the chosen unit; also data-index (a fixed column instead),
                         data-digits (decimals, 2), data-brackets (a negative number is put in brackets)
    data-strip="f"       its children are the cells of a colour strip of the quantity; also data-colours, data-low,
                         data-span (range of the colours) and data-group (columns per cell)
    data-text="label"    text is texts["label"][t]
    data-now="t"         text is the timestep itself, or the chosen unit (data-now="unit")
    data-pick="inexact"  text is one of the words in data-words, picked by the quantity's value for the chosen unit,
                         which data-picked says, too
    data-shift="unit"    moved right by data-by times the chosen unit, or times a quantity's first column
    data-lit="lit"       of its children, the one of that number (the quantity's first column) has data-on
    data-show="after"    seen where that quantity's first column is not 0
    data-choose="f"      stands for that quantity: a click chooses it; has data-on while it is `chosen`
    data-part="forget"   belongs to that step; the root carries the highlighted step as data-step, styles do the rest

`LiveMarkup.at` fills them in here, for stored pictures and tests; `widgets.MarkupView` does the same in the browser,
without the kernel. Both give the same characters, which the tests hold.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from xml.dom import minidom
from xml.parsers.expat import ExpatError

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.pictures.style import QUANTITIES

__all__ = ["LiveMarkup", "format_number"]


def format_number(value, digits=2):
    """The number as every diagram and equation writes it: `digits` decimals, as `f"{value:.2f}"` does.

    Never "-0.00"; from 1000 on one decimal and a power of ten ("1.2e4"), so that a label keeps its width.
    """
    value = float(value)
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if abs(value) >= 1000:
        exact = Decimal(value)
        power = exact.adjusted()
        tenths = exact.scaleb(-power).quantize(Decimal("0.1"), ROUND_HALF_UP)
        if abs(tenths) >= 10:
            tenths, power = tenths / 10, power + 1
        return f"{tenths:.1f}e{power}"
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


@dataclass(frozen=True, eq=False, repr=False)
class LiveMarkup:
    """Markup and the numbers that move in it.

    markup: well-formed SVG or HTML with one root element (see the module for its `data-` attributes).
    quantities: name -> array (timesteps, n), or (1, n) if it never changes; n is `units` where the chosen unit counts.
    texts: name -> list of one string per timestep. steps: names of the steps that can be highlighted.
    alt: the picture in words, for who cannot see it; {t}, {unit}, {quantity} and {text} in it are filled in.
    ValueError if an array or a list does not have one row per timestep.
    """

    markup: str
    quantities: dict
    texts: dict = field(default_factory=dict)
    timesteps: int = 0
    units: int = 1
    alt: str = ""
    steps: tuple = ()

    def __post_init__(self):
        for name in ("markup", "alt"):
            checks.text(getattr(self, name), name)
        for name in ("quantities", "texts"):
            if not isinstance(getattr(self, name), Mapping):
                raise TypeError(f"{name} must be a dict; got {checks.short(getattr(self, name))}")
        checks.whole(self.timesteps, "timesteps", 0)
        checks.whole(self.units, "units")
        object.__setattr__(self, "steps", tuple(checks.text(s, "steps") for s in checks.listed(self.steps, "steps")))
        for name, values in self.quantities.items():
            checks.numbers(values, f"quantity {checks.short(name)}")
            if np.ndim(values) != 2 or len(values) not in (1, self.timesteps):
                raise ValueError(
                    f"quantity {checks.short(name)} must have shape ({self.timesteps}, n), one row per timestep, or "
                    f"(1, n); got {checks.shape_text(np.shape(values))}"
                )
        # set this way because the class is frozen
        object.__setattr__(self, "quantities", {name: np.asarray(v) for name, v in self.quantities.items()})
        for name, words in self.texts.items():
            words = checks.listed(words, f"text {checks.short(name)}")
            if len(words) != self.timesteps:
                raise ValueError(
                    f"text {checks.short(name)} must have {self.timesteps} strings, one per timestep; got {len(words)}"
                )

    @property
    def choices(self):
        """{name: label} of the quantities that the picture stands for, in their order."""
        names = dict.fromkeys(re.findall(r'data-choose="(\w+)"', self.markup))
        return {name: QUANTITIES[name].label if name in QUANTITIES else "recurrent part" for name in names}

    def at(self, t, unit=0, step="", chosen=""):
        """The markup with the numbers of timestep t and of one unit written in, and `step` highlighted ("" for none).

        chosen: a quantity of `choices` to be highlighted wherever it stands; nothing is for another one.
        t in 0..timesteps-1 and unit in 0..units-1; ValueError outside, and for a step that the picture does not have.
        """
        t, unit = self._place(t, unit)
        if checks.text(step, "step") and step not in self.steps:
            raise ValueError(f"step must be '' or one of {', '.join(self.steps) or 'none'}; got {checks.short(step)}")
        try:
            document = minidom.parseString(self.markup)
        except ExpatError as error:
            raise ValueError(f"markup must be well-formed, with one root element; it is not: {error}") from None
        root = document.documentElement
        root.setAttribute("data-step", step or "")
        if self.alt:
            root.setAttribute("aria-label", self.describe(t, unit))
        if checks.text(chosen, "chosen") in self.choices:
            root.setAttribute("data-chosen", chosen)
        for element in root.getElementsByTagName("*"):
            self._fill(element, t, unit)
            if chosen and element.getAttribute("data-choose") == chosen:
                element.setAttribute("data-on", "")
            if not element.childNodes and root.tagName != "svg":
                element.appendChild(document.createTextNode(""))  # HTML does not know <span/>
        return root.toxml()

    def describe(self, t, unit=0):
        """The alt text with the numbers of timestep t, for one unit; ValueError as in `at`."""
        t, unit = self._place(t, unit)

        def word(match):
            name = match[1]
            if name in ("t", "unit"):
                return str({"t": t, "unit": unit}[name])
            return self.texts[name][t] if name in self.texts else format_number(self._value(name, t, unit))

        return re.sub(r"\{([^{}]+)\}", word, self.alt)

    def _place(self, t, unit):
        for name, value, count in (("t", t, self.timesteps), ("unit", unit, self.units)):
            whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
            if not whole or not 0 <= value < count:
                raise ValueError(f"{name} must be in 0 to {count - 1}; got {checks.short(value)}")
        return int(t), int(unit)

    def _value(self, name, t, unit):
        return float(self._row(name, t)[unit])

    def _row(self, name, t):
        values = self.quantities[name]
        return values[t if len(values) > 1 else 0]

    def _fill(self, element, t, unit):
        get = element.getAttribute
        if name := get("data-value"):
            column = int(get("data-index")) if element.hasAttribute("data-index") else unit
            text = format_number(self._value(name, t, column), int(get("data-digits") or 2))
            _write(element, f"({text})" if text.startswith("-") and element.hasAttribute("data-brackets") else text)
        elif name := get("data-text"):
            _write(element, self.texts[name][t])
        elif name := get("data-now"):
            _write(element, str({"t": t, "unit": unit}[name]))
        elif name := get("data-pick"):
            picked = int(self._value(name, t, unit))
            _write(element, get("data-words").split(" ")[picked])
            element.setAttribute("data-picked", str(picked))
        elif name := get("data-shift"):
            steps = unit if name == "unit" else self._value(name, t, 0)
            element.setAttribute("transform", f"translate({format_number(steps * float(get('data-by')))} 0)")
        elif name := get("data-lit"):
            cells = [n for n in element.childNodes if n.nodeType == n.ELEMENT_NODE]
            cells[int(self._value(name, t, 0))].setAttribute("data-on", "")
        elif name := get("data-show"):
            element.setAttribute("visibility", "visible" if self._value(name, t, 0) else "hidden")
        elif name := get("data-strip"):
            colours = get("data-colours").split(" ")
            low, span, group = float(get("data-low")), float(get("data-span")), int(get("data-group"))
            row = self._row(name, t)
            cells = [n for n in element.childNodes if n.nodeType == n.ELEMENT_NODE]
            for k, cell in enumerate(cells):
                cell.setAttribute("fill", colours[_level(row[k * group : (k + 1) * group], low, span, len(colours))])

    def _repr_html_(self):
        return f'<div style="max-width:720px">{self.at(0)}</div>'

    def __repr__(self):
        return f"<live markup: {self.timesteps} timesteps, {self.units} units>"


def _write(element, text):
    if element.firstChild is None:
        element.appendChild(element.ownerDocument.createTextNode(text))
    else:
        element.firstChild.data = text


def _level(values, low, span, levels):
    """Which of the colours a cell of a strip has: that of its value of largest size."""
    strongest = 0.0
    for value in values:
        if abs(value) > abs(strongest):
            strongest = float(value)
    place = (strongest - low) / span * levels
    return 0 if not place > 0 else levels - 1 if place >= levels else math.floor(place)
