"""`layer_explorer`: choose the arguments of `keras.layers.LSTM`, see call, shapes, parameters and trace."""

from __future__ import annotations

import html

import ipywidgets

from lstm_viz.cells import checks
from lstm_viz.lessons.lesson_07.lstm_arguments import (
    ARGUMENTS,
    CALL_ARGUMENTS,
    REQUIRED,
    describe,
    layer_source,
    no_argument,
)
from lstm_viz.pictures.style import CELL_PAPER, INK
from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.explore import explore

__all__ = ["LayerExplorer", "layer_explorer"]

#: the groups of arguments, in the order of their buttons
_GROUPS = ("output", "cell", "beginning", "dropout", "limits", "running", "call")
_STYLE = {"description_width": "90px"}
_WIDE = {"width": "330px"}
_TABLE = "border-collapse:collapse;font-variant-numeric:tabular-nums;line-height:1.5;font-size:14px"
_CELL = "padding:0 12px 0 0;text-align:left"
_NUMBER = "padding:0 12px 0 0;text-align:right"


def _written(choice):
    """A choice as its button says it: a text without quotation marks, anything else as in Python."""
    return choice if isinstance(choice, str) else repr(choice)


#: {argument: {the choice as written: the choice}}, because an ipywidgets selection cannot hold None
_CHOICES = {a.name: {_written(c): c for c in a.choices} for a in (*ARGUMENTS, *CALL_ARGUMENTS) if a.choices}


class LayerExplorer(ipywidgets.VBox):
    """What `layer_explorer` returns. `description` is what is shown, `knobs` the controls by the argument's name.

    A knob's value is the choice as it is written, "None" or "0.5"; `choose(dropout=0.5)` takes the choice itself.
    """

    def __init__(self, arguments):
        self.knobs = {argument.name: _knob(argument) for argument in (*ARGUMENTS, *CALL_ARGUMENTS) if argument.group}
        for name, wide in (("timesteps", 20), ("input_dim", 8)):
            self.knobs[name] = ipywidgets.IntSlider(
                value=8 if name == "timesteps" else 3, min=3 if name == "timesteps" else 1, max=wide, description=name,
                tooltip=f"{name} of the input x", style=_STYLE, layout=_WIDE, continuous_update=False,
            )  # fmt: skip
        self.choose(**arguments)
        self.code, self.shapes, self.parameters, self.notes = (ipywidgets.HTML() for _ in range(4))
        self.changes = on_change(self.knobs.values(), self._show)
        self.description = None
        self.view = None
        self._trace = ipywidgets.VBox()
        self.changes.run()
        buttons = ipywidgets.ToggleButtons(
            options=_GROUPS, style={"button_width": "auto"}, tooltips=[f"arguments: {group}" for group in _GROUPS]
        )
        pages = ipywidgets.Stack([self._page(group) for group in _GROUPS], selected_index=0)
        ipywidgets.jslink((buttons, "index"), (pages, "selected_index"))
        sizes = ipywidgets.VBox([self.knobs["timesteps"], self.knobs["input_dim"]])
        left = ipywidgets.VBox([sizes, buttons, pages], layout={"flex": "1 1 400px", "min_width": "0"})
        result = ipywidgets.VBox(
            [self.code, self.shapes, self.parameters], layout={"flex": "1 1 400px", "min_width": "0"}
        )
        top = ipywidgets.HBox([left, result], layout={"flex_flow": "row wrap", "grid_gap": "0 20px"})
        super().__init__([top, self.changes.status, self.notes, self._trace])
        self.add_class("lstm-viz-lab")

    @property
    def errors(self):
        """Every error that a choice has led to."""
        return self.changes.errors

    def choose(self, **arguments):
        """Turn knobs: ValueError for a choice that is not offered, TypeError for an argument that there is not."""
        for name, value in arguments.items():
            knob = self.knobs.get(name)
            if knob is None:
                raise no_argument(name, list(self.knobs))
            if name in _CHOICES:
                value = checks.one_of(_written(value), knob.options, name)
            else:
                value = checks.whole(value, name, knob.min, knob.max)
            knob.value = value

    def _page(self, group):
        rows = []
        for argument in (*ARGUMENTS, *CALL_ARGUMENTS):
            if argument.group == group:
                rows += [ipywidgets.HTML(_about_html(argument)), self.knobs[argument.name]]
        return ipywidgets.VBox(rows)

    def _show(self, *values):
        chosen = {
            name: _CHOICES[name][value] if name in _CHOICES else value
            for name, value in zip(self.knobs, values, strict=True)
        }
        sizes = {name: chosen.pop(name) for name in ("timesteps", "input_dim")}
        call = {argument.name: chosen.pop(argument.name) for argument in CALL_ARGUMENTS if argument.group}
        described = describe(chosen, call, **sizes)
        self._repr = f"layer_explorer: {layer_source(chosen)}"
        self.code.value = _code_html(described.source)
        self.shapes.value = _shapes_html(described, sizes)
        self.parameters.value = _parameters_html(described.parameters, chosen["units"], sizes["input_dim"])
        self.notes.value = "".join(f'<div style="line-height:1.45">• {html.escape(n)}</div>' for n in described.notes)
        if self.view is None:
            self.view = explore(described.trace, labels=described.labels)
            self._trace.children = [self.view]
        else:
            self.view.show(described.trace, labels=described.labels)
        self.description = described

    def __repr__(self):
        return self._repr


