"""Train every model of lesson 08 at full length over several seeds and keep the scores.

usage: python tools/run_newswires.py [--seeds 5] [--models NAME ...] [--out FILE]

Writes lesson_08/newswires.json after every run, and leaves out what is there already: it can be stopped and started
again. Needs the Reuters newswires (see `lstm_viz.datasets.load_reuters`); about ten minutes a seed on 2 cores.
"""

import argparse
import json
import platform
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import sklearn

from lstm_viz.datasets import load_reuters
from lstm_viz.keras_models.quiet import keras
from lstm_viz.lessons.lesson_08.newswires import (
    BATCH_SIZE,
    EPOCHS,
    MODELS,
    TopicClassifier,
    build,
    majority_line,
    score,
)

OUT = Path(__file__).parent.parent / "lstm_viz" / "lessons" / "lesson_08" / "newswires.json"
EVERY = 5  # of a learning curve of 200 epochs, every fifth is kept


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--models", nargs="+", choices=list(MODELS), default=list(MODELS))
    arguments.add_argument("--out", type=Path, default=OUT)
    options = arguments.parse_args()

    wires = load_reuters()
    results = read(options.out, wires)
    done = {(run["model"], run["seed"]) for run in results["runs"]}
    for seed in range(options.seeds):
        for name in options.models:
            if (name, seed) not in done:
                results["runs"].append(train(name, seed, wires))
                write(results, options.out)


def read(file, wires):
    """What the file holds already, or the beginning of it."""
    if file.is_file():
        return json.loads(file.read_text(encoding="utf-8"))
    topic, scores = majority_line(wires.y_train, wires.y_test)
    return {
        "what": "test scores of the topic classifiers of lesson 08 after their last epoch, and their learning curves",
        "made_by": "tools/run_newswires.py",
        "data": f"Reuters-21578, {wires.source}: {len(wires.x_train)} training and {len(wires.x_test)} test wires",
        "versions": {
            "python": platform.python_version(),
            "tensorflow": version("tensorflow"),
            "keras": keras.__version__,
            "numpy": np.__version__,
            "scikit-learn": sklearn.__version__,
        },
        "majority": {"topic": wires.names[topic], **rounded(scores)},
        "runs": [],
    }


def train(name, seed, wires):
    keras.utils.set_random_seed(seed)
    classifier = TopicClassifier(build, len(wires.names), model_kwargs={"name": name, "num_words": wires.num_words})
    watched = wires.x_test, keras.utils.to_categorical(wires.y_test, len(wires.names))
    began = time.perf_counter()
    classifier.fit(
        wires.x_train, wires.y_train, batch_size=BATCH_SIZE, epochs=EPOCHS[name], validation_data=watched, verbose=0
    )
    seconds = time.perf_counter() - began
    history = {key: np.array(values) for key, values in classifier.history_.history.items()}
    test = history["val_accuracy"]
    kept = np.arange(0, EPOCHS[name], EVERY if EPOCHS[name] > 50 else 1)
    kept = np.union1d(kept, EPOCHS[name] - 1)
    curves = {
        "loss": "train_loss",
        "val_loss": "test_loss",
        "accuracy": "train_accuracy",
        "val_accuracy": "test_accuracy",
    }
    run = {
        "model": name,
        "seed": seed,
        "epochs": EPOCHS[name],
        "seconds": round(seconds, 1),
        **rounded(score(wires.y_test, classifier.predict(wires.x_test))),
        "train_accuracy": round(float(history["accuracy"][-1]), 4),
        "best_accuracy": round(float(test.max()), 4),
        "best_epoch": int(test.argmax()) + 1,
        "curves": {"epoch": (kept + 1).tolist()}
        | {ours: history[theirs][kept].round(3).tolist() for theirs, ours in curves.items()},
    }
    print({key: value for key, value in run.items() if key != "curves"}, flush=True)
    return run


def rounded(scores):
    return {key: round(value, 5) for key, value in scores.items()}


def write(results, file):
    """One line per run, so that the file can be read and compared."""
    runs = ",\n".join("    " + json.dumps(run) for run in results["runs"])
    head = json.dumps({key: value for key, value in results.items() if key != "runs"}, indent=2)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(f'{head[:-2]},\n  "runs": [\n{runs}\n  ]\n}}\n')
    part.replace(file)


if __name__ == "__main__":
    main()
