"""`explore_layers`: the layers of a network under one bar, all at a glance, and the chosen one with every gate."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import ipywidgets

from lstm_viz.cells import checks
from lstm_viz.widgets.explore import compare, panels
from lstm_viz.widgets.links import Links

__all__ = ["Layers", "explore_layers"]

#: layers beyond these make the page too long to look at
MOST = 12


class Layers(ipywidgets.VBox):
    """What `explore_layers` returns: `controls` is the bar, `layer` the chooser, `overview` what all layers remember.

    `traces` are the layers', by name; `views` what is shown of each, {name: {what: view}}; all follow the bar.
    """

    def __init__(self, traces, labels, *, names, t):
        self.overview = compare(traces, labels=labels, names=names, t=t)
        self.traces = MappingProxyType({str(name): trace for name, trace in traces.items()})
        self.controls, self.views, boxes, steps = self.overview.controls, {}, [], []
        for name, trace in traces.items():
            now = trace.input_steps.tolist().index(self.controls.t)
            box, self.views[str(name)], own_steps = panels(trace, labels, t=now)
            boxes.append(box)
            steps.append(own_steps)
        first, units = next(iter(self.views.values())), max(trace.units for trace in traces.values())
        alike = steps[0] if all(own == steps[0] for own in steps) else ()
        self.controls.resize(self.controls.timesteps, units=units, steps=alike)
        self.controls.unit = first["diagram"].unit
        for views, trace in zip(self.views.values(), traces.values(), strict=True):
            # the t at which a layer reads a step of the input; from the end it is the same way there and back
            self.controls.drive(*views.values(), at=trace.input_steps.tolist(), units=trace.units)
        self.layer = ipywidgets.ToggleButtons(
            options=list(self.views), description="layer", tooltips=[f"look into {name}" for name in self.views],
            style={"description_width": "initial", "button_width": "auto"},
        )  # fmt: skip
        shown, links = ipywidgets.Stack(boxes, selected_index=0), Links()
        links.carry((self.layer, "index"), (shown, "selected_index"))
        super().__init__([self.controls, *self.overview.children[1:], self.layer, links, shown])
        self.add_class("lstm-viz-view").add_class("lstm-viz-lab").add_class("lstm-viz-layers")

    def __repr__(self):
        return f"explore_layers({', '.join(self.views)}: {self.controls.timesteps} timesteps)"


def explore_layers(traces, labels=None, *, names=("h",), t=0):
    """Slide through the layers of one network: above what each of them remembers, below the chosen one, opened.

        explore_layers({name: trace.select(0) for name, trace in trace_model(model, x).items()})

    traces: {name: trace}, at most 12 layers that read the same timesteps. One `t` is one step of the input, also in a
    layer that reads from the end. labels as in `explore`; names: the values shown of all layers. Choosing a layer needs
    no kernel. ValueError or TypeError if one of these does not fit.
    """
    if not isinstance(traces, Mapping) or not traces:
        raise TypeError(f"traces must be a dict of names and traces; got {checks.short(traces)}")
    if len(traces) > MOST:
        raise ValueError(f"traces must be at most {MOST} layers; got {len(traces)}")
    return Layers(dict(traces), labels, names=names, t=t)
