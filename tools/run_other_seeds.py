"""Train lesson 09's LSTM again from other seeds, and ask each of them what the lesson asks the shipped one.

usage: nice python tools/run_other_seeds.py [train | measure | all] [--seeds 1 2] [--characters N] [--work DIR]

Files, learning rate and size are those of `tools/run_character_model.py`; by default they read a fifth of what the
shipped one read. What was measured of the shipped one (seed 0) stands beside them, and its cuts, with intervals. Writes
lesson_09/other_seeds.json. About a minute of training a seed on 2 idle cores, and 3 of measuring; training goes on
where it was stopped.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from character_measures import NAMES, all_scores, best, interval, means, over_files, probe, readable, truths_of
from run_character_model import LESSON, SEED, encode, run, versions

from lstm_viz.cells import LSTMCell
from lstm_viz.lessons.lesson_09 import CharacterModel, Clamp, character_model, measured, standard_library
from lstm_viz.lessons.lesson_09.surgery import clamped_cell
from lstm_viz.lessons.lesson_09.truths import TRUTHS, YES_NO

CHARACTERS = 3_000  # of each file
RESAMPLES = 500
OUT = LESSON / "other_seeds.json"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("what", nargs="?", choices=("train", "measure", "all"), default="all")
    arguments.add_argument("--seeds", type=int, nargs="+", default=(1, 2))
    arguments.add_argument("--characters", type=int, default=12_000_000)
    arguments.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "lstm_viz_character_models")
    options = arguments.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    parts = standard_library.split(standard_library.python_files())
    vocabulary = standard_library.vocabulary(parts["train"].values())
    if vocabulary != character_model().vocabulary:
        raise SystemExit("this standard library is not the one that the shipped model was trained on")
    if options.what != "measure":
        encoded = {part: {n: encode(t, vocabulary) for n, t in parts[part].items()} for part in ("train", "tune")}
        rate = measured()["training"]["LSTM"]["rate"]
        for seed in options.seeds:
            work = (options.characters, encoded, vocabulary, options.work)
            print(seed, run(f"LSTM-seed{seed}", "LSTM", rate, *work, seed=seed), flush=True)
    if options.what != "train":
        measure(parts, options)


def trained(work, seed):
    """(the model of this seed as it would be shipped, in float16, its report)."""
    shipped = character_model()
    if seed == SEED:
        return shipped, measured()["training"]["LSTM"]
    with np.load(work / f"LSTM-seed{seed}.npz", allow_pickle=False) as file:
        arrays = {name: file[f"v{k}"].astype(np.float16).astype(np.float32) for k, name in enumerate(NAMES)}
    cell = LSTMCell(arrays["cell_kernel"], arrays["recurrent_kernel"], arrays["cell_bias"])
    model = CharacterModel(shipped.vocabulary, arrays["embedding"], cell, arrays["kernel"], arrays["bias"])
    return model, json.loads((work / f"LSTM-seed{seed}.json").read_text())


def measure(parts, options):
    whole = readable(parts["held out"]) | readable(parts["tune"])
    left_out = measured()["library"]["left out"]
    held_out = {name: whole[name][:CHARACTERS] for name in parts["held out"] if name in whole and name not in left_out}
    tune = {name: whole[name][:CHARACTERS] for name in parts["tune"] if name in whole}
    truth = {"tune": truths_of(tune, whole), "held out": truths_of(held_out, whole)}
    kept = {"about": __doc__.splitlines()[0], "made": versions(), "scored files": len(held_out), "seeds": {}}
    for seed in (SEED, *options.seeds):
        model, report = trained(options.work, seed)
        object.__setattr__(model, "means", means(model, tune))
        found = {"rate": report["rate"], "characters": report["characters"]}
        found |= as_shipped() if seed == SEED else scored(model, tune, held_out, truth)
        found["cuts"] = cuts(model, whole, found["units"], held_out)
        kept["seeds"][str(seed)] = found
        OUT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def as_shipped():
    """What `character_measures.measure` found of the shipped weights, on more of each file."""
    shipped = measured()
    best_of = {name: (of["units"][0], of["probe"]) for name, of in shipped["units"].items()}
    return {
        "bits": shipped["bits"]["LSTM"],
        "units": {name: {"unit": r[:2], "score": r[3:], "probe": p} for name, (r, p) in best_of.items()},
        "gates": {gate: shipped["gates"][f"{gate} = mean: more"] for gate in ("f", "i", "o", "c_tilde")},
    }


def scored(model, tune, held_out, truth):
    readings = {name: model.read(text) for name, text in held_out.items()}
    counts = [len(text) - 1 for text in held_out.values()]
    found = {"bits": over_files([np.nansum(reading.surprise) for reading in readings.values()], counts)}
    print("bits", found["bits"], flush=True)
    found["units"] = units(model, tune, held_out, readings, truth)
    found["gates"] = gates(model, held_out)
    return found


def units(model, tune, held_out, readings, truth):
    """For each truth: the unit chosen on the tuning files, its score on the held-out ones, and the probe's."""
    scores = {part: all_scores(model, files, truth[part]) for part, files in (("tune", tune), ("held out", held_out))}
    probed, lengths, found = probe(model, tune, held_out, truth), [len(text) for text in held_out.values()], {}
    for name in TRUTHS:
        quantity, unit = best(scores["tune"], name)
        values = np.concatenate([getattr(reading.trace, quantity)[:, unit] for reading in readings.values()])
        score = round(float(scores["held out"][quantity, name][unit]), 4)
        found[name] = {
            "unit": [quantity, unit],
            "score": [score, *interval(values, truth["held out"][name], lengths, name in YES_NO)],
            "probe": probed[name],
        }
        print(name, found[name], flush=True)
    return found


