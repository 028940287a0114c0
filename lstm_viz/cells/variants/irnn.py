"""The SimpleRNN that starts as a memory: relu, and the identity for a recurrent kernel. Source: Le et al. (2015), IRNN.

z_t = x_t @ kernel + h_tm1 @ recurrent_kernel + bias      (recurrent_kernel = identity before training)
h_t = relu(z_t)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.cells.simple_rnn import SimpleRNNCell, SimpleRNNTrace
from lstm_viz.cells.simple_rnn_declared import PICTURED


@dataclass(frozen=True, repr=False, eq=False)
class IRNNTrace(SimpleRNNTrace):
    """`z` pre-activation and `h` hidden state of an IRNN, each (..., timesteps, units)."""

    kind = "IRNN"


class IRNNCell(SimpleRNNCell):
    """A SimpleRNN with relu, born with the identity as its recurrent kernel: h stays until the input changes it."""

    kind = "IRNN"
    trace_type = IRNNTrace
    pictured = replace(
        PICTURED,
        diagram=replace(PICTURED.diagram, kind="IRNN", name="IRNN, folded"),
        module=replace(PICTURED.module, kind="IRNN"),
    )

    def __init__(self, kernel, recurrent_kernel, bias=None, *, activation="relu"):
        super().__init__(kernel, recurrent_kernel, bias, activation=activation)

    @classmethod
    def initialise(cls, input_dim, units, seed=0, *, scale=0.001, activation="relu", dtype=np.float64):
        """A new cell: kernel from N(0, scale^2), identity recurrent kernel, zero bias, as in Le et al. (2015).

        scale: standard deviation of the kernel, theirs is 0.001.
        """
        kernel, _ = cls._draw(input_dim, units, seed, dtype, "orthogonal")
        scale = checks.number(scale, "scale", 0, above=True)
        kernel = checks.another_stream(seed, 2).normal(0.0, scale, kernel.shape)
        return cls(kernel.astype(dtype), np.eye(units, dtype=dtype), np.zeros(units, dtype), activation=activation)
