"""How long does a full LSTM trace take? One sequence, every gate kept, against PyTorch and Keras.

    python benchmarks/bench_trace.py [--timesteps 1000] [--units 64] [--rounds 40]

The targets: at most 0.45 of a PyTorch LSTMCell loop (which keeps h and c of every step), and at most 0.65 of a Keras
layer called as tf.function (which gives h alone and hides the gates). All three compute the same numbers from the same
weights, which is checked first. Ends with status 1 if a target is missed, and with 2 if PyTorch is not installed.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from common import interleaved, machine, show

from lstm_viz.keras_models.bridge import cell_from_layer
from lstm_viz.keras_models.quiet import keras

OURS = "lstm_viz LSTMCell.run, all gates"
TORCH = "PyTorch LSTMCell loop, h and c"
KERAS = "Keras LSTM as tf.function, h only"
TARGETS = {TORCH: 0.45, KERAS: 0.65}


def torch_loop(cell, x):
    """A function that runs PyTorch's LSTMCell over x, with the weights of our cell (both have the order i, f, c, o)."""
    import torch

    theirs = torch.nn.LSTMCell(cell.input_dim, cell.units)
    with torch.no_grad():
        theirs.weight_ih.copy_(torch.from_numpy(cell.kernel.T.copy()))
        theirs.weight_hh.copy_(torch.from_numpy(cell.recurrent_kernel.T.copy()))
        theirs.bias_ih.copy_(torch.from_numpy(cell.bias.copy()))
        theirs.bias_hh.zero_()
    steps = torch.from_numpy(x)[:, None]

    def run():
        with torch.no_grad():
            h = c = torch.zeros(1, cell.units)
            hidden, carried = [], []
            for x_t in steps:
                h, c = theirs(x_t, (h, c))
                hidden.append(h)
                carried.append(c)
            return torch.cat(hidden).numpy(), torch.cat(carried).numpy()

    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--timesteps", type=int, default=1000)
    parser.add_argument("--units", type=int, default=64)
    parser.add_argument("--input-dim", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()

    import tensorflow as tf

    keras.utils.set_random_seed(0)
    layer = keras.layers.LSTM(options.units, return_sequences=True)
    layer.build((1, options.timesteps, options.input_dim))
    cell = cell_from_layer(layer)
    x = np.random.default_rng(0).normal(size=(options.timesteps, options.input_dim)).astype(np.float32)
    compiled, batch = tf.function(layer), tf.constant(x[None])
    contestants = {OURS: lambda: cell.run(x), KERAS: lambda: compiled(batch).numpy()}
    packages = ["numpy", "tensorflow", "keras"]
    try:
        contestants[TORCH] = torch_loop(cell, x)
        packages.append("torch")
    except ModuleNotFoundError:
        print('PyTorch is not installed, so its half of the target is NOT measured: pip install "torch>=2.6,<3"')

    h = cell.run(x).h
    assert np.abs(contestants[KERAS]()[0] - h).max() < 1e-5
    if TORCH in contestants:
        assert np.abs(contestants[TORCH]()[0] - h).max() < 1e-5

    machine(*packages)
    seconds = interleaved(contestants, options.rounds)
    title = f"One sequence of {options.timesteps} timesteps, {options.units} units, float32, {options.rounds} rounds"
    met = show(title, seconds, OURS, TARGETS)
    sys.exit(2 if TORCH not in contestants else 0 if met else 1)


if __name__ == "__main__":
    main()
