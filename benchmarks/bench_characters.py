"""How long does the character model of lesson 09 take to read, with every gate kept, and to answer a cut?

    python benchmarks/bench_characters.py [--characters 2000] [--rounds 30]

The target: the LSTM of 128 units over 2,000 characters in at most .9 of a compiled Keras call (tf.function) of the same
layer with the same weights, which hides the gates. The numbers are compared first. What a cut costs is shown beside it,
in milliseconds for 500 characters: the model reads them again, writes 60 more, and the view's bytes are counted.
Ends with status 1 if the target is missed.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from common import interleaved, machine, show

from lstm_viz.keras_models.quiet import keras
from lstm_viz.lessons.lesson_09 import Clamp, character_model, training_text

OURS, KERAS = "lstm_viz, all gates", "Keras LSTM as tf.function, h only"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--characters", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()

    import tensorflow as tf

    model = character_model()
    text = training_text(options.characters * 10)[: options.characters]
    x = model.embedding[model.encode(text)]
    layer = keras.layers.LSTM(model.cell.units, return_sequences=True)
    layer.build((1, None, model.cell.input_dim))
    layer.set_weights(model.cell.weights)
    compiled, batch = tf.function(layer), tf.constant(x[None])
    assert np.abs(compiled(batch).numpy()[0] - model.cell.run(x).h).max() < 1e-4

    machine("numpy", "tensorflow", "keras")
    contestants = {OURS: lambda: model.cell.run(x), KERAS: lambda: compiled(batch).numpy()}
    title = f"One text of {len(text):,} characters, {model.cell.units} units, float32, {options.rounds} rounds"
    met = show(title, interleaved(contestants, options.rounds), OURS, {KERAS: 0.9})

    short, cut = text[:500], Clamp("f", 94, 0.0, 100, 200)
    parts = {"read 500 characters again, cut": lambda: model.read(short, cut).surprise}
    parts["and write 60 more, cut"] = lambda: model.write(short, 60, 0, clamps=cut)
    print()
    for name, seconds in interleaved(parts, 10).items():
        print(f"{name:34} {1e3 * sorted(seconds)[len(seconds) // 2]:10.2f} ms")
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
