"""Is a recurrent network needed here? What lesson 08 compares it with, and what it varies one thing at a time.

Bags of words know which words occur and not where. The 2 x 2 of `VARIANTS` takes the embedding and the mask apart; a
shuffled wire has its words and not their order; deletion asks a trained model again without a word.
"""

from __future__ import annotations

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.keras_models.quiet import keras

__all__ = [
    "TRADE_WORDS",
    "VALIDATION",
    "VARIANTS",
    "bag_of_words",
    "deletion",
    "known_ids",
    "of_many_lengths",
    "shuffled",
    "split",
    "variant",
    "which_came_last",
]

#: the last wires of the training part decide when to stop; no weight is fitted to them
VALIDATION = 200

#: what is compared, by name: (embedding?, mask?, what reads the words, epochs at most)
VARIANTS = {
    "ids": (False, False, "LSTM", 120),
    "ids, mask": (False, True, "LSTM", 120),
    "Embedding": (True, False, "LSTM", 60),
    "Embedding, mask": (True, True, "LSTM", 60),
    "Embedding, mask, shuffled": (True, True, "LSTM", 60),  # on wires whose words were shuffled, as was the test
    "Embedding, mean": (True, True, "mean", 150),
}

UNKNOWN, PADDING = 2, 0


def split(x_train, y_train):
    """((x_fit, y_fit), (x_validation, y_validation)): the last `VALIDATION` training wires are kept back."""
    return (x_train[:-VALIDATION], y_train[:-VALIDATION]), (x_train[-VALIDATION:], y_train[-VALIDATION:])


def variant(name, *, num_words=30_000, topics=46, jit_compile=False):
    """One compiled model of `VARIANTS` for wires (n, timesteps) and one-hot topics (n, topics).

    num_words: ids that an embedding knows, at most a million; topics at most 10,000. ValueError for others.
    """
    embedding, mask, reads, _ = checks.one_of(name, VARIANTS, "name")
    num_words, topics = checks.whole(num_words, "num_words", 3, 10**6), checks.whole(topics, "topics", 1, 10_000)
    jit_compile = checks.flag(jit_compile, "jit_compile")
    layers = keras.layers
    if embedding:
        below = [layers.Embedding(num_words, 32, mask_zero=mask)]
    else:
        below = [layers.Reshape((-1, 1)), *([layers.Masking(PADDING)] if mask else [])]
    reader = layers.LSTM(50) if reads == "LSTM" else layers.GlobalAveragePooling1D()
    model = keras.Sequential([keras.Input((None,)), *below, reader, layers.Dense(topics, activation="softmax")])
    model.compile(
        keras.optimizers.Adam(0.001), "categorical_crossentropy", metrics=["accuracy"], jit_compile=jit_compile
    )
    return model


def known_ids(ids, axes, model):
    """Whole numbers from 0 that the model has a number or a vector for; ValueError or TypeError for others."""
    first = model.layers[0]
    most = first.input_dim - 1 if isinstance(first, keras.layers.Embedding) else None
    return checks.whole_numbers(ids, "ids", axes, 0, most)


def bag_of_words(x, vocabulary):
    """Which words of the vocabulary occur in each wire: (n, words), 0 or 1; where and how often is lost."""
    return np.array([np.isin(vocabulary, wire) for wire in x], dtype=np.float32)


def shuffled(x, seed=0):
    """The wires with their words in random order; the <start> in front and the padding behind stay where they are.

    x: ids (n, timesteps). ValueError or TypeError for what is no such array or no seed.
    """
    mixed = np.array(checks.whole_numbers(x, "x", ("n", "timesteps")))
    rng = np.random.default_rng(checks.seed(seed))
    for row in mixed:
        words = np.count_nonzero(row)
        row[1:words] = rng.permutation(row[1:words])
    return mixed


def deletion(model, ids, topic):
    """What each word was worth: loss without it minus loss with it, (timesteps,); padding counts as 0.

    A word is taken out by reading `<unknown>` in its place, so that every other word stays at its timestep. ids:
    (timesteps,); topic: whose -log p is the loss. Positive where the word speaks for the topic.
    """
    ids = np.asarray(ids)
    # as many rows and columns for every wire of up to 49 words: Keras prepares a new shape anew, which takes a second
    columns = max(len(ids), 49) if any(getattr(layer, "mask_zero", False) for layer in model.layers) else len(ids)
    wires = np.zeros((columns + 1, columns), ids.dtype)
    wires[:, : len(ids)] = ids
    words = np.flatnonzero(ids != PADDING)
    wires[words, words] = UNKNOWN
    p = np.asarray(model.predict_on_batch(wires))[:, topic]
    loss = -np.log(np.maximum(p, 1e-30))
    return np.where(ids != PADDING, loss[: len(ids)] - loss[-1], 0.0)


#: the words of the made-up wires in which order decides; the id of a word is its place here, and 0 is padding
TRADE_WORDS = (
    "·", "rose", "fell", "oil", "gold", "wheat", "cocoa", "prices", "the", "in", "london", "tokyo", "today", "and",
    "market", "said", "traders", "of",
)  # fmt: skip


def which_came_last(sequences, timesteps=12, seed=0):
    """Made-up wires (sequences, timesteps) and whether prices `fell` last (sequences,), 0 or 1.

    Every wire has the words rose and fell exactly once, anywhere, among other words; the later one is the news. So the
    words that occur say nothing about the answer, and half of the answers are 1. ValueError for more than 100,000
    wires, fewer than 2 or more than 1000 timesteps, or no seed.
    """
    sequences, timesteps = checks.whole(sequences, "sequences", 1, 10**5), checks.whole(timesteps, "timesteps", 2, 1000)
    rng = np.random.default_rng(checks.seed(seed))
    x = rng.integers(3, len(TRADE_WORDS), (sequences, timesteps))
    places = np.sort([rng.choice(timesteps, 2, replace=False) for _ in range(sequences)], axis=1)
    y = rng.permutation(np.arange(sequences) % 2)
    each = np.arange(sequences)
    x[each, places[:, 0]], x[each, places[:, 1]] = 2 - y, 1 + y
    return x, y


def of_many_lengths(sequences, shortest=4, longest=24, seed=0):
    """Such wires of every second length from `shortest` to `longest`, padded at the end: (sequences, longest), answers.

    About as many of each length. ValueError for no sequences or more than 100,000, for a `shortest` below 2 or a
    `longest` below it, or for no seed.
    """
    checks.whole(sequences, "sequences", 1, 10**5)
    checks.whole(longest, "longest", checks.whole(shortest, "shortest", 2, 1000), 1000)
    lengths = range(shortest, longest + 1, 2)
    parts = [which_came_last(-(-sequences // len(lengths)), n, (seed, n)) for n in lengths]
    x = np.concatenate([np.pad(x, ((0, 0), (0, longest - x.shape[1]))) for x, _ in parts])
    order = np.random.default_rng(seed).permutation(len(x))[:sequences]
    return x[order], np.concatenate([y for _, y in parts])[order]