def side_by_side(model, files, clamp=None):
    """(files, characters - 1) bits that each character cost; the files, of one length, are read side by side."""
    codes = np.stack([model.encode(text) for text in files.values()])
    cell = model.cell if clamp is None else clamped_cell(model.cell, [clamp], model.means)
    h = cell.run(model.embedding[codes]).h[:, :-1]
    logs = model.log_probabilities(h)
    return -np.take_along_axis(logs, codes[:, 1:, None], axis=-1)[..., 0] / np.log(2)


def first_characters(held_out):
    return {name: text[:CHARACTERS] for name, text in held_out.items() if len(text) >= CHARACTERS}


def gates(model, held_out):
    """{gate: [bits more, low, high]}, each gate of all units held at its mean."""
    files = first_characters(held_out)
    plain, counts = side_by_side(model, files), np.full(len(files), CHARACTERS - 1)
    found = {}
    for gate in ("f", "i", "o", "c_tilde"):
        found[gate] = over_files((side_by_side(model, files, Clamp(gate, None, "mean")) - plain).sum(1), counts)
    print("gates", found, flush=True)
    return found


def cuts(model, whole, units, held_out):
    """The unit chosen for each truth cut (o = 0): bits more where the truth holds, where not, and the difference."""
    files = first_characters(held_out)
    plain = side_by_side(model, files)
    # character t + 1 is predicted after t, where the truth stands
    truth = {n: v.reshape(len(files), CHARACTERS)[:, :-1] for n, v in truths_of(files, whole).items()}
    drawn = np.random.default_rng(SEED).integers(0, len(files), (RESAMPLES, len(files)))
    found = {}
    for name in YES_NO:
        unit = units[name]["unit"][1]
        added = side_by_side(model, files, Clamp("o", unit, 0.0)) - plain
        places = truth[name], ~truth[name]
        sums, counts = (np.stack([f(where).sum(1) for where in places]) for f in (added.__mul__, np.array))
        with np.errstate(invalid="ignore"):  # files drawn in which it holds nowhere
            inside, outside = sums[:, drawn].sum(-1) / counts[:, drawn].sum(-1)
        whole_mean = sums.sum(1) / counts.sum(1)
        low, high = np.nanpercentile(inside - outside, [2.5, 97.5])
        found[name] = {
            "unit": unit,
            "inside": round(float(whole_mean[0]), 4),
            "outside": round(float(whole_mean[1]), 4),
            "difference": [round(float(v), 4) for v in (whole_mean[0] - whole_mean[1], low, high)],
        }
        print("cut", name, found[name], flush=True)
    return found


if __name__ == "__main__":
    main()
