"""`TimeControls`: the bar above a picture that moves through time, chooses a unit and highlights a step."""

from __future__ import annotations

import operator

import anywidget
import ipywidgets
import traitlets

from lstm_viz.cells import checks
from lstm_viz.widgets._look import script, style_sheet
from lstm_viz.widgets._traits import Index, Text, widget_with
from lstm_viz.widgets.links import Links
from lstm_viz.widgets.trace_buffers import MOST

__all__ = ["TimeControls"]


class TimeButtons(anywidget.AnyWidget):
    """First, back, play or pause, forward: buttons for an ipywidgets slider that need no kernel."""

    _esm = script("hear", "care", "choosing", "travel", "full_screen", "time_controls")
    _css = style_sheet("controls") + style_sheet("choosing")

    slider = traitlets.Instance(ipywidgets.IntSlider).tag(sync=True, **ipywidgets.widget_serialization)
    playing = traitlets.Bool(False).tag(sync=True)
    interval = traitlets.Int(500).tag(sync=True)
    chosen = Text("").tag(sync=True)

    def __repr__(self):
        return "<TimeButtons>"


class TimeControls(ipywidgets.HBox):
    """Buttons, a slider for the timestep `t`, a unit chooser (if there are several) and a step chooser (if any).

    timesteps, units: how many there are to choose from. steps: names of steps to highlight one after another.
    `chosen` is the quantity that was chosen in one of the views. Whatever view is given to `drive` follows in the
    browser, without the kernel: arrow keys, Home, End, PageUp, PageDown on the slider, space to play and pause, f for
    the whole screen. ValueError for counts below 1, TypeError if they are no whole
    numbers, and for steps that are no texts.
    """

    t = Index(0)
    unit = Index(0)
    step = Text("")
    chosen = Text("")

    def __init__(self, timesteps, *, units=1, steps=(), t=0, unit=0):
        timesteps, units = _count(timesteps, "timesteps"), _count(units, "units")
        self.slider = ipywidgets.IntSlider(
            min=0, max=timesteps - 1, description="t", readout=False,
            tooltip="timestep t: arrow keys, Home, End, PageUp, PageDown; space plays, f fills the screen",
            style={"description_width": "initial"}, layout={"flex": "1 1 180px", "width": "auto", "min_width": "150px"},
        )  # fmt: skip
        self._buttons = TimeButtons(slider=self.slider)
        self._readout = ipywidgets.Label().add_class("lstm-viz-readout")
        self._unit = ipywidgets.Dropdown(
            options=[0], description="unit", tooltip="the unit whose numbers are shown",
            style={"description_width": "initial"}, layout={"width": "auto", "min_width": "105px"},
        )  # fmt: skip
        self._step = ipywidgets.ToggleButtons(
            options=["all"], description="step", style={"description_width": "initial", "button_width": "auto"},
        )  # fmt: skip
        self._links = Links()
        self._driven = {}
        self.timesteps, self.units, self.steps = timesteps, 1, ()
        super().__init__()
        self.add_class("lstm-viz-time")
        self.layout.flex_flow = "row wrap"
        self.layout.align_items = "center"
        traitlets.link((self.slider, "value"), (self, "t"))
        traitlets.dlink((self._unit, "index"), (self, "unit"), lambda index: index or 0)
        traitlets.dlink((self._step, "index"), (self, "step"), lambda index: ("", *self.steps)[index or 0])
        traitlets.link((self._buttons, "chosen"), (self, "chosen"))
        self.resize(timesteps, units=units, steps=steps)
        self.t, self.unit = t, unit

    def resize(self, timesteps, *, units=1, steps=()):
        """Choose from other numbers of timesteps and units and from other steps; `t` and `unit` are clipped."""
        timesteps, units, steps = _count(timesteps, "timesteps"), _count(units, "units"), _steps(steps)
        self.timesteps, self.units = timesteps, units
        if self.slider.max != timesteps - 1:
            self.slider.max = timesteps - 1
        if len(self._unit.options) != units:
            self._unit.options, kept = list(range(units)), min(self.unit, units - 1)
            self._unit.index = kept
        if steps != self.steps:
            self._step.index, self.steps = 0, steps
            self._step.options = ["all", *steps]
        # a whole sequence takes about 12 seconds, but nobody follows more than eight steps in one
        self._buttons.interval = int(min(max(12_000 / timesteps, 120), 1000))
        wanted = [self._buttons, self.slider, self._readout]
        wanted += [self._unit] * (units > 1) + [self._step] * bool(steps) + [self._links]
        if list(self.children) != wanted:
            self.children = wanted
        with self._links.hold_sync():
            self._links.carry((self.slider, "value"), (self._readout, "value"), text=f"{{}} / {timesteps}")
            for view in self._driven:
                self._carry(view)

    def drive(self, *views, at=None, units=None):
        """Let views (widgets with `t` or `unit`, and `step` if they have it) follow this bar in the browser.

        at: the view's t for each of the bar's, where it is another (of a layer that reads from the end). units: how
        many the view has, where they are fewer than the bar's; beyond them its last one is shown.
        """
        at = at if at is None else [checks.whole(step, "at", 0) for step in checks.listed(at, "at", MOST)]
        units = units if units is None else list(range(_count(units, "units")))
        with self._links.hold_sync():
            for view in [view if _has_unit(view) else widget_with(view, "t", "views") for view in views]:
                self._driven[view] = at, units
                self._carry(view)
        return self

    def _carry(self, view):
        at, units = self._driven[view]
        if view.has_trait("t"):
            self._links.carry((self.slider, "value"), (view, "t"), values=at, back=True)
        if view.has_trait("unit"):
            self._links.carry((self._unit, "index"), (view, "unit"), values=units, back=True)
        if view.has_trait("chosen"):
            self._links.carry((self._buttons, "chosen"), (view, "chosen"), back=True)
        if view.has_trait("pace"):
            self._links.carry((self._buttons, "playing"), (view, "pace"), values=[0, self._buttons.interval])
        if view.has_trait("step") and self.steps:
            self._links.carry((self._step, "index"), (view, "step"), values=["", *self.steps])

    @traitlets.validate("t")
    def _clip_t(self, proposal):
        return min(max(proposal["value"], 0), self.slider.max)

    @traitlets.validate("unit")
    def _clip_unit(self, proposal):
        return min(max(proposal["value"], 0), self.units - 1)

    @traitlets.observe("unit")
    def _choose_unit(self, change):
        self._unit.index = change["new"]

    @traitlets.observe("step")
    def _choose_step(self, change):
        self._step.index = ("", *self.steps).index(change["new"])

    @traitlets.validate("step")
    def _known_step(self, proposal):
        if proposal["value"] not in ("", *self.steps):
            raise ValueError(
                f"step must be '' or one of {', '.join(self.steps) or 'none'}; got {checks.short(proposal['value'])}"
            )
        return proposal["value"]

    def __repr__(self):
        return f"<TimeControls: {self.timesteps} timesteps>"


def _has_unit(view):
    return isinstance(view, ipywidgets.Widget) and view.has_trait("unit")


def _count(value, argument):
    try:
        value = operator.index(value)
    except Exception:  # a stranger's __index__ may do anything
        raise TypeError(f"{argument} must be a whole number; got {checks.short(value)}") from None
    if value < 1:
        raise ValueError(f"{argument} must be at least 1; got {value}")
    if value > MOST:
        raise ValueError(f"{argument} must be at most {MOST}; got {value:.3g}")
    return value


def _steps(steps):
    if isinstance(steps, str):
        raise TypeError(f"steps must be a list of names; got the text {checks.short(steps)}")
    return tuple(checks.text(step, "each of steps") for step in checks.listed(steps, "steps", 100))
