"""`TextView`: running text, each character shaded by what one unit computed as it was read."""

from __future__ import annotations

import operator
from dataclasses import asdict, replace

import anywidget
import ipywidgets
import traitlets

from lstm_viz.cells import checks
from lstm_viz.pictures.shading import measure_shade, shading
from lstm_viz.widgets._characters import glyphs, sendable
from lstm_viz.widgets._look import VIEW, script, style_sheet
from lstm_viz.widgets._packing import packed
from lstm_viz.widgets._traits import Index, Text
from lstm_viz.widgets.page_font import PageFont, page_font
from lstm_viz.widgets.trace_buffers import TraceBuffers

__all__ = ["MOST", "TextView"]

#: characters of a text that a browser still draws in about a second
MOST = 5000


def _stretch(pair, name, length):
    """(start, stop) within a text of so many characters."""
    pair = checks.listed(pair, name, 2)
    if len(pair) != 2:
        raise ValueError(f"{name} must be a pair (start, stop); got {checks.short(pair)}")
    start, stop = (min(max(_whole(end, name), 0), length) for end in pair)
    return (start, stop) if start < stop else (0, 0)


def _whole(end, name):
    try:
        return operator.index(end)
    except Exception:  # a stranger's __index__ may do anything
        raise TypeError(f"{name} must be a pair of whole numbers; got {checks.short(end)}") from None


def _by_character(trace):
    """The trace with its timesteps in the order of the text, for a cell that read it from the end."""
    if not trace.go_backwards:
        return trace
    turned = {name: getattr(trace, name)[::-1] for name in ("x", *trace.names)}
    return replace(trace, go_backwards=False, **turned)


def _sent(text, _view):
    """The text as characters, and what is shown in place of those that cannot be seen."""
    return {"characters": list(sendable(text)), "glyphs": {str(k): glyph for k, glyph in glyphs(text).items()}}


class _Stretch(traitlets.TraitType):
    """A pair of whole numbers (start, stop), cut to the text."""

    def validate(self, obj, value):
        return _stretch(value, self.name, len(obj.text))


class _Stretches(traitlets.TraitType):
    """A list of such pairs."""

    def validate(self, obj, value):
        return tuple(_stretch(pair, f"each of {self.name}", len(obj.text)) for pair in checks.listed(value, self.name))


class TextView(anywidget.AnyWidget):
    """Text that a cell read, one character per timestep, shaded by `quantity` of `unit`; the character at `t` is boxed.

    text: 1 to 5,000 characters. trace: what `cell.run(x)` returned for it; of a cell that read it from the end
    (`go_backwards`) each character has what was computed as it was read. measures: {label: (timesteps,) numbers}
    that are no values of the trace but can be chosen in their place, such as how surprised a model was.

    All of `t`, `unit`, `quantity` and `selection` are synced, and move in the browser without the kernel, also in a
    saved page. A click or the arrow keys move `t`; a drag, or the arrow keys with Shift, select `selection`, a pair
    (start, stop), (0, 0) for none. `marks` are further pairs to underline; with `reveal` what comes after t is hidden.
    `chosen` is the quantity chosen in another view; the text takes it on, too, if it has it. `shades` says what can be
    chosen: {name: Shade}.

        view = TextView(text, cell.run(encode(text)))
        TimeControls(len(text), units=cell.units).drive(view)

    TypeError or ValueError if text, trace or measures do not fit, or for a quantity that is not among `shades`.
    """

    # traits of the class, which travel once: of a plain text anywidget makes one for each view, and sends it twice
    _esm = traitlets.Unicode(script(*VIEW, "text_view")).tag(sync=True)
    _css = traitlets.Unicode(style_sheet("text_view")).tag(sync=True)

    text = Text("").tag(sync=True, to_json=_sent)
    t = Index(0).tag(sync=True)
    unit = Index(0).tag(sync=True)
    quantity = Text("").tag(sync=True)
    chosen = Text("").tag(sync=True)
    selection = _Stretch((0, 0)).tag(sync=True)
    marks = _Stretches(()).tag(sync=True)
    #: hide what comes after t, as if it were still to be written
    reveal = traitlets.Bool(False).tag(sync=True)
    _shades = traitlets.Dict().tag(sync=True)
    _measures = traitlets.Dict().tag(sync=True)
    _buffers = traitlets.Instance(TraceBuffers, allow_none=True).tag(sync=True, **ipywidgets.widget_serialization)
    _font = traitlets.Instance(PageFont).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, text, trace, *, quantity=None, t=0, unit=0, measures=None, **options):
        self._trace = None
        super().__init__(_font=page_font(), **options)
        self.show(text, trace, measures)
        if quantity is not None:
            self.quantity = quantity
        self.t, self.unit = t, unit

    @property
    def trace(self):
        """The trace that is shown."""
        return self._trace

    @property
    def shades(self):
        """{name: Shade} of what can be chosen as `quantity`."""
        return dict(self._known)

    def show(self, text, trace, measures=None):
        """Show another text, its trace and its measures in place; `t`, `unit` and `quantity` stay, or are clipped.

        Of the same text the selection and the marks stay, too.
        """
        if not 1 <= len(checks.text(text, "text")) <= MOST:
            raise ValueError(f"text must have 1 to {MOST:,} characters; got {len(text):,}")
        shades = shading(trace)
        if len(trace) != len(text):
            raise ValueError(f"trace must have one timestep per character, {len(text):,}; got {len(trace):,}")
        own = {}
        for label, values in (
            {} if measures is None else checks.mapping(measures, "measures", "label and numbers")
        ).items():
            shades[label] = measure_shade(label, values)
            own[label] = packed(
                checks.shaped(values, f"measure {checks.short(label)}", (len(text),), finite=False)[:, None]
            )
        by_character = _by_character(trace)
        names = [name for name in shades if name not in own]
        scaled = [name for name in names if shades[name].low is None]
        buffers = TraceBuffers.of_text(by_character, {name: getattr(by_character, name) for name in names}, scaled)
        with self.hold_sync():
            self._trace, self._by_character, self._known = trace, by_character, shades
            self._shades = {name: asdict(shade) for name, shade in shades.items()}
            self._measures, self._buffers = own, buffers
            if text != self.text:
                self.text, self.marks, self.selection = text, (), (0, 0)
            if self.quantity not in shades:
                self.quantity = next(iter(shades))
            self.t, self.unit = self.t, self.unit

    @traitlets.validate("t", "unit")
    def _clip(self, proposal):
        if self._trace is None:
            return proposal["value"]
        count = len(self._trace) if proposal["trait"].name == "t" else self._trace.units
        return min(max(proposal["value"], 0), count - 1)

    @traitlets.validate("quantity")
    def _one_of_the_shades(self, proposal):
        if proposal["value"] not in self._known:
            known = ", ".join(self._known)
            raise ValueError(f"quantity must be one of {known[:200]}; got {checks.short(proposal['value'])}")
        return proposal["value"]

    @traitlets.observe("chosen")
    def _take_on(self, change):
        if change["new"] in self._known:
            self.quantity = change["new"]

    def __repr__(self):
        return f"<TextView: {len(self.text)} characters>"