def layer_explorer(**arguments):
    """Choose each argument of `keras.layers.LSTM` and see what it changes.

    Shows the call as code to copy, the shape of everything that it returns, the parameters of each matrix, and the
    trace of the first sequence in `explore`. arguments: what to begin with, `layer_explorer(units=8, dropout=0.5)`;
    ValueError or TypeError if that is not offered. What Keras refuses is shown to the reader in its own words.
    """
    return LayerExplorer(arguments)


def _knob(argument):
    """A button for each of the argument's choices, beginning at its default.

    Buttons and no drop-down: JupyterLab takes the arrow keys of a focused drop-down for itself.
    """
    choices = list(_CHOICES[argument.name])
    return ipywidgets.ToggleButtons(
        options=choices, value="4" if argument.default == REQUIRED else _written(argument.default),
        tooltips=[f"{argument.name}={choice}" for choice in choices], style={"button_width": "auto"},
    )  # fmt: skip


def _about_html(argument):
    about = html.escape(argument.about).replace("h[t-1]", "h<sub>t-1</sub>").replace("`fit`", "<code>fit</code>")
    return f'<div style="line-height:1.35;margin-top:8px;font-size:14px"><b>{argument.name}</b> {about}</div>'


def _code_html(source):
    # one click selects all of it
    return (
        f'<pre tabindex="0" aria-label="the call, to copy" style="user-select:all;background:{CELL_PAPER};color:{INK};'
        "padding:8px 10px;margin:0 0 8px 0;overflow-x:auto;line-height:1.4;font-size:13px;"
        'font-family:var(--jp-code-font-family,monospace)">'
        f"{html.escape(source)}</pre>"
    )


def _shapes_html(described, sizes):
    rows = [("x", (2, sizes["timesteps"], sizes["input_dim"])), *described.outputs]
    words = {1: "(batch)", 2: "(batch, units)", 3: "(batch, timesteps, units)"}
    body = "".join(
        f'<tr><td style="{_CELL}">{name}</td><td style="{_CELL}"><b>{shape}</b></td>'
        f'<td style="{_CELL}">{"(batch, timesteps, input_dim)" if name == "x" else words[len(shape)]}</td></tr>'
        for name, shape in rows
    )
    head = f'<tr><th style="{_CELL}">array</th><th style="{_CELL}">shape</th><th></th></tr>'
    return f'<table style="{_TABLE}">{head}{body}</table>'


def _parameters_html(rows, units, input_dim):
    head = "".join(f'<th style="{_NUMBER}">{name}</th>' for name in ("i", "f", "c", "o", "all"))
    body = ""
    for name, shape, gates, count in rows:
        label = f"{name} {shape}" if shape else f"<b>{name}</b>"
        numbers = "".join(f'<td style="{_NUMBER}">{number}</td>' for number in (*gates, f"<b>{count}</b>"))
        body += f'<tr><td style="{_CELL}">{label}</td>{numbers}</tr>'
    with_bias = any(row[0] == "bias" for row in rows)
    formula = f"4 * (input_dim + units{' + 1' * with_bias}) * units"
    worked = f"4 * ({input_dim} + {units}{' + 1' * with_bias}) * {units}"
    return (
        f'<table style="{_TABLE};margin-top:8px"><tr><th style="{_CELL}">parameters</th>{head}</tr>{body}</table>'
        f'<div style="line-height:1.6">{formula} = {worked} = <b>{rows[-1][-1]}</b></div>'
    )
