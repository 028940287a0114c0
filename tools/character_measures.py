"""All numbers of lesson 09, measured on held-out files with the weights as they are shipped."""

import json
import time

import numpy as np
from character_ngrams import NGrams
from scipy.stats import rankdata

from lstm_viz.learning.gradients import backward
from lstm_viz.lessons.lesson_09 import character_model, standard_library
from lstm_viz.lessons.lesson_09.scores import auc_of_ranks, correlation, strength
from lstm_viz.lessons.lesson_09.surgery import Clamp
from lstm_viz.lessons.lesson_09.truths import TRUTHS, YES_NO, truths

KINDS = ("LSTM", "GRU", "SimpleRNN")
CHARACTERS = 16_000  # of each file
SURGERY = 4_000  # of each file, where every unit is cut once
ORDER = 8
CONTEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
POSITIONS = 40  # in each file, for what depends on the context
RESAMPLES = 500
SEED = 0
NAMES = ("embedding", "cell_kernel", "recurrent_kernel", "cell_bias", "kernel", "bias")


def measure(parts, vocabulary, work, lesson, made):
    began = time.perf_counter()

    def say(what):
        print(f"{time.perf_counter() - began:6.0f} s  {what}", flush=True)

    store(lesson / "character_models.npz", vocabulary, work)
    shares = standard_library.shared(parts["held out"], parts["train"])
    left_out = [name for name, share in shares.items() if share > standard_library.MOST_SHARED]
    whole = readable(parts["held out"]) | readable(parts["tune"])
    held_out = {name: whole[name][:CHARACTERS] for name in parts["held out"] if name in whole and name not in left_out}
    tune = {name: whole[name][:CHARACTERS] for name in parts["tune"] if name in whole}
    say(f"{len(held_out)} files held out, {len(left_out)} left out")
    model = character_model("LSTM")
    readings = {name: model.read(text) for name, text in held_out.items()}
    store(lesson / "character_models.npz", vocabulary, work, means(model, tune))
    character_model.cache_clear()
    model = character_model("LSTM")
    found = {
        "made": made,
        "library": {
            "files": {part: len(files) for part, files in parts.items()},
            "characters": {part: sum(map(len, files.values())) for part, files in parts.items()},
            "scored files": len(held_out),
            "scored characters": sum(map(len, held_out.values())),
            "left out": left_out,
            "most shared": [[name, round(share, 4)] for name, share in list(shares.items())[:6]],
        },
        "training": {kind: training(kind, work) for kind in KINDS},
    }
    found["bits"] = bits(parts, held_out, readings, say)
    found["units"] = units(model, whole, tune, held_out, readings, say)
    found["gates"] = gates(model, held_out, readings, say)
    found["cuts"] = cuts(model, whole, found["units"], held_out, say)
    found["context"] = context(held_out, say)
    found["gradient"] = dependence(held_out, say)
    (lesson / "characters.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    say("all")


# --- what is stored ---------------------------------------------------------------------------------------


def store(path, vocabulary, work, means=None):
    """The trained weights as float16, which no loader executes: {kind/name: array} and the vocabulary."""
    arrays = {"vocabulary": np.array([ord(c) for c in vocabulary], np.uint32)}
    for kind in KINDS:
        with np.load(work / f"{kind}-long.npz", allow_pickle=False) as file:
            arrays |= {f"{kind}/{name}": file[f"v{k}"].astype(np.float16) for k, name in enumerate(NAMES)}
    arrays |= {f"LSTM/mean_{gate}": values.astype(np.float16) for gate, values in (means or {}).items()}
    np.savez_compressed(path, **arrays)


def training(kind, work):
    trials = [json.loads(path.read_text()) for path in work.glob(f"{kind}-0.*.json")]
    long = json.loads((work / f"{kind}-long.json").read_text())
    tried = {str(trial["rate"]): round(trial["bits"], 4) for trial in sorted(trials, key=lambda trial: trial["rate"])}
    keys = ("rate", "characters", "seconds")
    return {"rates tried": tried, "tuning bits": round(long["bits"], 4), **{key: long[key] for key in keys}}


def readable(files):
    """The files that Python's tokenizer reads to their end."""
    found = {}
    for name, text in files.items():
        try:
            truths(text)
        except ValueError:
            continue
        found[name] = text
    return found


def truths_of(files, whole):
    """{truth: (characters,)} of the first characters of the files, one after the other."""
    each = [{name: values[: len(text)] for name, values in truths(whole[n]).items()} for n, text in files.items()]
    return {name: np.concatenate([values[name] for values in each]) for name in TRUTHS}


def means(model, files):
    traces = [model.read(text).trace for text in files.values()]
    return {gate: np.concatenate([getattr(t, gate) for t in traces]).mean(0) for gate in ("f", "i", "o", "c_tilde")}


# --- how well they predict --------------------------------------------------------------------------------


def over_files(sums, counts, seed=SEED):
    """[mean, low, high]: a mean over all characters, and its 95 % interval over files drawn again (bootstrap)."""
    sums, counts = np.asarray(sums, float), np.asarray(counts, float)
    drawn = np.random.default_rng(seed).integers(0, len(sums), (RESAMPLES, len(sums)))
    resampled = sums[drawn].sum(1) / counts[drawn].sum(1)
    return [round(float(v), 4) for v in (sums.sum() / counts.sum(), *np.percentile(resampled, [2.5, 97.5]))]


def bits(parts, held_out, readings, say):
    counts = [len(text) - 1 for text in held_out.values()]
    found = {}
    for kind in KINDS:
        read = readings if kind == "LSTM" else {n: character_model(kind).read(t) for n, t in held_out.items()}
        found[kind] = over_files([np.nansum(reading.surprise) for reading in read.values()], counts)
        say(f"{kind}: {found[kind]} bits per character")
    model = character_model("LSTM")
    grams = NGrams([model.encode(text) for text in parts["train"].values()], len(model.vocabulary), ORDER)
    each = [grams.bits(model.encode(text)) for text in held_out.values()]
    for n in range(1, ORDER + 1):
        found[f"{n}-gram"] = over_files([one[n][1:].sum() for one in each], counts)
    say(f"n-grams: {[found[f'{n}-gram'][0] for n in range(1, ORDER + 1)]}")
    found["compared"] = {
        f"LSTM - {other}": over_files(
            [np.nansum(readings[n].surprise) - np.nansum(character_model(other).read(t).surprise)
             for n, t in held_out.items()],
            counts,
        )
        for other in ("GRU", "SimpleRNN")
    }  # fmt: skip
    return found


# --- what a unit means ------------------------------------------------------------------------------------


def all_scores(model, files, truth):
    """{(quantity, truth): (units,) scores} on the files, one after the other, each unit ranked once."""
    traces, found = [model.read(text).trace for text in files.values()], {}
    for quantity in ("c", "h"):
        values = np.concatenate([getattr(trace, quantity) for trace in traces])
        ranks = rankdata(values, axis=0)
        for name in TRUTHS:
            yes_no = name in YES_NO
            found[quantity, name] = auc_of_ranks(ranks, truth[name]) if yes_no else correlation(values, truth[name])
    return found


def best(scores, name):
    """(quantity, unit) with the strongest score for a truth."""
    each = {q: strength(scores[q, name], name in YES_NO) for q in ("c", "h")}
    quantity = max(each, key=lambda q: each[q].max())
    return quantity, int(each[quantity].argmax())


def units(model, whole, tune, held_out, readings, say):
    """For each truth: the units ranked on the tuning files and scored on the held-out ones, beside three controls."""
    truth = {"tune": truths_of(tune, whole), "held out": truths_of(held_out, whole)}
    rng, found = np.random.default_rng(SEED), {}
    nets = {"trained": model}
    nets |= {f"untrained {seed}": model.untrained(seed) for seed in range(3)}
    nets |= {f"shuffled weights {seed}": model.shuffled(seed) for seed in range(3)}
    scores = {}
    for net, one in nets.items():
        scores[net] = {
            "tune": all_scores(one, tune, truth["tune"]),
            "held out": all_scores(one, held_out, truth["held out"]),
        }
        say(f"units of the {net} network scored")
    # labels of the same texts, moved along by a random distance: as often and as long, but elsewhere
    moved = {
        p: {n: np.roll(v, int(rng.integers(len(v) // 4, 3 * len(v) // 4))) for n, v in truth[p].items()} for p in truth
    }
    scores["shuffled labels"] = {
        "tune": all_scores(model, tune, moved["tune"]),
        "held out": all_scores(model, held_out, moved["held out"]),
    }
    lengths = [len(text) for text in held_out.values()]
    probed = probe(model, tune, held_out, truth)
    for name in TRUTHS:
        yes_no = name in YES_NO
        tuned = scores["trained"]["tune"]
        order = sorted(
            ((q, u) for q in ("c", "h") for u in range(model.cell.units)),
            key=lambda qu: -strength(tuned[qu[0], name][qu[1]], yes_no),
        )
        rows = []
        for quantity, unit in order[:8]:
            values = np.concatenate([getattr(reading.trace, quantity)[:, unit] for reading in readings.values()])
            score = float(scores["trained"]["held out"][quantity, name][unit])
            low, high = interval(values, truth["held out"][name], lengths, yes_no)
            rows.append([quantity, unit, round(float(tuned[quantity, name][unit]), 4), round(score, 4), low, high])
        controls = {}
        for control in ("untrained", "shuffled weights", "shuffled labels"):
            runs = []
            for net in (net for net in scores if net.startswith(control)):
                quantity, unit = best(scores[net]["tune"], name)
                runs.append(float(strength(scores[net]["held out"][quantity, name], yes_no)[unit]))
            controls[control] = [round(run, 4) for run in runs]
        found[name] = {
            "measure": "AUC" if yes_no else "r",
            "share": round(float(truth["held out"][name].mean()), 4),
            "units": rows,
            "controls": controls,
            "probe": probed[name],
        }
        say(f"{TRUTHS[name]}: {rows[0]}, {controls}, probe {probed[name]}")
    return found


def interval(values, truth, lengths, yes_no):
    """95 % of a unit's score over files drawn again; for an AUC with the files as weights of one sorted list."""
    drawn = np.random.default_rng(SEED).multinomial(len(lengths), np.ones(len(lengths)) / len(lengths), 200)
    file = np.repeat(np.arange(len(lengths)), lengths)
    resampled = []
    order = np.argsort(values, kind="stable")
    sorted_file, sorted_truth = file[order], truth[order].astype(float)
    for counts in drawn:
        if yes_no:
            weight = counts[sorted_file].astype(float)
            yes, no = weight * sorted_truth, weight * (1 - sorted_truth)
            below = np.cumsum(no) - no / 2
            if yes.sum() and no.sum():
                resampled.append((yes @ below) / (yes.sum() * no.sum()))
        else:
            weight = counts[file].astype(float)
            weight /= weight.sum()
            a, b = values - weight @ values, truth - weight @ truth
            resampled.append((weight @ (a * b)) / np.sqrt((weight @ (a * a)) * (weight @ (b * b))))
    return [round(float(v), 4) for v in np.percentile(resampled, [2.5, 97.5])]


def probe(model, tune, held_out, truth):
    """A linear probe on all units' c and h, fitted on the tuning files, scored on the held-out ones."""
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def inputs(files):
        traces = [model.read(text).trace for text in files.values()]
        return np.concatenate([np.hstack([trace.c, trace.h]) for trace in traces])

    x, y = inputs(tune), inputs(held_out)
    every = np.random.default_rng(SEED).permutation(len(x))[:40_000]
    found = {}
    for name in TRUTHS:
        learner = LogisticRegression(C=0.1, max_iter=300) if name in YES_NO else Ridge(100)
        fitted = make_pipeline(StandardScaler(), learner).fit(x[every], truth["tune"][name][every])
        if name in YES_NO:
            score = auc_of_ranks(rankdata(fitted.decision_function(y)), truth["held out"][name])
        else:
            score = correlation(fitted.predict(y), truth["held out"][name])
        found[name] = round(float(score), 4)
    return found


# --- surgery ----------------------------------------------------------------------------------------------


def gates(model, held_out, readings, say):
    """Bits per character with each gate of all units held at its mean, or at 0 or 1, and what that adds."""
    counts = [len(text) - 1 for text in held_out.values()]
    plain = np.array([np.nansum(reading.surprise) for reading in readings.values()])
    found = {"untouched": over_files(plain, counts)}
    cases = {f"{gate} = mean": Clamp(gate, None, "mean") for gate in ("f", "i", "o", "c_tilde")}
    cases |= {"f = 1": Clamp("f", None, 1.0), "i = 1": Clamp("i", None, 1.0), "o = 1": Clamp("o", None, 1.0)}
    cases |= {"f = 0": Clamp("f", None, 0.0)}
    for name, clamp in cases.items():
        cut = np.array([np.nansum(model.read(text, clamp).surprise) for text in held_out.values()])
        found[name] = over_files(cut, counts)
        found[f"{name}: more"] = over_files(cut - plain, counts)
        say(f"{name}: {found[name]}")
    return found


def cuts(model, whole, units, held_out, say):
    """Every unit cut once (o = 0): what that adds to the bits where a truth holds, and where not."""
    files = {name: text[:SURGERY] for name, text in held_out.items()}
    truth = truths_of(files, whole)
    # character t + 1 is predicted after t, where the truth stands
    last = np.cumsum([len(text) for text in files.values()]) - 1
    kept = np.delete(np.arange(len(truth["string"])), last)

    def surprise(clamp=()):
        return np.concatenate([model.read(text, clamp).surprise[1:] for text in files.values()])

    plain = surprise()
    added = np.array([surprise(Clamp("o", unit, 0.0)) - plain for unit in range(model.cell.units)])
    say("every unit cut once")
    found = {"all": [round(float(v), 5) for v in added.mean(1)], "by truth": {}}
    for name in YES_NO:
        here = truth[name][kept]
        inside, outside = added[:, here].mean(1), added[:, ~here].mean(1)
        unit = next(unit for quantity, unit, *_ in units[name]["units"])
        rank = int((inside - outside > inside[unit] - outside[unit]).sum()) + 1
        found["by truth"][name] = {
            "unit": unit,
            "inside": round(float(inside[unit]), 4),
            "outside": round(float(outside[unit]), 4),
            "rank of the difference": rank,
            "most": int((inside - outside).argmax()),
            "all inside": [round(float(v), 4) for v in inside],
            "all outside": [round(float(v), 4) for v in outside],
        }
        say(f"{name}: unit {unit} cut: inside {inside[unit]:.4f}, outside {outside[unit]:.4f}, rank {rank}")
    return found


# --- how far back -----------------------------------------------------------------------------------------


def positions(held_out):
    """[(file, position), ...], drawn once, each with the longest context before it."""
    rng, longest = np.random.default_rng(SEED), max(CONTEXTS)
    long = {name: text for name, text in held_out.items() if len(text) > longest + POSITIONS}
    return {name: np.sort(rng.choice(np.arange(longest, len(text)), POSITIONS, False)) for name, text in long.items()}


def windows(model, held_out, length):
    """(x (places, length, input_dim), next characters (places,)) before each of the positions."""
    x, targets = [], []
    for name, places in positions(held_out).items():
        codes = model.encode(held_out[name])
        x += [codes[p - length : p] for p in places]
        targets += [codes[p] for p in places]
    return model.embedding[np.array(x)], np.array(targets)


def context(held_out, say):
    """{kind: {n: [bits, low, high]}}: the same characters, predicted from the last n before them alone."""
    found = {}
    for kind in KINDS:
        model = character_model(kind)
        found[kind] = {}
        for n in CONTEXTS:
            x, targets = windows(model, held_out, n)
            lost = []
            for at in range(0, len(x), 80):
                h = model.cell.run(x[at : at + 80]).h[:, -1]
                logs = model.log_probabilities(h)
                lost.append(-logs[np.arange(len(h)), targets[at : at + 80]] / np.log(2))
            each = np.concatenate(lost).reshape(-1, POSITIONS)
            found[kind][n] = over_files(each.sum(1), np.full(len(each), POSITIONS))
        say(f"{kind}: bits by context {[found[kind][n][0] for n in CONTEXTS]}")
    return found


def dependence(held_out, say):
    """{kind: {distance: median}}: how long dL/dx is at a distance, relative to that of the last character read."""
    length, found = 128, {}
    for kind in KINDS:
        model = character_model(kind)
        x, targets = windows(model, held_out, length)
        norms = []
        for at in range(0, len(x), 80):
            trace = model.cell.run(x[at : at + 80])
            p = np.exp(model.log_probabilities(trace.h[:, -1]))
            p[np.arange(len(p)), targets[at : at + 80]] -= 1
            slope = backward(model.cell, trace, (p @ model.kernel.T).astype(trace.h.dtype))
            norms.append(np.linalg.norm(slope.x, axis=-1)[:, ::-1])
        norms = np.concatenate(norms)
        relative = np.median(norms / norms[:, :1], axis=0)
        found[kind] = [float(f"{v:.4g}") for v in relative]
        say(f"{kind}: gradient at distance 1, 10, 50, 100: {[found[kind][d] for d in (1, 10, 50, 100)]}")
    return found
