"""Measure what lesson 08 compares: bags of words, embedding and mask apart, shuffled words, order, deletion.

usage: python tools/run_newswire_comparison.py [--seeds 4] [--splits 5] [--out FILE]

The last 200 of the training wires decide the epoch (the first one with the highest accuracy on them); the test wires
are asked once, with the weights of that epoch. Writes lesson_08/comparison.json after every run and leaves out what is
there already.
"""

import argparse
import dataclasses
import json
import platform
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

from lstm_viz.datasets import load_reuters
from lstm_viz.keras_models.quiet import keras
from lstm_viz.lessons.lesson_08 import comparison
from lstm_viz.lessons.lesson_08.newswires import BATCH_SIZE, majority_line, score
from lstm_viz.lessons.lesson_08.wire_reading import read_wire

OUT = Path(__file__).parent.parent / "lstm_viz" / "lessons" / "lesson_08" / "comparison.json"
SHUFFLES, READ = 5, 40
PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seeds", type=int, default=4)
    arguments.add_argument("--splits", type=int, default=5)
    arguments.add_argument("--out", type=Path, default=OUT)
    options = arguments.parse_args()
    wires = load_reuters()
    results = json.loads(options.out.read_text()) if options.out.is_file() else begin(wires)
    done = {(run["model"], run["seed"]) for run in results["runs"]}
    if not results["bags"]:
        results["bags"] = bags(wires)
    order_done = {run["seed"] for run in results["order"]}
    for seed in range(options.seeds):
        if seed not in order_done:
            results["order"].append(order(seed))
            write(results, options.out)
    for row in results["order"]:
        if "LSTM, on 24 words" not in row:
            row |= lengths(row["seed"])
            write(results, options.out)
    plan = list(comparison.VARIANTS)
    for part in (plan[:4], plan[4:]):  # the 2 x 2 first
        for seed in range(options.seeds):
            for name in part:
                if (name, seed) not in done:
                    train(results, name, seed, wires)
                    write(results, options.out)
    splits_done = {row["split"] for row in results.setdefault("splits", [])}
    for split in range(1, options.splits + 1):
        if split not in splits_done:
            results["splits"].append(another_split(split, wires))
            write(results, options.out)


def begin(wires):
    topic, scores = majority_line(wires.y_train, wires.y_test)
    return {
        "what": "lesson 08: bags of words and LSTMs; embedding, mask and order one at a time; deletion and gradient",
        "made_by": "tools/run_newswire_comparison.py",
        "data": f"Reuters-21578, {wires.source}: {len(wires.x_train)} training and {len(wires.x_test)} test wires",
        "validation": f"the last {comparison.VALIDATION} training wires decide the epoch",
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "majority": {"topic": wires.names[topic], **rounded(scores)},
        "bags": [],
        "order": [],
        "lens": [],
        "runs": [],
        "splits": [],
    }


def bags(wires):
    """Bags of words: fitted to all training wires, and to those without the validation wires."""
    fitted, kept_back = comparison.split(wires.x_train, wires.y_train)
    makers = {"logistic regression": lambda: LogisticRegression(max_iter=2000), "naive Bayes": MultinomialNB}
    rows = []
    for name, make in makers.items():
        for part, (x, y) in (("all", (wires.x_train, wires.y_train)), ("without validation", fitted)):
            vocabulary = np.setdiff1d(x, [0])
            began = time.perf_counter()
            model = make().fit(comparison.bag_of_words(x, vocabulary), y)
            seconds = time.perf_counter() - began
            answers = model.predict(comparison.bag_of_words(wires.x_test, vocabulary))
            test = rounded(score(wires.y_test, answers))
            validation = score(kept_back[1], model.predict(comparison.bag_of_words(kept_back[0], vocabulary)))[
                "accuracy"
            ]
            row = {
                "model": name,
                "fitted_to": part,
                "seconds": round(seconds, 2),
                **test,
                "topics_named": len(np.unique(answers)),
            }
            if part != "all":
                row["validation_accuracy"] = round(validation, 5)
            print(row, flush=True)
            rows.append(row)
    return rows


