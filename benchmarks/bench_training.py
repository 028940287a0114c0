"""How fast do many small models train? Stacked NumPy in two processes against Keras, PyTorch and JAX.

Keras and PyTorch train one model after another, as their users do; JAX all of them at once (`vmap` over the models,
`scan` over timesteps and updates, `jit` around it), which makes it the strongest alternative for many small models.

    python benchmarks/bench_training.py [--rounds 10] [--quick]

The targets, on two cores: per model, end to end (build, compile, train), at least 8 times faster than Keras for an LSTM
at T = 100 and 15 times for a SimpleRNN at T = 50; per update at least 2.5 times faster than PyTorch's nn.LSTM and twice
as fast as JAX (its compiling not counted); below 2 times the matrix products alone; a chrono LSTM solves marked recall
at lag 500 within 15 s and at lag 1000 within 45 s. Then, without a target, where NumPy loses. Ends with status 1 if a
target is missed, and with 2 if PyTorch or JAX is not installed (pip install -e ".[bench]").
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from time import perf_counter

import numpy as np
from common import interleaved, machine, show
from threadpoolctl import threadpool_limits

from lstm_viz.cells import GRUCell, LSTMCell, SimpleRNNCell
from lstm_viz.learning.tasks import MarkedRecall
from lstm_viz.learning.training import Trainer, train

CELLS = {"SimpleRNN": SimpleRNNCell, "LSTM": LSTMCell, "GRU": GRUCell}
BATCH = 32
STACKED = 10  # models per process
PROCESSES = 2
FASTER = {"torch": 2.5, "jax": 2.0}  # the targets, per update


# --- ours -------------------------------------------------------------------------------------------------


def trainer_of(kind, units, timesteps, models, updates, first_seed=0):
    """Models that use every update, so that the time per update is known."""
    seeds = range(first_seed, first_seed + models)
    cells = [CELLS[kind].initialise(2, units, seed=s, dtype=np.float32) for s in seeds]
    task = MarkedRecall(lag=timesteps - 1)
    return Trainer(cells, task, seeds=seeds, updates=updates, batch_size=BATCH, early_stop=False, test_size=BATCH)


_running = {}


def some_updates(key, models, updates):
    """In a worker: go on with the models of this key, so that making them is not measured."""
    if key not in _running:
        _running[key] = iter(trainer_of(*key, models, updates=10**6))
    for _ in range(updates // 10):
        next(_running[key])


def end_to_end(kind, units, timesteps, models, updates, first_seed):
    for _ in trainer_of(kind, units, timesteps, models, updates, first_seed):
        pass


def in_processes(pool, function, *arguments, per_worker=None):
    waiting = [pool.submit(function, *arguments, *(per_worker(k) if per_worker else ())) for k in range(PROCESSES)]
    for future in waiting:
        future.result()


def products_alone(units, timesteps, models):
    """The three matrix products of every timestep and nothing else, on arrays laid out as in training."""
    cell = LSTMCell.initialise(2, units, dtype=np.float32)
    kept = cell.workspace(timesteps, models, BATCH, np.float32, pre_activations=False)
    rng = np.random.default_rng(0)
    products = np.empty((timesteps, models, 4 * units, BATCH), np.float32)
    products[...] = rng.normal(size=products.shape)
    kept["inputs"][...] = rng.normal(size=kept["inputs"].shape)
    matrix = np.repeat(cell.pack(*cell.model_weights(np.float32)), models, axis=0)
    recurrent = matrix[:, :, :units].swapaxes(1, 2)
    inputs, gates = kept["inputs"], products
    z, dh, dw = np.empty_like(gates[0]), np.empty_like(kept["h"].swapaxes(1, 2)[0]), np.empty_like(matrix)

    def run():
        with threadpool_limits(1, "blas"):
            for t in range(timesteps):
                np.matmul(matrix, inputs[t], out=z)
            for t in range(timesteps - 1, -1, -1):
                np.matmul(recurrent, gates[t], out=dh)
                np.matmul(gates[t], inputs[t].swapaxes(1, 2), out=dw)

    return run


# --- theirs -----------------------------------------------------------------------------------------------


def keras_model(kind, units, timesteps):
    from lstm_viz.keras_models.quiet import keras

    layer = getattr(keras.layers, kind)(units)
    model = keras.Sequential([keras.Input((timesteps, 2)), layer, keras.layers.Dense(2)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01, clipnorm=1.0), loss)
    return model


def keras_end_to_end(kind, units, timesteps, updates):
    """One model from nothing to trained; new sequences in every batch, as ours."""
    x, y = MarkedRecall(lag=timesteps - 1).batch(np.random.default_rng(0), BATCH * updates)
    keras_model(kind, units, timesteps).fit(x, y, batch_size=BATCH, epochs=1, verbose=0)


def torch_updates(units, timesteps, updates, threads):
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = torch.nn.LSTM(2, units, batch_first=True)
            self.dense = torch.nn.Linear(units, 2)

        def forward(self, x):
            return self.dense(self.lstm(x)[0][:, -1])

    torch.manual_seed(0)
    net, loss = Net(), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), 0.01)
    x, y = MarkedRecall(lag=timesteps - 1).batch(np.random.default_rng(0), BATCH * updates)
    x, y = torch.from_numpy(x).split(BATCH), torch.from_numpy(y).split(BATCH)

    def run():
        torch.set_num_threads(threads)
        for x_now, y_now in zip(x, y, strict=True):
            optimizer.zero_grad(set_to_none=True)
            loss(net(x_now), y_now).backward()
            for parameter in net.parameters():
                torch.nn.utils.clip_grad_norm_([parameter], 1.0)
            optimizer.step()

    return run


def jax_updates(units, timesteps, models, updates):
    """All models at once; compiled at the first call, which is not measured."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    def forward(weights, x):
        kernel, recurrent_kernel, bias, dense, dense_bias = weights

        def step(carried, x_t):
            h, c = carried
            i, f, candidate, o = jnp.split(x_t @ kernel + h @ recurrent_kernel + bias, 4, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(candidate)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

        empty = jnp.zeros((x.shape[0], units), x.dtype)
        (h, _), _ = lax.scan(step, (empty, empty), x.swapaxes(0, 1))
        return h @ dense + dense_bias

    def loss(weights, x, y):
        return -jnp.take_along_axis(jax.nn.log_softmax(forward(weights, x)), y[:, None], axis=1).mean()

    def update(state, batch):
        weights, first, second, count = state
        gradient = jax.grad(loss)(weights, *batch)
        gradient = [g * jnp.minimum(1.0, 1.0 / (jnp.linalg.norm(g.ravel()) + 1e-7)) for g in gradient]
        count = count + 1
        first = [0.9 * m + 0.1 * g for m, g in zip(first, gradient, strict=True)]
        second = [0.999 * v + 0.001 * g * g for v, g in zip(second, gradient, strict=True)]
        rate = 0.01 * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        moments = zip(weights, first, second, strict=True)
        weights = [w - rate * m / (jnp.sqrt(v) + 1e-7) for w, m, v in moments]
        return (weights, first, second, count), None

    train_all = jax.jit(jax.vmap(lambda state, batches: lax.scan(update, state, batches)[0]))
    cells = [LSTMCell.initialise(2, units, seed=s, dtype=np.float32) for s in range(models)]
    stacked = [np.stack(arrays) for arrays in zip(*(cell.weights for cell in cells), strict=True)]
    dense = np.random.default_rng(0).normal(0, 0.3, (models, units, 2)).astype(np.float32)
    weights = [jnp.asarray(a) for a in (*stacked, dense, np.zeros((models, 2), np.float32))]
    zeros = [jnp.zeros_like(w) for w in weights]
    state = (weights, zeros, zeros, jnp.zeros(models))
    drawn = [MarkedRecall(timesteps - 1).batch(np.random.default_rng(s), BATCH * updates) for s in range(models)]
    x = jnp.asarray(np.stack([x.reshape(updates, BATCH, timesteps, 2) for x, _ in drawn]))
    y = jnp.asarray(np.stack([y.reshape(updates, BATCH) for _, y in drawn]))
    return lambda: jax.block_until_ready(train_all(state, (x, y)))


# --- the comparisons --------------------------------------------------------------------------------------


def per_unit(seconds, amounts):
    return {name: [s / amounts[name] for s in times] for name, times in seconds.items()}


def against_others(pool, rounds, has_torch, has_jax):
    met, updates, models = True, 20, PROCESSES * STACKED
    for units in (16, 32):
        ours, one = f"lstm_viz, {PROCESSES} processes x {STACKED} models", f"lstm_viz, 1 process x {STACKED} models"
        alone, products = "lstm_viz, 1 model", "matrix products alone, 1 process"
        key = ("LSTM", units, 100)
        contestants = {
            ours: lambda key=key: in_processes(pool, some_updates, key, STACKED, updates),
            one: lambda key=key: pool.submit(some_updates, key, STACKED, updates).result(),
            alone: lambda key=key: pool.submit(some_updates, (*key[:1], key[1], 101), 1, updates).result(),
            products: products_alone(units, 100, STACKED),
        }
        amounts = {ours: models * updates, one: STACKED * updates, alone: updates, products: STACKED}
        torch_names = {threads: f"PyTorch nn.LSTM, {threads} thread(s)" for threads in (1, 2) if has_torch}
        for threads, name in torch_names.items():
            contestants[name], amounts[name] = torch_updates(units, 100, updates, threads), updates
        if has_jax:
            jax_name = f"JAX vmap + scan + jit, {models} models"
            contestants[jax_name], amounts[jax_name] = jax_updates(units, 100, models, updates), models * updates
        seconds = per_unit(interleaved(contestants, rounds), amounts)
        median = {name: np.median(times) for name, times in seconds.items()}
        title = f"One update of one LSTM: T = 100, {units} units, batch {BATCH}, {rounds} rounds"
        targets = {products: 2.0 * median[ours] / median[one]}
        if has_torch:
            targets[min(torch_names.values(), key=median.get)] = 1 / FASTER["torch"]
        if has_jax:
            targets[jax_name] = 1 / FASTER["jax"]
        met &= show(title, seconds, ours, targets)
        print(f"in one process {median[one] / median[products]:.2f} times its matrix products")
    return met


def against_keras(pool, rounds):
    met = True
    for kind, timesteps, updates, faster in (("LSTM", 100, 400, 8), ("SimpleRNN", 50, 400, 15)):
        ours, theirs = f"lstm_viz, {PROCESSES} processes x {STACKED} models", "Keras, one model after another"
        contestants = {
            ours: lambda k=kind, t=timesteps, u=updates: in_processes(
                pool, end_to_end, k, 16, t, STACKED, u, per_worker=lambda w: (w * STACKED,)
            ),
            theirs: lambda k=kind, t=timesteps, u=updates: keras_end_to_end(k, 16, t, u),
        }
        seconds = per_unit(interleaved(contestants, rounds, warm_up=1), {ours: PROCESSES * STACKED, theirs: 1})
        title = f"One {kind}, build to trained: T = {timesteps}, 16 units, {updates} updates, {rounds} rounds"
        met &= show(title, seconds, ours, {theirs: 1 / faster})
    return met


def where_numpy_loses(pool, rounds):
    units, timesteps, updates = 128, 50, 10
    ours, theirs = f"lstm_viz, {PROCESSES} processes x {STACKED} models", "Keras fit, one model"
    model = keras_model("LSTM", units, timesteps)
    x, y = MarkedRecall(lag=timesteps - 1).batch(np.random.default_rng(0), BATCH * 10 * updates)
    key = ("LSTM", units, timesteps)
    contestants = {
        ours: lambda: in_processes(pool, some_updates, key, STACKED, updates),
        theirs: lambda: model.fit(x, y, batch_size=BATCH, verbose=0),
    }
    amounts = {ours: PROCESSES * STACKED * updates, theirs: 10 * updates}
    seconds = per_unit(interleaved(contestants, rounds, warm_up=1), amounts)
    show(f"Where it may lose, no target: one update at {units} units, T = {timesteps}", seconds, ours, {})


def long_lags():
    met = True
    print("\nA long lag, live: three chrono LSTMs (16 units) trained together on marked recall")
    for lag, limit in ((500, 15), (1000, 45)):
        begin = perf_counter()
        cells = [LSTMCell.initialise(2, 16, seed=s, chrono=lag, dtype=np.float32) for s in range(3)]
        models = train(cells, MarkedRecall(lag), learning_rate=0.02, updates=800)
        spent, solved = perf_counter() - begin, sum(m.solved for m in models)
        met &= spent <= limit and solved > 0
        updates = ", ".join(str(m.updates) for m in models)
        verdict = "met" if spent <= limit and solved else "NOT MET"
        print(f"lag {lag:5}: {solved} of 3 solved ({updates} updates) in {spent:5.1f} s, target {limit} s: {verdict}")
    return met


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--quick", action="store_true", help="few rounds, no long lags")
    options = parser.parse_args()
    rounds = 3 if options.quick else options.rounds
    there = [name for name in FASTER if find_spec(name)]
    for name in FASTER:
        if name not in there:
            print(f'{name} is not installed, so its part of the targets is NOT measured: pip install -e ".[bench]"')
    machine("numpy", "tensorflow", "keras", *there)
    if (os.cpu_count() or 1) < PROCESSES:
        print(f"this machine has fewer than {PROCESSES} cores, so the targets do not apply")
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        met = against_others(pool, rounds, "torch" in there, "jax" in there)
        met &= against_keras(pool, 2 if options.quick else max(3, rounds // 3))
        where_numpy_loses(pool, 3)
    if not options.quick:
        met &= long_lags()
    sys.exit(2 if len(there) < len(FASTER) else 0 if met else 1)


if __name__ == "__main__":
    main()
