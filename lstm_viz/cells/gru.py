"""The gated recurrent unit: its equations, its step, how it is born. Source: Cho et al. (2014); `keras.layers.GRU`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.cells.activations import ACTIVATIONS
from lstm_viz.cells.cell import Cell
from lstm_viz.cells.gru_back import GRUReverse
from lstm_viz.cells.kinds import Later
from lstm_viz.cells.loop import blocks, by_model
from lstm_viz.cells.trace import Trace


@dataclass(frozen=True, repr=False, eq=False)
class GRUTrace(Trace):
    """Every value of a GRU, each (..., timesteps, units).

    `z_z z_r z_h` pre-activations; update gate `z` and reset gate `r` in [0, 1]; `recurrent_h`, what the
    hidden state gives the candidate before its reset (`reset_after`) or after it; candidate `h_tilde`;
    hidden state `h = z * h_tm1 + (1 - z) * h_tilde`. `reset_after` says which of the two cells it was.
    """

    z_z: np.ndarray
    z_r: np.ndarray
    z_h: np.ndarray
    z: np.ndarray
    r: np.ndarray
    recurrent_h: np.ndarray
    h_tilde: np.ndarray
    h: np.ndarray
    reset_after: bool = field(default=True, kw_only=True)

    names = ("z_z", "z_r", "z_h", "z", "r", "recurrent_h", "h_tilde", "h")
    kind = "GRU"

    @property
    def reset_h(self):
        """r * h_tm1, what a reset before the product lets through."""
        return self.r * self.h_tm1


class GRUCell(Cell):
    """A gated recurrent unit, as `keras.layers.GRU`.

    kernel (input_dim, 3 * units), recurrent_kernel (units, 3 * units); the blocks along the last axis are
    z, r, h. bias (2, 3 * units), input row first, with `reset_after` (Keras's default), else (3 * units,); or None.

        z, r      = sigmoid(z_z), sigmoid(z_r)
        h_tilde_t = tanh(z_h)
        h_t       = z * h_tm1 + (1 - z) * h_tilde_t

    where the reset gate acts on the recurrent part of z_h: after the matrix product (`reset_after`),
    r * (h_tm1 @ R_h + b_h), or before it, (r * h_tm1) @ R_h, as in Cho et al. (2014).
    """

    kind = "GRU"
    trace_type = GRUTrace
    gates = ("z", "r", "h")
    reverse = GRUReverse
    shown = ("z", "r", "h_tilde", "h")
    pictured = Later("lstm_viz.cells.gru_declared", "PICTURED_AFTER")
    pictured_before = Later("lstm_viz.cells.gru_declared", "PICTURED_BEFORE")

    def __init__(
        self,
        kernel,
        recurrent_kernel,
        bias=None,
        reset_after=True,
        *,
        activation="tanh",
        recurrent_activation="sigmoid",
    ):
        self.reset_after = checks.flag(reset_after, "reset_after")
        super().__init__(kernel, recurrent_kernel, bias, activation=activation)
        self.recurrent_activation = recurrent_activation
        self._gate = checks.one_of(recurrent_activation, ACTIVATIONS, "recurrent_activation").function

    @classmethod
    def pictured_as(cls, trace):
        return cls.pictured if getattr(trace, "reset_after", True) else cls.pictured_before

    def _trace_settings(self):
        return {"reset_after": self.reset_after}

    def _bias_shape(self, units):
        return (2, 3 * units) if self.reset_after else (3 * units,)

    @property
    def config(self):
        return {
            "reset_after": self.reset_after,
            "activation": self.activation,
            "recurrent_activation": self.recurrent_activation,
        }

    @property
    def letters(self):
        """The arrays of a step."""
        names = "inputs zs z_zr zr r recurrent_h z_h h_tilde h_tm1 h z new " + (
            "recurrent_product" if self.reset_after else "reset_h"
        )
        return tuple(names.split())

    def _step(self, W, v):
        """In place: v names the arrays of this timestep; v.inputs is [h_tm1, x_t, 1], W all weights."""
        np.matmul(W, v.inputs, out=v.zs)  # z = x_t @ kernel + h_tm1 @ recurrent_kernel + bias
        self._gate(v.z_zr, out=v.zr)  # z, r = sigmoid(z_z, z_r)
        if self.reset_after:
            v.recurrent_h[...] = v.recurrent_product
            np.multiply(v.r, v.recurrent_h, out=v.new)
            np.add(v.z_h, v.new, out=v.z_h)  # z_h = x_t @ K_h + r * (h_tm1 @ R_h + b_h)
        else:
            np.multiply(v.r, v.h_tm1, out=v.reset_h)
            R_h = W[:, 2 * self.units : 3 * self.units, : self.units]
            np.matmul(R_h, by_model(v.reset_h), out=by_model(v.recurrent_h))
            np.add(v.z_h, v.recurrent_h, out=v.z_h)  # z_h = x_t @ K_h + (r * h_tm1) @ R_h
        self._activate(v.z_h, out=v.h_tilde)  # h_tilde = tanh(z_h)
        np.subtract(v.h_tm1, v.h_tilde, out=v.new)
        np.multiply(v.z, v.new, out=v.h)
        np.add(v.h, v.h_tilde, out=v.h)  # h = z * h_tm1 + (1 - z) * h_tilde

    def _arrays(self, room):
        z, gates = room.products(4), room.empty(2)
        named = dict(zip(("z_z", "z_r", "recurrent_product", "z_h"), blocks(z, 4), strict=True))
        named |= dict(zip(("z", "r"), blocks(gates, 2), strict=True))
        named |= {"zs": by_model(z), "z_zr": z[:, : 2 * self.units], "zr": gates}
        named |= {"recurrent_h": room.empty(), "h_tilde": room.empty(), "new": room.scratch()}
        return named if self.reset_after else named | {"reset_h": room.empty()}

    def _pack(self, kernel, recurrent_kernel, bias):
        """All weights of each model as one matrix (models, 4 * units, units + input_dim + 1) for [h_tm1, x_t, 1].

        Its blocks of rows are z, r, and the candidate's recurrent part and input part, which the reset keeps apart.
        """
        u = self.units
        input_bias, recurrent_bias = (bias[..., 0, :], bias[..., 1, :]) if self.reset_after else (bias, 0 * bias)
        matrix = np.zeros((*kernel.shape[:-2], 4 * u, u + self.input_dim + 1), kernel.dtype)
        rows = matrix.swapaxes(-1, -2)  # [h_tm1, x_t, 1] by blocks
        rows[..., :u, : 3 * u] = recurrent_kernel
        rows[..., u:-1, : 2 * u] = kernel[..., : 2 * u]
        rows[..., u:-1, 3 * u :] = kernel[..., 2 * u :]
        rows[..., -1, : 2 * u] = (input_bias + recurrent_bias)[..., : 2 * u]
        rows[..., -1, 2 * u : 3 * u] = recurrent_bias[..., 2 * u :]
        rows[..., -1, 3 * u :] = input_bias[..., 2 * u :]
        return matrix

    def _unpack(self, matrix):
        """[kernel, recurrent_kernel, bias] out of such a matrix, or their gradients out of its gradient."""
        u = self.units
        kernel, recurrent_kernel, bias = super()._unpack(matrix)
        recurrent, given = slice(0, 3 * u), [*range(2 * u), *range(3 * u, 4 * u)]
        both = [bias[..., given], bias[..., recurrent]]
        return [
            kernel[..., given],
            recurrent_kernel[..., recurrent],
            np.stack(both, axis=-2) if self.reset_after else both[0],
        ]

    @classmethod
    def initialise(
        cls,
        input_dim,
        units,
        seed=0,
        *,
        reset_after=True,
        activation="tanh",
        recurrent_activation="sigmoid",
        dtype=np.float64,
    ):
        """A new cell, drawn as Keras does: glorot_uniform kernel, orthogonal recurrent kernel, zero bias."""
        kernel, recurrent_kernel = cls._draw(input_dim, units, seed, dtype, "orthogonal")
        return cls(
            kernel,
            recurrent_kernel,
            reset_after=reset_after,
            activation=activation,
            recurrent_activation=recurrent_activation,
        )
