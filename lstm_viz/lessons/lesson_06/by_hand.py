"""An LSTM cell of one unit whose gates are set by hand: can you carry one bit across noise?

The cell is an ordinary `LSTMCell`. Its weights are chosen so that three of its inputs are the gates' pre-activations,
so the gates do what they are told while the step stays the step.
"""

from __future__ import annotations

import numpy as np

from lstm_viz.cells import LSTMCell, checks

__all__ = ["carry", "gated_input", "hand_cell", "noisy_bits", "schedule"]

#: z_c = _LOUDNESS * value, so that a bit of +1 has the candidate tanh(2) = 0.96
_LOUDNESS = 2.0
#: noise of whoever listens to h at the end (standard deviation), so that a whisper counts as silence
LISTENER_NOISE = 0.1
#: on how many sequences a setting of the gates is judged
SEQUENCES = 2000
_MOST = 2_000_000  # timesteps of all sequences together that are run while a reader waits
_LEAST = 1e-6  # a gate at 0 or 1 exactly would need an infinite pre-activation


def hand_cell():
    """The cell: inputs (value, z_i, z_f, z_o), one unit, no recurrent weights, no bias."""
    kernel = np.zeros((4, 4))
    kernel[1, 0] = kernel[2, 1] = kernel[3, 3] = 1.0  # i, f and o are told
    kernel[0, 2] = _LOUDNESS  # the candidate comes from the value
    return LSTMCell(kernel, np.zeros((1, 4)))


def schedule(timesteps, first, last, *, open_at=1.0, closed_at=0.0):
    """A gate over time, (timesteps,): at `open_at` from step `first` to step `last`, at `closed_at` elsewhere."""
    gate = np.full(timesteps, float(closed_at))
    gate[first : last + 1] = open_at
    return gate


def gated_input(values, i, f, o):
    """The input (..., timesteps, 4) that sets the gates: values (..., timesteps), gates (timesteps,) in [0, 1]."""
    values = checks.floats(values, "values")
    if values.ndim < 1 or not values.size:
        raise ValueError(f"values must have shape (..., timesteps); got {checks.shape_text(values.shape)}")
    gates = []
    for name, gate in (("i", i), ("f", f), ("o", o)):
        gate = checks.shaped(gate, name, (values.shape[-1],), 0.0, 1.0)
        inside = np.clip(gate, _LEAST, 1 - _LEAST)
        gates.append(np.broadcast_to(np.log(inside / (1 - inside)), values.shape))
    return np.stack([values, *gates], axis=-1)


def noisy_bits(timesteps, count, seed=0):
    """`count` sequences of fair bits, -1 or +1, (count, timesteps): one of them matters, the others are noise."""
    return np.random.default_rng(seed).choice([-1.0, 1.0], (count, timesteps))


def carry(i, f, o, *, cue=0, count=SEQUENCES, seed=0):
    """How often the gates (timesteps,) carry the bit of step `cue` to the end: a share of `count` sequences, in [0, 1].

    The answer is the sign of the last h, heard through a little noise. Chance is 0.5.
    """
    i = checks.shaped(i, "i", ("timesteps",), 0.0, 1.0)
    count, seed = checks.whole(count, "count"), checks.whole(seed, "seed", 0)
    if count * len(i) > _MOST:
        raise ValueError(
            f"count sequences of {len(i)} timesteps must be at most {_MOST} numbers together; got {checks.short(count)}"
        )
    values = noisy_bits(len(i), count, seed)
    cue = checks.whole(cue, "cue", 0)
    if cue >= len(i):
        raise ValueError(f"cue must be a timestep from 0 to {len(i) - 1}; got {checks.short(cue)}")
    h = hand_cell().run(gated_input(values, i, f, o)).h[:, -1, 0]
    heard = h + LISTENER_NOISE * np.random.default_rng([seed, 1]).standard_normal(count)
    return float(np.mean(np.sign(heard) == values[:, cue]))