def order(seed):
    """Which came last: the made-up task in which the words that occur say nothing."""
    timesteps = 12
    x, y = comparison.which_came_last(1_000, timesteps, seed)
    x_test, y_test = comparison.which_came_last(1_000, timesteps, 1_000 + seed)
    words = len(comparison.TRADE_WORDS)
    pairs = lambda x: x[:, :-1] * words + x[:, 1:]  # noqa: E731
    placed = lambda x: x + words * np.arange(timesteps)  # noqa: E731
    linear = {"bag of words": lambda x: x, "bag of word pairs": pairs, "word at position": placed}
    row = {"seed": seed, "timesteps": timesteps, "train": 1_000, "test": 1_000}
    for name, features in linear.items():
        vocabulary = np.unique(features(x))
        model = LogisticRegression(max_iter=2000).fit(comparison.bag_of_words(features(x), vocabulary), y)
        answers = model.predict(comparison.bag_of_words(features(x_test), vocabulary))
        row[name] = float(np.mean(answers == y_test))
    layers = keras.layers
    for name, reader in (("Embedding, mean", layers.GlobalAveragePooling1D), ("LSTM", lambda: layers.LSTM(16))):
        keras.utils.set_random_seed(seed)
        model = keras.Sequential(
            [keras.Input((None,)), layers.Embedding(words, 8), reader(), layers.Dense(1, activation="sigmoid")]
        )
        model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
        model.fit(x, y, batch_size=50, epochs=20, verbose=0)
        row[name] = float(np.mean((model.predict(x_test, verbose=0)[:, 0] > 0.5) == y_test))
        mixed = np.random.default_rng(seed).permuted(x_test, axis=1)
        row[f"{name}, words shuffled"] = float(np.mean((model.predict(mixed, verbose=0)[:, 0] > 0.5) == y_test))
    print(row, flush=True)
    return row


def lengths(seed):
    """The same task, asked about wires that are longer than those of the training."""
    same = comparison.which_came_last(1_000, 12, seed)
    many = comparison.of_many_lengths(1_000, 4, 24, seed)
    row = {}
    for name, (x, y), longer in (("LSTM", same, (24,)), ("LSTM trained on 4 to 24 words", many, (24, 48, 100))):
        keras.utils.set_random_seed(seed)
        embedding = keras.layers.Embedding(len(comparison.TRADE_WORDS), 8, mask_zero=True)
        head = keras.layers.Dense(1, activation="sigmoid")
        model = keras.Sequential([keras.Input((None,)), embedding, keras.layers.LSTM(16), head])
        model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
        model.fit(x, y, batch_size=50, epochs=20, verbose=0)
        for words in longer:
            x_new, y_new = comparison.which_came_last(1_000, words, 1_000 + seed)
            right = (model.predict(x_new, verbose=0)[:, 0] > 0.5) == y_new
            row[f"{name}, on {words} words"] = float(np.mean(right))
    print(row, flush=True)
    return row


def another_split(split, wires):
    """The same wires, other ones to fit, to stop and to test by: does the bag of words stay ahead of the LSTM?"""
    x, y = (np.concatenate(parts) for parts in ((wires.x_train, wires.x_test), (wires.y_train, wires.y_test)))
    drawn, n = np.random.default_rng(split).permutation(len(x)), len(wires.x_train)
    train, test = drawn[:n], drawn[n:]
    dealt = dataclasses.replace(wires, x_train=x[train], y_train=y[train], x_test=x[test], y_test=y[test])
    row = {"split": split}
    for name, words in (("logistic regression", lambda x: x), ("logistic regression, word pairs too", _with_pairs)):
        (x_fit, y_fit), _ = comparison.split(words(dealt.x_train), dealt.y_train)
        vocabulary = np.setdiff1d(x_fit, [0])
        model = LogisticRegression(max_iter=2000).fit(comparison.bag_of_words(x_fit, vocabulary), y_fit)
        row[name] = rounded(
            score(dealt.y_test, model.predict(comparison.bag_of_words(words(dealt.x_test), vocabulary)))
        )
    found = {"runs": [], "lens": []}
    train_one(found, "Embedding, mask", split, dealt)
    row["Embedding, mask"] = {key: found["runs"][0][key] for key in ("accuracy", "macro_f1", "best_epoch")}
    print(row, flush=True)
    return row


def _with_pairs(x):
    """The words, and each two neighbours as one number more: (n, 2 timesteps - 1)."""
    first, second = x[:, :-1].astype(np.int64), x[:, 1:].astype(np.int64)
    return np.concatenate([x, np.where((first > 0) & (second > 0), 10**6 + first * 10**5 + second, 0)], axis=1)


