"""How long do the gradients of a recurrent cell take? Closed-form NumPy against a compiled GradientTape.

    python benchmarks/bench_gradients.py [--timesteps 200] [--units 64] [--batch 32] [--rounds 20]

A loss looks at the last h; wanted are its gradients by every h_t (and c_t), by x and by all weights, for SimpleRNN,
LSTM and GRU. Two targets: gradients from a trace, the values that a run has kept, within 1.6 times the matrix products
that every way back must make (two per timestep, alone and with nothing between them), and never slower than a compiled
tape that gives the same. To give dL/dh_t the tape must see every step, so Keras's own cell is called step by step. A
Keras layer on the tape, the shorter way to write it, hides dL/dh_t: it is shown without a target. A tape cannot be
split: it always runs the sequence too, so running it and going back is shown as well. The numbers are compared first.
The seconds that compiling the tape takes are printed and not counted. Ends with status 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import sys
from time import perf_counter

import numpy as np
from common import interleaved, machine, show
from threadpoolctl import threadpool_limits

from lstm_viz.keras_models.bridge import cell_from_layer
from lstm_viz.keras_models.quiet import keras
from lstm_viz.learning.gradients import backward

PRODUCTS = "the matrix products alone"
OURS, BOTH = "lstm_viz backward, from a trace", "lstm_viz run and backward"
THEIRS, LAYER = "compiled GradientTape, the same", "compiled GradientTape, no dL/dh"


def products(cell, timesteps, batch):
    """What no way back can do without: per timestep from dL/dz_t to dL/d[h_tm1, x_t], and to the weights' gradient."""
    matrix = cell.pack(*cell.model_weights(np.float32))[0]
    rows, width = matrix.shape
    rng = np.random.default_rng(0)
    dz = rng.normal(size=(rows, batch)).astype(np.float32)
    inputs = rng.normal(size=(timesteps, batch, width)).astype(np.float32)
    back = np.ascontiguousarray(matrix[:, :-1].T)
    d_inputs, d_matrix = np.empty((width - 1, batch), np.float32), np.empty_like(matrix)

    def run():
        for t in reversed(range(timesteps)):
            np.matmul(back, dz, out=d_inputs)
            np.matmul(dz, inputs[t], out=d_matrix)

    return run


def contestants(kind, x, weigh, units):
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    layer = getattr(keras.layers, kind)(units)
    layer.build(x.shape)
    cell = cell_from_layer(layer)

    weights = [v.value for v in layer.trainable_variables]

    @tf.function
    def step_by_step(x, weigh):
        with tf.GradientTape() as tape:
            tape.watch(x)
            states, carried = layer.cell.get_initial_state(batch_size=len(x)), []
            for x_t in tf.unstack(x, axis=1):
                _, states = layer.cell(x_t, states)
                carried.append(states)
            loss = tf.reduce_sum(states[0] * weigh)
        by_state, by_x, by_weights = tape.gradient(loss, [carried, x, weights])
        none = tf.zeros_like(weigh)  # the last c has no part in the loss
        return [
            by_x,
            *by_weights,
            *(tf.stack([none if g is None else g for g in gs], 1) for gs in zip(*by_state, strict=True)),
        ]

    @tf.function
    def whole_layer(x, weigh):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x) * weigh)
        return tape.gradient(loss, [x, *weights])

    x_tensor, weigh_tensor = tf.constant(x), tf.constant(weigh)

    trace = cell.run(x)
    return {
        OURS: lambda: backward(cell, trace, weigh),
        BOTH: lambda: backward(cell, cell.run(x), weigh),
        THEIRS: lambda: [g.numpy() for g in step_by_step(x_tensor, weigh_tensor)],
        LAYER: lambda: [g.numpy() for g in whole_layer(x_tensor, weigh_tensor)],
        PRODUCTS: products(cell, x.shape[1], len(x)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--timesteps", type=int, default=200)
    parser.add_argument("--units", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    machine("numpy", "tensorflow", "keras")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(options.batch, options.timesteps, 8)).astype(np.float32)
    weigh = rng.normal(size=(options.batch, options.units)).astype(np.float32)
    met = True
    for kind in ("SimpleRNN", "LSTM", "GRU"):
        runs = contestants(kind, x, weigh, options.units)
        begin = perf_counter()
        expected = runs[THEIRS]()
        compiling = perf_counter() - begin
        mine = runs[OURS]()
        for a, b in zip([mine.x, *mine.weights, mine.h], expected[: 2 + len(mine.weights)], strict=True):
            assert np.abs(a - b).max() <= 1e-4 * np.abs(b).max(), kind
        with threadpool_limits(1, "blas"):
            seconds = interleaved(runs, options.rounds)
        title = f"{kind}: T = {options.timesteps}, {options.units} units, batch {options.batch}, float32"
        met &= show(title, seconds, OURS, {THEIRS: 1.0, PRODUCTS: 1.6})
        print(f"compiling the tape took {compiling:.1f} s")
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
