"""Train every reader of lesson 04 over several seeds and learning rates and keep how well it reads.

usage: python tools/run_digits.py [--out FILE]

Writes lesson_04/digits.json after every group of seeds and leaves out what is there already: it can be stopped and
started again. About ten minutes on one core. Each learning rate is tried with seeds 0 to 4, trained on four fifths
of the training digits and judged on the last fifth ("tuning"). The best one of each cell is then trained with seeds 5
to 14 on all training digits and judged on the test digits ("test").
"""

import argparse
import itertools
import json
import os
import platform
from dataclasses import replace
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from lstm_viz.datasets import load_digits_sequences
from lstm_viz.lessons.lesson_04.digit_reading import (
    ASKED,
    CELLS,
    RESULTS,
    WIDER,
    DigitTask,
    Results,
    accuracy_by_step,
    carried,
    probe_accuracy,
    train_readers,
    with_blank_steps,
)

#: the outermost two are there to see that the best one lies between them
LEARNING_RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
SEEDS = {"tuning": range(5), "test": range(5, 15)}
UPDATES = {"rows": 640, "pixels": 1200}
UNITS = 32
BLANK_ROWS = 24
GATES = {"SimpleRNN": (), "LSTM": ("i", "f", "o"), "GRU": ("z", "r")}
GROUPS = [("rows", ASKED[0]), ("rows", ASKED[1]), ("pixels", ASKED[1])]
#: 24 rows that are not blank: at random each pixel, or three other digits of the same set
FOLLOWED_BY = {
    "noise": lambda rng, x: rng.random((len(x), BLANK_ROWS, x.shape[2]), dtype=np.float32),
    "digits": lambda rng, x: np.concatenate([x[rng.permutation(len(x))] for _ in range(BLANK_ROWS // 8)], axis=1),
}
#: probes of other kinds, to see what of a finding is the kind of probe
OTHERS = {
    "logistic": LogisticRegression(C=10.0, max_iter=5000),
    "neighbours": KNeighborsClassifier(5),
}
#: a SimpleRNN as wide as all that an LSTM hands on, to see whether width alone explains what is found in h and c
CONTROL = f"SimpleRNN, {WIDER} units"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=Path, default=RESULTS)
    out = arguments.parse_args().out
    runs = json.loads(out.read_text())["runs"] if out.is_file() else []
    done = {tuple(run[key] for key in ("part", "by", "asked", "cell", "learning_rate")) for run in runs}
    wanted = [*itertools.product(SEEDS, GROUPS, CELLS), *((part, GROUPS[0], CONTROL) for part in SEEDS)]
    for part, (by, asked), cell in wanted:
        rates = LEARNING_RATES if part == "tuning" else [Results(out).chosen_rates(by, asked)[cell]]
        for rate in rates:
            if (part, by, asked, cell, rate) not in done:
                runs += measured(part, by, asked, cell, rate)
                write(runs, out)
                print(part, by, asked, cell, rate, runs[-1]["accuracy"], flush=True)


def measured(part, by, asked, cell, rate):
    data = load_digits_sequences(by)
    if part == "tuning":
        cut = len(data.x_train) * 4 // 5
        data = replace(
            data,
            x_train=data.x_train[:cut],
            y_train=data.y_train[:cut],
            x_test=data.x_train[cut:],
            y_test=data.y_train[cut:],
        )
    kind, units = ("SimpleRNN", WIDER) if cell == CONTROL else (cell, UNITS)
    task, settings = DigitTask(data, asked), {"learning_rate": rate, "updates": UPDATES[by], "units": units}
    readers = train_readers(kind, task, SEEDS[part], **settings)
    what = {"part": part, "by": by, "asked": asked, "cell": cell, "learning_rate": rate}
    return [what | {"seed": seed} | judged(r, data, part) for seed, r in zip(SEEDS[part], readers, strict=True)]


def judged(reader, data, part):
    blank = BLANK_ROWS if data.timesteps == 8 else 0
    trace, probabilities = reader.read(with_blank_steps(data.x_test, blank))
    if not np.isfinite(probabilities).all():
        return {"accuracy": float("nan")}
    right = rounded(accuracy_by_step(probabilities, data.y_test))
    end = data.timesteps
    result = {"accuracy": right[end - 1]}
    if part == "test":
        trained_on = reader.cell.run(with_blank_steps(data.x_train, blank))
        held = {"probe": lambda run: run.h, "probe_carried": carried}
        if trace.kind == "LSTM":
            held["probe_c"] = lambda run: run.c
        result["by_step"] = right[:end]
        result["gates"] = {g: rounded(getattr(trace, g)[:, :end].mean(axis=(0, 2))) for g in GATES[trace.kind]}
        if blank:
            result["waiting"] = right[end:]
        for name, what in held.items():
            found = rounded(probe_accuracy(what(trained_on), data.y_train, what(trace), data.y_test))
            result[name] = found[:end]
            if blank:
                result[f"waiting_{name}"] = found[end:]
                result |= otherwise(name, what(trained_on)[:, -1], what(trace)[:, -1], data)
        for row in FOLLOWED_BY if blank else ():
            result |= followed(row, reader, data, held)
    return result


def followed(row, reader, data, held):
    """{"noise_probe": share that is right, ...} after 24 rows of something else, by the probes of a run in `held`."""
    rng = np.random.default_rng(0)
    train, test = (np.concatenate([x, FOLLOWED_BY[row](rng, x)], axis=1) for x in (data.x_train, data.x_test))
    trained_on, (trace, probabilities) = reader.cell.run(train), reader.read(test)
    found = {
        name: probe_accuracy(what(trained_on)[:, -1:], data.y_train, what(trace)[:, -1:], data.y_test)[0]
        for name, what in held.items()
    }
    found["answers"] = accuracy_by_step(probabilities, data.y_test)[-1]
    return {f"{row}_{name}": round(float(share), 4) for name, share in found.items()}


def otherwise(name, train, test, data):
    """{"logistic_probe": share that is right, ...}: what probes of other kinds find, on values of one scale."""
    scale = StandardScaler().fit(train)
    train, test = scale.transform(train), scale.transform(test)
    return {
        f"{kind}_{name}": round(float(probe.fit(train, data.y_train).score(test, data.y_test)), 4)
        for kind, probe in OTHERS.items()
    }


def rounded(values):
    return values.round(4).tolist()


def write(runs, out):
    content = {
        "what": "how well recurrent cells read handwritten digits, and what is left of it on blank rows afterwards",
        "made_by": "tools/run_digits.py",
        "settings": {"units": UNITS, "blank_rows": BLANK_ROWS, "batch_size": 32, "clipnorm": 1.0, "updates": UPDATES},
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit-learn": sklearn.__version__,
        },
    }
    head = json.dumps(content, indent=1)[:-2]
    lines = ",\n  ".join(json.dumps(run) for run in runs)
    part = out.with_suffix(".part")
    part.write_text(f'{head},\n "runs": [\n  {lines}\n ]\n}}\n')
    os.replace(part, out)


if __name__ == "__main__":
    main()
