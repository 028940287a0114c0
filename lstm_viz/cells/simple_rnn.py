"""The plain recurrent cell: its equations, its step, how it is born. Source: Elman (1990); `keras.layers.SimpleRNN`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.cells.cell import Cell
from lstm_viz.cells.kinds import Later
from lstm_viz.cells.loop import by_model
from lstm_viz.cells.simple_rnn_back import SimpleRNNReverse
from lstm_viz.cells.trace import Trace


@dataclass(frozen=True, repr=False, eq=False)
class SimpleRNNTrace(Trace):
    """`z` pre-activation and `h` hidden state of a SimpleRNN, each (..., timesteps, units)."""

    z: np.ndarray
    h: np.ndarray

    names = ("z", "h")
    kind = "SimpleRNN"


class SimpleRNNCell(Cell):
    """A plain recurrent cell, as `keras.layers.SimpleRNN`.

    kernel (input_dim, units), recurrent_kernel (units, units), bias (units,) or None.

        z_t = x_t @ kernel + h_tm1 @ recurrent_kernel + bias
        h_t = tanh(z_t)
    """

    kind = "SimpleRNN"
    trace_type = SimpleRNNTrace
    gates = ("h",)
    letters = ("inputs", "zs", "hs")
    reverse = SimpleRNNReverse
    pictured = Later("lstm_viz.cells.simple_rnn_declared", "PICTURED")

    def _step(self, W, v):
        """In place: v names the arrays of this timestep; v.inputs is [h_tm1, x_t, 1], W all weights."""
        np.matmul(W, v.inputs, out=v.zs)  # z = x_t @ kernel + h_tm1 @ recurrent_kernel + bias
        self._activate(v.zs, out=v.hs)  # h = tanh(z)

    def _arrays(self, room):
        z = room.products(1)
        return {"z": z, "zs": by_model(z), "hs": by_model(room["h"])}

    @classmethod
    def initialise(
        cls,
        input_dim,
        units,
        seed=0,
        *,
        recurrent="orthogonal",
        spectral_radius=None,
        activation="tanh",
        dtype=np.float64,
    ):
        """A new cell, drawn as Keras does: glorot_uniform kernel, orthogonal recurrent kernel, zero bias.

        `recurrent="normal"` draws the recurrent kernel from N(0, 1/units) instead; `spectral_radius` rescales
        it so that its largest absolute eigenvalue has that value.
        """
        kernel, recurrent_kernel = cls._draw(input_dim, units, seed, dtype, recurrent)
        if spectral_radius is not None:
            spectral_radius = checks.number(spectral_radius, "spectral_radius", 0)
            now = np.abs(np.linalg.eigvals(recurrent_kernel)).max()
            recurrent_kernel = recurrent_kernel * np.asarray(spectral_radius / now, dtype)
        return cls(kernel, recurrent_kernel, np.zeros(units, dtype), activation=activation)