def train(results, name, seed, wires):
    """One run, and for the reading model how far gradient and deletion agree."""
    model = train_one(results, name, seed, wires)
    if name == "Embedding, mask":
        results["lens"].append({"seed": seed} | lens(model, wires))
        print(results["lens"][-1], flush=True)


def train_one(results, name, seed, wires):
    topics, epochs = len(wires.names), comparison.VARIANTS[name][-1]
    (x, y), (x_validation, y_validation) = comparison.split(wires.x_train, wires.y_train)
    x_test, mixed_up = wires.x_test, name.endswith("shuffled")
    if mixed_up:
        x, x_validation, x_test = (comparison.shuffled(part, 100 + seed) for part in (x, x_validation, x_test))
    keras.utils.set_random_seed(seed)
    model = comparison.variant(name, num_words=wires.num_words, topics=topics, jit_compile=True)
    keep_best = keras.callbacks.EarlyStopping("val_accuracy", patience=epochs, restore_best_weights=True)
    began = time.perf_counter()
    history = model.fit(
        x,
        keras.utils.to_categorical(y, topics),
        batch_size=BATCH_SIZE,
        epochs=epochs,
        validation_data=(x_validation, keras.utils.to_categorical(y_validation, topics)),
        callbacks=[keep_best],
        verbose=0,
    ).history
    seconds = time.perf_counter() - began
    best = int(np.argmax(history["val_accuracy"]))

    def scores(x):
        return rounded(score(wires.y_test, model.predict(x, verbose=0).argmax(axis=1)))

    answers = model.predict(x_test, verbose=0).argmax(axis=1)
    run = {
        "model": name,
        "seed": seed,
        "epochs": epochs,
        "seconds": round(seconds, 1),
        "best_epoch": best + 1,
        "validation_accuracy": round(history["val_accuracy"][best], 5),
        **rounded(score(wires.y_test, answers)),
        "topics_named": len(np.unique(answers)),
    }
    if not mixed_up:
        mixed = [scores(comparison.shuffled(x_test, n)) for n in range(SHUFFLES)]
        run["words_shuffled"] = {key: round(np.mean([m[key] for m in mixed]), 5) for key in mixed[0]}
    every = np.union1d(np.arange(0, epochs, 5), [epochs - 1])
    run["curves"] = {"epoch": (every + 1).tolist()} | {
        ours: np.array(history[theirs])[every].round(3).tolist()
        for theirs, ours in (
            ("loss", "train_loss"),
            ("val_loss", "validation_loss"),
            ("accuracy", "train_accuracy"),
            ("val_accuracy", "validation_accuracy"),
        )
    }
    print({key: value for key, value in run.items() if key != "curves"}, flush=True)
    results["runs"].append(run)
    return model


def lens(model, wires):
    """How far the gradient of a word and what its deletion does agree, in the first test wires that are not 'earn'."""
    majority = np.bincount(wires.y_train).argmax()
    rank, same, gradient_early, deletion_early = [], 0, 0, 0
    for n in np.flatnonzero(wires.y_test != majority)[:READ]:
        ids, topic = wires.x_test[n], int(wires.y_test[n])
        gradient = read_wire(model, wires, ids, topic).gradient
        change = np.abs(comparison.deletion(model, ids, topic))[: len(gradient)]
        rank.append(float(np.corrcoef(gradient.argsort().argsort(), change.argsort().argsort())[0, 1]))
        same += int(gradient.argmax() == change.argmax())
        gradient_early += int(gradient.argmax() < 3)
        deletion_early += int(change.argmax() < 3)
    return {
        "wires": len(rank),
        "median_rank_correlation": round(float(np.median(rank)), 3),
        "same_top_word": same,
        "gradient_largest_in_first_three": gradient_early,
        "deletion_largest_in_first_three": deletion_early,
    }


def rounded(scores):
    return {key: round(value, 5) for key, value in scores.items()}


def write(results, file):
    """One line per row, so that the file can be read and compared."""
    lists = "bags", "order", "lens", "runs", "splits"
    head = json.dumps({key: value for key, value in results.items() if key not in lists}, indent=2)[:-2]
    for key in lists:
        rows = ",\n".join("    " + json.dumps(row) for row in results[key])
        head += f',\n  "{key}": [\n{rows}\n  ]'
    part = file.with_suffix(".part")
    part.write_text(head + "\n}\n")
    part.replace(file)


if __name__ == "__main__":
    main()
