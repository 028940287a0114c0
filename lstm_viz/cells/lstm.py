"""The LSTM: its equations, its step, how it is born.

Sources: Hochreiter & Schmidhuber (1997), with the forget gate of Gers et al. (2000); `keras.layers.LSTM`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.cells.activations import ACTIVATIONS
from lstm_viz.cells.cell import Cell
from lstm_viz.cells.kinds import Later
from lstm_viz.cells.loop import blocks, by_model
from lstm_viz.cells.lstm_back import LSTMReverse
from lstm_viz.cells.trace import CellStateTrace


@dataclass(frozen=True, repr=False, eq=False)
class LSTMTrace(CellStateTrace):
    """Every value of an LSTM, each (..., timesteps, units).

    `z_i z_f z_c z_o` pre-activations; gates `i f o` in [0, 1]; candidate `c_tilde`; cell state `c`;
    `tanh_c`, the activation (tanh unless the cell says otherwise) of c; hidden state `h = o * tanh_c`.
    """

    z_i: np.ndarray
    z_f: np.ndarray
    z_c: np.ndarray
    z_o: np.ndarray
    i: np.ndarray
    f: np.ndarray
    c_tilde: np.ndarray
    o: np.ndarray
    c: np.ndarray
    tanh_c: np.ndarray
    h: np.ndarray

    names = ("z_i", "z_f", "z_c", "z_o", "i", "f", "c_tilde", "o", "c", "tanh_c", "h")
    kind = "LSTM"


class LSTMCell(Cell):
    """A long short-term memory cell with forget gate, as `keras.layers.LSTM`.

    kernel (input_dim, 4 * units), recurrent_kernel (units, 4 * units), bias (4 * units,) or None; the blocks
    along the last axis are i, f, c, o.

        z_t       = x_t @ kernel + h_tm1 @ recurrent_kernel + bias      (z_i, z_f, z_c, z_o side by side)
        i, f, o   = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)
        c_tilde_t = tanh(z_c)
        c_t       = f * c_tm1 + i * c_tilde_t
        h_t       = o * tanh(c_t)
    """

    kind = "LSTM"
    trace_type = LSTMTrace
    gates = ("i", "f", "c", "o")
    state_names = ("h", "c")
    letters = ("inputs", "zs", "z_oif", "oif", "z_c", "c_tilde", "f", "c_tm1", "c", "i", "new", "tanh_c", "o", "h")
    reverse = LSTMReverse
    shown = ("f", "i", "c_tilde", "o", "c", "h")
    pictured = Later("lstm_viz.cells.lstm_declared", "PICTURED")

    def __init__(self, kernel, recurrent_kernel, bias=None, *, activation="tanh", recurrent_activation="sigmoid"):
        super().__init__(kernel, recurrent_kernel, bias, activation=activation)
        self.recurrent_activation = recurrent_activation
        self._gate = checks.one_of(recurrent_activation, ACTIVATIONS, "recurrent_activation").function

    @property
    def config(self):
        return {"activation": self.activation, "recurrent_activation": self.recurrent_activation}

    def _step(self, W, v):
        """In place: v names the arrays of this timestep; v.inputs is [h_tm1, x_t, 1], W all weights."""
        np.matmul(W, v.inputs, out=v.zs)  # z = x_t @ kernel + h_tm1 @ recurrent_kernel + bias
        self._gate(v.z_oif, out=v.oif)  # o, i, f = sigmoid(z_o, z_i, z_f)
        self._activate(v.z_c, out=v.c_tilde)  # c_tilde = tanh(z_c)
        np.multiply(v.f, v.c_tm1, out=v.c)  # c = f * c_tm1
        np.multiply(v.i, v.c_tilde, out=v.new)
        np.add(v.c, v.new, out=v.c)  #   + i * c_tilde
        self._activate(v.c, out=v.tanh_c)
        np.multiply(v.o, v.tanh_c, out=v.h)  # h = o * tanh(c)

    def _carry(self, v, skipped):
        super()._carry(v, skipped)
        self._activate(v.c, out=v.tanh_c)

    def _arrays(self, room):
        z, gates, (c_tm1, c) = room.products(4), room.empty(4), room.shifted()
        three = 3 * self.units
        named = dict(zip(("o", "i", "f", "c_tilde"), blocks(gates, 4), strict=True))
        named |= dict(zip(("z_o", "z_i", "z_f", "z_c"), blocks(z, 4), strict=True))
        named |= {"zs": by_model(z), "z_oif": z[:, :three], "oif": gates[:, :three]}
        return named | {"c_tm1": c_tm1, "c": c, "tanh_c": room.empty(), "new": room.scratch()}

    def _pack(self, kernel, recurrent_kernel, bias):
        """All weights of each model as one matrix (models, 4 * units, units + input_dim + 1) for [h_tm1, x_t, 1].

        Its blocks of rows are o, i, f, c: the three gates together, and the three that meet at the cell state together.
        """
        keras = np.concatenate([recurrent_kernel, kernel, bias[..., None, :]], axis=-2).swapaxes(-1, -2)
        return np.roll(keras, self.units, axis=-2)

    def _unpack(self, matrix):
        """[kernel, recurrent_kernel, bias] out of such a matrix, or their gradients out of its gradient."""
        return super()._unpack(np.roll(matrix, -self.units, axis=-2))

    @classmethod
    def initialise(
        cls,
        input_dim,
        units,
        seed=0,
        *,
        forget_bias=1.0,
        chrono=None,
        activation="tanh",
        recurrent_activation="sigmoid",
        dtype=np.float64,
    ):
        """A new cell, drawn as Keras does: glorot_uniform kernel, orthogonal recurrent kernel, forget bias 1.

        `forget_bias` is the forget gate's bias (Keras: 1, Jozefowicz et al. 2015). `chrono=T` draws it as
        log U(1, T - 1) instead, and the input gate's as its negative, for dependencies up to T steps
        (Tallec & Ollivier 2018, "Can recurrent neural networks warp time?").
        """
        kernel, recurrent_kernel = cls._draw(input_dim, units, seed, dtype, "orthogonal")
        forget_bias = checks.floats(forget_bias, "forget_bias")
        if forget_bias.shape not in ((), (units,)):
            raise ValueError(f"forget_bias must be one number or one per unit, ({units},); got {forget_bias.shape}")
        bias = np.zeros((4, units))
        bias[1] = forget_bias
        if chrono is not None:
            chrono = checks.number(chrono, "chrono", 2, above=True)
            rng = checks.another_stream(seed, 1)
            bias[1] = np.log(rng.uniform(1.0, chrono - 1.0, units))
            bias[0] = -bias[1]
        return cls(
            kernel,
            recurrent_kernel,
            bias.ravel().astype(dtype),
            activation=activation,
            recurrent_activation=recurrent_activation,
        )
