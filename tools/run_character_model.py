"""Train the character models of lesson 09 on the standard library, and measure what their units know.

usage: python tools/run_character_model.py [train | measure | all] [--characters N] [--work DIR] [--kinds ...]

`train` trains an LSTM, a GRU and a SimpleRNN of the same number of units on the same number of characters, each with
the learning rate that did best in short runs on files that are neither trained on nor held out. It keeps a checkpoint
every few minutes in --work and goes on from there when it is started again. `measure` takes what has been trained,
stores the weights as float16 in lesson_09/character_models.npz, and writes all numbers to lesson_09/characters.json.
About 25 minutes on 2 cores with the default of 60 million characters a model.
"""

import argparse
import json
import platform
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

from lstm_viz.lessons.lesson_09 import standard_library

KINDS = ("LSTM", "GRU", "SimpleRNN")
RATES = {
    "LSTM": (0.003, 0.006, 0.012, 0.024, 0.048),
    "GRU": (0.003, 0.006, 0.012, 0.024, 0.048),
    "SimpleRNN": (0.002, 0.004, 0.008, 0.016, 0.032),
}
UNITS, EMBEDDING, BATCH, STEPS, WINDOWS, SEED = 128, 32, 64, 128, 16, 0
TRIAL = 4_000_000  # characters of each short run
EVERY = 300  # updates between two checkpoints
LESSON = Path(__file__).parent.parent / "lstm_viz" / "lessons" / "lesson_09"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("what", nargs="?", choices=("train", "measure", "all"), default="all")
    arguments.add_argument("--characters", type=int, default=60_000_000)
    arguments.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    arguments.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "lstm_viz_character_models")
    options = arguments.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    parts = standard_library.split(standard_library.python_files())
    vocabulary = standard_library.vocabulary(parts["train"].values())
    if options.what != "measure":
        for kind in options.kinds:
            train(kind, parts, vocabulary, options)
    if options.what != "train":
        from character_measures import measure

        measure(parts, vocabulary, options.work, LESSON, versions())


def versions():
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("tensorflow", "keras", "numpy")},
    }


def encode(text, vocabulary):
    places = {c: k for k, c in enumerate(vocabulary)}
    return np.array([places.get(c, 0) for c in text], np.uint8)


def train(kind, parts, vocabulary, options):
    """The short runs, then the long one; each leaves a .json in the work folder and is not run twice."""
    encoded = {part: {n: encode(t, vocabulary) for n, t in parts[part].items()} for part in ("train", "tune")}
    trials = {}
    for rate in RATES[kind]:
        trials[rate] = run(f"{kind}-{rate}", kind, rate, TRIAL, encoded, vocabulary, options.work)["bits"]
    best = min(trials, key=trials.get)
    long = run(f"{kind}-long", kind, best, options.characters, encoded, vocabulary, options.work)
    print(kind, "rates tried", trials, "long run", long["bits"], flush=True)


def run(name, kind, rate, characters, encoded, vocabulary, work, seed=SEED):
    from lstm_viz.keras_models.quiet import keras

    report, checkpoint = work / f"{name}.json", work / f"{name}.npz"
    if report.is_file():
        return json.loads(report.read_text())
    keras.utils.set_random_seed(seed)
    updates = characters // (BATCH * STEPS)
    layer = getattr(keras.layers, kind)(UNITS, return_sequences=True, stateful=True)
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(BATCH, STEPS), dtype="int32"),
            keras.layers.Embedding(len(vocabulary), EMBEDDING),
            layer,
            keras.layers.Dense(len(vocabulary)),
        ]
    )
    schedule = keras.optimizers.schedules.CosineDecay(rate, updates)
    optimizer = keras.optimizers.Adam(schedule, clipnorm=1.0)
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    optimizer.build(model.trainable_variables)
    kept = model.trainable_variables + optimizer.variables
    done, seconds = 0, 0.0
    if checkpoint.is_file():
        with np.load(checkpoint, allow_pickle=False) as file:
            for k, variable in enumerate(kept):
                variable.assign(file[f"v{k}"])
            done, seconds = int(file["done"]), float(file["seconds"])
    began, losses = time.perf_counter() - seconds, []

    def keep():
        arrays = {f"v{k}": np.array(variable) for k, variable in enumerate(kept)}
        part = checkpoint.with_suffix(".part.npz")
        extra = {"rate": rate, "of": updates}
        np.savez(part, done=done, seconds=time.perf_counter() - began, **extra, **arrays)
        part.replace(checkpoint)

    for x, y, fresh in batches(encoded["train"], done, updates, seed):
        if fresh:
            layer.reset_states()
        losses.append(float(model.train_on_batch(x, y)))
        done += 1
        if done % EVERY == 0:
            keep()
            speed = done * BATCH * STEPS / (time.perf_counter() - began)
            bits = np.mean(losses[-EVERY:]) / np.log(2)
            print(f"{name} {done}/{updates} training bits {bits:.3f}, {speed:,.0f} characters/s", flush=True)
    keep()
    bits = tuning_bits(model, layer, encoded["tune"])
    seconds = round(time.perf_counter() - began)
    found = {"bits": bits, "rate": rate, "characters": updates * BATCH * STEPS, "seconds": seconds}
    report.write_text(json.dumps(found))
    return found


def batches(files, done, updates, seed=SEED):
    """(x, y, whether the state starts at zero) from update `done` on: the files in a new order in every epoch."""
    epoch, at = 0, 0
    names = sorted(files)
    while at < updates:
        order = np.random.default_rng([seed, epoch]).permutation(len(names))
        text = np.concatenate([files[names[k]] for k in order])
        length = (len(text) - 1) // BATCH // STEPS * STEPS
        x = text[: BATCH * length].reshape(BATCH, length)
        y = text[1 : BATCH * length + 1].reshape(BATCH, length)
        for window in range(length // STEPS):
            if done <= at < updates:
                cut = slice(window * STEPS, (window + 1) * STEPS)
                # after a restart the state begins at zero once more than it would have
                yield x[:, cut].astype(np.int32), y[:, cut].astype(np.int32), window % WINDOWS == 0 or at == done
            at += 1
        epoch += 1


def tuning_bits(model, layer, files):
    """Bits per character on the tuning files, in the windows that training has."""
    losses = []
    for x, y, fresh in batches(files, 0, sum(map(len, files.values())) // (BATCH * STEPS)):
        if fresh:
            layer.reset_states()
        losses.append(float(model.test_on_batch(x, y)))
    layer.reset_states()
    return float(np.mean(losses) / np.log(2))


if __name__ == "__main__":
    main()
