"""`spectral_radius_lab`: scale the recurrent matrix of a SimpleRNN, and watch its gradient vanish, hold or explode."""

from __future__ import annotations

import ipywidgets
import numpy as np

from lstm_viz.cells import SimpleRNNCell, checks
from lstm_viz.learning import quickly
from lstm_viz.learning.gradients import backward, norms_by_lag, spectral_norm, spectral_radius
from lstm_viz.pictures import figures
from lstm_viz.widgets.beforehand import beforehand
from lstm_viz.widgets.callbacks import on_change
from lstm_viz.widgets.frame_view import FrameView

__all__ = ["SpectralRadiusLab", "spectral_radius_lab"]

_TANH, _LINEAR, _POWER, _CLIPPED = "with tanh", "without tanh", "radius ** lag", "with tanh, clipped"
_ACTIVATIONS = {_TANH: "tanh", _LINEAR: "linear"}
_RADII = np.round(np.arange(0.5, 1.61, 0.05), 2)
_SIZES, _LIMITS = (0.0, 0.2, 0.5, 1.0, 2.0), (0.1, 1.0, 10.0, 1000.0)  # where they stop in a page without a kernel
_SHOWN, _NORMS = (1e-12, 1e12), (1e-3, 1e9)  # the same axes wherever the knobs stand


