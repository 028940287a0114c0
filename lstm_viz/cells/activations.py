"""The activations a cell can have: one table of their functions, derivatives, and names in Keras and in pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lstm_viz.cells import checks


def _sigmoid(z, out=None):
    """The logistic function 1 / (1 + e^-z), in (0, 1), written as tanh(z / 2) / 2 + 1 / 2, which cannot overflow."""
    out = np.multiply(z, 0.5, out=out)
    out = np.tanh(out, out=out if isinstance(out, np.ndarray) else None)
    out *= 0.5
    out += 0.5
    return out


def _hard_sigmoid(z, out=None):
    """Keras's piecewise linear sigmoid, relu6(z + 3) / 6, in [0, 1]."""
    out = np.add(z, 3.0, out=out)
    out = np.clip(out, 0.0, 6.0, out=out if isinstance(out, np.ndarray) else None)
    out *= 1.0 / 6.0
    return out


def _relu(z, out=None):
    return np.maximum(z, 0.0, out=out)


def _linear(z, out=None):
    if out is None:
        return np.array(z)
    out[...] = z
    return out


# their derivatives dy/dz, from the output y, so that no pre-activation need be kept


def _d_tanh(y, out=None):
    out = np.multiply(y, y, out=out)
    return np.subtract(1.0, out, out=out)


def _d_sigmoid(y, out=None):
    out = np.multiply(y, y, out=out)
    return np.subtract(y, out, out=out)


def _d_hard_sigmoid(y, out=None):
    inside = (y > 0.0) & (y < 1.0)
    return np.multiply(inside, y.dtype.type(1.0 / 6.0), out=out)


def _d_relu(y, out=None):
    return np.multiply(y > 0.0, y.dtype.type(1.0), out=out)


def _d_linear(y, out=None):
    out = np.empty_like(y) if out is None else out
    out[...] = 1.0
    return out


@dataclass(frozen=True)
class Activation:
    """One activation: calling it is `function(z, out=None)`; `derivative(y, out=None)` is dy/dz, from its output y."""

    name: str
    function: Callable
    derivative: Callable
    keras_name: str  # as `keras.activations` has it
    sign: str  # as a picture writes it

    def __call__(self, z, out=None):
        z = checks.numbers(z, "z")
        if out is not None and (not isinstance(out, np.ndarray) or (out.shape, out.dtype) != (z.shape, z.dtype)):
            raise ValueError(f"out must be an array like z, {z.dtype} of shape {z.shape}; got {checks.short(out)}")
        if out is not None and not out.flags.writeable:
            raise ValueError("out must be an array that can be written to; got one that cannot")
        return self.function(z, out=out)


#: the activations by name
ACTIVATIONS = {
    row[0]: Activation(*row)
    for row in (
        ("tanh", np.tanh, _d_tanh, "tanh", "tanh"),
        ("sigmoid", _sigmoid, _d_sigmoid, "sigmoid", "σ"),
        ("hard_sigmoid", _hard_sigmoid, _d_hard_sigmoid, "hard_sigmoid", "hard σ"),
        ("relu", _relu, _d_relu, "relu", "relu"),
        ("linear", _linear, _d_linear, "linear", "linear"),
    )
}


def sigmoid(z, out=None):
    """The logistic function 1 / (1 + e^-z), in (0, 1); it cannot overflow. TypeError if z is no array of numbers."""
    return ACTIVATIONS["sigmoid"](z, out)


def hard_sigmoid(z, out=None):
    """Keras's piecewise linear sigmoid, relu6(z + 3) / 6, in [0, 1]. TypeError if z is no array of numbers."""
    return ACTIVATIONS["hard_sigmoid"](z, out)