class SpectralRadiusLab(ipywidgets.VBox):
    """What `spectral_radius_lab` returns. `curves` by lag and `matrix_norms` by radius are what is drawn."""

    def __init__(self, timesteps, units, seed):
        self.timesteps, self.units, self.seed = timesteps, units, seed
        self._norms = {}
        style, wide = {"description_width": "150px"}, {"width": "420px", "max_width": "100%"}
        self.radius = ipywidgets.SelectionSlider(
            options=[(f"{r:.2f}", float(r)) for r in _RADII], value=1.0, description="spectral radius", style=style,
            layout=wide, tooltip="largest absolute eigenvalue of the recurrent kernel",
        )  # fmt: skip
        self.size = ipywidgets.FloatSlider(
            value=0.2, min=0.0, max=2.0, step=0.1, description="size of the input", style=style, layout=wide,
            tooltip="standard deviation of the random input; large inputs press the tanh flat",
        )  # fmt: skip
        self.clipnorm = ipywidgets.FloatLogSlider(
            value=1.0, min=-2, max=3, step=0.5, description="clip the norm at", style=style, layout=wide,
            readout_format=".3g",
        )  # fmt: skip
        self.drawn = ipywidgets.Dropdown(
            options=["orthogonal", "normal"], description="matrix drawn", style=style, layout={"width": "300px"},
            tooltip="orthogonal, as in Keras: all eigenvalues equally large; normal: of all sizes up to the radius",
        )  # fmt: skip
        self.verdict = ipywidgets.HTML(layout={"flex": "1 1 300px"})
        self._compute(*self._settings())
        box = {"flex": "1 1 430px", "min_width": "0"}
        self.views = [FrameView(figure) for figure in self._figures()]
        knobs = ipywidgets.VBox([self.radius, self.size, self.clipnorm, self.drawn])
        turned = (self.radius, self.size, self.clipnorm, self.drawn)
        self.changes = on_change(turned, lambda *values: self._show(*values))
        self._say()
        positions = {
            self.drawn: self.drawn.options, self.size: quickly(_SIZES, (0.2,)), self.radius: _RADII.tolist(),
            self.clipnorm: quickly(_LIMITS, (1.0, 10.0)),
        }  # fmt: skip
        targets = [(view, name) for view in self.views for name in ("figure", "t")] + [(self.verdict, "value")]
        super().__init__(
            [
                ipywidgets.HBox([knobs, self.verdict], layout={"flex_flow": "row wrap", "grid_gap": "4px 24px"}),
                self.changes.status,
                ipywidgets.HBox(
                    [ipywidgets.Box([view], layout=box) for view in self.views],
                    layout={"flex_flow": "row wrap", "width": "100%"},
                ),
                *beforehand(positions, targets),
            ]
        )
        self.add_class("lstm-viz-lab")

    def _settings(self):
        return self.radius.value, self.size.value, self.clipnorm.value, self.drawn.value

    def cell(self, radius, activation="tanh", drawn=None):
        """The network at a spectral radius: the same random numbers at every radius, only scaled."""
        drawn = self.drawn.value if drawn is None else drawn
        return SimpleRNNCell.initialise(
            2, self.units, seed=self.seed, recurrent=drawn, spectral_radius=radius, activation=activation
        )

    def left_at(self, radius, size, drawn):
        """{"with tanh": share, "without tanh": share} left at the largest lag, whatever the knobs say."""
        return {name: self._left(radius, activation, size, drawn) for name, activation in _ACTIVATIONS.items()}

    def _left(self, *settings):
        return float(norms_by_lag(self.back(*settings)[1].h, relative=True)[:, -1].mean())

    def back(self, radius, activation="tanh", size=None, drawn=None):
        """Trace and gradients of a loss that reads the last h in a random direction."""
        rng = np.random.default_rng([6, self.seed])
        size = self.size.value if size is None else checks.number(size, "size", 0)
        x = size * rng.normal(size=(8, self.timesteps, 2))
        cell = self.cell(radius, activation, drawn)
        trace = cell.run(x)
        return trace, backward(cell, trace, rng.normal(size=(8, self.units)) / np.sqrt(self.units))

    def _compute(self, radius, size, clipnorm, drawn):
        trace, with_tanh = self.back(radius)
        _, without = self.back(radius, "linear")
        by_lag = {name: norms_by_lag(g.h, relative=True) for name, g in ((_TANH, with_tanh), (_LINEAR, without))}
        by_lag[_POWER] = float(radius) ** np.arange(self.timesteps)
        self.curves = by_lag
        self.left = {name: float(np.mean(np.atleast_2d(curve)[:, -1])) for name, curve in by_lag.items()}
        self.slope = float(np.mean(1.0 - trace.h**2))
        self.norm = float(np.linalg.norm(with_tanh.weights[1]))
        norms = self._norms_at(size, drawn)
        self.matrix_norms = {_TANH: norms[0], _LINEAR: norms[1], _CLIPPED: np.minimum(norms[0], clipnorm)}

    def _norms_at(self, size, drawn):
        """|dL/dU| with tanh and without, (2, radii); the radius and the limit do not change it."""
        if (size, drawn) not in self._norms:
            at = [[self.back(r, a, size, drawn)[1].weights[1] for r in _RADII] for a in ("tanh", "linear")]
            self._norms[size, drawn] = np.linalg.norm(at, axis=(-2, -1))
        return self._norms[size, drawn]

    def _figures(self):
        by_lag = figures.curves_by_lag(
            range(self.timesteps), self.curves, y_title="|dL/dh|, relative", log_y=True, y_range=_SHOWN,
            title="What is left of the gradient, by lag",
        )  # fmt: skip
        by_radius = figures.curves_by_lag(
            _RADII, self.matrix_norms, x_title="spectral radius", y_title="|dL/dU|", log_y=True, y_range=_NORMS,
            cursor=True, title="Gradient of the recurrent kernel, by spectral radius",
        )  # fmt: skip
        return by_lag, by_radius

    def _show(self, *settings):
        self._compute(*settings)
        for view, figure in zip(self.views, self._figures(), strict=True):
            view.figure = figure
        self._say()

    def _say(self):
        self.views[1].t = int(np.argmin(np.abs(_RADII - self.radius.value)))
        kernel, clipnorm = self.cell(self.radius.value).recurrent_kernel, self.clipnorm.value
        clipped = self.norm > clipnorm
        after = f"scaled down to {clipnorm:.3g}, same direction" if clipped else "below the limit, so left alone"
        lag = self.timesteps - 1
        self.verdict.value = (
            f"<b>Spectral radius {spectral_radius(kernel):.2f}</b>, spectral norm {spectral_norm(kernel):.2f}<br>"
            f"mean slope of the tanh, 1 − h²: <b>{self.slope:.2f}</b><br>"
            f"left at lag {lag}: <b>{self.left[_TANH]:.1e}</b> with tanh, {self.left[_LINEAR]:.1e} without<br>"
            f"|dL/dU| = <b>{self.norm:.2g}</b>; clipping: {after}"
        )

    def __repr__(self):
        return f"spectral_radius_lab({self.units} units, {self.timesteps} timesteps)"


def spectral_radius_lab(timesteps=100, units=32, *, seed=0):
    """A lab: scale the recurrent kernel U of a SimpleRNN by its spectral radius, and follow dL/dh back through time.

    Left, the gradient's length by lag, with the tanh and without, beside radius ** lag; right, the length of the whole
    gradient dL/dU against the radius, and what clipping by norm leaves of it. Eight random sequences, untrained.
    ValueError for timesteps that are not 2 to 300, units
    that are not 1 to 128, or a seed that is no whole number from 0.
    """
    timesteps = checks.whole(timesteps, "timesteps", 2, 300)
    units = checks.whole(units, "units", 1, 128)
    return SpectralRadiusLab(timesteps, units, checks.whole(seed, "seed", 0))
